package mcproxy.core;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;

/** An interface for one family, as both sides of the proxy see it: what they need to send on it. */
final class LinkAt {
    private static final IpAddress ALL_SYSTEMS = IpAddress.of("224.0.0.1");
    private static final IpAddress ALL_NODES = IpAddress.of("ff02::1");
    private static final IpAddress ALL_ROUTERS = IpAddress.of("224.0.0.2");
    private static final IpAddress ALL_ROUTERS_IPV6 = IpAddress.of("ff02::2");
    private static final IpAddress IGMPV3_REPORTS = IpAddress.of("224.0.0.22");
    private static final IpAddress MLDV2_REPORTS = IpAddress.of("ff02::16");

    private Input.LinkUp latest;

    LinkAt(Input.LinkUp latest) {
        this.latest = latest;
    }

    void update(Input.LinkUp update) {
        latest = update;
    }

    int ifindex() {
        return latest.ifindex();
    }

    String name() {
        return latest.name();
    }

    Family family() {
        return latest.family();
    }

    LinkSettings settings() {
        return latest.settings();
    }

    IpAddress address() {
        return latest.address();
    }

    int mtu() {
        return latest.mtu();
    }

    /** Is the source on this link, going by the link's own addresses? */
    boolean hasInSubnet(IpAddress source) {
        return latest.subnets().stream().anyMatch(subnet -> subnet.contains(source));
    }

    /**
     * Can messages be sent? MLD needs a link-local address (RFC 9777 5); IGMP does without any (RFC
     * 9776 4.2.14).
     */
    boolean canSend() {
        return family() == Family.IPV4 || !address().isUnspecified();
    }

    /** Where General Queries go (RFC 9776 4.1.12, RFC 9777 5.1.15). */
    IpAddress allHosts() {
        return family() == Family.IPV4 ? ALL_SYSTEMS : ALL_NODES;
    }

    /** Where leaves of the older versions go (RFC 2236 9, RFC 2710 4). */
    IpAddress allRouters() {
        return family() == Family.IPV4 ? ALL_ROUTERS : ALL_ROUTERS_IPV6;
    }

    /** Where IGMPv3 and MLDv2 reports go (RFC 9776 4.2.15, RFC 9777 5.2.15). */
    IpAddress reportsGoTo() {
        return family() == Family.IPV4 ? IGMPV3_REPORTS : MLDV2_REPORTS;
    }

    void send(IpAddress destination, Message message, Cycle cycle) {
        if (canSend()) {
            cycle.send(ifindex(), Packet.toSend(address(), destination, message));
        }
    }
}
