package mcproxy.control;

import io.avaje.jsonb.Json;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * An interface on one side of an instance, for one family; what is configured but does not exist
 * has the state {@code missing} and little else.
 *
 * @param instance whose it is
 * @param name the device, or for a missing one what is configured
 * @param side {@code upstream} or {@code downstream}
 * @param family {@code IPv4} or {@code IPv6}
 * @param state {@code up}, {@code down}, {@code missing}, or {@code refused} when the kernel has no
 *     room for it in the table
 * @param ifindex its index; null when it is missing
 * @param vif its number in the kernel's table; null when it has none
 * @param address where our messages are sent from; null when there is none
 * @param mtu in bytes; null when it is missing
 * @param version the protocol that is spoken now, for instance {@code IGMPv2}
 * @param upstream what only upstreams have; null for others and for those that are not up
 * @param downstream what only downstreams have; null for others and for those that are not up
 */
@Json
public record Interface(
        String instance,
        String name,
        String side,
        String family,
        String state,
        @Nullable Integer ifindex,
        @Nullable Integer vif,
        @Nullable String address,
        @Nullable Integer mtu,
        @Nullable String version,
        @Nullable Upstream upstream,
        @Nullable Downstream downstream) {
    /**
     * An upstream.
     *
     * @param order its place among the upstreams, 0 is asked first
     * @param groups how many groups are asked for there
     * @param peering is it a downstream as well (RFC 7287 5)?
     * @param querier who asked last; null when nobody has
     * @param lastQueryAgoMillis how long ago that was; null when nobody has
     * @param robustness that is in force
     */
    @Json
    public record Upstream(
            int order,
            int groups,
            boolean peering,
            @Nullable String querier,
            @Nullable Long lastQueryAgoMillis,
            int robustness) {}

    /**
     * A downstream.
     *
     * @param querier its querier's address; null when there is none that we know of
     * @param isQuerier are we the querier?
     * @param querierTimerMillis until the other querier counts as gone; 0 when we are querier
     * @param forwards are packets forwarded onto it (RFC 4605 3)?
     * @param groups how many groups have members
     * @param hosts how many hosts are tracked, counted in each of their groups
     * @param staticGroups what is set to be wanted, for instance {@code 232.1.1.1 192.0.2.1}
     * @param timers the timers in force, which may be another querier's
     */
    @Json
    public record Downstream(
            @Nullable String querier,
            boolean isQuerier,
            long querierTimerMillis,
            boolean forwards,
            int groups,
            int hosts,
            List<String> staticGroups,
            InForce timers) {}

    /**
     * Timers of a downstream (RFC 9776 8, RFC 9777 9).
     *
     * @param robustness the Robustness Variable
     * @param lastMemberQueryCount the Last Member Query Count
     */
    @Json
    public record InForce(
            int robustness,
            long queryIntervalMillis,
            long queryResponseIntervalMillis,
            long groupMembershipIntervalMillis,
            long lastMemberQueryIntervalMillis,
            int lastMemberQueryCount) {}
}
