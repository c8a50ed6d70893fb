package mcproxy.lab;

import io.avaje.jsonb.Jsonb;

import mcproxy.daemon.Subcommand;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** {@code mcproxy demo}. */
@Command(
        name = "demo",
        subcommands = PmipCommand.class,
        mixinStandardHelpOptions = true,
        description = {
            "Shows streams crossing the proxy, in a network of this process alone.",
            "Needs neither root nor an interface; nothing is sent outside."
        },
        exitCodeListHeading = "Exit status:%n",
        exitCodeList = {
            "0:each wanted stream arrived and no unwanted packet did",
            "1:something did not go so; the reasons are printed",
            "2:wrong arguments"
        })
public final class DemoCommand implements Subcommand, Callable<Integer> {
    private static final int SHORTEST_SECONDS = 2;
    private static final long EXIT_PATIENCE_SECONDS = 8;

    @Option(
            names = "--seconds",
            scope = ScopeType.INHERIT,
            paramLabel = "N",
            defaultValue = "15",
            description = "how long the streams are watched (default: ${DEFAULT-VALUE})")
    int seconds;

    @Option(
            names = "--json",
            scope = ScopeType.INHERIT,
            description = "print one JSON document at the end, nothing else")
    boolean json;

    @Option(
            names = "--keep",
            scope = ScopeType.INHERIT,
            description = "stay open with the streams running, and tell how to look around inside")
    boolean keep;

    /**
     * How a demonstration went.
     *
     * @param json all that was seen
     * @param summary the same for people
     */
    record Outcome(boolean ok, String json, List<String> summary) {}

    /** Shows something. */
    interface Demonstration {
        /**
         * Shows it.
         *
         * @param folder where the daemons' logs go, which are kept when something went wrong
         */
        Outcome run(Path folder, DemoTerminal terminal);
    }

    @Override
    public Integer call() throws IOException {
        return demonstrate(SHORTEST_SECONDS, this::run);
    }

    /** Runs a demonstration with the options given; gives the exit status. */
    int demonstrate(int shortestSeconds, Demonstration demonstration) throws IOException {
        if (seconds < shortestSeconds) {
            System.err.println("mcproxy: error: --seconds must be " + shortestSeconds + " or more");
            return 2;
        }
        if (Sandbox.refusal().isPresent()) {
            System.err.println("mcproxy: error: " + Sandbox.refusal().get());
            return 1;
        }
        Path folder = Files.createTempDirectory("mcproxy-demo-");
        DemoTerminal terminal = DemoTerminal.of(json ? System.err : System.out, json);
        CountDownLatch done = new CountDownLatch(1);
        Thread main = Thread.currentThread();
        // Ctrl-C ends the waiting in the main thread, which then takes everything away.
        Thread hook =
                new Thread(() -> {
                    main.interrupt();
                    try {
                        var _ = done.await(EXIT_PATIENCE_SECONDS, TimeUnit.SECONDS);
                    } catch (InterruptedException _) {
                        Thread.currentThread().interrupt();
                    }
                });
        Runtime.getRuntime().addShutdownHook(hook);
        boolean ok = false;
        try {
            Outcome outcome = demonstration.run(folder, terminal);
            ok = outcome.ok();
            terminal.end();
            if (json) {
                System.out.println(outcome.json());
            } else {
                outcome.summary().forEach(System.out::println);
            }
            if (!ok) {
                for (Path log : logs(folder)) {
                    System.err.println("The daemon's log: " + log);
                }
            }
        } catch (LabException e) {
            System.err.println("mcproxy: error: " + e.getMessage());
        } finally {
            if (ok) {
                for (Path log : logs(folder)) {
                    Files.deleteIfExists(log);
                }
            }
            if (logs(folder).isEmpty()) {
                Files.deleteIfExists(folder);
            }
            done.countDown();
        }
        return ok ? 0 : 1;
    }

    private static List<Path> logs(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private Outcome run(Path folder, DemoTerminal terminal) {
        showConfiguration("The configuration", Demo.CONFIGURATION);
        try (Demo demo = new Demo(folder.resolve("daemon.log"))) {
            DemoReport report =
                    demo.run(
                            Duration.ofSeconds(seconds),
                            terminal,
                            keep ? () -> lookAround(demo, terminal) : () -> {});
            return new Outcome(
                    report.ok(),
                    Jsonb.instance().type(DemoReport.class).toJsonPretty(report),
                    new DemoView(terminal.style()).summary(report));
        }
    }

    /** Prints a configuration, unless there is to be nothing but JSON. */
    void showConfiguration(String title, String configuration) {
        if (!json) {
            System.out.println(title + ":\n");
            configuration.lines().forEach(line -> System.out.println("    " + line));
            System.out.println();
        }
    }

    private static void lookAround(Demo demo, DemoTerminal terminal) {
        lookAround(
                terminal,
                List.of(
                        "ip netns exec proxy ip -s mroute",
                        "ip netns exec proxy ip -s -6 mroute",
                        "ip netns exec proxy cat /proc/net/ip_mr_vif",
                        "ip netns exec tv1 cat /proc/net/igmp",
                        "ip netns exec proxy tcpdump -ni lan1 igmp or icmp6",
                        "ip netns exec tv1 bash"),
                List.of(
                        "tail -f " + demo.log(),
                        "kill -TERM " + demo.daemonPid() + "   (ends the daemon)"));
    }

    /**
     * Waits for the user, who may look around meanwhile.
     *
     * @param inside commands to look around with inside
     * @param outside commands that work anywhere
     */
    static void lookAround(DemoTerminal terminal, List<String> inside, List<String> outside) {
        terminal.end();
        long pid = ProcessHandle.current().pid();
        String enter = enter(pid);
        PrintStream out = System.err;
        out.println("\nEverything stays as it is. To look around inside, in another terminal:\n");
        inside.forEach(look -> out.println("    " + enter + look));
        outside.forEach(look -> out.println("    " + look));
        out.println("\nPress Enter here to go on: everybody leaves.");
        try {
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            // Reading blocks; Ctrl-C must still end it.
            while (!in.ready()) {
                Thread.sleep(Duration.ofMillis(100));
            }
            var _ = in.readLine();
        } catch (IOException e) {
            throw new LabException("cannot read the terminal: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted", e);
        }
    }

    private static String enter(long pid) {
        boolean mapped;
        try {
            // Outside of a user namespace all ids are mapped to themselves.
            mapped =
                    !Files.readString(Path.of("/proc/self/uid_map"))
                            .strip()
                            .matches("0\\s+0\\s+4294967295");
        } catch (IOException _) {
            mapped = true;
        }
        return "nsenter -t " + pid + (mapped ? " -U --preserve-credentials" : "") + " -n -m ";
    }
}
