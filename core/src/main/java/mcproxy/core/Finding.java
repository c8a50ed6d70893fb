package mcproxy.core;

import mcproxy.wire.IpAddress;
import mcproxy.wire.Protocol;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One of the things that must be so for packets of a group to reach a downstream, and how it is.
 * Interfaces are given by name.
 */
public sealed interface Finding {
    /** Is this why packets do not get there? */
    default boolean stops() {
        return false;
    }

    /** A finding that stops packets. */
    sealed interface Stop extends Finding {
        @Override
        default boolean stops() {
            return true;
        }
    }

    // ---- the membership ----

    /** The group never leaves its link (RFC 9776 6, RFC 9777 7). */
    record LinkScope() implements Stop {}

    /**
     * Nobody on the downstream has reported the group.
     *
     * @param sourceSpecific is it in the range of source-specific multicast, where memberships
     *     without sources do not count (RFC 4604 3)?
     * @param full has the downstream as many groups as it may, so that reports are refused?
     */
    record NotWanted(String link, boolean sourceSpecific, boolean full) implements Stop {}

    /**
     * The downstream wants the group.
     *
     * @param membership what is reported and set to be wanted, together
     * @param isStatic is it set to be wanted?
     * @param timerNanos what is left of the group timer in nanoseconds; 0 in INCLUDE mode
     * @param hosts who has reported it, as far as that is tracked
     */
    record Wanted(
            String link,
            Membership membership,
            boolean isStatic,
            long timerNanos,
            List<IpAddress> hosts)
            implements Finding {
        /** Copies the list. */
        public Wanted {
            hosts = List.copyOf(hosts);
        }
    }

    /** The downstream wants the group, but not from this source. */
    record SourceNotWanted(String link, Membership membership) implements Stop {}

    /**
     * In the range of source-specific multicast only named sources are asked for upstream (RFC 4604
     * 3.1), and none is named.
     */
    record NoSourceNamed(String link) implements Stop {}

    // ---- the downstream ----

    /** The source is on the link itself: its packets are there without us. */
    record SourceOnSameLink(String link) implements Stop {}

    /**
     * We forward onto the downstream.
     *
     * @param querier who is querier there
     * @param self are we?
     */
    record Forwards(String link, IpAddress querier, boolean self) implements Finding {}

    /**
     * Another router is querier of the downstream, and forwards there (RFC 4605 3).
     *
     * @param querier its address; unspecified when we do not take part and have not heard one
     */
    record NotForwarder(String link, IpAddress querier) implements Stop {}

    /** A peer gets packets of our own downstreams' networks only (RFC 7287 5.3). */
    record NotForPeers(String link) implements Stop {}

    /**
     * What we send on one of these interfaces comes in on the other, so nothing is forwarded
     * between them.
     *
     * @param incoming where the packets come from, or could
     */
    record OneLink(String incoming, String link) implements Stop {}

    // ---- filters ----

    /**
     * The rule of a filter that decides.
     *
     * @param role the side of the interface that the filter is on
     * @param on the interface, or a pattern of several, as the filter has it
     * @param kind is the filter a whitelist or a blacklist?
     * @param table the table of the rule; empty for one without a name
     * @param number the rule's number among all rules of the filter, 1 first; empty when no rule
     *     matched
     * @param rule as the configuration language writes it; empty when no rule matched
     */
    record Decision(
            LinkSettings.Role role,
            String on,
            Filter.Direction direction,
            Filter.Kind kind,
            String table,
            OptionalInt number,
            String rule) {}

    /** A filter lets the packets through. */
    record FilterPasses(Decision decision) implements Finding {}

    /** A filter does not let the packets through. */
    record FilterStops(Decision decision) implements Stop {}

    // ---- the upstream ----

    /** The group stays among the downstreams. */
    record LocalGroup() implements Stop {}

    /** No upstream is up. */
    record NoUpstream() implements Stop {}

    /**
     * An upstream is asked.
     *
     * @param membership what is reported there
     * @param protocol in which version; before IGMPv3 and MLDv2 without sources
     */
    record Asked(String upstream, Membership membership, Protocol protocol) implements Finding {}

    /** Why an upstream is not asked for something that is wanted. */
    enum NotAskedBecause {
        /** Peers are waited for (RFC 7287 5.4). */
        PEERS_FIRST,
        /** The source comes from another upstream ({@link RuleMatching.Mutex}). */
        COMES_FROM_ANOTHER,
        /** Filters, rule matching and the memberships of other downstreams left nothing. */
        NOTHING_LEFT
    }

    /** The upstream that could bring the packets is not asked for them. */
    record NotAsked(String upstream, NotAskedBecause cause) implements Stop {}

    /** MLD needs a link-local address to be sent from (RFC 9777 5), and there is none. */
    record CannotReport(String upstream) implements Stop {}

    // ---- the packets ----

    /** There are as many forwarding entries as there may be. */
    record RoutesFull(int limit) implements Stop {}

    /**
     * No packet has come in yet that the kernel would have told us of.
     *
     * @param expectedFrom the interfaces from which it could
     */
    record NoPacketYet(List<String> expectedFrom) implements Stop {
        /** Copies the list. */
        public NoPacketYet {
            expectedFrom = List.copyOf(expectedFrom);
        }
    }

    /**
     * Packets are taken from an upstream that may not bring them to this downstream.
     *
     * @param incoming where they are taken from
     * @param should where this downstream may have them from; empty for nowhere
     */
    record FromAnotherUpstream(String incoming, Optional<String> should) implements Stop {}

    /** There is a forwarding entry that has the downstream in it. */
    record Routed(IpAddress source, String incoming, List<String> outgoing) implements Finding {
        /** Copies the list. */
        public Routed {
            outgoing = List.copyOf(outgoing);
        }
    }
}
