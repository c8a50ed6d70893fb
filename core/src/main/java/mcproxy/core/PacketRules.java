package mcproxy.core;

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
        return switch (packet.message()) {
            case Message.Query query -> ofQuery(query, packet, link);
            case Message.Report _ -> ofReport(packet, link);
            case Message.OldReport report ->
                    or(ofReport(packet, link), ofVersion(report.protocol().generation(), link));
            case Message.Leave leave ->
                    or(ofReport(packet, link), ofVersion(leave.protocol().generation(), link));
            case Message.RouterSolicitation _ -> ofSolicitation(packet, link);
            case Message.RouterAdvertisement _, Message.RouterTermination _ -> Optional.empty();
            // RFC 9776 4, RFC 9777 5: ignored whatever it looks like, and no fault of the sender
            case Message.Unknown _ -> Optional.of(Reason.UNKNOWN_TYPE);
        };
    }

    private static Optional<Reason> ofQuery(Message.Query query, Packet packet, LinkAt link) {
        // RFC 9776 9.1: queries since version 2 need the option. RFC 9777 6.2, 7.6: all of MLD do.
        boolean alert = isMld(packet) || query.protocol().generation() > 1;
        // RFC 9776 9.1: General Queries to other groups than the all-systems group are ignored;
        // those to our own address are not (4.1.12). In MLD all of our addresses count, groups too
        // (RFC 9777 5.1.15).
        IpAddress to = packet.destination();
        boolean misdirected =
                query.isGeneral()
                        && to.isMulticast()
                        && !to.equals(link.allHosts())
                        && !(isMld(packet) && link.isGroupOfOurs(to));
        return or(
                or(
                        ofHopLimit(packet),
                        when(alert && !packet.routerAlert(), Reason.NO_ROUTER_ALERT)),
                or(ofSender(packet), when(misdirected, Reason.BAD_DESTINATION)));
    }

    /**
     * Reports and leaves. Where they are sent to is not looked at: old hosts send leaves to the
     * group itself (RFC 2236 6), and what is sent to our own address counts, too (RFC 9776 4.2.15).
     */
    private static Optional<Reason> ofReport(Packet packet, LinkAt link) {
        RouterSettings.Checks checks = link.settings().router().checks();
        boolean alert = isMld(packet) || checks.requireRouterAlert(); // RFC 9777 7.4, RFC 9776 9.2
        boolean offSubnet = checks.verifySourceSubnet() && isOffSubnet(packet, link);
        return or(
                or(
                        ofHopLimit(packet),
                        when(alert && !packet.routerAlert(), Reason.NO_ROUTER_ALERT)),
                or(ofSender(packet), when(offSubnet, Reason.OFF_SUBNET)));
    }

    /** RFC 9776 9.2: reports from 0.0.0.0 are taken anywhere. MLD has only link-local senders. */
    private static boolean isOffSubnet(Packet packet, LinkAt link) {
        return !isMld(packet)
                && !packet.source().isUnspecified()
                && !link.hasInSubnet(packet.source());
    }

    /** RFC 9776 9.2: switches to ignore the older versions. */
    private static Optional<Reason> ofVersion(int generation, LinkAt link) {
        RouterSettings.Checks checks = link.settings().router().checks();
        boolean ignored = generation == 1 ? checks.ignoreVersion1() : checks.ignoreVersion2();
        return when(ignored, Reason.IGNORED_VERSION);
    }

    /** RFC 4286 4.4, 7: to all routers, from a sender on this link. */
    private static Optional<Reason> ofSolicitation(Packet packet, LinkAt link) {
        boolean misdirected = !packet.destination().equals(link.allRouters());
        boolean offSubnet = !isMld(packet) && !link.hasInSubnet(packet.source());
        return or(
                or(ofHopLimit(packet), when(misdirected, Reason.BAD_DESTINATION)),
                or(ofSender(packet), when(offSubnet, Reason.OFF_SUBNET)));
    }

    /** RFC 9776 4; RFC 9777 6.2, 7.4, 7.6; RFC 4286 2. */
    private static Optional<Reason> ofHopLimit(Packet packet) {
        return when(packet.hopLimit() != 1, Reason.HOP_LIMIT);
    }

    /**
     * MLD comes from link-local addresses only (RFC 9777 5.1.14, 5.2.14); IGMP from anything that a
     * host can have, and 0.0.0.0 (RFC 9776 4.2.14).
     */
    private static Optional<Reason> ofSender(Packet packet) {
        IpAddress source = packet.source();
        boolean good =
                isMld(packet)
                        ? source.isLinkLocalUnicast()
                        : source.isSource() || source.isUnspecified();
        return when(!good, Reason.BAD_SENDER);
    }

    private static boolean isMld(Packet packet) {
        return switch (packet.source().family()) {
            case IPV4 -> false;
            case IPV6 -> true;
        };
    }

    private static Optional<Reason> when(boolean refused, Reason reason) {
        return refused ? Optional.of(reason) : Optional.empty();
    }

    private static Optional<Reason> or(Optional<Reason> first, Optional<Reason> second) {
        return first.isPresent() ? first : second;
    }
}
