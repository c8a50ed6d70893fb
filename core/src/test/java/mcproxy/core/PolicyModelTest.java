package mcproxy.core;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.core.Filter.Direction;
import mcproxy.core.Filter.Kind;
import mcproxy.core.LinkSettings.Role;
import mcproxy.core.Policy.Above;
import mcproxy.core.Policy.Below;
import mcproxy.core.PolicySettings.InterfaceFilter;
import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.RecordType;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;

/**
 * Random tables, filters, upstreams and memberships against a model that knows no sets: it asks of
 * each address by itself whether it may come, by the words of the language.
 */
class PolicyModelTest {
    /** Addresses that rules and memberships name; one more, the last, is only met by '*'. */
    private static final int NAMED = 12;

    private static final int ALL = NAMED + 1;
    private static final int GROUPS = 3;
    private static final int SEEDS = 600;

    /** What the model has for a rule: whom it is for, as the test draws it. */
    private record Drawn(
            Optional<String> input, IntPredicate group, IntPredicate source, List<Drawn> inner) {
        boolean matches(String incoming, int ofGroup, int ofSource) {
            if (!inner.isEmpty()) {
                return inner.stream().anyMatch(rule -> rule.matches(incoming, ofGroup, ofSource));
            }
            boolean comesThere =
                    input.map(name ->
                                    name.endsWith("*")
                                            ? incoming.startsWith(
                                                    name.substring(0, name.length() - 1))
                                            : incoming.equals(name))
                            .orElse(true);
            return comesThere && group.test(ofGroup) && source.test(ofSource);
        }
    }

    /** A filter with its place. */
    private record Gate(Role role, String on, Direction direction, Kind kind, List<Drawn> rules) {
        boolean lets(String incoming, int group, int source) {
            boolean listed = rules.stream().anyMatch(r -> r.matches(incoming, group, source));
            return switch (kind) {
                case WHITELIST -> listed;
                case BLACKLIST -> !listed;
            };
        }
    }

    /** A policy by chance, as the proxy has it and as the model has it. */
    private static final class Case {
        final SplittableRandom random;
        final Family family;
        final List<String> above;
        final List<String> below;
        final RuleMatching in;
        final List<Gate> gates = new ArrayList<>();
        final List<InterfaceFilter> filters = new ArrayList<>();

        Case(long seed, Family family, List<String> above, List<String> below) {
            this.random = new SplittableRandom(seed);
            this.family = family;
            this.above = above;
            this.below = below;
            this.in =
                    switch (random.nextInt(3)) {
                        case 0 -> RuleMatching.ALL;
                        case 1 -> RuleMatching.FIRST;
                        default -> new RuleMatching.Mutex(Duration.ofMillis(100));
                    };
            above.forEach(upstream -> filter(Role.UPSTREAM, upstream, Direction.IN));
            below.forEach(downstream -> filter(Role.DOWNSTREAM, downstream, Direction.OUT));
            if (random.nextInt(3) == 0) {
                filter(Role.UPSTREAM, "*", Direction.IN);
                filter(Role.DOWNSTREAM, "*", Direction.OUT);
            }
        }

        private void filter(Role role, String on, Direction direction) {
            if (random.nextInt(3) == 0) {
                return;
            }
            Kind kind = random.nextBoolean() ? Kind.WHITELIST : Kind.BLACKLIST;
            List<Rule> rules = new ArrayList<>();
            List<Drawn> drawn = new ArrayList<>();
            draw(2, rules, drawn);
            gates.add(new Gate(role, on, direction, kind, drawn));
            filters.add(
                    new InterfaceFilter(
                            role,
                            new InterfacePattern(on),
                            direction,
                            new Filter(kind, new Table(Optional.empty(), rules))));
        }

        private void draw(int depth, List<Rule> rules, List<Drawn> drawn) {
            int count = random.nextInt(4);
            for (int i = 0; i < count; i++) {
                if (depth > 0 && random.nextInt(4) == 0) {
                    List<Rule> inner = new ArrayList<>();
                    List<Drawn> model = new ArrayList<>();
                    draw(depth - 1, inner, model);
                    rules.add(new Rule.Nested(new Table(Optional.empty(), inner)));
                    if (!model.isEmpty()) {
                        drawn.add(new Drawn(Optional.empty(), _ -> true, _ -> true, model));
                    }
                } else {
                    match(rules, drawn);
                }
            }
        }

        private void match(List<Rule> rules, List<Drawn> drawn) {
            Optional<String> input = Optional.empty();
            if (random.nextInt(3) == 0) {
                String name = above.get(random.nextInt(above.size()));
                input = Optional.of(random.nextInt(4) == 0 ? name.substring(0, 1) + "*" : name);
            }
            int group = random.nextInt(-1, GROUPS);
            int from = random.nextInt(-1, NAMED);
            int to = from < 0 ? ALL - 1 : random.nextInt(from, Math.min(NAMED, from + 5));
            rules.add(
                    new Rule.Match(
                            input.map(InterfacePattern::new),
                            group < 0 ? AddressSet.ANY : AddressSet.one(group(family, group)),
                            from < 0 ? anything() : between(from, to)));
            int first = Math.max(0, from);
            drawn.add(
                    new Drawn(
                            input,
                            g -> group < 0 || g == group,
                            s -> s >= first && s <= to,
                            List.of()));
        }

        private AddressSet anything() {
            return random.nextBoolean() ? AddressSet.ANY : AddressSet.all(family);
        }

        /** As a network where it is one and chance wants it, else as a range. */
        private AddressSet between(int from, int to) {
            boolean network = to == from + 3 && from % 4 == 0;
            return network && random.nextBoolean()
                    ? AddressSet.of(new Prefix(source(family, from), family.bits() - 2))
                    : AddressSet.range(source(family, from), source(family, to));
        }

        Membership membership(int group) {
            List<IpAddress> sources = new ArrayList<>();
            int odds = random.nextInt(1, 5);
            for (int i = 0; i < ALL; i++) {
                if (random.nextInt(odds) == 0) {
                    sources.add(source(family, i));
                }
            }
            SourceSet set = SourceSet.of(sources);
            // The last group is source-specific: nobody wants what he does not name.
            return switch (group == GROUPS - 1 ? 0 : random.nextInt(3)) {
                case 0 -> Membership.include(set);
                case 1 -> Membership.exclude(set);
                default -> Membership.ANY_SOURCE;
            };
        }

        PolicySettings settings() {
            return new PolicySettings(
                    Optional.of(in),
                    RuleMatching.ALL,
                    filters,
                    PolicySettings.DEFAULT_PEERING_WAIT,
                    List.of());
        }

        // ---- the model ----

        /** The filter of a place: that of its name, else the one of all. */
        private boolean lets(Role role, String on, Direction to, String incoming, int g, int s) {
            List<Gate> there =
                    gates.stream()
                            .filter(gate -> gate.role == role && gate.direction == to)
                            .toList();
            Optional<Gate> own = there.stream().filter(gate -> gate.on.equals(on)).findFirst();
            return own.or(() -> there.stream().filter(gate -> gate.on.equals("*")).findFirst())
                    .map(gate -> gate.lets(incoming, g, s))
                    .orElse(true);
        }

        /** May this upstream bring the source to that downstream, if nothing else is there? */
        boolean may(String upstream, String downstream, int g, int s) {
            return lets(Role.UPSTREAM, upstream, Direction.IN, upstream, g, s)
                    && lets(Role.DOWNSTREAM, downstream, Direction.OUT, upstream, g, s);
        }

        /** May it, given the others? */
        boolean brings(String upstream, String downstream, int g, int s) {
            boolean isBefore =
                    in.equals(RuleMatching.FIRST)
                            && above.stream()
                                    .takeWhile(other -> !other.equals(upstream))
                                    .anyMatch(other -> may(other, downstream, g, s));
            return may(upstream, downstream, g, s) && !isBefore;
        }
    }

    private static IpAddress group(Family family, int n) {
        List<String> groups =
                switch (family) {
                    case IPV4 -> List.of("239.1.0.1", "239.1.0.2", "232.1.1.1");
                    case IPV6 -> List.of("ff1e::1", "ff1e::2", "ff3e::8000:1");
                };
        return IpAddress.of(groups.get(n));
    }

    private static IpAddress source(Family family, int n) {
        String base =
                switch (family) {
                    case IPV4 -> n < NAMED ? "10.0.0." : "192.0.2.";
                    case IPV6 -> n < NAMED ? "2001:db8::" : "2001:db8:1::";
                };
        return IpAddress.of(base + Integer.toString(n, family == Family.IPV4 ? 10 : 16));
    }

    /** What each upstream is asked for, source by source, and what is taken from it. */
    @ParameterizedTest
    @EnumSource(Family.class)
    void eachSourceIsAskedForWhereItMayComeFrom(Family family) {
        int asked = 0;
        int notAsked = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            int ups = 1 + (int) (seed % 3);
            Case drawn =
                    new Case(
                            seed,
                            family,
                            List.of("u1", "u2", "v3").subList(0, ups),
                            List.of("d1", "d2").subList(0, 1 + (int) (seed / 3 % 2)));
            Policy policy = new Policy(drawn.settings());
            List<Above> above = new ArrayList<>();
            drawn.above.forEach(name -> above.add(new Above(above.size() + 1, name, false)));
            for (int g = 0; g < GROUPS; g++) {
                int of = g;
                List<Below> below =
                        drawn.below.stream()
                                .map(name -> new Below(name, drawn.membership(of)))
                                .toList();
                int elsewhere = drawn.random.nextInt(1 << NAMED);
                List<Membership> wanted =
                        policy.memberships(
                                group(family, g),
                                below,
                                above,
                                (upstream, _) -> live(family, elsewhere, upstream.ifindex()));
                for (int u = 0; u < ups; u++) {
                    SourceSet others = live(family, elsewhere, u + 1);
                    for (int s = 0; s < ALL; s++) {
                        IpAddress address = source(family, s);
                        boolean expected = false;
                        for (Below downstream : below) {
                            boolean brings =
                                    drawn.brings(drawn.above.get(u), downstream.name(), g, s);
                            expected |= brings && downstream.wants().wants(address);
                            assertThat(
                                            policy.brings(
                                                    above.get(u),
                                                    downstream.name(),
                                                    group(family, g),
                                                    address,
                                                    above))
                                    .as("seed %d: %s from %s", seed, address, above.get(u))
                                    .isEqualTo(brings);
                        }
                        expected &=
                                !(drawn.in instanceof RuleMatching.Mutex)
                                        || !others.contains(address);
                        assertThat(wanted.get(u).wants(address))
                                .as(
                                        "seed %d: is %s of %s asked for on %s? %s",
                                        seed, address, group(family, g), above.get(u), below)
                                .isEqualTo(expected);
                        asked += expected ? 1 : 0;
                        notAsked += expected ? 0 : 1;
                    }
                }
            }
        }
        // Were it nearly always the same, nothing would have been compared.
        assertThat(asked).isGreaterThan(SEEDS * 10);
        assertThat(notAsked).isGreaterThan(SEEDS * 10);
    }

    /** Some named sources come from one upstream or another: those that do not from this one. */
    private static SourceSet live(Family family, int bits, int ifindex) {
        List<IpAddress> elsewhere = new ArrayList<>();
        for (int s = 0; s < NAMED; s++) {
            if ((bits >> s & 1) == 1 && s % 3 + 1 != ifindex) {
                elsewhere.add(source(family, s));
            }
        }
        return SourceSet.of(elsewhere);
    }

    /** The same through the whole proxy: from the reports of hosts to reports and to routes. */
    @ParameterizedTest
    @EnumSource(Family.class)
    void reportsAndRoutesOfTheProxyAreThoseOfTheModel(Family family) {
        int forwarded = 0;
        for (long seed = 0; seed < 150; seed++) {
            List<String> above = List.of("if" + Bench.WAN, "if8");
            List<String> below = List.of("if" + Bench.LAN, "if" + Bench.LAN2);
            Case drawn = new Case(seed, family, above, below);
            if (drawn.in instanceof RuleMatching.Mutex) {
                continue; // who sends first would have to be modelled, which MutexSilenceTest does
            }
            Bench bench = new Bench(family);
            bench.accept(
                    new Input.Configure(
                            new ProxySettings(
                                    Duration.ZERO, ProxySettings.LOCAL_GROUPS, drawn.settings())));
            bench.up(Bench.WAN, Role.UPSTREAM);
            bench.up(8, Role.UPSTREAM);
            bench.up(Bench.LAN, Role.DOWNSTREAM);
            bench.up(Bench.LAN2, Role.DOWNSTREAM);
            for (int g = 0; g < GROUPS; g++) {
                List<Membership> wants = List.of(drawn.membership(g), drawn.membership(g));
                report(bench, Bench.LAN, group(family, g), wants.get(0));
                report(bench, Bench.LAN2, group(family, g), wants.get(1));
                for (int u = 0; u < above.size(); u++) {
                    int upstream = u == 0 ? Bench.WAN : 8;
                    Membership reported =
                            bench.reported(upstream, group(family, g)).orElse(Membership.NONE);
                    for (int s = 0; s < ALL; s++) {
                        IpAddress address = source(family, s);
                        List<Integer> to = new ArrayList<>();
                        for (int d = 0; d < below.size(); d++) {
                            if (wants.get(d).wants(address)
                                    && drawn.brings(above.get(u), below.get(d), g, s)) {
                                to.add(d == 0 ? Bench.LAN : Bench.LAN2);
                            }
                        }
                        String what =
                                "seed %d: %s of group %d from %s"
                                        .formatted(seed, address, g, above.get(u));
                        assertThat(reported.wants(address)).as(what).isEqualTo(!to.isEmpty());
                        if (!to.isEmpty()) {
                            bench.forget();
                            bench.accept(new Input.CacheMiss(upstream, address, group(family, g)));
                            assertThat(bench.routes())
                                    .as(what)
                                    .contains(
                                            new Effect.SetRoute(
                                                    address, group(family, g), upstream, to));
                            forwarded++;
                        }
                    }
                }
            }
        }
        assertThat(forwarded).isGreaterThan(500);
    }

    private static void report(Bench bench, int ifindex, IpAddress group, Membership wants) {
        RecordType type =
                switch (wants.mode()) {
                    case INCLUDE -> RecordType.ALLOW;
                    case EXCLUDE -> RecordType.TO_EX;
                };
        if (wants.isNone()) {
            return;
        }
        bench.report(
                ifindex,
                bench.node(ifindex, 50),
                new GroupRecord(type, group, wants.sources().toList()));
    }
}
