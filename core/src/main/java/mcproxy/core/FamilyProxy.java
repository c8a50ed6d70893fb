package mcproxy.core;

import mcproxy.wire.Decoded;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Packet;
import mcproxy.wire.Reason;

import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * The proxy of one family: merges what the downstreams want, has the upstream ask for it, and
 * decides where packets go (RFC 4605 4).
 */
final class FamilyProxy {
    /** How often the kernel is asked which routes are in use. */
    private static final Duration IDLE_CHECK_INTERVAL = Duration.ofSeconds(30);

    private final Family family;
    private final Limits limits;
    private final Deadlines deadlines;
    private final RandomGenerator random;
    private final TreeMap<Integer, RouterSide> downstreams = new TreeMap<>();
    private final TreeMap<Integer, HostSide> upstreams = new TreeMap<>();
    private final Forwarding routes = new Forwarding();

    FamilyProxy(Family family, Limits limits, Deadlines deadlines, RandomGenerator random) {
        this.family = family;
        this.limits = limits;
        this.deadlines = deadlines;
        this.random = random;
    }

    Collection<RouterSide> downstreams() {
        return downstreams.values();
    }

    Collection<HostSide> upstreams() {
        return upstreams.values();
    }

    Forwarding routes() {
        return routes;
    }

    // ---- links ----

    void linkUp(Input.LinkUp up, Cycle cycle) {
        switch (up.settings().role()) {
            case DOWNSTREAM -> downstreamUp(up, cycle);
            case UPSTREAM -> upstreamUp(up, cycle);
        }
    }

    private void downstreamUp(Input.LinkUp up, Cycle cycle) {
        RouterSide known = downstreams.get(up.ifindex());
        if (known != null) {
            known.update(up, cycle);
            return;
        }
        RouterSide downstream = new RouterSide(new LinkAt(up), limits, deadlines);
        downstreams.put(up.ifindex(), downstream);
        started(up, cycle);
        downstream.start(cycle);
    }

    private void upstreamUp(Input.LinkUp up, Cycle cycle) {
        HostSide known = upstreams.get(up.ifindex());
        if (known != null) {
            known.update(up, cycle);
            return;
        }
        upstreams.put(up.ifindex(), new HostSide(new LinkAt(up), deadlines, random));
        started(up, cycle);
    }

    private void started(Input.LinkUp up, Cycle cycle) {
        cycle.tell(new Event.LinkStarted(up.name(), family, up.settings().role(), up.address()));
        cycle.touchLinks(family);
    }

    void linkDown(int ifindex, Cycle cycle) {
        RouterSide downstream = downstreams.remove(ifindex);
        if (downstream != null) {
            downstream.stop(cycle);
            ended(downstream.link(), cycle);
        }
        HostSide upstream = upstreams.remove(ifindex);
        if (upstream != null) {
            upstream.forget();
            ended(upstream.link(), cycle);
        }
    }

    private void ended(LinkAt link, Cycle cycle) {
        cycle.tell(new Event.LinkEnded(link.name(), family, link.settings().role()));
        cycle.touchLinks(family);
    }

    // ---- messages and deadlines ----

    void heard(int ifindex, Decoded<Packet> decoded, Cycle cycle) {
        Optional<LinkAt> link = link(ifindex);
        if (link.isEmpty()) {
            return;
        }
        switch (decoded) {
            case Decoded.Malformed<Packet>(Reason reason, _) ->
                    refuse(link.get(), reason, family.unspecified(), cycle);
            case Decoded.Value<Packet>(Packet packet) -> heard(link.get(), packet, cycle);
        }
    }

    private void heard(LinkAt link, Packet packet, Cycle cycle) {
        if (packet.source().equals(link.address()) && link.canSend() && !isAnonymous(packet)) {
            return; // our own, looped back
        }
        Optional<Reason> refusal = PacketRules.refusal(packet, link);
        if (refusal.isPresent()) {
            refuse(link, refusal.get(), packet.source(), cycle);
            return;
        }
        RouterSide downstream = downstreams.get(link.ifindex());
        if (downstream != null) {
            downstream.heard(packet, cycle);
        }
        HostSide upstream = upstreams.get(link.ifindex());
        if (upstream != null) {
            upstream.heard(packet, cycle);
        }
    }

    /** Reports from 0.0.0.0 come from any host that has no address yet. */
    private static boolean isAnonymous(Packet packet) {
        return packet.source().isUnspecified();
    }

    private static void refuse(LinkAt link, Reason reason, IpAddress sender, Cycle cycle) {
        cycle.tell(new Event.Refused(link.name(), reason, sender));
    }

    void due(Reminder reminder, Cycle cycle) {
        switch (reminder) {
            case Reminder.OfRouter router -> {
                RouterSide downstream = downstreams.get(router.ifindex());
                if (downstream != null) {
                    downstream.due(router, cycle);
                }
            }
            case Reminder.OfHost host -> {
                HostSide upstream = upstreams.get(host.ifindex());
                if (upstream != null) {
                    upstream.due(host, cycle);
                }
            }
            case Reminder.IdleRoutes _ -> routes.askUsage(cycle);
        }
    }

    private Optional<LinkAt> link(int ifindex) {
        RouterSide downstream = downstreams.get(ifindex);
        if (downstream != null) {
            return Optional.of(downstream.link());
        }
        return Optional.ofNullable(upstreams.get(ifindex)).map(HostSide::link);
    }

    /** The interface's name, for people. */
    String name(int ifindex) {
        return link(ifindex).map(LinkAt::name).orElse("index " + ifindex);
    }

    // ---- forwarding: RFC 4605 4.2 ----

    /** A packet without a route: it gets one, if only to say that nobody wants it. */
    void cacheMiss(int ifindex, IpAddress source, IpAddress group, Cycle cycle) {
        if (group.isLinkScopeGroup() || link(ifindex).isEmpty()) {
            return;
        }
        routes.delete(source, group, cycle); // if the kernel lost one, it is to be said anew
        if (routes.size() >= limits.routes()) {
            cycle.tell(new Event.LimitReached(name(ifindex), group, Event.Limit.ROUTES));
            return;
        }
        setRoute(source, group, ifindex, cycle);
    }

    /** A packet beside its route: the route follows a source that has moved. */
    void wrongInterface(
            int ifindex, IpAddress source, IpAddress group, long rightPackets, Cycle cycle) {
        Optional<Forwarding.Route> route = routes.find(source, group);
        if (route.isPresent()
                && route.get().incoming() != ifindex
                && link(ifindex).isPresent()
                && route.get().hasMoved(rightPackets)) {
            setRoute(source, group, ifindex, cycle);
        }
    }

    /** A route that nobody has used lately goes, unless it waits for a source that is wanted. */
    void usage(IpAddress source, IpAddress group, long rightPackets, Cycle cycle) {
        boolean used = routes.find(source, group).map(r -> r.used(rightPackets)).orElse(true);
        if (!used && !installBeforehand(group).contains(source)) {
            routes.delete(source, group, cycle);
        }
    }

    private void setRoute(IpAddress source, IpAddress group, int incoming, Cycle cycle) {
        List<Integer> outgoing = outgoing(source, group, incoming);
        if (routes.set(source, group, incoming, outgoing, cycle)) {
            cycle.tell(
                    new Event.RouteSet(
                            source,
                            group,
                            name(incoming),
                            outgoing.stream().map(this::name).toList()));
            planIdleCheck(cycle);
        }
    }

    /**
     * Where a packet goes: to each downstream that wants it and that we are querier of; from a
     * downstream also to the upstreams; never back (RFC 4605 3, 3.2).
     */
    private List<Integer> outgoing(IpAddress source, IpAddress group, int incoming) {
        TreeSet<Integer> outgoing = new TreeSet<>();
        if (downstreams.containsKey(incoming)) {
            outgoing.addAll(upstreams.keySet());
        }
        downstreams.forEach((ifindex, downstream) -> {
            if (downstream.isForwarder() && downstream.membership(group).wants(source)) {
                outgoing.add(ifindex);
            }
        });
        outgoing.remove(incoming);
        return List.copyOf(outgoing);
    }

    /**
     * Sources of a group whose routes are set before their first packet: those asked for by name.
     */
    private SourceSet installBeforehand(IpAddress group) {
        SourceSet sources = SourceSet.EMPTY;
        for (RouterSide downstream : downstreams.values()) {
            Membership membership = downstream.membership(group);
            if (membership.mode() == FilterMode.INCLUDE && downstream.isForwarder()) {
                sources = sources.plus(membership.sources());
            }
        }
        return sources;
    }

    /** Where packets of a source that has not sent yet are expected. */
    private Optional<Integer> expectedIncoming(IpAddress source) {
        for (RouterSide downstream : downstreams.values()) {
            if (downstream.link().hasInSubnet(source)) {
                return Optional.of(downstream.link().ifindex());
            }
        }
        return preferredUpstream().map(upstream -> upstream.link().ifindex());
    }

    private void planIdleCheck(Cycle cycle) {
        deadlines.setIfEarlier(
                new Reminder.IdleRoutes(family), cycle.now() + IDLE_CHECK_INTERVAL.toNanos());
    }

    // ---- settling: what changed below is told above, and routes follow ----

    /** Brings upstream memberships and routes in line with what this cycle has changed. */
    void settle(Cycle cycle) {
        if (cycle.linksTouched(family)) {
            dropRoutesFromLostLinks(cycle);
            routes.groups().forEach(cycle::touch);
            for (RouterSide downstream : downstreams.values()) {
                downstream.groups().forEach(state -> cycle.touch(state.group()));
            }
        }
        for (IpAddress group : cycle.touchedGroups(family)) {
            settle(group, cycle);
        }
        upstreams.values().forEach(upstream -> upstream.flush(cycle));
        if (routes.size() > 0) {
            planIdleCheck(cycle);
        }
    }

    private void settle(IpAddress group, Cycle cycle) {
        Membership merged = merged(group);
        Optional<HostSide> preferred = preferredUpstream();
        for (HostSide upstream : upstreams.values()) {
            boolean asks = preferred.isPresent() && preferred.get() == upstream;
            upstream.want(group, asks ? merged : Membership.NONE, cycle);
        }
        SourceSet expected = installBeforehand(group);
        for (Forwarding.Route route : routes.of(group)) {
            setRoute(route.source(), group, route.incoming(), cycle);
        }
        for (IpAddress source : expected) {
            if (routes.find(source, group).isEmpty() && routes.size() < limits.routes()) {
                expectedIncoming(source)
                        .ifPresent(incoming -> setRoute(source, group, incoming, cycle));
            }
        }
    }

    /**
     * What all downstreams together want of a group (RFC 4605 4.1). In the source-specific range
     * nothing but named sources counts (RFC 4604 3.1, 2.2.2).
     */
    Membership merged(IpAddress group) {
        Membership merged = Membership.NONE;
        for (RouterSide downstream : downstreams.values()) {
            Membership membership = downstream.membership(group);
            boolean anySource = membership.mode() == FilterMode.EXCLUDE;
            if (!anySource || !downstream.link().settings().ssm().contains(group)) {
                merged = merged.or(membership);
            }
        }
        return merged;
    }

    /**
     * The upstream that memberships are reported on: the first one in the configuration's order.
     */
    private Optional<HostSide> preferredUpstream() {
        return upstreams.values().stream()
                .min(Comparator.comparingInt(upstream -> upstream.link().settings().order()));
    }

    private void dropRoutesFromLostLinks(Cycle cycle) {
        for (IpAddress group : routes.groups()) {
            for (Forwarding.Route route : routes.of(group)) {
                if (link(route.incoming()).isEmpty()) {
                    routes.delete(route.source(), group, cycle);
                }
            }
        }
    }

    /** The end: no routes, and leaves on the upstreams; what is due then are only their repeats. */
    void stop(Cycle cycle) {
        upstreams.values().forEach(upstream -> upstream.leaveAll(cycle));
        downstreams.values().forEach(downstream -> downstream.stop(cycle));
        routes.clear(cycle);
        downstreams.clear();
        deadlines.cancel(new Reminder.IdleRoutes(family));
    }
}
