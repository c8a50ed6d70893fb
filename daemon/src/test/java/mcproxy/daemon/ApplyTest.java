package mcproxy.daemon;

import static mcproxy.daemon.Examples.GROUP;
import static mcproxy.daemon.Examples.GROUP_6;
import static mcproxy.daemon.Examples.SOURCE;
import static mcproxy.daemon.Examples.link;
import static mcproxy.daemon.Examples.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import mcproxy.config.Configuration;
import mcproxy.config.ConfigurationReader;
import mcproxy.config.Reading;
import mcproxy.core.EngineView;
import mcproxy.daemon.FakeKernel.FakeTable;
import mcproxy.daemon.FakeKernel.Flow;
import mcproxy.daemon.FakeKernel.Sent;
import mcproxy.kernel.MulticastTable.Arrival;
import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.RecordType;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;

/** Another configuration while the daemon runs, on a kernel in memory. */
@Timeout(120)
final class ApplyTest {
    private static final int WAN0 = 2;
    private static final int WAN1 = 3;
    private static final int LAN0 = 4;
    private static final int LAN1 = 5;
    private static final int LAN2 = 6;
    private static final List<String> DEVICES = List.of("wan0", "wan1", "lan0", "lan1", "lan2");
    private static final String ONE = "pinstance tv: wan0 ==> lan0;";

    private final FakeKernel kernel = new FakeKernel();
    private final LogText text = new LogText();
    private final List<Proxy> started = new ArrayList<>();

    @BeforeEach
    void links() {
        links(kernel);
    }

    private static void links(FakeKernel kernel) {
        for (int i = 0; i < DEVICES.size(); i++) {
            int index = WAN0 + i;
            kernel.monitor()
                    .set(
                            link(
                                    index,
                                    DEVICES.get(i),
                                    "10.0." + index + ".1/24",
                                    "fe80::" + index + "/64"));
        }
    }

    @AfterEach
    void stop() throws InterruptedException {
        for (Proxy proxy : started) {
            proxy.stop();
        }
    }

    private static Configuration configuration(String text) {
        Reading reading = ConfigurationReader.read("test.conf", text);
        return reading.configuration().orElseThrow(() -> new AssertionError(reading.render()));
    }

    private Proxy start(FakeKernel on, String configuration) throws StartFailure {
        Proxy proxy =
                Proxy.start(
                        configuration(configuration),
                        on,
                        new SplittableRandom(1),
                        Clock.startingNow(),
                        text.log(Clock.startingNow()),
                        failure -> {
                            throw new AssertionError(failure);
                        });
        started.add(proxy);
        return proxy;
    }

    /** A stream from wan0 to lan0, of which all is said that is to be said. */
    private Proxy startWithStream(String configuration) throws Exception {
        Proxy proxy = start(kernel, configuration);
        FakeTable ipv4 = kernel.table(Family.IPV4, proxy.plans().getFirst().table());
        Eventually.isTrue(() -> asked(ipv4, LAN0), ipv4::sent);
        ipv4.hear(LAN0, report(RecordType.ALLOW, GROUP, SOURCE));
        Eventually.isTrue(() -> ipv4.routes().size() == 1, ipv4::routes);
        Eventually.isTrue(() -> said(ipv4, WAN0, RecordType.ALLOW) == 2, ipv4::sent);
        return proxy;
    }

    private static boolean asked(FakeTable table, int ifindex) {
        return table.sent().stream().anyMatch(sent -> isQuery(sent, ifindex));
    }

    private static boolean isQuery(Sent sent, int ifindex) {
        return sent.ifindex() == ifindex && sent.packet().message() instanceof Message.Query;
    }

    private static long said(FakeTable table, int ifindex, RecordType type) {
        return table.sent().stream()
                .filter(sent -> sent.ifindex() == ifindex)
                .filter(sent ->
                        sent.packet().message() instanceof Message.Report report
                                && report.records().stream()
                                        .anyMatch(one ->
                                                one instanceof GroupRecord record
                                                        && record.type() == type))
                .count();
    }

    /** What is sent while another configuration is applied, advertisements to switches apart. */
    private List<Sent> sentDuring(Proxy proxy, FakeTable table, String next) throws Exception {
        int before = table.sent().size();
        proxy.apply(configuration(next));
        List<Sent> all = table.sent();
        return all.subList(before, all.size()).stream()
                .filter(sent -> !(sent.packet().message() instanceof Message.RouterDiscovery))
                .toList();
    }

    @Test
    void nothingHappensWhereNothingOfTheMeaningIsDifferent() throws Exception {
        String before =
                "table t {(239.0.0.0/8 | *) (232.0.0.0/8 | *)};"
                        + "pinstance tv: wan0 wan1 ==> lan0 lan1;"
                        + "pinstance tv upstream wan0 in whitelist table t;";
        Proxy proxy = startWithStream(before);
        FakeTable ipv4 = kernel.table(Family.IPV4, 0);
        Map<Flow, FakeKernel.Entry> routes = ipv4.routes();
        assertThat(sentDuring(proxy, ipv4, "# a comment\n" + before)).isEmpty();
        assertThat(sentDuring(proxy, ipv4, before.replace("lan0 lan1", "lan1 lan0"))).isEmpty();
        long hits = hits(proxy, 0);
        assertThat(hits).isPositive();
        String renamed = before.replace("table t", "table u");
        assertThat(sentDuring(proxy, ipv4, renamed)).isEmpty();
        assertThat(ipv4.routes()).isEqualTo(routes);
        assertThat(sentDuring(proxy, ipv4, renamed.replace("239.0.0.0/8", "238.0.0.0/8")))
                .as("the filter lets this group no longer in from wan0: it is asked of wan1")
                .isNotEmpty();
    }

    private static long hits(Proxy proxy, int rule) throws InterruptedException {
        return proxy.show().getFirst().engine().rules().get(rule).hits();
    }

    @Test
    void hitsOfRulesThatStayAreKept() throws Exception {
        String before = ONE + "pinstance tv upstream wan0 in whitelist table {(239.1.0.0/16 | *)};";
        Proxy proxy = startWithStream(before);
        long hits = hits(proxy, 0);
        assertThat(hits).isPositive();
        proxy.apply(
                configuration(
                        ONE
                                + "table u {(239.1.0.0/16 | *)};"
                                + "pinstance tv upstream wan0 in whitelist table {"
                                + "(238.0.0.0/8 | *) (table u)};"));
        assertThat(hits(proxy, 0)).as("a new rule").isZero();
        assertThat(hits(proxy, 1)).as("moved into another table").isGreaterThanOrEqualTo(hits);
    }

    @Test
    void aSettingOfADownstreamIsNewThereAndNowhereElse() throws Exception {
        Proxy proxy = startWithStream("pinstance tv: wan0 ==> lan0 lan1;");
        FakeTable ipv4 = kernel.table(Family.IPV4, 0);
        Map<Flow, FakeKernel.Entry> routes = ipv4.routes();
        int before = ipv4.sent().size();
        proxy.apply(
                configuration(
                        "pinstance tv: wan0 ==> lan0 lan1;"
                                + "pinstance tv downstream lan1 set query-interval 60s;"));
        Eventually.isTrue(() -> queries(ipv4, before).size() == 1, ipv4::sent);
        Sent query = queries(ipv4, before).getFirst();
        assertThat(query.ifindex()).isEqualTo(LAN1);
        assertThat(((Message.Query) query.packet().message()).queryIntervalSeconds()).isEqualTo(60);
        assertThat(ipv4.sent().subList(before, ipv4.sent().size()))
                .noneMatch(sent -> sent.ifindex() == WAN0);
        assertThat(ipv4.routes()).isEqualTo(routes);
        assertThat(text.text()).contains("tv: downstream lan1: query-interval not set -> 60s");
    }

    private static List<Sent> queries(FakeTable table, int from) {
        List<Sent> all = table.sent();
        return all.subList(from, all.size()).stream()
                .filter(sent -> sent.packet().message() instanceof Message.Query)
                .toList();
    }

    @Test
    void aDownstreamComesAndGoes() throws Exception {
        Proxy proxy = startWithStream(ONE);
        FakeTable ipv4 = kernel.table(Family.IPV4, 0);
        assertThat(sentDuring(proxy, ipv4, "pinstance tv: wan0 ==> lan0 lan1;"))
                .singleElement()
                .matches(one -> isQuery(one, LAN1));
        assertThat(ipv4.interfaces()).containsValues(LAN1);
        assertThat(sentDuring(proxy, ipv4, "pinstance tv: wan0 ==> lan1;"))
                .as("nobody is left who wants it")
                .singleElement()
                .matches(one -> one.ifindex() == WAN0);
        assertThat(ipv4.routes().values()).allMatch(entry -> entry.outgoing() == 0);
        assertThat(ipv4.interfaces()).doesNotContainValue(LAN0);
    }

    @Test
    void anUpstreamThatIsGivenUpIsLeftAndTheNewOneAskedWithTheDownstreamsUntouched()
            throws Exception {
        Proxy proxy = startWithStream(ONE);
        FakeTable ipv4 = kernel.table(Family.IPV4, 0);
        List<Sent> sent = sentDuring(proxy, ipv4, "pinstance tv: wan1 ==> lan0;");
        assertThat(sent).noneMatch(one -> one.ifindex() == LAN0);
        assertThat(sent.stream().filter(one -> one.ifindex() == WAN0))
                .as("the leave, and its repetition at once")
                .hasSize(2);
        assertThat(said(ipv4, WAN0, RecordType.BLOCK)).isEqualTo(2);
        assertThat(said(ipv4, WAN1, RecordType.ALLOW)).isEqualTo(1);
        assertThat(ipv4.routes()).hasSize(1);
        assertThat(ipv4.interfaces()).doesNotContainValue(WAN0);
    }

    @Test
    void theOrderOfUpstreamsMovesMembershipsOnce() throws Exception {
        Proxy proxy = startWithStream("pinstance tv: wan0 wan1 ==> lan0;");
        FakeTable ipv4 = kernel.table(Family.IPV4, 0);
        List<Sent> sent = sentDuring(proxy, ipv4, "pinstance tv: wan1 wan0 ==> lan0;");
        assertThat(sent).hasSize(2).noneMatch(one -> one.ifindex() == LAN0);
        assertThat(said(ipv4, WAN0, RecordType.BLOCK)).isEqualTo(1);
        assertThat(said(ipv4, WAN1, RecordType.ALLOW)).isEqualTo(1);
    }

    @Test
    void instancesComeAndGoAndTheRestDoesNotNotice() throws Exception {
        Proxy proxy = startWithStream(ONE);
        FakeTable ipv4 = kernel.table(Family.IPV4, 0);
        assertThat(sentDuring(proxy, ipv4, ONE + "pinstance b: wan1 ==> lan1;")).isEmpty();
        FakeTable other = kernel.table(Family.IPV4, 1);
        Eventually.isTrue(() -> asked(other, LAN1), other::sent);
        assertThat(proxy.plans()).extracting(InstancePlan::table).containsExactly(0, 1);
        other.hear(LAN1, report(RecordType.ALLOW, GROUP, SOURCE));
        Eventually.isTrue(() -> other.routes().size() == 1, other::routes);
        assertThat(sentDuring(proxy, ipv4, ONE)).isEmpty();
        assertThat(kernel.isOpen(Family.IPV4, 1)).isFalse();
        assertThat(said(other, WAN1, RecordType.BLOCK)).isPositive();
        assertThat(ipv4.routes()).hasSize(1);
        assertThat(proxy.show()).extracting(InstanceView::name).containsExactly("tv");
    }

    @Test
    void anInterfaceLeavesOneInstanceBeforeItJoinsAnother() throws Exception {
        String before = "pinstance a: wan0 ==> lan0 lan1; pinstance b: wan1 ==> lan2;";
        Proxy proxy = start(kernel, before);
        FakeTable a = kernel.table(Family.IPV4, 1);
        FakeTable b = kernel.table(Family.IPV4, 2);
        Eventually.isTrue(() -> asked(a, LAN0) && asked(a, LAN1) && asked(b, LAN2), text::text);
        proxy.apply(configuration("pinstance a: wan0 ==> lan0 lan2; pinstance b: wan1 ==> lan1;"));
        assertThat(a.interfaces().values()).containsExactlyInAnyOrder(WAN0, LAN0, LAN2);
        assertThat(b.interfaces().values()).containsExactlyInAnyOrder(WAN1, LAN1);
        assertThat(asked(a, LAN2) && asked(b, LAN1)).isTrue();
        b.hear(LAN1, report(RecordType.ALLOW, GROUP, SOURCE));
        a.hear(LAN1, report(RecordType.ALLOW, GROUP, SOURCE));
        Eventually.isTrue(() -> b.routes().size() == 1, b::routes);
        assertThat(a.routes()).isEmpty();
    }

    @Test
    void aFamilyComesAndGoesWithItsTableOnly() throws Exception {
        Proxy proxy = startWithStream(ONE);
        FakeTable ipv4 = kernel.table(Family.IPV4, 0);
        assertThat(sentDuring(proxy, ipv4, "protocol IGMPv3, MLDv2;" + ONE)).isEmpty();
        FakeTable ipv6 = kernel.table(Family.IPV6, 0);
        assertThat(asked(ipv6, LAN0)).isTrue();
        ipv6.hear(LAN0, report(RecordType.TO_EX, GROUP_6));
        Eventually.isTrue(() -> said(ipv6, WAN0, RecordType.TO_EX) > 0, ipv6::sent);
        assertThat(sentDuring(proxy, ipv4, ONE)).isEmpty();
        assertThat(kernel.isOpen(Family.IPV6, 0)).isFalse();
        assertThat(said(ipv6, WAN0, RecordType.TO_IN)).isPositive();
        assertThat(ipv6.interfaces()).isEmpty();
        assertThat(ipv4.routes()).hasSize(1);
        proxy.apply(configuration("protocol IGMPv3, MLDv2;" + ONE));
        assertThat(asked(kernel.table(Family.IPV6, 0), LAN0)).as("opened anew").isTrue();
    }

    @Test
    void anotherTableIsAnotherStartOfThisInstanceAndTwoCanChangeTheirs() throws Exception {
        String rest = "pinstance c: ==> lan2;";
        Proxy proxy =
                start(
                        kernel,
                        "pinstance a(7): wan0 ==> lan0; pinstance b(8): wan1 ==> lan1;" + rest);
        FakeTable c = kernel.table(Family.IPV4, 1);
        Eventually.isTrue(() -> asked(c, LAN2), c::sent);
        int before = c.interfaces().size();
        proxy.apply(
                configuration(
                        "pinstance a(8): wan0 ==> lan0; pinstance b(7): wan1 ==> lan1;" + rest));
        FakeTable seven = kernel.table(Family.IPV4, 7);
        FakeTable eight = kernel.table(Family.IPV4, 8);
        Eventually.isTrue(
                () -> eight.interfaces().values().containsAll(List.of(WAN0, LAN0)), text::text);
        Eventually.isTrue(
                () -> seven.interfaces().values().containsAll(List.of(WAN1, LAN1)), text::text);
        assertThat(seven.interfaces()).hasSize(2);
        assertThat(c.interfaces()).hasSize(before);
        eight.hear(LAN0, report(RecordType.ALLOW, GROUP, SOURCE));
        Eventually.isTrue(() -> eight.routes().size() == 1, eight::routes);
        proxy.apply(configuration("pinstance a(9): wan0 ==> lan0;" + rest));
        assertThat(kernel.isOpen(Family.IPV4, 7)).isFalse();
        assertThat(kernel.isOpen(Family.IPV4, 8)).isFalse();
        assertThat(kernel.isOpen(Family.IPV4, 9)).isTrue();
    }

    @Test
    void whatTheKernelRefusesLeavesEverythingAsItWas() throws Exception {
        Proxy proxy = startWithStream(ONE);
        FakeTable ipv4 = kernel.table(Family.IPV4, 0);
        Configuration before = proxy.configuration();
        int sent = ipv4.sent().size();
        kernel.refuse(
                Family.IPV6, 9, FakeKernel.failure("setsockopt(MRT6_INIT)", "EADDRINUSE", "x"));
        Configuration next =
                configuration(
                        "pinstance tv: wan1 ==> lan2;"
                                + "pinstance b(9): ==> lan1; pinstance b protocol IGMPv3, MLDv2;");
        assertThatThrownBy(() -> proxy.apply(next))
                .isInstanceOf(StartFailure.class)
                .hasMessage("instance b, IPv6: setsockopt(MRT6_INIT): EADDRINUSE: x");
        assertThat(kernel.isOpen(Family.IPV4, 9)).as("what was prepared is undone").isFalse();
        assertThat(proxy.configuration()).isEqualTo(before);
        assertThat(ipv4.routes()).hasSize(1);
        assertThat(ipv4.sent().subList(sent, ipv4.sent().size()))
                .allMatch(one -> one.packet().message() instanceof Message.RouterDiscovery);
        assertThat(proxy.show()).hasSize(1);
    }

    @Test
    void afterTheEndNothingIsApplied() throws Exception {
        Proxy proxy = start(kernel, ONE);
        proxy.stop();
        assertThatThrownBy(() -> proxy.apply(configuration(ONE))).hasMessageContaining("ending");
    }

    // ---- random sequences ----

    private static final class Texts {
        private final SplittableRandom random;

        Texts(long seed) {
            random = new SplittableRandom(seed);
        }

        private boolean sometimes() {
            return random.nextInt(4) == 0;
        }

        /** A configuration with up to three instances. */
        String next() {
            StringBuilder text = new StringBuilder();
            text.append(random.nextBoolean() ? "protocol IGMPv3, MLDv2;" : "protocol IGMPv3;");
            List<String> free = new ArrayList<>(DEVICES);
            List<String> names = List.of("a", "b", "c");
            for (String name : names) {
                if (free.isEmpty() || (!name.equals("a") && sometimes())) {
                    continue;
                }
                List<String> down = take(free, 1 + random.nextInt(2));
                List<String> up = take(free, random.nextInt(3));
                if (sometimes()) {
                    up.add(down.getFirst()); // peering
                }
                String table = sometimes() ? "(" + (20 + names.indexOf(name)) + ")" : "";
                text.append("pinstance ").append(name).append(table).append(": ");
                text.append(String.join(" ", up)).append(" ==> ").append(String.join(" ", down));
                text.append(";\n");
                settings(name, up, down, text);
            }
            return text.toString();
        }

        private List<String> take(List<String> free, int most) {
            List<String> taken = new ArrayList<>();
            while (taken.size() < most && !free.isEmpty()) {
                taken.add(free.remove(random.nextInt(free.size())));
            }
            return taken;
        }

        private void settings(String name, List<String> up, List<String> down, StringBuilder text) {
            String instance = "pinstance " + name + " ";
            String on = instance + "downstream " + down.getFirst() + " ";
            if (sometimes()) {
                text.append(instance).append("set query-interval 60s;\n");
            }
            if (sometimes()) {
                text.append(instance).append("set robustness 3;\n");
            }
            if (sometimes()) {
                text.append(on).append("set static-group 239.9.9.9;\n");
            }
            if (sometimes()) {
                text.append(on).append("set version IGMPv2;\n");
            }
            if (sometimes()) {
                text.append(on).append("set querier off;\n");
            }
            if (sometimes()) {
                text.append(on).append("out blacklist table {(232.1.1.2 | *)};\n");
            }
            if (sometimes()) {
                text.append(instance).append("set ssm-range 238.0.0.0/8;\n");
            }
            if (!up.isEmpty()) {
                on = instance + "upstream " + up.getFirst() + " ";
                if (sometimes()) {
                    text.append(on).append("set join-group 239.8.8.8;\n");
                }
                if (sometimes()) {
                    text.append(on).append("in whitelist table {(239.0.0.0/8 | *)};\n");
                }
                if (sometimes()) {
                    text.append(on).append("set version IGMPv2;\n");
                }
                // not mutex, the default with peers: what it wants is soon another thing by itself
                String how = sometimes() ? "all" : "first";
                text.append(instance).append("upstream * in rulematching " + how + ";\n");
            }
        }
    }

    /** What an instance wants, without what time and history make of it. */
    private static String wanted(FakeKernel kernel, Proxy proxy) throws InterruptedException {
        StringBuilder text = new StringBuilder();
        for (InstanceView view : proxy.show()) {
            text.append("instance ").append(view.name()).append('\n');
            TreeSet<String> lines = new TreeSet<>();
            for (EngineView.Upstream up : view.engine().upstreams()) {
                lines.add(
                        "up %s %s %s"
                                .formatted(
                                        up.link(),
                                        up.protocol(),
                                        up.groups().stream()
                                                .map(one -> one.group() + " " + one.membership())
                                                .toList()));
            }
            for (EngineView.Downstream down : view.engine().downstreams()) {
                lines.add(
                        "down %s %s %s %s %s %s %s %s"
                                .formatted(
                                        down.link(),
                                        down.family(),
                                        down.isQuerier(),
                                        down.protocol(),
                                        down.timers(),
                                        down.forwards(),
                                        down.staticGroups(),
                                        down.groups().stream()
                                                .map(group -> group.group() + " " + group.mode())
                                                .toList()));
            }
            view.engine().routes().stream()
                    .filter(route -> !route.outgoing().isEmpty()) // others last until they are idle
                    .forEach(route ->
                            lines.add(
                                    "route %s %s %s %s"
                                            .formatted(
                                                    route.source(),
                                                    route.group(),
                                                    route.incoming(),
                                                    route.outgoing())));
            view.engine()
                    .rules()
                    .forEach(rule -> lines.add(rule.on() + rule.direction() + rule.rule()));
            view.kernelLinks()
                    .forEach((family, names) ->
                            lines.add(family + " " + new TreeSet<>(names.values())));
            lines.forEach(line -> text.append(line).append('\n'));
            view.kernelLinks()
                    .keySet()
                    .forEach(family -> {
                        FakeTable table = kernel.table(family, view.table());
                        text.append(family).append(' ').append(routes(table)).append('\n');
                    });
        }
        return text.toString();
    }

    /** The kernel's routes by interface index. */
    private static Map<String, String> routes(FakeTable table) {
        Map<Integer, Integer> interfaces = table.interfaces();
        Map<String, String> routes = new TreeMap<>();
        table.routes()
                .forEach((flow, entry) -> {
                    TreeSet<Integer> to = new TreeSet<>();
                    interfaces.forEach((vif, ifindex) -> {
                        if ((entry.outgoing() >>> vif & 1) != 0) {
                            to.add(ifindex);
                        }
                    });
                    if (!to.isEmpty()) {
                        routes.put(flow.toString(), interfaces.get(entry.incoming()) + " " + to);
                    }
                });
        return routes;
    }

    /** Hosts on all interfaces say what they want; senders send. */
    private static void hostsSpeak(FakeKernel kernel, Proxy proxy) throws Exception {
        settle(proxy); // an instance that has just been added may not listen yet
        for (InstancePlan plan : proxy.plans()) {
            for (Family family : plan.families()) {
                FakeTable table = kernel.table(family, plan.table());
                for (int ifindex = WAN0; ifindex <= LAN2; ifindex++) {
                    if (family == Family.IPV4) {
                        table.hear(ifindex, report(RecordType.TO_EX, GROUP));
                        IpAddress channel = IpAddress.of("232.1.1." + (ifindex % 2 + 1));
                        table.hear(ifindex, report(RecordType.ALLOW, channel, SOURCE));
                        table.hear(ifindex, report(RecordType.TO_EX, IpAddress.of("238.1.1.1")));
                    } else {
                        table.hear(ifindex, report(RecordType.TO_EX, GROUP_6));
                    }
                }
                Eventually.isTrue(() -> table.waiting() == 0, table::waiting);
            }
        }
        for (InstancePlan plan : proxy.plans()) {
            if (plan.families().contains(Family.IPV4)) {
                FakeTable table = kernel.table(Family.IPV4, plan.table());
                settle(proxy);
                table.interfaces()
                        .forEach((vif, ifindex) ->
                                table.arrive(
                                        new Arrival.CacheMiss(
                                                vif,
                                                IpAddress.of("10.0." + ifindex + ".9"),
                                                GROUP)));
                Eventually.isTrue(() -> table.waiting() == 0, table::waiting);
            }
        }
        settle(proxy);
    }

    /** Waits until no mail waits: show comes before packets, so those must be counted. */
    private static void settle(Proxy proxy) throws InterruptedException {
        Eventually.isTrue(
                () -> {
                    try {
                        return proxy.show().stream().allMatch(view -> view.waiting() == 0);
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                },
                () -> "mail is waiting");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void afterManyConfigurationsTheLastHoldsAsIfThereHadBeenNoOther(long seed) throws Exception {
        Texts texts = new Texts(seed);
        Proxy proxy = start(kernel, texts.next());
        String last = "";
        for (int i = 0; i < 12; i++) {
            hostsSpeak(kernel, proxy);
            last = texts.next();
            proxy.apply(configuration(last));
        }
        hostsSpeak(kernel, proxy);
        FakeKernel fresh = new FakeKernel();
        links(fresh);
        Proxy other = start(fresh, last);
        settle(other);
        hostsSpeak(fresh, other);
        assertThat(wanted(kernel, proxy))
                .as("seed %d, %s", seed, last)
                .isEqualTo(wanted(fresh, other));
    }
}
