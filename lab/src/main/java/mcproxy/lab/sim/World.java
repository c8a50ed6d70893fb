package mcproxy.lab.sim;

import mcproxy.core.EngineView;
import mcproxy.core.LinkSettings;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Protocol;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * A tree of links and proxies with hosts and senders, as one seed decides it, from start to end.
 */
final class World {
    private static final IpAddress ALL_SYSTEMS = IpAddress.of("224.0.0.1");
    private static final IpAddress ALL_NODES = IpAddress.of("ff02::1");
    private static final IpAddress ALL_ROUTERS = IpAddress.of("224.0.0.2");
    private static final IpAddress ALL_ROUTERS_IPV6 = IpAddress.of("ff02::2");
    private static final IpAddress IGMPV3_REPORTS = IpAddress.of("224.0.0.22");
    private static final IpAddress MLDV2_REPORTS = IpAddress.of("ff02::16");

    /** A link number that no link has: where the senders beyond the top router are. */
    private static final int OUTSIDE = 99;

    private static final int SOURCES_OUTSIDE = 3;
    private static final int MANY_SOURCES = 160;
    private static final int QUIET_STEPS_PER_CHECK = 40;
    private static final long RIVALRY_NANOS = Agenda.SECOND;
    private static final long SETTLED_STREAM_NANOS = 10 * Agenda.SECOND;

    private final Scenario scenario;
    private final PlantedBug bug;
    private final boolean telling;
    private final List<String> story = new ArrayList<>();
    private final Agenda agenda = new Agenda();
    private final Oracle oracle = new Oracle(this);
    private final SplittableRandom random;
    private final List<Segment> segments = new ArrayList<>();
    private final List<Integer> levels = new ArrayList<>();
    private final TreeSet<Integer> shared = new TreeSet<>();
    private final List<ProxyNode> proxies = new ArrayList<>();
    private final List<Host> hosts = new ArrayList<>();
    private final Map<Segment, List<Host>> hostsBySegment = new HashMap<>();
    private final Map<Segment, List<Segment>> below = new HashMap<>();
    private final List<TopRouter> tops = new ArrayList<>();
    private final int[] speakers = new int[256];
    private long quietSince;
    private long crashesForgottenAt;
    private long rivalsUntil;
    private boolean stormy;
    private boolean stormyOnce;
    private boolean windingDown;
    private int packets;
    private long hash = 0xcbf29ce484222325L;
    private long steps;
    private int sinceCheck;
    private int bigWishesLeft;

    World(long seed, PlantedBug bug, boolean telling) {
        this.scenario = new Scenario(seed);
        this.bug = bug;
        this.telling = telling;
        this.random = scenario.split();
        this.bigWishesLeft = random.nextInt(12) == 0 ? 1 : 0;
        for (int i = 0; i < (scenario.hasSecondRoot() ? 2 : 1); i++) {
            Segment root = addSegment(0);
            tops.add(new TopRouter(this, root, speaker(root, 1)));
        }
        build();
    }

    // ---- what everybody asks for ----

    Agenda agenda() {
        return agenda;
    }

    Scenario scenario() {
        return scenario;
    }

    Weather weather() {
        return scenario.weather();
    }

    Oracle oracle() {
        return oracle;
    }

    PlantedBug bug() {
        return bug;
    }

    boolean isStormy() {
        return stormy;
    }

    /** Does the engine follow RFC 4604, ignoring any-source membership in the SSM range? */
    boolean knowsSsm() {
        return EngineFeatures.SSM;
    }

    /** Is everybody here of the newest version? */
    boolean isModern() {
        return !scenario.hasMixedVersions();
    }

    List<Host> hosts() {
        return hosts;
    }

    List<Host> hostsEverOn(Segment segment) {
        return hostsBySegment.getOrDefault(segment, List.of());
    }

    List<Segment> below(Segment segment) {
        return below.getOrDefault(segment, List.of());
    }

    /** Since when, or from when on, no disturbance is to be felt. */
    long quietSince() {
        return quietSince;
    }

    /** From when on nothing is left of hosts that went without a word. */
    long crashesForgottenAt() {
        return crashesForgottenAt;
    }

    /** Something happens that may be felt for a time. */
    void disturb(String what, long nanos) {
        tell(() -> "disturbance: " + what);
        quietSince = Math.max(quietSince, agenda.now() + nanos);
    }

    /** Somebody starts to ask on a link, and may not have heard yet who else does. */
    void newcomer() {
        rivalsUntil = agenda.now() + RIVALRY_NANOS;
    }

    /**
     * Can two think that they are querier of a link, and packets circle between them? They know
     * better after their first queries, unless those were lost.
     */
    boolean mayHaveRivals() {
        return agenda.now() < rivalsUntil
                || (quietSince > agenda.now() && (stormyOnce || weather().loss() > 0));
    }

    /** Adds a line to the story. */
    void tell(Supplier<String> line) {
        if (telling) {
            story.add(time(agenda.now()) + "  " + line.get());
        }
    }

    List<String> story() {
        return story;
    }

    void witness(int where, byte[] bytes) {
        mix(where);
        mix(Arrays.hashCode(bytes));
    }

    void witness(int where, IpAddress source, IpAddress group) {
        mix(where);
        mix(source.high() * 31 + source.low());
        mix(group.high() * 31 + group.low());
    }

    private void mix(long value) {
        hash = (hash ^ value ^ agenda.now()) * 0x100000001b3L;
        hash ^= hash >>> 29;
    }

    /** A number that stands for everything that happened. */
    long hash() {
        return hash;
    }

    long steps() {
        return steps;
    }

    static String time(long nanos) {
        return String.format(Locale.ROOT, "%10.3f s", nanos / 1e9);
    }

    static IpAddress allHosts(Family family) {
        return family == Family.IPV4 ? ALL_SYSTEMS : ALL_NODES;
    }

    static IpAddress allRouters(Family family) {
        return family == Family.IPV4 ? ALL_ROUTERS : ALL_ROUTERS_IPV6;
    }

    static IpAddress reportsGoTo(Family family) {
        return family == Family.IPV4 ? IGMPV3_REPORTS : MLDV2_REPORTS;
    }

    // ---- building ----

    private Segment addSegment(int level) {
        SplittableRandom own = random.split();
        Segment segment = new Segment(this, segments.size(), scenario.settings(own), own);
        segments.add(segment);
        levels.add(level);
        return segment;
    }

    private IpAddress speaker(Segment segment, int number) {
        return scenario.speaker(segment.number(), number);
    }

    /** A free address on a link, below or above those that are taken. */
    private IpAddress freeSpeaker(Segment segment) {
        return speaker(segment, 20 + 3 * ++speakers[segment.number()] + random.nextInt(3));
    }

    private void build() {
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            List<Segment> candidates =
                    segments.stream()
                            .filter(s -> levels.get(s.number()) < Scenario.LEVELS)
                            .filter(s -> !shared.contains(s.number()) || random.nextInt(3) == 0)
                            .toList();
            Segment up =
                    candidates.isEmpty()
                            ? segments.getFirst()
                            : candidates.get(random.nextInt(candidates.size()));
            addProxy(up);
        }
        for (Segment segment : segments) {
            int hostsHere =
                    levels.get(segment.number()) == 0 ? random.nextInt(2) : random.nextInt(4);
            for (int i = 0; i < hostsHere; i++) {
                addHost(segment);
            }
        }
        if (hosts.isEmpty()) {
            addHost(segments.getLast());
        }
    }

    private void addProxy(Segment up) {
        int level = levels.get(up.number()) + 1;
        boolean belowShared = shared.contains(up.number());
        List<Segment> ups = new ArrayList<>(List.of(up));
        if (level == 1 && scenario.hasSecondRoot() && random.nextInt(3) > 0) {
            ups.add(tops.get(up.number() == 0 ? 1 : 0).port().segment());
        }
        ProxyNode proxy = newProxy(ups);
        int downs = 1 + random.nextInt(2);
        boolean twin = random.nextInt(3) == 0;
        ProxyNode other = twin ? newProxy(ups) : null;
        for (int i = 0; i < downs; i++) {
            Segment down = addSegment(level);
            for (Segment one : ups) {
                below.computeIfAbsent(one, _ -> new ArrayList<>()).add(down);
            }
            addDownstream(proxy, down, 0);
            if (other != null && i == 0) {
                addDownstream(other, down, random.nextInt(2) * 10);
                shared.add(down.number());
            }
            if (belowShared) {
                shared.add(down.number());
            }
        }
    }

    private ProxyNode newProxy(List<Segment> ups) {
        ProxyNode proxy = new ProxyNode(this, "proxy" + (proxies.size() + 1), random.split());
        proxies.add(proxy);
        for (Segment up : ups) {
            Settings settings = up.settings();
            int generation = !isModern() && random.nextInt(6) == 0 ? 2 : 3;
            Settings asHost =
                    new Settings(
                            Protocol.of(scenario.family(), generation),
                            settings.robustness(),
                            settings.queryIntervalSeconds(),
                            settings.queryResponseSeconds(),
                            settings.lastMemberMillis());
            proxy.addLeg(up, LinkSettings.Role.UPSTREAM, asHost, freeSpeaker(up));
        }
        return proxy;
    }

    private void addDownstream(ProxyNode proxy, Segment down, int longerSeconds) {
        Settings settings = down.settings();
        Settings own =
                new Settings(
                        settings.protocol(),
                        settings.robustness(),
                        settings.queryIntervalSeconds() + (longerSeconds > 0 ? 7 : 0),
                        settings.queryResponseSeconds(),
                        settings.lastMemberMillis());
        proxy.addLeg(down, LinkSettings.Role.DOWNSTREAM, own, freeSpeaker(down));
    }

    private Host addHost(Segment segment) {
        Host host =
                new Host(
                        this,
                        segment,
                        freeSpeaker(segment),
                        scenario.hostGeneration(random),
                        random.nextBoolean(),
                        random.split());
        hosts.add(host);
        hostsBySegment.computeIfAbsent(segment, _ -> new ArrayList<>()).add(host);
        return host;
    }

    // ---- what happens ----

    /** Runs from start to end; throws a {@link Violation} when something is wrong. */
    void run() {
        disturb("start", scenario.recoveryNanos());
        for (ProxyNode proxy : proxies) {
            agenda.in(random.nextLong(2 * Agenda.SECOND), proxy::start);
        }
        planStreams();
        planWishes();
        planDisturbances();
        planChecks();
        long end = scenario.durationNanos();
        runUntil(end);
        windDown(end);
    }

    private void runUntil(long end) {
        while (agenda.step(end)) {
            steps++;
        }
    }

    private void windDown(long end) {
        tell(() -> "everybody goes");
        windingDown = true;
        List.copyOf(hosts).forEach(this::crash);
        runUntil(
                end
                        + (Scenario.LEVELS + 1) * scenario.longestMembershipNanos()
                        + 150 * Agenda.SECOND);
        proxies.forEach(ProxyNode::checkNothingLeft);
        for (ProxyNode proxy : proxies) {
            if (proxy.isRunning()) {
                proxy.end(true);
            }
        }
    }

    private long anyTime() {
        return 2 * Agenda.SECOND + random.nextLong(scenario.durationNanos() - 4 * Agenda.SECOND);
    }

    private IpAddress anyGroup() {
        return scenario.group(random.nextInt(scenario.groups() + 2));
    }

    private IpAddress anySource() {
        return scenario.source(OUTSIDE, 1 + random.nextInt(SOURCES_OUTSIDE));
    }

    private void planStreams() {
        int outside = 1 + random.nextInt(4);
        for (int i = 0; i < outside; i++) {
            stream(anyTime() / 4, new Stream(anySource(), anyGroup(), null));
        }
        int inside = random.nextInt(4);
        for (int i = 0; i < inside; i++) {
            Segment segment = segments.get(random.nextInt(segments.size()));
            if (!shared.contains(segment.number())) {
                // Each its own: two with one address at two places would be no source that moves.
                IpAddress source = scenario.source(segment.number(), 1 + i);
                Stream stream = new Stream(source, anyGroup(), new Port(segment, source, NOBODY));
                if (scenario.asksAllUpstreams()) {
                    // It may come by two upstreams. Of one that is slower than the kernel tells of
                    // wrong packets the engine takes whichever comes first, and may lose a packet.
                    stream.intervalNanos =
                            2 * Agenda.SECOND + random.nextLong(Agenda.SECOND * 3 / 4);
                }
                if (random.nextInt(3) == 0) {
                    // Often enough to be followed before its route is taken away as idle.
                    stream.intervalNanos = Agenda.SECOND + random.nextLong(Agenda.SECOND / 2);
                    for (int move = random.nextInt(4); move > 0; move--) {
                        agenda.at(anyTime(), () -> move(stream));
                    }
                }
                stream(anyTime() / 2, stream);
            }
        }
    }

    /** The packets of a source to a group; the source may move, and keeps its address. */
    private static final class Stream {
        final IpAddress source;
        final IpAddress group;

        /** Where it sends; null beyond the top routers. */
        @Nullable Port from;

        /** Until when packets may go astray, as it is new or has moved. */
        long unsettledUntil;

        /** Between packets; 0 until it is chosen. */
        long intervalNanos;

        Stream(IpAddress source, IpAddress group, @Nullable Port from) {
            this.source = source;
            this.group = group;
            this.from = from;
        }
    }

    /** A mobile node attaches elsewhere, also beyond the top routers. */
    private void move(Stream stream) {
        List<Segment> places = segments.stream().filter(s -> !shared.contains(s.number())).toList();
        int to = random.nextInt(places.size() + 1);
        if (windingDown) {
            return;
        }
        stream.from = to == places.size() ? null : new Port(places.get(to), stream.source, NOBODY);
        stream.unsettledUntil =
                Math.max(
                        stream.unsettledUntil,
                        agenda.now() + scenario.moveBoundNanos(stream.intervalNanos));
        tell(() -> "source " + stream.source + " moves to " + place(stream));
    }

    private static String place(Stream stream) {
        return stream.from == null ? "outside" : stream.from.segment().name();
    }

    /** Who only sends. */
    private static final Port.Owner NOBODY =
            new Port.Owner() {
                @Override
                public void heard(
                        Port port,
                        mcproxy.wire.Decoded<mcproxy.wire.Packet> packet,
                        boolean illegal) {}

                @Override
                public void arrived(Port port, DataPacket packet) {}
            };

    private void stream(long start, Stream stream) {
        if (stream.intervalNanos == 0) {
            stream.intervalNanos = Agenda.SECOND + random.nextLong(scenario.durationNanos() / 80);
        }
        stream.unsettledUntil = start + Math.max(SETTLED_STREAM_NANOS, 2 * stream.intervalNanos);
        agenda.at(start, () -> sendNext(stream));
    }

    private void sendNext(Stream stream) {
        if (windingDown) {
            return;
        }
        long now = agenda.now();
        DataPacket packet = new DataPacket(packets++, stream.source, stream.group, now, 0);
        Port from = stream.from;
        oracle.sent(packet, startOf(stream), now > stream.unsettledUntil);
        if (from == null) {
            topsOf(stream).forEach(top -> top.fromOutside(packet));
        } else {
            oracle.onLink(from.segment(), packet);
            from.segment().sendData(from, packet);
        }
        agenda.in(stream.intervalNanos, () -> sendNext(stream));
    }

    /**
     * By which top routers what is sent beyond them comes in: by all of them, where proxies ask one
     * upstream; where they ask all, by one, or they would get everything twice.
     */
    private List<TopRouter> topsOf(Stream stream) {
        return scenario.asksAllUpstreams()
                ? List.of(tops.get((int) (stream.source.low() % tops.size())))
                : tops;
    }

    private Set<Segment> startOf(Stream stream) {
        return stream.from == null
                ? topsOf(stream).stream()
                        .map(top -> top.port().segment())
                        .collect(Collectors.toSet())
                : Set.of(stream.from.segment());
    }

    /**
     * The links that packets can reach from some. Where routers have little room, only those that
     * the routers on the way know to want it; that they know what they have room for is checked
     * elsewhere.
     */
    Set<Segment> reachedFrom(Set<Segment> start, DataPacket packet) {
        Set<Segment> up = closure(start, packet, ProxyNode::above);
        return closure(up, packet, ProxyNode::below);
    }

    private Set<Segment> closure(
            Set<Segment> start,
            DataPacket packet,
            BiFunction<ProxyNode, Segment, Set<Segment>> step) {
        Set<Segment> reached = new HashSet<>(start);
        List<Segment> open = new ArrayList<>(start);
        while (!open.isEmpty()) {
            Segment next = open.removeLast();
            for (ProxyNode proxy : proxies) {
                for (Segment to : step.apply(proxy, next)) {
                    if (hasRoom(proxy, to, packet) && reached.add(to)) {
                        open.add(to);
                    }
                }
            }
        }
        return reached;
    }

    private boolean hasRoom(ProxyNode proxy, Segment to, DataPacket packet) {
        return scenario.room().isAmple() || (proxy.hasRoomForRoutes() && proxy.knowsOf(to, packet));
    }

    private void planWishes() {
        int changes = 8 + random.nextInt(30);
        long at = anyTime();
        for (int i = 0; i < changes; i++) {
            at = random.nextInt(3) == 0 ? anyTime() : at + random.nextLong(4 * Agenda.SECOND);
            if (at < scenario.durationNanos()) {
                agenda.at(at, this::changeAWish);
            }
        }
    }

    private void changeAWish() {
        List<Host> alive = hosts.stream().filter(host -> !host.isCrashed()).toList();
        if (alive.isEmpty()) {
            return;
        }
        Host host = alive.get(random.nextInt(alive.size()));
        IpAddress group = anyGroup();
        if (!host.wishes().isEmpty() && random.nextBoolean()) {
            List<IpAddress> joined = List.copyOf(host.wishes().keySet());
            group = joined.get(random.nextInt(joined.size()));
        }
        host.want(group, anyWish(host, group));
    }

    private Wish anyWish(Host host, IpAddress group) {
        boolean ssm = Scenario.isSsm(group);
        if (host.generation() < 3) {
            boolean joins = random.nextInt(2) == 0 && !(ssm && !knowsSsm());
            return joins ? Wish.of(true, new TreeSet<>()) : Wish.NOTHING;
        }
        TreeSet<IpAddress> some = new TreeSet<>();
        for (int i = 0; i < SOURCES_OUTSIDE; i++) {
            if (random.nextBoolean()) {
                some.add(anySource());
            }
        }
        if (random.nextInt(4) == 0) {
            some.add(scenario.source(random.nextInt(segments.size()), 1 + random.nextInt(3)));
        }
        if (bigWishesLeft > 0) {
            bigWishesLeft--;
            for (int i = 0; i < MANY_SOURCES; i++) {
                some.add(scenario.source(OUTSIDE, 10 + i));
            }
            return Wish.of(false, some);
        }
        return switch (random.nextInt(6)) {
            case 0, 1 -> Wish.NOTHING;
            case 2 -> Wish.of(!ssm || knowsSsm(), new TreeSet<>());
            case 3 -> Wish.of(!ssm, some);
            default -> Wish.of(false, some);
        };
    }

    private void planDisturbances() {
        int count = random.nextInt(5);
        for (int i = 0; i < count; i++) {
            agenda.at(anyTime(), this::disturbance);
        }
    }

    private void disturbance() {
        ProxyNode proxy = proxies.get(random.nextInt(proxies.size()));
        Leg leg = proxy.legs().get(random.nextInt(proxy.legs().size()));
        switch (random.nextInt(8)) {
            case 0, 1 -> {
                List<Host> alive = hosts.stream().filter(host -> !host.isCrashed()).toList();
                if (!alive.isEmpty()) {
                    crash(alive.get(random.nextInt(alive.size())));
                }
            }
            case 2 -> flap(proxy, leg);
            case 3 -> restart(proxy);
            case 4 -> newAddress(proxy, leg);
            case 5 -> newMtu(leg.port().segment());
            case 6 -> storm();
            default -> {
                if (isModern()) {
                    restart(proxy);
                } else {
                    olderQuerier();
                }
            }
        }
    }

    private void crash(Host host) {
        tell(() -> "host " + host.port().address() + " is gone without a word");
        host.crash();
        hosts.remove(host);
        crashesForgottenAt =
                agenda.now() + (Scenario.LEVELS + 1) * scenario.longestMembershipNanos();
    }

    private void flap(ProxyNode proxy, Leg leg) {
        if (!proxy.isRunning() || !leg.isUp()) {
            return;
        }
        disturb("link down", scenario.recoveryNanos());
        crashesForgottenAt = quietSince + 4 * scenario.longestMembershipNanos();
        proxy.linkDown(leg, random.nextBoolean());
        long pause = random.nextLong(20 * Agenda.SECOND);
        agenda.in(
                pause,
                () -> {
                    if (proxy.isRunning() && !leg.isUp()) {
                        disturb("link up", scenario.recoveryNanos());
                        newcomer();
                        proxy.linkUp(leg);
                    }
                });
    }

    private void restart(ProxyNode proxy) {
        if (!proxy.isRunning()) {
            return;
        }
        disturb("restart of " + proxy.name(), scenario.recoveryNanos());
        crashesForgottenAt = quietSince + 4 * scenario.longestMembershipNanos();
        proxy.end(random.nextBoolean());
        agenda.in(
                random.nextLong(10 * Agenda.SECOND),
                () -> {
                    disturb("start of " + proxy.name(), scenario.recoveryNanos());
                    proxy.start();
                });
    }

    private void newAddress(ProxyNode proxy, Leg leg) {
        disturb("new address", scenario.recoveryNanos());
        newcomer();
        crashesForgottenAt = quietSince + 4 * scenario.longestMembershipNanos();
        Segment segment = leg.port().segment();
        if (!leg.isDownstream() && random.nextBoolean()) {
            leg.port().address(scenario.family().unspecified());
            proxy.linkChanged(leg);
            agenda.in(
                    random.nextLong(10 * Agenda.SECOND),
                    () -> {
                        disturb("address is back", scenario.recoveryNanos());
                        newcomer();
                        leg.port().address(freeSpeaker(segment));
                        proxy.linkChanged(leg);
                    });
            return;
        }
        int low = 2 + (speakers[segment.number()]++ % 17);
        leg.port().address(random.nextBoolean() ? speaker(segment, low) : freeSpeaker(segment));
        proxy.linkChanged(leg);
    }

    private void newMtu(Segment segment) {
        segment.mtu(scenario.family() == Family.IPV4 ? 576 + random.nextInt(9000) : 1280);
        for (ProxyNode proxy : proxies) {
            for (Leg leg : proxy.legs()) {
                if (leg.port().segment() == segment) {
                    disturb("new MTU", scenario.recoveryNanos());
                    proxy.linkChanged(leg);
                }
            }
        }
    }

    private void storm() {
        long length = random.nextLong(30 * Agenda.SECOND);
        stormy = true;
        stormyOnce = true;
        disturb("storm", length + 2 * scenario.recoveryNanos());
        crashesForgottenAt = quietSince + 4 * scenario.longestMembershipNanos();
        agenda.in(length, () -> stormy = false);
    }

    /** The top router speaks an older version for a time, or for good. */
    private void olderQuerier() {
        TopRouter top = tops.get(random.nextInt(tops.size()));
        Protocol before = top.protocol();
        disturb("older querier", 600 * Agenda.SECOND);
        crashesForgottenAt = quietSince + 4 * scenario.longestMembershipNanos();
        top.speak(Protocol.of(scenario.family(), 2));
        if (random.nextBoolean()) {
            agenda.in(
                    random.nextLong(200 * Agenda.SECOND),
                    () -> {
                        disturb("newer querier", 600 * Agenda.SECOND);
                        top.speak(before);
                    });
        }
    }

    // ---- checks ----

    /** An engine has done a step. */
    void stepped(ProxyNode proxy, boolean hadEffects) {
        sinceCheck += hadEffects ? QUIET_STEPS_PER_CHECK / 8 : 1;
        if (sinceCheck >= QUIET_STEPS_PER_CHECK) {
            sinceCheck = 0;
            proxy.check();
        }
    }

    private void planChecks() {
        agenda.in(
                scenario.longestQueryNanos() / 3,
                () -> {
                    checkElections();
                    planChecks();
                });
    }

    private void checkElections() {
        if (quietSince > agenda.now()) {
            return;
        }
        for (Segment segment : segments) {
            List<Leg> routers = new ArrayList<>();
            Map<Leg, ProxyNode> owners = new HashMap<>();
            for (ProxyNode proxy : proxies) {
                for (Leg leg : proxy.legs()) {
                    if (leg.isDownstream() && leg.isUp() && leg.port().segment() == segment) {
                        routers.add(leg);
                        owners.put(leg, proxy);
                    }
                }
            }
            routers.sort(Comparator.comparing(leg -> leg.port().address()));
            for (Leg leg : routers) {
                ProxyNode proxy = owners.get(leg);
                boolean should = leg == routers.getFirst();
                if (proxy != null && isQuerier(proxy, leg) != should) {
                    throw new Violation(
                            Invariant.ELECTION,
                            leg.name()
                                    + (should ? " is not querier" : " is querier")
                                    + ", the lowest address is "
                                    + routers.getFirst().port().address());
                }
            }
        }
    }

    private static boolean isQuerier(ProxyNode proxy, Leg leg) {
        return proxy.view().stream()
                .flatMap(view -> view.downstreams().stream())
                .filter(downstream -> downstream.link().equals(leg.name()))
                .anyMatch(EngineView.Downstream::isQuerier);
    }
}
