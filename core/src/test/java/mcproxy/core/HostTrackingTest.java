package mcproxy.core;

import static mcproxy.core.Bench.LAN;
import static mcproxy.core.Bench.WAN;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.core.LinkSettings.Role;
import mcproxy.core.RouterSettings.LinkLimits;
import mcproxy.core.RouterSettings.Tracking;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.RecordType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.List;

/**
 * Explicit tracking of hosts, and leaving at once: nothing is interrupted that a known host wants,
 * and nothing is asked that is known.
 */
class HostTrackingTest {
    private static Bench bench(Family family, Tracking tracking) {
        Bench bench = new Bench(family);
        bench.router = bench.router.with(tracking);
        bench.up(WAN, Role.UPSTREAM);
        bench.up(LAN, Role.DOWNSTREAM);
        bench.forget();
        return bench;
    }

    private static Bench immediate(Family family) {
        return bench(family, new Tracking(true, true));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void whoReportedWhatIsShown(Family family) {
        Bench bench = immediate(family);
        bench.reportFrom(50, LAN, RecordType.IS_IN, 1, bench.sources(1, 2));
        bench.reportFrom(51, LAN, RecordType.TO_EX, 1, bench.sources(2));
        bench.advance(Duration.ofSeconds(70));
        bench.oldReportFrom(52, LAN, bench.older(), 1);
        EngineView.Group group = bench.groupOn(LAN, 1).orElseThrow();
        assertThat(group.hosts())
                .containsExactly(
                        new EngineView.Host(
                                bench.node(LAN, 50),
                                bench.newest(),
                                Membership.include(bench.sources(1, 2)),
                                Duration.ofSeconds(200).toNanos()),
                        new EngineView.Host(
                                bench.node(LAN, 51),
                                bench.newest(),
                                Membership.exclude(bench.sources(2)),
                                Duration.ofSeconds(200).toNanos()),
                        new EngineView.Host(
                                bench.node(LAN, 52),
                                bench.older(),
                                Membership.ANY_SOURCE,
                                Duration.ofSeconds(270).toNanos()));
        assertThat(group.lastReporter()).contains(bench.node(LAN, 52));
        assertThat(group.ageNanos()).isEqualTo(Duration.ofSeconds(70).toNanos());
        assertThat(bench.downstream(LAN).hostCount()).isEqualTo(3);
        bench.advance(Duration.ofSeconds(200));
        assertThat(bench.hosts(LAN, 1)).containsExactly(bench.node(LAN, 52));
        assertThat(bench.downstream(LAN).hostCount()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aLeaveBesideAKnownMemberAsksAndLowersNothing(Family family) {
        Bench bench = bench(family, new Tracking(true, true));
        bench.reportFrom(50, LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.reportFrom(51, LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.reportFrom(50, LAN, RecordType.ALLOW, 2, bench.sources(1, 2));
        bench.reportFrom(51, LAN, RecordType.ALLOW, 2, bench.sources(1));
        bench.forget();
        bench.reportFrom(50, LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
        bench.reportFrom(50, LAN, RecordType.BLOCK, 2, bench.sources(1));
        assertThat(bench.done()).isEmpty();
        assertThat(bench.groupOn(LAN, 1).orElseThrow().timerNanos())
                .isEqualTo(Duration.ofSeconds(270).toNanos());
        assertThat(bench.hosts(LAN, 1)).containsExactly(bench.node(LAN, 51));
    }

    // RFC 9776 6.4.2: by default each leave is asked about, whoever else is known
    @ParameterizedTest
    @EnumSource(Family.class)
    void byDefaultALeaveBesideAKnownMemberIsAskedAbout(Family family) {
        Bench bench = Bench.running(family);
        bench.reportFrom(50, LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.reportFrom(51, LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.forget();
        bench.reportFrom(50, LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
        assertThat(bench.specificQueries(LAN)).hasSize(1);
        assertThat(bench.groupOn(LAN, 1).orElseThrow().timerNanos())
                .isEqualTo(Duration.ofSeconds(2).toNanos());
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void onlyWhatNoOtherWantsIsAskedFor(Family family) {
        Bench bench = bench(family, new Tracking(true, true));
        bench.reportFrom(50, LAN, RecordType.ALLOW, 1, bench.sources(1, 2));
        bench.reportFrom(51, LAN, RecordType.ALLOW, 1, bench.sources(2, 3));
        bench.forget();
        bench.reportFrom(50, LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
        assertThat(bench.specificQueries(LAN))
                .singleElement()
                .satisfies(q -> assertThat(q.sources()).isEqualTo(bench.sources(1).toList()));
        bench.advance(Duration.ofSeconds(2));
        assertThat(bench.reported(WAN, 1)).contains(Membership.include(bench.sources(2, 3)));
    }

    // RFC 9776 6.4.2: by default the last leave is followed by the last member query
    @ParameterizedTest
    @EnumSource(Family.class)
    void withoutImmediateLeaveTheLastMemberIsAskedFor(Family family) {
        Bench bench = Bench.running(family);
        bench.reportFrom(50, LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.forget();
        bench.reportFrom(50, LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
        assertThat(bench.specificQueries(LAN)).hasSize(1);
        assertThat(bench.reported(WAN, 1)).isPresent();
        bench.advance(Duration.ofSeconds(2));
        assertThat(bench.reported(WAN, 1)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void theLastLeaveStopsTheStreamAtOnceAndAsksAllTheSame(Family family) {
        Bench bench = immediate(family);
        bench.reportFrom(50, LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.accept(new Input.CacheMiss(WAN, bench.source(1), bench.group(1)));
        bench.forget();
        bench.reportFrom(50, LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
        assertThat(bench.routes())
                .containsExactly(
                        new Effect.SetRoute(bench.source(1), bench.group(1), WAN, List.of()));
        assertThat(bench.reported(WAN, 1)).isEmpty();
        assertThat(bench.specificQueries(LAN)).hasSize(1);
        bench.advance(Duration.ofSeconds(1));
        assertThat(bench.specificQueries(LAN)).hasSize(2);
        assertThat(bench.specificQueries(LAN)).noneMatch(q -> q.suppressRouterSide());
        bench.advance(Duration.ofSeconds(1));
        assertThat(bench.groupOn(LAN, 1)).isEmpty();
        bench.advance(Duration.ofMinutes(2));
        assertThat(bench.inTheNextHour()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aHostThatWasNotKnownGetsTheStreamBack(Family family) {
        Bench bench = immediate(family);
        bench.reportFrom(50, LAN, RecordType.ALLOW, 1, bench.sources(1, 2));
        bench.forget();
        bench.reportFrom(50, LAN, RecordType.BLOCK, 1, bench.sources(1));
        assertThat(bench.reported(WAN, 1)).contains(Membership.include(bench.sources(2)));
        assertThat(bench.specificQueries(LAN))
                .singleElement()
                .satisfies(q -> assertThat(q.sources()).isEqualTo(bench.sources(1).toList()));
        bench.reportFrom(52, LAN, RecordType.IS_IN, 1, bench.sources(1));
        assertThat(bench.reported(WAN, 1)).contains(Membership.include(bench.sources(1, 2)));
        bench.forget();
        bench.advance(Duration.ofSeconds(1));
        assertThat(bench.specificQueries(LAN))
                .as("the repetition no longer lowers anything")
                .allMatch(q -> q.suppressRouterSide());
        bench.advance(Duration.ofSeconds(200));
        assertThat(bench.reported(WAN, 1)).contains(Membership.include(bench.sources(1, 2)));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aSourceBlockedAtOnceInExcludeMode(Family family) {
        Bench bench = immediate(family);
        bench.reportFrom(50, LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.forget();
        bench.reportFrom(50, LAN, RecordType.BLOCK, 1, bench.sources(1));
        assertThat(bench.reported(WAN, 1)).contains(Membership.exclude(bench.sources(1)));
        assertThat(bench.specificQueries(LAN)).hasSize(1);
        bench.reportFrom(50, LAN, RecordType.ALLOW, 1, bench.sources(1));
        assertThat(bench.reported(WAN, 1)).contains(Membership.ANY_SOURCE);
    }

    // RFC 2236 3, RFC 2710 4: their reports suppress each other, so nobody knows who is left
    @ParameterizedTest
    @EnumSource(Family.class)
    void amongOlderHostsTheLastMemberIsAlwaysAskedFor(Family family) {
        Bench bench = immediate(family);
        bench.oldReportFrom(50, LAN, bench.older(), 1);
        bench.oldReportFrom(51, LAN, bench.older(), 1);
        bench.forget();
        bench.leaveFrom(50, LAN, 1);
        assertThat(bench.specificQueries(LAN)).hasSize(1);
        assertThat(bench.reported(WAN, 1)).isPresent();
        bench.advance(Duration.ofSeconds(2));
        assertThat(bench.reported(WAN, 1)).isEmpty();
        assertThat(bench.hosts(LAN, 1)).isEmpty();
    }

    // RFC 4541 2.1.1: a switch that speaks for many does so from 0.0.0.0
    @Test
    void whoSpeaksForManyDoesNotLeaveAtOnce() {
        Bench bench = immediate(Family.IPV4);
        IpAddress any = Family.IPV4.unspecified();
        bench.report(LAN, any, bench.record(RecordType.IS_EX, 1, SourceSet.EMPTY));
        bench.forget();
        bench.report(LAN, any, bench.record(RecordType.TO_IN, 1, SourceSet.EMPTY));
        assertThat(bench.specificQueries(LAN)).hasSize(1);
        assertThat(bench.reported(WAN, 1)).isPresent();
        bench.advance(Duration.ofSeconds(2));
        assertThat(bench.reported(WAN, 1)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aLeaveOfSomebodyUnknownIsAskedAbout(Family family) {
        Bench bench = immediate(family);
        bench.reportFrom(50, LAN, RecordType.ALLOW, 1, bench.sources(1));
        bench.advance(Duration.ofSeconds(1));
        bench.forget();
        bench.reportFrom(66, LAN, RecordType.BLOCK, 1, bench.sources(1));
        assertThat(bench.done()).as("the known member wants it").isEmpty();
        bench.reportFrom(50, LAN, RecordType.BLOCK, 1, bench.sources(1));
        assertThat(bench.reported(WAN, 1)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void hostsWithoutRoomAreServedAndCountAsUnknown(Family family) {
        Bench bench = new Bench(family);
        bench.router = bench.router.with(new Tracking(true, true)).with(new LinkLimits(10, 10, 1));
        bench.up(WAN, Role.UPSTREAM);
        bench.up(LAN, Role.DOWNSTREAM);
        bench.reportFrom(50, LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.forget();
        bench.reportFrom(51, LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        assertThat(bench.events())
                .containsExactly(
                        new Event.LimitReached("if2", bench.group(1), Event.Limit.HOSTS_PER_LINK));
        bench.reportFrom(50, LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
        assertThat(bench.reported(WAN, 1)).as("there may be others").isPresent();
        assertThat(bench.specificQueries(LAN)).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void withoutTrackingEachLeaveIsAskedAbout(Family family) {
        Bench bench = bench(family, new Tracking(false, true));
        bench.reportFrom(50, LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.reportFrom(51, LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        assertThat(bench.hosts(LAN, 1)).isEmpty();
        bench.forget();
        bench.reportFrom(50, LAN, RecordType.TO_IN, 1, SourceSet.EMPTY);
        assertThat(bench.specificQueries(LAN)).hasSize(1);
        assertThat(bench.reported(WAN, 1)).isPresent();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void whoDoesNotAnswerIsNoLongerKnownAsMember(Family family) {
        Bench bench = Bench.running(family);
        bench.reportFrom(50, LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
        bench.reportFrom(51, LAN, RecordType.ALLOW, 1, bench.sources(1));
        bench.specificQuery(LAN, 200, 1, false, SourceSet.EMPTY); // another router asks
        bench.advance(Duration.ofSeconds(2));
        assertThat(bench.hosts(LAN, 1)).containsExactly(bench.node(LAN, 51));
        assertThat(bench.reported(WAN, 1)).contains(Membership.include(bench.sources(1)));
    }
}
