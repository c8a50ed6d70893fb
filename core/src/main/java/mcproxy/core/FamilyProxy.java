package mcproxy.core;

import mcproxy.wire.Decoded;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
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
import java.util.stream.Stream;

/**
 * The proxy of one family: merges what the downstreams want, has the upstream ask for it, and
 * decides where packets go (RFC 4605 4).
 */
final class FamilyProxy {
    /** How often the kernel is asked which routes are in use. */
    private static final Duration IDLE_CHECK_INTERVAL = Duration.ofSeconds(30);

    private final Family family;
    private final Limits limits;
    private ProxySettings settings;
    private final Pace pace = new Pace();
    private final Deadlines deadlines;
    private final RandomGenerator random;
    private final TreeMap<Integer, RouterSide> downstreams = new TreeMap<>();
    private final TreeMap<Integer, HostSide> upstreams = new TreeMap<>();
    private final Forwarding routes = new Forwarding();

    /** What was wanted last of each group that is joined upstream, where groups linger. */
    private final TreeMap<IpAddress, Membership> lastWanted = new TreeMap<>();

    FamilyProxy(
            Family family,
            Limits limits,
            ProxySettings settings,
            Deadlines deadlines,
            RandomGenerator random) {
        this.family = family;
        this.limits = limits;
        this.settings = settings;
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

    /** Takes new settings of the instance as a whole. */
    void configure(ProxySettings newSettings, Cycle cycle) {
        settings = newSettings;
        stopLingering(cycle);
        cycle.touchLinks(family);
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
        RouterSide downstream =
                new RouterSide(new LinkAt(up), limits, deadlines, random, new Pace());
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
            downstream.forget(cycle);
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
        if (isOurs(link, packet, cycle)) {
            return;
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

    /**
     * Is this a message of ours? Heard where it was sent, it is an echo, or another node has our
     * address; heard elsewhere, there is a loop, and taking it for a host's would keep groups alive
     * by our own reports.
     */
    private boolean isOurs(LinkAt link, Packet packet, Cycle cycle) {
        IpAddress sender = packet.source();
        if (sender.isUnspecified()) {
            return false; // any host that has no address yet
        }
        if (sender.equals(link.address())) {
            boolean foreign =
                    packet.message() instanceof Message.Query && !link.hasJustAsked(cycle.now());
            if (foreign && pace.allows(Pace.Kind.DUPLICATE_ADDRESS, cycle.now())) {
                cycle.tell(new Event.DuplicateAddress(link.name(), sender));
            }
            return true;
        }
        Optional<LinkAt> sentOn =
                links().filter(other -> other.ifindex() != link.ifindex())
                        .filter(other -> other.address().equals(sender))
                        .filter(other -> isFrom(other, packet, cycle))
                        .findFirst();
        sentOn.ifPresent(other -> {
            refuse(link, Reason.OWN_MESSAGE, sender, cycle);
            if (pace.allows(Pace.Kind.OWN_MESSAGE, cycle.now())) {
                cycle.tell(new Event.OwnMessageHeard(link.name(), other.name(), sender));
            }
        });
        return sentOn.isPresent();
    }

    /**
     * An IPv4 address has one owner. A link-local address may have another on each link, so there
     * the message must be one that we have just sent.
     */
    private static boolean isFrom(LinkAt link, Packet packet, Cycle cycle) {
        return switch (packet.source().family()) {
            case IPV4 -> true;
            case IPV6 -> link.hasJustSent(packet.message(), cycle.now());
        };
    }

    private Stream<LinkAt> links() {
        return Stream.concat(
                downstreams.values().stream().map(RouterSide::link),
                upstreams.values().stream().map(HostSide::link));
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
            case Reminder.LingerEnds ends -> {
                lastWanted.remove(ends.group());
                cycle.touch(ends.group());
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
        setRoute(source, group, takenFrom(source, ifindex), cycle);
    }

    /**
     * Where packets of a source that came in on an interface are taken from: there, unless another
     * proxy is elected to forward for that downstream (RFC 4605 3). What comes from beyond it then
     * is that proxy's doing, and to take it up again would be a loop: we take it from our upstream.
     */
    private int takenFrom(IpAddress source, int arrived) {
        RouterSide downstream = downstreams.get(arrived);
        if (downstream == null
                || downstream.isForwarder()
                || downstream.link().hasInSubnet(source)) {
            return arrived;
        }
        return preferredUpstream().map(upstream -> upstream.link().ifindex()).orElse(arrived);
    }

    /** A packet beside its route: the route follows a source that has moved. */
    void wrongInterface(
            int ifindex, IpAddress source, IpAddress group, long rightPackets, Cycle cycle) {
        Optional<Forwarding.Route> found = routes.find(source, group);
        if (found.isEmpty()
                || link(ifindex).isEmpty()
                || found.get().incoming() == takenFrom(source, ifindex)) {
            return;
        }
        Forwarding.Route route = found.get();
        if (route.hasMoved(rightPackets) && !route.hasJustLeft(ifindex, cycle.now())) {
            setRoute(source, group, takenFrom(source, ifindex), cycle);
        } else if (pace.allows(Pace.Kind.STREAM_ON_TWO_LINKS, cycle.now())) {
            cycle.tell(
                    new Event.StreamOnTwoLinks(
                            source, group, name(route.incoming()), name(ifindex)));
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
     * downstream that we are querier of also to the upstreams; never back (RFC 4605 3, 3.2). Local
     * groups stay among the downstreams.
     */
    private List<Integer> outgoing(IpAddress source, IpAddress group, int incoming) {
        TreeSet<Integer> outgoing = new TreeSet<>();
        RouterSide below = downstreams.get(incoming);
        if (settings.isLocal(group)) {
            if (below == null) {
                return List.of();
            }
        } else if (below != null && below.isForwarder()) {
            // Deviation from RFC 4605 3.2, which has no such condition: of two proxies between the
            // same links, one alone may take packets up, or they circle.
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
                downstream.staticGroups().keySet().forEach(cycle::touch);
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
        Membership merged =
                settings.isLocal(group) ? Membership.NONE : withLinger(group, merged(group), cycle);
        Optional<HostSide> preferred = preferredUpstream();
        for (HostSide upstream : upstreams.values()) {
            boolean asks = preferred.isPresent() && preferred.get() == upstream;
            upstream.want(group, asks ? merged : Membership.NONE, cycle);
        }
        SourceSet expected = installBeforehand(group);
        for (Forwarding.Route route : routes.of(group)) {
            setRoute(route.source(), group, takenFrom(route.source(), route.incoming()), cycle);
        }
        for (IpAddress source : expected) {
            if (routes.find(source, group).isEmpty() && routes.size() < limits.routes()) {
                expectedIncoming(source)
                        .ifPresent(incoming -> setRoute(source, group, incoming, cycle));
            }
        }
    }

    /**
     * What to ask for upstream: what is wanted, or what was wanted last, if that is not long ago.
     * Who zaps back then need not wait for the stream.
     */
    private Membership withLinger(IpAddress group, Membership wanted, Cycle cycle) {
        if (settings.linger().isZero()) {
            return wanted;
        }
        Reminder ends = new Reminder.LingerEnds(group);
        if (!wanted.isNone()) {
            lastWanted.put(group, wanted);
            deadlines.cancel(ends);
            return wanted;
        }
        Membership last = lastWanted.get(group);
        if (last == null) {
            return Membership.NONE;
        }
        if (!deadlines.isSet(ends)) {
            deadlines.set(ends, cycle.now() + settings.linger().toNanos());
        }
        return last;
    }

    private void stopLingering(Cycle cycle) {
        for (IpAddress group : lastWanted.keySet()) {
            deadlines.cancel(new Reminder.LingerEnds(group));
            cycle.touch(group);
        }
        lastWanted.clear();
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
        stopLingering(cycle);
        upstreams.values().forEach(upstream -> upstream.leaveAll(cycle));
        downstreams.values().forEach(downstream -> downstream.stop(cycle));
        routes.clear(cycle);
        downstreams.clear();
        deadlines.cancel(new Reminder.IdleRoutes(family));
    }
}
