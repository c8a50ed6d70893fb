package mcproxy.core;

import static mcproxy.core.Bench.LAN;
import static mcproxy.core.Bench.LAN2;
import static mcproxy.core.Bench.WAN;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.core.Filter.Direction;
import mcproxy.core.Filter.Kind;
import mcproxy.core.LinkSettings.Role;
import mcproxy.core.PolicySettings.InterfaceFilter;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.RecordType;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Filters, several upstreams and peering, in the proxy as a whole. */
class PolicyEngineTest {
    private static final int WAN2 = 8;
    private static final int PEER = 9;
    private static final Duration SILENCE = Duration.ofMillis(100);

    private static Bench bench(
            Family family, Optional<RuleMatching> in, InterfaceFilter... filters) {
        Bench bench = new Bench(family);
        configure(
                bench,
                new PolicySettings(
                        in,
                        RuleMatching.ALL,
                        Arrays.asList(filters),
                        PolicySettings.DEFAULT_PEERING_WAIT,
                        List.of()));
        bench.up(WAN, Role.UPSTREAM);
        bench.up(WAN2, Role.UPSTREAM);
        bench.up(LAN, Role.DOWNSTREAM);
        bench.up(LAN2, Role.DOWNSTREAM);
        bench.forget();
        return bench;
    }

    private static void configure(Bench bench, PolicySettings policy) {
        bench.accept(
                new Input.Configure(
                        new ProxySettings(Duration.ZERO, ProxySettings.LOCAL_GROUPS, policy)));
    }

    private static InterfaceFilter filter(
            Role role, int on, Direction direction, Kind kind, Rule... rules) {
        return new InterfaceFilter(
                role,
                new InterfacePattern("if" + on),
                direction,
                new Filter(kind, Table.of(rules)));
    }

    private static Rule rule(AddressSet source) {
        return new Rule.Match(Optional.empty(), AddressSet.ANY, source);
    }

    private static Rule from(int ifindex) {
        return new Rule.Match(
                Optional.of(new InterfacePattern("if" + ifindex)), AddressSet.ANY, AddressSet.ANY);
    }

    private static Effect route(Bench bench, int source, int incoming, Integer... outgoing) {
        return new Effect.SetRoute(
                bench.source(source), bench.group(1), incoming, List.of(outgoing));
    }

    private static void packet(Bench bench, int source, int ifindex) {
        bench.accept(new Input.CacheMiss(ifindex, bench.source(source), bench.group(1)));
    }

    private static void wrong(Bench bench, int source, int ifindex, long packets) {
        bench.accept(
                new Input.WrongInterface(ifindex, bench.source(source), bench.group(1), packets));
    }

    private static Effect lastRoute(Bench bench) {
        return bench.routes().getLast();
    }

    // ---- filters ----

    @ParameterizedTest
    @EnumSource(Family.class)
    void anExcludeJoinAgainstAWhitelistGoesUpAsAnInclude(Family family) {
        IpAddress allowed = new Bench(family).source(7);
        Bench bench =
                bench(
                        family,
                        Optional.empty(),
                        filter(
                                Role.UPSTREAM,
                                WAN,
                                Direction.IN,
                                Kind.WHITELIST,
                                rule(AddressSet.one(allowed))));
        bench.report(LAN, RecordType.TO_EX, 1, SourceSet.EMPTY);
        assertThat(bench.records(WAN))
                .containsExactly(bench.record(RecordType.ALLOW, 1, bench.sources(7)));
        assertThat(bench.reported(WAN2, 1)).contains(Membership.exclude(bench.sources(7)));
        packet(bench, 7, WAN);
        assertThat(lastRoute(bench)).isEqualTo(route(bench, 7, WAN, LAN));
        packet(bench, 8, WAN);
        assertThat(lastRoute(bench))
                .as("what the first may not bring is taken from the second")
                .isEqualTo(route(bench, 8, WAN2, LAN));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void eachOfTheFourPlacesStopsItsPackets(Family family) {
        Bench bench =
                bench(
                        family,
                        Optional.of(RuleMatching.ALL),
                        filter(
                                Role.UPSTREAM,
                                WAN,
                                Direction.IN,
                                Kind.BLACKLIST,
                                rule(AddressSet.one(new Bench(family).source(1)))),
                        filter(Role.UPSTREAM, WAN2, Direction.OUT, Kind.BLACKLIST, from(LAN)),
                        filter(Role.DOWNSTREAM, LAN2, Direction.OUT, Kind.BLACKLIST, from(WAN2)),
                        filter(
                                Role.DOWNSTREAM,
                                LAN2,
                                Direction.IN,
                                Kind.WHITELIST,
                                rule(AddressSet.one(new Bench(family).source(3)))));
        bench.report(LAN, RecordType.TO_EX, 1, SourceSet.EMPTY);
        bench.report(LAN2, RecordType.TO_EX, 1, SourceSet.EMPTY);
        packet(bench, 2, WAN);
        assertThat(lastRoute(bench)).isEqualTo(route(bench, 2, WAN, LAN, LAN2));
        packet(bench, 5, WAN2);
        assertThat(lastRoute(bench)).isEqualTo(route(bench, 5, WAN2, LAN));
        packet(bench, 6, LAN);
        assertThat(lastRoute(bench)).isEqualTo(route(bench, 6, LAN, WAN, LAN2));
        packet(bench, 3, LAN2);
        assertThat(lastRoute(bench)).isEqualTo(route(bench, 3, LAN2, WAN, LAN, WAN2));
        packet(bench, 4, LAN2);
        assertThat(lastRoute(bench)).isEqualTo(route(bench, 4, LAN2));
        assertThat(bench.reported(WAN, 1)).contains(Membership.exclude(bench.sources(1)));
        assertThat(bench.reported(WAN2, 1)).contains(Membership.ANY_SOURCE);
        assertThat(bench.view().rules())
                .extracting(EngineView.RuleHits::hits)
                .allMatch(hits -> hits > 0);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void newFiltersActAtOnce(Family family) {
        Bench bench = bench(family, Optional.empty());
        bench.report(LAN, RecordType.TO_EX, 1, SourceSet.EMPTY);
        packet(bench, 1, WAN);
        bench.forget();
        configure(
                bench,
                new PolicySettings(
                        Optional.empty(),
                        RuleMatching.ALL,
                        List.of(
                                filter(
                                        Role.UPSTREAM,
                                        WAN,
                                        Direction.IN,
                                        Kind.BLACKLIST,
                                        rule(AddressSet.ANY))),
                        Duration.ZERO,
                        List.of()));
        assertThat(bench.reported(WAN, 1)).isEmpty();
        assertThat(bench.reported(WAN2, 1)).contains(Membership.ANY_SOURCE);
        assertThat(lastRoute(bench)).isEqualTo(route(bench, 1, WAN2, LAN));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aStaticJoinIsReportedWhoeverWantsIt(Family family) {
        Bench bench = bench(family, Optional.empty());
        configure(
                bench,
                new PolicySettings(
                        Optional.empty(),
                        RuleMatching.ALL,
                        List.of(),
                        Duration.ZERO,
                        List.of(
                                new PolicySettings.Join(
                                        new InterfacePattern("if" + WAN2),
                                        bench.group(1),
                                        Membership.include(bench.sources(3))))));
        assertThat(bench.reported(WAN2, 1)).contains(Membership.include(bench.sources(3)));
        assertThat(bench.reported(WAN, 1)).isEmpty();
        configure(bench, PolicySettings.DEFAULT);
        assertThat(bench.reported(WAN2, 1)).isEmpty();
    }

    // ---- first: take-over ----

    @ParameterizedTest
    @EnumSource(Family.class)
    void theSecondUpstreamTakesOverAndGivesBackWithoutAGap(Family family) {
        Bench bench = bench(family, Optional.empty());
        bench.report(LAN, RecordType.TO_EX, 1, SourceSet.EMPTY);
        packet(bench, 1, WAN);
        assertThat(lastRoute(bench)).isEqualTo(route(bench, 1, WAN, LAN));
        assertThat(bench.reported(WAN2, 1)).isEmpty();
        bench.down(WAN);
        assertThat(bench.reported(WAN2, 1)).contains(Membership.ANY_SOURCE);
        assertThat(lastRoute(bench)).isInstanceOf(Effect.DeleteRoute.class);
        packet(bench, 1, WAN2);
        assertThat(lastRoute(bench)).isEqualTo(route(bench, 1, WAN2, LAN));
        bench.forget();
        bench.up(WAN, Role.UPSTREAM);
        assertThat(bench.reported(WAN, 1)).contains(Membership.ANY_SOURCE);
        assertThat(bench.reported(WAN2, 1)).isEmpty();
        assertThat(bench.routes()).as("what still comes from the second is taken").isEmpty();
        wrong(bench, 1, WAN, 500);
        assertThat(lastRoute(bench)).isEqualTo(route(bench, 1, WAN, LAN));
        bench.forget();
        wrong(bench, 1, WAN2, 500);
        assertThat(bench.routes()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aNamedSourceHasItsRouteBeforeItsFirstPacket(Family family) {
        Bench bench =
                bench(
                        family,
                        Optional.empty(),
                        filter(
                                Role.UPSTREAM,
                                WAN,
                                Direction.IN,
                                Kind.BLACKLIST,
                                rule(AddressSet.one(new Bench(family).source(2)))));
        bench.report(LAN, RecordType.ALLOW, 1, bench.sources(1, 2));
        assertThat(bench.routes())
                .containsExactly(route(bench, 1, WAN, LAN), route(bench, 2, WAN2, LAN));
    }

    // ---- mutex ----

    @ParameterizedTest
    @EnumSource(Family.class)
    void theUpstreamThatSendsFirstKeepsTheSourceUntilItIsSilent(Family family) {
        Bench bench = bench(family, Optional.of(new RuleMatching.Mutex(SILENCE)));
        bench.report(LAN, RecordType.TO_EX, 1, SourceSet.EMPTY);
        assertThat(bench.reported(WAN, 1)).contains(Membership.ANY_SOURCE);
        assertThat(bench.reported(WAN2, 1)).contains(Membership.ANY_SOURCE);
        packet(bench, 1, WAN2);
        assertThat(lastRoute(bench)).isEqualTo(route(bench, 1, WAN2, LAN));
        assertThat(bench.reported(WAN, 1)).contains(Membership.exclude(bench.sources(1)));
        bench.forget();
        for (int i = 1; i <= 20; i++) {
            bench.packetsOfRoutes.put(bench.source(1), (long) i);
            bench.advance(SILENCE);
        }
        assertThat(bench.routes()).as("as long as it sends").isEmpty();
        assertThat(bench.reported(WAN, 1)).contains(Membership.exclude(bench.sources(1)));
        bench.advance(SILENCE);
        assertThat(bench.routes())
                .containsExactly(new Effect.DeleteRoute(bench.source(1), bench.group(1)));
        assertThat(bench.reported(WAN, 1)).contains(Membership.ANY_SOURCE);
        packet(bench, 1, WAN);
        assertThat(lastRoute(bench)).isEqualTo(route(bench, 1, WAN, LAN));
        assertThat(bench.reported(WAN2, 1)).contains(Membership.exclude(bench.sources(1)));
        bench.down(WAN);
        assertThat(bench.reported(WAN2, 1)).contains(Membership.ANY_SOURCE);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void mutexTakesANamedSourceFromWhereverItComes(Family family) {
        Bench bench = bench(family, Optional.of(new RuleMatching.Mutex(SILENCE)));
        bench.report(LAN, RecordType.ALLOW, 1, bench.sources(1));
        assertThat(bench.routes()).isEmpty();
        packet(bench, 1, WAN2);
        assertThat(bench.reported(WAN, 1)).as("RFC 7287 5.4, SSM").isEmpty();
        assertThat(bench.reported(WAN2, 1)).contains(Membership.include(bench.sources(1)));
        wrong(bench, 1, WAN, 10);
        assertThat(bench.routes()).containsExactly(route(bench, 1, WAN2, LAN));
    }

    // ---- peering: RFC 7287 5 ----

    private static Bench peering(Family family) {
        Bench bench = new Bench(family);
        bench.up(WAN, Role.UPSTREAM);
        bench.up(PEER, Role.UPSTREAM);
        bench.up(PEER, Role.DOWNSTREAM);
        bench.up(LAN, Role.DOWNSTREAM);
        bench.up(LAN2, Role.DOWNSTREAM);
        bench.forget();
        return bench;
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void peersAreAskedFirstAndOthersIfTheyDoNotBringTheGroup(Family family) {
        Bench bench = peering(family);
        bench.report(LAN, RecordType.TO_EX, 1, SourceSet.EMPTY);
        assertThat(bench.reported(PEER, 1)).contains(Membership.ANY_SOURCE);
        assertThat(bench.reported(WAN, 1)).isEmpty();
        bench.advance(Duration.ofMillis(9));
        assertThat(bench.reported(WAN, 1)).isEmpty();
        bench.advance(Duration.ofMillis(1));
        assertThat(bench.reported(WAN, 1)).contains(Membership.ANY_SOURCE);
        packet(bench, 1, PEER);
        assertThat(lastRoute(bench)).isEqualTo(route(bench, 1, PEER, LAN));
        assertThat(bench.reported(WAN, 1)).contains(Membership.exclude(bench.sources(1)));
        bench.advance(Duration.ofMillis(50));
        assertThat(bench.reported(WAN, 1))
                .as("source-timeout, 50 ms by default")
                .contains(Membership.ANY_SOURCE);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aPeerGetsLocalSourcesOnlyAndItsWishesAreNotPassedOn(Family family) {
        Bench bench = peering(family);
        bench.report(PEER, RecordType.TO_EX, 1, SourceSet.EMPTY);
        bench.advance(Duration.ofMillis(100));
        assertThat(bench.reported(WAN, 1)).isEmpty();
        assertThat(bench.reported(PEER, 1)).isEmpty();
        packet(bench, 1, WAN);
        assertThat(lastRoute(bench)).as("no transit").isEqualTo(route(bench, 1, WAN));
        IpAddress local = bench.local(LAN, 77);
        bench.accept(new Input.CacheMiss(LAN, local, bench.group(1)));
        assertThat(lastRoute(bench))
                .isEqualTo(new Effect.SetRoute(local, bench.group(1), LAN, List.of(WAN, PEER)));
        bench.accept(new Input.CacheMiss(LAN, bench.source(9), bench.group(1)));
        assertThat(lastRoute(bench))
                .as("a source that is on the link, but not in its network")
                .isEqualTo(route(bench, 9, LAN, WAN));
        bench.accept(new Input.CacheMiss(PEER, bench.source(4), bench.group(1)));
        assertThat(lastRoute(bench))
                .as("nothing of a peer goes up")
                .isEqualTo(route(bench, 4, PEER));
    }
}
