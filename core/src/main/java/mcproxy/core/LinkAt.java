package mcproxy.core;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.LinkAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;

import java.time.Duration;
import java.util.ArrayDeque;

/** An interface for one family, as both sides of the proxy see it: what they need to send on it. */
final class LinkAt {
    private static final long NEVER = Long.MIN_VALUE / 2;

    private static final IpAddress ALL_SYSTEMS = IpAddress.of("224.0.0.1");
    private static final IpAddress ALL_NODES = IpAddress.of("ff02::1");
    private static final IpAddress ALL_ROUTERS = IpAddress.of("224.0.0.2");
    private static final IpAddress ALL_ROUTERS_IPV6 = IpAddress.of("ff02::2");
    private static final IpAddress IGMPV3_REPORTS = IpAddress.of("224.0.0.22");
    private static final IpAddress MLDV2_REPORTS = IpAddress.of("ff02::16");

    private static final IpAddress ALL_SNOOPERS = IpAddress.of("224.0.0.106");
    private static final IpAddress ALL_SNOOPERS_IPV6 = IpAddress.of("ff02::6a");

    /** ff02::1:ff00:0/104, the solicited-node groups (RFC 4291 2.7.1). */
    private static final long SOLICITED_HIGH = 0xff02_0000_0000_0000L;

    private static final long SOLICITED_LOW = 0x1_ff00_0000L;

    /** How long ago something may have been sent that is now heard again. */
    private static final long ECHO_NANOS = Duration.ofSeconds(2).toNanos();

    /** How many messages are remembered to know them again; a burst of more may go unnoticed. */
    private static final int REMEMBERED = 8;

    private record Sent(long atNanos, Message message) {}

    private final ArrayDeque<Sent> sent = new ArrayDeque<>(REMEMBERED);
    private long lastQueryNanos = NEVER;
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

    /**
     * Can a message with this sender's link-layer address be one that was sent here? Switches keep
     * it; where links have none there is nothing to compare.
     */
    boolean canHaveSent(LinkAddress sender) {
        LinkAddress own = latest.linkAddress();
        return own.isNone() || sender.isNone() || own.equals(sender);
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

    /** Where snooping switches listen (RFC 4286 3.3.2). */
    IpAddress allSnoopers() {
        return family() == Family.IPV4 ? ALL_SNOOPERS : ALL_SNOOPERS_IPV6;
    }

    /**
     * Is the interface a member of this group as a router, or by its own address (RFC 4291 2.8)?
     */
    boolean isGroupOfOurs(IpAddress group) {
        IpAddress solicited =
                IpAddress.ipv6(SOLICITED_HIGH, SOLICITED_LOW | (address().low() & 0xff_ffff));
        return group.equals(allHosts())
                || group.equals(allRouters())
                || group.equals(reportsGoTo())
                || (family() == Family.IPV6 && group.equals(solicited));
    }

    /** Have we sent this here a moment ago? */
    boolean hasJustSent(Message message, long nowNanos) {
        return sent.stream()
                .anyMatch(
                        one -> one.atNanos + ECHO_NANOS >= nowNanos && one.message.equals(message));
    }

    /** Have we sent any query here a moment ago? */
    boolean hasJustAsked(long nowNanos) {
        return lastQueryNanos + ECHO_NANOS >= nowNanos;
    }

    private void remember(Message message, Cycle cycle) {
        if (message instanceof Message.Query) {
            lastQueryNanos = cycle.now();
        }
        if (sent.size() == REMEMBERED) {
            sent.removeFirst();
        }
        sent.addLast(new Sent(cycle.now(), message));
    }

    void send(IpAddress destination, Message message, Cycle cycle) {
        if (canSend()) {
            remember(message, cycle);
            cycle.send(ifindex(), Packet.toSend(address(), destination, message));
        }
    }
}
