package mcproxy.core;

import mcproxy.wire.IpAddress;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What the configuration of an instance says about what goes where.
 *
 * @param in how an upstream is chosen to ask for a source; empty for the default: {@link
 *     RuleMatching.Mutex} where there is a peering interface, else {@link RuleMatching.First}
 * @param out to which upstreams packets from downstreams go; default {@link RuleMatching.All}
 * @param filters the filters of the interfaces; for one interface, direction and role the first
 *     that names it counts, and if none does, the first whose pattern matches it
 * @param peeringWait how long an instance with peering interfaces waits for a group to come from
 *     them before it asks its other upstreams (RFC 7287 5.4); 0 s or more
 * @param joins what is asked for whether anybody wants it or not
 */
public record PolicySettings(
        Optional<RuleMatching> in,
        RuleMatching out,
        List<InterfaceFilter> filters,
        Duration peeringWait,
        List<Join> joins) {
    /** RFC 7287 5.4 for proxies in one node; between nodes it has 25 ms. */
    public static final Duration DEFAULT_PEERING_WAIT = Duration.ofMillis(10);

    /** No filters; the first upstream is asked, packets go to all upstreams. */
    public static final PolicySettings DEFAULT =
            new PolicySettings(
                    Optional.empty(), RuleMatching.ALL, List.of(), DEFAULT_PEERING_WAIT, List.of());

    /** Copies the list. */
    public PolicySettings {
        filters = List.copyOf(filters);
        joins = List.copyOf(joins);
    }

    /**
     * A group that is asked for for ever.
     *
     * @param on the upstream, or a pattern of several
     */
    public record Join(InterfacePattern on, IpAddress group, Membership membership) {}

    /**
     * The filter of an interface.
     *
     * @param role the side of the proxy
     * @param on its name, or the names of several
     * @param direction the direction
     * @param filter the filter
     */
    public record InterfaceFilter(
            LinkSettings.Role role,
            InterfacePattern on,
            Filter.Direction direction,
            Filter filter) {}
}
