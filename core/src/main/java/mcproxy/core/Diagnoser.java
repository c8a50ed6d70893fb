package mcproxy.core;

import mcproxy.core.Filter.Direction;
import mcproxy.core.LinkSettings.Role;
import mcproxy.wire.IpAddress;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Says why a group does or does not reach a downstream. It goes the way that {@link FamilyProxy}
 * goes when it decides, and changes nothing, the hits of rules neither.
 */
final class Diagnoser {
    private final FamilyProxy proxy;
    private final Deadlines deadlines;
    private final long nowNanos;

    Diagnoser(FamilyProxy proxy, Deadlines deadlines, long nowNanos) {
        this.proxy = proxy;
        this.deadlines = deadlines;
        this.nowNanos = nowNanos;
    }

    /**
     * A diagnosis for each downstream, ascending by index, and for each source: the given one, or
     * all that have a route or are asked for by name, or if there is none any.
     */
    List<Diagnosis> diagnose(IpAddress group, Optional<IpAddress> source) {
        List<Diagnosis> all = new ArrayList<>();
        for (RouterSide downstream : proxy.downstreams()) {
            for (Optional<IpAddress> of : sources(downstream, group, source)) {
                all.add(new One(downstream, group, of).diagnosis());
            }
        }
        return all;
    }

    private List<Optional<IpAddress>> sources(
            RouterSide downstream, IpAddress group, Optional<IpAddress> source) {
        if (source.isPresent()) {
            return List.of(source);
        }
        TreeSet<IpAddress> known = new TreeSet<>();
        proxy.routes().of(group).forEach(route -> known.add(route.source()));
        Membership membership = downstream.membership(group);
        if (membership.mode() == FilterMode.INCLUDE) {
            known.addAll(membership.sources().toList());
        }
        return known.isEmpty()
                ? List.of(Optional.empty())
                : known.stream().map(Optional::of).toList();
    }

    /** One downstream, one group, and one source or any. */
    private final class One {
        private final RouterSide downstream;
        private final LinkAt link;
        private final IpAddress group;
        private final Optional<IpAddress> source;
        private final Optional<Forwarding.Route> route;
        private final List<Finding> findings = new ArrayList<>();

        One(RouterSide downstream, IpAddress group, Optional<IpAddress> source) {
            this.downstream = downstream;
            this.link = downstream.link();
            this.group = group;
            this.source = source;
            this.route = source.flatMap(from -> proxy.routes().find(from, group));
        }

        Diagnosis diagnosis() {
            boolean _ =
                    scope() && membership() && place() && forwarder() && (fromBelow() || above());
            return new Diagnosis(group, source, link.name(), isRouted(), findings);
        }

        private boolean isRouted() {
            return route.isPresent() && route.get().outgoing().contains(link.ifindex());
        }

        /** Adds a finding; gives whether to go on. */
        private boolean find(Finding finding) {
            findings.add(finding);
            return !finding.stops();
        }

        private boolean scope() {
            return !group.isLinkScopeGroup() || find(new Finding.LinkScope());
        }

        private boolean membership() {
            Membership membership = downstream.membership(group);
            if (membership.isNone()) {
                boolean sourceSpecific = link.settings().ssm().contains(group);
                return find(
                        new Finding.NotWanted(link.name(), sourceSpecific, downstream.isFull()));
            }
            boolean _ =
                    find(
                            new Finding.Wanted(
                                    link.name(),
                                    membership,
                                    downstream.staticGroups().containsKey(group),
                                    deadlines.remaining(
                                            new Reminder.GroupTimer(link.ifindex(), group),
                                            nowNanos),
                                    downstream.hosts(group)));
            return source.isEmpty()
                    || membership.wants(source.get())
                    || find(new Finding.SourceNotWanted(link.name(), membership));
        }

        private boolean place() {
            boolean here =
                    route.map(entry -> entry.incoming() == link.ifindex())
                            .orElseGet(() -> source.isPresent() && link.hasInSubnet(source.get()));
            return !here || find(new Finding.SourceOnSameLink(link.name()));
        }

        private boolean forwarder() {
            if (proxy.isPeering(link)) {
                return (source.isPresent() && proxy.isOfOurs(source.get()))
                        || find(new Finding.NotForPeers(link.name()));
            }
            IpAddress querier = downstream.querier().elected();
            return find(
                    downstream.isForwarder()
                            ? new Finding.Forwards(
                                    link.name(), querier, downstream.querier().isSelf())
                            : new Finding.NotForwarder(link.name(), querier));
        }

        // ---- packets from a sender on another downstream ----

        /** Gives whether the source is below, so that nothing above matters. */
        private boolean fromBelow() {
            Optional<Integer> from = incoming().filter(ifindex -> !proxy.isUpstream(ifindex));
            if (from.isEmpty()) {
                return false;
            }
            String name = proxy.name(from.get());
            boolean _ =
                    filter(Role.DOWNSTREAM, name, Direction.IN, name)
                            && filter(Role.DOWNSTREAM, link.name(), Direction.OUT, name)
                            && apart(from.get(), name)
                            && arrived(List.of(name));
            return true;
        }

        private boolean apart(int ifindex, String name) {
            return !proxy.isOneLink(ifindex, link) || find(new Finding.OneLink(name, link.name()));
        }

        /** Where packets come in, or are expected to. */
        private Optional<Integer> incoming() {
            return route.isPresent()
                    ? Optional.of(route.get().incoming())
                    : source.flatMap(from -> proxy.expectedIncoming(from, group));
        }

        private boolean filter(Role role, String on, Direction direction, String from) {
            Optional<Policy.Judged> judged = judge(role, on, direction, from);
            return judged.isEmpty()
                    || find(
                            judged.get().passes()
                                    ? new Finding.FilterPasses(judged.get().decision())
                                    : new Finding.FilterStops(judged.get().decision()));
        }

        private Optional<Policy.Judged> judge(
                Role role, String on, Direction direction, String from) {
            return proxy.policy()
                    .judge(role, on, direction, from, group, source, downstream.membership(group));
        }

        // ---- packets from above ----

        private boolean above() {
            List<Policy.Above> above = proxy.above();
            if (proxy.isLocal(group)) {
                return find(new Finding.LocalGroup());
            }
            if (above.isEmpty()) {
                return find(new Finding.NoUpstream());
            }
            if (isRouted()) {
                String from = proxy.name(route.orElseThrow().incoming());
                return filters(from) && asked(from) && arrived(List.of(from));
            }
            boolean anySource = downstream.membership(group).mode() == FilterMode.EXCLUDE;
            if (anySource && link.settings().ssm().contains(group)) {
                return find(new Finding.NoSourceNamed(link.name()));
            }
            List<Policy.Above> bringing = above.stream().filter(this::mayBring).toList();
            if (bringing.isEmpty()) {
                above.forEach(upstream -> filters(upstream.name()));
                return false;
            }
            List<Policy.Above> apart =
                    bringing.stream()
                            .filter(upstream -> !proxy.isOneLink(upstream.ifindex(), link))
                            .toList();
            if (apart.isEmpty()) {
                return find(new Finding.OneLink(bringing.getFirst().name(), link.name()));
            }
            return filters(apart.getFirst().name()) && askedOf(apart) && taken(apart);
        }

        private boolean filters(String from) {
            return filter(Role.UPSTREAM, from, Direction.IN, from)
                    && filter(Role.DOWNSTREAM, link.name(), Direction.OUT, from);
        }

        private boolean mayBring(Policy.Above upstream) {
            String from = upstream.name();
            return passes(judge(Role.UPSTREAM, from, Direction.IN, from))
                    && passes(judge(Role.DOWNSTREAM, link.name(), Direction.OUT, from));
        }

        private static boolean passes(Optional<Policy.Judged> judged) {
            return judged.map(Policy.Judged::passes).orElse(true);
        }

        /** The first upstream that may bring the packets and is asked, else why it is not asked. */
        private boolean askedOf(List<Policy.Above> bringing) {
            Optional<Policy.Above> asked = bringing.stream().filter(this::isAsked).findFirst();
            return asked(asked.orElse(bringing.getFirst()).name());
        }

        private boolean isAsked(Policy.Above upstream) {
            return proxy.upstream(upstream.ifindex()).map(this::isAsked).orElse(false);
        }

        private boolean isAsked(HostSide upstream) {
            Membership membership = upstream.wanted(group);
            return source.map(membership::wants).orElse(!membership.isNone());
        }

        private boolean asked(String upstream) {
            HostSide host = proxy.upstream(upstream);
            if (!isAsked(host)) {
                // What flows all the same is asked for by another node, or in a wider membership.
                return isRouted() || find(new Finding.NotAsked(upstream, why(host)));
            }
            return find(
                    host.link().canSend()
                            ? new Finding.Asked(upstream, host.wanted(group), host.spoken())
                            : new Finding.CannotReport(upstream));
        }

        private Finding.NotAskedBecause why(HostSide host) {
            int ifindex = host.link().ifindex();
            if (deadlines.isSet(new Reminder.PeeringWaitEnds(group))) {
                return Finding.NotAskedBecause.PEERS_FIRST;
            }
            boolean elsewhere =
                    source.isPresent() && proxy.comesFromAnother(source.get(), group, ifindex);
            return elsewhere
                    ? Finding.NotAskedBecause.COMES_FROM_ANOTHER
                    : Finding.NotAskedBecause.NOTHING_LEFT;
        }

        /** Is there a route, and one from an upstream that may bring packets here? */
        private boolean taken(List<Policy.Above> bringing) {
            List<String> names = bringing.stream().map(Policy.Above::name).toList();
            if (route.isEmpty()) {
                return arrived(names);
            }
            return find(
                    new Finding.FromAnotherUpstream(
                            proxy.name(route.get().incoming()), names.stream().findFirst()));
        }

        private boolean arrived(List<String> expectedFrom) {
            if (route.isPresent() && isRouted()) {
                return find(
                        new Finding.Routed(
                                route.get().source(),
                                proxy.name(route.get().incoming()),
                                route.get().outgoing().stream().map(proxy::name).toList()));
            }
            return find(
                    proxy.hasRoomForRoutes()
                            ? new Finding.NoPacketYet(expectedFrom)
                            : new Finding.RoutesFull(proxy.routeLimit()));
        }
    }
}
