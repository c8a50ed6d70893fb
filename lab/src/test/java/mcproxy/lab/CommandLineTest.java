package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.control.ControlClient;
import mcproxy.control.ControlException;
import mcproxy.control.Happening;
import mcproxy.control.Selection;
import mcproxy.wire.IpAddress;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The commands of a user, run as processes beside a daemon through which streams flow. */
@InSandbox
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CommandLineTest {
    private static final Duration ONCE = Duration.ZERO;
    private static final Pattern CURSOR = Pattern.compile("\\{\"cursor\":([0-9]+),");

    /** A line that top draws: the row, and what is in it. */
    private static final Pattern ROW = Pattern.compile("\033\\[([0-9]+);1H(.*?)\033\\[K");

    private final ProxyNetwork net = new ProxyNetwork();
    private final Path folder = net.lab.folder();
    private final Path socket = folder.resolve("control.sock");
    private final ControlClient control = new ControlClient(socket);
    private @Nullable LabProcess daemon;

    @BeforeAll
    void start() throws Exception {
        Files.writeString(
                folder.resolve("mcproxy.conf"),
                """
                protocol IGMPv3, MLDv2;
                table bad { (239.9.9.0/24 | *) };
                pinstance tv: wan ==> lan1 lan2;
                pinstance tv set last-member-query-interval 300ms;
                pinstance tv downstream lan2 set query-interval 60s;
                pinstance tv downstream lan2 out blacklist table bad;
                """);
        startDaemon();
        Map<String, Integer> packetsPerSecond =
                Map.of("239.1.1.1", 400, "ff0e::1:1", 200, "232.1.1.1", 50);
        packetsPerSecond.forEach((group, rate) -> {
            IpAddress to = IpAddress.of(group);
            MulticastStream stream =
                    new MulticastStream(ProxyNetwork.node(to, 1, 10), to, ProxyNetwork.PORT, rate);
            var _ = StreamSender.start(net.up, "eth0", stream);
        });
        IpAddress sport = IpAddress.of("239.1.1.1");
        List<StreamReceiver> receivers =
                List.of(
                        net.join(net.tv1, sport),
                        net.join(net.tv2, sport),
                        net.join(net.tv1, IpAddress.of("10.0.1.10"), IpAddress.of("232.1.1.1")),
                        net.join(net.tv3, IpAddress.of("ff0e::1:1")));
        var _ = net.join(net.tv3, IpAddress.of("239.9.9.9"));
        receivers.forEach(receiver -> ProxyNetwork.awaitPackets(receiver, 20));
        // IPv6 hosts repeat their first reports under another address; afterwards nothing changes.
        Await.until(
                ProxyNetwork.PATIENCE,
                () -> "reports sent, of " + control.memberships(Selection.ALL),
                () ->
                        control.memberships(Selection.ALL).size() == 3
                                && control.memberships(Selection.ALL).stream()
                                        .allMatch(one -> one.reportsLeft() == 0));
    }

    private void startDaemon() {
        daemon =
                net.proxy.start(
                        "daemon",
                        DaemonCommand.run(
                                folder.resolve("mcproxy.conf"), "--control", socket.toString()));
        Await.until(
                ProxyNetwork.PATIENCE,
                () -> "a control socket; the daemon says " + running().tail(20),
                () -> Files.exists(socket) && answers());
    }

    private boolean answers() {
        try {
            return !control.instances().isEmpty();
        } catch (ControlException _) {
            return false;
        }
    }

    private LabProcess running() {
        LabProcess now = daemon;
        if (now == null) {
            throw new AssertionError("no daemon was started");
        }
        return now;
    }

    @AfterAll
    void stop() {
        control.close();
        net.close();
    }

    private CommandRun shell(String line) {
        return CommandRun.shell(net.proxy, socket, "cd '" + folder + "'\n" + line);
    }

    // ---- every command, and what it prints ----

    @TestFactory
    Stream<DynamicTest> eachCommandPrintsWhatIsSo() throws Exception {
        Files.writeString(
                folder.resolve("changes.json"),
                """
                [{"action": "add", "kind": "table", "table": "sport",
                  "text": "(239.1.1.0/24 | *)"},
                 {"action": "add", "kind": "filter", "instance": "tv",
                  "side": "downstream", "link": "lan1", "direction": "out",
                  "text": "whitelist table sport"}]
                """);
        String text;
        try (InputStream file = CommandLineTest.class.getResourceAsStream("commands.txt")) {
            if (file == null) {
                throw new AssertionError("no commands.txt");
            }
            text = new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
        List<Transcript.Entry> entries = Transcript.read(text);
        assertThat(entries).hasSizeGreaterThan(50);
        return entries.stream()
                .map(entry -> DynamicTest.dynamicTest(entry.line(), () -> check(entry)));
    }

    /** What only looks is run again until it fits, as the network may need a moment. */
    private void check(Transcript.Entry entry) {
        boolean looks =
                !entry.line().matches("mcproxy (set|add|remove|change|clear|reload|log-level) .*");
        List<CommandRun> runs = new ArrayList<>();
        Optional<Boolean> fits =
                Await.value(
                        looks ? ProxyNetwork.PATIENCE : ONCE,
                        () -> {
                            if (!runs.isEmpty() && !looks) {
                                return Optional.empty();
                            }
                            runs.add(shell(entry.line()));
                            return entry.difference(runs.getLast()).isEmpty()
                                    ? Optional.of(true)
                                    : Optional.empty();
                        });
        if (fits.isEmpty()) {
            CommandRun last = runs.getLast();
            throw new AssertionError(
                    "$ "
                            + entry.line()
                            + "\n"
                            + last.out()
                            + last.err()
                            + "["
                            + last.status()
                            + "]\n"
                            + entry.difference(last).orElse(""));
        }
    }

    @Test
    void colourIsForTerminalsThatWantIt() {
        assertThat(shell("mcproxy flows").out()).doesNotContain("\033");
        assertThat(shell("mcproxy flows --color=always").out()).contains("\033[");
        assertThat(shell("script -qec 'sh " + line("mcproxy flows") + "' /dev/null").out())
                .contains("\033[");
        assertThat(
                        shell("script -qec 'NO_COLOR=1 sh " + line("mcproxy flows") + "' /dev/null")
                                .out())
                .contains("239.1.1.1")
                .doesNotContain("\033[");
    }

    /** A script of a line, for another shell to run. */
    private Path line(String line) {
        try {
            return Files.writeString(folder.resolve("inner.sh"), CommandRun.script(socket, line));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void watchedTablesComeAgainWithNewNumbers() {
        CommandRun run =
                shell(
                        "mcproxy flows 239.1.1.1 --watch=0.2 --json | { read -r a; read -r b;"
                                + " echo \"$a\"; echo \"$b\"; }");
        List<String> documents = run.out().lines().toList();
        assertThat(documents).as("%s", run).hasSize(2);
        assertThat(packets(documents.get(1))).isGreaterThan(packets(documents.get(0)));
        CommandRun tables = shell("mcproxy status --watch=0.2 | grep -m 3 '^INSTANCE  TABLE'");
        assertThat(tables.out().lines()).as("%s", tables).hasSize(3);
    }

    private static long packets(String flows) {
        Matcher packets = Pattern.compile("\"packets\":([0-9]+)").matcher(flows);
        assertThat(packets.find()).as(flows).isTrue();
        return Long.parseLong(packets.group(1));
    }

    /** Without its capability even root is a user like others. */
    @Test
    void whoMayNotIsTold() {
        CommandRun run =
                shell(
                        """
                        chmod 0 control.sock
                        setpriv --bounding-set=-dac_override --inh-caps=-dac_override sh %s
                        status=$?
                        chmod 660 control.sock
                        exit $status
                        """
                                .formatted(line("mcproxy status")));
        assertThat(run.status()).as("%s", run).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith("mcproxy: error: you may not use ").hasLineCount(1);
        assertThat(shell("mcproxy status").status()).isZero();
    }

    // ---- events ----

    private static List<Long> cursors(String events) {
        return CURSOR.matcher(events).results().map(one -> Long.valueOf(one.group(1))).toList();
    }

    @Test
    void aReaderOfEventsGoesOnWhereItWas() {
        String before = shell("mcproxy events --json").out();
        long cursor = cursors(before).getLast();
        assertThat(new HashSet<>(cursors(before))).hasSameSizeAs(cursors(before));
        assertThat(shell("mcproxy set tv robustness 3; mcproxy reload").status()).isZero();
        CommandRun after = shell("mcproxy events --json --since " + cursor);
        assertThat(cursors(after.out()))
                .as("%s", after)
                .isNotEmpty()
                .allMatch(one -> one > cursor)
                .doesNotHaveDuplicates()
                .isSorted();
        assertThat(after.out()).contains("robustness").doesNotContain("\"kind\":\"gap\"");
        assertThat(shell("mcproxy events --since " + cursors(after.out()).getLast()))
                .isEqualTo(new CommandRun(0, "", ""));
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aFollowerOfEventsOutlivesTheDaemon() throws Exception {
        Path printed = folder.resolve("followed");
        LabProcess follower =
                net.proxy.start(
                        "follower",
                        CommandRun.command(net.proxy, socket, "mcproxy events --follow --json"),
                        printed);
        try {
            awaitRestartSeenBy(follower, printed);
        } finally {
            // The shell's child, which would wait for a daemon for ever.
            ProcessHandle.of(follower.pid())
                    .ifPresent(
                            shell -> shell.descendants().forEach(ProcessHandle::destroyForcibly));
        }
    }

    private void awaitRestartSeenBy(LabProcess follower, Path printed) throws Exception {
        long first = control.events().cursor();
        // It follows from when it has asked: something happens until it has told it.
        Await.until(
                ProxyNetwork.PATIENCE,
                () -> "an event; the follower says " + follower.tail(5),
                () -> {
                    control.logLevel("debug");
                    assertThat(shell("mcproxy set tv robustness 4; mcproxy reload").status())
                            .isZero();
                    return text(printed).contains("robustness");
                });
        assertThat(cursors(text(printed))).allMatch(one -> one > first);
        running().kill();
        startDaemon();
        Await.until(
                ProxyNetwork.PATIENCE,
                () -> "the start of the other daemon; the follower says " + follower.tail(5),
                () -> text(printed).contains("\"kind\":\"started\""));
        String all = text(printed);
        assertThat(all).contains("\"kind\":\"gap\"", "\"restarted\":\"true\"", "trying again");
        List<Happening> now = control.events().after(0, Duration.ofSeconds(1));
        assertThat(cursors(all)).contains(now.getFirst().cursor()).doesNotHaveDuplicates();
    }

    // ---- top, on a terminal ----

    /** A terminal with a program on it. */
    private final class Screen {
        final Process process;
        final StringBuilder printed = new StringBuilder();

        Screen(String line) throws IOException {
            Path script = folder.resolve("screen.sh");
            Files.writeString(
                    script,
                    """
                    trap : INT # what Control-C does is the program's matter alone
                    cd '%s'
                    stty rows 24 columns 100
                    stty -g >before
                    sh %s
                    echo "status $?"
                    stty -g >after
                    """
                            .formatted(folder, line(line)));
            process =
                    // Whatever runs the tests in the background has Control-C ignored.
                    new ProcessBuilder(
                                    "env",
                                    "--default-signal=INT",
                                    "script",
                                    "-qec",
                                    "sh " + script,
                                    "/dev/null")
                            .redirectErrorStream(true)
                            .start();
            var _ =
                    process.onExit()
                            .orTimeout(60, TimeUnit.SECONDS)
                            .whenComplete((_, late) -> {
                                if (late != null) {
                                    process.destroyForcibly();
                                }
                            });
        }

        void await(Pattern shown) throws IOException {
            byte[] buffer = new byte[4096];
            while (!shown.matcher(text()).find()) {
                int count = process.getInputStream().read(buffer);
                if (count < 0) {
                    throw new AssertionError("no " + shown + " on the screen:\n" + text());
                }
                printed.append(new String(buffer, 0, count, StandardCharsets.UTF_8));
            }
        }

        void type(String keys) throws IOException {
            process.getOutputStream().write(keys.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        }

        /** What is on the screen now, and what was printed below it. */
        String text() {
            Map<Integer, String> rows = new TreeMap<>();
            Matcher row = ROW.matcher(printed);
            int end = 0;
            while (row.find()) {
                rows.put(Integer.valueOf(row.group(1)), row.group(2));
                end = row.end();
            }
            return (String.join("\n", rows.values()) + "\n" + printed.substring(end))
                    .replaceAll("\033\\[[0-9;]*m", "");
        }
    }

    private void topEnds(String key, int status) throws Exception {
        Screen screen = new Screen("mcproxy top");
        String rate = "[0-9.]+ [kM]bit/s";
        screen.await(
                Pattern.compile(
                        "239\\.1\\.1\\.1 +10\\.0\\.1\\.10 +" + rate + ".* 2: 10\\.0\\.2\\.10"));
        screen.await(Pattern.compile("(?m)^in: +wan " + rate + "$"));
        screen.await(Pattern.compile("(?m)^out: lan1 " + rate + ", lan2 " + rate + "$"));
        screen.await(Pattern.compile("239\\.9\\.9\\.9 +- .*not sent +10\\.0\\.3\\.10 +[0-9]"));
        screen.type("/ff0e");
        screen.await(Pattern.compile("(?m)^filter: ff0e_ "));
        screen.type("\r");
        screen.await(Pattern.compile("(?m)^only 'ff0e': 1 of 4"));
        screen.type(key);
        screen.await(Pattern.compile("status [0-9]+"));
        assertThat(screen.process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        String all = screen.printed.toString();
        assertThat(all).contains("status " + status).doesNotContain("Exception");
        assertThat(all.lastIndexOf("\033[?1049l")).isGreaterThan(all.lastIndexOf("ff0e"));
        assertThat(all.lastIndexOf("\033[?25h")).isGreaterThan(all.lastIndexOf("\033[?25l"));
        assertThat(folder.resolve("after")).hasSameTextualContentAs(folder.resolve("before"));
    }

    @Test
    void topIsLeftWithQ() throws Exception {
        topEnds("q", 0);
    }

    @Test
    void topIsLeftWithControlC() throws Exception {
        topEnds("\u0003", 130);
    }
}
