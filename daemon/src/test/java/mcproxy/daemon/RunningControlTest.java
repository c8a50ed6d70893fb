package mcproxy.daemon;

import static mcproxy.daemon.ControlledDaemon.LAN0;
import static mcproxy.daemon.ControlledDaemon.LAN1;
import static mcproxy.daemon.Examples.GROUP;
import static mcproxy.daemon.Examples.OTHER_SOURCE;
import static mcproxy.daemon.Examples.SOURCE;
import static mcproxy.daemon.Examples.link;
import static mcproxy.daemon.Examples.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import static java.util.Objects.requireNonNull;

import mcproxy.control.Change;
import mcproxy.control.ControlException;
import mcproxy.control.Counter;
import mcproxy.control.Explanation;
import mcproxy.control.Flow;
import mcproxy.control.Group;
import mcproxy.control.Happening;
import mcproxy.control.Instance;
import mcproxy.control.Interface;
import mcproxy.control.Membership;
import mcproxy.control.Outcome;
import mcproxy.control.RuleHits;
import mcproxy.control.Selection;
import mcproxy.control.Status;
import mcproxy.daemon.FakeKernel.FakeTable;
import mcproxy.kernel.MulticastTable;
import mcproxy.wire.Decoded;
import mcproxy.wire.Family;
import mcproxy.wire.Message;
import mcproxy.wire.Reason;
import mcproxy.wire.RecordType;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** What a daemon tells and does for whoever controls it, on a kernel in memory. */
@Timeout(120)
final class RunningControlTest {

    private static final String TEXT =
            """
            protocol IGMPv3;
            table tv {(239.0.0.0/8 | *)};
            pinstance tv: wan0 ==> lan0 lan1 lan7;
            pinstance tv upstream wan0 in whitelist table tv;
            pinstance tv downstream lan1 set static-group 239.9.9.9;
            """;

    @TempDir Path folder;

    private final ControlledDaemon daemon = new ControlledDaemon();
    private final FakeKernel kernel = daemon.kernel;
    private final LogText text = daemon.text;

    @AfterEach
    void stop() throws InterruptedException {
        daemon.stop();
    }

    private RunningControl start(String configuration) throws Exception {
        return daemon.start(
                folder, configuration, new Counter(null, null, "control-requests", null, 5));
    }

    private FakeTable table() {
        return kernel.table(Family.IPV4, 0);
    }

    private static Selection on(String name) {
        return new Selection(null, name, null, null);
    }

    private static <T> T eventually(Supplier<List<T>> some) throws InterruptedException {
        Eventually.isTrue(() -> !some.get().isEmpty(), some);
        return some.get().getFirst();
    }

    private static Change change(
            String action,
            String kind,
            @Nullable String link,
            @Nullable String key,
            @Nullable String value) {
        return new Change(action, kind, "tv", null, link, null, null, null, key, value, null);
    }

    @Test
    void everythingThatWasMadeIsTold() throws Exception {
        RunningControl control = start(TEXT);
        table().hear(LAN0, report(RecordType.TO_EX, GROUP));
        table().hear(LAN0, report(RecordType.ALLOW, GROUP, SOURCE, OTHER_SOURCE));
        Eventually.isTrue(
                () ->
                        control.groups(on("lan0")).stream()
                                .anyMatch(group -> !group.sources().isEmpty()),
                () -> control.groups(on("lan0")));
        Group group = control.groups(on("lan0")).getFirst();
        assertThat(group.instance()).isEqualTo("tv");
        assertThat(group.group()).isEqualTo(GROUP.toString());
        assertThat(group.mode()).isEqualTo("exclude");
        assertThat(group.compatibility()).isEqualTo("IGMPv3");
        assertThat(group.timerMillis()).isBetween(200_000L, 270_000L);
        assertThat(group.sources())
                .extracting(Group.Source::address)
                .containsExactly(OTHER_SOURCE.toString(), SOURCE.toString());
        assertThat(group.hosts()).hasSize(1);
        assertThat(group.hosts().getFirst().address()).isEqualTo(group.lastReporter());
        Group set = control.groups(on("lan1")).getFirst();
        assertThat(set.isStatic()).isTrue();
        assertThat(set.group()).isEqualTo("239.9.9.9");

        Membership membership =
                control.memberships(new Selection(null, null, GROUP.toString(), null)).getFirst();
        assertThat(membership.link()).isEqualTo("wan0");
        assertThat(membership.mode()).isEqualTo("exclude");
        assertThat(membership.reportsLeft()).isLessThanOrEqualTo(1);

        List<Interface> interfaces = control.interfaces(Selection.ALL);
        assertThat(interfaces)
                .extracting(Interface::name, Interface::side, Interface::state)
                .containsExactly(
                        tuple("wan0", "upstream", "up"),
                        tuple("lan0", "downstream", "up"),
                        tuple("lan1", "downstream", "up"),
                        tuple("lan7", "downstream", "missing"));
        Interface lan0 = interfaces.get(1);
        assertThat(lan0.ifindex()).isEqualTo(LAN0);
        assertThat(table().interfaces()).containsEntry(lan0.vif(), LAN0);
        assertThat(lan0.address()).isEqualTo("10.0.1.1");
        assertThat(lan0.mtu()).isEqualTo(1500);
        assertThat(lan0.version()).isEqualTo("IGMPv3");
        assertThat(requireNonNull(lan0.downstream()).isQuerier()).isTrue();
        assertThat(requireNonNull(lan0.downstream()).groups()).isEqualTo(1);
        assertThat(requireNonNull(lan0.downstream()).hosts()).isEqualTo(1);
        assertThat(requireNonNull(lan0.downstream()).timers().queryIntervalMillis())
                .isEqualTo(125_000);
        assertThat(requireNonNull(interfaces.get(2).downstream()).staticGroups())
                .containsExactly("239.9.9.9");
        assertThat(requireNonNull(interfaces.get(0).upstream()).groups()).isEqualTo(2);
        assertThat(interfaces.get(3).ifindex()).isNull();

        Instance instance = control.instances().getFirst();
        assertThat(instance.downstreams()).containsExactly("lan0", "lan1", "lan7");
        assertThat(instance.matching()).isEqualTo("first");
        assertThat(instance.kernelLinks())
                .extracting(Instance.KernelLink::link)
                .containsExactlyInAnyOrder("wan0", "lan0", "lan1");
        assertThat(instance.groups()).isEqualTo(1);

        RuleHits rule = control.rules(Selection.ALL).getFirst();
        assertThat(rule.rule()).isEqualTo("(239.0.0.0/8 | *)");
        assertThat(rule.hits()).isPositive();

        Status status = control.status();
        assertThat(status.file()).isEqualTo(folder.resolve("mcproxy.conf").toString());
        assertThat(status.changed()).isFalse();
        assertThat(status.instances()).containsExactly("tv");
        assertThat(status.limits())
                .anyMatch(limit ->
                        limit.name().equals("virtual-interfaces")
                                && limit.used() == 1 // no stream flows: the upstream
                                && limit.limit() == 32);
        assertThat(status.cursor()).isPositive();
        assertThat(control.events().after(0, Duration.ZERO))
                .extracting(Happening::kind)
                .contains("link-started", "downstream-membership", "upstream-membership");
    }

    @Test
    void flowsHaveTheKernelsCountersAndRates() throws Exception {
        RunningControl control = start(TEXT);
        table().hear(LAN0, report(RecordType.ALLOW, GROUP, SOURCE));
        Flow first = eventually(() -> control.flows(Selection.ALL));
        assertThat(first.packets()).isZero();
        assertThat(first.incoming()).isEqualTo("wan0");
        assertThat(first.outgoing()).containsExactly("lan0");
        table().count(SOURCE, GROUP, new MulticastTable.RouteCounters(110, 11_000, 10));
        Flow counted = control.flows(Selection.ALL).getFirst();
        assertThat(counted.packets()).isEqualTo(100);
        assertThat(counted.bytes()).isEqualTo(11_000);
        assertThat(counted.wrongInterface()).isEqualTo(10);
        assertThat(counted.packetsPerSecond()).isNull();
        table().count(SOURCE, GROUP, new MulticastTable.RouteCounters(1110, 111_000, 10));
        Eventually.isTrue(
                () -> control.flows(Selection.ALL).getFirst().packetsPerSecond() != null,
                () -> control.flows(Selection.ALL));
        assertThat(control.flows(on("lan1"))).isEmpty();
        assertThat(control.flows(new Selection(null, null, null, OTHER_SOURCE.toString())))
                .isEmpty();
        assertThat(control.flows(new Selection(null, "lan0", GROUP.toString(), SOURCE.toString())))
                .hasSize(1);
    }

    @Test
    void countersSayWhatWhereAndWhy() throws Exception {
        RunningControl control = start(TEXT);
        table().hear(LAN0, report(RecordType.ALLOW, GROUP, SOURCE));
        table().arrive(
                        new MulticastTable.Arrival.Membership(
                                LAN1,
                                new Decoded.Malformed<>(Reason.CHECKSUM, 2),
                                mcproxy.wire.LinkAddress.NONE,
                                ByteBuffer.allocate(8)));
        Eventually.isTrue(
                () ->
                        control.counters(Selection.ALL)
                                .contains(new Counter("tv", "lan1", "refused", "checksum", 1)),
                () -> control.counters(Selection.ALL));
        List<Counter> counters = control.counters(Selection.ALL);
        assertThat(counters)
                .contains(
                        new Counter("tv", "lan0", "heard", "IGMPv3 report", 1),
                        new Counter("tv", "lan1", "heard", "malformed", 1),
                        new Counter(null, null, "control-requests", null, 5))
                .anyMatch(counter ->
                        counter.name().equals("sent")
                                && "lan0".equals(counter.link())
                                && "IGMPv3 query".equals(counter.label()));
        assertThat(control.counters(on("lan1")))
                .isNotEmpty()
                .allMatch(counter -> "lan1".equals(counter.link()));
    }

    @Test
    void eachReasonToRefuseAMessageHasItsOwnCounter() throws Exception {
        RunningControl control = start(TEXT);
        List<Counter> wanted = new ArrayList<>();
        int times = 0;
        for (Reason reason : Reason.values()) {
            times++; // so that none is counted as another
            for (int i = 0; i < times; i++) {
                table().arrive(
                                new MulticastTable.Arrival.Membership(
                                        LAN1,
                                        new Decoded.Malformed<>(reason, 0),
                                        mcproxy.wire.LinkAddress.NONE,
                                        ByteBuffer.allocate(8)));
            }
            wanted.add(new Counter("tv", "lan1", "refused", reason.label(), times));
        }
        Eventually.isTrue(
                () -> control.counters(Selection.ALL).containsAll(wanted),
                () -> control.counters(Selection.ALL));
        assertThat(control.counters(Selection.ALL))
                .filteredOn(counter -> counter.name().equals("refused"))
                .containsExactlyInAnyOrderElementsOf(wanted);
    }

    @Test
    void changesAreCarriedOutAllOrNone() throws Exception {
        RunningControl control = start(TEXT);
        Change lan2 = change("add", "downstream", "lan2", null, null);
        Outcome dry = control.change(List.of(lan2), true);
        assertThat(dry.applied()).isFalse();
        assertThat(dry.differences()).containsExactly("instance tv: downstream lan2 added");
        assertThat(control.status().changed()).isFalse();

        Outcome wrong =
                control.change(
                        List.of(lan2, change("add", "setting", null, "robustness", "99")), false);
        assertThat(wrong.applied()).isFalse();
        assertThat(wrong.problems()).hasSize(1);
        assertThat(wrong.problems().getFirst().message()).contains("robustness");
        assertThat(control.configuration()).doesNotContain("lan2");

        kernel.monitor().set(link(9, "lan2", "10.0.9.1/24"));
        Outcome done = control.change(List.of(lan2), false);
        assertThat(done.applied()).isTrue();
        assertThat(done.differences()).isEqualTo(dry.differences());
        Eventually.isTrue(
                () ->
                        table().sent().stream()
                                .anyMatch(sent ->
                                        sent.ifindex() == 9
                                                && sent.packet().message()
                                                        instanceof Message.Query),
                () -> table().sent());
        assertThat(control.status().changed()).isTrue();
        assertThat(control.configuration()).contains("lan2");

        Outcome back = control.replace(TEXT, false);
        assertThat(back.applied()).isTrue();
        assertThat(back.differences()).containsExactly("instance tv: downstream lan2 removed");
        assertThat(control.status().changed()).isFalse();
    }

    @Test
    void aReloadTakesTheFileAndSaysWhyItDoesNot() throws Exception {
        RunningControl control = start(TEXT);
        assertThat(control.reload().applied()).isTrue();
        Path file = folder.resolve("mcproxy.conf");
        Files.writeString(file, TEXT + "set robustnes 3;\n");
        Outcome wrong = control.reload();
        assertThat(wrong.applied()).isFalse();
        assertThat(wrong.problems().getFirst().line()).isEqualTo(6);
        assertThat(control.status().reloadFailure()).contains("robustnes");
        assertThat(text.text()).contains("not reloaded");
        Files.writeString(file, TEXT + "set robustness 3;\n");
        Outcome right = control.reload();
        assertThat(right.applied()).isTrue();
        assertThat(right.differences()).hasSize(1);
        assertThat(control.status().reloadFailure()).isNull();
        assertThat(control.status().changed()).isFalse();
        Files.writeString(file, "disable;\n");
        assertThat(control.reload().failure()).contains("disable");
        Files.delete(file);
        assertThat(control.reload().failure()).contains("no ").contains("mcproxy.conf");
        assertThat(
                        requireNonNull(control.interfaces(on("lan0")).getFirst().downstream())
                                .timers()
                                .robustness())
                .isEqualTo(3);
    }

    @Test
    void whatTheKernelDoesNotAllowChangesNothing() throws Exception {
        RunningControl control = start(TEXT);
        kernel.refuse(
                Family.IPV4, 7, FakeKernel.failure("openTable", "EADDRINUSE", "stop the other"));
        Change other =
                new Change(
                        "add",
                        "instance",
                        "other",
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        "7",
                        "==> lan8");
        Outcome outcome = control.change(List.of(other), false);
        assertThat(outcome.applied()).isFalse();
        assertThat(outcome.failure()).contains("EADDRINUSE");
        assertThat(control.status().instances()).containsExactly("tv");
    }

    @Test
    void clearingForgetsHostsAndAsks() throws Exception {
        RunningControl control = start(TEXT);
        table().hear(LAN0, report(RecordType.TO_EX, GROUP));
        Eventually.isTrue(
                () -> !control.groups(on("lan0")).isEmpty(), () -> control.groups(on("lan0")));
        assertThat(control.clear(on("lan1"))).isZero();
        assertThat(control.clear(new Selection(null, null, "239.8.8.8", null))).isZero();
        assertThat(control.clear(Selection.ALL)).isEqualTo(1);
        assertThat(control.groups(on("lan0")).getFirst().hosts()).isEmpty();
        Eventually.isTrue(
                () ->
                        table().sent().stream()
                                .anyMatch(sent ->
                                        sent.packet().message() instanceof Message.Query query
                                                && query.group().equals(GROUP)),
                () -> table().sent());
        Eventually.isTrue(
                () -> control.groups(on("lan0")).isEmpty(), () -> control.groups(on("lan0")));
    }

    @Test
    void explanationsComeFromTheInstance() throws Exception {
        RunningControl control = start(TEXT);
        table().hear(LAN0, report(RecordType.ALLOW, GROUP, SOURCE));
        Eventually.isTrue(
                () -> !control.flows(Selection.ALL).isEmpty(), () -> control.flows(Selection.ALL));
        List<Explanation> why = control.explain(GROUP.toString(), Optional.empty(), Selection.ALL);
        assertThat(why)
                .extracting(Explanation::link)
                .containsExactlyInAnyOrder("lan0", "lan1", "lan7"); // there is no lan7
        Explanation nobody =
                control.explain(GROUP.toString(), Optional.empty(), on("lan1")).getFirst();
        assertThat(nobody.flows()).isFalse();
        assertThat(nobody.steps().getLast().outcome()).isEqualTo("stops");
        for (String wrong : List.of("10.0.0.9", "tv", "ff0e::1")) {
            assertThatThrownBy(() -> control.explain(wrong, Optional.of("10.0.0.9"), Selection.ALL))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void whatIsNotThereIsSaidSo() throws Exception {
        RunningControl control = start(TEXT);
        assertThatThrownBy(() -> control.groups(new Selection("radio", null, null, null)))
                .isInstanceOfSatisfying(
                        ControlException.class,
                        e -> assertThat(e.kind()).isEqualTo(ControlException.Kind.NOT_FOUND))
                .hasMessageContaining("radio");
        assertThatThrownBy(() -> control.groups(new Selection(null, null, "tv", null)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tv");
        assertThatThrownBy(() -> control.logLevel("loud"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("warning");
        control.logLevel("error");
        assertThat(control.status().logLevel()).isEqualTo("error");
    }

    /** Many groups come in portions, each once and in order. */
    @Test
    void manyGroupsAreToldWhole() throws Exception {
        RunningControl control = start(TEXT);
        int count = 3000;
        for (int i = 0; i < count; i++) {
            table().hear(
                            LAN0,
                            report(
                                    RecordType.ALLOW,
                                    mcproxy.wire.IpAddress.ipv4(0xef020000 + i),
                                    SOURCE));
            if (i % 500 == 0) {
                Eventually.isTrue(
                        () ->
                                table().waiting() == 0
                                        && control.instances().getFirst().waiting() == 0,
                        control::instances);
            }
        }
        Eventually.isTrue(
                () -> control.groups(on("lan0")).size() == count,
                () -> control.groups(on("lan0")).size());
        assertThat(control.groups(Selection.ALL))
                .extracting(Group::group)
                .filteredOn(group -> group.startsWith("239.2."))
                .doesNotHaveDuplicates()
                .hasSize(count);
        assertThat(control.memberships(Selection.ALL)).hasSize(count + 1);
        assertThat(control.flows(Selection.ALL)).hasSize(count);
    }
}
