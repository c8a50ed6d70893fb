package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Objects.requireNonNull;

import mcproxy.control.Change;
import mcproxy.control.ControlClient;
import mcproxy.control.Counter;
import mcproxy.control.Explanation;
import mcproxy.control.Flow;
import mcproxy.control.Group;
import mcproxy.control.Happening;
import mcproxy.control.Instance;
import mcproxy.control.Interface;
import mcproxy.control.Membership;
import mcproxy.control.Outcome;
import mcproxy.control.Selection;
import mcproxy.control.Status;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** A daemon on a real kernel as its control socket tells it, and changes it while it runs. */
@InSandbox
class ControlTest {
    private static final List<IpAddress> GROUPS =
            List.of(IpAddress.of("239.1.1.1"), IpAddress.of("ff0e::1:1"));

    private static Path socket(ProxyNetwork net) {
        return net.lab.folder().resolve("control.sock");
    }

    private static Selection group(IpAddress group) {
        return new Selection(null, null, group.toString(), null);
    }

    private static Selection link(String name) {
        return new Selection(null, name, null, null);
    }

    private static Change change(
            String action,
            String kind,
            @Nullable String side,
            @Nullable String link,
            @Nullable String key,
            @Nullable String value) {
        return new Change(action, kind, "tv", side, link, null, null, null, key, value, null);
    }

    /** Waits until what is told fulfils a condition. */
    private static <T> T await(
            String what, Supplier<T> told, Predicate<T> condition, LabProcess daemon) {
        Optional<T> found =
                Await.value(ProxyNetwork.PATIENCE, () -> Optional.of(told.get()).filter(condition));
        return found.orElseThrow(() ->
                new AssertionError(
                        what + ", not " + told.get() + "; the daemon says " + daemon.tail(20)));
    }

    private static void assertApplied(Outcome outcome, String... differences) {
        assertThat(outcome.failure()).isNull();
        assertThat(outcome.applied()).as("%s", outcome).isTrue();
        assertThat(outcome.differences()).containsExactly(differences);
    }

    private static void awaitSocket(ProxyNetwork net, LabProcess daemon) {
        Await.until(
                ProxyNetwork.PATIENCE,
                () -> "a control socket; the daemon says " + daemon.tail(20),
                () -> Files.exists(socket(net)));
    }

    @Test
    void allThatTheNetworkDoesIsTold() throws Exception {
        try (ProxyNetwork net = new ProxyNetwork();
                ControlClient control = new ControlClient(socket(net))) {
            LabProcess daemon = net.startDaemonWith(List.of("--control", socket(net).toString()));
            awaitSocket(net, daemon);
            long start = control.events().cursor();
            for (IpAddress group : GROUPS) {
                IpAddress source = ProxyNetwork.node(group, 1, 10);
                var _ = net.send(net.up, source, group);
                StreamReceiver receiver = net.join(net.tv1, group);
                ProxyNetwork.awaitPackets(receiver, 50);
                check(control, group, source, net, daemon);
            }
            Status status = control.status();
            assertThat(status.instances()).containsExactly("tv");
            assertThat(status.changed()).isFalse();
            assertThat(status.limits()).anyMatch(limit -> limit.name().equals("routes"));
            Instance instance = control.instances().getFirst();
            assertThat(instance.protocols()).containsExactly("IGMPv3", "MLDv2");
            assertThat(instance.groups()).isGreaterThanOrEqualTo(2);
            assertThat(instance.kernelLinks()).hasSize(6);
            assertThat(control.interfaces(Selection.ALL))
                    .hasSize(6)
                    .allMatch(one -> one.state().equals("up"))
                    .allMatch(one -> one.vif() != null && one.ifindex() != null);
            assertThat(control.configuration()).contains("pinstance tv: wan ==> lan1 lan2;");
            List<Counter> counters = control.counters(Selection.ALL);
            for (String kind : List.of("IGMPv3 report", "MLDv2 report")) {
                assertThat(counters)
                        .anyMatch(counter ->
                                counter.name().equals("heard")
                                        && "lan1".equals(counter.link())
                                        && kind.equals(counter.label())
                                        && counter.value() > 0);
            }
            List<Happening> told = control.events().after(start, Duration.ofSeconds(5));
            for (IpAddress group : GROUPS) {
                assertThat(told)
                        .anyMatch(one ->
                                one.kind().equals("downstream-membership")
                                        && "lan1".equals(one.data().get("link"))
                                        && group.toString().equals(one.data().get("group")))
                        .anyMatch(one ->
                                one.kind().equals("route-set")
                                        && "lan1".equals(one.data().get("outgoing")));
            }
        }
    }

    /** What one stream to one receiver makes of each document. */
    private static void check(
            ControlClient control,
            IpAddress group,
            IpAddress source,
            ProxyNetwork net,
            LabProcess daemon) {
        Group told = control.groups(group(group)).getFirst();
        assertThat(told.link()).isEqualTo("lan1");
        assertThat(told.mode()).isEqualTo("exclude");
        assertThat(told.timerMillis()).isPositive();
        String host =
                group.family() == Family.IPV4
                        ? "10.0.2.10"
                        : ProxyNetwork.linkLocal(net.tv1).toString();
        assertThat(told.lastReporter()).isEqualTo(host);
        assertThat(told.hosts()).hasSize(1);
        assertThat(told.hosts().getFirst().address()).isEqualTo(host);
        assertThat(told.hosts().getFirst().mac())
                .isEqualTo(
                        net.tv1
                                .ip("-o", "link", "show", "dev", "eth0")
                                .replaceAll("(?s).*link/ether ([0-9a-f:]*).*", "$1"));

        Membership asked = control.memberships(group(group)).getFirst();
        assertThat(asked.link()).isEqualTo("wan");
        assertThat(asked.mode()).isEqualTo("exclude");

        Flow flow = control.flows(group(group)).getFirst();
        assertThat(flow.source()).isEqualTo(source.toString());
        assertThat(flow.incoming()).isEqualTo("wan");
        assertThat(flow.outgoing()).containsExactly("lan1");
        assertThat(flow.packets()).isPositive();
        assertThat(flow.wrongInterface()).isZero();
        Flow later =
                await(
                        "a rate of 200 packets a second",
                        () -> control.flows(group(group)).getFirst(),
                        now -> now.packetsPerSecond() != null && now.packets() > flow.packets(),
                        daemon);
        assertThat(later.packetsPerSecond()).isBetween(50.0, 400.0);
        assertThat(later.bytes()).isGreaterThan(flow.bytes());
        assertThat(later.ageMillis()).isGreaterThan(flow.ageMillis());

        Explanation why =
                control.explain(group.toString(), Optional.empty(), link("lan1")).getFirst();
        assertThat(why.flows()).as("%s", why).isTrue();
        assertThat(
                        control.explain(group.toString(), Optional.empty(), link("lan2"))
                                .getFirst()
                                .flows())
                .isFalse();
    }

    @Test
    void changesReachTheWireWhileAStreamFlows() throws Exception {
        try (ProxyNetwork net = new ProxyNetwork();
                ControlClient control = new ControlClient(socket(net))) {
            net.lab.link(net.tv3, "eth1", net.proxy, "lan3");
            ProxyNetwork.address(net.proxy, "lan3", 4, 1);
            net.tv3.address("eth1", "10.0.4.10/24");
            net.proxy.awaitLinkLocal("lan3");
            LinkCapture atLan3 = LinkCapture.start(net.tv3, "eth1");
            LabProcess daemon = net.startDaemonWith(List.of("--control", socket(net).toString()));
            awaitSocket(net, daemon);
            IpAddress group = GROUPS.getFirst();
            var _ = net.send(net.up, ProxyNetwork.node(group, 1, 10), group);
            StreamReceiver receiver = net.join(net.tv1, group);
            ProxyNetwork.awaitPackets(receiver, 50);
            StreamReceiver.Received before = receiver.received();

            assertApplied(
                    control.change(
                            List.of(change("add", "downstream", null, "lan3", null, null)), false),
                    "instance tv: downstream lan3 added");
            for (Family family : Family.values()) {
                ProxyNetwork.await(atLan3, "query on lan3", seen -> seen.isGeneralQuery(family));
            }

            assertApplied(
                    control.change(
                            List.of(
                                    change(
                                            "add",
                                            "setting",
                                            "downstream",
                                            "lan3",
                                            "query-interval",
                                            "20s")),
                            false),
                    "instance tv: downstream lan3: query-interval not set -> 20s");
            ProxyNetwork.await(
                    atLan3,
                    "query with an interval of 20 s",
                    seen ->
                            seen.packet().message() instanceof Message.Query query
                                    && query.queryIntervalSeconds() == 20);
            Interface lan3 = control.interfaces(link("lan3")).getFirst();
            assertThat(requireNonNull(lan3.downstream()).timers().queryIntervalMillis())
                    .isEqualTo(20_000);

            Outcome wrong =
                    control.change(
                            List.of(
                                    change("remove", "downstream", null, "lan3", null, null),
                                    change("remove", "downstream", null, "lan9", null, null)),
                            false);
            assertThat(wrong.applied()).isFalse();
            assertThat(wrong.problems().getFirst().message())
                    .contains("no downstream lan9; it has lan1, lan2");
            assertThat(control.interfaces(link("lan3"))).isNotEmpty();

            int cleared = control.clear(group(group));
            assertThat(cleared).isEqualTo(1);
            await(
                    "the receiver back among the hosts",
                    () -> control.groups(group(group)),
                    groups -> !groups.isEmpty() && !groups.getFirst().hosts().isEmpty(),
                    daemon);
            ProxyNetwork.awaitPackets(receiver, 400); // longer than the queries' two seconds

            StreamReceiver.Received after = receiver.received();
            assertThat(after.lost()).isEqualTo(before.lost());
            assertThat(after.duplicates()).isZero();

            Outcome last =
                    control.change(
                            List.of(
                                    new Change(
                                            "remove",
                                            "instance",
                                            "tv",
                                            null,
                                            null,
                                            null,
                                            null,
                                            null,
                                            null,
                                            null,
                                            null)),
                            false);
            assertThat(last.applied()).as("the only instance").isFalse();
            assertApplied(
                    control.replace("pinstance other: ==> lan2;", false),
                    "protocol IGMPv3, MLDv2 -> IGMPv3",
                    "instance tv removed",
                    "instance other added");
            ProxyNetwork.awaitSilence(net.atTv1, ProxyNetwork.node(group, 1, 10), group);
            assertThat(control.status().changed()).isTrue();

            assertThat(control.reload().applied()).isTrue();
            ProxyNetwork.awaitPackets(receiver, 50);
            LabProcess.Ended ended = daemon.stop(Duration.ofSeconds(5));
            assertThat(ended.status()).as("%s", daemon.tail(20)).isZero();
            assertThat(socket(net)).doesNotExist();
        }
    }

    @Test
    void withoutAPlaceForTheSocketTheDaemonGoesOn() throws Exception {
        try (ProxyNetwork net = new ProxyNetwork()) {
            Path nowhere = net.lab.folder().resolve("none/such/control.sock");
            Files.writeString(net.lab.folder().resolve("none"), "a file where a folder would be");
            LabProcess daemon = net.startDaemonWith(List.of("--control", nowhere.toString()));
            Await.until(
                    ProxyNetwork.PATIENCE,
                    () -> "a warning; the daemon says " + daemon.tail(20),
                    () ->
                            daemon.tail(100).stream()
                                    .anyMatch(line -> line.contains("running without control")));
            assertThat(daemon.stop(Duration.ofSeconds(5)).status()).isZero();
        }
    }
}
