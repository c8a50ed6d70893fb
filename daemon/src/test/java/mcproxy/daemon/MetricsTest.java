package mcproxy.daemon;

import static mcproxy.daemon.ControlledDaemon.LAN0;
import static mcproxy.daemon.ControlledDaemon.LAN1;
import static mcproxy.daemon.Examples.GROUP;
import static mcproxy.daemon.Examples.SOURCE;
import static mcproxy.daemon.Examples.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import mcproxy.control.Counter;
import mcproxy.control.Selection;
import mcproxy.daemon.Exposition.Sample;
import mcproxy.daemon.FakeKernel.FakeTable;
import mcproxy.kernel.MulticastTable;
import mcproxy.wire.Decoded;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.LinkAddress;
import mcproxy.wire.Reason;
import mcproxy.wire.RecordType;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What is told as metrics, what it costs, and the files that are made for it. */
@Timeout(180)
final class MetricsTest {
    private static final Path SHARE = Path.of("../dist/src/share");
    private static final Path PAGE = Path.of("../docs/metrics.md");
    private static final Path PROMTOOL = Path.of("/usr/bin/promtool");

    private static final Pattern NAME = Pattern.compile("\\b(?:mcproxy|jvm|process)_[a-z0-9_]+\\b");

    private static final String TEXT =
            """
            protocol IGMPv3;
            pinstance tv: wan0 ==> lan0 lan1 lan7;
            """;

    @TempDir Path folder;

    private final ControlledDaemon daemon = new ControlledDaemon();
    private final FakeKernel kernel = daemon.kernel;

    @AfterEach
    void stop() throws InterruptedException {
        daemon.stop();
    }

    private RunningControl start() throws Exception {
        return daemon.start(
                folder,
                TEXT,
                new Counter(null, null, "control-requests", null, 5),
                new Counter(null, null, "control-refused", "busy", 1));
    }

    private FakeTable table() {
        return kernel.table(Family.IPV4, 0);
    }

    private static Exposition scrape(RunningControl control) {
        return new Exposition(control.metrics());
    }

    /** A daemon that has seen one of each. */
    private RunningControl busy() throws Exception {
        RunningControl control = start();
        table().hear(LAN0, report(RecordType.TO_EX, GROUP));
        table().hear(LAN1, report(RecordType.ALLOW, GROUP, SOURCE));
        table().arrive(new MulticastTable.Arrival.CacheMiss(0, SOURCE, GROUP));
        table().arrive(
                        new MulticastTable.Arrival.Membership(
                                LAN1,
                                new Decoded.Malformed<>(Reason.CHECKSUM, 2),
                                LinkAddress.NONE,
                                ByteBuffer.allocate(8)));
        table().arrive(new MulticastTable.Arrival.Other("no-upcall"));
        Eventually.isTrue(
                () ->
                        !control.flows(Selection.ALL).isEmpty()
                                && control.counters(Selection.ALL).stream()
                                        .anyMatch(one -> one.name().equals("refused")),
                () -> control.counters(Selection.ALL));
        return control;
    }

    @Test
    void whatHappensIsCounted() throws Exception {
        RunningControl control = busy();
        Exposition told = scrape(control);
        String[] tv = {"proxy=tv"};
        assertThat(told.value("mcproxy_instance_up", tv)).isOne();
        assertThat(told.value("mcproxy_interface_up", "interface=lan0", "side=downstream")).isOne();
        assertThat(told.value("mcproxy_interface_up", "interface=lan7")).isZero();
        assertThat(told.value("mcproxy_groups", "interface=lan0", "family=IPv4")).isOne();
        assertThat(told.value("mcproxy_hosts", "interface=lan0")).isOne();
        assertThat(told.value("mcproxy_memberships", "interface=wan0")).isOne();
        assertThat(told.value("mcproxy_flows", "family=IPv4")).isOne();
        assertThat(told.value("mcproxy_querier", "interface=lan1")).isOne();
        assertThat(
                        told.value(
                                "mcproxy_messages_received_total",
                                "interface=lan0",
                                "protocol=IGMPv3",
                                "type=report"))
                .isOne();
        assertThat(told.value("mcproxy_messages_received_total", "type=malformed")).isOne();
        assertThat(told.value("mcproxy_messages_sent_total", "interface=lan0", "type=query"))
                .isPositive();
        assertThat(told.value("mcproxy_refused_total", "interface=lan1", "reason=checksum"))
                .isOne();
        assertThat(told.value("mcproxy_upcalls_total", "kind=cache-miss", "interface=wan0"))
                .isOne();
        assertThat(told.value("mcproxy_unclaimed_total", "kind=other no-upcall")).isOne();
        assertThat(told.value("mcproxy_queue_limit", "queue=messages"))
                .isEqualTo(Mailbox.MEMBERSHIP_LIMIT);
        assertThat(told.value("mcproxy_queue_depth", "queue=messages")).isZero();
        assertThat(told.value("mcproxy_limit_used", "limit=virtual-interfaces")).isEqualTo(3);
        assertThat(told.value("mcproxy_control_requests_total")).isEqualTo(5);
        assertThat(told.value("mcproxy_configuration_last_reload_successful")).isOne();
        // What the kernel in memory counts for the virtual interface 0.
        assertThat(told.value("mcproxy_forwarded_packets_total", "interface=wan0", "direction=in"))
                .isEqualTo(100);
        assertThat(told.value("mcproxy_forwarded_bytes_total", "interface=wan0", "direction=out"))
                .isEqualTo(400);
        Files.writeString(folder.resolve("mcproxy.conf"), "pinstance");
        assertThat(control.reload().applied()).isFalse();
        assertThat(scrape(control).value("mcproxy_configuration_last_reload_successful")).isZero();
    }

    @Test
    void failuresOfTheKernelAreCountedFromZeroOn() throws Exception {
        RunningControl control = start();
        for (String operation : List.of("send", "route", "interface", "rule", "usage")) {
            assertThat(
                            scrape(control)
                                    .value(
                                            "mcproxy_kernel_errors_total",
                                            "proxy=tv",
                                            "operation=" + operation))
                    .as(operation)
                    .isZero();
        }
        table().fail("setRoute", "ENFILE");
        table().hear(LAN0, report(RecordType.ALLOW, GROUP, SOURCE));
        Eventually.isTrue(
                () ->
                        scrape(control)
                                        .value(
                                                "mcproxy_kernel_errors_total",
                                                "proxy=tv",
                                                "operation=route")
                                > 0,
                control::metrics);
    }

    @Test
    void reactionsAreTimed() throws Exception {
        RunningControl control = busy();
        table().hear(LAN0, report(RecordType.TO_IN, GROUP));
        table().hear(LAN1, report(RecordType.BLOCK, GROUP, SOURCE));
        Eventually.isTrue(
                () -> count(control, Reactions.Kind.LEAVE_TO_ROUTE) >= 2, control::metrics);
        Exposition told = scrape(control);
        assertThat(count(control, Reactions.Kind.QUEUE)).isEqualTo(6);
        assertThat(count(control, Reactions.Kind.MISS_TO_ROUTE)).isEqualTo(1);
        assertThat(count(control, Reactions.Kind.MESSAGE_TO_REPORT)).isPositive();
        double leaves = told.value("mcproxy_reaction_seconds_sum", "reaction=leave-to-route");
        assertThat(leaves).as("twice the Last Member Query Time").isBetween(2 * 1.9, 2 * 10.0);
        assertThat(
                        told.value(
                                "mcproxy_reaction_seconds_bucket",
                                "reaction=leave-to-route",
                                "le=1.0"))
                .isZero();
        table().hear(LAN0, report(RecordType.ALLOW, GROUP, SOURCE));
        Eventually.isTrue(
                () -> count(control, Reactions.Kind.JOIN_TO_ROUTE) >= 1, control::metrics);
        assertThat(
                        scrape(control)
                                .value(
                                        "mcproxy_reaction_seconds_bucket",
                                        "reaction=join-to-route",
                                        "le=+Inf"))
                .isEqualTo(count(control, Reactions.Kind.JOIN_TO_ROUTE));
    }

    private static double count(RunningControl control, Reactions.Kind kind) {
        return scrape(control).value("mcproxy_reaction_seconds_count", "reaction=" + kind.label());
    }

    @Test
    void everyFamilyIsToldWithHelpAndItsLabels() throws Exception {
        Exposition told = scrape(busy());
        assertThat(told.helps()).isNotEmpty().doesNotContainValue("");
        assertThat(told.helps().keySet()).isEqualTo(told.types().keySet());
        for (Metric metric : Metric.values()) {
            assertThat(told.helps()).containsEntry(metric.toString(), metric.help());
            List<Sample> samples =
                    told.samples().stream()
                            .filter(sample -> sample.name().startsWith(metric.toString()))
                            .filter(sample -> family(sample, told).equals(metric.toString()))
                            .toList();
            assertThat(samples).as("%s", metric).isNotEmpty();
            for (Sample sample : samples) {
                List<String> labels = new ArrayList<>(sample.labels().keySet());
                labels.remove("le");
                assertThat(labels)
                        .as("%s", sample)
                        .containsExactlyInAnyOrderElementsOf(metric.labels());
            }
        }
        for (Sample sample : told.samples()) {
            assertThat(told.helps()).as("%s", sample).containsKey(family(sample, told));
        }
    }

    /** The family of a number: what is left of its name without the ends that types give it. */
    private static String family(Sample sample, Exposition told) {
        if (told.types().containsKey(sample.name())) {
            return sample.name();
        }
        return sample.name().replaceFirst("_(bucket|sum|count|created)$", "");
    }

    @Test
    void namesAreAsPrometheusWantsThem() {
        for (Metric metric : Metric.values()) {
            assertThat(metric.toString()).matches("mcproxy_[a-z][a-z_]*[a-z]");
            assertThat(metric.help()).endsWith(".").hasSizeGreaterThan(20);
            assertThat(metric.toString().endsWith("_total"))
                    .as("%s", metric)
                    .isEqualTo(metric.type() == Metric.Type.COUNTER);
            assertThat(metric.labels())
                    .as("what others decide about is no label of %s", metric)
                    .doesNotContain("group", "source", "host", "instance", "job");
        }
    }

    @Test
    void theNumberOfSeriesDoesNotGrowWithGroups() throws Exception {
        RunningControl control = busy();
        int before = scrape(control).samples().size();
        hear(control, 500);
        assertThat(scrape(control).value("mcproxy_groups", "interface=lan0")).isEqualTo(501);
        // One limit is used now that was not.
        assertThat(scrape(control).samples()).hasSizeLessThanOrEqualTo(before + 6);
    }

    private void hear(RunningControl control, int groups) throws InterruptedException {
        for (int i = 0; i < groups; i++) {
            table().hear(LAN0, report(RecordType.ALLOW, IpAddress.ipv4(0xef020000 + i), SOURCE));
            if (i % 500 == 499) {
                int sum = i + 1;
                Eventually.isTrue(
                        () -> scrape(control).value("mcproxy_groups", "interface=lan0") >= sum,
                        control::metrics);
            }
        }
    }

    @Test
    void aScrapeCostsTheSameWithTenThousandGroups() throws Exception {
        RunningControl control = busy();
        long few = median(control::metrics);
        hear(control, 10_000);
        assertThat(scrape(control).value("mcproxy_flows", "family=IPv4"))
                .isGreaterThanOrEqualTo(10_000);
        long many = median(control::metrics);
        long groups = median(() -> control.groups(Selection.ALL));
        System.out.printf(
                "a scrape takes %d us with 1 group and %d us with 10,000, of which a list takes"
                        + " %d us; it has %d bytes%n",
                few, many, groups, control.metrics().length());
        assertThat(many).as("microseconds; the list takes %d", groups).isLessThan(groups / 5);
    }

    /** In microseconds. */
    private static long median(Supplier<?> question) {
        long[] took = new long[21];
        for (int i = 0; i < took.length; i++) {
            long start = System.nanoTime();
            var _ = question.get();
            took[i] = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - start);
        }
        Arrays.sort(took);
        return took[took.length / 2];
    }

    // ---- the files ----

    @Test
    void dashboardAndRulesNameMetricsThatExist() throws Exception {
        Exposition told = scrape(busy());
        TreeSet<String> known =
                told.samples().stream()
                        .map(Sample::name)
                        .collect(Collectors.toCollection(TreeSet::new));
        known.addAll(told.helps().keySet());
        for (String file : List.of("grafana-dashboard.json", "prometheus-rules.yml")) {
            Set<String> named = names(Files.readString(SHARE.resolve(file)));
            assertThat(named).as(file).hasSizeGreaterThan(5);
            assertThat(known).as(file).containsAll(named);
        }
    }

    private static Set<String> names(String text) {
        TreeSet<String> names = new TreeSet<>();
        Matcher name = NAME.matcher(text);
        while (name.find()) {
            names.add(name.group());
        }
        return names;
    }

    @Test
    void thePageListsThemAll() throws Exception {
        Exposition told = scrape(busy());
        List<String> rows = new ArrayList<>();
        for (Metric metric : Metric.values()) {
            rows.add(
                    row(
                            metric.toString(),
                            metric.type().toString().toLowerCase(Locale.ROOT),
                            metric.labels(),
                            metric.help()));
        }
        for (Map.Entry<String, String> help : told.helps().entrySet()) {
            if (!help.getKey().startsWith("mcproxy_")) {
                rows.add(
                        row(
                                help.getKey(),
                                String.valueOf(told.types().get(help.getKey())),
                                labels(help.getKey(), told),
                                help.getValue()));
            }
        }
        String page = Files.readString(PAGE);
        if (Boolean.getBoolean("metrics.write")) {
            String start = page.substring(0, page.indexOf("| metric |"));
            Files.writeString(
                    PAGE,
                    start
                            + "| metric | type | labels | meaning |\n| --- | --- | --- | --- |\n"
                            + String.join("\n", rows)
                            + "\n");
            return;
        }
        assertThat(page.lines().filter(line -> line.matches("\\| `(mcproxy|jvm|process)_.*")))
                .as("to write it anew, run this test with -Dmetrics.write=true")
                .containsExactlyElementsOf(rows);
    }

    private static String row(String name, String type, List<String> labels, String help) {
        String all = labels.stream().map("`%s`"::formatted).collect(Collectors.joining(", "));
        return "| `" + name + "` | " + type + " | " + all + " | " + help + " |";
    }

    private static List<String> labels(String name, Exposition told) {
        return told.samples().stream()
                .filter(sample -> family(sample, told).equals(name))
                .findFirst()
                .map(sample ->
                        sample.labels().keySet().stream()
                                .filter(label -> !label.equals("quantile"))
                                .toList())
                .orElse(List.of());
    }

    /** Debian's package prometheus has it. */
    @Test
    void promtoolTakesRulesAndMetrics() throws Exception {
        assumeThat(PROMTOOL)
                .as(
                        "promtool checks rules and metrics; install it with: apt-get install prometheus")
                .exists();
        assertThat(promtool("", "check", "rules", SHARE.resolve("prometheus-rules.yml").toString()))
                .contains("SUCCESS: 12 rules found");
        assertThat(promtool(scrape(), "check", "metrics")).as("complaints").isEmpty();
        assertThat(promtool("mcproxy_x 1\n", "check", "metrics")).contains("no help text");
    }

    private String scrape() throws Exception {
        return busy().metrics();
    }

    private static String promtool(String input, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(PROMTOOL.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (var to = process.getOutputStream()) {
            to.write(input.getBytes(StandardCharsets.UTF_8));
        }
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("promtool does not end; it said " + said);
        }
        return said;
    }
}
