package mcproxy.lab.sim;

import mcproxy.core.Effect;
import mcproxy.core.EngineView;
import mcproxy.core.Event;
import mcproxy.core.Input;
import mcproxy.core.Limits;
import mcproxy.core.LinkSettings;
import mcproxy.core.Membership;
import mcproxy.core.Prefix;
import mcproxy.core.ProxyEngine;
import mcproxy.wire.Decoded;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.MessageSize;
import mcproxy.wire.Packet;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** A proxy: the engine under test, with a kernel to forward, and those who watch both. */
final class ProxyNode implements Port.Owner {
    private static final int MOST_MESSAGES_PER_SECOND = 120;
    private static final int MOST_STEPS_AT_ONCE = 2000;
    private static final int MOST_STEPS_AFTER_STOP = 100;
    private static final int SOURCES_PER_LINK = 2048;

    private final World world;
    private final String name;
    private final SplittableRandom random;
    private Fault fault;
    private final List<Leg> legs = new ArrayList<>();
    private final KernelModel kernel = new KernelModel();
    private @Nullable ProxyEngine engine;
    private Agenda.@Nullable Plan wakeUp;
    private final TreeMap<String, IpAddress> elected = new TreeMap<>();
    private int nextIfindex = 1;
    private int stepsAtOnce;
    private long lastStepAt = -1;
    private boolean stopping;

    /** When the table of routes was last full. */
    private long fullAt = WishLog.NEVER;

    ProxyNode(World world, String name, SplittableRandom random) {
        this.world = world;
        this.name = name;
        this.random = random;
        this.fault = world.bug().newFault();
    }

    String name() {
        return name;
    }

    List<Leg> legs() {
        return legs;
    }

    boolean isRunning() {
        return engine != null;
    }

    void addLeg(Segment segment, LinkSettings.Role role, Settings settings, IpAddress address) {
        Port port = new Port(segment, address, this);
        segment.attach(port);
        int order = legs.size();
        legs.add(new Leg(name + ":" + segment.name(), role, order, nextIfindex++, settings, port));
    }

    private Limits limits() {
        Scenario.Room room = world.scenario().room();
        return new Limits(Scenario.Room.AMPLE.groups(), SOURCES_PER_LINK, room.routes());
    }

    private long now() {
        return world.agenda().now();
    }

    // ---- life ----

    void start() {
        world.tell(() -> name + " starts");
        engine =
                new ProxyEngine(
                        limits(),
                        EngineFeatures.settings(world.scenario().asksAllUpstreams()),
                        random.split());
        fault = world.bug().newFault();
        stopping = false;
        world.newcomer();
        for (Leg leg : legs) {
            linkUp(leg);
        }
    }

    /** Ends, with a word or without. */
    void end(boolean orderly) {
        world.tell(() -> name + (orderly ? " stops" : " is killed"));
        if (orderly) {
            stopping = true;
            input(new Input.Stop());
            checkComesToRest();
            if (!kernel.entries().isEmpty()) {
                throw new Violation(
                        Invariant.LEFTOVER,
                        name + " leaves routes behind: " + kernel.entries().keySet());
            }
        }
        engine = null;
        kernel.clear();
        elected.clear();
        for (Leg leg : legs) {
            leg.up(false);
            endAudits(leg);
        }
    }

    /** After its end an engine may say its leaves again for a while, and then nothing more. */
    private void checkComesToRest() {
        ProxyEngine stopped = engine;
        for (int i = 0; stopped != null && i < MOST_STEPS_AFTER_STOP; i++) {
            long next = stopped.nextDeadlineNanos();
            if (next == ProxyEngine.NO_DEADLINE) {
                return;
            }
            stopped.expire(next);
        }
        throw new Violation(Invariant.DEADLINE, name + " has deadlines long after its end");
    }

    private static void endAudits(Leg leg) {
        if (leg.routerAudit != null) {
            leg.routerAudit.end();
        }
        if (leg.hostAudit != null) {
            leg.hostAudit.end();
        }
        leg.routerAudit = null;
        leg.hostAudit = null;
    }

    void linkUp(Leg leg) {
        leg.up(true);
        if (leg.isDownstream()) {
            leg.routerAudit = new RouterAudit(world, leg.name(), leg.settings());
            elected.put(leg.name(), leg.port().address());
        } else {
            leg.hostAudit = new HostAudit(world, leg.name(), leg.settings());
            leg.hostAudit.changed(canSend(leg));
        }
        tellLink(leg);
    }

    void linkDown(Leg leg, boolean newIfindex) {
        world.tell(() -> leg.name() + " goes down");
        leg.up(false);
        endAudits(leg);
        input(new Input.LinkDown(leg.ifindex(), world.scenario().family()));
        if (newIfindex) {
            leg.ifindex(nextIfindex++);
        }
    }

    /** Something about the link has changed: address, MTU. */
    void linkChanged(Leg leg) {
        world.tell(() ->
                leg.name()
                        + " has address "
                        + leg.port().address()
                        + ", MTU "
                        + leg.port().segment().mtu());
        if (!leg.isUp() || engine == null) {
            return;
        }
        if (leg.routerAudit != null) {
            leg.routerAudit.changed();
        }
        if (leg.hostAudit != null) {
            leg.hostAudit.changed(canSend(leg));
        }
        tellLink(leg);
    }

    private boolean canSend(Leg leg) {
        return world.scenario().family() == Family.IPV4 || !leg.port().address().isUnspecified();
    }

    private void tellLink(Leg leg) {
        Segment segment = leg.port().segment();
        Family family = world.scenario().family();
        input(
                new Input.LinkUp(
                        leg.ifindex(),
                        leg.name(),
                        family,
                        EngineFeatures.settings(leg, world.scenario().room()),
                        leg.port().address(),
                        List.of(
                                new Prefix(
                                        world.scenario().source(segment.number(), 0),
                                        family == Family.IPV4 ? 16 : 64)),
                        segment.mtu()));
    }

    // ---- inputs ----

    @Override
    public void heard(Port port, Decoded<Packet> decoded, boolean illegal) {
        Leg leg = leg(port);
        if (engine == null || !leg.isUp()) {
            return;
        }
        wake(); // what is due by now comes first
        if (!illegal && decoded instanceof Decoded.Value<Packet>(Packet packet)) {
            if (leg.routerAudit != null) {
                leg.routerAudit.heard(packet);
            }
            if (leg.hostAudit != null) {
                leg.hostAudit.heard(packet);
            }
            input(new Input.Heard(leg.ifindex(), world.scenario().family(), decoded));
            if (leg.routerAudit != null) {
                IpAddress querier = elected.get(leg.name());
                if (querier != null) {
                    leg.routerAudit.heardAfter(packet, querier);
                }
            }
        } else {
            world.tell(() -> leg.name() + " hears what it has to refuse: " + decoded);
            input(new Input.Heard(leg.ifindex(), world.scenario().family(), decoded));
        }
    }

    @Override
    public void arrived(Port port, DataPacket packet) {
        Leg leg = leg(port);
        if (engine == null || !leg.isUp()) {
            return;
        }
        wake();
        switch (kernel.arrived(leg.ifindex(), packet, this::forward, now())) {
            case NONE -> {}
            case MISS -> input(new Input.CacheMiss(leg.ifindex(), packet.source(), packet.group()));
            case WRONG_INTERFACE ->
                    input(
                            new Input.WrongInterface(
                                    leg.ifindex(),
                                    packet.source(),
                                    packet.group(),
                                    kernel.usage(packet.source(), packet.group())));
        }
    }

    /** Is this the port of a downstream? */
    boolean routes(Port port) {
        return leg(port).isDownstream();
    }

    private Leg leg(Port port) {
        for (Leg leg : legs) {
            if (leg.port() == port) {
                return leg;
            }
        }
        throw new IllegalStateException("a port of another proxy");
    }

    private @Nullable Leg leg(int ifindex) {
        for (Leg leg : legs) {
            if (leg.ifindex() == ifindex && leg.isUp()) {
                return leg;
            }
        }
        return null;
    }

    private void forward(int ifindex, DataPacket packet) {
        Leg leg = leg(ifindex);
        if (leg == null || packet.hops() == Oracle.LAST_HOP) {
            return;
        }
        DataPacket forwarded = packet.forwarded();
        if (leg.isDownstream()) {
            world.oracle().forwardedDown(leg.port().segment(), forwarded, name);
        } else {
            world.oracle().onLink(leg.port().segment(), forwarded);
        }
        leg.port().segment().sendData(leg.port(), forwarded);
    }

    // ---- the engine ----

    private void wakeUp() {
        wakeUp = null;
        wake();
    }

    private void wake() {
        ProxyEngine running = engine;
        if (running != null && running.nextDeadlineNanos() <= now()) {
            List<Effect> effects = expired(running);
            carryOut(effects);
            settle(!effects.isEmpty());
        }
    }

    private List<Effect> expired(ProxyEngine running) {
        List<Effect> effects;
        try {
            effects = running.expire(now());
        } catch (RuntimeException bug) {
            throw thrown(bug, "expiring");
        }
        if (running.nextDeadlineNanos() <= now()) {
            throw new Violation(Invariant.DEADLINE, name + " still has a deadline that is past");
        }
        return effects;
    }

    private static Violation thrown(RuntimeException bug, String doing) {
        Violation violation = new Violation(Invariant.EXCEPTION, bug + " " + doing);
        violation.initCause(bug);
        return violation;
    }

    private void input(Input original) {
        wake();
        boolean hadEffects = false;
        for (Input input : fault.inputs(original, this)) {
            ProxyEngine running = engine;
            if (running == null) {
                return;
            }
            List<Effect> effects;
            try {
                effects = running.accept(input, now());
            } catch (RuntimeException bug) {
                throw thrown(bug, "at " + input);
            }
            carryOut(effects);
            hadEffects |= !effects.isEmpty();
        }
        settle(hadEffects);
    }

    private void carryOut(List<Effect> original) {
        List<Input> answers = new ArrayList<>();
        for (Effect effect : original) {
            if (effect instanceof Effect.Tell(Event event)) {
                told(event);
            }
        }
        List<Effect> effects = fault.effects(original, this);
        for (Effect effect : effects) {
            switch (effect) {
                case Effect.Send send -> send(send);
                case Effect.SetRoute route -> {
                    world.tell(() -> name + " sets " + route);
                    world.witness(route.incoming(), route.source(), route.group());
                    kernel.set(
                            route.source(),
                            route.group(),
                            route.incoming(),
                            route.outgoing(),
                            this::forward,
                            now());
                }
                case Effect.DeleteRoute route -> {
                    world.tell(() -> name + " deletes " + route);
                    world.witness(0, route.source(), route.group());
                    noteFull();
                    kernel.delete(route.source(), route.group());
                }
                case Effect.AskUsage ask ->
                        answers.add(
                                new Input.RouteUsage(
                                        ask.source(),
                                        ask.group(),
                                        kernel.usage(ask.source(), ask.group())));
                case Effect.Tell _ -> {}
            }
        }
        for (Leg leg : legs) {
            if (leg.hostAudit != null) {
                leg.hostAudit.stepEnds(stopping);
            }
        }
        for (Input answer : answers) {
            input(answer);
        }
    }

    private void told(Event event) {
        switch (event) {
            case Event.QuerierElected election -> {
                world.tell(() -> election.toString());
                for (Leg leg : legs) {
                    if (leg.name().equals(election.link()) && leg.routerAudit != null) {
                        elected.put(leg.name(), election.querier());
                        leg.routerAudit.elected(election.self());
                    }
                }
            }
            case Event.UpstreamMembership change -> {
                world.tell(() -> change.toString());
                for (Leg leg : legs) {
                    if (leg.name().equals(change.link()) && leg.hostAudit != null) {
                        leg.hostAudit.wants(change.group(), change.membership());
                    }
                }
            }
            case Event.UpstreamVersion change -> {
                for (Leg leg : legs) {
                    if (leg.name().equals(change.link()) && leg.hostAudit != null) {
                        leg.hostAudit.changed(canSend(leg)); // cancels what is pending: 7.2.1
                    }
                }
            }
            default -> {
                // others are for people
            }
        }
    }

    private void send(Effect.Send send) {
        Leg leg = leg(send.ifindex());
        Packet packet = send.packet();
        Message message = packet.message();
        if (leg == null) {
            throw new Violation(
                    Invariant.MESSAGE,
                    name + " sends on a link that is not up: " + Segment.brief(packet));
        }
        checkForm(leg, packet);
        if (isAboutRouters(message)) {
            return; // RFC 4286, for switches; nobody here listens to it
        }
        if (leg.routerAudit != null) {
            if (!(message instanceof Message.Query query)) {
                throw new Violation(
                        Invariant.MESSAGE,
                        leg.name() + " reports downstream: " + Segment.brief(packet));
            }
            leg.routerAudit.sends(packet, query);
        }
        if (leg.hostAudit != null) {
            leg.hostAudit.sends(packet);
        }
        if (leg.countSent(now()) > MOST_MESSAGES_PER_SECOND) {
            throw new Violation(Invariant.STORM, leg.name() + " sends without end");
        }
        leg.port().segment().send(leg.port(), packet);
    }

    private static boolean isAboutRouters(Message message) {
        return !(message instanceof Message.Query
                || message instanceof Message.Report
                || message instanceof Message.OldReport
                || message instanceof Message.Leave);
    }

    private void checkForm(Leg leg, Packet packet) {
        int room = MessageSize.budget(world.scenario().family(), leg.port().segment().mtu());
        int size = MessageSize.of(packet.message());
        boolean good =
                packet.hopLimit() == 1
                        && packet.routerAlert()
                        && packet.trafficClass() == Packet.INTERNETWORK_CONTROL
                        && packet.source().equals(leg.port().address())
                        && packet.destination().isMulticast()
                        && size <= room;
        if (!good) {
            throw new Violation(
                    Invariant.MESSAGE,
                    leg.name() + " sends " + packet + ", " + size + " of " + room + " bytes");
        }
    }

    private void settle(boolean hadEffects) {
        ProxyEngine running = engine;
        if (running == null) {
            return;
        }
        stepsAtOnce = lastStepAt == now() ? stepsAtOnce + 1 : 0;
        lastStepAt = now();
        if (stepsAtOnce > MOST_STEPS_AT_ONCE) {
            throw new Violation(Invariant.STORM, name + " does not come to rest");
        }
        long next = running.nextDeadlineNanos();
        if (next < now()) {
            throw new Violation(Invariant.DEADLINE, name + " has a deadline in the past");
        }
        if (wakeUp != null && !wakeUp.isFor(next)) {
            wakeUp.callOff();
            wakeUp = null;
        }
        if (wakeUp == null && next != ProxyEngine.NO_DEADLINE) {
            wakeUp = world.agenda().at(next, this::wakeUp);
        }
        world.stepped(this, hadEffects);
    }

    // ---- checks ----

    /** What the engine knows now; nothing when it does not run. */
    Optional<EngineView> view() {
        return engine == null ? Optional.empty() : Optional.of(engine.view(now()));
    }

    boolean isQuerier(int ifindex) {
        Leg leg = leg(ifindex);
        return leg != null && leg.routerAudit != null && isQuerier(leg);
    }

    private boolean isQuerier(Leg leg) {
        IpAddress querier = elected.get(leg.name());
        return querier != null && querier.equals(leg.port().address());
    }

    /** Is this a downstream that is up? */
    boolean isDownstream(int ifindex) {
        Leg leg = leg(ifindex);
        return leg != null && leg.isDownstream();
    }

    List<Integer> downstreams() {
        return legs.stream().filter(Leg::isDownstream).filter(Leg::isUp).map(Leg::ifindex).toList();
    }

    /** A General Query on the first downstream; none when that has another querier. */
    Optional<Effect> generalQuery() {
        return legs.stream()
                .filter(Leg::isDownstream)
                .filter(Leg::isUp)
                .filter(this::isQuerier)
                .findFirst()
                .map(this::generalQuery);
    }

    private Effect generalQuery(Leg leg) {
        Settings settings = leg.settings();
        Family family = world.scenario().family();
        boolean v3 = settings.protocol().generation() == 3;
        return new Effect.Send(
                leg.ifindex(),
                Packet.toSend(
                        leg.port().address(),
                        World.allHosts(family),
                        new Message.Query(
                                settings.protocol(),
                                family.unspecified(),
                                settings.queryResponseSeconds() * 1000,
                                false,
                                v3 ? settings.robustness() : 0,
                                v3 ? settings.queryIntervalSeconds() : 0,
                                List.of())));
    }

    /** Compares all that is known with all that should be. */
    void check() {
        EngineView view = view().orElse(null);
        if (view == null) {
            return;
        }
        for (EngineView.Downstream downstream : view.downstreams()) {
            for (Leg leg : legs) {
                if (leg.name().equals(downstream.link()) && leg.routerAudit != null) {
                    leg.routerAudit.compare(downstream);
                }
            }
        }
        checkMerge(view);
        checkRoutes(view);
        checkLimits(view);
    }

    /** RFC 4605 4.1, RFC 9776 3.2, computed anew. */
    private void checkMerge(EngineView view) {
        TreeMap<IpAddress, Wish> merged = new TreeMap<>();
        for (EngineView.Downstream downstream : view.downstreams()) {
            for (EngineView.Group group : downstream.groups()) {
                merged.merge(group.group(), wish(group), ProxyNode::merge);
            }
        }
        merged.values().removeIf(Wish::isNothing);
        List<String> asked = askedUpstreams();
        for (EngineView.Upstream upstream : view.upstreams()) {
            TreeMap<IpAddress, Wish> wanted =
                    asked.contains(upstream.link()) ? merged : new TreeMap<>();
            TreeMap<IpAddress, Wish> reported = new TreeMap<>();
            for (EngineView.Reported group : upstream.groups()) {
                reported.put(group.group(), wish(group.membership()));
            }
            if (!reported.equals(wanted)) {
                throw new Violation(
                        Invariant.MERGE,
                        upstream.link()
                                + " has "
                                + reported
                                + ", should have "
                                + wanted
                                + ", downstreams want "
                                + merged);
            }
        }
    }

    /** The upstreams that are asked for what is wanted: the first one that is up, or all. */
    private List<String> askedUpstreams() {
        List<String> up =
                legs.stream()
                        .filter(leg -> !leg.isDownstream() && leg.isUp())
                        .map(Leg::name)
                        .toList();
        return up.isEmpty() || world.scenario().asksAllUpstreams() ? up : up.subList(0, 1);
    }

    /** Onto these upstreams go packets that come from one of its downstreams (RFC 4605 3.2). */
    Set<Segment> above(Segment segment) {
        return takesFrom(segment, true) ? segments(false) : Set.of();
    }

    /** Onto these downstreams go packets that come from a link, if somebody wants them there. */
    Set<Segment> below(Segment segment) {
        return takesFrom(segment, true) || takesFrom(segment, false) ? segments(true) : Set.of();
    }

    /** Is the link a downstream, or an upstream that is asked for streams? */
    private boolean takesFrom(Segment segment, boolean downstream) {
        List<String> asked = askedUpstreams();
        return legs.stream()
                .filter(leg -> leg.port().segment() == segment && leg.isUp())
                .anyMatch(leg ->
                        leg.isDownstream() == downstream
                                && (downstream ? isQuerier(leg) : asked.contains(leg.name())));
    }

    private Set<Segment> segments(boolean downstream) {
        return legs.stream()
                .filter(leg -> leg.isDownstream() == downstream && leg.isUp())
                .filter(leg -> !downstream || isQuerier(leg)) // RFC 4605 3
                .map(leg -> leg.port().segment())
                .collect(Collectors.toSet());
    }

    /**
     * Does the link want a packet, as far as our messages tell? An upstream takes everything, and
     * wants it of us only by the way of our downstreams.
     */
    boolean knowsOf(Segment segment, DataPacket packet) {
        for (Leg leg : legs) {
            if (leg.port().segment() == segment && leg.routerAudit != null) {
                return leg.routerAudit.wants(packet.group(), packet.source());
            }
        }
        return true;
    }

    /**
     * Is there room for one route more, and nothing left of a time when there was none? For so long
     * a kernel does not ask again about a source that got no route.
     */
    boolean hasRoomForRoutes() {
        noteFull();
        return now() - fullAt > KernelModel.UNRESOLVED_NANOS + Agenda.SECOND;
    }

    private void noteFull() {
        if (kernel.entries().size() >= world.scenario().room().routes()) {
            fullAt = now();
        }
    }

    private static Wish wish(EngineView.Group group) {
        return switch (group.mode()) {
            case INCLUDE ->
                    new Wish(
                            false,
                            new TreeSet<>(
                                    group.running().stream()
                                            .map(EngineView.Source::source)
                                            .toList()));
            case EXCLUDE -> new Wish(true, new TreeSet<>(group.excluded()));
        };
    }

    private static Wish wish(Membership membership) {
        return new Wish(
                membership.mode() == mcproxy.core.FilterMode.EXCLUDE,
                new TreeSet<>(membership.sources().toList()));
    }

    private static Wish merge(Wish one, Wish other) {
        if (!one.exclude() && !other.exclude()) {
            TreeSet<IpAddress> all = new TreeSet<>(one.sources());
            all.addAll(other.sources());
            return new Wish(false, all);
        }
        if (one.exclude() && other.exclude()) {
            return new Wish(true, Wish.both(one.sources(), other.sources()));
        }
        Wish exclude = one.exclude() ? one : other;
        Wish include = one.exclude() ? other : one;
        return new Wish(true, Wish.minus(exclude.sources(), include.sources()));
    }

    private void checkRoutes(EngineView view) {
        TreeSet<KernelModel.Key> wanted = new TreeSet<>();
        for (EngineView.Route route : view.routes()) {
            wanted.add(new KernelModel.Key(route.group(), route.source()));
            Set<String> outgoing = expectedOutgoing(view, route);
            // An upstream that is no longer asked may go on until packets come from another one.
            boolean mayBeNone = isUpstream(route.incoming()) && !isAsked(route.incoming());
            if (!outgoing.equals(new TreeSet<>(route.outgoing()))
                    && !(mayBeNone && route.outgoing().isEmpty())) {
                throw new Violation(
                        Invariant.WANTED_TABLE, name + " has " + route + ", should be " + outgoing);
            }
            KernelModel.Entry entry = kernel.find(route.source(), route.group());
            TreeSet<String> real = new TreeSet<>();
            if (entry != null) {
                entry.outgoing.forEach(ifindex -> real.add(legName(ifindex)));
            }
            if (entry == null
                    || !legName(entry.incoming).equals(route.incoming())
                    || !real.equals(new TreeSet<>(route.outgoing()))) {
                throw new Violation(
                        Invariant.KERNEL_TABLE,
                        name
                                + " has "
                                + route
                                + ", its kernel "
                                + (entry == null
                                        ? "nothing"
                                        : legName(entry.incoming) + " to " + real));
            }
        }
        for (KernelModel.Key key : kernel.entries().keySet()) {
            if (!wanted.contains(key)) {
                throw new Violation(
                        Invariant.KERNEL_TABLE, name + "'s kernel has " + key + ", it does not");
            }
        }
    }

    private boolean isUpstream(String name) {
        return legs.stream().anyMatch(leg -> leg.name().equals(name) && !leg.isDownstream());
    }

    private boolean isAsked(String name) {
        return askedUpstreams().contains(name);
    }

    private String legName(int ifindex) {
        Leg leg = leg(ifindex);
        return leg == null ? "index " + ifindex : leg.name();
    }

    /** RFC 4605 3 and 3.2; only its querier takes packets from a link up, or twins would circle. */
    private static Set<String> expectedOutgoing(EngineView view, EngineView.Route route) {
        TreeSet<String> outgoing = new TreeSet<>();
        boolean fromBelow =
                view.downstreams().stream()
                        .filter(EngineView.Downstream::isQuerier)
                        .anyMatch(downstream -> downstream.link().equals(route.incoming()));
        if (fromBelow) {
            view.upstreams().forEach(upstream -> outgoing.add(upstream.link()));
        }
        for (EngineView.Downstream downstream : view.downstreams()) {
            boolean wants =
                    downstream.isQuerier()
                            && downstream.groups().stream()
                                    .filter(group -> group.group().equals(route.group()))
                                    .anyMatch(group -> wants(group, route.source()));
            if (wants) {
                outgoing.add(downstream.link());
            }
        }
        outgoing.remove(route.incoming());
        return outgoing;
    }

    private static boolean wants(EngineView.Group group, IpAddress source) {
        return switch (group.mode()) {
            case INCLUDE -> group.running().stream().anyMatch(one -> one.source().equals(source));
            case EXCLUDE -> !group.excluded().contains(source);
        };
    }

    private void checkLimits(EngineView view) {
        Scenario.Room room = world.scenario().room();
        boolean within = view.routes().size() <= room.routes();
        for (EngineView.Downstream downstream : view.downstreams()) {
            within &= downstream.groups().size() <= room.groups();
            int hosts = 0;
            for (EngineView.Group group : downstream.groups()) {
                within &= group.running().size() + group.excluded().size() <= room.groupSources();
                hosts += group.hosts().size();
            }
            within &= hosts <= room.hosts();
        }
        if (!within) {
            throw new Violation(Invariant.LIMIT, name + " keeps more than " + room + ": " + view);
        }
    }

    /** All have gone long ago: nothing is left. */
    void checkNothingLeft() {
        EngineView view = view().orElse(null);
        if (view == null) {
            return;
        }
        boolean empty =
                view.routes().isEmpty()
                        && view.downstreams().stream().allMatch(d -> d.groups().isEmpty())
                        && view.upstreams().stream().allMatch(u -> u.groups().isEmpty());
        if (!empty) {
            throw new Violation(Invariant.LEFTOVER, name + " still has " + view);
        }
    }
}
