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

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

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
        assertThat(routing.linkUp(WAN)).isTrue();
        assertThat(routing.linkUp(LAN)).isTrue();
        assertThat(routing.linkUp(LAN)).as("again").isTrue();
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
        routing.linkUp(WAN);
        routing.set(route(WAN));
        assertThat(table.routes()).isEqualTo(Map.of(FLOW, new Entry(0, 0)));
    }

    @Test
    void aRouteWaitsForItsInterfaces() {
        routing.set(route(WAN, LAN));
        assertThat(table.routes()).as("nowhere to come from").isEmpty();
        routing.linkUp(WAN);
        assertThat(table.routes()).isEqualTo(Map.of(FLOW, new Entry(0, 0)));
        routing.linkUp(LAN);
        assertThat(table.routes())
                .as("set anew: the kernel ignores interfaces that came later")
                .isEqualTo(Map.of(FLOW, new Entry(0, 0b10)));
    }

    @Test
    void anInterfaceThatGoesLeavesTheRoutesAndReturnsToThem() {
        routing.linkUp(WAN);
        routing.linkUp(LAN);
        routing.set(route(WAN, LAN));

        routing.linkDown(LAN);
        assertThat(table.interfaces()).isEqualTo(Map.of(0, WAN));
        assertThat(table.routes()).isEqualTo(Map.of(FLOW, new Entry(0, 0)));
        routing.linkUp(LAN);
        assertThat(table.routes()).isEqualTo(Map.of(FLOW, new Entry(0, 0b10)));
        routing.linkDown(WAN);
        assertThat(table.routes()).isEmpty();
        routing.linkUp(30); // takes the number that was the upstream's
        assertThat(table.interfaces()).isEqualTo(Map.of(0, 30, 1, LAN));
        assertThat(table.routes()).isEmpty();
        routing.linkUp(WAN);
        assertThat(table.routes()).isEqualTo(Map.of(FLOW, new Entry(2, 0b10)));
    }

    @Test
    void runningOutOfInterfacesIsToldOnceAndEndsWhenOneGoes() {
        for (int ifindex = 1; ifindex <= MulticastTable.MAX_INTERFACES; ifindex++) {
            assertThat(routing.linkUp(ifindex)).isTrue();
        }
        assertThat(routing.linkUp(100)).isFalse();
        assertThat(routing.linkUp(100)).isFalse();
        assertThat(text.lines())
                .singleElement()
                .asString()
                .startsWith("<4>warning: tv: if100 cannot take part in IPv4")
                .contains("32 interfaces", "another instance");

        routing.linkDown(5);
        assertThat(routing.linkUp(100)).isTrue();
        assertThat(table.interfaces()).containsEntry(4, 100).hasSize(32);
    }

    @Test
    void aNumberThatTheKernelKeptIsPassedOver() throws Exception {
        table.addInterface(0, 99);
        assertThat(routing.linkUp(WAN)).isTrue();
        assertThat(table.interfaces()).isEqualTo(Map.of(0, 99, 1, WAN));
        assertThat(text.lines()).isEmpty();
    }

    @Test
    void anInterfaceThatTheKernelRefusesIsToldOnceAndCanComeLater() {
        table.fail("addInterface", "ENODEV");
        assertThat(routing.linkUp(WAN)).isFalse();
        assertThat(routing.linkUp(WAN)).isFalse();
        assertThat(text.lines()).singleElement().asString().contains("if10", "ENODEV");
        table.mend("addInterface");
        assertThat(routing.linkUp(WAN)).isTrue();
    }

    @Test
    void aRefusedRouteIsToldAndTriedAgain() {
        routing.linkUp(WAN);
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
        routing.linkUp(WAN);
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
        routing.linkUp(WAN);
        routing.linkUp(LAN);
        routing.set(route(WAN, LAN));
        routing.clear();
        assertThat(table.routes()).isEmpty();
        assertThat(table.interfaces()).isEmpty();
    }
}
