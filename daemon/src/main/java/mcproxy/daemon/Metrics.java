package mcproxy.daemon;

import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.JvmGarbageCollectorMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmMemoryMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmRuntimeInfoMetric;
import io.prometheus.metrics.instrumentation.jvm.JvmThreadsMetrics;
import io.prometheus.metrics.instrumentation.jvm.ProcessMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;

import mcproxy.control.Counter;
import mcproxy.control.Status;
import mcproxy.core.EngineView;
import mcproxy.kernel.KernelException;
import mcproxy.kernel.MulticastTable;
import mcproxy.kernel.MulticastTable.LinkCounters;
import mcproxy.wire.Family;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;

/**
 * One scrape: what {@link Metric} lists, made of views of the instances in which nothing is counted
 * group by group, and what the library tells of the virtual machine.
 */
final class Metrics {
    /** What a counted name is in {@link Metric#KERNEL_ERRORS}; all of them are told from 0 on. */
    private static final Map<String, String> OPERATIONS =
            Map.of(
                    "send-failed", "send",
                    "route-refused", "route",
                    "interface-refused", "interface",
                    "interfaces-exhausted", "interface",
                    "rule-refused", "rule",
                    "usage-failed", "usage",
                    "receive-failed", "receive");

    private final Map<Metric, Map<List<String>, Double>> numbers = new EnumMap<>(Metric.class);
    private final Map<List<String>, Durations.Counted> durations = new LinkedHashMap<>();

    private Metrics() {
        for (Metric metric : Metric.values()) {
            numbers.put(metric, new LinkedHashMap<>());
        }
    }

    /** What a scrape is made of. */
    record Scrape(
            String version,
            boolean changed,
            boolean reloaded,
            List<String> instances,
            List<InstanceView> views,
            List<Counter> daemons,
            long startedNanos) {}

    /** The text of a scrape. */
    static String text(Scrape scrape, Clock clock) {
        Metrics metrics = new Metrics();
        metrics.take(scrape);
        metrics.add(
                Metric.SCRAPE_SECONDS,
                (clock.nanos() - scrape.startedNanos) / (double) TimeUnit.SECONDS.toNanos(1));
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try {
            PrometheusTextFormatWriter.create().write(text, metrics.snapshots());
        } catch (IOException e) {
            throw new UncheckedIOException(e); // it is written to memory
        }
        return text.toString(StandardCharsets.UTF_8);
    }

    /**
     * What the library tells; it and its beans are loaded when somebody asks for the first time.
     */
    private static final class Machine {
        private static final PrometheusRegistry REGISTRY = new PrometheusRegistry();

        static {
            JvmRuntimeInfoMetric.builder().register(REGISTRY);
            JvmMemoryMetrics.builder().register(REGISTRY);
            JvmGarbageCollectorMetrics.builder().register(REGISTRY);
            JvmThreadsMetrics.builder().register(REGISTRY);
            ProcessMetrics.builder().register(REGISTRY);
        }

        private Machine() {}
    }

    private void add(Metric metric, double value, String... labels) {
        if (labels.length != metric.labels().size()) {
            throw new AssertionError(metric + " has the labels " + metric.labels());
        }
        Map<List<String>, Double> of = numbers.get(metric);
        if (of != null) {
            of.merge(List.of(labels), value, Double::sum);
        }
    }

    private void add(Metric metric, long value, String... labels) {
        add(metric, (double) value, labels);
    }

    private static double is(boolean fact) {
        return fact ? 1 : 0;
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    // ---- the daemon ----

    private void take(Scrape scrape) {
        add(Metric.BUILD_INFO, 1, scrape.version);
        add(Metric.CONFIGURATION_CHANGED, is(scrape.changed));
        add(Metric.RELOAD_SUCCESSFUL, is(scrape.reloaded));
        for (String instance : scrape.instances) {
            add(
                    Metric.INSTANCE_UP,
                    is(scrape.views.stream().anyMatch(view -> view.name().equals(instance))),
                    instance);
        }
        add(Metric.KERNEL_ERRORS, 0, "", "receive");
        scrape.daemons.forEach(this::takeDaemons);
        scrape.views.forEach(this::take);
    }

    private void takeDaemons(Counter counter) {
        String label = orEmpty(counter.label());
        switch (counter.name()) {
            case "control-requests" -> add(Metric.CONTROL_REQUESTS, counter.value());
            case "control-refused" -> add(Metric.CONTROL_REFUSED, counter.value(), label);
            case "log-throttled" -> add(Metric.LOG_THROTTLED, counter.value());
            case "receive-failed" -> add(Metric.KERNEL_ERRORS, counter.value(), "", "receive");
            default ->
                    add(
                            Metric.UNCLAIMED,
                            counter.value(),
                            label.isEmpty() ? counter.name() : counter.name() + " " + label);
        }
    }

    // ---- an instance ----

    private void take(InstanceView view) {
        String instance = view.name();
        for (InstanceView.LinkView link : view.links()) {
            add(
                    Metric.INTERFACE_UP,
                    is(link.state() == InstanceView.LinkState.UP),
                    instance,
                    link.name(),
                    EventLog.side(link.role()),
                    link.family().toString());
        }
        for (EngineView.Downstream on : view.engine().downstreams()) {
            String family = on.family().toString();
            add(Metric.QUERIER, is(on.isQuerier()), instance, on.link(), family);
            add(Metric.GROUPS, on.groupCount(), instance, on.link(), family);
            add(Metric.HOSTS, on.hostCount(), instance, on.link(), family);
        }
        for (EngineView.Upstream on : view.engine().upstreams()) {
            String family = on.family().toString();
            add(Metric.MEMBERSHIPS, on.groupCount(), instance, on.link(), family);
        }
        view.engine()
                .routeCounts()
                .forEach((family, count) -> add(Metric.FLOWS, count, instance, family.toString()));
        view.kernelLinks().forEach((family, links) -> takeForwarded(view, family, links));
        takeQueues(view);
        takeLimits(view);
        OPERATIONS.values().forEach(operation -> add(Metric.KERNEL_ERRORS, 0, instance, operation));
        view.counts().forEach(count -> take(instance, count));
        view.reactions()
                .forEach(
                        (kind, counted) -> durations.put(List.of(instance, kind.label()), counted));
    }

    /** One ioctl(2) for each interface, whatever is forwarded. */
    private void takeForwarded(InstanceView view, Family family, SortedMap<Integer, String> links) {
        links.forEach((vif, link) -> {
            LinkCounters counted = counters(view, family, vif).orElse(null);
            if (counted != null) {
                forwarded(view, link, family, "in", counted.packetsIn(), counted.bytesIn());
                forwarded(view, link, family, "out", counted.packetsOut(), counted.bytesOut());
            }
        });
    }

    private static Optional<LinkCounters> counters(InstanceView view, Family family, int vif) {
        MulticastTable table = view.tables().get(family);
        if (table == null) {
            return Optional.empty();
        }
        try {
            return table.counters(vif);
        } catch (KernelException _) {
            return Optional.empty(); // the table was closed meanwhile; the instance tells of others
        }
    }

    private void forwarded(
            InstanceView view,
            String link,
            Family family,
            String direction,
            long packets,
            long bytes) {
        String of = family.toString();
        add(Metric.FORWARDED_PACKETS, packets, view.name(), link, of, direction);
        add(Metric.FORWARDED_BYTES, bytes, view.name(), link, of, direction);
    }

    private void takeQueues(InstanceView view) {
        view.waitingByKind()
                .forEach((kind, waiting) -> {
                    String queue = queue(kind);
                    add(Metric.QUEUE_DEPTH, waiting, view.name(), queue);
                    add(Metric.QUEUE_LIMIT, limit(kind), view.name(), queue);
                    add(
                            Metric.QUEUE_DROPPED,
                            view.counted("dropped", Optional.empty(), kind.toString()),
                            view.name(),
                            queue);
                });
    }

    private static String queue(Mail.Kind kind) {
        return switch (kind) {
            case MEMBERSHIP -> "messages";
            case UPCALL -> "upcalls";
        };
    }

    private static int limit(Mail.Kind kind) {
        return switch (kind) {
            case MEMBERSHIP -> Mailbox.MEMBERSHIP_LIMIT;
            case UPCALL -> Mailbox.UPCALL_LIMIT;
        };
    }

    private void takeLimits(InstanceView view) {
        for (Status.Limit limit : LimitsInUse.of(view)) {
            if (limit.name().startsWith("waiting-")) {
                continue; // the queues have metrics of their own
            }
            String[] labels = {
                limit.instance(), orEmpty(limit.link()), orEmpty(limit.family()), limit.name()
            };
            add(Metric.LIMIT, limit.limit(), labels);
            add(Metric.LIMIT_USED, limit.used(), labels);
            add(Metric.LIMIT_REACHED, limit.refused(), labels);
        }
    }

    private void take(String instance, Counters.Count count) {
        String link = count.key().link();
        String label = count.key().label();
        long value = count.value();
        switch (count.key().name()) {
            case "heard" -> message(Metric.MESSAGES_RECEIVED, instance, link, label, value);
            case "sent" -> message(Metric.MESSAGES_SENT, instance, link, label, value);
            case "refused" -> add(Metric.REFUSED, value, instance, link, label);
            case "cache-miss", "wrong-interface" ->
                    add(Metric.UPCALLS, value, instance, link, count.key().name());
            default -> {
                String operation = OPERATIONS.get(count.key().name());
                if (operation != null) {
                    add(Metric.KERNEL_ERRORS, value, instance, operation);
                } // what is dropped and limits that are reached were taken above
            }
        }
    }

    /** Kinds are as {@link MessageKind} names them, for instance {@code IGMPv3 report}. */
    private void message(Metric metric, String instance, String link, String kind, long value) {
        int blank = kind.indexOf(' ');
        String protocol = blank < 0 ? "" : kind.substring(0, blank);
        String type = kind.substring(blank + 1);
        add(metric, value, instance, link, protocol, type);
    }

    // ---- in the library's words ----

    private MetricSnapshots snapshots() {
        List<MetricSnapshot> all = new ArrayList<>();
        for (Metric metric : Metric.values()) {
            all.add(snapshot(metric));
        }
        Machine.REGISTRY.scrape().forEach(all::add);
        return new MetricSnapshots(all);
    }

    private MetricSnapshot snapshot(Metric metric) {
        return switch (metric.type()) {
            case COUNTER -> counter(metric);
            case GAUGE -> gauge(metric);
            case HISTOGRAM -> histogram(metric);
        };
    }

    private Map<List<String>, Double> of(Metric metric) {
        return numbers.getOrDefault(metric, Map.of());
    }

    private static Labels labels(Metric metric, List<String> values) {
        return Labels.of(metric.labels(), values);
    }

    private MetricSnapshot counter(Metric metric) {
        CounterSnapshot.Builder builder =
                CounterSnapshot.builder()
                        .name(metric.toString().replaceFirst("_total$", ""))
                        .help(metric.help());
        of(metric)
                .forEach((labels, value) ->
                        builder.dataPoint(
                                CounterDataPointSnapshot.builder()
                                        .value(value)
                                        .labels(labels(metric, labels))
                                        .build()));
        return builder.build();
    }

    private MetricSnapshot gauge(Metric metric) {
        GaugeSnapshot.Builder builder =
                GaugeSnapshot.builder().name(metric.toString()).help(metric.help());
        of(metric)
                .forEach((labels, value) ->
                        builder.dataPoint(
                                GaugeDataPointSnapshot.builder()
                                        .value(value)
                                        .labels(labels(metric, labels))
                                        .build()));
        return builder.build();
    }

    private MetricSnapshot histogram(Metric metric) {
        HistogramSnapshot.Builder builder =
                HistogramSnapshot.builder().name(metric.toString()).help(metric.help());
        durations.forEach((labels, counted) ->
                builder.dataPoint(
                        HistogramDataPointSnapshot.builder()
                                .classicHistogramBuckets(
                                        ClassicHistogramBuckets.of(
                                                Durations.BOUNDS_SECONDS, counted.counts()))
                                .sum(counted.sumSeconds())
                                .labels(labels(metric, labels))
                                .build()));
        return builder.build();
    }
}
