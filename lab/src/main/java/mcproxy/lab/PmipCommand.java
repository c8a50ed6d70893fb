package mcproxy.lab;

import io.avaje.jsonb.Jsonb;

import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code mcproxy demo pmipv6}. */
@Command(
        name = "pmipv6",
        mixinStandardHelpOptions = true,
        description = {
            "Shows streams following a mobile node in a Proxy Mobile IPv6 domain (RFC 6224): two",
            "anchors (LMA) and two access gateways (MAG) run the daemon; a node that watches moves",
            "to the other gateway and back, and the interruption is measured.",
            "Needs neither root nor an interface; nothing is sent outside. See docs/pmipv6.md."
        },
        exitCodeListHeading = "Exit status:%n",
        exitCodeList = {
            "0:the streams followed the node, and no unwanted packet arrived anywhere",
            "1:something did not go so; the reasons are printed",
            "2:wrong arguments"
        })
final class PmipCommand implements Callable<Integer> {
    private static final int SHORTEST_SECONDS = 3;

    @ParentCommand DemoCommand demo = new DemoCommand();

    @Override
    public Integer call() throws IOException {
        return demo.demonstrate(SHORTEST_SECONDS, this::run);
    }

    private DemoCommand.Outcome run(Path folder, DemoTerminal terminal) {
        PmipView view = new PmipView(terminal.style());
        if (!demo.json) {
            view.picture().forEach(System.out::println);
            System.out.println();
        }
        demo.showConfiguration("An anchor's configuration", PmipDemo.ANCHOR_CONFIGURATION);
        demo.showConfiguration("A gateway's configuration", PmipDemo.GATEWAY_CONFIGURATION);
        try (PmipDemo pmip = new PmipDemo(folder)) {
            PmipReport report =
                    pmip.run(
                            Duration.ofSeconds(demo.seconds),
                            terminal,
                            demo.keep ? () -> lookAround(folder, terminal) : () -> {});
            return new DemoCommand.Outcome(
                    report.ok(),
                    Jsonb.instance().type(PmipReport.class).toJsonPretty(report),
                    view.summary(report));
        }
    }

    private static void lookAround(Path folder, DemoTerminal terminal) {
        DemoCommand.lookAround(
                terminal,
                List.of(
                        "ip netns exec mag1 ip -s -6 mroute show table all",
                        "ip netns exec mag1 ip -6 mrule",
                        "ip netns exec lma1 ip -s -6 mroute",
                        "ip netns exec mn-a cat /proc/net/mcfilter6",
                        "ip netns exec mag1 tcpdump -ni lma1 icmp6",
                        "ip netns exec mn-a bash"),
                List.of("tail -f " + folder + "/*.log"));
    }
}
