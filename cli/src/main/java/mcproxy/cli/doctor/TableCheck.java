package mcproxy.cli.doctor;

import mcproxy.kernel.KernelException;
import mcproxy.kernel.MulticastRules.Rule;
import mcproxy.wire.Family;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Others who use the kernel's multicast routing: in the proxy's table, with its interfaces in
 * another table, or with rules that lead its packets elsewhere.
 */
final class TableCheck implements Check {
    /** What rules call table 0: RT_TABLE_DEFAULT in IPv4, RT_TABLE_MAIN in IPv6. */
    private static final int DEFAULT = 253;

    private static final int MAIN = 254;

    /** The protocol and priority of the daemon's own rules. */
    private static final int OURS = 109;

    private static final int PRIORITY = 32_000;

    @Override
    public String kind() {
        return "table-conflict";
    }

    @Override
    public void look(Scene scene, Report report) throws KernelException {
        for (Family family : Family.values()) {
            Set<String> links = new TreeSet<>(scene.machine().linksOfDefaultTable(family));
            List<Rule> rules = scene.machine().rules(family);
            for (Place place : scene.places()) {
                if (place.family() == family) {
                    table(scene, place, links, report);
                    rules(place, rules, report);
                }
            }
        }
    }

    private void table(Scene scene, Place place, Set<String> inDefault, Report report) {
        boolean running = place.live() != null;
        if (inDefault.isEmpty() || (running && place.table() == 0)) {
            return;
        }
        if (place.table() != 0 && !inDefault.contains(place.link())) {
            return;
        }
        Optional<Long> own = scene.daemon().map(one -> one.status().pid());
        String others =
                scene.machine().routingDaemons(place.family()).stream()
                        .filter(one ->
                                own.map(pid -> !one.endsWith("(process " + pid + ")")).orElse(true))
                        .collect(Collectors.joining(", "));
        String who = others.isEmpty() ? "another program" : others;
        String evidence =
                "the default table has "
                        + String.join(", ", inDefault)
                        + " (/proc/net/"
                        + (place.family() == Family.IPV4 ? "ip_mr_vif" : "ip6_mr_vif")
                        + ")";
        report.add(
                place.table() == 0
                        ? place.finding(
                                kind(),
                                Level.ERROR,
                                "table 0, which the proxy wants, is used by " + who,
                                evidence,
                                "a table has one owner, so the proxy cannot start; if that is the"
                                        + " proxy itself, ask it: mcproxy doctor",
                                stop(others))
                        : place.finding(
                                kind(),
                                Level.ERROR,
                                who + " has " + place.link() + " in another table, too",
                                evidence + "; the proxy's is " + place.table(),
                                "both ask and report there, and only one gets the packets",
                                stop(others)));
    }

    /** How to end the first that is named, for instance {@code smcrouted (process 7)}. */
    private static String stop(String others) {
        int from = others.indexOf("(process ");
        int to = others.indexOf(')', from + 1);
        return from < 0
                ? "ss -A raw,packet -p"
                : "kill " + others.substring(from + "(process ".length(), to);
    }

    private void rules(Place place, List<Rule> rules, Report report) {
        boolean running = place.live() != null && place.live().vif() != null;
        for (Rule rule : rules) {
            boolean takes =
                    rule.outgoing().isEmpty()
                            && (rule.incoming().isEmpty() || rule.incoming().equals(place.link()));
            if (!takes) {
                continue;
            }
            if (table(rule) == place.table()) {
                return;
            }
            if (!running && rule.priority() >= PRIORITY) {
                break; // the daemon will put its own before
            }
            if (rule.protocol() != OURS && rule.priority() <= PRIORITY) {
                report.add(elsewhere(place, rule));
                return;
            }
        }
        if (running) {
            report.add(withoutRule(place));
        }
    }

    private static int table(Rule rule) {
        int zero = rule.family() == Family.IPV4 ? DEFAULT : MAIN;
        return rule.table() == zero ? 0 : rule.table();
    }

    private Finding elsewhere(Place place, Rule rule) {
        String selector = rule.incoming().isEmpty() ? "" : " iif " + rule.incoming();
        return place.finding(
                kind(),
                Level.WARNING,
                "a rule leads packets from "
                        + place.link()
                        + " to table "
                        + table(rule)
                        + ", the proxy's is "
                        + place.table(),
                "rule "
                        + rule.priority()
                        + ":"
                        + selector
                        + " lookup "
                        + rule.table()
                        + " ("
                        + mrule(place.family())
                        + ")",
                "where such a table is, the kernel looks for the streams' entries there, and finds"
                        + " none (ipmr_rule_action)",
                mrule(place.family())
                        + " del pref "
                        + rule.priority()
                        + selector
                        + " lookup "
                        + rule.table());
    }

    private Finding withoutRule(Place place) {
        String add =
                place.table() == 0
                        ? " add pref 32767 lookup "
                                + (place.family() == Family.IPV4 ? DEFAULT : MAIN)
                        : " add pref "
                                + PRIORITY
                                + " iif "
                                + place.link()
                                + " lookup "
                                + place.table()
                                + " protocol "
                                + OURS;
        return place.finding(
                kind(),
                Level.ERROR,
                "no rule leads packets from " + place.link() + " to table " + place.table(),
                mrule(place.family()) + " shows none",
                "the kernel looks for the streams' entries where none are",
                mrule(place.family()) + add);
    }

    private static String mrule(Family family) {
        return family == Family.IPV4 ? "ip mrule" : "ip -6 mrule";
    }
}
