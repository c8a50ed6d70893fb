package mcproxy.cli.doctor;

import mcproxy.core.Prefix;
import mcproxy.wire.Family;

import org.jspecify.annotations.Nullable;

/**
 * A packet, or all packets of a kind, as a firewall sees them.
 *
 * @param protocol the number of the transport protocol
 * @param type the ICMPv6 type; 0 for others
 * @param incoming the interface that it comes in on; null when that is not said
 * @param outgoing the interface that it goes out of; null when that is not said
 * @param destination where it goes, or all that it may
 * @param state the connection's state as conntrack tells it
 */
record Sample(
        Family family,
        int protocol,
        int type,
        @Nullable String incoming,
        @Nullable String outgoing,
        Prefix destination,
        String state) {
    static final int IGMP = 2;
    static final int UDP = 17;
    static final int ICMPV6 = 58;
    static final int REPORT = 143;

    /** A membership report. Of MLD conntrack keeps no account (nf_conntrack_proto_icmpv6.c). */
    static Sample report(Family family, @Nullable String incoming, @Nullable String outgoing) {
        return switch (family) {
            case IPV4 ->
                    new Sample(family, IGMP, 0, incoming, outgoing, Prefix.of("224.0.0.22"), "new");
            case IPV6 ->
                    new Sample(
                            family,
                            ICMPV6,
                            REPORT,
                            incoming,
                            outgoing,
                            Prefix.of("ff02::16"),
                            "untracked");
        };
    }

    /** Any multicast stream; nothing comes back, so it stays a new connection. */
    static Sample stream(Family family, @Nullable String incoming, @Nullable String outgoing) {
        return new Sample(family, UDP, 0, incoming, outgoing, groups(family), "new");
    }

    /** All groups of a family. */
    static Prefix groups(Family family) {
        return Prefix.of(
                switch (family) {
                    case IPV4 -> "224.0.0.0/4";
                    case IPV6 -> "ff00::/8";
                });
    }

    /** Is the destination in a network? Unknown when a part of what it may be is. */
    Truth isTo(Prefix network) {
        if (network.address().family() != family) {
            return Truth.NO;
        }
        if (network.length() <= destination.length()) {
            return Truth.of(network.contains(destination.address()));
        }
        return destination.contains(network.address()) ? Truth.UNKNOWN : Truth.NO;
    }

    /** Is an interface's name this one? A '*' or '+' at the end stands for any end. */
    static Truth isNamed(@Nullable String link, String pattern) {
        if (link == null) {
            return Truth.UNKNOWN;
        }
        boolean open = pattern.endsWith("*") || pattern.endsWith("+");
        return Truth.of(
                open
                        ? link.startsWith(pattern.substring(0, pattern.length() - 1))
                        : link.equals(pattern));
    }
}
