package mcproxy.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import mcproxy.core.Filter.Direction;
import mcproxy.core.Filter.Kind;
import mcproxy.core.LinkSettings.Role;
import mcproxy.core.Policy.Above;
import mcproxy.core.Policy.Below;
import mcproxy.core.PolicySettings.InterfaceFilter;
import mcproxy.wire.IpAddress;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** The algebra of memberships and filters, and what packets may pass. */
class PolicyTest {
    private static final IpAddress GROUP = IpAddress.of("239.1.1.1");
    private static final RuleMatching MUTEX = new RuleMatching.Mutex(Duration.ofMillis(10));

    private static final Above U1 = new Above(1, "u1", false);
    private static final Above U2 = new Above(2, "u2", false);
    private static final List<Above> BOTH = List.of(U1, U2);

    /** Three sources that are named, and one that never is. */
    private static final List<IpAddress> NAMED =
            List.of(IpAddress.of("10.0.0.1"), IpAddress.of("10.0.0.2"), IpAddress.of("10.0.0.9"));

    private static final IpAddress OTHER = IpAddress.of("10.7.7.7");
    private static final int SETS = 1 << 3;

    private static SourceSet set(int bits) {
        return SourceSet.of(
                IntStream.range(0, NAMED.size())
                        .filter(i -> ((bits >> i) & 1) == 1)
                        .mapToObj(NAMED::get)
                        .toList());
    }

    private static List<Membership> memberships() {
        List<Membership> all = new ArrayList<>();
        for (int bits = 0; bits < SETS; bits++) {
            all.add(Membership.include(set(bits)));
            all.add(Membership.exclude(set(bits)));
        }
        return all;
    }

    private static Filter filter(Kind kind, SourceSet sources) {
        List<Rule> rules = new ArrayList<>();
        sources.forEach(source ->
                rules.add(
                        new Rule.Match(
                                Optional.empty(), AddressSet.one(GROUP), AddressSet.one(source))));
        return new Filter(kind, new Table(Optional.empty(), rules));
    }

    private static List<Optional<Filter>> filters() {
        List<Optional<Filter>> all = new ArrayList<>(List.of(Optional.empty()));
        for (int bits = 0; bits < SETS; bits++) {
            for (Kind kind : Kind.values()) {
                all.add(Optional.of(filter(kind, set(bits))));
            }
        }
        return all;
    }

    private static Policy policy(RuleMatching in, InterfaceFilter... filters) {
        return new Policy(
                new PolicySettings(
                        Optional.of(in),
                        RuleMatching.ALL,
                        Arrays.asList(filters),
                        PolicySettings.DEFAULT_PEERING_WAIT,
                        List.of()));
    }

    private static InterfaceFilter at(Role role, String on, Direction direction, Filter filter) {
        return new InterfaceFilter(role, new InterfacePattern(on), direction, filter);
    }

    private static InterfaceFilter in(String upstream, Filter filter) {
        return at(Role.UPSTREAM, upstream, Direction.IN, filter);
    }

    private static InterfaceFilter out(String downstream, Filter filter) {
        return at(Role.DOWNSTREAM, downstream, Direction.OUT, filter);
    }

    private static Filter whitelist(String rule) {
        return new Filter(Kind.WHITELIST, Table.of(match(rule)));
    }

    private static Filter blacklist(String rule) {
        return new Filter(Kind.BLACKLIST, Table.of(match(rule)));
    }

    /** For instance {@code u1(239.0.0.0/8|10.0.0.1)}. */
    private static Rule.Match match(String rule) {
        String input = rule.substring(0, rule.indexOf('('));
        String[] parts = rule.substring(input.length() + 1, rule.length() - 1).split("\\|", -1);
        return new Rule.Match(
                input.isEmpty() ? Optional.empty() : Optional.of(new InterfacePattern(input)),
                addresses(parts[0]),
                addresses(parts[1]));
    }

    private static AddressSet addresses(String text) {
        return text.equals("*") ? AddressSet.ANY : AddressSet.of(Prefix.of(text));
    }

    private static List<Membership> asked(Policy policy, Below... below) {
        return policy.memberships(GROUP, List.of(below), BOTH, (_, _) -> SourceSet.EMPTY);
    }

    // ---- one downstream, one filter: the four lines of the original's author ----

    @Test
    void aFilterAndAMembership() {
        for (int a = 0; a < SETS; a++) {
            for (int b = 0; b < SETS; b++) {
                SourceSet listed = set(a);
                SourceSet table = set(b);
                Membership include = Membership.include(listed);
                Membership exclude = Membership.exclude(listed);
                assertThat(first(include, Kind.WHITELIST, table))
                        .containsExactly(
                                Membership.include(listed.and(table)),
                                Membership.include(listed.minus(table)));
                assertThat(first(include, Kind.BLACKLIST, table))
                        .containsExactly(
                                Membership.include(listed.minus(table)),
                                Membership.include(listed.and(table)));
                SourceSet result = table.minus(listed);
                assertThat(first(exclude, Kind.WHITELIST, table))
                        .containsExactly(
                                Membership.include(result),
                                Membership.exclude(listed.plus(result)));
                SourceSet both = listed.plus(table);
                assertThat(first(exclude, Kind.BLACKLIST, table))
                        .containsExactly(
                                Membership.exclude(both), Membership.include(both.minus(listed)));
            }
        }
    }

    /** The report of the first upstream, and what remains for the second. */
    private static List<Membership> first(Membership wants, Kind kind, SourceSet table) {
        return asked(
                policy(RuleMatching.FIRST, in("u1", filter(kind, table))), new Below("d", wants));
    }

    @Test
    void anyFiltersOnBothUpstreamsGiveWhatEachSourceForItselfGets() {
        for (Optional<Filter> one : filters()) {
            for (Optional<Filter> two : filters()) {
                List<InterfaceFilter> filters = new ArrayList<>();
                one.ifPresent(filter -> filters.add(in("u1", filter)));
                two.ifPresent(filter -> filters.add(in("u2", filter)));
                for (RuleMatching matching : List.of(RuleMatching.ALL, RuleMatching.FIRST)) {
                    Policy policy = policy(matching, filters.toArray(InterfaceFilter[]::new));
                    for (Membership wants : memberships()) {
                        List<Membership> asked = asked(policy, new Below("d", wants));
                        for (int i = 0; i <= NAMED.size(); i++) {
                            IpAddress source = i < NAMED.size() ? NAMED.get(i) : OTHER;
                            boolean byOne = wants.wants(source) && lets(one, source);
                            boolean byTwo = wants.wants(source) && lets(two, source);
                            if (matching.equals(RuleMatching.FIRST)) {
                                byTwo &= !byOne;
                            }
                            assertThat(asked.get(0).wants(source)).isEqualTo(byOne);
                            assertThat(asked.get(1).wants(source)).isEqualTo(byTwo);
                            if (wants.wants(source)) {
                                assertThat(policy.brings(U1, "d", GROUP, source, BOTH))
                                        .isEqualTo(byOne);
                                assertThat(policy.brings(U2, "d", GROUP, source, BOTH))
                                        .isEqualTo(byTwo);
                            }
                        }
                    }
                }
            }
        }
    }

    /** By the words of the language, not by the code. */
    private static boolean lets(Optional<Filter> filter, IpAddress source) {
        if (filter.isEmpty()) {
            return true;
        }
        boolean listed =
                filter.get().table().rules().stream()
                        .anyMatch(rule -> rule.toString().endsWith(" | " + source + ")"));
        return listed == (filter.get().kind() == Kind.WHITELIST);
    }

    @Test
    void twoDownstreamsAreFilteredEachForItselfAndThenMerged() {
        for (Membership one : memberships()) {
            for (Membership two : memberships()) {
                for (int bits = 0; bits < SETS; bits++) {
                    Policy policy =
                            policy(
                                    RuleMatching.FIRST,
                                    out("d1", filter(Kind.WHITELIST, set(bits))),
                                    in("u1", filter(Kind.BLACKLIST, set(1))));
                    List<Membership> asked =
                            asked(policy, new Below("d1", one), new Below("d2", two));
                    for (int i = 0; i <= NAMED.size(); i++) {
                        IpAddress source = i < NAMED.size() ? NAMED.get(i) : OTHER;
                        boolean wanted =
                                (one.wants(source) && set(bits).contains(source))
                                        || two.wants(source);
                        assertThat(asked.get(0).wants(source)).isEqualTo(wanted && i != 0);
                        assertThat(asked.get(1).wants(source)).isEqualTo(wanted && i == 0);
                    }
                }
            }
        }
    }

    @Test
    void mutexLeavesOutWhatComesFromElsewhere() {
        for (Optional<Filter> filter : filters()) {
            Policy policy =
                    policy(
                            MUTEX,
                            filter.map(f -> new InterfaceFilter[] {in("u1", f)})
                                    .orElse(new InterfaceFilter[0]));
            for (Membership wants : memberships()) {
                for (int bits = 0; bits < SETS; bits++) {
                    SourceSet onOne = set(bits);
                    List<Membership> asked =
                            policy.memberships(
                                    GROUP,
                                    List.of(new Below("d", wants)),
                                    BOTH,
                                    (upstream, _) -> upstream.equals(U2) ? onOne : SourceSet.EMPTY);
                    for (IpAddress source : List.of(NAMED.get(0), NAMED.get(2), OTHER)) {
                        assertThat(asked.get(0).wants(source))
                                .isEqualTo(wants.wants(source) && lets(filter, source));
                        assertThat(asked.get(1).wants(source))
                                .isEqualTo(wants.wants(source) && !onOne.contains(source));
                    }
                }
            }
        }
    }

    // ---- networks ----

    @Test
    void anExcludeJoinAgainstAWhitelistBecomesAnInclude() {
        assertThat(
                        asked(
                                        policy(
                                                RuleMatching.ALL,
                                                in("u1", whitelist("(239.0.0.0/8|10.0.0.0/30)"))),
                                        new Below("d", Membership.exclude(set(1))))
                                .getFirst())
                .hasToString("INCLUDE {10.0.0.0, 10.0.0.2, 10.0.0.3}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"(*|10.0.0.0/8)", "(239.0.0.0/8|10.0.0.0/23)"})
    void aNetworkThatIsTooLargeToListIsAskedForAsAllAndFilteredHere(String rule) {
        Policy policy = policy(RuleMatching.ALL, in("u1", whitelist(rule)));
        assertThat(asked(policy, new Below("d", Membership.exclude(set(1)))).getFirst())
                .hasToString("EXCLUDE {10.0.0.1}");
        assertThat(policy.brings(U1, "d", GROUP, IpAddress.of("10.0.1.1"), BOTH)).isTrue();
        assertThat(policy.brings(U1, "d", GROUP, IpAddress.of("11.0.1.1"), BOTH)).isFalse();
    }

    @Test
    void listedSourcesOfALargeNetworkAreExact() {
        Policy policy = policy(RuleMatching.FIRST, in("u1", whitelist("(*|10.0.0.0/8)")));
        SourceSet wanted = SourceSet.of(IpAddress.of("10.1.2.3"), IpAddress.of("11.1.2.3"));
        assertThat(asked(policy, new Below("d", Membership.include(wanted))))
                .extracting(Membership::toString)
                .containsExactly("INCLUDE {10.1.2.3}", "INCLUDE {11.1.2.3}");
    }

    @Test
    void aListLongerThanTheLimitForNetworksIsNotCut() {
        List<IpAddress> sources = new ArrayList<>(List.of(IpAddress.of("10.1.0.0")));
        while (sources.size() < 5000) {
            sources.add(Addresses.after(sources.getLast()));
        }
        Membership wants = Membership.include(SourceSet.of(sources));
        Policy policy = policy(RuleMatching.FIRST, in("u1", whitelist("(*|10.0.0.0/8)")));
        assertThat(asked(policy, new Below("d", wants))).containsExactly(wants, Membership.NONE);
    }

    /** Were one of them asked for, its packets would come twice. */
    @Test
    void howeverManyComeFromElsewhereNoneOfThemIsAskedFor() {
        List<IpAddress> live = new ArrayList<>(List.of(IpAddress.of("10.1.0.0")));
        while (live.size() < 2 * Policy.MAX_EXPANDED) {
            live.add(Addresses.after(Addresses.after(live.getLast())));
        }
        SourceSet others = SourceSet.of(live);
        List<Membership> asked =
                policy(MUTEX, in("u1", blacklist("(*|10.0.0.9)")))
                        .memberships(
                                GROUP,
                                List.of(new Below("d", Membership.ANY_SOURCE)),
                                BOTH,
                                (upstream, _) -> upstream.equals(U1) ? others : SourceSet.EMPTY);
        assertThat(asked)
                .containsExactly(
                        Membership.exclude(others.plus(SourceSet.of(IpAddress.of("10.0.0.9")))),
                        Membership.ANY_SOURCE);
    }

    // ---- interfaces of rules ----

    @ParameterizedTest
    @CsvSource({"u1, true, false", "u2, false, true", "u*, true, true", "*, true, true"})
    void theInterfaceOfARuleIsTheOnePacketsComeInOn(String input, boolean one, boolean two) {
        Policy policy = policy(RuleMatching.ALL, out("d", whitelist(input + "(*|*)")));
        assertThat(asked(policy, new Below("d", Membership.ANY_SOURCE)))
                .containsExactly(
                        one ? Membership.ANY_SOURCE : Membership.NONE,
                        two ? Membership.ANY_SOURCE : Membership.NONE);
        assertThat(policy.brings(U1, "d", GROUP, OTHER, BOTH)).isEqualTo(one);
        assertThat(policy.brings(U2, "d", GROUP, OTHER, BOTH)).isEqualTo(two);
    }

    @Test
    void aFilterThatNamesItsInterfaceGoesBeforeAPattern() {
        Policy policy =
                policy(
                        RuleMatching.ALL,
                        in("u*", blacklist("(*|*)")),
                        in("u2", blacklist("(*|10.0.0.9)")));
        assertThat(policy.accepts(Role.UPSTREAM, "u1", GROUP, OTHER)).isFalse();
        assertThat(policy.accepts(Role.UPSTREAM, "u2", GROUP, OTHER)).isTrue();
        assertThat(policy.accepts(Role.UPSTREAM, "u2", GROUP, NAMED.get(2))).isFalse();
        assertThat(policy.accepts(Role.DOWNSTREAM, "u1", GROUP, OTHER)).isTrue();
    }

    @Test
    void tablesNestAndARuleOfOneFamilyLeavesTheOtherAlone() {
        Table inner = new Table(Optional.of("inner"), List.of(match("(239.1.1.1|*)")));
        Policy policy =
                policy(
                        RuleMatching.ALL,
                        in(
                                "u1",
                                new Filter(
                                        Kind.WHITELIST,
                                        Table.of(
                                                new Rule.Nested(Table.of(new Rule.Nested(inner))),
                                                match("(*|2001:db8::1)")))));
        assertThat(policy.accepts(Role.UPSTREAM, "u1", GROUP, OTHER)).isTrue();
        assertThat(policy.accepts(Role.UPSTREAM, "u1", IpAddress.of("239.1.1.2"), OTHER)).isFalse();
        IpAddress group = IpAddress.of("ff0e::1");
        assertThat(policy.accepts(Role.UPSTREAM, "u1", group, IpAddress.of("2001:db8::1")))
                .isTrue();
        assertThat(policy.accepts(Role.UPSTREAM, "u1", group, IpAddress.of("2001:db8::2")))
                .isFalse();
    }

    // ---- packets from below ----

    @Test
    void packetsFromBelowGoToAllUpstreamsOrTheFirst() {
        Filter filter = blacklist("d1(*|*)");
        PolicySettings settings =
                new PolicySettings(
                        Optional.empty(),
                        RuleMatching.ALL,
                        List.of(at(Role.UPSTREAM, "u1", Direction.OUT, filter)),
                        Duration.ZERO,
                        List.of());
        Policy all = new Policy(settings);
        assertThat(all.uplinks("d1", GROUP, OTHER, BOTH)).containsExactly(2);
        assertThat(all.uplinks("d2", GROUP, OTHER, BOTH)).containsExactly(1, 2);
        Policy first =
                new Policy(
                        new PolicySettings(
                                Optional.empty(),
                                RuleMatching.FIRST,
                                settings.filters(),
                                Duration.ZERO,
                                List.of()));
        assertThat(first.uplinks("d1", GROUP, OTHER, BOTH)).containsExactly(2);
        assertThat(first.uplinks("d2", GROUP, OTHER, BOTH)).containsExactly(1);
        assertThat(first.uplinks("d2", GROUP, OTHER, List.of())).isEmpty();
    }

    // ---- peering: RFC 7287 5 ----

    @Test
    void aPeerIsAskedFirstAndGetsNothingUnasked() {
        Above peer = new Above(7, "ap", true);
        Policy policy = new Policy(PolicySettings.DEFAULT);
        assertThat(policy.matching(List.of(peer, U1)))
                .isEqualTo(new RuleMatching.Mutex(Duration.ofMillis(50)));
        assertThat(policy.matching(BOTH)).isEqualTo(RuleMatching.FIRST);
        assertThat(policy.uplinks("d", GROUP, OTHER, List.of(peer, U1))).containsExactly(1);
    }

    // ---- counters ----

    @Test
    void rulesAreCountedAndKeepTheirCountWhereTheirFilterStays() {
        InterfaceFilter stays =
                in(
                        "u1",
                        new Filter(
                                Kind.WHITELIST,
                                new Table(
                                        Optional.of("tv"),
                                        List.of(
                                                match("(238.1.1.1|*)"),
                                                match("(239.0.0.0/8|*)")))));
        Policy policy = policy(RuleMatching.FIRST, stays);
        asked(policy, new Below("d", Membership.ANY_SOURCE));
        policy.count(Role.UPSTREAM, "u1", Direction.IN, "u1", GROUP, OTHER);
        policy.count(Role.UPSTREAM, "u2", Direction.IN, "u2", GROUP, OTHER);
        assertThat(policy.hits())
                .extracting(
                        EngineView.RuleHits::table,
                        EngineView.RuleHits::rule,
                        EngineView.RuleHits::hits)
                .containsExactly(
                        tuple("tv", "(238.1.1.1 | *)", 0L), tuple("tv", "(239.0.0.0/8 | *)", 2L));
        Policy next =
                policy.with(
                        policy(RuleMatching.ALL, out("d", whitelist("(*|*)")), stays).settings());
        assertThat(next.hits()).extracting(EngineView.RuleHits::hits).containsExactly(0L, 0L, 2L);
    }
}
