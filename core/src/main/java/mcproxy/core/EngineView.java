package mcproxy.core;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.LinkAddress;
import mcproxy.wire.Protocol;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * What an engine knows at one moment, to be shown; a value that later changes do not touch.
 *
 * @param downstreams the downstreams that are up
 * @param upstreams the upstreams that are up
 * @param routes the forwarding entries, by group and source
 * @param rules the rules of all filters, in the order of the settings
 */
public record EngineView(
        List<Downstream> downstreams,
        List<Upstream> upstreams,
        List<Route> routes,
        List<RuleHits> rules) {
    /** Copies the lists. */
    public EngineView {
        downstreams = List.copyOf(downstreams);
        upstreams = List.copyOf(upstreams);
        routes = List.copyOf(routes);
        rules = List.copyOf(rules);
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
            List<Static> staticGroups) {}

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
     */
    public record Upstream(String link, Family family, Protocol protocol, List<Reported> groups) {}

    /** What is reported of a group. */
    public record Reported(IpAddress group, Membership membership) {}

    /**
     * A forwarding entry.
     *
     * @param incoming the interface that packets arrive on
     * @param outgoing the interfaces that they are forwarded to; none in a negative entry
     */
    public record Route(
            IpAddress source, IpAddress group, String incoming, List<String> outgoing) {}

    static EngineView of(Collection<FamilyProxy> families, Deadlines deadlines, long nowNanos) {
        List<Downstream> downstreams = new ArrayList<>();
        List<Upstream> upstreams = new ArrayList<>();
        List<Route> routes = new ArrayList<>();
        for (FamilyProxy family : families) {
            family.downstreams().forEach(side -> downstreams.add(of(side, deadlines, nowNanos)));
            family.upstreams().forEach(side -> upstreams.add(of(side)));
            addRoutes(family, routes);
        }
        return new EngineView(downstreams, upstreams, routes, rules(families));
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

    private static Downstream of(RouterSide side, Deadlines deadlines, long nowNanos) {
        LinkAt link = side.link();
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
                side.groups().stream().map(state -> of(state, link, deadlines, nowNanos)).toList(),
                side.staticGroups().entrySet().stream()
                        .map(entry -> new Static(entry.getKey(), entry.getValue()))
                        .toList());
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

    private static Upstream of(HostSide side) {
        List<Reported> groups = new ArrayList<>();
        side.wanted().forEach((group, membership) -> groups.add(new Reported(group, membership)));
        return new Upstream(
                side.link().name(), side.link().family(), side.spoken(), List.copyOf(groups));
    }

    private static void addRoutes(FamilyProxy family, List<Route> routes) {
        for (IpAddress group : family.routes().groups()) {
            for (Forwarding.Route route : family.routes().of(group)) {
                routes.add(
                        new Route(
                                route.source(),
                                group,
                                family.name(route.incoming()),
                                route.outgoing().stream().map(family::name).toList()));
            }
        }
    }
}
