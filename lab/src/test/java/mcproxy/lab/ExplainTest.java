package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.control.ControlClient;
import mcproxy.control.Explanation;
import mcproxy.control.Selection;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Protocol;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Each cause for which a group does not flow is made on a real kernel: {@code explain} names it,
 * and the command that it gives, when run as it is, makes the stream flow.
 */
@InSandbox
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExplainTest {
    /** Where all streams come from, if nothing else is said. */
    private static final IpAddress SOURCE = IpAddress.of("10.0.1.10");

    /** A flow from another interface is looked at by the kernel only every three seconds. */
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    /** What a remedy says to run: up to the end of its clause. */
    private static final Pattern COMMAND = Pattern.compile("\\b(mcproxy|ip) [a-z][^;]*[^;,.]");

    private final ProxyNetwork net = new ProxyNetwork();
    private final Path socket = net.lab.folder().resolve("control.sock");
    private final ControlClient control = new ControlClient(socket);
    private @Nullable LabProcess daemon;

    @BeforeAll
    void start() throws Exception {
        net.lab.link(net.up, "eth1", net.proxy, "wan2");
        ProxyNetwork.address(net.proxy, "wan2", 5, 1);
        net.up.address("eth1", "10.0.5.10/24");
        net.up.address("eth0", "10.0.1.20/24");
        net.up.address("eth0", "172.16.9.9/32");
        net.proxy.awaitLinkLocal("wan2");
        daemon =
                net.startDaemonWith(
                        List.of("--control", socket.toString()),
                        // A receiver that was refused is asked again within seconds.
                        "pinstance tv set query-interval 4s;",
                        "pinstance tv set query-response-interval 1s;");
        Await.until(PATIENCE, "a control socket", () -> Files.exists(socket));
    }

    @AfterAll
    void stop() {
        control.close();
        net.close();
    }

    // ---- the causes ----

    /**
     * A cause.
     *
     * @param name what it is, for people
     * @param group the group, each has its own
     * @param from where the stream comes from
     * @param make makes the cause: the stream, the receivers, what is between
     * @param subject the step that stops the stream
     * @param decidedBy what that step says decides
     * @param end what is to be done by hand after the remedy; empty where the cause has no remedy
     *     that makes the stream flow
     */
    private record Cause(
            String name,
            IpAddress group,
            IpAddress from,
            String link,
            Making make,
            String subject,
            String decidedBy,
            Optional<Making> end) {
        @Override
        public String toString() {
            return name;
        }
    }

    private interface Making {
        void run(Cause cause) throws Exception;
    }

    private static final Making NOTHING = _ -> {};

    /** Its remedy makes the stream flow. */
    private static Cause cause(
            String name, String group, String link, String subject, String decidedBy, Making make) {
        return new Cause(
                name,
                IpAddress.of(group),
                SOURCE,
                link,
                make,
                subject,
                decidedBy,
                Optional.of(NOTHING));
    }

    private static Cause from(String source, Cause cause) {
        return new Cause(
                cause.name,
                cause.group,
                IpAddress.of(source),
                cause.link,
                cause.make,
                cause.subject,
                cause.decidedBy,
                cause.end);
    }

    private static Cause ending(Cause cause, Making end) {
        return new Cause(
                cause.name,
                cause.group,
                cause.from,
                cause.link,
                cause.make,
                cause.subject,
                cause.decidedBy,
                Optional.of(end));
    }

    /** Nothing that mcproxy could do makes it flow. */
    private static Cause forGood(Cause cause) {
        return new Cause(
                cause.name,
                cause.group,
                cause.from,
                cause.link,
                cause.make,
                cause.subject,
                cause.decidedBy,
                Optional.empty());
    }

    private List<Cause> causes() {
        return List.of(
                cause(
                        "nobody has joined",
                        "239.5.0.1",
                        "lan1",
                        "membership",
                        "the receivers' reports",
                        this::sending),
                from(
                        "10.0.1.20",
                        cause(
                                "the receiver wants another source",
                                "239.5.0.2",
                                "lan1",
                                "membership",
                                "the receivers' source list",
                                cause -> {
                                    sending(cause);
                                    var _ = net.join(net.tv1, SOURCE, cause.group);
                                })),
                cause(
                        "a source-specific group is joined without a source",
                        "232.5.0.3",
                        "lan1",
                        "membership",
                        "ssm-range (RFC 4604 3)",
                        this::watching),
                cause(
                        "a whitelist of the downstream",
                        "239.5.0.4",
                        "lan1",
                        "filter",
                        "table sport, no rule matches",
                        cause -> {
                            mcproxy("add table sport 239.1.1.1");
                            mcproxy("add filter tv downstream lan1 out whitelist sport");
                            watching(cause);
                        }),
                cause(
                        "a blacklist of the upstream",
                        "239.5.0.5",
                        "lan1",
                        "filter",
                        "table bad, rule 1: (239.5.0.5 | *)",
                        cause -> {
                            mcproxy("add table bad 239.5.0.5");
                            mcproxy("add filter tv upstream wan in blacklist bad");
                            watching(cause);
                        }),
                from(
                        "10.0.3.10",
                        cause(
                                "a blacklist of the sender's downstream",
                                "239.5.0.6",
                                "lan1",
                                "filter",
                                "rule 1: (239.5.0.0/24 | *)",
                                cause -> {
                                    mcproxy(
                                            "add filter tv downstream lan2 in blacklist"
                                                    + " 'table {(239.5.0.0/24 | *)}'");
                                    var _ = net.send(net.tv3, cause.from, cause.group);
                                    var _ = net.join(net.tv1, cause.group);
                                })),
                cause(
                        "a local group",
                        "239.255.255.250",
                        "lan1",
                        "upstream",
                        "local-groups",
                        this::watching),
                cause(
                        "as many groups as there may be",
                        "239.5.0.8",
                        "lan2",
                        "membership",
                        "max-groups 1",
                        cause -> {
                            mcproxy("set tv downstream lan2 max-groups 1");
                            IpAddress first = IpAddress.of("239.5.0.88");
                            var _ = net.join(net.tv3, first);
                            Await.until(
                                    PATIENCE,
                                    "the first group",
                                    () -> !control.groups(group(first)).isEmpty());
                            sending(cause);
                            var _ = net.join(net.tv3, cause.group);
                        }),
                cause(
                        "another querier",
                        "239.5.0.9",
                        "lan2",
                        "querier",
                        "the querier election (RFC 4605 3)",
                        cause -> {
                            ProxyNetwork.inject(
                                    net.tv3,
                                    query("10.0.3.0", Protocol.IGMPV3)); // lower than 10.0.3.1
                            sending(cause);
                            var _ = net.join(net.tv3, cause.group);
                        }),
                ending(
                        cause(
                                "nothing is sent",
                                "239.5.0.10",
                                "lan1",
                                "packets",
                                "the source, or the network before us",
                                cause -> {
                                    var _ = net.join(net.tv1, cause.group);
                                }),
                        this::sending),
                from(
                        "172.16.9.9",
                        cause(
                                "the kernel's reverse path filter",
                                "239.5.0.11",
                                "lan1",
                                "packets",
                                "net.ipv4.conf.wan.rp_filter, or that of all, which is strict (1)",
                                cause -> {
                                    net.proxy.sysctl("net.ipv4.conf.wan.rp_filter", 1);
                                    watching(cause);
                                })),
                from(
                        "10.0.5.10",
                        cause(
                                "another upstream comes first",
                                "239.5.0.12",
                                "lan1",
                                "packets",
                                "rulematching first, and the order of the upstreams",
                                cause -> {
                                    mcproxy("add upstream tv wan2");
                                    var _ =
                                            StreamSender.start(
                                                    net.up,
                                                    "eth1",
                                                    new MulticastStream(
                                                            cause.from,
                                                            cause.group,
                                                            ProxyNetwork.PORT,
                                                            200));
                                    var _ = net.join(net.tv1, cause.group);
                                })),
                cause(
                        "the upstream is down",
                        "239.5.0.13",
                        "lan1",
                        "upstream",
                        "the upstream's link",
                        cause -> {
                            net.proxy.ip("link", "set", "wan", "down");
                            watching(cause);
                        }),
                cause(
                        "the downstream is down",
                        "239.5.0.14",
                        "lan2",
                        "interface",
                        "the interface's flags (ip link show lan2)",
                        cause -> {
                            sending(cause);
                            var _ = net.join(net.tv3, cause.group);
                            net.proxy.ip("link", "set", "lan2", "down");
                        }),
                forGood(
                        from(
                                "10.0.2.20",
                                cause(
                                        "the source is next to the receiver",
                                        "239.5.0.15",
                                        "lan1",
                                        "source",
                                        "the source's place",
                                        cause -> {
                                            var _ = net.send(net.tv2, cause.from, cause.group);
                                            var _ = net.join(net.tv1, cause.group);
                                        }))),
                forGood(
                        cause(
                                "a group of link scope",
                                "224.0.0.99",
                                "lan1",
                                "group",
                                "the group's scope (RFC 4605 3, RFC 9777 7)",
                                this::watching)),
                forGood(
                        cause(
                                "no such interface",
                                "239.5.0.17",
                                "lan7",
                                "interface",
                                "the interface's absence",
                                _ -> mcproxy("add downstream tv lan7"))),
                forGood(
                        cause(
                                "the kernel's table is full",
                                "239.5.0.18",
                                "many33", // the upstream and 31 of them have places
                                "interface",
                                "the kernel's limit of virtual interfaces (MAXVIFS, MAXMIFS)",
                                cause -> {
                                    mcproxy("add downstream tv 'many*'");
                                    mcproxy(
                                            "add entry tv downstream 'many*' static-group "
                                                    + cause.group
                                                    + " "
                                                    + cause.from);
                                    for (int number = 1; number <= 33; number++) {
                                        String name = "many" + number;
                                        net.lab.link(net.hub, "port" + number, net.proxy, name);
                                        net.proxy.ip(
                                                "address",
                                                "add",
                                                "10.9." + number + ".1/24",
                                                "dev",
                                                name);
                                    }
                                })));
    }

    // ---- what is made of them ----

    @TestFactory
    Stream<DynamicTest> eachCauseIsNamedAndItsRemedyHelps() {
        return causes().stream()
                .map(cause -> DynamicTest.dynamicTest(cause.name, () -> check(cause)));
    }

    private void check(Cause cause) throws Exception {
        try {
            cause.make.run(cause);
            Explanation told = await(cause, one -> cause.decidedBy.equals(last(one).decidedBy()));
            Explanation.Step last = last(told);
            assertThat(last.outcome()).isEqualTo("stops");
            assertThat(last.subject()).as("%s", told).isEqualTo(cause.subject);
            assertThat(told.flows()).isFalse();
            assertThat(told.verdict()).isEqualTo(last.text());
            if (cause.end.isPresent()) {
                remedy(last).ifPresent(this::shell);
                cause.end.get().run(cause);
                await(cause, Explanation::flows);
                awaitStream(cause);
            }
        } finally {
            restore();
        }
    }

    /** As all causes find it. */
    private void restore() {
        assertThat(control.reload().applied()).isTrue();
        net.proxy.sysctl("net.ipv4.conf.wan.rp_filter", 0);
        for (String link : List.of("wan", "lan2")) {
            net.proxy.ip("link", "set", link, "up");
        }
        Await.until(
                PATIENCE,
                () -> "all interfaces, of " + control.interfaces(Selection.ALL),
                () ->
                        control.interfaces(Selection.ALL).stream()
                                .filter(one -> one.family().equals("IPv4"))
                                .allMatch(one -> one.state().equals("up")));
    }

    private Explanation await(Cause cause, Predicate<Explanation> wanted) {
        Optional<Explanation> found =
                Await.value(PATIENCE, () -> explain(cause).stream().filter(wanted).findFirst());
        return found.orElseThrow(() ->
                new AssertionError(cause + ": explained as " + explain(cause) + "; " + daemon));
    }

    private List<Explanation> explain(Cause cause) {
        return control.explain(
                cause.group.toString(),
                Optional.of(cause.from.toString()),
                new Selection(null, cause.link, null, null));
    }

    private static Explanation.Step last(Explanation explanation) {
        return explanation.steps().getLast();
    }

    /** The command that a step says to run; empty where people have to do something. */
    private static Optional<String> remedy(Explanation.Step step) {
        Matcher command = COMMAND.matcher(String.valueOf(step.remedy()));
        return command.find() ? Optional.of(command.group()) : Optional.empty();
    }

    private void awaitStream(Cause cause) {
        LinkCapture link = cause.link.equals("lan2") ? net.atTv3 : net.atTv1;
        long before = packets(link, cause);
        Await.until(
                PATIENCE,
                () -> cause + ": the stream on " + link + ", of " + link.flows(),
                () -> packets(link, cause) > before + 20);
    }

    private static long packets(LinkCapture link, Cause cause) {
        return link.flow(cause.from, cause.group).map(LinkCapture.Count::packets).orElse(0L);
    }

    private void sending(Cause cause) {
        var _ = net.send(net.up, cause.from, cause.group);
    }

    private void watching(Cause cause) {
        sending(cause);
        var _ = net.join(net.tv1, cause.group);
    }

    private static Selection group(IpAddress group) {
        return new Selection(null, null, group.toString(), null);
    }

    private static Packet query(String querier, Protocol version) {
        return Packet.toSend(
                IpAddress.of(querier),
                IpAddress.of("224.0.0.1"),
                new Message.Query(
                        version,
                        version.family().unspecified(),
                        1000,
                        false,
                        version == Protocol.IGMPV3 ? 2 : 0,
                        version == Protocol.IGMPV3 ? 60 : 0,
                        List.of()));
    }

    private void mcproxy(String arguments) {
        shell("mcproxy " + arguments);
    }

    /** Runs a line as a shell on the proxy's host does. */
    private void shell(String line) {
        CommandRun run = CommandRun.shell(net.proxy, socket, line);
        assertThat(run.status()).as("%s: %s", line, run).isZero();
    }

    @Test
    void aQuerierOfAnOldVersionUpstreamIsToldOf() throws Exception {
        IpAddress group = IpAddress.of("232.5.0.20");
        Cause cause =
                cause("an old querier", group.toString(), "lan1", "upstream", "", this::sending);
        try {
            sending(cause);
            var _ = net.join(net.tv1, SOURCE, group);
            ProxyNetwork.inject(net.up, query(SOURCE.toString(), Protocol.IGMPV2));
            Explanation.Step note =
                    await(
                                    cause,
                                    one ->
                                            one.steps().stream()
                                                    .anyMatch(
                                                            step -> step.outcome().equals("note")))
                            .steps()
                            .stream()
                            .filter(step -> step.outcome().equals("note"))
                            .findFirst()
                            .orElseThrow();
            assertThat(note.text())
                    .isEqualTo(
                            "wan is asked for it from 10.0.1.10 in IGMPv2, which asks for all"
                                    + " sources");
            assertThat(note.decidedBy()).contains("the querier 10.0.1.10");
            remedy(note).ifPresent(this::shell);
            Explanation now =
                    await(
                            cause,
                            one ->
                                    one.steps().stream()
                                            .anyMatch(step -> step.text().contains("in IGMPv3")));
            assertThat(now.flows()).as("%s", now).isTrue();
        } finally {
            restore();
        }
    }
}
