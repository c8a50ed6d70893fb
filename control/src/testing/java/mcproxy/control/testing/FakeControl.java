package mcproxy.control.testing;

import mcproxy.config.ConfigurationReader;
import mcproxy.config.Reading;
import mcproxy.control.Change;
import mcproxy.control.Control;
import mcproxy.control.ControlException;
import mcproxy.control.Counter;
import mcproxy.control.Explanation;
import mcproxy.control.Flow;
import mcproxy.control.Group;
import mcproxy.control.Instance;
import mcproxy.control.Interface;
import mcproxy.control.Membership;
import mcproxy.control.Outcome;
import mcproxy.control.RuleHits;
import mcproxy.control.Selection;
import mcproxy.control.Status;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A daemon's control with made-up answers: two instances, and each component of each document both
 * missing and there. It takes changes, and behaves as {@link Control} says.
 */
public final class FakeControl implements Control {
    /** The configuration that it begins with. */
    public static final String CONFIGURATION =
            """
            protocol IGMPv3, MLDv2;
            pinstance tv: wan0 ==> lan0 lan1;
            pinstance "house 2": wan1 ==> lan2;
            """;

    private static final Set<String> LEVELS = Set.of("error", "warning", "info", "debug", "trace");

    private final FakeFeed feed = new FakeFeed();
    private final List<String> done = new ArrayList<>();
    private String configuration = CONFIGURATION;
    private String level = "info";
    private String version = "2.0.0";
    private @Nullable Outcome nextReload;
    private volatile Runnable onStatus = () -> {};

    /** All that it was told to do, in order. */
    public synchronized List<String> done() {
        return List.copyOf(done);
    }

    /** What comes of the next reload; all is well without it. */
    public synchronized void onReload(Outcome outcome) {
        nextReload = outcome;
    }

    /** What it says its version is. */
    public synchronized void version(String text) {
        version = text;
    }

    /** What happens before each status is told; it may wait or throw. */
    public void onStatus(Runnable action) {
        onStatus = action;
    }

    @Override
    public Status status() {
        onStatus.run();
        synchronized (this) {
            return new Status(
                    version,
                    4711,
                    "2026-11-25T10:00:00Z",
                    3_600_000,
                    "/etc/mcproxy.conf",
                    "2026-11-25T10:30:00Z",
                    !configuration.equals(CONFIGURATION),
                    nextReload == null ? null : nextReload.failure(),
                    level,
                    List.of("tv", "house 2"),
                    feed.cursor(),
                    List.of(
                            new Status.Limit("max-groups", "tv", "lan0", "IPv4", 2, 1000, 0),
                            new Status.Limit(
                                    "virtual-interfaces", "house 2", null, null, 2, 32, 7)));
        }
    }

    @Override
    public List<Instance> instances() {
        return List.of(
                new Instance(
                        "tv",
                        0,
                        3_600_000,
                        List.of("IGMPv3", "MLDv2"),
                        List.of("wan0"),
                        List.of("lan0", "lan1"),
                        "first",
                        3,
                        2,
                        List.of(
                                new Instance.KernelLink("IPv4", 0, "wan0"),
                                new Instance.KernelLink("IPv4", 1, "lan0")),
                        0,
                        0),
                new Instance(
                        "house 2",
                        7,
                        1000,
                        List.of("IGMPv3"),
                        List.of("wan1"),
                        List.of("lan2"),
                        "mutex 500",
                        0,
                        0,
                        List.of(),
                        2,
                        5));
    }

    @Override
    public List<Interface> interfaces(Selection selection) {
        Interface.InForce timers =
                new Interface.InForce(2, 125_000, 10_000, 260_000, 1000, 2);
        return select(
                selection,
                List.of(
                        new Interface(
                                "tv",
                                "wan0",
                                "upstream",
                                "IPv4",
                                "up",
                                2,
                                0,
                                "192.0.2.2",
                                1500,
                                "IGMPv3",
                                new Interface.Upstream(0, 2, false, "192.0.2.1", 3000L, 2),
                                null),
                        new Interface(
                                "tv",
                                "lan0",
                                "downstream",
                                "IPv4",
                                "up",
                                3,
                                1,
                                "10.0.0.1",
                                1500,
                                "IGMPv3",
                                null,
                                new Interface.Downstream(
                                        "10.0.0.1",
                                        true,
                                        0,
                                        true,
                                        2,
                                        2,
                                        List.of("232.1.1.9 192.0.2.1"),
                                        timers)),
                        new Interface(
                                "tv", "lan1", "downstream", "IPv4", "missing", null, null, null,
                                null, null, null, null),
                        new Interface(
                                "house 2",
                                "wan1",
                                "upstream",
                                "IPv4",
                                "up",
                                5,
                                0,
                                "198.51.100.2",
                                1400,
                                "IGMPv2",
                                new Interface.Upstream(0, 0, true, null, null, 2),
                                null),
                        new Interface(
                                "house 2",
                                "lan2",
                                "downstream",
                                "IPv4",
                                "up",
                                6,
                                1,
                                null,
                                1400,
                                "IGMPv3",
                                null,
                                new Interface.Downstream(
                                        null, false, 1000, false, 0, 0, List.of(), timers))),
                Interface::instance,
                Interface::name,
                _ -> true);
    }

    @Override
    public List<Group> groups(Selection selection) {
        return select(
                selection,
                List.of(
                        new Group(
                                "tv",
                                "lan0",
                                "IPv4",
                                "232.1.1.1",
                                "include",
                                "IGMPv3",
                                0,
                                List.of(
                                        new Group.Source("192.0.2.10", 200_000),
                                        new Group.Source("192.0.2.11", 100_000)),
                                List.of(),
                                60_000,
                                "10.0.0.2",
                                false,
                                List.of(
                                        new Group.Host(
                                                "10.0.0.2",
                                                "02:00:00:00:00:02",
                                                "IGMPv3",
                                                "include",
                                                List.of("192.0.2.10", "192.0.2.11"),
                                                200_000),
                                        new Group.Host(
                                                "10.0.0.3",
                                                null,
                                                "IGMPv3",
                                                "include",
                                                List.of("192.0.2.10"),
                                                100_000))),
                        new Group(
                                "tv",
                                "lan0",
                                "IPv4",
                                "239.1.1.1",
                                "exclude",
                                "IGMPv2",
                                180_000,
                                List.of(),
                                List.of("192.0.2.66"),
                                5000,
                                null,
                                true,
                                List.of()),
                        new Group(
                                "tv",
                                "lan0",
                                "IPv6",
                                "ff3e::1",
                                "include",
                                "MLDv2",
                                0,
                                List.of(new Group.Source("2001:db8::1", 1)),
                                List.of(),
                                0,
                                "fe80::2",
                                false,
                                List.of())),
                Group::instance,
                Group::link,
                group ->
                        (selection.group() == null || selection.group().equals(group.group()))
                                && (selection.source() == null
                                        || group.sources().stream()
                                                .anyMatch(
                                                        source ->
                                                                source.address()
                                                                        .equals(
                                                                                selection
                                                                                        .source()))));
    }

    @Override
    public List<Membership> memberships(Selection selection) {
        return select(
                selection,
                List.of(
                        new Membership(
                                "tv",
                                "wan0",
                                "IPv4",
                                "232.1.1.1",
                                "include",
                                List.of("192.0.2.10", "192.0.2.11"),
                                "IGMPv3",
                                1),
                        new Membership(
                                "tv", "wan0", "IPv4", "239.1.1.1", "exclude", List.of(), "IGMPv2",
                                0)),
                Membership::instance,
                Membership::link,
                one -> selection.group() == null || selection.group().equals(one.group()));
    }

    @Override
    public List<Flow> flows(Selection selection) {
        return select(
                selection,
                List.of(
                        new Flow(
                                "tv",
                                "IPv4",
                                "192.0.2.10",
                                "232.1.1.1",
                                "wan0",
                                List.of("lan0"),
                                1000,
                                1_316_000,
                                0,
                                250.5,
                                2_637_264.0,
                                60_000),
                        new Flow(
                                "tv",
                                "IPv4",
                                "192.0.2.66",
                                "239.9.9.9",
                                "wan0",
                                List.of(),
                                3,
                                300,
                                1,
                                null,
                                null,
                                10)),
                Flow::instance,
                Flow::incoming,
                flow -> selection.group() == null || selection.group().equals(flow.group()));
    }

    @Override
    public List<RuleHits> rules(Selection selection) {
        return select(
                selection,
                List.of(
                        new RuleHits(
                                "tv",
                                "downstream",
                                "lan*",
                                "out",
                                "whitelist",
                                "good",
                                1,
                                "(239.0.0.0/8 | *)",
                                12),
                        new RuleHits(
                                "tv", "upstream", "wan0", "in", "blacklist", "", 1, "(* | *)", 0)),
                RuleHits::instance,
                RuleHits::link,
                _ -> true);
    }

    @Override
    public List<Counter> counters(Selection selection) {
        List<Counter> all =
                List.of(
                        new Counter(null, null, "unclaimed", null, 3),
                        new Counter("tv", "lan0", "refused", "CHECKSUM", 2),
                        new Counter("house 2", null, "dropped", "membership", 5));
        return selection.instance() == null
                ? all
                : all.stream()
                        .filter(one -> Objects.equals(one.instance(), known(selection.instance())))
                        .toList();
    }

    @Override
    public String metrics() {
        return """
                # HELP mcproxy_build_info The program's version; always 1.
                # TYPE mcproxy_build_info gauge
                mcproxy_build_info{version="2.0.0"} 1.0
                """;
    }

    @Override
    public List<Explanation> explain(
            String group, Optional<String> source, Selection selection) {
        known(selection.instance());
        return List.of(
                new Explanation(
                        "tv",
                        group,
                        source.orElse("192.0.2.10"),
                        "lan0",
                        true,
                        "it flows to lan0",
                        List.of(
                                new Explanation.Step(
                                        "membership", "ok", "10.0.0.2 reported it", null, null))),
                new Explanation(
                        "house 2",
                        group,
                        null,
                        null,
                        false,
                        "nobody wants it",
                        List.of(
                                new Explanation.Step(
                                        "filter",
                                        "stops",
                                        "rule 1 of table good does not match",
                                        "rule 1 of table good",
                                        "add a rule to table good"))));
    }

    @Override
    public synchronized String configuration() {
        return configuration;
    }

    @Override
    public synchronized Outcome replace(String text, boolean dryRun) {
        Reading reading = ConfigurationReader.read("sent", text);
        List<Outcome.ProblemAt> problems =
                reading.problems().stream()
                        .map(
                                problem ->
                                        new Outcome.ProblemAt(
                                                problem.severity().toString(),
                                                problem.span().start().line(),
                                                problem.span().start().column(),
                                                problem.message(),
                                                problem.expected().orElse(null),
                                                problem.hint().orElse(null)))
                        .toList();
        if (reading.configuration().isEmpty()) {
            return new Outcome(false, List.of(), problems, null);
        }
        List<String> differences =
                text.equals(configuration) ? List.of() : List.of("the text is another");
        if (!dryRun) {
            configuration = text;
            did("replace");
        }
        return new Outcome(!dryRun, differences, problems, null);
    }

    @Override
    public synchronized Outcome change(List<Change> changes, boolean dryRun) {
        for (int i = 0; i < changes.size(); i++) {
            Change change = changes.get(i);
            if (change.instance() != null
                    && !change.kind().equals("instance")
                    && !status().instances().contains(change.instance())) {
                return new Outcome(
                        false,
                        List.of(),
                        List.of(
                                new Outcome.ProblemAt(
                                        "error",
                                        i + 1,
                                        1,
                                        "there is no instance '" + change.instance() + "'",
                                        null,
                                        "tv")),
                        null);
            }
        }
        List<String> differences =
                changes.stream().map(change -> change.action() + " " + change.kind()).toList();
        if (!dryRun) {
            differences.forEach(this::did);
        }
        return new Outcome(!dryRun, differences, List.of(), null);
    }

    @Override
    public synchronized Outcome reload() {
        did("reload");
        return Objects.requireNonNullElseGet(
                nextReload, () -> new Outcome(true, List.of(), List.of(), null));
    }

    @Override
    public int clear(Selection selection) {
        int count = groups(selection).size();
        did("clear " + count);
        return count;
    }

    @Override
    public synchronized void logLevel(String wanted) {
        if (!LEVELS.contains(wanted)) {
            throw new IllegalArgumentException("there is no log level '" + wanted + "'");
        }
        level = wanted;
        did("log-level " + wanted);
    }

    @Override
    public FakeFeed events() {
        return feed;
    }

    private synchronized void did(String what) {
        done.add(what);
    }

    private static <T> List<T> select(
            Selection selection,
            List<T> all,
            java.util.function.Function<T, String> instance,
            java.util.function.Function<T, String> link,
            Predicate<T> rest) {
        known(selection.instance());
        return all.stream()
                .filter(
                        one ->
                                selection.instance() == null
                                        || selection.instance().equals(instance.apply(one)))
                .filter(
                        one ->
                                selection.link() == null
                                        || selection.link().equals(link.apply(one)))
                .filter(rest)
                .toList();
    }

    private static @Nullable String known(@Nullable String instance) {
        if (instance != null && !instance.equals("tv") && !instance.equals("house 2")) {
            throw new ControlException(
                    ControlException.Kind.NOT_FOUND, "there is no instance '" + instance + "'");
        }
        return instance;
    }
}
