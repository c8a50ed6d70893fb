package mcproxy.core;

import static mcproxy.core.Bench.LAN;
import static mcproxy.core.Bench.LAN2;
import static mcproxy.core.Bench.WAN;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.core.LinkSettings.Role;
import mcproxy.wire.Decoded;
import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Reason;
import mcproxy.wire.RecordType;
import mcproxy.wire.ReportRecord;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

// shows RFC9776-4-1, RFC9776-4.1.12-1, RFC9776-6.1-1, RFC9776-6.1-2, RFC9776-8.2-1,
// RFC9776-8.3-1, RFC9776-8.6-1, RFC9776-8.7-1, RFC9777-5-1, RFC9777-5.1.14-1, RFC9777-5.1.15-1,
// RFC9777-7.1-2, RFC9777-7.6.2-1, RFC9777-9.2-1, RFC9777-9.3-1, RFC9777-9.6-1, RFC9777-9.7-1,
// RFC2236-3-2, RFC2236-7-1, RFC2710-4-3, RFC3590-4-1, RFC1112-I-3
/** The proxy as a whole: what goes in on one side and comes out on the other (RFC 4605 4). */
class EngineTest {
    @ParameterizedTest
    @EnumSource(Family.class)
    void aDownstreamIsAskedAtOnceThenTwiceAQuarterIntervalApartThenEveryInterval(Family family) {
        Bench bench = new Bench(family);
        bench.up(LAN, Role.DOWNSTREAM);
        assertThat(bench.queries(LAN)).hasSize(1);
        Packet first = bench.sent(LAN).getFirst();
        assertThat(first)
                .isEqualTo(
                        new Packet(
                                bench.self(LAN),
                                bench.allHosts(),
                                1,
                                0xc0,
                                true,
                                new Message.Query(
                                        bench.newest(),
                                        family.unspecified(),
                                        10_000,
                                        false,
                                        2,
                                        125,
                                        List.of())));
        bench.forget();
        bench.advance(Duration.ofMillis(31_249));
        assertThat(bench.queries(LAN)).isEmpty();
        bench.advance(Duration.ofMillis(1));
        assertThat(bench.queries(LAN)).hasSize(1);
        bench.forget();
        bench.advance(Duration.ofMillis(124_999));
        assertThat(bench.queries(LAN)).isEmpty();
        bench.advance(Duration.ofMillis(1));
        assertThat(bench.queries(LAN)).hasSize(1);
    }

    // shows RFC4605-3-1, RFC4605-3-2
    @ParameterizedTest
    @EnumSource(Family.class)
    void nothingIsEverAskedUpstreamNorReportedDownstream(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.TO_EX, 1, SourceSet.EMPTY);
        bench.query(WAN, 1, family.unspecified(), 1000, SourceSet.EMPTY);
        bench.advance(Duration.ofHours(1));
        assertThat(bench.queries(WAN)).isEmpty();
        assertThat(bench.sent(WAN)).isNotEmpty();
        assertThat(bench.records(LAN)).isEmpty();
        assertThat(bench.queries(LAN)).isNotEmpty();
    }

    // shows RFC9776-4.2.15-1, RFC9776-8.11-1, RFC9777-5.2.14-1, RFC9777-5.2.15-1, RFC9777-9.11-1,
    // RFC4605-3-3
    @ParameterizedTest
    @EnumSource(Family.class)
    void aJoinIsReportedAtOnceAndRepeated(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.TO_EX, 1, SourceSet.EMPTY);
        assertThat(bench.records(WAN))
                .containsExactly(bench.record(RecordType.TO_EX, 1, SourceSet.EMPTY));
        assertThat(bench.sent(WAN).getFirst().destination()).isEqualTo(bench.reportsGoTo());
        assertThat(bench.sent(WAN).getFirst().source()).isEqualTo(bench.self(WAN));
        bench.advance(Duration.ofSeconds(1));
        assertThat(bench.records(WAN))
                .as("robustness 2: once more within the unsolicited report interval")
                .hasSize(2)
                .containsOnly(bench.record(RecordType.TO_EX, 1, SourceSet.EMPTY));
        bench.forget();
        bench.advance(Duration.ofSeconds(200));
        assertThat(bench.records(WAN)).isEmpty();
    }

    // shows RFC9776-5.1-5, RFC9777-6.1-5, RFC4605-4.1-5
    @ParameterizedTest
    @EnumSource(Family.class)
    void aFirstSourceSpecificJoinIsAllowAndItsEndIsBlock(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.ALLOW, 1, bench.sources(1));
        assertThat(bench.records(WAN))
                .containsExactly(bench.record(RecordType.ALLOW, 1, bench.sources(1)));
        bench.advance(Duration.ofSeconds(20));
        bench.forget();
        bench.report(LAN, RecordType.BLOCK, 1, bench.sources(1));
        assertThat(bench.records(WAN)).as("asked first").isEmpty();
        bench.advance(Duration.ofSeconds(3));
        assertThat(bench.records(WAN))
                .hasSize(2)
                .containsOnly(bench.record(RecordType.BLOCK, 1, bench.sources(1)));
    }

    // shows RFC9776-3.2-1, RFC9777-4.2-1, RFC4605-3-3, RFC4605-4.1-3, RFC4605-4.1-5
    @ParameterizedTest
    @EnumSource(Family.class)
    void whatGoesUpIsTheMergeOfTheDownstreams(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_IN, 1, bench.sources(1));
        bench.report(LAN2, RecordType.IS_IN, 1, bench.sources(2));
        assertThat(bench.reported(WAN, 1)).contains(Membership.include(bench.sources(1, 2)));
        bench.report(LAN2, RecordType.TO_EX, 1, bench.sources(1, 3));
        assertThat(bench.reported(WAN, 1)).contains(Membership.exclude(bench.sources(3)));
        assertThat(bench.records(WAN).getLast())
                .isEqualTo(bench.record(RecordType.TO_EX, 1, bench.sources(3)));
    }

    // RFC 9776 3.2: what all exclude
    // shows RFC4605-4.1-3
    @ParameterizedTest
    @EnumSource(Family.class)
    void onlyWhatAllDownstreamsExcludeIsExcludedUpstream(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_EX, 1, bench.sources(1, 2));
        bench.report(LAN2, RecordType.IS_EX, 1, bench.sources(2, 3));
        assertThat(bench.reported(WAN, 1)).contains(Membership.exclude(bench.sources(2)));
        assertThat(bench.records(WAN).getLast())
                .isEqualTo(bench.record(RecordType.TO_EX, 1, bench.sources(2)));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void manyRecordsOfOneReportGoUpInOneReport(Family family) {
        Bench bench = Bench.running(family);
        List<ReportRecord> records =
                IntStream.rangeClosed(1, 20)
                        .<ReportRecord>mapToObj(
                                n -> bench.record(RecordType.TO_EX, n, SourceSet.EMPTY))
                        .toList();
        bench.hear(
                LAN,
                bench.node(LAN, 50),
                bench.reportsGoTo(),
                new Message.Report(bench.newest(), records));
        assertThat(bench.sent(WAN)).hasSize(1);
        assertThat(bench.records(WAN)).hasSize(20);
    }

    // shows RFC9776-5.2-5, RFC9776-5.2-9, RFC9777-6.2-5, RFC9777-6.3-2, RFC4605-3-3
    @ParameterizedTest
    @EnumSource(Family.class)
    void anUpstreamQueryIsAnsweredWithinItsTimeAndNotAtOnce(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.report(LAN, RecordType.IS_IN, 2, bench.sources(1));
        bench.advance(Duration.ofSeconds(20));
        bench.forget();
        bench.query(WAN, 1, family.unspecified(), 5000, SourceSet.EMPTY);
        assertThat(bench.records(WAN)).isEmpty();
        bench.advance(Duration.ofSeconds(5));
        assertThat(bench.records(WAN))
                .containsExactly(
                        bench.record(RecordType.IS_EX, 1, SourceSet.EMPTY),
                        bench.record(RecordType.IS_IN, 2, bench.sources(1)));
        bench.forget();
        bench.query(WAN, 1, bench.group(2), 1000, bench.sources(1, 9));
        bench.advance(Duration.ofSeconds(1));
        assertThat(bench.records(WAN))
                .containsExactly(bench.record(RecordType.IS_IN, 2, bench.sources(1)));
    }

    // shows RFC9776-4-2, RFC9776-6.4.2-12, RFC9776-7.3.2-4, RFC9777-5-3, RFC9777-7.4.2-11,
    // RFC9777-8.3.2-1, RFC9777-8.3.2-2, RFC4605-4.1-2, RFC2236-3-8, RFC2710-4-12
    @ParameterizedTest
    @EnumSource(Family.class)
    void anOlderHostJoinsAndLeaves(Family family) {
        Bench bench = Bench.running(family);
        IpAddress host = bench.node(LAN, 50);
        bench.hear(LAN, host, bench.group(1), new Message.OldReport(bench.older(), bench.group(1)));
        assertThat(bench.reported(WAN, 1)).contains(Membership.ANY_SOURCE);
        bench.forget();
        bench.hear(LAN, host, bench.allHosts(), new Message.Leave(bench.older(), bench.group(1)));
        assertThat(bench.specificQueries(LAN)).hasSize(1);
        bench.advance(Duration.ofMillis(1500));
        assertThat(bench.specificQueries(LAN)).hasSize(2);
        assertThat(bench.reported(WAN, 1)).isPresent();
        bench.advance(Duration.ofMillis(500));
        assertThat(bench.reported(WAN, 1)).isEmpty();
    }

    // shows RFC9776-6.4.2-12, RFC9776-6.6.1-3, RFC9776-6.6.3.1-2, RFC9777-7.4.2-11,
    // RFC9777-7.6.1-3, RFC9777-7.6.3.1-2
    @ParameterizedTest
    @EnumSource(Family.class)
    void aMemberWhoAnswersKeepsTheGroup(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.report(LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
        bench.advance(Duration.ofMillis(500));
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.forget();
        bench.advance(Duration.ofMillis(500));
        assertThat(bench.specificQueries(LAN))
                .as("the repeated query does not lower timers again")
                .singleElement()
                .matches(Message.Query::suppressRouterSide);
        bench.advance(Duration.ofSeconds(200));
        assertThat(bench.reported(WAN, 1)).isPresent();
        assertThat(bench.records(WAN)).isEmpty();
    }

    // shows RFC9776-6.3-2, RFC9777-7.3-2, RFC4605-4.2-1, RFC4605-4.2-3
    @ParameterizedTest
    @EnumSource(Family.class)
    void aRouteIsSetOnTheFirstPacketAndFollowsTheMembership(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        assertThat(bench.routes()).isEmpty();
        bench.accept(new Input.CacheMiss(WAN, bench.source(1), bench.group(1)));
        assertThat(bench.routes()).containsExactly(route(bench, 1, WAN, LAN));
        bench.forget();
        bench.report(LAN2, RecordType.TO_EX, 1, bench.sources(7));
        assertThat(bench.routes()).containsExactly(route(bench, 1, WAN, LAN, LAN2));
        bench.forget();
        bench.accept(new Input.CacheMiss(WAN, bench.source(7), bench.group(1)));
        assertThat(bench.routes()).containsExactly(route(bench, 7, WAN, LAN));
    }

    // shows RFC9776-6.3-1, RFC9777-7.3-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void anIncludedSourceHasItsRouteBeforeItsFirstPacket(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.ALLOW, 1, bench.sources(1));
        assertThat(bench.routes()).containsExactly(route(bench, 1, WAN, LAN));
        bench.advance(Duration.ofSeconds(200));
        assertThat(bench.routes()).as("it waits for the source").hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void unwantedTrafficGetsANegativeEntryThatGoesWithTheTraffic(Family family) {
        Bench bench = Bench.running(family);
        bench.accept(new Input.CacheMiss(WAN, bench.source(1), bench.group(1)));
        assertThat(bench.routes()).containsExactly(route(bench, 1, WAN));
        bench.packetsOfRoutes.put(bench.source(1), 1000L);
        bench.advance(Duration.ofSeconds(31));
        assertThat(bench.routes()).hasSize(1);
        bench.advance(Duration.ofSeconds(30));
        assertThat(bench.routes())
                .last()
                .isEqualTo(new Effect.DeleteRoute(bench.source(1), bench.group(1)));
    }

    // shows RFC4605-3-4, RFC4605-3.2-1, RFC4605-4.2-2
    @ParameterizedTest
    @EnumSource(Family.class)
    void aDownstreamSourceGoesUpAndToOtherDownstreamsButNotBack(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.report(LAN2, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.forget();
        bench.accept(new Input.CacheMiss(LAN, bench.source(1), bench.group(1)));
        assertThat(bench.routes()).containsExactly(route(bench, 1, LAN, WAN, LAN2));
        bench.forget();
        bench.accept(new Input.CacheMiss(LAN, bench.source(1), bench.group(2)));
        assertThat(bench.routes())
                .as("RFC 4605 3.2: up, whether anybody asked or not")
                .containsExactly(
                        new Effect.SetRoute(bench.source(1), bench.group(2), LAN, List.of(WAN)));
    }

    // RFC 4605 3, 4.2: between downstreams, too, the querier alone forwards
    // shows RFC4605-3-4, RFC4605-3-5, RFC4605-4.2-2, RFC4605-4.2-3
    @ParameterizedTest
    @EnumSource(Family.class)
    void aDownstreamSourceDoesNotGoWhereAnotherIsQuerier(Family family) {
        Bench bench = Bench.running(family);
        bench.query(LAN2, 3, family.unspecified(), 10_000, SourceSet.EMPTY);
        bench.report(LAN2, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.accept(new Input.CacheMiss(LAN, bench.source(1), bench.group(1)));
        assertThat(bench.routes()).containsExactly(route(bench, 1, LAN, WAN));
        bench.packetsOfRoutes.put(bench.source(1), 1000L);
        bench.advance(Duration.ofMillis(29_999));
        bench.report(LAN2, RecordType.IS_EX, 1, SourceSet.EMPTY);
        assertThat(bench.routes()).as("nor by a later report").hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void anIncludedSourceOfADownstreamIsExpectedThere(Family family) {
        Bench bench = Bench.running(family);
        SourceSet local = SourceSet.of(bench.local(LAN2, 77));
        bench.report(LAN, RecordType.ALLOW, 1, local);
        assertThat(bench.routes())
                .containsExactly(
                        new Effect.SetRoute(
                                bench.local(LAN2, 77), bench.group(1), LAN2, List.of(WAN, LAN)));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aRouteFollowsASourceThatMoved(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.ALLOW, 1, bench.sources(1));
        bench.forget();
        bench.accept(new Input.WrongInterface(LAN2, bench.source(1), bench.group(1), 90));
        assertThat(bench.routes()).as("one has come the right way lately").isEmpty();
        bench.accept(new Input.WrongInterface(LAN2, bench.source(1), bench.group(1), 90));
        assertThat(bench.routes()).containsExactly(route(bench, 1, LAN2, WAN, LAN));
        bench.advance(Duration.ofSeconds(11));
        bench.forget();
        bench.accept(new Input.WrongInterface(WAN, bench.source(1), bench.group(1), 500));
        assertThat(bench.routes()).as("packets still come the old way").isEmpty();
        bench.accept(new Input.WrongInterface(WAN, bench.source(1), bench.group(1), 500));
        assertThat(bench.routes()).containsExactly(route(bench, 1, WAN, LAN));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void linkScopeGroupsAreNeverProxied(Family family) {
        Bench bench = Bench.running(family);
        List<IpAddress> groups =
                family == Family.IPV4
                        ? List.of(IpAddress.of("224.0.0.251"), IpAddress.of("224.0.0.1"))
                        : List.of(
                                IpAddress.of("ff02::fb"),
                                IpAddress.of("ff01::1"),
                                IpAddress.of("ff12::1"));
        for (IpAddress group : groups) {
            bench.hear(
                    LAN,
                    bench.node(LAN, 50),
                    bench.reportsGoTo(),
                    new Message.Report(
                            bench.newest(),
                            List.of(new GroupRecord(RecordType.TO_EX, group, List.of()))));
            bench.hear(
                    LAN, bench.node(LAN, 50), group, new Message.OldReport(bench.older(), group));
            bench.accept(new Input.CacheMiss(LAN, bench.source(1), group));
        }
        assertThat(bench.done()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void stoppingLeavesDeletesAndEnds(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.report(LAN, RecordType.ALLOW, 2, bench.sources(1));
        bench.accept(new Input.CacheMiss(WAN, bench.source(3), bench.group(1)));
        bench.forget();
        bench.accept(new Input.Stop());
        assertThat(bench.records(WAN))
                .containsExactly(
                        bench.record(RecordType.TO_IN, 1, SourceSet.EMPTY),
                        bench.record(RecordType.BLOCK, 2, bench.sources(1)));
        assertThat(bench.routes())
                .containsExactly(
                        new Effect.DeleteRoute(bench.source(3), bench.group(1)),
                        new Effect.DeleteRoute(bench.source(1), bench.group(2)));
        bench.forget();
        bench.advance(Duration.ofSeconds(1));
        assertThat(bench.records(WAN)).as("RFC 9776 5.1: the leaves are repeated").hasSize(2);
        assertThat(bench.engine.nextDeadlineNanos()).isEqualTo(ProxyEngine.NO_DEADLINE);
    }

    // shows RFC4605-4.2-3
    @ParameterizedTest
    @EnumSource(Family.class)
    void aLostDownstreamTakesItsMembersAlongAndALostUpstreamDoesNot(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.report(LAN2, RecordType.IS_EX, 2, SourceSet.EMPTY);
        bench.accept(new Input.CacheMiss(WAN, bench.source(1), bench.group(1)));
        bench.forget();
        bench.down(LAN);
        assertThat(bench.records(WAN))
                .containsExactly(bench.record(RecordType.TO_IN, 1, SourceSet.EMPTY));
        assertThat(bench.routes()).containsExactly(route(bench, 1, WAN));
        bench.advance(Duration.ofSeconds(2));
        bench.forget();
        bench.down(WAN);
        assertThat(bench.routes())
                .containsExactly(new Effect.DeleteRoute(bench.source(1), bench.group(1)));
        bench.up(WAN, Role.UPSTREAM);
        assertThat(bench.records(WAN))
                .as("an upstream that returns hears everything at once")
                .containsExactly(bench.record(RecordType.TO_EX, 2, SourceSet.EMPTY));
    }

    // shows RFC9776-6.1-3, RFC9776-6.6.2-1, RFC9776-6.6.2-2, RFC9776-8.5-1, RFC9777-7.1-1,
    // RFC9777-7.6.2-2, RFC9777-7.6.2-3, RFC9777-9.5-1, RFC4605-3-4, RFC4605-3-5, RFC4605-4.2-1,
    // RFC4605-4.2-3, RFC2236-8.5-1, RFC2710-4-2, RFC2710-7.5-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void theLowerAddressIsQuerierAndOnlyTheQuerierForwards(Family family) {
        Bench bench = Bench.running(family);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.accept(new Input.CacheMiss(WAN, bench.source(1), bench.group(1)));
        bench.forget();
        bench.query(LAN, 200, family.unspecified(), 10_000, SourceSet.EMPTY);
        assertThat(bench.routes()).as("a higher address does not win").isEmpty();
        bench.query(LAN, 3, family.unspecified(), 10_000, SourceSet.EMPTY);
        assertThat(bench.routes()).containsExactly(route(bench, 1, WAN));
        bench.forget();
        bench.advance(Duration.ofMillis(254_999));
        assertThat(bench.queries(LAN)).isEmpty();
        bench.advance(Duration.ofMillis(1));
        assertThat(bench.queries(LAN)).as("255 s later we take over").hasSize(1);
        bench.accept(new Input.CacheMiss(WAN, bench.source(1), bench.group(1)));
        assertThat(bench.routes()).last().isEqualTo(route(bench, 1, WAN, LAN));
    }

    // shows RFC9777-7.4-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void whatTheRulesRefuseIsToldByReason(Family family) {
        Bench bench = Bench.running(family);
        Message report = new Message.OldReport(bench.older(), bench.group(1));
        IpAddress host = bench.node(LAN, 50);
        bench.hear(LAN, new Packet(host, bench.group(1), 64, 0xc0, true, report));
        bench.accept(new Input.Heard(LAN, family, new Decoded.Malformed<>(Reason.CHECKSUM, 2)));
        bench.hear(LAN, bench.group(9), bench.group(1), report);
        assertThat(bench.events())
                .containsExactly(
                        new Event.Refused("if2", Reason.HOP_LIMIT, host),
                        new Event.Refused("if2", Reason.CHECKSUM, family.unspecified()),
                        new Event.Refused("if2", Reason.BAD_SENDER, bench.group(9)));
        assertThat(bench.done()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void groupsBeyondTheLimitAreRefusedAndTold(Family family) {
        Bench bench = new Bench(family, new Limits(2, 3, 2));
        bench.up(WAN, Role.UPSTREAM);
        bench.up(LAN, Role.DOWNSTREAM);
        bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.report(LAN, RecordType.IS_IN, 2, bench.sources(1, 2));
        bench.forget();
        bench.report(LAN, RecordType.IS_EX, 3, SourceSet.EMPTY);
        bench.report(LAN, RecordType.IS_IN, 2, bench.sources(3, 4));
        assertThat(bench.events())
                .containsExactly(
                        new Event.LimitReached("if2", bench.group(3), Event.Limit.GROUPS_PER_LINK),
                        new Event.LimitReached(
                                "if2", bench.group(2), Event.Limit.SOURCES_PER_LINK));
        assertThat(bench.done()).isEmpty();
    }

    // shows RFC9776-4.2.15-2, RFC9776-7.2.1-1, RFC9776-7.2.1-5, RFC9777-5.2.15-2, RFC9777-8.2.1-1,
    // RFC4605-4.1-4, RFC2236-4-5
    @ParameterizedTest
    @EnumSource(Family.class)
    void anUpstreamWithAnOlderQuerierIsSpokenToInItsVersion(Family family) {
        Bench bench = Bench.running(family);
        bench.hear(
                WAN,
                bench.node(WAN, 1),
                bench.allHosts(),
                new Message.Query(
                        bench.older(), family.unspecified(), 10_000, false, 0, 0, List.of()));
        bench.report(LAN, RecordType.IS_IN, 1, bench.sources(1));
        Packet join = bench.sent(WAN).getFirst();
        assertThat(join.message()).isEqualTo(new Message.OldReport(bench.older(), bench.group(1)));
        assertThat(join.destination()).isEqualTo(bench.group(1));
        bench.advance(Duration.ofSeconds(20));
        bench.forget();
        bench.report(LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
        bench.advance(Duration.ofSeconds(3));
        assertThat(bench.sent(WAN))
                .extracting(Packet::message)
                .containsExactly(new Message.Leave(bench.older(), bench.group(1)));
        // RFC 9776 8.12: 2 x 125 s + 10 x 10 s; RFC 9777 9.12: 2 x 125 s + 10 s
        bench.advance(Duration.ofSeconds(family == Family.IPV4 ? 350 : 260));
        assertThat(bench.events())
                .contains(new Event.UpstreamVersion("if1", family, bench.newest()));
    }

    private static Effect route(Bench bench, int source, int incoming, Integer... outgoing) {
        return new Effect.SetRoute(
                bench.source(source), bench.group(1), incoming, List.of(outgoing));
    }
}
