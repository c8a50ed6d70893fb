package mcproxy.core;

import mcproxy.wire.Protocol;

/**
 * What the configuration says about one interface of an instance, for one address family.
 *
 * @param role the side of the proxy it is on
 * @param order its place among the interfaces of its role, 0 first; the first upstream is preferred
 * @param protocol the newest protocol version to speak there
 * @param timers the timers of a downstream; of an upstream only the robustness counts, until its
 *     querier tells another
 * @param ssm the groups of source-specific multicast (RFC 4604)
 * @param host how we behave as a host, on an upstream
 * @param router how we behave as a router, on a downstream
 */
public record LinkSettings(
        Role role,
        int order,
        Protocol protocol,
        Timers timers,
        SsmRange ssm,
        HostSettings host,
        RouterSettings router) {
    /** Settings with the RFCs' defaults for what is not given. */
    public LinkSettings(Role role, int order, Protocol protocol, Timers timers) {
        this(role, order, protocol, timers, SsmRange.IANA, HostSettings.DEFAULT);
    }

    /** Settings of an upstream, which needs none as a router. */
    public LinkSettings(
            Role role,
            int order,
            Protocol protocol,
            Timers timers,
            SsmRange ssm,
            HostSettings host) {
        this(role, order, protocol, timers, ssm, host, RouterSettings.DEFAULT);
    }

    /** The two sides of a proxy (RFC 4605 2.1). */
    public enum Role {
        /** Towards the root of the tree: we are a host there. */
        UPSTREAM,
        /** Towards the receivers: we are a router there. */
        DOWNSTREAM
    }
}
