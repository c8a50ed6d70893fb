package mcproxy.daemon;

import static mcproxy.daemon.Examples.GROUP;
import static mcproxy.daemon.Examples.GROUP_6;
import static mcproxy.daemon.Examples.OTHER_SOURCE;
import static mcproxy.daemon.Examples.SOURCE;
import static mcproxy.daemon.Examples.link;
import static mcproxy.daemon.Examples.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import mcproxy.config.Configuration;
import mcproxy.config.ConfigurationReader;
import mcproxy.config.Reading;
import mcproxy.daemon.FakeKernel.Entry;
import mcproxy.daemon.FakeKernel.FakeTable;
import mcproxy.daemon.FakeKernel.Flow;
import mcproxy.daemon.FakeKernel.Sent;
import mcproxy.kernel.MulticastRules.Rule;
import mcproxy.kernel.MulticastTable;
import mcproxy.kernel.MulticastTable.Arrival;
import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.RecordType;
import mcproxy.wire.ReportRecord;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/** The daemon from end to end, on a kernel in memory. */
@Timeout(60)
final class ProxyTest {
    private static final int WAN = 2;
    private static final int LAN0 = 3;
    private static final int LAN1 = 4;

    private final FakeKernel kernel = new FakeKernel();
    private final LogText text = new LogText();
    private Optional<Proxy> proxy = Optional.empty();

    @AfterEach
    void stop() throws InterruptedException {
        if (proxy.isPresent()) {
            proxy.get().stop();
        }
    }

    private static Configuration configuration(String text) {
        Reading reading = ConfigurationReader.read("test.conf", text);
        return reading.configuration().orElseThrow(() -> new AssertionError(reading.render()));
    }

    private Proxy start(String configuration) throws StartFailure {
        Proxy started =
                Proxy.start(
                        configuration(configuration),
                        kernel,
                        new SplittableRandom(1),
                        Clock.startingNow(),
                        text.log(Clock.startingNow()),
                        Journal.NONE,
                        failure -> {
                            throw new AssertionError(failure);
                        });
        proxy = Optional.of(started);
        return started;
    }

    private void threeLinks() {
        kernel.monitor().set(link(WAN, "wan0", "10.0.0.1/24", "fe80::2/64"));
        kernel.monitor().set(link(LAN0, "lan0", "10.0.1.1/24", "fe80::3/64"));
        kernel.monitor().set(link(LAN1, "lan1", "10.0.2.1/24", "fe80::4/64"));
    }

    private static void await(FakeTable table, java.util.function.Predicate<Sent> sent)
            throws InterruptedException {
        Eventually.isTrue(() -> table.sent().stream().anyMatch(sent), table::sent);
    }

    private static boolean isGeneralQuery(Sent sent, int ifindex) {
        return sent.ifindex() == ifindex
                && sent.packet().message() instanceof Message.Query query
                && query.isGeneral();
    }

    private static boolean isRecord(Sent sent, RecordType type, IpAddress group, IpAddress... of) {
        List<ReportRecord> records =
                sent.packet().message() instanceof Message.Report report
                        ? report.records()
                        : List.of();
        return sent.ifindex() == WAN && records.contains(new GroupRecord(type, group, List.of(of)));
    }

    private static void awaitRoutes(FakeTable table, Map<Flow, Entry> routes)
            throws InterruptedException {
        Eventually.isTrue(() -> table.routes().equals(routes), table::routes);
    }

    /** The bit of an interface in the kernel's masks. */
    private static int bit(FakeTable table, int ifindex) {
        return 1 << vif(table, ifindex);
    }

    private static int vif(FakeTable table, int ifindex) {
        return table.interfaces().entrySet().stream()
                .filter(one -> one.getValue() == ifindex)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no vif of " + ifindex))
                .getKey();
    }

    @Test
    void aStreamCrossesTheProxyInBothFamilies() throws Exception {
        threeLinks();
        start("protocol IGMPv3, MLDv2; pinstance tv: wan0 ==> lan0 lan1;");
        FakeTable ipv4 = kernel.table(Family.IPV4, 0);
        FakeTable ipv6 = kernel.table(Family.IPV6, 0);
        for (FakeTable table : List.of(ipv4, ipv6)) {
            await(table, sent -> isGeneralQuery(sent, LAN0));
            await(table, sent -> isGeneralQuery(sent, LAN1));
        }
        assertThat(ipv4.sent()).noneMatch(sent -> isGeneralQuery(sent, WAN));

        ipv4.hear(LAN0, report(RecordType.TO_EX, GROUP));
        await(ipv4, sent -> isRecord(sent, RecordType.TO_EX, GROUP));
        ipv4.arrive(new Arrival.CacheMiss(vif(ipv4, WAN), SOURCE, GROUP));
        awaitRoutes(
                ipv4, Map.of(new Flow(SOURCE, GROUP), new Entry(vif(ipv4, WAN), bit(ipv4, LAN0))));

        IpAddress source6 = IpAddress.of("2001:db8::9");
        ipv6.hear(LAN1, report(RecordType.ALLOW, GROUP_6, source6));
        await(ipv6, sent -> isRecord(sent, RecordType.ALLOW, GROUP_6, source6));
        awaitRoutes(
                ipv6,
                Map.of(new Flow(source6, GROUP_6), new Entry(vif(ipv6, WAN), bit(ipv6, LAN1))));
    }

    @Test
    void theEndLeavesUpstreamAndEmptiesTheTables() throws Exception {
        threeLinks();
        Proxy running = start("pinstance tv: wan0 ==> lan0 lan1;");
        FakeTable ipv4 = kernel.table(Family.IPV4, 0);
        Eventually.isTrue(() -> ipv4.interfaces().size() == 3, ipv4::interfaces);
        ipv4.hear(LAN0, report(RecordType.ALLOW, GROUP, SOURCE));
        Eventually.isTrue(() -> ipv4.routes().size() == 1, ipv4::routes);
        long start = System.nanoTime();
        running.stop();
        proxy = Optional.empty();

        assertThat(System.nanoTime() - start).isLessThan(1_000_000_000L);
        assertThat(ipv4.sent())
                .anyMatch(sent ->
                        isRecord(sent, RecordType.BLOCK, GROUP, SOURCE)
                                || isRecord(sent, RecordType.TO_IN, GROUP));
        assertThat(ipv4.routes()).isEmpty();
        assertThat(ipv4.interfaces()).isEmpty();
        assertThat(kernel.isOpen(Family.IPV4, 0)).isFalse();
        assertThat(running.show()).isEmpty();
    }

    @Test
    void interfacesComeLateGoAndReturnWithAnotherIndex() throws Exception {
        start("pinstance tv: wan0 ==> lan0;");
        FakeTable ipv4 = kernel.table(Family.IPV4, 0);
        Eventually.isTrue(() -> text.text().contains("no interface lan0 yet"), text::text);
        threeLinks();
        await(ipv4, sent -> isGeneralQuery(sent, LAN0));
        ipv4.hear(LAN0, report(RecordType.TO_EX, GROUP));
        await(ipv4, sent -> isRecord(sent, RecordType.TO_EX, GROUP));
        ipv4.arrive(new Arrival.CacheMiss(vif(ipv4, WAN), SOURCE, GROUP));
        Eventually.isTrue(() -> ipv4.routes().size() == 1, ipv4::routes);

        kernel.monitor().remove(LAN0);
        Eventually.isTrue(() -> ipv4.interfaces().size() == 1, ipv4::interfaces);
        await(ipv4, sent -> isRecord(sent, RecordType.TO_IN, GROUP));
        kernel.monitor().set(link(30, "lan0", "10.0.1.1/24"));
        await(ipv4, sent -> isGeneralQuery(sent, 30));
        ipv4.hear(30, report(RecordType.TO_EX, GROUP));
        awaitRoutes(
                ipv4, Map.of(new Flow(SOURCE, GROUP), new Entry(vif(ipv4, WAN), bit(ipv4, 30))));
    }

    @Test
    void aSourceThatMovesIsFollowedWhenTheRightWayIsSilent() throws Exception {
        threeLinks();
        start("pinstance tv: wan0 ==> lan0 lan1;");
        FakeTable ipv4 = kernel.table(Family.IPV4, 0);
        await(ipv4, sent -> isGeneralQuery(sent, LAN1));
        ipv4.hear(LAN0, report(RecordType.TO_EX, GROUP));
        await(ipv4, sent -> isRecord(sent, RecordType.TO_EX, GROUP));
        ipv4.arrive(new Arrival.CacheMiss(vif(ipv4, WAN), SOURCE, GROUP));
        Eventually.isTrue(() -> ipv4.routes().size() == 1, ipv4::routes);

        ipv4.count(SOURCE, GROUP, new MulticastTable.RouteCounters(7, 700, 7));
        ipv4.arrive(new Arrival.WrongInterface(vif(ipv4, LAN1), SOURCE, GROUP));
        awaitRoutes(
                ipv4,
                Map.of(
                        new Flow(SOURCE, GROUP),
                        new Entry(vif(ipv4, LAN1), bit(ipv4, LAN0) | bit(ipv4, WAN))));
    }

    @Test
    void whatTheKernelRefusesForNowIsDoneLater() throws Exception {
        threeLinks();
        start("pinstance tv: wan0 ==> lan0 lan1;");
        FakeTable ipv4 = kernel.table(Family.IPV4, 0);
        await(ipv4, sent -> isGeneralQuery(sent, LAN1));
        ipv4.fail("setRoute", "ENOBUFS");
        ipv4.fail("send", "ENETDOWN");
        ipv4.hear(LAN0, report(RecordType.ALLOW, GROUP, SOURCE));
        Eventually.isTrue(() -> text.text().contains("ENOBUFS"), text::text);
        Eventually.isTrue(() -> text.text().contains("ENETDOWN"), text::text);
        assertThat(ipv4.routes()).isEmpty();
        ipv4.mend("setRoute");
        ipv4.mend("send");
        Eventually.isTrue(() -> ipv4.routes().size() == 1, ipv4::routes);

        InstanceView view = proxy.orElseThrow().show().getFirst();
        assertThat(view.counters())
                .containsEntry("route-refused ENOBUFS", 1L)
                .containsKey("send-failed ENETDOWN");
    }

    @Test
    void twoInstancesHaveTablesOfTheirOwn() throws Exception {
        threeLinks();
        kernel.monitor().set(link(5, "wan1", "10.0.9.1/24"));
        Proxy running = start("pinstance a: wan0 ==> lan0; pinstance b: wan1 ==> lan1;");
        FakeTable a = kernel.table(Family.IPV4, 1);
        FakeTable b = kernel.table(Family.IPV4, 2);
        await(a, sent -> isGeneralQuery(sent, LAN0));
        await(b, sent -> isGeneralQuery(sent, LAN1));
        a.hear(LAN1, report(RecordType.ALLOW, GROUP, SOURCE));
        b.hear(LAN1, report(RecordType.ALLOW, GROUP, OTHER_SOURCE));
        Eventually.isTrue(() -> b.routes().size() == 1, b::routes);
        assertThat(b.routes()).containsOnlyKeys(new Flow(OTHER_SOURCE, GROUP));
        assertThat(a.routes()).isEmpty();
        assertThat(kernel.rules().all())
                .containsAll(TableRules.of(Family.IPV4, "wan0", 1))
                .containsAll(TableRules.of(Family.IPV4, "lan0", 1))
                .containsAll(TableRules.of(Family.IPV4, "wan1", 2))
                .containsAll(TableRules.of(Family.IPV4, "lan1", 2))
                .hasSize(8);

        List<InstanceView> views = running.show();
        assertThat(views).extracting(InstanceView::name).containsExactly("a", "b");
        assertThat(StatusText.of(views.getLast()))
                .startsWith("instance b (table 2, up ")
                .contains("  upstream wan1, IGMPv3: 1 groups\n    239.1.2.3 INCLUDE {10.0.0.8}\n")
                .contains("  downstream lan1, IGMPv3, we are querier: 1 groups\n")
                .contains("    239.1.2.3 IGMPv3 INCLUDE\n      wanted: 10.0.0.8 (269 s)\n")
                .containsPattern(
                        "      host \\S+ at 02:00:00:00:00:07, IGMPv3: INCLUDE \\{10.0.0.8} \\(2")
                .contains("  routes: 1\n    (10.0.0.8, 239.1.2.3) wan1 ==> lan1\n")
                .contains("heard IGMPv3 report 1");
    }

    @Test
    void rulesOfOthersStayAndThoseOfAnEarlierRunAreTakenOverOrDeleted() throws Exception {
        threeLinks();
        FakeKernel.FakeRules rules = kernel.rules();
        Rule theirs = new Rule(Family.IPV4, "wan0", "", 1, 100, 4);
        List<Rule> wan0 = TableRules.of(Family.IPV4, "wan0", 2);
        assertThat(rules.newRule(theirs)).isTrue();
        wan0.forEach(rule -> assertThat(rules.newRule(rule)).isTrue());
        for (int table : List.of(2, 7, 8)) { // of a name that is gone, and of other tables
            TableRules.of(Family.IPV4, "gone" + table, table)
                    .forEach(rule -> assertThat(rules.newRule(rule)).isTrue());
        }
        MulticastTable another = kernel.openTable(Family.IPV4, 8);
        Proxy running = start("pinstance tv: wan0 ==> lan0; pinstance x(3): ==> lan1;");
        assertThat(running.show()).extracting(InstanceView::table).containsExactly(2, 3);
        Set<Rule> wanted = new HashSet<>(List.of(theirs));
        wanted.addAll(TableRules.of(Family.IPV4, "gone8", 8));
        Set<Rule> left = Set.copyOf(wanted);
        wanted.addAll(wan0);
        wanted.addAll(TableRules.of(Family.IPV4, "lan0", 2));
        wanted.addAll(TableRules.of(Family.IPV4, "lan1", 3));
        Eventually.isTrue(() -> Set.copyOf(rules.all()).equals(wanted), rules::all);
        running.stop();
        assertThat(rules.all()).containsExactlyInAnyOrderElementsOf(left);
        another.close();
    }

    @Test
    void anAutomaticNumberThatHasAnOwnerIsPassedOver() throws Exception {
        threeLinks();
        kernel.refuse(Family.IPV6, 1, FakeKernel.failure("openTable", "EADDRINUSE", ""));
        Proxy running =
                start(
                        "protocol IGMPv3, MLDv2; pinstance tv: wan0 ==> lan0;"
                                + "pinstance x(3): ==> lan1;");
        assertThat(running.show()).extracting(InstanceView::table).containsExactly(2, 3);
        assertThat(kernel.isOpen(Family.IPV4, 1)).isFalse();
        assertThat(text.text()).contains("tv: somebody else has the IPv6 table 1");
    }

    @Test
    void aTableThatIsRefusedLeavesNothingOpen() {
        threeLinks();
        kernel.refuse(
                Family.IPV6,
                0,
                FakeKernel.failure("setsockopt(MRT6_INIT)", "EADDRINUSE", "stop the other one"));
        assertThatThrownBy(() -> start("protocol IGMPv3, MLDv2; pinstance tv: wan0 ==> lan0;"))
                .isInstanceOf(StartFailure.class)
                .hasMessage(
                        "instance tv, IPv6: setsockopt(MRT6_INIT): EADDRINUSE: stop the other one");
        assertThat(kernel.isOpen(Family.IPV4, 0)).isFalse();
    }

    @Test
    void ofAFloodEveryMessageIsTakenOrCountedAndTheInstanceGoesOn() throws Exception {
        threeLinks();
        Proxy running = start("pinstance tv: wan0 ==> lan0;");
        FakeTable ipv4 = kernel.table(Family.IPV4, 0);
        await(ipv4, sent -> isGeneralQuery(sent, LAN0));
        SplittableRandom random = new SplittableRandom(7);
        int vif = vif(ipv4, WAN);
        long count = 10_000;
        for (int i = 0; i < count; i++) {
            IpAddress source = IpAddress.ipv4(0x0a000100 + random.nextInt(50));
            ipv4.arrive(new Arrival.CacheMiss(vif, source, GROUP));
            ipv4.hear(LAN0, report(RecordType.ALLOW, GROUP, source));
        }
        Eventually.isTrue(() -> ipv4.waiting() == 0, ipv4::waiting);
        // It may be too busy to answer in time.
        Eventually.isTrue(
                () -> show(running).stream().anyMatch(view -> view.waiting() == 0),
                () -> show(running));

        Map<String, Long> counted = show(running).getFirst().counters();
        assertThat(sum(counted, "heard", "dropped membership messages")).isEqualTo(count);
        assertThat(sum(counted, "cache-miss", "dropped kernel upcalls")).isEqualTo(count);
        ipv4.hear(LAN0, report(RecordType.ALLOW, GROUP, OTHER_SOURCE));
        Flow last = new Flow(OTHER_SOURCE, GROUP);
        Eventually.isTrue(() -> ipv4.routes().containsKey(last), ipv4::routes);
    }

    private static long sum(Map<String, Long> counters, String one, String other) {
        return counters.entrySet().stream()
                .filter(count -> count.getKey().startsWith(one) || count.getKey().equals(other))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    private static List<InstanceView> show(Proxy running) {
        try {
            return running.show();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
