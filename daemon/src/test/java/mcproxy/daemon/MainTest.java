package mcproxy.daemon;

import static mcproxy.daemon.Examples.link;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.kernel.Kernel.Finding;
import mcproxy.kernel.Kernel.Finding.Level;
import mcproxy.wire.Family;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** What the program says and how it ends. */
@Timeout(60)
final class MainTest {
    private static final String GOOD = "pinstance tv: wan0 ==> lan0;";

    private final FakeKernel kernel = new FakeKernel();
    private final LogText out = new LogText();
    private final LogText err = new LogText();
    private final BlockingQueue<Consumer<String>> stops = new LinkedBlockingQueue<>();
    private final BlockingQueue<Runnable> reloads = new LinkedBlockingQueue<>();

    @TempDir Path folder = Path.of("");

    private Surroundings surroundings() {
        return new Surroundings(
                () -> kernel,
                out.stream(),
                err.stream(),
                folder,
                folder.resolve("system"),
                true,
                stops::add,
                reloads::add);
    }

    private int execute(String... arguments) {
        return Main.execute(surroundings(), arguments);
    }

    private Path file(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    /** Runs until a condition is true of what was printed, then stops it; gives the status. */
    private int runUntil(String printed, String... arguments) throws Exception {
        FutureTask<Integer> status = new FutureTask<>(() -> execute(arguments));
        Thread.ofPlatform().daemon().start(status);
        Consumer<String> stop = stops.poll(10, TimeUnit.SECONDS);
        assertThat(stop).as(err.text()).isNotNull();
        Eventually.isTrue(
                () -> err.text().contains(printed) || out.text().contains(printed),
                () -> err.text() + out.text());
        stop.accept("TERM");
        return status.get(10, TimeUnit.SECONDS);
    }

    @Test
    void runsUntilItIsStopped() throws Exception {
        kernel.monitor().set(link(2, "wan0", "10.0.0.1/24"));
        kernel.monitor().set(link(3, "lan0", "10.0.1.1/24"));
        String file = file("a.conf", GOOD).toString();

        assertThat(runUntil("we are the IPv4 querier on lan0", "run", "-f", file)).isZero();
        assertThat(err.lines())
                .first()
                .asString()
                .isEqualTo(
                        "<6>mcproxy " + Version.text() + " runs " + file + ": tv (wan0 ==> lan0)");
        assertThat(err.lines()).last().asString().startsWith("<6>stopped after ");
        assertThat(err.text()).contains("<6>SIGTERM: leaving groups and removing routes");
        assertThat(kernel.isOpen(Family.IPV4, 0)).isFalse();
    }

    @Test
    void theFileIsReadAgainOnDemandAndWhatIsWrongChangesNothing() throws Exception {
        Path all = file("system/proc/sys/net/ipv4/conf/all/rp_filter", "2\n");
        Path wan = file("system/proc/sys/net/ipv4/conf/wan0/rp_filter", "1\n");
        Path other = file("system/proc/sys/net/ipv4/conf/wan1/rp_filter", "1\n");
        kernel.monitor().set(link(2, "wan0", "10.0.0.1/24"));
        kernel.monitor().set(link(3, "lan0", "10.0.1.1/24"));
        kernel.monitor().set(link(4, "lan1", "10.0.2.1/24"));
        Path file = file("a.conf", GOOD);
        FutureTask<Integer> status =
                new FutureTask<>(() -> execute("run", "-r", "-f", file.toString()));
        Thread.ofPlatform().daemon().start(status);
        Consumer<String> stop = stops.take();
        Runnable reload = reloads.take();
        awaitText("we are the IPv4 querier on lan0");
        Eventually.isTrue(() -> isZero(wan), err::text);

        for (String wrong :
                List.of(
                        "pinstance tv: wan0 => lan1;",
                        "disable; " + GOOD,
                        "protocol IGMPv3;",
                        "pinstance tv(9): wan0 ==> lan1;")) {
            Files.writeString(file, wrong);
            kernel.refuse(Family.IPV4, 9, FakeKernel.failure("MRT_INIT", "EPERM", "no"));
            int lines = err.lines().size();
            reload.run();
            Eventually.isTrue(
                    () ->
                            err.lines().stream()
                                    .skip(lines)
                                    .anyMatch(line -> line.contains("not reloaded")),
                    err::text);
        }
        assertThat(err.text())
                .contains(file + ":1:")
                .contains("says \"disable;\"; to end the daemon, stop it")
                .contains(file + ":1:17: error: there is no instance")
                .contains("instance tv, IPv4: MRT_INIT: EPERM: no")
                .doesNotContain("querier on lan1");

        Files.delete(file);
        reload.run();
        awaitText("there is no configuration " + file);

        Files.writeString(file, "pinstance tv: wan1 ==> lan0 lan1;");
        reload.run();
        awaitText("we are the IPv4 querier on lan1");
        awaitText("tv: downstream lan1 added");
        Eventually.isTrue(() -> !isZero(wan) && isZero(other) && isZero(all), err::text);

        stop.accept("TERM");
        assertThat(status.get(10, TimeUnit.SECONDS)).isZero();
        assertThat(other).hasContent("1");
    }

    private void awaitText(String printed) throws InterruptedException {
        Eventually.isTrue(() -> err.text().contains(printed), err::text);
    }

    private static boolean isZero(Path setting) {
        try {
            return Files.readString(setting).strip().equals("0");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theVersionIsThatOfTheBuild() {
        assertThat(Version.text()).matches("\\d+\\.\\d+\\.\\d+.*");
        assertThat(execute("--version")).isZero();
        assertThat(out.text()).isEqualTo("mcproxy " + Version.text() + "\n");
    }

    @Test
    void theDefaultFileIsInEtc() throws Exception {
        file("system/etc/mcproxy/mcproxy.conf", GOOD);
        file("mcproxy.conf", "pinstance here: wan0 ==> lan0;");
        assertThat(runUntil("no interface lan0 yet", "run")).isZero();
        assertThat(err.text()).contains("etc/mcproxy/mcproxy.conf: tv (wan0 ==> lan0)");
    }

    @Test
    void theOriginalsFormTakesTheFileInTheWorkingDirectory() throws Exception {
        file("system/etc/mcproxy/mcproxy.conf", GOOD);
        Path here = file("mcproxy.conf", "pinstance here: wan0 ==> lan0;");
        assertThat(runUntil("no interface lan0 yet")).isZero();
        assertThat(err.text()).contains(here + ": here (wan0 ==> lan0)");

        Files.delete(here);
        assertThat(runUntil("etc/mcproxy/mcproxy.conf: tv", "-v", "-v")).isZero();
        assertThat(err.text()).contains("<7>tv: random seed ");
    }

    @Test
    void aReversePathFilterThatDropsStreamsIsToldOf() throws Exception {
        Path wan = file("system/proc/sys/net/ipv4/conf/wan0/rp_filter", "1\n");
        file("system/proc/net/route", "Iface\tDestination\n");
        String file = file("a.conf", GOOD).toString();
        assertThat(runUntil("the kernel drops streams from wan0", "run", "-f", file)).isZero();
        assertThat(wan).hasContent("1");
    }

    @Test
    void theOriginalsStatusAndFilterReset() throws Exception {
        Path all = file("system/proc/sys/net/ipv4/conf/all/rp_filter", "2\n");
        Path wan = file("system/proc/sys/net/ipv4/conf/wan0/rp_filter", "1\n");
        kernel.monitor().set(link(3, "lan0", "10.0.1.1/24"));
        String file = file("a.conf", GOOD).toString();
        String block = "  downstream lan0, IGMPv3, we are querier: 0 groups";
        assertThat(runUntil(block, "-r", "-d", "-s", "-f", file)).isZero();
        assertThat(out.lines()).first().asString().startsWith("instance tv (table 0, up ");
        assertThat(err.text())
                .contains("wan0/rp_filter from 1 to 0", "wan0/rp_filter from 0 to 1")
                .contains(
                        "sent on lan0: 10.0.1.1 > 224.0.0.1: IGMPv3 general query, 10000 ms to"
                                + " answer");
        assertThat(all).hasContent("2");
        assertThat(wan).hasContent("1");
    }

    @Test
    void aWrongConfigurationIsTheUsersWithAllItsProblems() throws Exception {
        Path file = file("a.conf", "protocoll IGMPv3;\npinstance tv: wan0 => lan0;\n");
        assertThat(execute("run", "-f", file.toString())).isEqualTo(2);
        assertThat(err.text()).contains(file + ":1:1: error: ", file + ":2:");
        assertThat(out.text()).isEmpty();
    }

    @Test
    void aConfigurationThatIsNotThere() {
        assertThat(execute("run", "-f", "/nowhere/x.conf")).isEqualTo(2);
        assertThat(err.text())
                .isEqualTo(
                        "mcproxy: error: there is no configuration /nowhere/x.conf; name one with"
                                + " -f FILE\n");
    }

    @Test
    void aConfigurationThatIsAFolder() {
        assertThat(execute("-f", folder.toString())).isEqualTo(2);
        assertThat(err.text())
                .isEqualTo("mcproxy: error: the configuration " + folder + " is a folder\n");
    }

    @Test
    void aConfigurationWithoutAnInstance() throws Exception {
        assertThat(execute("run", "-f", file("a.conf", "protocol IGMPv3;").toString()))
                .isEqualTo(2);
        assertThat(err.text()).contains("instance");
    }

    @Test
    void disabledIsNoError() throws Exception {
        Path file = file("a.conf", "disable; " + GOOD);
        assertThat(execute("run", "-f", file.toString())).isZero();
        assertThat(err.text()).contains("mcproxy: " + file + " says \"disable;\": not started\n");
    }

    @Test
    void aMissingCapabilityIsTheEnvironments() throws Exception {
        kernel.refuse(
                Family.IPV4, 0, FakeKernel.failure("socket(IGMP)", "EPERM", "needs CAP_NET_ADMIN"));
        assertThat(execute("run", "-f", file("a.conf", GOOD).toString())).isEqualTo(1);
        assertThat(err.lines())
                .last()
                .isEqualTo(
                        "mcproxy: error: instance tv, IPv4: socket(IGMP): EPERM: needs"
                                + " CAP_NET_ADMIN");
    }

    @Test
    void aFailureInTheMiddleOfARunEndsItWithItsName() throws Exception {
        FutureTask<Integer> status =
                new FutureTask<>(() -> execute("run", "-f", file("a.conf", GOOD).toString()));
        Thread.ofPlatform().daemon().start(status);
        Eventually.isTrue(() -> kernel.isOpen(Family.IPV4, 0), err::text);
        kernel.table(Family.IPV4, 0).fail("receive", "EIO");
        assertThat(status.get(10, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(err.text()).contains("mcproxy: error: receive: EIO");
    }

    @Test
    void configCheckTellsItsProblemsAndItsStatus() throws Exception {
        Path good = file("good.conf", GOOD);
        assertThat(execute("config", "check", good.toString())).isZero();
        assertThat(out.text()).contains("warning: there is no interface 'wan0' yet");
        Path bad = file("bad.conf", "pinstance tv: ==> ;");
        assertThat(execute("config", "check", "--json", bad.toString())).isEqualTo(2);
        assertThat(out.text()).contains("\"errors\": 1");
    }

    @Test
    void configToldOfAFileThatCannotBeReadSaysWhy() {
        for (String command : List.of("check", "show")) {
            assertThat(execute("config", command, "missing.conf")).isEqualTo(2);
        }
        assertThat(execute("config", "import", "igmpproxy.conf")).isEqualTo(2);
        assertThat(execute("config", "check", folder.toString())).isEqualTo(2);
        assertThat(err.lines())
                .containsExactly(
                        "mcproxy: error: there is no file missing.conf",
                        "mcproxy: error: there is no file missing.conf",
                        "mcproxy: error: there is no file igmpproxy.conf",
                        "mcproxy: error: " + folder + " is a folder");
    }

    @Test
    void configShowPrintsWhatReadsBack() throws Exception {
        Path good = file("good.conf", GOOD);
        assertThat(execute("config", "show", good.toString())).isZero();
        assertThat(out.text()).contains(GOOD).contains("# set robustness 2;");
        Path bad = file("bad.conf", "nonsense");
        assertThat(execute("config", "show", bad.toString())).isEqualTo(2);
        assertThat(err.text()).contains("bad.conf:1:1: error: ");
    }

    @Test
    void configImportGoesByTheNameOrTheOption() throws Exception {
        Path named = file("igmpproxy.conf", "phyint wan0 upstream");
        assertThat(execute("config", "import", named.toString())).isZero();
        assertThat(out.text()).contains("pinstance igmpproxy: wan0 ==> ");
        Path other = file("x.conf", "mroute from a group 225.1.1.1 to b");
        assertThat(execute("config", "import", other.toString())).isEqualTo(2);
        assertThat(err.text()).contains("--from igmpproxy or smcroute");
        assertThat(execute("config", "import", "--from", "smcroute", other.toString())).isZero();
        assertThat(out.text()).contains("pinstance smcroute: a ==> b;");
    }

    @Test
    void commandLinesThatAreWrong() {
        assertThat(execute("--nonsense")).isEqualTo(2);
        assertThat(execute("run", "-f")).isEqualTo(2);
        assertThat(execute("-f", "x", "check")).isEqualTo(2);
        assertThat(err.text())
                .contains("Unknown option: '--nonsense'")
                .contains("--file stands before the command check; options of a command follow it");
    }

    @Test
    void helpNamesTheCommandsAndTheOriginalsOptions() {
        assertThat(execute("-h")).isZero();
        assertThat(execute("help", "run")).isZero();
        assertThat(out.text())
                .contains("run ", "check ", "help ", "-c, --check", "-r, --reset-rp-filter", "-f")
                .contains("Usage: mcproxy run");
    }

    @Test
    void theCheckIsAlignedAndItsStatusTellsWhetherTheProxyCanRun() {
        kernel.findings(
                List.of(
                        new Finding("IPv4 multicast routing", Level.OK, "there", ""),
                        new Finding("rp_filter", Level.WARNING, "1 in wan0", "sysctl -w x=0")));
        assertThat(execute("check")).isZero();
        assertThat(out.text())
                .isEqualTo(
                        """
                        ok       IPv4 multicast routing  there
                        warning  rp_filter               1 in wan0
                                                         fix: sysctl -w x=0
                        """);
        kernel.findings(
                List.of(new Finding("CAP_NET_ADMIN", Level.ERROR, "missing", "run as root")));
        assertThat(execute("-c")).isEqualTo(1);
        assertThat(out.text())
                .endsWith(
                        "error    CAP_NET_ADMIN  missing\n"
                                + " ".repeat(24)
                                + "fix: run as root\n");
    }

    /** The real program in a process of its own. */
    private Process start(String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                "mcproxy.daemon.Main"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    @Test
    void theProcessEndsWithTheStatus() throws Exception {
        Process process = start("run", "-f", file("a.conf", "pinstance ;").toString());
        String printed =
                new String(
                        process.getInputStream().readAllBytes(),
                        java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor(Duration.ofSeconds(30))).isTrue();
        assertThat(process.exitValue()).as(printed).isEqualTo(2);
        assertThat(printed).contains("a.conf:1:10: error: ");
    }
}
