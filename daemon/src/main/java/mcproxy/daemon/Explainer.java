package mcproxy.daemon;

import mcproxy.control.Explanation;
import mcproxy.control.Explanation.Step;
import mcproxy.core.Diagnosis;
import mcproxy.core.Filter;
import mcproxy.core.FilterMode;
import mcproxy.core.Finding;
import mcproxy.core.LinkSettings.Role;
import mcproxy.core.Membership;
import mcproxy.kernel.MulticastTable.RouteCounters;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;

/**
 * Puts an engine's diagnosis into sentences, and adds what only the kernel knows: whether packets
 * use the entry, and what would keep them from it.
 */
final class Explainer {
    private static final String OK = "ok";
    private static final String STOPS = "stops";

    /** A value of rp_filter. */
    private static final int STRICT = 1;

    private final String instance;
    private final ToIntFunction<String> rpFilter;

    /**
     * An explainer.
     *
     * @param rpFilter the reverse path filter in force on an interface (net.ipv4.conf.*.rp_filter,
     *     the larger of its own and that of {@code all}): 0 off, 1 strict, 2 loose
     */
    Explainer(String instance, ToIntFunction<String> rpFilter) {
        this.instance = instance;
        this.rpFilter = rpFilter;
    }

    /**
     * Explains a diagnosis.
     *
     * @param kernel the kernel's counters of the entry that the diagnosis found; empty when the
     *     kernel has none, or the diagnosis found none
     * @param endsHere do its packets come in with a TTL or hop limit of 1?
     */
    Explanation explain(Diagnosis diagnosis, Optional<RouteCounters> kernel, boolean endsHere) {
        List<Step> steps = new ArrayList<>();
        for (Finding finding : diagnosis.findings()) {
            steps.add(step(finding, diagnosis));
        }
        boolean stopped = diagnosis.findings().stream().anyMatch(Finding::stops);
        if (!stopped) {
            steps.add(endsHere ? lastHop(diagnosis) : packets(diagnosis, kernel));
        }
        Step last = steps.getLast();
        boolean flows = !last.outcome().equals(STOPS);
        return new Explanation(
                instance,
                diagnosis.group().toString(),
                diagnosis.source().map(IpAddress::toString).orElse(null),
                diagnosis.link(),
                flows,
                verdict(diagnosis, flows, last),
                steps);
    }

    private static String verdict(Diagnosis diagnosis, boolean flows, Step last) {
        String what =
                diagnosis.source().map(source -> source + " to ").orElse("") + diagnosis.group();
        return flows
                ? what + " flows to " + diagnosis.link()
                : what + " does not flow to " + diagnosis.link() + ": " + last.text();
    }

    // ---- what the engine has found ----

    private Step step(Finding finding, Diagnosis diagnosis) {
        return switch (finding) {
            case Finding.LinkScope() ->
                    stops(
                            "group",
                            diagnosis.group() + " is of link scope and never leaves its link",
                            "the group's scope (RFC 4605 3, RFC 9777 7)",
                            "choose a group outside 224.0.0.0/24 or of a wider scope than ff02::");
            case Finding.NotWanted notWanted -> notWanted(notWanted);
            case Finding.Wanted wanted -> wanted(wanted);
            case Finding.SourceNotWanted(String link, Membership membership) ->
                    stops(
                            "membership",
                            "the receivers on " + link + " want other sources: " + membership,
                            "the receivers' source list",
                            "have a receiver ask for this source");
            case Finding.NoSourceNamed(String link) ->
                    stops(
                            "membership",
                            "the group is source-specific and is wanted on "
                                    + link
                                    + " without a source",
                            "ssm-range (RFC 4604 3)",
                            "name a source in static-group, or set ssm-range");
            case Finding.SourceOnSameLink(String link) ->
                    stops(
                            "source",
                            "the source is on " + link + " itself; receivers hear it without us",
                            "the source's place",
                            null);
            case Finding.Forwards(String link, IpAddress querier, boolean self) ->
                    ok(
                            "querier",
                            self
                                    ? "we are the querier on " + link
                                    : "we forward onto " + link + " though " + name(querier),
                            self ? null : "forward-when-not-querier");
            case Finding.NotForwarder(String link, IpAddress querier) ->
                    stops(
                            "querier",
                            "we do not forward onto " + link + ", as " + name(querier),
                            "the querier election (RFC 4605 3)",
                            "if no other router forwards there: set forward-when-not-querier on");
            case Finding.NotForPeers(String link) ->
                    stops(
                            "peering",
                            link + " leads to a peer, which gets packets of our own networks only",
                            "the peering link (RFC 7287 5.3)",
                            null);
            case Finding.FilterPasses(Finding.Decision decision) ->
                    ok("filter", filter(decision) + " lets it pass", rule(decision));
            case Finding.FilterStops(Finding.Decision decision) ->
                    stops(
                            "filter",
                            filter(decision) + " does not let it pass",
                            rule(decision),
                            "change the table, or the filter");
            case Finding.LocalGroup() ->
                    stops(
                            "upstream",
                            diagnosis.group() + " is kept among the downstreams",
                            "local-groups",
                            "take it out of local-groups");
            case Finding.NoUpstream() ->
                    stops(
                            "upstream",
                            "no upstream is up",
                            "the upstream's link",
                            "look at mcproxy interfaces");
            case Finding.Asked(String upstream, Membership membership, var protocol) ->
                    ok(
                            "upstream",
                            upstream + " is asked for " + membership + " in " + protocol,
                            null);
            case Finding.NotAsked(String upstream, Finding.NotAskedBecause cause) ->
                    notAsked(upstream, cause);
            case Finding.CannotReport(String upstream) ->
                    stops(
                            "upstream",
                            upstream + " has no link-local address to send reports from",
                            "the upstream's address (RFC 9777 5)",
                            "give it one: ip link set " + upstream + " addrgenmode eui64");
            case Finding.RoutesFull(int limit) ->
                    stops(
                            "route",
                            "there are " + limit + " forwarding entries, as many as there may be",
                            "the limit of forwarding entries",
                            "look at mcproxy flows for what fills them");
            case Finding.NoPacketYet(List<String> from) -> noPacket(from, diagnosis);
            case Finding.FromAnotherUpstream(String incoming, Optional<String> should) ->
                    stops(
                            "route",
                            "packets are taken from "
                                    + incoming
                                    + should.map(other -> ", and may only come from " + other)
                                            .orElse(""),
                            "rulematching",
                            "look at mcproxy rules");
            case Finding.Routed(IpAddress source, String incoming, List<String> outgoing) ->
                    ok(
                            "route",
                            "packets of "
                                    + source
                                    + " are taken from "
                                    + incoming
                                    + " to "
                                    + String.join(", ", outgoing),
                            null);
        };
    }

    private static Step notWanted(Finding.NotWanted finding) {
        String nobody = "nobody on " + finding.link() + " has reported it";
        if (finding.full()) {
            return stops(
                    "membership",
                    nobody + ", and " + finding.link() + " has as many groups as it may",
                    "max-groups",
                    "set max-groups higher");
        }
        return finding.sourceSpecific()
                ? stops(
                        "membership",
                        nobody + " with a source, which a source-specific group needs",
                        "ssm-range (RFC 4604 3)",
                        "have receivers join with a source, map one with ssm-map, or set ssm-range")
                : stops(
                        "membership",
                        nobody,
                        "the receivers' reports",
                        "have a receiver join; if one has, a switch or firewall keeps its report");
    }

    private static Step wanted(Finding.Wanted finding) {
        StringBuilder text = new StringBuilder(finding.link());
        text.append(" wants ").append(finding.membership());
        if (finding.isStatic()) {
            text.append(", as static-group says");
        }
        if (!finding.hosts().isEmpty()) {
            IpAddress first = finding.hosts().getFirst();
            int others = finding.hosts().size() - 1;
            text.append("; reported by ").append(first);
            text.append(others == 0 ? "" : " and " + others + " more");
        }
        boolean timed = finding.membership().mode() == FilterMode.EXCLUDE && !finding.isStatic();
        return ok(
                "membership",
                text.toString(),
                timed
                        ? "the group timer: "
                                + TimeUnit.NANOSECONDS.toSeconds(finding.timerNanos())
                                + " s left"
                        : null);
    }

    private static Step notAsked(String upstream, Finding.NotAskedBecause cause) {
        String text = upstream + " is not asked for it: ";
        return switch (cause) {
            case PEERS_FIRST ->
                    stops(
                            "upstream",
                            text + "peers are waited for",
                            "peering-wait (RFC 7287 5.4)",
                            "ask again in a moment");
            case COMES_FROM_ANOTHER ->
                    stops(
                            "upstream",
                            text + "the source comes from another upstream",
                            "rulematching mutex",
                            null);
            case NOTHING_LEFT ->
                    stops(
                            "upstream",
                            text + "filters and rulematching leave nothing to ask for there",
                            "rulematching",
                            "look at mcproxy rules");
        };
    }

    private static String name(IpAddress querier) {
        return querier.isUnspecified()
                ? "querier off keeps us from being querier"
                : querier + " is the querier";
    }

    private static String filter(Finding.Decision decision) {
        return "the "
                + decision.kind().toString().toLowerCase(Locale.ROOT)
                + " of "
                + (decision.role() == Role.UPSTREAM ? "upstream " : "downstream ")
                + decision.on()
                + (decision.direction() == Filter.Direction.IN ? " in" : " out");
    }

    private static String rule(Finding.Decision decision) {
        String table = decision.table().isEmpty() ? "" : "table " + decision.table() + ", ";
        return decision.number().isEmpty()
                ? table + "no rule matches"
                : table + "rule " + decision.number().getAsInt() + ": " + decision.rule();
    }

    // ---- what the kernel knows ----

    private Step noPacket(List<String> from, Diagnosis diagnosis) {
        Optional<String> filtering = filtering(from, diagnosis);
        String text = "no packet has come in yet from " + String.join(" or ", from);
        return filtering
                .map(link ->
                        stops(
                                "packets",
                                text
                                        + ", where the kernel drops those that it would not route back",
                                "net.ipv4.conf." + link + ".rp_filter is strict",
                                "set rp-filter reset, or a route to the source through " + link))
                .orElseGet(() ->
                        stops(
                                "packets",
                                text,
                                "the source, or the network before us",
                                "look with tcpdump whether it arrives; its TTL must be over 1"));
    }

    private Optional<String> filtering(List<String> links, Diagnosis diagnosis) {
        return diagnosis.group().family() == Family.IPV4
                ? links.stream().filter(link -> rpFilter.applyAsInt(link) == STRICT).findFirst()
                : Optional.empty();
    }

    private static Step lastHop(Diagnosis diagnosis) {
        Family family = diagnosis.group().family();
        String hopLimit = EventLog.hopLimit(family);
        return stops(
                "hops",
                "the packets come in with a "
                        + hopLimit
                        + " of 1 and end here, unless the firewall raises it",
                "the kernel, which forwards what has a "
                        + hopLimit
                        + " of 2 or more (ip_mr_forward)",
                "have the sender use a "
                        + hopLimit
                        + " of 2 or more, for instance ffmpeg udp://GROUP:PORT?ttl=16");
    }

    private Step packets(Diagnosis diagnosis, Optional<RouteCounters> kernel) {
        if (kernel.isEmpty()) {
            return stops(
                    "kernel",
                    "the kernel has not taken the entry",
                    "the kernel's table",
                    "the log says why: no virtual interface left, or a refused call");
        }
        RouteCounters counters = kernel.get();
        long right = counters.packets() - counters.wrongInterface();
        if (right > 0) {
            return ok(
                    "packets",
                    right
                            + " packets have used the entry"
                            + (counters.wrongInterface() == 0
                                    ? ""
                                    : ", and "
                                            + counters.wrongInterface()
                                            + " came in on another interface"),
                    null);
        }
        List<String> from =
                diagnosis.findings().stream()
                        .filter(Finding.Routed.class::isInstance)
                        .map(routed -> ((Finding.Routed) routed).incoming())
                        .toList();
        if (counters.wrongInterface() > 0) {
            return stops(
                    "packets",
                    counters.wrongInterface()
                            + " packets came in on another interface than "
                            + String.join(", ", from),
                    "the entry's incoming interface",
                    "look where the source is; filters and rulematching choose the upstream");
        }
        return noPacket(from, diagnosis);
    }

    /** The reverse path filter in force: the larger of an interface's value and that of all. */
    static int rpFilter(OptionalInt all, OptionalInt link) {
        return Math.max(all.orElse(0), link.orElse(0));
    }

    private static Step ok(String subject, String text, @Nullable String decidedBy) {
        return new Step(subject, OK, text, decidedBy, null);
    }

    private static Step stops(
            String subject, String text, String decidedBy, @Nullable String remedy) {
        return new Step(subject, STOPS, text, decidedBy, remedy);
    }
}
