package mcproxy.daemon;

import mcproxy.control.Explanation;
import mcproxy.control.Explanation.Step;
import mcproxy.core.Diagnosis;
import mcproxy.core.EngineView;
import mcproxy.core.Filter;
import mcproxy.core.FilterMode;
import mcproxy.core.Finding;
import mcproxy.core.LinkSettings.Role;
import mcproxy.core.Membership;
import mcproxy.core.Prefix;
import mcproxy.core.RuleMatching;
import mcproxy.daemon.InstanceView.LinkView;
import mcproxy.kernel.MulticastTable;
import mcproxy.kernel.MulticastTable.RouteCounters;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Protocol;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Puts an engine's diagnosis into sentences, and adds what only the kernel knows: whether packets
 * use the entry, and what would keep them from it. What can be done is told as a command where
 * there is one.
 */
final class Explainer {
    private static final String OK = "ok";
    private static final String NOTE = "note";
    private static final String STOPS = "stops";

    /** Of very many sources the first ones. */
    private static final int SOURCES_TOLD = 5;

    /** A value of rp_filter. */
    private static final int LOOSE = 2;

    private final InstanceView view;
    private final RpFilter.Drops drops;

    /** An explainer of what an instance does. */
    Explainer(InstanceView view, RpFilter.Drops drops) {
        this.view = view;
        this.drops = drops;
    }

    /**
     * The kernel's counters of a forwarding entry.
     *
     * @param now what it has counted so far
     * @param moves has it counted another packet while it was watched?
     */
    record Watched(RouteCounters now, boolean moves) {}

    /**
     * Explains a diagnosis.
     *
     * @param kernel the kernel's counters of the entry that the diagnosis found; empty when the
     *     kernel has none, or the diagnosis found none
     */
    Explanation explain(Diagnosis diagnosis, Optional<Watched> kernel) {
        List<Step> steps = new ArrayList<>();
        for (Finding finding : diagnosis.findings()) {
            steps.add(step(finding, diagnosis));
        }
        boolean stopped = diagnosis.findings().stream().anyMatch(Finding::stops);
        if (!stopped) {
            steps.add(endsHere(diagnosis) ? lastHop(diagnosis) : packets(diagnosis, kernel));
        }
        Step last = steps.getLast();
        boolean flows = !last.outcome().equals(STOPS);
        return new Explanation(
                view.name(),
                diagnosis.group().toString(),
                diagnosis.source().map(IpAddress::toString).orElse(null),
                diagnosis.link(),
                flows,
                flows ? watched(diagnosis) : last.text(),
                steps);
    }

    private static String watched(Diagnosis diagnosis) {
        String who = diagnosis.link();
        String from = "";
        for (Finding finding : diagnosis.findings()) {
            if (finding instanceof Finding.Wanted wanted && !wanted.hosts().isEmpty()) {
                who = several(wanted.hosts());
            } else if (finding instanceof Finding.Routed routed) {
                from = " from " + routed.incoming();
            }
        }
        return who + (who.contains(" and ") ? " get it" : " gets it") + from;
    }

    private static String several(List<IpAddress> hosts) {
        int others = hosts.size() - 1;
        return hosts.getFirst() + (others == 0 ? "" : " and " + others + " more");
    }

    // ---- downstreams that the engine knows nothing of, or whose routes cannot be set ----

    /**
     * Has the kernel's table no room for the link of a diagnosis? That is then all there is to say.
     */
    boolean isWithoutPlace(Diagnosis diagnosis) {
        return view.links().stream()
                .filter(link -> link.role() == Role.DOWNSTREAM)
                .filter(link -> link.family() == diagnosis.group().family())
                .filter(link -> link.name().equals(diagnosis.link()))
                .anyMatch(link -> link.state() == InstanceView.LinkState.REFUSED);
    }

    /** Why the downstreams get nothing that are not up, or all when the family is not proxied. */
    List<Explanation> others(IpAddress group, Optional<IpAddress> source) {
        if (!view.plan().families().contains(group.family())) {
            return List.of(explanation(group, source, null, otherFamily(group.family())));
        }
        return view.links().stream()
                .filter(link -> link.role() == Role.DOWNSTREAM)
                .filter(link -> link.family() == group.family())
                .filter(link -> link.state() != InstanceView.LinkState.UP)
                .map(link -> explanation(group, source, link.name(), notUp(link)))
                .toList();
    }

    private Explanation explanation(
            IpAddress group, Optional<IpAddress> source, @Nullable String link, Step why) {
        return new Explanation(
                view.name(),
                group.toString(),
                source.map(IpAddress::toString).orElse(null),
                link,
                false,
                why.text(),
                List.of(why));
    }

    private Step otherFamily(Family family) {
        return stops(
                "protocol",
                view.name() + " does not proxy " + family,
                "protocol",
                "mcproxy add protocol " + view.name() + " IGMPv3 MLDv2");
    }

    private Step notUp(LinkView link) {
        String name = link.name();
        return switch (link.state()) {
            case UP -> throw new AssertionError(name);
            case DOWN ->
                    stops(
                            "interface",
                            name + " is down, or cannot multicast",
                            "the interface's flags (ip link show " + name + ")",
                            "ip link set " + name + " up multicast on");
            case MISSING ->
                    stops(
                            "interface",
                            "there is no interface " + name,
                            "the interface's absence",
                            "make it, or look for another name with: ip link");
            case REFUSED ->
                    stops(
                            "interface",
                            name
                                    + " has no room in kernel table "
                                    + view.table()
                                    + ", which has "
                                    + links(link.family())
                                    + " virtual interfaces of "
                                    + MulticastTable.MAX_INTERFACES,
                            "the kernel's limit of virtual interfaces (MAXVIFS, MAXMIFS)",
                            "move interfaces to another instance: mcproxy remove downstream "
                                    + view.name()
                                    + " "
                                    + configured(Role.DOWNSTREAM, name));
        };
    }

    private int links(Family family) {
        SortedMap<Integer, String> links = view.kernelLinks().get(family);
        return links == null ? 0 : links.size();
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
            case Finding.NotWanted notWanted -> notWanted(notWanted, diagnosis);
            case Finding.Wanted wanted -> wanted(wanted);
            case Finding.SourceNotWanted(String link, Membership membership) ->
                    stops(
                            "membership",
                            "the receivers on " + link + " want other sources: " + membership,
                            "the receivers' source list",
                            "have a receiver ask for this source, or all: "
                                    + staticGroup(link, diagnosis));
            case Finding.NoSourceNamed(String link) ->
                    stops(
                            "membership",
                            "the group is source-specific and is wanted on "
                                    + link
                                    + " without a source",
                            "ssm-range (RFC 4604 3)",
                            "name a source in static-group, or take the group out of ssm-range");
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
                            "if no other router forwards there: "
                                    + set(Role.DOWNSTREAM, link)
                                    + "forward-when-not-querier on");
            case Finding.NotForPeers(String link) ->
                    stops(
                            "peering",
                            link + " leads to a peer, which gets packets of our own networks only",
                            "the peering link (RFC 7287 5.3)",
                            null);
            case Finding.OneLink(String incoming, String link) ->
                    stops(
                            "loop",
                            incoming
                                    + " and "
                                    + link
                                    + " are one link: what we send on one comes in on the other",
                            "the loop between " + incoming + " and " + link,
                            "take away what connects them; five minutes later they are two links");
            case Finding.FilterPasses(Finding.Decision decision) ->
                    ok("filter", filter(decision) + " lets it pass", rule(decision));
            case Finding.FilterStops(Finding.Decision decision) ->
                    stops(
                            "filter",
                            filter(decision) + " does not let it pass",
                            rule(decision),
                            opening(decision, diagnosis));
            case Finding.LocalGroup() ->
                    stops(
                            "upstream",
                            diagnosis.group() + " is kept among the downstreams",
                            "local-groups",
                            "say which groups are local, without it: mcproxy set "
                                    + view.name()
                                    + " local-groups "
                                    + localWithout(diagnosis.group()));
            case Finding.NoUpstream() -> noUpstream(diagnosis.group().family());
            case Finding.Asked(String upstream, Membership membership, Protocol protocol) ->
                    asked(upstream, membership, protocol);
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
                            "look for what fills them with: mcproxy flows");
            case Finding.NoPacketYet(List<String> from) ->
                    noPacket("no packet has come in yet from ", from, diagnosis);
            case Finding.FromAnotherUpstream(String incoming, Optional<String> should) ->
                    fromAnother(incoming, should);
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

    private Step notWanted(Finding.NotWanted finding, Diagnosis diagnosis) {
        String link = finding.link();
        String nobody = "nobody on " + link + " has reported it";
        Optional<EngineView.Downstream> on = downstream(link, diagnosis.group().family());
        if (finding.full()) {
            int limit = on.map(one -> one.limits().groups()).orElse(0);
            return stops(
                    "membership",
                    nobody + ", and " + link + " has as many groups as it may",
                    "max-groups " + limit,
                    set(Role.DOWNSTREAM, link) + "max-groups " + 2 * Math.max(1, limit));
        }
        if (finding.sourceSpecific()) {
            Optional<Protocol> old = on.map(EngineView.Downstream::protocol);
            boolean canName = old.map(Explainer::namesSources).orElse(true);
            return stops(
                    "membership",
                    nobody
                            + " with a source, which a source-specific group needs"
                            + (canName ? "" : "; in " + old.orElseThrow() + " no source is named"),
                    canName ? "ssm-range (RFC 4604 3)" : "version on " + link,
                    canName
                            ? "have receivers join with a source, or: " + map(link, diagnosis)
                            : "if no router there needs it: "
                                    + set(Role.DOWNSTREAM, link)
                                    + "version "
                                    + Protocol.newest(diagnosis.group().family()));
        }
        return stops(
                "membership",
                nobody,
                "the receivers' reports",
                "have a receiver join, or: "
                        + staticGroup(link, diagnosis)
                        + "; if one has joined, a switch or firewall keeps its report, or we refuse"
                        + " it, which is told by: mcproxy counters");
    }

    private static boolean namesSources(Protocol protocol) {
        return protocol == Protocol.newest(protocol.family());
    }

    private String map(String link, Diagnosis diagnosis) {
        return entry(link)
                + "ssm-map "
                + diagnosis.group()
                + " "
                + diagnosis.source().map(IpAddress::toString).orElse("SOURCE");
    }

    private String staticGroup(String link, Diagnosis diagnosis) {
        return entry(link)
                + "static-group "
                + diagnosis.group()
                + diagnosis.source().map(source -> " " + source).orElse("");
    }

    private String entry(String downstream) {
        return "mcproxy add entry " + place(Role.DOWNSTREAM, downstream);
    }

    /** The start of a command that changes a setting of an interface. */
    private String set(Role role, String link) {
        return "mcproxy set " + place(role, link);
    }

    private String place(Role role, String link) {
        return view.name() + " " + word(role) + " " + configured(role, link) + " ";
    }

    /** What the configuration calls an interface, as a shell takes it. */
    private String configured(Role role, String link) {
        String name =
                view.plan().of(link).stream()
                        .filter(planned -> planned.role() == role)
                        .map(planned -> planned.on().text())
                        .findFirst()
                        .orElse(link);
        return quoted(name);
    }

    private static String quoted(String name) {
        return name.matches("[A-Za-z0-9_.@-]+") ? name : "'" + name + "'";
    }

    private static String word(Role role) {
        return role == Role.UPSTREAM ? "upstream" : "downstream";
    }

    private static Step wanted(Finding.Wanted finding) {
        StringBuilder text = new StringBuilder(finding.link());
        text.append(" wants ").append(sources(finding.membership()));
        if (finding.isStatic()) {
            text.append(", as static-group says");
        }
        if (!finding.hosts().isEmpty()) {
            text.append("; reported by ").append(several(finding.hosts()));
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

    /** A membership as people say it. */
    private static String sources(Membership membership) {
        List<IpAddress> sources = membership.sources().toList();
        String some =
                sources.stream()
                        .limit(SOURCES_TOLD)
                        .map(IpAddress::toString)
                        .collect(Collectors.joining(", "));
        String rest =
                sources.size() > SOURCES_TOLD
                        ? " and " + (sources.size() - SOURCES_TOLD) + " more"
                        : "";
        return switch (membership.mode()) {
            case INCLUDE -> "it from " + some + rest;
            case EXCLUDE -> sources.isEmpty() ? "it" : "it from all but " + some + rest;
        };
    }

    // ---- upstreams ----

    private Step noUpstream(Family family) {
        List<LinkView> upstreams =
                view.links().stream()
                        .filter(link -> link.role() == Role.UPSTREAM && link.family() == family)
                        .toList();
        Optional<LinkView> down =
                upstreams.stream()
                        .filter(link -> link.state() == InstanceView.LinkState.DOWN)
                        .findFirst();
        String states =
                upstreams.stream()
                        .map(link ->
                                link.name() + " is " + link.state().name().toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining(", "));
        if (upstreams.isEmpty()) {
            return stops(
                    "upstream",
                    view.name() + " has no upstream, so nothing comes from outside",
                    "the configuration",
                    "mcproxy add upstream " + view.name() + " INTERFACE");
        }
        return stops(
                "upstream",
                "no upstream is up: " + states,
                "the upstream's link",
                down.map(link -> "ip link set " + link.name() + " up multicast on")
                        .orElse("look at the interfaces with: mcproxy interfaces"));
    }

    private Step asked(String upstream, Membership membership, Protocol protocol) {
        String text = upstream + " is asked for " + sources(membership) + " in " + protocol;
        if (namesSources(protocol)) {
            return ok("upstream", text, null);
        }
        String querier =
                upstream(upstream, protocol.family())
                        .flatMap(EngineView.Upstream::querier)
                        .map(address -> " of the querier " + address)
                        .orElse("");
        boolean named = membership.mode() == FilterMode.INCLUDE;
        return new Step(
                "upstream",
                named ? NOTE : OK,
                text + (named ? ", which asks for all sources" : ""),
                "the version" + querier + ", or of the setting version (RFC 9776 7.2.1)",
                named
                        ? "if the routers there understand it: "
                                + set(Role.UPSTREAM, upstream)
                                + "version "
                                + Protocol.newest(protocol.family())
                        : null);
    }

    private Step fromAnother(String incoming, Optional<String> should) {
        return stops(
                "route",
                "packets are taken from "
                        + incoming
                        + should.map(other -> ", and may only come from " + other).orElse(""),
                "rulematching " + matching() + ", and the order of the upstreams",
                "to take them from any: mcproxy add matching " + view.name() + " in all");
    }

    private Step notAsked(String upstream, Finding.NotAskedBecause cause) {
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
                            "rulematching " + matching(),
                            "to ask all: mcproxy add matching " + view.name() + " in all");
            case NOTHING_LEFT ->
                    stops(
                            "upstream",
                            text + "filters and rulematching leave nothing to ask for there",
                            "rulematching " + matching(),
                            "look at the filters with: mcproxy rules");
        };
    }

    private String matching() {
        boolean peering = view.engine().upstreams().stream().anyMatch(EngineView.Upstream::peering);
        RuleMatching otherwise =
                peering
                        ? new RuleMatching.Mutex(RuleMatching.Mutex.DEFAULT_SILENCE)
                        : RuleMatching.FIRST;
        return Documents.matching(view.plan().settings().policy().in().orElse(otherwise));
    }

    private Optional<EngineView.Downstream> downstream(String link, Family family) {
        return view.engine().downstreams().stream()
                .filter(one -> one.link().equals(link) && one.family() == family)
                .findFirst();
    }

    private Optional<EngineView.Upstream> upstream(String link, Family family) {
        return view.engine().upstreams().stream()
                .filter(one -> one.link().equals(link) && one.family() == family)
                .findFirst();
    }

    private String localWithout(IpAddress group) {
        List<String> left =
                view.plan().settings().localGroups().stream()
                        .filter(prefix -> !prefix.contains(group))
                        .map(Prefix::toString)
                        .toList();
        return left.isEmpty() ? "none" : String.join(",", left);
    }

    private static String name(IpAddress querier) {
        return querier.isUnspecified()
                ? "querier off keeps us from being querier"
                : querier + " is the querier";
    }

    // ---- filters ----

    private static String filter(Finding.Decision decision) {
        return "the "
                + decision.kind().toString().toLowerCase(Locale.ROOT)
                + " of "
                + word(decision.role())
                + " "
                + decision.on()
                + " "
                + word(decision.direction());
    }

    private static String word(Filter.Direction direction) {
        return direction == Filter.Direction.IN ? "in" : "out";
    }

    private static String rule(Finding.Decision decision) {
        String table = decision.table().isEmpty() ? "" : "table " + decision.table() + ", ";
        return decision.number().isEmpty()
                ? table + "no rule matches"
                : table + "rule " + decision.number().getAsInt() + ": " + decision.rule();
    }

    /** What would let it pass. */
    private String opening(Finding.Decision decision, Diagnosis diagnosis) {
        String table = decision.table();
        if (table.isEmpty()) {
            return "change its table in the configuration, or let all pass: mcproxy remove filter "
                    + view.name()
                    + " "
                    + word(decision.role())
                    + " "
                    + quoted(decision.on())
                    + " "
                    + word(decision.direction());
        }
        return switch (decision.kind()) {
            case WHITELIST ->
                    "mcproxy add rule "
                            + table
                            + " "
                            + diagnosis.group()
                            + diagnosis.source().map(source -> " " + source).orElse("");
            case BLACKLIST -> "mcproxy remove rule " + table + " '" + decision.rule() + "'";
        };
    }

    // ---- what the kernel knows ----

    private Step noPacket(String start, List<String> from, Diagnosis diagnosis) {
        String text = start + String.join(" or ", from);
        if (diagnosis.group().family() == Family.IPV4) {
            for (String link : from) {
                int filter = drops.inForce(link, diagnosis.source());
                if (filter != 0) {
                    return filtered(text, link, filter, diagnosis);
                }
            }
        }
        boolean heard =
                from.stream()
                        .map(link -> upstream(link, diagnosis.group().family()))
                        .flatMap(Optional::stream)
                        .anyMatch(upstream -> upstream.querier().isPresent());
        boolean above =
                from.stream()
                        .anyMatch(link -> upstream(link, diagnosis.group().family()).isPresent());
        return stops(
                "packets",
                text,
                "the source, or the network before us",
                "look with tcpdump whether it arrives; its TTL must be over 1"
                        + (above && !heard
                                ? "; no querier was heard there, so perhaps no router sends what we"
                                        + " ask for"
                                : ""));
    }

    private Step filtered(String text, String link, int filter, Diagnosis diagnosis) {
        return stops(
                "packets",
                text
                        + ", where the kernel drops packets whose source is not routed "
                        + (filter == LOOSE ? "anywhere" : "back through " + link),
                "net.ipv4.conf."
                        + link
                        + ".rp_filter, or that of all, which is "
                        + (filter == LOOSE ? "loose (2)" : "strict (1)"),
                "route the source: ip route add "
                        + diagnosis.source().map(IpAddress::toString).orElse("SOURCE")
                        + " dev "
                        + link
                        + "; or switch the filter off while mcproxy runs: mcproxy set "
                        + view.name()
                        + " rp-filter reset");
    }

    /** Do its packets come in with a TTL or hop limit of 1? */
    private boolean endsHere(Diagnosis diagnosis) {
        return diagnosis
                .source()
                .filter(source -> view.endsHere().test(source, diagnosis.group()))
                .isPresent();
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

    private Step packets(Diagnosis diagnosis, Optional<Watched> kernel) {
        if (kernel.isEmpty()) {
            return stops(
                    "kernel",
                    "the kernel has not taken the entry",
                    "the kernel's table",
                    "the log says why: no virtual interface left, or a refused call");
        }
        RouteCounters counters = kernel.get().now();
        long right = counters.packets() - counters.wrongInterface();
        List<String> from =
                diagnosis.findings().stream()
                        .filter(Finding.Routed.class::isInstance)
                        .map(routed -> ((Finding.Routed) routed).incoming())
                        .toList();
        if (right > 0 && kernel.get().moves()) {
            return ok(
                    "packets",
                    counted(right)
                            + " used the entry so far"
                            + (counters.wrongInterface() == 0
                                    ? ""
                                    : ", and "
                                            + counters.wrongInterface()
                                            + " came in on another interface"),
                    null);
        }
        if (counters.wrongInterface() > 0) {
            return wrongInterface(counters, from);
        }
        return noPacket(
                right == 0
                        ? "no packet has come in yet from "
                        : counted(right) + " used the entry, but now none comes in from ",
                from,
                diagnosis);
    }

    /** The kernel forwards the first few that it has held back, wherever they came from. */
    private Step wrongInterface(RouteCounters counters, List<String> from) {
        boolean choice =
                view.engine().upstreams().stream().map(EngineView.Upstream::link).distinct().count()
                        > 1;
        return stops(
                "packets",
                counted(counters.wrongInterface())
                        + " came in on another interface than "
                        + String.join(", ", from),
                choice
                        ? "rulematching " + matching() + ", and the order of the upstreams"
                        : "the entry's incoming interface",
                choice
                        ? "to take them from any: mcproxy add matching " + view.name() + " in all"
                        : "look where the source is, and which upstream is next to it");
    }

    private static String counted(long packets) {
        return packets + (packets == 1 ? " packet" : " packets");
    }

    private static Step ok(String subject, String text, @Nullable String decidedBy) {
        return new Step(subject, OK, text, decidedBy, null);
    }

    private static Step stops(
            String subject, String text, String decidedBy, @Nullable String remedy) {
        return new Step(subject, STOPS, text, decidedBy, remedy);
    }
}
