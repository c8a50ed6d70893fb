package mcproxy.lab;

import io.avaje.jsonb.Jsonb;

import mcproxy.daemon.Subcommand;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

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

/** {@code mcproxy demo}. */
@Command(
        name = "demo",
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
            paramLabel = "N",
            defaultValue = "15",
            description = "how long the streams are watched (default: ${DEFAULT-VALUE})")
    int seconds;

    @Option(names = "--json", description = "print one JSON document at the end, nothing else")
    boolean json;

    @Option(
            names = "--keep",
            description = "stay open with the streams running, and tell how to look around inside")
    boolean keep;

    @Override
    public Integer call() throws IOException {
        if (seconds < SHORTEST_SECONDS) {
            System.err.println(
                    "mcproxy: error: --seconds must be " + SHORTEST_SECONDS + " or more");
            return 2;
        }
        if (Sandbox.refusal().isPresent()) {
            System.err.println("mcproxy: error: " + Sandbox.refusal().get());
            return 1;
        }
        Path folder = Files.createTempDirectory("mcproxy-demo-");
        Path log = folder.resolve("daemon.log");
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
            DemoReport report = run(log, terminal);
            ok = report.ok();
            terminal.end();
            if (json) {
                System.out.println(Jsonb.instance().type(DemoReport.class).toJsonPretty(report));
            } else {
                new DemoView(terminal.style()).summary(report).forEach(System.out::println);
            }
            if (!ok) {
                System.err.println("The daemon's log: " + log);
            }
        } catch (LabException e) {
            System.err.println("mcproxy: error: " + e.getMessage());
        } finally {
            if (ok || !Files.exists(log)) {
                Files.deleteIfExists(log);
                Files.deleteIfExists(folder);
            }
            done.countDown();
        }
        return ok ? 0 : 1;
    }

    private DemoReport run(Path log, DemoTerminal terminal) {
        if (!json) {
            System.out.println("The configuration:\n");
            Demo.CONFIGURATION.lines().forEach(line -> System.out.println("    " + line));
            System.out.println();
        }
        try (Demo demo = new Demo(log)) {
            return demo.run(
                    Duration.ofSeconds(seconds),
                    terminal,
                    keep ? () -> lookAround(demo, terminal) : () -> {});
        }
    }

    private static void lookAround(Demo demo, DemoTerminal terminal) {
        terminal.end();
        long pid = ProcessHandle.current().pid();
        String enter = enter(pid);
        PrintStream out = System.err;
        out.println("\nEverything stays as it is. To look around inside, in another terminal:\n");
        for (String look :
                List.of(
                        "ip netns exec proxy ip -s mroute",
                        "ip netns exec proxy ip -s -6 mroute",
                        "ip netns exec proxy cat /proc/net/ip_mr_vif",
                        "ip netns exec tv1 cat /proc/net/igmp",
                        "ip netns exec proxy tcpdump -ni lan1 igmp or icmp6",
                        "ip netns exec tv1 bash")) {
            out.println("    " + enter + look);
        }
        out.println("    tail -f " + demo.log());
        out.println("    kill -TERM " + demo.daemonPid() + "   (ends the daemon)");
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
