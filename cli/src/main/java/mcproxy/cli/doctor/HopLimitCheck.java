package mcproxy.cli.doctor;

import mcproxy.control.Control;
import mcproxy.control.Explanation;
import mcproxy.control.Flow;
import mcproxy.control.Selection;
import mcproxy.wire.Family;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Streams whose TTL or hop limit ends at the proxy; only a daemon that runs sees them. */
final class HopLimitCheck implements Check {
    /** How many streams are asked about. */
    private static final int MOST = 100;

    /** What the daemon counts such packets as. */
    private static final String COUNTER = "last-hop";

    /** What its explanation calls this. */
    private static final String SUBJECT = "hops";

    private static final List<String> SAVERS =
            List.of(
                    "iptables-nft-save",
                    "iptables-legacy-save",
                    "ip6tables-nft-save",
                    "ip6tables-legacy-save");

    @Override
    public String kind() {
        return "hop-limit";
    }

    @Override
    public void look(Scene scene, Report report) {
        if (scene.daemon().isEmpty()) {
            report.unseen("the TTL of streams", "only a daemon that runs sees it");
            return;
        }
        Control daemon = scene.daemon().get();
        Set<String> links =
                daemon.counters(Selection.ALL).stream()
                        .filter(one -> one.name().equals(COUNTER) && one.link() != null)
                        .map(one -> String.valueOf(one.link()))
                        .collect(Collectors.toCollection(TreeSet::new));
        if (links.isEmpty()) {
            return;
        }
        Level level = isRaised(scene.machine()) ? Level.NOTE : Level.ERROR;
        List<Flow> candidates =
                daemon.flows(Selection.ALL).stream()
                        .filter(flow -> !flow.outgoing().isEmpty())
                        .filter(flow -> links.contains(flow.incoming()))
                        .limit(MOST)
                        .toList();
        for (Flow flow : candidates) {
            daemon
                    .explain(
                            flow.group(),
                            Optional.of(flow.source()),
                            new Selection(flow.instance(), null, null, null))
                    .stream()
                    .flatMap(why -> why.steps().stream())
                    .filter(step -> step.subject().equals(SUBJECT))
                    .findFirst()
                    .ifPresent(step -> report.add(finding(flow, step, level)));
        }
    }

    /** Is there a rule that sets TTLs? The daemon looks before the firewall. */
    private static boolean isRaised(Machine machine) {
        String nft = machine.run(List.of("nft", "-j", "list", "ruleset")).out();
        boolean mangles =
                nft.contains("\"mangle\"")
                        && (nft.contains("\"ttl\"") || nft.contains("\"hoplimit\""));
        return mangles
                || SAVERS.stream()
                        .map(saver -> machine.run(List.of(saver)).out())
                        .anyMatch(text -> text.contains("-j TTL ") || text.contains("-j HL "));
    }

    private Finding finding(Flow flow, Explanation.Step step, Level level) {
        boolean ipv4 = flow.family().equals(Family.IPV4.toString());
        return new Finding(
                kind(),
                level.word(),
                flow.instance(),
                flow.incoming(),
                flow.family(),
                "the stream ("
                        + flow.source()
                        + ", "
                        + flow.group()
                        + ") comes in on "
                        + flow.incoming()
                        + (ipv4 ? " with a TTL of 1" : " with a hop limit of 1"),
                step.text(),
                "the kernel forwards what may still take a hop: "
                        + (ipv4 ? "a TTL" : "a hop limit")
                        + " of 2 or more",
                "on "
                        + flow.source()
                        + ", with the program that sends: ffmpeg ... udp://GROUP:PORT?ttl=16, vlc"
                        + " --ttl 16, mnc or iperf -T 16");
    }
}
