package mcproxy.core;

import mcproxy.core.LinkSettings.Role;
import mcproxy.wire.Decoded;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.LinkAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Reason;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
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
    private final LiveSources live = new LiveSources();
    private final OneLink oneLink = new OneLink();
    private Policy policy;

    /** Groups that peers have not brought in time, so that the other upstreams are asked too. */
    private final TreeSet<IpAddress> waitedFor = new TreeSet<>();

    /** Links that went in this cycle, and may be back already in another role. */
    private final TreeSet<Integer> lost = new TreeSet<>();

    /** What was wanted last of each group that is joined upstream, where groups linger. */
    private final TreeMap<IpAddress, List<Policy.Below>> lastWanted = new TreeMap<>();

    FamilyProxy(
            Family family,
            Limits limits,
            ProxySettings settings,
            Deadlines deadlines,
            RandomGenerator random) {
        this.family = family;
        this.limits = limits;
        this.settings = settings;
        this.policy = new Policy(settings.policy());
        this.deadlines = deadlines;
        this.random = random;
    }

    Family family() {
        return family;
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

    Policy policy() {
        return policy;
    }

    /** Why a group does or does not reach each downstream; see {@link Diagnoser#diagnose}. */
    List<Diagnosis> diagnose(IpAddress group, Optional<IpAddress> source, long nowNanos) {
        return new Diagnoser(this, deadlines, nowNanos).diagnose(group, source);
    }

    boolean isUpstream(int ifindex) {
        return upstreams.containsKey(ifindex);
    }

    Optional<HostSide> upstream(int ifindex) {
        return Optional.ofNullable(upstreams.get(ifindex));
    }

    /** The upstream of a name; there must be one. */
    HostSide upstream(String name) {
        return upstreams.values().stream()
                .filter(host -> host.link().name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no upstream " + name));
    }

    boolean isLocal(IpAddress group) {
        return settings.isLocal(group);
    }

    int routeLimit() {
        return limits.routes();
    }

    boolean hasRoomForRoutes() {
        return routes.size() < limits.routes();
    }

    /** Does the source of the group come from another upstream while it sends? */
    boolean comesFromAnother(IpAddress source, IpAddress group, int upstream) {
        return live.elsewhere(group, upstream).contains(source);
    }

    /** Takes new settings of the instance as a whole. */
    void configure(ProxySettings newSettings, Cycle cycle) {
        if (!settings.policy().equals(newSettings.policy())) {
            settings.policy().joins().forEach(join -> touch(join.group(), cycle));
            policy = policy.with(newSettings.policy());
        }
        boolean otherLinger = !settings.linger().equals(newSettings.linger());
        settings = newSettings;
        if (otherLinger) {
            stopLingering(cycle);
        }
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

    /** The link is there, and is ours no longer. */
    void linkReleased(int ifindex, Cycle cycle) {
        RouterSide downstream = downstreams.get(ifindex);
        if (downstream != null) {
            downstream.stop(cycle);
        }
        HostSide upstream = upstreams.get(ifindex);
        if (upstream != null) {
            upstream.release(cycle);
        }
        linkDown(ifindex, cycle);
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
        lost.add(link.ifindex());
        oneLink.forget(link.ifindex());
        cycle.tell(new Event.LinkEnded(link.name(), family, link.settings().role()));
        cycle.touchLinks(family);
    }

    // ---- messages and deadlines ----

    void heard(Input.Heard heard, Cycle cycle) {
        Optional<LinkAt> link = link(heard.ifindex());
        if (link.isEmpty()) {
            return;
        }
        switch (heard.packet()) {
            case Decoded.Malformed<Packet>(Reason reason, _) ->
                    refuse(link.get(), reason, family.unspecified(), cycle);
            case Decoded.Value<Packet>(Packet packet) ->
                    heard(link.get(), packet, heard.linkAddress(), cycle);
        }
    }

    private void heard(LinkAt link, Packet packet, LinkAddress linkAddress, Cycle cycle) {
        if (isOurs(link, packet, linkAddress, cycle)) {
            return;
        }
        Optional<Reason> refusal = PacketRules.refusal(packet, link);
        if (refusal.isPresent()) {
            refuse(link, refusal.get(), packet.source(), cycle);
            return;
        }
        RouterSide downstream = downstreams.get(link.ifindex());
        if (downstream != null) {
            downstream.heard(packet, linkAddress, cycle);
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
    private boolean isOurs(LinkAt link, Packet packet, LinkAddress linkAddress, Cycle cycle) {
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
            if (!link.hasJustSent(packet.message(), cycle.now())) {
                refuse(link, Reason.OWN_MESSAGE, sender, cycle);
            }
            return true;
        }
        Optional<LinkAt> sentOn =
                links().filter(other -> other.ifindex() != link.ifindex())
                        .filter(other -> other.address().equals(sender))
                        .filter(other -> isFrom(other, packet, linkAddress, cycle))
                        .findFirst();
        sentOn.ifPresent(other -> {
            refuse(link, Reason.OWN_MESSAGE, sender, cycle);
            // Only by what we have just sent, as it was sent: nobody stops streams by using our
            // address.
            if (packet.hopLimit() == 1
                    && packet.destination().isMulticast()
                    && other.canHaveSent(linkAddress)
                    && other.hasJustSent(packet.message(), cycle.now())
                    && oneLink.found(link.ifindex(), other.ifindex(), cycle.now())) {
                cycle.touchLinks(family);
            }
            if (pace.allows(Pace.Kind.OWN_MESSAGE, cycle.now())) {
                cycle.tell(new Event.OwnMessageHeard(link.name(), other.name(), sender));
            }
        });
        return sentOn.isPresent();
    }

    /**
     * An IPv4 address has one owner. A link-local address may have another on each link, so there
     * the message must be one that we have just sent, from our link-layer address.
     */
    private static boolean isFrom(
            LinkAt link, Packet packet, LinkAddress linkAddress, Cycle cycle) {
        return switch (packet.source().family()) {
            case IPV4 -> true;
            case IPV6 ->
                    link.canHaveSent(linkAddress)
                            && link.hasJustSent(packet.message(), cycle.now());
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
            case Reminder.SilenceCheck _ -> checkSilence(cycle);
            case Reminder.PeeringWaitEnds ends -> {
                waitedFor.add(ends.group());
                cycle.touch(ends.group());
            }
            case Reminder.IdleRoutes _ -> {
                if (oneLink.forgetOld(cycle.now())) {
                    cycle.touchLinks(family);
                }
                routes.askUsage(cycle);
            }
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

    /** Asks who is still there, on one downstream or all, of one group or all. */
    void askAgain(Optional<Integer> ifindex, Optional<IpAddress> group, Cycle cycle) {
        downstreams.forEach((index, downstream) -> {
            if (ifindex.isEmpty() || ifindex.get().equals(index)) {
                downstream.askAgain(group, cycle);
            }
        });
    }

    // ---- forwarding: RFC 4605 4.2 ----

    /** A packet without a route: it gets one, if only to say that nobody wants it. */
    void cacheMiss(int ifindex, IpAddress source, IpAddress group, Cycle cycle) {
        // An entry for the unspecified address would be one for all sources (RFC 4291 2.5.2).
        if (group.isLinkScopeGroup() || source.isUnspecified() || link(ifindex).isEmpty()) {
            return;
        }
        routes.delete(source, group, cycle); // if the kernel lost one, it is to be said anew
        if (routes.size() >= limits.routes()) {
            cycle.tell(new Event.LimitReached(name(ifindex), group, Event.Limit.ROUTES));
            return;
        }
        int incoming = incoming(source, group, ifindex);
        setRoute(source, group, incoming, cycle);
        if (incoming == ifindex) {
            comesFrom(source, group, ifindex, cycle);
        }
    }

    /**
     * Where packets of a source are to be taken from that have come in here: from here, unless
     * nobody may have them from this upstream but somebody from another one.
     */
    private int incoming(IpAddress source, IpAddress group, int arrived) {
        int taken = takenFrom(source, arrived);
        if (!upstreams.containsKey(taken) || !outgoing(source, group, taken).isEmpty()) {
            return taken;
        }
        return above().stream()
                .map(Policy.Above::ifindex)
                .filter(ifindex -> !outgoing(source, group, ifindex).isEmpty())
                .findFirst()
                .orElse(taken);
    }

    /**
     * Where packets of a source that came in on an interface are taken from: there, unless another
     * proxy is elected to forward for that downstream (RFC 4605 3). What comes from beyond it then
     * is that proxy's doing, and to take it up again would be a loop: we take it from our upstream.
     */
    private int takenFrom(IpAddress source, int arrived) {
        RouterSide downstream = downstreams.get(arrived);
        List<Policy.Above> above = above();
        return downstream == null
                        || upstreams.containsKey(arrived)
                        || downstream.isForwarder()
                        || downstream.link().hasInSubnet(source)
                        || above.isEmpty()
                ? arrived
                : above.getFirst().ifindex();
    }

    /** With mutex, the others are asked to leave the source out (RFC 7287 5.4). */
    private void comesFrom(IpAddress source, IpAddress group, int ifindex, Cycle cycle) {
        if (upstreams.containsKey(ifindex)
                && policy.matching(above()) instanceof RuleMatching.Mutex mutex
                && !outgoing(source, group, ifindex).isEmpty()) {
            live.set(source, group, ifindex, cycle.now());
            live.find(source, group).ifPresent(alive -> alive.ask(cycle.now()));
            cycle.add(new Effect.AskUsage(source, group));
            planSilenceCheck(cycle.now() + mutex.checkInterval().toNanos());
            cycle.touch(group);
        }
    }

    private void planSilenceCheck(long atNanos) {
        deadlines.setIfEarlier(new Reminder.SilenceCheck(family), atNanos);
    }

    /** All sources are looked at together, however many there are: one deadline serves them. */
    private void checkSilence(Cycle cycle) {
        if (policy.matching(above()) instanceof RuleMatching.Mutex mutex) {
            live.ask(cycle);
            if (!live.isEmpty()) {
                planSilenceCheck(cycle.now() + mutex.checkInterval().toNanos());
            }
        } else {
            for (LiveSources.OfGroup of : live.all()) {
                of.sources().forEach(source -> forgetLive(source, of.group(), cycle));
            }
        }
    }

    /**
     * A packet beside its route: the route follows a source that has moved, or that comes from the
     * upstream again that it should come from.
     */
    void wrongInterface(
            int ifindex, IpAddress source, IpAddress group, long rightPackets, Cycle cycle) {
        Optional<Forwarding.Route> found = routes.find(source, group);
        if (found.isEmpty() || link(ifindex).isEmpty()) {
            return;
        }
        Forwarding.Route route = found.get();
        int incoming = incoming(source, group, ifindex);
        if (route.incoming() == ifindex || route.incoming() == incoming) {
            return;
        }
        boolean moved = route.hasMoved(rightPackets) && !route.hasJustLeft(ifindex, cycle.now());
        boolean confirmed =
                upstreams.containsKey(ifindex)
                        && route.isGuess()
                        && isExpected(ifindex, source, group);
        if (confirmed) {
            route.confirm();
        }
        boolean returned = upstreams.containsKey(ifindex) && isSecondChoice(route, group);
        if (moved || returned || confirmed) {
            setRoute(source, group, incoming, cycle);
            if (incoming == ifindex) {
                comesFrom(source, group, ifindex, cycle);
            }
        } else if (pace.allows(Pace.Kind.STREAM_ON_TWO_LINKS, cycle.now())) {
            cycle.tell(
                    new Event.StreamOnTwoLinks(
                            source, group, name(route.incoming()), name(ifindex)));
        }
    }

    /**
     * Is this where a source that was asked for by name should come from? Nobody below takes a
     * channel away by sending in its name before it does.
     */
    private boolean isExpected(int ifindex, IpAddress source, IpAddress group) {
        return installBeforehand(group).contains(source)
                && expectedIncoming(source, group).filter(from -> from == ifindex).isPresent();
    }

    /** Does a route only last because nothing has come from its better upstream yet? */
    private boolean isSecondChoice(Forwarding.Route route, IpAddress group) {
        return upstreams.containsKey(route.incoming())
                && incoming(route.source(), group, route.incoming()) != route.incoming();
    }

    /** A route that nobody has used lately goes, unless it waits for a source that is wanted. */
    void usage(IpAddress source, IpAddress group, long rightPackets, Cycle cycle) {
        Optional<LiveSources.Live> alive = live.find(source, group);
        if (alive.isPresent()) {
            if (alive.get().isAsked()) {
                mutexUsage(alive.get(), source, group, rightPackets, cycle);
            }
            return;
        }
        boolean used = routes.find(source, group).map(r -> r.used(rightPackets)).orElse(true);
        if (!used && !installBeforehand(group).contains(source)) {
            routes.delete(source, group, cycle);
        }
    }

    private void mutexUsage(
            LiveSources.Live alive,
            IpAddress source,
            IpAddress group,
            long rightPackets,
            Cycle cycle) {
        alive.counted(rightPackets, cycle.now());
        if (policy.matching(above()) instanceof RuleMatching.Mutex(Duration silence)
                && !alive.isSilent(silence)) {
            planSilenceCheck(alive.silentAtNanos(silence)); // if that is before the next look
        } else {
            forgetLive(source, group, cycle);
        }
    }

    /** The choice is open again: the next packet makes it, from whichever upstream. */
    private void forgetLive(IpAddress source, IpAddress group, Cycle cycle) {
        live.remove(source, group);
        routes.delete(source, group, cycle);
        cycle.touch(group);
    }

    private void setRoute(IpAddress source, IpAddress group, int incoming, Cycle cycle) {
        setRoute(source, group, incoming, outgoing(source, group, incoming), cycle);
    }

    private void setRoute(
            IpAddress source, IpAddress group, int incoming, List<Integer> outgoing, Cycle cycle) {
        if (routes.set(source, group, incoming, outgoing, cycle)) {
            cycle.tell(
                    new Event.RouteSet(
                            source,
                            group,
                            name(incoming),
                            outgoing.stream().map(this::name).toList()));
            countRules(source, group, incoming);
            planIdleCheck(cycle);
        }
    }

    private void countRules(IpAddress source, IpAddress group, int incoming) {
        String from = name(incoming);
        Role role = upstreams.containsKey(incoming) ? Role.UPSTREAM : Role.DOWNSTREAM;
        policy.count(role, from, Filter.Direction.IN, from, group, source);
        if (role == Role.DOWNSTREAM) {
            for (Policy.Above upstream : above()) {
                policy.count(
                        Role.UPSTREAM, upstream.name(), Filter.Direction.OUT, from, group, source);
            }
        }
        for (RouterSide downstream : downstreams.values()) {
            if (downstream.membership(group).wants(source)) {
                policy.count(
                        Role.DOWNSTREAM,
                        downstream.link().name(),
                        Filter.Direction.OUT,
                        from,
                        group,
                        source);
            }
        }
    }

    /** The upstreams that are there, the preferred one first. */
    List<Policy.Above> above() {
        return upstreams.values().stream()
                .map(HostSide::link)
                .sorted(Comparator.comparingInt(link -> link.settings().order()))
                .map(link -> new Policy.Above(link.ifindex(), link.name(), isPeering(link)))
                .toList();
    }

    /** An interface on both sides leads to a peer (RFC 7287 5.2). */
    boolean isPeering(LinkAt link) {
        return upstreams.containsKey(link.ifindex()) && downstreams.containsKey(link.ifindex());
    }

    /** Have these been found to be one link, so that nothing is forwarded between them? */
    boolean isOneLink(int ifindex, LinkAt link) {
        return oneLink.are(ifindex, link.ifindex());
    }

    /**
     * Where a packet goes: to each downstream that wants it and that we are querier of; from a
     * downstream that we are querier of also to the upstreams; never back (RFC 4605 3, 3.2); and
     * through the filters. Local groups stay among the downstreams. Nothing goes where it would
     * come back from, and nothing from an address that is good on its own link only (RFC 4291
     * 2.5.6, RFC 3927 7).
     */
    private List<Integer> outgoing(IpAddress source, IpAddress group, int incoming) {
        if (source.isLinkLocalUnicast()) {
            return List.of();
        }
        return everywhere(source, group, incoming).stream()
                .filter(ifindex -> !oneLink.are(incoming, ifindex))
                .toList();
    }

    private List<Integer> everywhere(IpAddress source, IpAddress group, int incoming) {
        List<Policy.Above> above = above();
        Optional<Policy.Above> from =
                above.stream().filter(upstream -> upstream.ifindex() == incoming).findFirst();
        return from.isPresent()
                ? fromAbove(
                        source,
                        group,
                        incoming,
                        downstream ->
                                policy.brings(from.get(), downstream.name(), group, source, above))
                : fromBelow(source, group, incoming, above);
    }

    /** What comes from above, or from a peer, never goes to peers (RFC 7287 5.3). */
    private List<Integer> fromAbove(
            IpAddress source, IpAddress group, int incoming, Predicate<LinkAt> brings) {
        if (settings.isLocal(group)) {
            return List.of();
        }
        List<Integer> outgoing = new ArrayList<>();
        downstreams.forEach((ifindex, downstream) -> {
            if (ifindex != incoming
                    && downstream.isForwarder()
                    && downstream.membership(group).wants(source)
                    && !isPeering(downstream.link())
                    && brings.test(downstream.link())) {
                outgoing.add(ifindex);
            }
        });
        return List.copyOf(outgoing);
    }

    private List<Integer> fromBelow(
            IpAddress source, IpAddress group, int incoming, List<Policy.Above> above) {
        String from = name(incoming);
        if (!policy.accepts(Role.DOWNSTREAM, from, group, source)) {
            return List.of();
        }
        RouterSide below = downstreams.get(incoming);
        TreeSet<Integer> outgoing = new TreeSet<>();
        if (!settings.isLocal(group) && below != null && below.isForwarder()) {
            // Deviation from RFC 4605 3.2, which has no such condition: of two proxies between the
            // same links, one alone may take packets up, or they circle.
            outgoing.addAll(policy.uplinks(from, group, source, above));
        }
        downstreams.forEach((ifindex, downstream) -> {
            boolean open =
                    isPeering(downstream.link())
                            ? isOfOurs(source) // peers have the querier rule for nobody
                            : downstream.isForwarder();
            if (open
                    && downstream.membership(group).wants(source)
                    && policy.passes(
                            from, Role.DOWNSTREAM, downstream.link().name(), group, source)) {
                outgoing.add(ifindex);
            }
        });
        outgoing.remove(incoming);
        return List.copyOf(outgoing);
    }

    /** Is the source in a network of a downstream? Peers get no other sources (RFC 7287 5.3). */
    boolean isOfOurs(IpAddress source) {
        return downstreams.values().stream()
                .map(RouterSide::link)
                .anyMatch(link -> !isPeering(link) && link.hasInSubnet(source));
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

    /**
     * Where packets of a source that has not sent yet are expected. Where several upstreams are
     * asked nobody knows which one will bring them, and a wrong guess would cost the first packet,
     * which the kernel keeps where there is no route.
     */
    Optional<Integer> expectedIncoming(IpAddress source, IpAddress group) {
        for (RouterSide downstream : downstreams.values()) {
            if (downstream.link().hasInSubnet(source) && !isPeering(downstream.link())) {
                return Optional.of(downstream.link().ifindex());
            }
        }
        List<Policy.Above> above = above();
        return above.isEmpty()
                        || (above.size() > 1
                                && !(policy.matching(above) instanceof RuleMatching.First))
                ? Optional.empty()
                : Optional.of(incoming(source, group, above.getFirst().ifindex()));
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
            settings.policy().joins().forEach(join -> touch(join.group(), cycle));
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
        if (routes.size() > 0 || !oneLink.isEmpty()) {
            planIdleCheck(cycle);
        }
    }

    private void settle(IpAddress group, Cycle cycle) {
        ask(group, cycle);
        SourceSet expected = installBeforehand(group);
        for (Forwarding.Route route : routes.of(group)) {
            refresh(route, group, cycle);
        }
        for (IpAddress source : expected) {
            if (routes.find(source, group).isEmpty() && routes.size() < limits.routes()) {
                expectedIncoming(source, group)
                        .ifPresent(incoming -> setRoute(source, group, incoming, cycle));
            }
        }
    }

    /**
     * Brings a route in line. One from an upstream that has become the second choice, as a better
     * one has returned, lasts until packets come from the better one.
     */
    private void refresh(Forwarding.Route route, IpAddress group, Cycle cycle) {
        IpAddress source = route.source();
        boolean lasts = !route.outgoing().isEmpty() && isSecondChoice(route, group);
        List<Integer> tolerated = lasts ? tolerated(route, group) : List.of();
        if (tolerated.isEmpty()) {
            setRoute(source, group, incoming(source, group, route.incoming()), cycle);
        } else {
            setRoute(source, group, route.incoming(), tolerated, cycle);
        }
    }

    private List<Integer> tolerated(Forwarding.Route route, IpAddress group) {
        String from = name(route.incoming());
        return policy.accepts(Role.UPSTREAM, from, group, route.source())
                ? fromAbove(
                        route.source(),
                        group,
                        route.incoming(),
                        link ->
                                !oneLink.are(route.incoming(), link.ifindex())
                                        && policy.passes(
                                                from,
                                                Role.DOWNSTREAM,
                                                link.name(),
                                                group,
                                                route.source()))
                : List.of();
    }

    /** Tells each upstream what is wanted from it. */
    private void ask(IpAddress group, Cycle cycle) {
        List<Policy.Above> above = above();
        List<Policy.Below> below =
                settings.isLocal(group) ? List.of() : withLinger(group, below(group), cycle);
        boolean peersFirst = peersFirst(group, above, isNone(below), cycle);
        List<Membership> asked =
                policy.memberships(
                        group,
                        below,
                        above,
                        (upstream, of) -> live.elsewhere(of, upstream.ifindex()));
        for (int i = 0; i < above.size(); i++) {
            Policy.Above upstream = above.get(i);
            HostSide host = upstreams.get(upstream.ifindex());
            Membership wanted = peersFirst && !upstream.peering() ? Membership.NONE : asked.get(i);
            if (host != null) {
                host.want(group, wanted.or(joined(upstream.name(), group)), cycle);
            }
        }
    }

    private Membership joined(String upstream, IpAddress group) {
        Membership joined = Membership.NONE;
        for (PolicySettings.Join join : settings.policy().joins()) {
            if (join.group().equals(group) && join.on().matches(upstream)) {
                joined = joined.or(join.membership());
            }
        }
        return joined;
    }

    /**
     * Is a group still to come from peers, if it can (RFC 7287 5.4)? The RFC speaks of channels; a
     * source that is added to a group which peers did not bring is not waited for again.
     */
    private boolean peersFirst(
            IpAddress group, List<Policy.Above> above, boolean unwanted, Cycle cycle) {
        Reminder ends = new Reminder.PeeringWaitEnds(group);
        boolean peersOnly =
                !unwanted
                        && !settings.policy().peeringWait().isZero()
                        && policy.matching(above) instanceof RuleMatching.Mutex
                        && above.stream().anyMatch(Policy.Above::peering);
        if (!peersOnly) {
            waitedFor.remove(group);
            deadlines.cancel(ends);
            return false;
        }
        if (waitedFor.contains(group)) {
            return false;
        }
        if (!deadlines.isSet(ends)) {
            deadlines.set(ends, cycle.now() + settings.policy().peeringWait().toNanos());
        }
        return true;
    }

    /**
     * What is wanted of a group, by each downstream that counts (RFC 4605 4.1). What peers want is
     * not asked for: they have upstreams of their own (RFC 7287 5.3). In the source-specific range
     * nothing but named sources counts (RFC 4604 3.1, 2.2.2).
     */
    private List<Policy.Below> below(IpAddress group) {
        List<Policy.Below> below = new ArrayList<>();
        for (RouterSide downstream : downstreams.values()) {
            Membership membership = downstream.membership(group);
            boolean anySource = membership.mode() == FilterMode.EXCLUDE;
            boolean counts = !anySource || !downstream.link().settings().ssm().contains(group);
            if (!membership.isNone() && counts && !isPeering(downstream.link())) {
                below.add(new Policy.Below(downstream.link().name(), membership));
            }
        }
        return below;
    }

    private static boolean isNone(List<Policy.Below> below) {
        return below.stream().allMatch(downstream -> downstream.wants().isNone());
    }

    /**
     * What to ask for upstream: what is wanted, or what was wanted last, if that is not long ago.
     * Who zaps back then need not wait for the stream.
     */
    private List<Policy.Below> withLinger(IpAddress group, List<Policy.Below> wanted, Cycle cycle) {
        if (settings.linger().isZero()) {
            return wanted;
        }
        Reminder ends = new Reminder.LingerEnds(group);
        if (!isNone(wanted)) {
            lastWanted.put(group, wanted);
            deadlines.cancel(ends);
            return wanted;
        }
        List<Policy.Below> last = lastWanted.get(group);
        if (last == null) {
            return List.of();
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

    private void touch(IpAddress group, Cycle cycle) {
        if (group.family() == family) {
            cycle.touch(group);
        }
    }

    private void dropRoutesFromLostLinks(Cycle cycle) {
        for (LiveSources.OfGroup of : live.all()) {
            for (IpAddress source : of.sources()) {
                boolean isLost =
                        live.find(source, of.group())
                                .map(LiveSources.Live::upstream)
                                .map(from -> lost.contains(from) || !upstreams.containsKey(from))
                                .orElse(false);
                if (isLost) {
                    forgetLive(source, of.group(), cycle);
                }
            }
        }
        for (IpAddress group : routes.groups()) {
            for (Forwarding.Route route : routes.of(group)) {
                if (lost.contains(route.incoming()) || link(route.incoming()).isEmpty()) {
                    routes.delete(route.source(), group, cycle);
                }
            }
        }
        lost.clear();
    }

    /** The end: no routes, and leaves on the upstreams; what is due then are only their repeats. */
    void stop(Cycle cycle) {
        stopLingering(cycle);
        upstreams.values().forEach(upstream -> upstream.leaveAll(cycle));
        downstreams.values().forEach(downstream -> downstream.stop(cycle));
        routes.clear(cycle);
        downstreams.clear();
        deadlines.cancel(new Reminder.IdleRoutes(family));
        deadlines.cancel(new Reminder.SilenceCheck(family));
        for (LiveSources.OfGroup of : live.all()) {
            of.sources().forEach(source -> live.remove(source, of.group()));
        }
    }
}
