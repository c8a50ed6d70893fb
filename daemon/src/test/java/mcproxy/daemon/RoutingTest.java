package mcproxy.daemon;

import static mcproxy.daemon.Examples.GROUP;
import static mcproxy.daemon.Examples.OTHER_SOURCE;
import static mcproxy.daemon.Examples.SOURCE;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.core.Effect;
import mcproxy.core.Input;
import mcproxy.daemon.FakeKernel.Entry;
import mcproxy.daemon.FakeKernel.Flow;
import mcproxy.kernel.MulticastTable;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

final class RoutingTest {
    private static final Flow FLOW = new Flow(SOURCE, GROUP);
    private static final int WAN = 10;
    private static final int LAN = 20;

    private final FakeKernel kernel = new FakeKernel();
    private final LogText text = new LogText();
    private FakeKernel.FakeTable table;
    private Routing routing;

    @BeforeEach
    void open() throws Exception {
        kernel.openTable(Family.IPV4, 0);
        table = kernel.table(Family.IPV4, 0);
        routing =
                new Routing(
                        "tv",
                        table,
                        new TableRules(kernel.rules(), Family.IPV4, 0, List.of()),
                        ifindex -> "if" + ifindex,
                        text.log(new ManualClock()),
                        new Counters());
    }

    private static Effect.SetRoute route(int incoming, Integer... outgoing) {
        return new Effect.SetRoute(SOURCE, GROUP, incoming, List.of(outgoing));
    }

    @Test
    void routesNameVirtualInterfaces() {
        assertThat(routing.linkUp(WAN, true)).isTrue();
        assertThat(routing.linkUp(LAN, false)).isTrue();
        assertThat(routing.linkUp(LAN, false)).as("again").isTrue();
        assertThat(table.interfaces()).isEqualTo(Map.of(0, WAN, 1, LAN));
        assertThat(routing.link(1)).hasValue(LAN);
        assertThat(routing.link(2)).isEmpty();
        assertThat(routing.link(255)).isEmpty();

        routing.set(route(WAN, LAN));
        assertThat(table.routes()).isEqualTo(Map.of(FLOW, new Entry(0, 0b10)));
        routing.delete(new Effect.DeleteRoute(SOURCE, GROUP));
        assertThat(table.routes()).isEmpty();
    }

    @Test
    void aNegativeRouteIsARoute() {
        routing.linkUp(WAN, true);
        routing.set(route(WAN));
        assertThat(table.routes()).isEqualTo(Map.of(FLOW, new Entry(0, 0)));
    }

    @Test
    void aRouteWaitsForItsInterfaces() {
        routing.set(route(WAN, LAN));
        assertThat(table.routes()).as("nowhere to come from").isEmpty();
        routing.linkUp(WAN, true);
        assertThat(table.routes()).isEqualTo(Map.of(FLOW, new Entry(0, 0)));
        routing.linkUp(LAN, false);
        assertThat(table.routes())
                .as("set anew: the kernel ignores interfaces that came later")
                .isEqualTo(Map.of(FLOW, new Entry(0, 0b10)));
    }

    @Test
    void anInterfaceThatGoesLeavesTheRoutesAndReturnsToThem() {
        routing.linkUp(WAN, true);
        routing.linkUp(LAN, false);
        routing.set(route(WAN, LAN));

        routing.linkDown(LAN);
        assertThat(table.interfaces()).isEqualTo(Map.of(0, WAN));
        assertThat(table.routes()).isEqualTo(Map.of(FLOW, new Entry(0, 0)));
        routing.linkUp(LAN, false);
        assertThat(table.routes()).isEqualTo(Map.of(FLOW, new Entry(0, 0b10)));
        routing.linkDown(WAN);
        assertThat(table.routes()).isEmpty();
        routing.linkUp(30, false); // takes the number that was the upstream's
        assertThat(table.interfaces()).isEqualTo(Map.of(0, 30, 1, LAN));
        assertThat(table.routes()).isEmpty();
        routing.linkUp(WAN, true);
        assertThat(table.routes()).isEqualTo(Map.of(FLOW, new Entry(2, 0b10)));
    }

    private static IpAddress source(int number) {
        return IpAddress.of("10.0.9." + number);
    }

    /** A stream of a source of its own to one interface. */
    private static Effect.SetRoute stream(int to) {
        return new Effect.SetRoute(source(to), GROUP, WAN, List.of(to));
    }

    private void manyLinks(int first, int last) {
        for (int ifindex = first; ifindex <= last; ifindex++) {
            assertThat(routing.linkUp(ifindex, false)).isTrue();
        }
    }

    @Test
    void placesAreGivenToAllWhileThereAreAnyAndThenToThoseThatNeedOne() {
        routing.linkUp(WAN, true);
        manyLinks(100, 199);
        assertThat(table.interfaces()).hasSize(32).containsValue(130).doesNotContainValue(131);
        assertThat(table.listening()).as("everybody is heard").hasSize(101);
        assertThat(text.lines()).as("nobody misses anything").isEmpty();

        routing.set(stream(110));
        routing.set(stream(150)); // takes the place of 100, the longest unused
        assertThat(table.interfaces()).hasSize(32).containsValues(WAN, 110, 150);
        assertThat(table.interfaces()).doesNotContainValue(100).containsValue(101);
        assertThat(outgoing(150)).isEqualTo(1 << vif(150));

        routing.delete(new Effect.DeleteRoute(source(150), GROUP));
        assertThat(table.interfaces()).as("it keeps it until it is needed").containsValue(150);
        routing.linkDown(101);
        assertThat(table.interfaces()).as("free again, for the next").hasSize(32);
        assertThat(text.lines()).isEmpty();
    }

    @Test
    void whoseNobodyListensToGivesItsPlaceUpAfterThoseThatNoRouteNames() {
        routing.linkUp(WAN, true);
        manyLinks(100, 130);
        routing.set(new Effect.SetRoute(SOURCE, GROUP, 100, List.of()));
        routing.linkUp(200, false);
        for (int i = 0; i < 30; i++) {
            routing.set(stream(101 + i));
        }
        assertThat(table.interfaces()).containsValue(100).doesNotContainValue(200);
        assertThat(table.routes()).containsKey(FLOW);
        routing.set(stream(200));
        assertThat(table.interfaces()).containsValue(200).doesNotContainValue(100);
        assertThat(table.routes()).doesNotContainKey(FLOW);
        routing.delete(new Effect.DeleteRoute(source(101), GROUP));
        routing.set(new Effect.SetRoute(SOURCE, GROUP, 100, List.of(WAN)));
        assertThat(table.routes().get(FLOW)).isEqualTo(new Entry(vif(100), 1 << vif(WAN)));
    }

    private int vif(int ifindex) {
        return table.interfaces().entrySet().stream()
                .filter(one -> one.getValue() == ifindex)
                .findFirst()
                .orElseThrow()
                .getKey();
    }

    private int outgoing(int to) {
        return java.util.Objects.requireNonNull(table.routes().get(new Flow(source(to), GROUP)))
                .outgoing();
    }

    @Test
    void runningOutOfPlacesIsToldAndEndsWhenOneIsNoLongerNeeded() {
        routing.linkUp(WAN, true);
        manyLinks(100, 199);
        for (int ifindex = 100; ifindex < 132; ifindex++) {
            routing.set(stream(ifindex));
        }
        assertThat(table.interfaces()).hasSize(32).doesNotContainValue(131);
        assertThat(outgoing(131)).isZero();
        assertThat(text.lines())
                .singleElement()
                .asString()
                .startsWith("<4>warning: tv: if131 gets no IPv4 streams")
                .contains("32 interfaces", "1 more waits", "several instances");

        routing.delete(new Effect.DeleteRoute(source(105), GROUP));
        assertThat(outgoing(131)).isEqualTo(1 << vif(131));
        assertThat(table.interfaces()).hasSize(32).doesNotContainValue(105);
        routing.set(stream(105));
        routing.linkDown(131);
        assertThat(outgoing(105)).isEqualTo(1 << vif(105));
    }

    @Test
    void aPlaceIsGivenBackWhenTheKernelRefusesWhoNeededIt() {
        routing.linkUp(WAN, true);
        manyLinks(100, 131);
        table.fail("addInterface 131", "EADDRNOTAVAIL");
        routing.set(stream(131));
        assertThat(table.interfaces()).hasSize(32).containsValue(100).doesNotContainValue(131);
        assertThat(text.lines()).singleElement().asString().contains("if131", "EADDRNOTAVAIL");
    }

    @Test
    void anUpstreamThatComesLateHasItsPlace() {
        manyLinks(100, 199);
        assertThat(routing.linkUp(WAN, true)).isTrue();
        assertThat(table.interfaces()).hasSize(32).containsValue(WAN);
    }

    @Test
    void aRandomCourseNeverExceedsTheTableAndServesAllThatItCan() {
        SplittableRandom random = new SplittableRandom(5);
        routing.linkUp(WAN, true);
        Set<Integer> up = new TreeSet<>();
        Set<Integer> streams = new TreeSet<>();
        for (int step = 0; step < 5000; step++) {
            int ifindex = 100 + random.nextInt(60);
            switch (random.nextInt(4)) {
                case 0 -> {
                    if (up.add(ifindex)) {
                        routing.linkUp(ifindex, false);
                    }
                }
                case 1 -> {
                    if (streams.remove(ifindex)) {
                        routing.delete(new Effect.DeleteRoute(source(ifindex), GROUP));
                    }
                    if (up.remove(ifindex)) {
                        routing.linkDown(ifindex);
                    }
                }
                case 2 -> {
                    if (up.contains(ifindex) && streams.add(ifindex)) {
                        routing.set(stream(ifindex));
                    }
                }
                default -> {
                    if (streams.remove(ifindex)) {
                        routing.delete(new Effect.DeleteRoute(source(ifindex), GROUP));
                    }
                }
            }
            assertThat(table.interfaces()).hasSize(Math.min(32, up.size() + 1)).containsValue(WAN);
            assertThat(table.listening()).hasSize(up.size() + 1);
            long served = streams.stream().filter(to -> outgoing(to) != 0).count();
            assertThat(served).as("step %d", step).isEqualTo(Math.min(31, streams.size()));
        }
    }

    @Test
    void aNumberThatTheKernelKeptIsPassedOver() throws Exception {
        table.addInterface(0, 99);
        assertThat(routing.linkUp(WAN, true)).isTrue();
        assertThat(table.interfaces()).isEqualTo(Map.of(0, 99, 1, WAN));
        assertThat(text.lines()).isEmpty();
    }

    @Test
    void anInterfaceThatTheKernelRefusesIsToldOnceAndCanComeLater() {
        table.fail("addInterface", "ENODEV");
        assertThat(routing.linkUp(WAN, true)).isFalse();
        assertThat(routing.linkUp(WAN, true)).isFalse();
        assertThat(text.lines()).singleElement().asString().contains("if10", "ENODEV");
        table.mend("addInterface");
        assertThat(routing.linkUp(WAN, true)).isTrue();
    }

    @Test
    void aRefusedRouteIsToldAndTriedAgain() {
        routing.linkUp(WAN, true);
        table.fail("setRoute", "ENOBUFS");
        routing.set(route(WAN));
        assertThat(routing.hasRefused()).isTrue();
        assertThat(text.lines())
                .singleElement()
                .asString()
                .contains("refuses to forward (10.0.0.9, 239.1.2.3)", "ENOBUFS");
        routing.retry();
        assertThat(routing.hasRefused()).isTrue();

        table.mend("setRoute");
        routing.retry();
        assertThat(routing.hasRefused()).isFalse();
        assertThat(table.routes()).containsKey(FLOW);
    }

    @Test
    void aRouteThatIsNotGivenUpIsDeletedLater() {
        routing.linkUp(WAN, true);
        routing.set(route(WAN));
        table.fail("deleteRoute", "EPERM");
        routing.delete(new Effect.DeleteRoute(SOURCE, GROUP));
        assertThat(routing.hasRefused()).isTrue();
        assertThat(table.routes()).containsKey(FLOW);

        table.mend("deleteRoute");
        routing.retry();
        assertThat(table.routes()).isEmpty();
        assertThat(routing.hasRefused()).isFalse();
    }

    @Test
    void usageIsWithoutPacketsOnWrongInterfaces() {
        table.count(SOURCE, GROUP, new MulticastTable.RouteCounters(100, 9999, 30));
        assertThat(routing.usage(new Effect.AskUsage(SOURCE, GROUP)))
                .hasValue(new Input.RouteUsage(SOURCE, GROUP, 70));
        assertThat(routing.usage(new Effect.AskUsage(OTHER_SOURCE, GROUP)))
                .hasValue(new Input.RouteUsage(OTHER_SOURCE, GROUP, -1));
        table.fail("counters", "EIO");
        assertThat(routing.usage(new Effect.AskUsage(SOURCE, GROUP))).isEmpty();
    }

    @Test
    void theEndLeavesNothing() {
        routing.linkUp(WAN, true);
        routing.linkUp(LAN, false);
        routing.set(route(WAN, LAN));
        routing.clear();
        assertThat(table.routes()).isEmpty();
        assertThat(table.interfaces()).isEmpty();
    }
}
