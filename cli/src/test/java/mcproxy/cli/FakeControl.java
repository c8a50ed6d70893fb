package mcproxy.cli;

import mcproxy.control.Change;
import mcproxy.control.Control;
import mcproxy.control.Counter;
import mcproxy.control.EventFeed;
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

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/** A daemon in memory: two instances, one of them with what needs attention. */
final class FakeControl implements Control {
    static final Interface.InForce TIMERS =
            new Interface.InForce(2, 125_000, 10_000, 260_000, 1000, 2);
    private static final long SECOND = 1000;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;

    /** What was asked for, in words. */
    final List<String> asked = new ArrayList<>();

    final List<Change> changes = new ArrayList<>();

    Status status =
            new Status(
                    "2.0.0",
                    812,
                    "2026-11-20T08:00:00Z",
                    77 * HOUR + 5 * MINUTE,
                    "/etc/mcproxy/mcproxy.conf",
                    "2026-11-23T12:55:48Z",
                    true,
                    "mcproxy.conf:3:1: error: unknown word 'pinstanc'",
                    "info",
                    List.of("tv", "radio"),
                    42,
                    List.of(
                            new Status.Limit("max-groups", "tv", "lan0", "IPv4", 3, 1000, 0),
                            new Status.Limit(
                                    "virtual-interfaces", "radio", null, "IPv4", 32, 32, 2),
                            new Status.Limit("max-hosts", "tv", "lan0", "IPv4", 950, 1000, 0)));

    List<Instance> instances =
            List.of(
                    new Instance(
                            "tv",
                            0,
                            77 * HOUR,
                            List.of("IGMPv3", "MLDv2"),
                            List.of("wan0"),
                            List.of("lan0", "lan1"),
                            "all",
                            4,
                            3,
                            List.of(
                                    new Instance.KernelLink("IPv4", 0, "wan0"),
                                    new Instance.KernelLink("IPv4", 1, "lan0"),
                                    new Instance.KernelLink("IPv4", 2, "lan1")),
                            0,
                            0),
                    new Instance(
                            "radio",
                            2,
                            4 * MINUTE + 12 * SECOND,
                            List.of("IGMPv3"),
                            List.of("wan1", "wan2"),
                            List.of("tun*"),
                            "mutex 500",
                            0,
                            0,
                            List.of(),
                            17,
                            1203));

    List<Interface> interfaces =
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
                            new Interface.Upstream(0, 4, false, "192.0.2.1", 61_000L, 2),
                            null),
                    new Interface(
                            "tv",
                            "lan0",
                            "downstream",
                            "IPv4",
                            "up",
                            3,
                            1,
                            "10.0.0.254",
                            1500,
                            "IGMPv2",
                            null,
                            new Interface.Downstream(
                                    "10.0.0.254",
                                    true,
                                    0,
                                    true,
                                    3,
                                    4,
                                    List.of("239.255.0.1"),
                                    TIMERS)),
                    new Interface(
                            "tv",
                            "lan1",
                            "downstream",
                            "IPv4",
                            "up",
                            4,
                            2,
                            "10.0.1.254",
                            1500,
                            "IGMPv3",
                            null,
                            new Interface.Downstream(
                                    "10.0.1.1", false, 201_000, false, 1, 1, List.of(), TIMERS)),
                    new Interface(
                            "tv",
                            "lan0",
                            "downstream",
                            "IPv6",
                            "up",
                            3,
                            1,
                            "fe80::1",
                            1500,
                            "MLDv2",
                            null,
                            new Interface.Downstream(
                                    "fe80::1", true, 0, true, 1, 1, List.of(), TIMERS)),
                    new Interface(
                            "radio",
                            "wan1",
                            "upstream",
                            "IPv4",
                            "down",
                            7,
                            null,
                            null,
                            1500,
                            null,
                            null,
                            null),
                    new Interface(
                            "radio",
                            "wan2",
                            "upstream",
                            "IPv4",
                            "missing",
                            null,
                            null,
                            null,
                            null,
                            null,
                            null,
                            null));

    List<Group> groups =
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
                                    new Group.Source("192.0.2.10", 233_000),
                                    new Group.Source("192.0.2.11", 12_000)),
                            List.of(),
                            42 * MINUTE,
                            "10.0.0.5",
                            false,
                            List.of(
                                    new Group.Host(
                                            "10.0.0.5",
                                            "02:00:00:00:00:05",
                                            "IGMPv3",
                                            "include",
                                            List.of("192.0.2.10", "192.0.2.11"),
                                            233_000))),
                    new Group(
                            "tv",
                            "lan0",
                            "IPv4",
                            "239.1.1.1",
                            "exclude",
                            "IGMPv2",
                            252_000,
                            List.of(),
                            List.of(),
                            4 * MINUTE + 12 * SECOND,
                            "10.0.0.7",
                            false,
                            List.of(
                                    new Group.Host(
                                            "10.0.0.5",
                                            "02:00:00:00:00:05",
                                            "IGMPv3",
                                            "exclude",
                                            List.of(),
                                            252_000),
                                    new Group.Host(
                                            "10.0.0.7",
                                            null,
                                            "IGMPv2",
                                            "exclude",
                                            List.of(),
                                            190_000))),
                    new Group(
                            "tv",
                            "lan0",
                            "IPv4",
                            "239.255.0.1",
                            "exclude",
                            "IGMPv3",
                            0,
                            List.of(),
                            List.of(),
                            77 * HOUR,
                            null,
                            true,
                            List.of()),
                    new Group(
                            "tv",
                            "lan1",
                            "IPv4",
                            "239.1.1.1",
                            "exclude",
                            "IGMPv3",
                            99_000,
                            List.of(new Group.Source("192.0.2.12", 3000)),
                            List.of("198.51.100.66"),
                            9 * SECOND,
                            "10.0.1.8",
                            false,
                            List.of()),
                    new Group(
                            "tv",
                            "lan0",
                            "IPv6",
                            "ff05::1:3",
                            "exclude",
                            "MLDv2",
                            255_000,
                            List.of(),
                            List.of(),
                            2 * HOUR + 5 * MINUTE,
                            "fe80::5",
                            false,
                            List.of(
                                    new Group.Host(
                                            "fe80::5",
                                            "02:00:00:00:00:05",
                                            "MLDv2",
                                            "exclude",
                                            List.of(),
                                            255_000))));

    List<Flow> flows =
            List.of(
                    new Flow(
                            "tv",
                            "IPv4",
                            "192.0.2.10",
                            "232.1.1.1",
                            "wan0",
                            List.of("lan0"),
                            1_234_567,
                            1_624_689_972,
                            0,
                            712.4,
                            7_912_345.0,
                            42 * MINUTE),
                    new Flow(
                            "tv",
                            "IPv4",
                            "192.0.2.20",
                            "239.1.1.1",
                            "wan0",
                            List.of("lan0", "lan1"),
                            250_000,
                            329_000_000,
                            31,
                            950.0,
                            10_000_000.0,
                            4 * MINUTE + 12 * SECOND),
                    new Flow(
                            "tv",
                            "IPv4",
                            "192.0.2.99",
                            "239.9.9.9",
                            "wan0",
                            List.of(),
                            12,
                            1200,
                            0,
                            null,
                            null,
                            350));

    List<RuleHits> rules =
            List.of(
                    new RuleHits(
                            "tv",
                            "downstream",
                            "lan0",
                            "out",
                            "whitelist",
                            "sport",
                            1,
                            "(239.1.1.0/24 | *)",
                            1042),
                    new RuleHits(
                            "tv",
                            "downstream",
                            "lan0",
                            "out",
                            "whitelist",
                            "sport",
                            2,
                            "(232.1.1.1 | 192.0.2.10)",
                            7),
                    new RuleHits(
                            "tv",
                            "upstream",
                            "wan0",
                            "in",
                            "blacklist",
                            "",
                            1,
                            "(239.66.0.0/16 | *)",
                            0));

    List<Counter> counters =
            List.of(
                    new Counter(null, null, "kernel-errors", "ENOBUFS", 3),
                    new Counter("tv", "lan0", "heard", "IGMPv3 report", 12_345),
                    new Counter("tv", "lan0", "refused", "checksum", 2),
                    new Counter("tv", "lan0", "refused", "off-subnet", 0));

    List<Membership> memberships =
            List.of(
                    new Membership(
                            "tv",
                            "wan0",
                            "IPv4",
                            "232.1.1.1",
                            "include",
                            List.of("192.0.2.10", "192.0.2.11"),
                            "IGMPv3",
                            0),
                    new Membership(
                            "tv", "wan0", "IPv4", "239.1.1.1", "exclude", List.of(), "IGMPv3", 1));

    List<Explanation> explanations =
            List.of(
                    new Explanation(
                            "tv",
                            "239.1.1.1",
                            "192.0.2.20",
                            "lan0",
                            true,
                            "10.0.0.5 and 1 other on lan0 get it",
                            List.of(
                                    new Explanation.Step(
                                            "membership", "ok", "10.0.0.5 reported it", null, null),
                                    new Explanation.Step(
                                            "filter",
                                            "ok",
                                            "rule 1 lets it out",
                                            "downstream lan0 out, whitelist table sport, rule 1",
                                            null),
                                    new Explanation.Step(
                                            "packets", "ok", "950 packets a second", null, null))),
                    new Explanation(
                            "tv",
                            "239.1.1.1",
                            "192.0.2.20",
                            "lan1",
                            false,
                            "10.0.1.1 is the querier on lan1, so it forwards there and we do not",
                            List.of(
                                    new Explanation.Step(
                                            "membership", "ok", "10.0.1.8 reported it", null, null),
                                    new Explanation.Step(
                                            "querier",
                                            "stops",
                                            "10.0.1.1 has the lower address and asks on lan1",
                                            "the querier election (RFC 9776 6.6.2)",
                                            "mcproxy set tv downstream lan1"
                                                    + " forward-when-not-querier on, if no other"
                                                    + " proxy forwards onto lan1"))));

    Outcome outcome =
            new Outcome(true, List.of("tv: query-interval is 60s, was 125s"), List.of(), null);

    List<Happening> happenings =
            List.of(
                    new Happening(
                            40,
                            "2026-11-23T13:00:01.250Z",
                            "querier-elected",
                            "info",
                            "tv",
                            "tv: 10.0.1.1 is the querier on lan1",
                            new TreeMap<>(Map.of("link", "lan1", "querier", "10.0.1.1"))),
                    new Happening(
                            41,
                            "2026-11-23T13:00:02.000Z",
                            "downstream-membership",
                            "debug",
                            "tv",
                            "tv: lan0 wants 239.1.1.1 EXCLUDE {}",
                            new TreeMap<>(Map.of("link", "lan0", "group", "239.1.1.1"))),
                    new Happening(
                            42,
                            "2026-11-23T13:00:03.000Z",
                            "interface-gone",
                            "warning",
                            "radio",
                            "radio: the interface wan2 has gone; waiting for it to come back",
                            Map.of("link", "wan2")));

    private static boolean fits(@Nullable String wanted, @Nullable String value) {
        return wanted == null || wanted.equals(value);
    }

    private static boolean fits(Selection wanted, String instance, @Nullable String link) {
        return fits(wanted.instance(), instance) && fits(wanted.link(), link);
    }

    @Override
    public Status status() {
        return status;
    }

    @Override
    public List<Instance> instances() {
        return instances;
    }

    @Override
    public List<Interface> interfaces(Selection wanted) {
        return interfaces.stream().filter(one -> fits(wanted, one.instance(), one.name())).toList();
    }

    @Override
    public List<Group> groups(Selection wanted) {
        return groups.stream()
                .filter(one ->
                        fits(wanted, one.instance(), one.link())
                                && fits(wanted.group(), one.group()))
                .toList();
    }

    @Override
    public List<Membership> memberships(Selection wanted) {
        return memberships.stream()
                .filter(one ->
                        fits(wanted, one.instance(), one.link())
                                && fits(wanted.group(), one.group()))
                .toList();
    }

    @Override
    public List<Flow> flows(Selection wanted) {
        return flows.stream()
                .filter(one ->
                        fits(wanted.instance(), one.instance())
                                && fits(wanted.group(), one.group())
                                && fits(wanted.source(), one.source()))
                .toList();
    }

    @Override
    public List<RuleHits> rules(Selection wanted) {
        return rules.stream().filter(one -> fits(wanted, one.instance(), one.link())).toList();
    }

    @Override
    public List<Counter> counters(Selection wanted) {
        return counters.stream()
                .filter(one ->
                        fits(wanted.instance(), one.instance()) && fits(wanted.link(), one.link()))
                .toList();
    }

    @Override
    public List<Explanation> explain(String group, Optional<String> source, Selection wanted) {
        asked.add("explain " + group + " " + source.orElse("*"));
        return explanations.stream()
                .filter(one -> group.equals(one.group()))
                .filter(one -> source.isEmpty() || source.get().equals(one.source()))
                .filter(one -> fits(wanted, one.instance(), one.link()))
                .toList();
    }

    @Override
    public String configuration() {
        return "pinstance tv: wan0 ==> lan0;";
    }

    @Override
    public Outcome replace(String text, boolean dryRun) {
        asked.add("replace " + text.strip() + (dryRun ? " dry" : ""));
        return outcome;
    }

    @Override
    public Outcome change(List<Change> more, boolean dryRun) {
        asked.add(dryRun ? "dry change" : "change");
        changes.addAll(more);
        return outcome;
    }

    @Override
    public Outcome reload() {
        asked.add("reload");
        return outcome;
    }

    @Override
    public int clear(Selection wanted) {
        asked.add("clear " + Objects.toString(wanted.group(), "*"));
        return groups(wanted).size();
    }

    @Override
    public void logLevel(String level) {
        asked.add("log-level " + level);
        status =
                new Status(
                        status.version(),
                        status.pid(),
                        status.startedAt(),
                        status.upMillis(),
                        status.file(),
                        status.loadedAt(),
                        status.changed(),
                        status.reloadFailure(),
                        level,
                        status.instances(),
                        status.cursor(),
                        status.limits());
    }

    @Override
    public EventFeed events() {
        return new EventFeed() {
            @Override
            public long cursor() {
                return happenings.isEmpty() ? 0 : happenings.getLast().cursor();
            }

            @Override
            public List<Happening> after(long cursor, Duration wait) {
                return happenings.stream().filter(one -> one.cursor() > cursor).toList();
            }
        };
    }
}
