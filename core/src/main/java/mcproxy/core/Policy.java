package mcproxy.core;

import mcproxy.core.Filter.Direction;
import mcproxy.core.LinkSettings.Role;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiFunction;

/**
 * The filters and choices of an instance at work: which upstream is asked for what, and where a
 * packet may go. It remembers nothing but how often each rule had a say.
 *
 * <p>The interface of a rule is always the one on which packets come in. A membership of a
 * downstream is taken for the packets that would come for it, so that the same filters decide both.
 */
final class Policy {
    /**
     * How many addresses of networks and ranges a membership may list one by one; the reports of
     * one group then fit into one packet of 1500 bytes.
     */
    static final int MAX_EXPANDED = 256;

    /** An upstream that is there. A peering one is a downstream at the same time. */
    record Above(int ifindex, String name, boolean peering) {}

    /** A downstream and what its receivers want of the group at hand. */
    record Below(String name, Membership wants) {}

    /** A rule where it acts. */
    private static final class Line {
        private final String table;
        private final Rule.Match rule;
        private long hits;

        Line(String table, Rule.Match rule) {
            this.table = table;
            this.rule = rule;
        }

        boolean matches(String incoming, IpAddress group, IpAddress source) {
            return rule.isFor(incoming, group) && rule.source().contains(source);
        }
    }

    /** A filter where it acts, its tables unfolded. */
    private static final class Gate {
        private final PolicySettings.InterfaceFilter settings;
        private final List<Line> lines = new ArrayList<>();

        Gate(PolicySettings.InterfaceFilter settings) {
            this.settings = settings;
            unfold("", settings.filter().table());
        }

        private void unfold(String outer, Table table) {
            String name = table.name().orElse(outer);
            for (Rule rule : table.rules()) {
                switch (rule) {
                    case Rule.Match match -> lines.add(new Line(name, match));
                    case Rule.Nested(Table inner) -> unfold(name, inner);
                }
            }
        }

        /** Does this filter take the place of the other one, whatever their rules? */
        boolean isWhere(Gate other) {
            return settings.role() == other.settings.role()
                    && settings.on().equals(other.settings.on())
                    && settings.direction() == other.settings.direction()
                    && settings.filter().kind() == other.settings.filter().kind();
        }

        /** A rule that was in the other filter has its hits, whatever table it is in. */
        void goOnCountingAfter(Gate before) {
            Map<Rule.Match, ArrayDeque<Line>> left = new HashMap<>();
            before.lines.forEach(
                    old -> left.computeIfAbsent(old.rule, _ -> new ArrayDeque<>()).add(old));
            for (Line line : lines) {
                Line same = left.getOrDefault(line.rule, new ArrayDeque<>()).poll();
                line.hits = same == null ? 0 : same.hits;
            }
        }

        private boolean lets(boolean matched) {
            return switch (settings.filter().kind()) {
                case WHITELIST -> matched;
                case BLACKLIST -> !matched;
            };
        }

        boolean lets(String incoming, IpAddress group, IpAddress source) {
            return lets(first(incoming, group, source).isPresent());
        }

        Optional<Line> first(String incoming, IpAddress group, IpAddress source) {
            for (Line line : lines) {
                if (line.matches(incoming, group, source)) {
                    return Optional.of(line);
                }
            }
            return Optional.empty();
        }

        /** The sources of a group that pass; rules that speak of wanted ones are counted. */
        SourceRanges lets(String incoming, IpAddress group, SourceRanges wanted) {
            List<Line> speaking = speaking(incoming, group, wanted);
            speaking.forEach(line -> line.hits++);
            return passing(speaking, group, wanted);
        }

        /** The sources of a group that pass; nothing is counted. */
        SourceRanges passing(String incoming, IpAddress group, SourceRanges wanted) {
            return passing(speaking(incoming, group, wanted), group, wanted);
        }

        /** The first rule that speaks of a wanted source. */
        Optional<Line> deciding(String incoming, IpAddress group, Membership wanted) {
            return speaking(incoming, group, SourceRanges.of(group.family(), wanted)).stream()
                    .findFirst();
        }

        private List<Line> speaking(String incoming, IpAddress group, SourceRanges wanted) {
            return lines.stream()
                    .filter(line -> line.rule.isFor(incoming, group))
                    .filter(line ->
                            SourceRanges.of(group.family(), line.rule.source()).meets(wanted))
                    .toList();
        }

        private SourceRanges passing(List<Line> speaking, IpAddress group, SourceRanges wanted) {
            Family family = group.family();
            SourceRanges matched = SourceRanges.none(family);
            for (Line line : speaking) {
                matched = matched.plus(SourceRanges.of(family, line.rule.source()));
            }
            return switch (settings.filter().kind()) {
                case WHITELIST -> wanted.and(matched);
                case BLACKLIST -> wanted.minus(matched);
            };
        }
    }

    private final PolicySettings settings;
    private final List<Gate> gates = new ArrayList<>();

    Policy(PolicySettings settings) {
        this.settings = settings;
        settings.filters().forEach(filter -> gates.add(new Gate(filter)));
    }

    /** A policy of new settings that goes on counting the rules that stay where they are. */
    Policy with(PolicySettings newSettings) {
        Policy next = new Policy(newSettings);
        for (Gate gate : next.gates) {
            gates.stream().filter(gate::isWhere).findFirst().ifPresent(gate::goOnCountingAfter);
        }
        return next;
    }

    PolicySettings settings() {
        return settings;
    }

    /** How an upstream is chosen, given those that are there. */
    RuleMatching matching(List<Above> above) {
        boolean peering = above.stream().anyMatch(Above::peering);
        return settings.in()
                .orElse(
                        peering
                                ? new RuleMatching.Mutex(RuleMatching.Mutex.DEFAULT_SILENCE)
                                : RuleMatching.FIRST);
    }

    // ---- memberships ----

    /**
     * What to ask each upstream for.
     *
     * @param below the downstreams whose memberships count: all but the peering ones (RFC 7287 5.3)
     * @param above the upstreams that are there, the preferred one first
     * @param elsewhere of an upstream, the sources of the group that come from another one; asked
     *     for in {@link RuleMatching.Mutex} only
     * @return a membership for each of {@code above}, in the same order
     */
    List<Membership> memberships(
            IpAddress group,
            List<Below> below,
            List<Above> above,
            BiFunction<Above, IpAddress, SourceSet> elsewhere) {
        return gates.isEmpty()
                ? unfiltered(group, below, above, elsewhere)
                : filtered(group, below, above, elsewhere);
    }

    private List<Membership> unfiltered(
            IpAddress group,
            List<Below> below,
            List<Above> above,
            BiFunction<Above, IpAddress, SourceSet> elsewhere) {
        Membership merged = Membership.NONE;
        for (Below downstream : below) {
            merged = merged.or(downstream.wants);
        }
        RuleMatching matching = matching(above);
        List<Membership> asked = new ArrayList<>();
        for (Above upstream : above) {
            asked.add(
                    switch (matching) {
                        case RuleMatching.All _ -> merged;
                        case RuleMatching.First _ -> asked.isEmpty() ? merged : Membership.NONE;
                        case RuleMatching.Mutex _ ->
                                without(merged, elsewhere.apply(upstream, group));
                    });
        }
        return asked;
    }

    private static Membership without(Membership membership, SourceSet sources) {
        return switch (membership.mode()) {
            case INCLUDE -> Membership.include(membership.sources().minus(sources));
            case EXCLUDE -> Membership.exclude(membership.sources().plus(sources));
        };
    }

    private List<Membership> filtered(
            IpAddress group,
            List<Below> below,
            List<Above> above,
            BiFunction<Above, IpAddress, SourceSet> elsewhere) {
        Family family = group.family();
        List<SourceRanges> shares = new ArrayList<>();
        above.forEach(_ -> shares.add(SourceRanges.none(family)));
        RuleMatching matching = matching(above);
        int listed = MAX_EXPANDED;
        for (Below downstream : below) {
            if (downstream.wants.isNone()) {
                continue;
            }
            listed += downstream.wants.sources().size();
            SourceRanges rest = SourceRanges.of(family, downstream.wants);
            for (int i = 0; i < above.size(); i++) {
                SourceRanges share = passing(above.get(i), downstream.name, group, rest);
                shares.set(i, shares.get(i).plus(share));
                if (matching instanceof RuleMatching.First) {
                    rest = rest.minus(share);
                }
            }
        }
        List<Membership> asked = new ArrayList<>();
        for (int i = 0; i < above.size(); i++) {
            SourceRanges share = shares.get(i);
            int limit = listed;
            if (matching instanceof RuleMatching.Mutex && !share.isNone()) {
                SourceSet others = elsewhere.apply(above.get(i), group);
                share = share.minus(SourceRanges.of(family, others));
                limit += others.size();
            }
            asked.add(share.membership(limit));
        }
        return asked;
    }

    private SourceRanges passing(
            Above upstream, String downstream, IpAddress group, SourceRanges wanted) {
        Optional<Gate> in = gate(Role.UPSTREAM, upstream.name, Direction.IN);
        Optional<Gate> out = gate(Role.DOWNSTREAM, downstream, Direction.OUT);
        SourceRanges passing = wanted;
        if (in.isPresent()) {
            passing = in.get().lets(upstream.name, group, passing);
        }
        if (out.isPresent()) {
            passing = out.get().lets(upstream.name, group, passing);
        }
        return passing;
    }

    // ---- packets ----

    /** May packets come in on an interface? */
    boolean accepts(Role role, String incoming, IpAddress group, IpAddress source) {
        return gate(role, incoming, Direction.IN)
                .map(gate -> gate.lets(incoming, group, source))
                .orElse(true);
    }

    /** May packets that come in on one interface go out on another one? */
    boolean passes(String incoming, Role role, String out, IpAddress group, IpAddress source) {
        return gate(role, out, Direction.OUT)
                .map(gate -> gate.lets(incoming, group, source))
                .orElse(true);
    }

    /**
     * May a downstream have packets of a source from this upstream? With {@link RuleMatching.First}
     * only from the first one that may bring them.
     */
    boolean brings(
            Above upstream,
            String downstream,
            IpAddress group,
            IpAddress source,
            List<Above> above) {
        if (!mayBring(upstream, downstream, group, source)) {
            return false;
        }
        return switch (matching(above)) {
            case RuleMatching.All _, RuleMatching.Mutex _ -> true;
            case RuleMatching.First _ ->
                    above.stream()
                            .filter(other -> mayBring(other, downstream, group, source))
                            .findFirst()
                            .map(upstream::equals)
                            .orElse(false);
        };
    }

    private boolean mayBring(Above upstream, String downstream, IpAddress group, IpAddress source) {
        return accepts(Role.UPSTREAM, upstream.name, group, source)
                && passes(upstream.name, Role.DOWNSTREAM, downstream, group, source);
    }

    /**
     * The upstreams that packets from a downstream go to. Peering links are none of them: a peer
     * gets what it subscribes to (RFC 7287 5.3).
     */
    List<Integer> uplinks(String incoming, IpAddress group, IpAddress source, List<Above> above) {
        List<Integer> open = new ArrayList<>();
        for (Above upstream : above) {
            if (!upstream.peering
                    && passes(incoming, Role.UPSTREAM, upstream.name, group, source)) {
                open.add(upstream.ifindex);
            }
        }
        return switch (settings.out()) {
            case RuleMatching.All _ -> open;
            // There is no data from an upstream here that could choose: mutex is first.
            case RuleMatching.First _, RuleMatching.Mutex _ ->
                    open.isEmpty() ? open : List.of(open.getFirst());
        };
    }

    // ---- what is shown ----

    /** A packet was decided upon: counts the rule of each of these filters that spoke of it. */
    void count(
            Role role,
            String on,
            Direction direction,
            String incoming,
            IpAddress group,
            IpAddress source) {
        gate(role, on, direction)
                .flatMap(gate -> gate.first(incoming, group, source))
                .ifPresent(line -> line.hits++);
    }

    /** Every rule of every filter, in the order of the settings, with its hits. */
    List<EngineView.RuleHits> hits() {
        List<EngineView.RuleHits> hits = new ArrayList<>();
        for (Gate gate : gates) {
            PolicySettings.InterfaceFilter at = gate.settings;
            for (int i = 0; i < gate.lines.size(); i++) {
                Line line = gate.lines.get(i);
                hits.add(
                        new EngineView.RuleHits(
                                at.role(),
                                at.on().text(),
                                at.direction(),
                                at.filter().kind(),
                                line.table,
                                i + 1,
                                line.rule.toString(),
                                line.hits));
            }
        }
        return hits;
    }

    /** What a filter says about packets, and which of its rules does. */
    record Judged(boolean passes, Finding.Decision decision) {}

    /**
     * What a filter says about packets of a source, or without one about those of any source that
     * is wanted; empty where there is no filter. Nothing is counted.
     */
    Optional<Judged> judge(
            Role role,
            String on,
            Direction direction,
            String incoming,
            IpAddress group,
            Optional<IpAddress> source,
            Membership wanted) {
        return gate(role, on, direction)
                .map(gate -> {
                    Optional<Line> line =
                            source.isPresent()
                                    ? gate.first(incoming, group, source.get())
                                    : gate.deciding(incoming, group, wanted);
                    boolean passes =
                            source.isPresent()
                                    ? gate.lets(line.isPresent())
                                    : !gate.passing(
                                                    incoming,
                                                    group,
                                                    SourceRanges.of(group.family(), wanted))
                                            .isNone();
                    return new Judged(passes, decision(gate, line));
                });
    }

    private static Finding.Decision decision(Gate gate, Optional<Line> line) {
        PolicySettings.InterfaceFilter at = gate.settings;
        return new Finding.Decision(
                at.role(),
                at.on().text(),
                at.direction(),
                at.filter().kind(),
                line.map(found -> found.table).orElse(at.filter().table().name().orElse("")),
                line.map(found -> OptionalInt.of(gate.lines.indexOf(found) + 1))
                        .orElse(OptionalInt.empty()),
                line.map(found -> found.rule.toString()).orElse(""));
    }

    /** The filter that names the interface, else the first whose pattern matches it. */
    private Optional<Gate> gate(Role role, String name, Direction direction) {
        Optional<Gate> byPattern = Optional.empty();
        for (Gate gate : gates) {
            PolicySettings.InterfaceFilter at = gate.settings;
            if (at.role() == role && at.direction() == direction && at.on().matches(name)) {
                if (!at.on().isPattern()) {
                    return Optional.of(gate);
                }
                byPattern = byPattern.isPresent() ? byPattern : Optional.of(gate);
            }
        }
        return byPattern;
    }
}
