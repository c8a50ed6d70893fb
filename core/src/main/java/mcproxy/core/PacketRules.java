package mcproxy.core;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Reason;

import java.util.Optional;

/** Which well-formed messages are refused because of how they were sent. */
final class PacketRules {
    private PacketRules() {}

    /** Why a message that arrived on a link is refused; empty when it is taken. */
    static Optional<Reason> refusal(Packet packet, LinkAt link) {
        if (packet.message() instanceof Message.Unknown) {
            return Optional.empty(); // ignored whatever it looks like, and no fault of the sender
        }
        if (packet.hopLimit() != 1) {
            return Optional.of(Reason.HOP_LIMIT); // RFC 9776 4; RFC 9777 6.2, 7.4
        }
        if (!packet.routerAlert() && needsRouterAlert(packet)) {
            return Optional.of(Reason.NO_ROUTER_ALERT);
        }
        if (!isGoodSender(packet)) {
            return Optional.of(Reason.BAD_SENDER);
        }
        // RFC 9776 9.1: General Queries to other groups than the all-systems group are ignored;
        // those to our own address are not (4.1.12; RFC 9777 5.1.15).
        if (packet.message() instanceof Message.Query query
                && query.isGeneral()
                && packet.destination().isMulticast()
                && !packet.destination().equals(link.allHosts())) {
            return Optional.of(Reason.BAD_DESTINATION);
        }
        return Optional.empty();
    }

    /**
     * MLD demands the option everywhere (RFC 9777 6.2, 7.4). IGMP wants it in queries since version
     * 2 (RFC 9776 9.1); reports without it are taken, as switches that send for others leave it
     * out.
     */
    private static boolean needsRouterAlert(Packet packet) {
        return packet.message().family() == Family.IPV6
                || (packet.message() instanceof Message.Query query
                        && query.protocol().generation() > 1);
    }

    /**
     * MLD comes from link-local addresses only (RFC 9777 5.1.14, 5.2.14); IGMP from anything that a
     * host can have, and 0.0.0.0 (RFC 9776 4.2.14).
     */
    private static boolean isGoodSender(Packet packet) {
        IpAddress source = packet.source();
        return source.family() == Family.IPV6 ? source.isLinkLocalUnicast() : !source.isMulticast();
    }
}
