package mcproxy.core;

import static mcproxy.core.Bench.LAN;
import static mcproxy.core.Bench.WAN;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.core.LinkSettings.Role;
import mcproxy.core.RouterSettings.LinkLimits;
import mcproxy.core.RouterSettings.Tracking;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.LinkAddress;
import mcproxy.wire.RecordType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
                                bench.mac(50),
                                bench.newest(),
                                Membership.include(bench.sources(1, 2)),
                                Duration.ofSeconds(200).toNanos()),
                        new EngineView.Host(
                                bench.node(LAN, 51),
                                bench.mac(51),
                                bench.newest(),
                                Membership.exclude(bench.sources(2)),
                                Duration.ofSeconds(200).toNanos()),
                        new EngineView.Host(
                                bench.node(LAN, 52),
                                bench.mac(52),
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

    // ---- by IP address and link-layer address ----

    private static void everythingFrom(Bench bench, int mac, IpAddress host, RecordType type) {
        bench.reportAt(bench.mac(mac), LAN, host, type, 1, SourceSet.EMPTY);
    }

    // shows RFC9776-4.2.14-1
    @Test
    void hostsWithoutAnAddressAreToldApartByTheirMacs() {
        Bench bench = immediate(Family.IPV4);
        IpAddress none = Family.IPV4.unspecified();
        everythingFrom(bench, 1, none, RecordType.TO_EX);
        everythingFrom(bench, 2, none, RecordType.TO_EX);
        assertThat(bench.groupOn(LAN, 1).orElseThrow().hosts())
                .extracting(EngineView.Host::linkAddress)
                .containsExactly(bench.mac(1), bench.mac(2));
        bench.forget();
        everythingFrom(bench, 1, none, RecordType.TO_IN);
        assertThat(bench.done()).as("the other one goes on").isEmpty();
        assertThat(bench.groupOn(LAN, 1).orElseThrow().hosts())
                .extracting(EngineView.Host::linkAddress)
                .containsExactly(bench.mac(2));
        everythingFrom(bench, 1, none, RecordType.TO_IN); // as hosts repeat it
        assertThat(bench.done()).isEmpty();
        everythingFrom(bench, 2, none, RecordType.TO_IN);
        assertThat(bench.specificQueries(LAN)).hasSize(1);
        assertThat(bench.reported(WAN, 1)).isPresent();
        bench.advance(Duration.ofSeconds(2));
        assertThat(bench.reported(WAN, 1)).isEmpty();
        assertThat(bench.downstream(LAN).hostCount()).isZero();
    }

    @Test
    void aHostWithoutAnyAddressIsPerhapsMany() {
        Bench bench = immediate(Family.IPV4);
        IpAddress none = Family.IPV4.unspecified();
        bench.reportAt(LinkAddress.NONE, LAN, none, RecordType.TO_EX, 1, SourceSet.EMPTY);
        bench.reportAt(LinkAddress.NONE, LAN, none, RecordType.TO_IN, 1, SourceSet.EMPTY);
        assertThat(bench.groupOn(LAN, 1).orElseThrow().hosts()).hasSize(1);
        assertThat(bench.specificQueries(LAN)).hasSize(1);
    }

    /** One host under a new address, or two behind one repeater: that is asked, not guessed. */
    @ParameterizedTest
    @CsvSource({
        "IPV4, 50, 1, 51, 1",
        "IPV4, 0, 1, 51, 1",
        "IPV4, 50, 1, 50, 2",
        "IPV6, 50, 1, 51, 1",
        "IPV6, 50, 1, 50, 2"
    })
    void whoSharesAnAddressDoesNotVouchForTheOther(
            Family family, int oldNode, int oldMac, int newNode, int newMac) {
        Bench bench = immediate(family);
        IpAddress before = oldNode == 0 ? family.unspecified() : bench.node(LAN, oldNode);
        IpAddress now = bench.node(LAN, newNode);
        everythingFrom(bench, oldMac, before, RecordType.TO_EX);
        everythingFrom(bench, newMac, now, RecordType.TO_EX);
        assertThat(bench.downstream(LAN).hostCount()).isEqualTo(2);
        bench.forget();
        everythingFrom(bench, newMac, now, RecordType.TO_IN);
        assertThat(bench.specificQueries(LAN)).as("perhaps it was the only one").hasSize(1);
        assertThat(bench.reported(WAN, 1)).as("perhaps it was not").isPresent();
        everythingFrom(bench, oldMac, before, RecordType.IS_EX);
        bench.advance(Duration.ofSeconds(100));
        assertThat(bench.reported(WAN, 1)).as("there was another one").isPresent();

        everythingFrom(bench, newMac, now, RecordType.TO_EX);
        everythingFrom(bench, newMac, now, RecordType.TO_IN);
        bench.advance(Duration.ofSeconds(2));
        assertThat(bench.reported(WAN, 1)).as("now nobody answers").isEmpty();
        assertThat(bench.downstream(LAN).hostCount()).isZero();

        everythingFrom(bench, oldMac, before, RecordType.TO_EX);
        everythingFrom(bench, newMac, now, RecordType.TO_EX);
        everythingFrom(bench, 9, bench.node(LAN, 59), RecordType.TO_EX);
        bench.forget();
        everythingFrom(bench, newMac, now, RecordType.TO_IN);
        assertThat(bench.done()).as("a third one is there for certain").isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void onlyWhatTheOtherMayWantIsLeftSlowly(Family family) {
        Bench bench = immediate(family);
        IpAddress one = bench.node(LAN, 50);
        IpAddress other = bench.node(LAN, 51);
        bench.reportAt(bench.mac(1), LAN, one, RecordType.ALLOW, 1, bench.sources(1));
        bench.reportAt(bench.mac(1), LAN, other, RecordType.ALLOW, 1, bench.sources(1, 2));
        bench.forget();
        bench.reportAt(bench.mac(1), LAN, other, RecordType.BLOCK, 1, bench.sources(1, 2));
        assertThat(bench.reported(WAN, 1)).contains(Membership.include(bench.sources(1)));
        assertThat(bench.specificQueries(LAN))
                .singleElement()
                .satisfies(q -> assertThat(q.sources()).isEqualTo(bench.sources(1, 2).toList()));
        bench.advance(Duration.ofSeconds(2));
        assertThat(bench.reported(WAN, 1)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void theLimitOfHostsCountsEachPairOfAddresses(Family family) {
        Bench bench = new Bench(family);
        bench.router = bench.router.with(new Tracking(true, true)).with(new LinkLimits(10, 10, 2));
        bench.up(WAN, Role.UPSTREAM);
        bench.up(LAN, Role.DOWNSTREAM);
        bench.forget();
        for (int mac = 1; mac <= 3; mac++) {
            everythingFrom(bench, mac, bench.node(LAN, 50), RecordType.IS_EX);
        }
        assertThat(bench.events())
                .contains(
                        new Event.LimitReached("if2", bench.group(1), Event.Limit.HOSTS_PER_LINK));
        assertThat(bench.downstream(LAN).hostCount()).isEqualTo(2);
        everythingFrom(bench, 2, bench.node(LAN, 50), RecordType.TO_IN);
        everythingFrom(bench, 3, bench.node(LAN, 50), RecordType.IS_EX);
        assertThat(bench.groupOn(LAN, 1).orElseThrow().hosts())
                .extracting(EngineView.Host::linkAddress)
                .containsExactly(bench.mac(1), bench.mac(3));
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
