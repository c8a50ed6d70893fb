package mcproxy.core;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.LinkAddress;
import mcproxy.wire.Protocol;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;

/**
 * What an engine knows at one moment, to be shown; a value that later changes do not touch. What a
 * {@link ViewRequest} does not ask for is empty, or 0.
 *
 * @param downstreams the downstreams that are up
 * @param upstreams the upstreams that are up
 * @param routes the forwarding entries, by group and source
 * @param rules the rules of all filters, in the order of the settings
 * @param groupCount how many different groups have members
 * @param routeCounts how many forwarding entries there are in each family
 * @param next after which group to go on, when there was not room for all
 */
public record EngineView(
        List<Downstream> downstreams,
        List<Upstream> upstreams,
        List<Route> routes,
        List<RuleHits> rules,
        int groupCount,
        Map<Family, Integer> routeCounts,
        Optional<IpAddress> next) {
    /** Copies the lists. */
    public EngineView {
        downstreams = List.copyOf(downstreams);
        upstreams = List.copyOf(upstreams);
        routes = List.copyOf(routes);
        rules = List.copyOf(rules);
        routeCounts = Map.copyOf(routeCounts);
    }

    /** How many forwarding entries there are. */
    public int routeCount() {
        return routeCounts.values().stream().mapToInt(Integer::intValue).sum();
    }

    /**
     * A rule where it acts, and how often it did.
     *
     * @param role the side of the interface that its filter is on
     * @param on the interface, or a pattern of several
     * @param kind is its filter a whitelist or a blacklist?
     * @param table the table that it stands in; empty for one without a name
     * @param number its number among all rules of the filter, 1 first
     * @param rule as the configuration language writes it
     * @param hits how many decisions, about memberships and about packets without a route, it had a
     *     say in
     */
    public record RuleHits(
            LinkSettings.Role role,
            String on,
            Filter.Direction direction,
            Filter.Kind kind,
            String table,
            int number,
            String rule,
            long hits) {
        RuleHits plus(long more) {
            return new RuleHits(role, on, direction, kind, table, number, rule, hits + more);
        }
    }

    /**
     * A downstream, for one family.
     *
     * @param querier the address of its querier; unspecified when there is none that we know of
     * @param isQuerier are we the querier?
     * @param forwards are packets forwarded onto it (RFC 4605 3)?
     * @param querierTimerNanos what is left until the other querier counts as gone, in nanoseconds;
     *     0 when we are querier
     * @param protocol the version of our queries
     * @param timers the timers in force, some of them those of another querier
     * @param hostCount tracked hosts, counted in each group that they are in
     * @param groups its groups in ascending order
     * @param staticGroups what is set to be wanted
     * @param at what it is for the kernel
     * @param groupCount how many groups have members
     * @param limits the most that it keeps
     */
    public record Downstream(
            String link,
            Family family,
            IpAddress querier,
            boolean isQuerier,
            boolean forwards,
            long querierTimerNanos,
            Protocol protocol,
            Timers timers,
            int hostCount,
            List<Group> groups,
            List<Static> staticGroups,
            At at,
            int groupCount,
            RouterSettings.LinkLimits limits) {}

    /**
     * An interface, for one family.
     *
     * @param address where our messages come from; unspecified when there is none
     * @param mtu in bytes
     */
    public record At(int ifindex, IpAddress address, int mtu) {
        private static At of(LinkAt link) {
            return new At(link.ifindex(), link.address(), link.mtu());
        }
    }

    /** A group that is set to be wanted. */
    public record Static(IpAddress group, Membership membership) {}

    /**
     * A group on a downstream. One without any source in INCLUDE mode has been left at once, and it
     * is being asked whether somebody is still there.
     *
     * @param compatibility the protocol of its oldest member (Group Compatibility Mode)
     * @param timerNanos what is left of the group timer in nanoseconds; 0 in INCLUDE mode
     * @param running sources that are forwarded: A in INCLUDE (A), X in EXCLUDE (X,Y)
     * @param excluded sources that are not forwarded: Y in EXCLUDE (X,Y)
     * @param mapped what EXCLUDE mode stands for in a mapped group ({@link SsmMap}), Y and X aside;
     *     empty in others, where it stands for all sources
     * @param ageNanos how long there has been a member, in nanoseconds
     * @param lastReporter who reported it last
     * @param hosts who reported it, by IP address and link-layer address
     */
    public record Group(
            IpAddress group,
            FilterMode mode,
            Protocol compatibility,
            long timerNanos,
            List<Source> running,
            List<IpAddress> excluded,
            List<IpAddress> mapped,
            long ageNanos,
            Optional<IpAddress> lastReporter,
            List<Host> hosts) {}

    /**
     * A host that is member of a group.
     *
     * @param address its IP address; unspecified while it has none
     * @param linkAddress its address on the link; none on links that have no such addresses
     * @param protocol the version in which it reported last
     * @param membership what it wants
     * @param timerNanos what is left until it is forgotten, in nanoseconds
     */
    public record Host(
            IpAddress address,
            LinkAddress linkAddress,
            Protocol protocol,
            Membership membership,
            long timerNanos) {}

    /**
     * A source with a running timer.
     *
     * @param timerNanos what is left of the source timer in nanoseconds
     */
    public record Source(IpAddress source, long timerNanos) {}

    /**
     * An upstream, for one family.
     *
     * @param protocol the version that is spoken (Host Compatibility Mode)
     * @param groups what is reported, by group
     * @param at what it is for the kernel
     * @param groupCount how many groups are reported
     * @param order its place among the upstreams, the lowest is asked first
     * @param peering is it a downstream as well (RFC 7287 5)?
     * @param querier who asked last; empty when nobody has
     * @param queryAgoNanos how long ago that was, in nanoseconds
     * @param robustness the Robustness Variable in force
     */
    public record Upstream(
            String link,
            Family family,
            Protocol protocol,
            List<Reported> groups,
            At at,
            int groupCount,
            int order,
            boolean peering,
            Optional<IpAddress> querier,
            long queryAgoNanos,
            int robustness) {}

    /**
     * What is reported of a group.
     *
     * @param reportsLeft how often its last change is still to be reported
     */
    public record Reported(IpAddress group, Membership membership, int reportsLeft) {}

    /**
     * A forwarding entry.
     *
     * @param incoming the interface that packets arrive on
     * @param outgoing the interfaces that they are forwarded to; none in a negative entry
     * @param ageNanos how long it has been there, in nanoseconds
     */
    public record Route(
            IpAddress source,
            IpAddress group,
            String incoming,
            List<String> outgoing,
            long ageNanos) {}

    static EngineView of(
            Collection<FamilyProxy> families,
            ViewRequest request,
            Deadlines deadlines,
            long nowNanos) {
        Portion portion = Portion.of(request, maps(families, request));
        List<Downstream> downstreams = new ArrayList<>();
        List<Upstream> upstreams = new ArrayList<>();
        List<Route> routes = new ArrayList<>();
        Map<Family, Integer> routeCounts = new EnumMap<>(Family.class);
        for (FamilyProxy family : families) {
            for (RouterSide side : family.downstreams()) {
                if (request.isAbout(side.link())) {
                    downstreams.add(of(side, request, portion, deadlines, nowNanos));
                }
            }
            for (HostSide side : family.upstreams()) {
                if (request.isAbout(side.link())) {
                    upstreams.add(of(side, family, request, portion, nowNanos));
                }
            }
            if (request.wants(ViewRequest.Part.ROUTES)) {
                addRoutes(family, request, portion, nowNanos, routes);
            }
            routeCounts.put(family.family(), family.routes().size());
        }
        return new EngineView(
                downstreams,
                upstreams,
                routes,
                request.wants(ViewRequest.Part.RULES) ? rules(families) : List.of(),
                request.wants(ViewRequest.Part.COUNTS) ? groupCount(families) : 0,
                routeCounts,
                portion.upTo());
    }

    /** Everything that the request goes through group by group. */
    private static List<NavigableMap<IpAddress, ?>> maps(
            Collection<FamilyProxy> families, ViewRequest request) {
        List<NavigableMap<IpAddress, ?>> maps = new ArrayList<>();
        for (FamilyProxy family : families) {
            if (request.wants(ViewRequest.Part.GROUPS)) {
                family.downstreams().stream()
                        .filter(side -> request.isAbout(side.link()))
                        .forEach(side -> maps.add(side.byGroup()));
            }
            if (request.wants(ViewRequest.Part.MEMBERSHIPS)) {
                family.upstreams().stream()
                        .filter(side -> request.isAbout(side.link()))
                        .forEach(side -> maps.add(side.wanted()));
            }
            if (request.wants(ViewRequest.Part.ROUTES)) {
                maps.add(family.routes().byGroup());
            }
        }
        return maps;
    }

    private static int groupCount(Collection<FamilyProxy> families) {
        int count = 0;
        for (FamilyProxy family : families) {
            List<RouterSide> sides =
                    family.downstreams().stream()
                            .filter(side -> !side.byGroup().isEmpty())
                            .toList();
            if (sides.size() == 1) {
                count += sides.getFirst().byGroup().size();
            } else {
                Set<IpAddress> different = new HashSet<>();
                sides.forEach(side -> different.addAll(side.byGroup().keySet()));
                count += different.size();
            }
        }
        return count;
    }

    /** Both families have the same rules, each its own hits. */
    private static List<RuleHits> rules(Collection<FamilyProxy> families) {
        List<RuleHits> sum = new ArrayList<>();
        for (FamilyProxy family : families) {
            List<RuleHits> rules = family.policy().hits();
            for (int i = 0; i < rules.size(); i++) {
                if (i == sum.size()) {
                    sum.add(rules.get(i));
                } else {
                    sum.set(i, sum.get(i).plus(rules.get(i).hits()));
                }
            }
        }
        return sum;
    }

    private static Downstream of(
            RouterSide side,
            ViewRequest request,
            Portion portion,
            Deadlines deadlines,
            long nowNanos) {
        LinkAt link = side.link();
        List<Group> groups =
                request.wants(ViewRequest.Part.GROUPS)
                        ? portion.of(side.byGroup()).values().stream()
                                .map(state -> of(state, link, deadlines, nowNanos))
                                .toList()
                        : List.of();
        return new Downstream(
                link.name(),
                link.family(),
                side.querier().elected(),
                side.querier().isSelf(),
                side.isForwarder(),
                deadlines.remaining(
                        new Reminder.OtherQuerierGone(link.ifindex(), link.family()), nowNanos),
                side.querier().protocol(),
                side.querier().timers(),
                side.hostCount(),
                groups,
                side.staticGroups().entrySet().stream()
                        .map(entry -> new Static(entry.getKey(), entry.getValue()))
                        .toList(),
                At.of(link),
                side.byGroup().size(),
                link.settings().router().limits());
    }

    private static Group of(GroupState state, LinkAt link, Deadlines deadlines, long nowNanos) {
        IpAddress group = state.group();
        Reminder groupTimer = new Reminder.GroupTimer(link.ifindex(), group);
        return new Group(
                group,
                state.mode(),
                Protocol.of(link.family(), state.compatibility()),
                deadlines.remaining(groupTimer, nowNanos),
                state.running().stream()
                        .map(source -> source(source, group, link, deadlines, nowNanos))
                        .toList(),
                state.excluded().toList(),
                state.mapped().toList(),
                nowNanos - state.sinceNanos(),
                state.lastReporter(),
                state.hosts().byReporter().entrySet().stream()
                        .map(entry -> {
                            Reporter reporter = entry.getKey();
                            GroupHosts.Host host = entry.getValue();
                            return new Host(
                                    reporter.address(),
                                    reporter.linkAddress(),
                                    Protocol.of(link.family(), host.generation()),
                                    host.membership(),
                                    deadlines.remaining(
                                            new Reminder.HostGone(link.ifindex(), group, reporter),
                                            nowNanos));
                        })
                        .toList());
    }

    private static Source source(
            IpAddress source, IpAddress group, LinkAt link, Deadlines deadlines, long nowNanos) {
        Reminder timer = new Reminder.SourceTimer(link.ifindex(), group, source);
        return new Source(source, deadlines.remaining(timer, nowNanos));
    }

    private static Upstream of(
            HostSide side,
            FamilyProxy family,
            ViewRequest request,
            Portion portion,
            long nowNanos) {
        List<Reported> groups = new ArrayList<>();
        if (request.wants(ViewRequest.Part.MEMBERSHIPS)) {
            portion.of(side.wanted())
                    .forEach((group, membership) ->
                            groups.add(new Reported(group, membership, side.reportsLeft(group))));
        }
        LinkAt link = side.link();
        return new Upstream(
                link.name(),
                link.family(),
                side.spoken(),
                List.copyOf(groups),
                At.of(link),
                side.wanted().size(),
                link.settings().order(),
                family.isPeering(link),
                side.lastQuerier(),
                side.lastQuerier().isEmpty() ? 0 : nowNanos - side.lastQueryNanos(),
                side.robustness());
    }

    private static void addRoutes(
            FamilyProxy family,
            ViewRequest request,
            Portion portion,
            long nowNanos,
            List<Route> routes) {
        portion.of(family.routes().byGroup())
                .forEach((group, bySource) -> {
                    for (Forwarding.Route route : bySource.values()) {
                        Route shown =
                                new Route(
                                        route.source(),
                                        group,
                                        family.name(route.incoming()),
                                        route.outgoing().stream().map(family::name).toList(),
                                        nowNanos - route.sinceNanos());
                        if (request.link().isEmpty() || isOn(shown, request.link().get())) {
                            routes.add(shown);
                        }
                    }
                });
    }

    private static boolean isOn(Route route, String link) {
        return route.incoming().equals(link) || route.outgoing().contains(link);
    }
}
