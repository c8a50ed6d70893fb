package mcproxy.core;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.core.LinkSettings.Role;
import mcproxy.core.RouterSettings.Advertising;
import mcproxy.core.RouterSettings.Checks;
import mcproxy.core.RouterSettings.LinkLimits;
import mcproxy.core.RouterSettings.Querying;
import mcproxy.core.RouterSettings.StaticGroup;
import mcproxy.core.RouterSettings.Tracking;
import mcproxy.wire.Decoded;
import mcproxy.wire.Extension;
import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.MessageSize;
import mcproxy.wire.Packet;
import mcproxy.wire.Protocol;
import mcproxy.wire.Reason;
import mcproxy.wire.RecordType;
import mcproxy.wire.ReportRecord;
import mcproxy.wire.UnknownRecord;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Anything in any order, from seeds: whatever arrives, nothing is thrown, the limits hold, and what
 * is shown, what is reported and what is routed agree with each other after each step.
 */
class EngineFuzzTest {
    private static final Optional<IpAddress> NO_SOURCE = Optional.empty();
    private static final int SEEDS = 60;
    private static final int STEPS = 300;
    private static final Limits LIMITS = new Limits(7, 12, 9);
    private static final LinkLimits LINK_LIMITS = new LinkLimits(4, 5, 8);

    /** One run: an engine, its kernel's table, and the dice. */
    private static final class Run {
        final Family family;
        final SplittableRandom random;
        final ProxyEngine engine;
        final Map<List<IpAddress>, Effect.SetRoute> kernel = new HashMap<>();
        final Set<Integer> up = new HashSet<>();
        final StringBuilder transcript = new StringBuilder();
        long nowNanos = 1_000_000_000L;

        Run(Family family, int seed) {
            this.family = family;
            this.random = new SplittableRandom(seed);
            this.engine = new ProxyEngine(LIMITS, new SplittableRandom(seed));
        }

        IpAddress group() {
            int n = random.nextInt(1, 10);
            String v4 = List.of("239.1.0.", "232.1.0.", "224.0.0.", "239.255.255.").get(n % 4);
            String v6 = List.of("ff1e::", "ff3e::8000:", "ff02::", "ff13::").get(n % 4);
            return IpAddress.of((family == Family.IPV4 ? v4 : v6) + n);
        }

        IpAddress source() {
            int n = random.nextInt(1, 9);
            return IpAddress.of((family == Family.IPV4 ? "192.0.2." : "2001:db8::") + n);
        }

        List<IpAddress> sources() {
            return Stream.generate(this::source).limit(random.nextInt(5)).toList();
        }

        IpAddress node(int link, int n) {
            return IpAddress.of(
                    family == Family.IPV4 ? "10.0." + link + "." + n : "fe80::" + link + ":" + n);
        }

        IpAddress sender(int link) {
            return switch (random.nextInt(12)) {
                case 0 -> family.unspecified();
                case 1 -> node(link, 10); // our own
                case 2 -> node(1 + random.nextInt(4), 10); // our own, elsewhere
                case 3 -> node(link, 1 + random.nextInt(9)); // lower than ours
                case 4 -> source();
                default -> node(link, 50 + random.nextInt(9));
            };
        }

        Protocol protocol() {
            return Protocol.of(family, random.nextInt(1, 4));
        }

        Message message() {
            Protocol newest = Protocol.newest(family);
            Protocol older = Protocol.of(family, random.nextInt(1, 3));
            return switch (random.nextInt(12)) {
                case 0 -> query(protocol(), family.unspecified(), List.of());
                case 1 -> query(newest, group(), sources());
                case 2 -> query(Protocol.of(family, 2), group(), List.of());
                case 3 -> new Message.OldReport(older, group());
                case 4 -> new Message.Leave(Protocol.of(family, 2), group());
                case 5 -> new Message.Unknown(family, 200);
                case 6 ->
                        random.nextBoolean()
                                ? new Message.RouterSolicitation(family)
                                : new Message.RouterTermination(family);
                default -> {
                    List<ReportRecord> records = new ArrayList<>();
                    for (int i = random.nextInt(4); i >= 0; i--) {
                        RecordType[] types = RecordType.values();
                        records.add(
                                random.nextInt(20) == 0
                                        ? new UnknownRecord(99, group())
                                        : new GroupRecord(
                                                types[random.nextInt(types.length)],
                                                group(),
                                                sources()));
                    }
                    Extension[] extensions = Extension.values();
                    yield new Message.Report(
                            newest, records, extensions[random.nextInt(extensions.length)]);
                }
            };
        }

        Message query(Protocol protocol, IpAddress group, List<IpAddress> sources) {
            return new Message.Query(
                    protocol,
                    group,
                    random.nextInt(3) * 1000,
                    random.nextBoolean(),
                    random.nextInt(8),
                    random.nextInt(200),
                    sources);
        }

        IpAddress destination(Message message) {
            String all = family == Family.IPV4 ? "224.0.0.1" : "ff02::1";
            String routers = family == Family.IPV4 ? "224.0.0.2" : "ff02::2";
            return message instanceof Message.RouterSolicitation
                    ? IpAddress.of(routers)
                    : IpAddress.of(all);
        }

        Input input() {
            int link = 1 + random.nextInt(4);
            return switch (random.nextInt(40)) {
                case 0, 1 -> linkUp(link);
                case 2 ->
                        random.nextBoolean()
                                ? new Input.LinkDown(link, family)
                                : new Input.LinkReleased(link, family);
                case 3, 4, 5, 6 -> new Input.CacheMiss(link, source(), group());
                case 7 ->
                        new Input.WrongInterface(link, source(), group(), random.nextInt(3) * 100L);
                case 8 -> new Input.RouteUsage(source(), group(), random.nextInt(3) - 1L);
                case 9 ->
                        new Input.Configure(
                                new ProxySettings(
                                        Duration.ofMillis(random.nextInt(2) * 700L),
                                        random.nextBoolean()
                                                ? ProxySettings.LOCAL_GROUPS
                                                : List.of()));
                case 11 ->
                        new Input.AskAgain(
                                coin() ? Optional.of(link) : Optional.empty(),
                                coin() ? Optional.of(group()) : Optional.empty());
                case 10 ->
                        new Input.Heard(link, family, new Decoded.Malformed<>(Reason.CHECKSUM, 2));
                default -> {
                    Message message = message();
                    yield new Input.Heard(
                            link,
                            family,
                            new Decoded.Value<>(
                                    new Packet(
                                            sender(link),
                                            destination(message),
                                            random.nextInt(30) == 0 ? 64 : 1,
                                            0xc0,
                                            random.nextInt(10) != 0,
                                            message)));
                }
            };
        }

        Input linkUp(int link) {
            boolean downstream = link > 1;
            RouterSettings router =
                    RouterSettings.DEFAULT
                            .with(LINK_LIMITS)
                            .with(new Tracking(coin(), coin()))
                            .with(new Querying(random.nextInt(5) > 0, coin(), coin()))
                            .with(new Checks(coin(), coin(), coin(), coin()))
                            .withLiteExcludeFilter(random.nextInt(4) == 0)
                            .withAdvertising(coin() ? Optional.of(advertising()) : Optional.empty())
                            .withStaticGroups(
                                    coin()
                                            ? List.of()
                                            : List.of(new StaticGroup(group(), sources())));
            return new Input.LinkUp(
                    link,
                    "if" + link,
                    family,
                    new LinkSettings(
                            downstream ? Role.DOWNSTREAM : Role.UPSTREAM,
                            link,
                            random.nextInt(4) == 0 ? protocol() : Protocol.newest(family),
                            Timers.DEFAULT,
                            SsmRange.IANA,
                            HostSettings.DEFAULT,
                            router),
                    random.nextInt(6) == 0 ? family.unspecified() : node(link, 10),
                    List.of(new Prefix(node(link, 0), family == Family.IPV4 ? 24 : 112)),
                    576 + random.nextInt(1000));
        }

        private Advertising advertising() {
            return new Advertising(
                    Duration.ofSeconds(4),
                    Duration.ofMillis(100L + random.nextInt(5000)),
                    1 + random.nextInt(4),
                    1 + random.nextInt(20));
        }

        boolean coin() {
            return random.nextBoolean();
        }

        void step() {
            if (random.nextInt(3) == 0) {
                long pause =
                        random.nextInt(4) == 0
                                ? random.nextLong(400_000_000_000L)
                                : random.nextLong(1_500_000_000L);
                advance(nowNanos + pause);
            }
            Input input = input();
            switch (input) {
                case Input.LinkUp linkUp -> up.add(linkUp.ifindex());
                case Input.LinkDown linkDown -> up.remove(linkDown.ifindex());
                case Input.LinkReleased released -> up.remove(released.ifindex());
                case Input.Heard _,
                        Input.CacheMiss _,
                        Input.WrongInterface _,
                        Input.RouteUsage _,
                        Input.AskAgain _,
                        Input.Configure _,
                        Input.Together _,
                        Input.Stop _ -> {}
            }
            take(engine.accept(input, nowNanos));
            check();
        }

        void advance(long toNanos) {
            while (engine.nextDeadlineNanos() <= toNanos) {
                // sometimes late, as a busy machine is
                nowNanos = Math.max(nowNanos, engine.nextDeadlineNanos());
                nowNanos = random.nextInt(20) == 0 ? Math.max(nowNanos, toNanos) : nowNanos;
                take(engine.expire(nowNanos));
                assertThat(engine.nextDeadlineNanos())
                        .as("what is due is done")
                        .isGreaterThan(nowNanos);
                check();
            }
            nowNanos = Math.max(nowNanos, toNanos);
        }

        /** Does what is asked for in its order; the kernel's answers come after that. */
        void take(List<Effect> effects) {
            List<Effect.AskUsage> asked = new ArrayList<>();
            for (Effect effect : effects) {
                transcript.append(effect).append('\n');
                switch (effect) {
                    case Effect.Send send -> checkSent(send);
                    case Effect.SetRoute route ->
                            kernel.put(List.of(route.source(), route.group()), route);
                    case Effect.DeleteRoute route ->
                            kernel.remove(List.of(route.source(), route.group()));
                    case Effect.AskUsage ask -> asked.add(ask);
                    case Effect.Tell _ -> {}
                }
            }
            for (Effect.AskUsage ask : asked) {
                long packets = random.nextInt(3) * 10L;
                take(
                        engine.accept(
                                new Input.RouteUsage(ask.source(), ask.group(), packets),
                                nowNanos));
            }
        }

        /** No query upstream, no report downstream, nothing larger than the link takes. */
        private void checkSent(Effect.Send send) {
            Message message = send.packet().message();
            boolean upstream = send.ifindex() == 1;
            assertThat(upstream)
                    .as(send.toString())
                    .isEqualTo(
                            !(message instanceof Message.Query)
                                    && !(message instanceof Message.RouterDiscovery));
            assertThat(send.packet().hopLimit()).isEqualTo(1);
            assertThat(send.packet().routerAlert()).isTrue();
            assertThat(MessageSize.of(message))
                    .isLessThanOrEqualTo(MessageSize.budget(family, 1576));
        }

        /** What is said about a group agrees with its routes, and says why when there is none. */
        private void checkDiagnoses(EngineView view) {
            Set<IpAddress> groups = new HashSet<>(Set.of(group()));
            view.routes().forEach(route -> groups.add(route.group()));
            view.downstreams().stream()
                    .flatMap(downstream -> downstream.groups().stream())
                    .forEach(group -> groups.add(group.group()));
            for (IpAddress group : groups) {
                for (Optional<IpAddress> source : List.of(Optional.of(source()), NO_SOURCE)) {
                    engine.diagnose(group, source, nowNanos)
                            .forEach(diagnosis -> checkDiagnosis(diagnosis, view));
                }
            }
        }

        private void checkDiagnosis(Diagnosis diagnosis, EngineView view) {
            boolean routed =
                    view.routes().stream()
                            .filter(route -> route.group().equals(diagnosis.group()))
                            .filter(route -> Optional.of(route.source()).equals(diagnosis.source()))
                            .anyMatch(route -> route.outgoing().contains(diagnosis.link()));
            List<Finding> findings = diagnosis.findings();
            assertThat(diagnosis.routed()).as("%s", diagnosis).isEqualTo(routed);
            assertThat(findings.subList(0, findings.size() - 1)).noneMatch(Finding::stops);
            assertThat(findings.getLast().stops() && !isForWantOfAnAddress(findings.getLast()))
                    .as("%s", diagnosis)
                    .isEqualTo(!routed && !isForWantOfAnAddress(findings.getLast()));
        }

        /** Routes are there before anybody can be asked. */
        private static boolean isForWantOfAnAddress(Finding finding) {
            return finding instanceof Finding.CannotReport;
        }

        private void check() {
            EngineView view = engine.view(nowNanos);
            Map<String, EngineView.Downstream> downstreams = new HashMap<>();
            for (EngineView.Downstream downstream : view.downstreams()) {
                downstreams.put(downstream.link(), downstream);
                assertThat(downstream.groups().size()).isLessThanOrEqualTo(LINK_LIMITS.groups());
                assertThat(downstream.hostCount()).isLessThanOrEqualTo(LINK_LIMITS.hosts());
                int hosts = 0;
                int sources = 0;
                for (EngineView.Group group : downstream.groups()) {
                    int records = group.running().size() + group.excluded().size();
                    sources += records;
                    hosts += group.hosts().size();
                    assertThat(records).isLessThanOrEqualTo(LINK_LIMITS.groupSources());
                    assertThat(group.running()).allMatch(source -> source.timerNanos() > 0);
                    assertThat(group.timerNanos() > 0)
                            .isEqualTo(group.mode() == FilterMode.EXCLUDE);
                    assertThat(group.hosts()).allMatch(host -> host.timerNanos() > 0);
                    assertThat(group.group().isLinkScopeGroup()).isFalse();
                    assertThat(
                                    SsmRange.IANA.contains(group.group())
                                            && group.mode() == FilterMode.EXCLUDE)
                            .isFalse();
                }
                assertThat(hosts).isEqualTo(downstream.hostCount());
                assertThat(sources).isLessThanOrEqualTo(LIMITS.sourcesPerLink());
            }
            checkDiagnoses(view);
            assertThat(view.routes()).hasSize(kernel.size()).hasSizeLessThanOrEqualTo(9);
            for (EngineView.Route route : view.routes()) {
                Effect.SetRoute set =
                        Optional.ofNullable(kernel.get(List.of(route.source(), route.group())))
                                .orElseThrow();
                assertThat(route.outgoing()).doesNotContain(route.incoming());
                assertThat(route.outgoing())
                        .isEqualTo(set.outgoing().stream().map(n -> "if" + n).toList());
                for (String outgoing : route.outgoing()) {
                    EngineView.Downstream downstream = downstreams.get(outgoing);
                    if (downstream != null) {
                        assertThat(wants(downstream, route)).as("%s", route).isTrue();
                        assertThat(downstream.forwards()).isTrue();
                    }
                }
                for (EngineView.Downstream downstream : downstreams.values()) {
                    boolean crosses = !route.incoming().equals("if1");
                    boolean expected =
                            wants(downstream, route)
                                    && downstream.forwards()
                                    && !downstream.link().equals(route.incoming());
                    if (crosses) { // from above a local group goes nowhere
                        assertThat(route.outgoing().contains(downstream.link()))
                                .as("%s on %s", route, downstream.link())
                                .isEqualTo(expected);
                    }
                }
            }
        }

        private static boolean wants(EngineView.Downstream downstream, EngineView.Route route) {
            Membership membership = Membership.NONE;
            for (EngineView.Static set : downstream.staticGroups()) {
                if (set.group().equals(route.group())) {
                    membership = membership.or(set.membership());
                }
            }
            for (EngineView.Group group : downstream.groups()) {
                if (group.group().equals(route.group())) {
                    membership =
                            membership.or(
                                    group.mode() == FilterMode.EXCLUDE
                                            ? Membership.exclude(SourceSet.of(group.excluded()))
                                            : Membership.include(
                                                    SourceSet.of(
                                                            group.running().stream()
                                                                    .map(EngineView.Source::source)
                                                                    .toList())));
                }
            }
            return membership.wants(route.source());
        }
    }

    private static String transcript(Family family, int seed) {
        Run run = new Run(family, seed);
        try {
            for (int link = 1; link <= 4; link++) {
                run.up.add(link);
                run.take(run.engine.accept(run.linkUp(link), run.nowNanos));
            }
            for (int i = 0; i < STEPS; i++) {
                run.step();
            }
            // Everything that hosts said has ended after an hour, but for what is set.
            run.advance(run.nowNanos + Duration.ofHours(1).toNanos());
            assertThat(run.engine.view(run.nowNanos).downstreams())
                    .allSatisfy(downstream -> assertThat(downstream.groups()).isEmpty());
            run.take(run.engine.accept(new Input.Stop(), run.nowNanos));
            // Leaves are repeated six times at most, each of which may be served a minute late.
            for (int minute = 0; minute < 7; minute++) {
                run.advance(run.nowNanos + Duration.ofMinutes(1).toNanos());
            }
            assertThat(run.kernel).isEmpty();
            assertThat(run.engine.nextDeadlineNanos()).isEqualTo(ProxyEngine.NO_DEADLINE);
        } catch (RuntimeException | AssertionError failure) {
            throw new AssertionError(family + " seed " + seed, failure);
        }
        return run.transcript.toString();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void whateverArrivesTheInvariantsHold(Family family) {
        StringBuilder all = new StringBuilder();
        for (int seed = 0; seed < SEEDS; seed++) {
            all.append(transcript(family, seed));
        }
        assertThat(all)
                .as("the dice have reached all corners")
                .contains(
                        "GROUPS_PER_LINK",
                        "SOURCES_PER_GROUP",
                        "SOURCES_PER_LINK",
                        "HOSTS_PER_LINK",
                        "ROUTES",
                        "DownstreamVersion",
                        "ElectionLostToOlderVersion",
                        "DuplicateAddress",
                        "StreamOnTwoLinks",
                        "self=false",
                        "suppressRouterSide=true",
                        "RouterTermination",
                        "outgoing=[2, 3, 4]");
    }

    /** Same inputs, same random numbers: the same effects, to the letter. */
    @ParameterizedTest
    @EnumSource(Family.class)
    void aSeedGivesTheSameEffectsAgain(Family family) {
        for (int seed = 0; seed < 5; seed++) {
            assertThat(transcript(family, seed)).isEqualTo(transcript(family, seed));
        }
    }
}
