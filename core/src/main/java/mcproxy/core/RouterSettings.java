package mcproxy.core;

import mcproxy.wire.IpAddress;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What the configuration says about the router side of a downstream, timers apart.
 *
 * @param querying whether and how we ask
 * @param checks what reports must fulfil
 * @param tracking what we remember of single hosts
 * @param limits the most that we remember
 * @param liteExcludeFilter EXCLUDE lists are taken for empty ones (RFC 5790 5); default no
 * @param advertising how we advertise ourselves to snooping switches; empty: not at all
 * @param staticGroups what counts as wanted whether anybody asks or not
 * @param ssmMap which sources stand for groups that are joined as a whole; default none
 */
public record RouterSettings(
        Querying querying,
        Checks checks,
        Tracking tracking,
        LinkLimits limits,
        boolean liteExcludeFilter,
        Optional<Advertising> advertising,
        List<StaticGroup> staticGroups,
        SsmMap ssmMap) {
    /** The defaults of all settings. */
    public static final RouterSettings DEFAULT =
            new RouterSettings(
                    Querying.DEFAULT,
                    Checks.DEFAULT,
                    Tracking.DEFAULT,
                    LinkLimits.DEFAULT,
                    false,
                    Optional.of(Advertising.DEFAULT),
                    List.of(),
                    SsmMap.NONE);

    /** Copies the list. */
    public RouterSettings {
        staticGroups = List.copyOf(staticGroups);
    }

    /**
     * Whether and how we ask who listens.
     *
     * @param enabled may we be querier? If not, no query is ever sent, and we learn from what other
     *     routers ask; default yes
     * @param followOlderQueriers do we use the oldest version that a querier on the link uses (RFC
     *     9776 6.6.2), or always our own (7.3.1)? Default: follow
     * @param forwardWhenNotQuerier do we forward onto the link while another router is querier? RFC
     *     4605 3 allows that where no other proxy can forward there too; default no
     */
    public record Querying(
            boolean enabled, boolean followOlderQueriers, boolean forwardWhenNotQuerier) {
        /** Enabled, following, forwarding as querier only. */
        public static final Querying DEFAULT = new Querying(true, true, false);
    }

    /**
     * What reports must fulfil beyond what the RFCs demand of all.
     *
     * @param requireRouterAlert are IGMP reports and leaves without the Router Alert option refused
     *     (RFC 9776 9.2)? Default no, as older hosts and switches leave it out; MLD always needs it
     * @param verifySourceSubnet are IGMP reports and leaves refused whose sender is in none of the
     *     interface's networks (RFC 9776 9.2)? 0.0.0.0 is always taken; default no
     * @param ignoreVersion1 are IGMPv1 reports ignored (RFC 9776 9.2)? Default no
     * @param ignoreVersion2 are IGMPv2 and MLDv1 reports and leaves ignored (RFC 9776 9.2)? Default
     *     no
     */
    public record Checks(
            boolean requireRouterAlert,
            boolean verifySourceSubnet,
            boolean ignoreVersion1,
            boolean ignoreVersion2) {
        /** Only what the RFCs demand. */
        public static final Checks DEFAULT = new Checks(false, false, false, false);
    }

    /**
     * What we remember of single hosts.
     *
     * @param enabled do we remember who reported what? Default yes
     * @param immediateLeave do leaves go by what is remembered? A leave then costs no query, and
     *     lowers no timer, while another host is known to want the same; and when the last known
     *     host leaves, the stream stops at once, and the query is sent all the same, so that a host
     *     we do not know of gets it back. Default no: each leave is asked about, and the stream
     *     goes on for the Last Member Query Time (RFC 9776 6.4.2). Groups with IGMPv1, IGMPv2 or
     *     MLDv1 members, whose reports suppress each other, are always left the slow way
     */
    public record Tracking(boolean enabled, boolean immediateLeave) {
        /** Enabled, leaving slowly. */
        public static final Tracking DEFAULT = new Tracking(true, false);
    }

    /**
     * The most that is remembered of one downstream, for one family.
     *
     * @param groups groups with members, 1 or more
     * @param groupSources source records of one group, 1 or more
     * @param hosts tracked hosts, counted in each group that they are in; hosts beyond are served,
     *     but not tracked
     */
    public record LinkLimits(int groups, int groupSources, int hosts) {
        /** 65,536 groups, 16,384 sources in each, 131,072 hosts. */
        public static final LinkLimits DEFAULT = new LinkLimits(65_536, 16_384, 131_072);
    }

    /**
     * How we advertise ourselves to snooping switches.
     *
     * @param interval the time between two advertisements, 4 s to 180 s (RFC 4286 3.1.1)
     * @param initialInterval the first ones follow each other in less than this, 100 ms to 180 s
     *     (3.1.3)
     * @param initialCount how many these are, 1 or more (3.1.4)
     * @param messagesPerSecond the most that are sent in a second, 1 or more (3.1.6)
     */
    public record Advertising(
            Duration interval, Duration initialInterval, int initialCount, int messagesPerSecond) {
        /** Every 20 s, three times in the first seconds, never more than ten in one second. */
        public static final Advertising DEFAULT =
                new Advertising(Duration.ofSeconds(20), Duration.ofSeconds(2), 3, 10);

        /** These settings with another {@code interval}. */
        public Advertising withInterval(Duration other) {
            return new Advertising(other, initialInterval, initialCount, messagesPerSecond);
        }
    }

    /**
     * A group that counts as wanted for ever.
     *
     * @param group the group
     * @param sources the sources that are wanted; empty: all of them, or those of {@link SsmMap}
     */
    public record StaticGroup(IpAddress group, List<IpAddress> sources) {
        /** Copies the list. */
        public StaticGroup {
            sources = List.copyOf(sources);
        }

        Membership membership(SsmMap map) {
            if (!sources.isEmpty()) {
                return Membership.include(SourceSet.of(sources));
            }
            SourceSet mapped = map.sources(group);
            return mapped.isEmpty() ? Membership.ANY_SOURCE : Membership.include(mapped);
        }
    }

    /** These settings with another {@code querying}. */
    public RouterSettings with(Querying other) {
        return new RouterSettings(
                other,
                checks,
                tracking,
                limits,
                liteExcludeFilter,
                advertising,
                staticGroups,
                ssmMap);
    }

    /** These settings with other {@code checks}. */
    public RouterSettings with(Checks other) {
        return new RouterSettings(
                querying,
                other,
                tracking,
                limits,
                liteExcludeFilter,
                advertising,
                staticGroups,
                ssmMap);
    }

    /** These settings with another {@code tracking}. */
    public RouterSettings with(Tracking other) {
        return new RouterSettings(
                querying,
                checks,
                other,
                limits,
                liteExcludeFilter,
                advertising,
                staticGroups,
                ssmMap);
    }

    /** These settings with other {@code limits}. */
    public RouterSettings with(LinkLimits other) {
        return new RouterSettings(
                querying,
                checks,
                tracking,
                other,
                liteExcludeFilter,
                advertising,
                staticGroups,
                ssmMap);
    }

    /** These settings with another {@code liteExcludeFilter}. */
    public RouterSettings withLiteExcludeFilter(boolean other) {
        return new RouterSettings(
                querying, checks, tracking, limits, other, advertising, staticGroups, ssmMap);
    }

    /** These settings with another {@code advertising}. */
    public RouterSettings withAdvertising(Optional<Advertising> other) {
        return new RouterSettings(
                querying, checks, tracking, limits, liteExcludeFilter, other, staticGroups, ssmMap);
    }

    /** These settings with other {@code staticGroups}. */
    public RouterSettings withStaticGroups(List<StaticGroup> other) {
        return new RouterSettings(
                querying, checks, tracking, limits, liteExcludeFilter, advertising, other, ssmMap);
    }

    /** These settings with another {@code ssmMap}. */
    public RouterSettings withSsmMap(SsmMap other) {
        return new RouterSettings(
                querying,
                checks,
                tracking,
                limits,
                liteExcludeFilter,
                advertising,
                staticGroups,
                other);
    }
}
