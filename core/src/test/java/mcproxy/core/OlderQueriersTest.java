package mcproxy.core;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Protocol;
import mcproxy.wire.RecordType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A host among older queriers: RFC 9776 7.2.1, RFC 9777 8.2.1, RFC 2236, RFC 1112, RFC 2710. */
class OlderQueriersTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    /** A host of the second generation, which wants three groups and has nothing left to say. */
    private static HostBench older(Family family, long seed) {
        HostBench bench = new HostBench(family, seed);
        bench.olderGeneralQuery(10_000);
        bench.want(1, bench.exclude());
        bench.want(2, bench.include(1));
        bench.want(3, bench.exclude(1));
        bench.advance(SECOND.multipliedBy(40));
        bench.take();
        bench.takeEvents();
        return bench;
    }

    private static Packet report(HostBench bench, int group) {
        return Packet.toSend(
                bench.self(),
                bench.group(group),
                new Message.OldReport(bench.older(), bench.group(group)));
    }

    // ---- the timers ----

    // shows RFC9776-7.2.1-5, RFC9776-7.2.1-10, RFC9776-8.12-1, RFC9776-8.12-2
    @Test
    void igmpReturnsAfterTheDefaultValuesAndTenResponseTimesOfTheQuery() {
        // RFC 9776 8.12
        for (int millis : new int[] {100, 1000, 10_000, 25_500}) {
            HostBench bench = new HostBench(Family.IPV4);
            bench.hear( // the values of another querier do not count
                    bench.allHosts(),
                    HostBench.query(Protocol.IGMPV3, Family.IPV4.unspecified(), 5000, 7, 1000));
            bench.olderGeneralQuery(millis);
            assertThat(bench.host.spoken()).isEqualTo(Protocol.IGMPV2);
            Duration interval = Duration.ofSeconds(250).plusMillis(10L * millis);
            bench.advance(interval.minusNanos(1));
            assertThat(bench.host.spoken()).isEqualTo(Protocol.IGMPV2);
            bench.advance(Duration.ofNanos(1));
            assertThat(bench.host.spoken()).isEqualTo(Protocol.IGMPV3);
        }
    }

    // shows RFC9777-8.2.1-3, RFC9777-8.2.1-7, RFC9777-9.12-1
    @Test
    void mldReturnsAfterTheLastQueryIntervalHeardOfAndOneResponseTime() {
        // RFC 9777 9.12
        HostBench bench = new HostBench(Family.IPV6);
        bench.hear(
                bench.allHosts(),
                HostBench.query(Protocol.MLDV2, Family.IPV6.unspecified(), 5000, 3, 60));
        bench.olderGeneralQuery(4000);
        bench.advance(Duration.ofSeconds(2 * 60 + 4).minusNanos(1));
        assertThat(bench.host.spoken()).isEqualTo(Protocol.MLDV1);
        bench.advance(Duration.ofNanos(1));
        assertThat(bench.host.spoken()).isEqualTo(Protocol.MLDV2);
        HostBench fresh = new HostBench(Family.IPV6);
        fresh.olderGeneralQuery(10_000);
        fresh.advance(Duration.ofSeconds(260).minusNanos(1));
        assertThat(fresh.host.spoken()).isEqualTo(Protocol.MLDV1);
        fresh.advance(Duration.ofNanos(1));
        assertThat(fresh.host.spoken()).isEqualTo(Protocol.MLDV2);
    }

    private static void spoken(HostBench bench, Protocol until, Protocol then, Duration end) {
        bench.advance(end.minus(bench.now()).minusNanos(1));
        assertThat(bench.host.spoken()).isEqualTo(until);
        bench.advance(Duration.ofNanos(1));
        assertThat(bench.host.spoken()).isEqualTo(then);
    }

    // shows RFC9777-9.12-1
    @Test
    void mldCountsTenSecondsAfterASpecificQueryAndTheDefaultIntervalWhenNoneIsTold() {
        // RFC 9777 9.12; a specific query tells no Query Response Interval, QQIC 0 no Query
        // Interval
        HostBench specific = new HostBench(Family.IPV6);
        HostBench untold = new HostBench(Family.IPV6);
        for (HostBench bench : List.of(specific, untold)) {
            bench.want(1, bench.exclude());
            bench.hear(
                    bench.allHosts(),
                    HostBench.query(Protocol.MLDV2, Family.IPV6.unspecified(), 5000, 2, 60));
        }
        specific.olderGroupQuery(1, 1000);
        spoken(specific, Protocol.MLDV1, Protocol.MLDV2, Duration.ofSeconds(2 * 60 + 10));
        untold.hear(
                untold.allHosts(),
                HostBench.query(Protocol.MLDV2, Family.IPV6.unspecified(), 5000, 2, 0));
        untold.olderGeneralQuery(4000);
        spoken(untold, Protocol.MLDV1, Protocol.MLDV2, Duration.ofSeconds(2 * 125 + 4));
    }

    // shows RFC9776-7.2.1-4, RFC9777-8.2.1-3, RFC9777-9.12-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void eachOlderQueryStartsTheTimeAnew(Family family) {
        // RFC 9776 7.2.1: "set [...] whenever"; RFC 9777 8.2.1: "re-set whenever"
        Protocol newest = Protocol.newest(family);
        HostBench bench = new HostBench(family);
        bench.want(1, bench.exclude());
        bench.olderGeneralQuery(1000);
        bench.advance(Duration.ofSeconds(130));
        bench.olderGeneralQuery(1000);
        bench.advance(Duration.ofSeconds(100));
        bench.olderGroupQuery(1, 1000); // which counts in MLD only
        long end = family == Family.IPV4 ? 130 + 250 + 10 : 230 + 250 + 10;
        spoken(bench, bench.older(), newest, Duration.ofSeconds(end));
    }

    // shows RFC9776-7.2.1-1, RFC9776-7.2.1-6, RFC2236-4-3, RFC2236-4-4
    @Test
    void eachOfTwoOlderQueriersHasItsOwnTime() {
        // RFC 9776 7.2.1, 8.12: 2 x 125 s + 10 x 10 s
        HostBench bench = new HostBench(Family.IPV4);
        bench.version1Query();
        for (int i = 0; i < 3; i++) {
            bench.advance(Duration.ofSeconds(100));
            if (i % 2 == 0) {
                bench.olderGeneralQuery(10_000);
            } else {
                bench.version1Query();
            }
        }
        spoken(bench, Protocol.IGMPV1, Protocol.IGMPV2, Duration.ofSeconds(200 + 350));
        spoken(bench, Protocol.IGMPV2, Protocol.IGMPV3, Duration.ofSeconds(300 + 350));
    }

    // shows RFC9776-7.2.1-4, RFC9777-8.2.1-1, RFC9777-8.2.1-3
    @Test
    void igmpGoesByGeneralQueriesAndMldByAnyQuery() {
        // RFC 9776 7.2.1; RFC 9777 8.2.1
        HostBench igmp = new HostBench(Family.IPV4);
        igmp.want(1, igmp.exclude());
        igmp.olderGroupQuery(1, 1000);
        assertThat(igmp.host.spoken()).isEqualTo(Protocol.IGMPV3);
        HostBench mld = new HostBench(Family.IPV6);
        mld.want(1, mld.exclude());
        mld.olderGroupQuery(1, 1000);
        assertThat(mld.host.spoken()).isEqualTo(Protocol.MLDV1);
    }

    // shows RFC9776-7.2.1-6, RFC2236-4-4
    @Test
    void aNewestQueryDoesNotEndTheOlderMode() {
        // RFC 9776 7.2.1: only the timers do
        HostBench bench = older(Family.IPV4, 1);
        bench.generalQuery(1000);
        bench.advance(SECOND);
        assertThat(bench.takePackets())
                .containsExactlyInAnyOrder(report(bench, 1), report(bench, 2), report(bench, 3));
        assertThat(bench.host.spoken()).isEqualTo(Protocol.IGMPV2);
    }

    // shows RFC9776-7.2.1-1, RFC9776-7.2.1-6, RFC2236-4-3, RFC2236-4-4
    @Test
    void version1GoesBeforeVersion2AndReturnsToIt() {
        // RFC 9776 7.2.1, the table of Host Compatibility Modes
        HostBench bench = new HostBench(Family.IPV4);
        bench.version1Query();
        assertThat(bench.host.spoken()).isEqualTo(Protocol.IGMPV1);
        bench.advance(Duration.ofMinutes(5));
        bench.olderGeneralQuery(10_000);
        assertThat(bench.host.spoken()).isEqualTo(Protocol.IGMPV1);
        bench.advance(Duration.ofSeconds(50));
        assertThat(bench.host.spoken()).isEqualTo(Protocol.IGMPV2);
        bench.advance(Duration.ofMinutes(5));
        assertThat(bench.host.spoken()).isEqualTo(Protocol.IGMPV3);
        assertThat(bench.takeEvents())
                .containsExactly(
                        new Event.UpstreamVersion("up", Family.IPV4, Protocol.IGMPV1),
                        new Event.UpstreamVersion("up", Family.IPV4, Protocol.IGMPV2),
                        new Event.UpstreamVersion("up", Family.IPV4, Protocol.IGMPV3));
    }

    // ---- the change of mode ----

    // shows RFC9776-7.2.1-7, RFC9777-8.2.1-4
    @ParameterizedTest
    @EnumSource(Family.class)
    void aChangeOfModeCancelsWhatIsPending(Family family) {
        // RFC 9776 7.2.1
        HostBench bench = HostBench.robust(family, 7, 1, 1500);
        bench.want(1, bench.exclude());
        bench.groupQuery(1, 100_000);
        bench.take();
        bench.olderGeneralQuery(10_000);
        bench.advance(Duration.ofSeconds(200));
        assertThat(bench.takePackets())
                .as("the answer to the query that caused it, and nothing else")
                .containsExactly(report(bench, 1));
    }

    // shows RFC9776-7.2.1-7, RFC9777-8.2.1-4
    @ParameterizedTest
    @EnumSource(Family.class)
    void aChangeOfModeCancelsTheAnswersThatArePending(Family family) {
        // RFC 9776 7.2.1, RFC 9777 8.2.1: what is left are answers to the query that caused it,
        // which allows more time
        for (boolean general : new boolean[] {true, false}) {
            List<Duration> delays = new ArrayList<>();
            for (int seed = 0; seed < 50; seed++) {
                HostBench bench = new HostBench(family, seed);
                bench.want(1, bench.exclude());
                bench.advance(SECOND.multipliedBy(10));
                bench.take();
                if (general) {
                    bench.generalQuery(100);
                } else {
                    bench.groupQuery(1, 100);
                }
                Duration asked = bench.now();
                bench.olderGeneralQuery(10_000);
                bench.advance(SECOND.multipliedBy(100));
                List<HostBench.Sent> sent = bench.take();
                assertThat(sent)
                        .extracting(HostBench.Sent::packet)
                        .containsExactly(report(bench, 1));
                delays.add(sent.getFirst().at().minus(asked));
            }
            assertThat(delays)
                    .filteredOn(delay -> delay.compareTo(SECOND) > 0)
                    .as("general: %s", general)
                    .hasSizeGreaterThan(25);
        }
    }

    // shows RFC9777-8.2.1-4
    @Test
    void aSpecificQueryThatChangesTheModeIsTheOnlyOneThatIsAnswered() {
        // RFC 9777 8.2.1
        HostBench bench = new HostBench(Family.IPV6);
        bench.want(1, bench.exclude());
        bench.want(2, bench.exclude());
        bench.advance(SECOND.multipliedBy(10));
        bench.groupQuery(1, 50_000);
        bench.generalQuery(100_000);
        bench.take();
        bench.olderGroupQuery(2, 1000);
        bench.advance(SECOND.multipliedBy(200));
        assertThat(bench.takePackets()).containsExactly(report(bench, 2));
    }

    // shows RFC9776-7.2.1-7, RFC9777-8.2.1-4
    @ParameterizedTest
    @EnumSource(Family.class)
    void theWayBackCancelsWhatIsPendingToo(Family family) {
        // RFC 9776 7.2.1, RFC 9777 8.2.1: "whenever"
        for (boolean general : new boolean[] {true, false}) {
            HostBench bench = older(family, 1);
            Duration end = Duration.ofSeconds(family == Family.IPV4 ? 350 : 260);
            bench.advance(end.minus(bench.now()).minusNanos(1));
            bench.want(4, bench.include(1)); // to be repeated within ten seconds
            if (general) {
                bench.generalQuery(50_000);
            } else {
                bench.groupQuery(1, 50_000);
            }
            assertThat(bench.takePackets()).containsExactly(report(bench, 4));
            bench.advance(SECOND.multipliedBy(100));
            assertThat(bench.takeRecords())
                    .as("everything twice, as if it were new, and no answer")
                    .containsExactlyInAnyOrder(
                            bench.record(RecordType.TO_EX, 1),
                            bench.record(RecordType.ALLOW, 2, 1),
                            bench.record(RecordType.TO_EX, 3, 1),
                            bench.record(RecordType.ALLOW, 4, 1),
                            bench.record(RecordType.TO_EX, 1),
                            bench.record(RecordType.ALLOW, 2, 1),
                            bench.record(RecordType.TO_EX, 3, 1),
                            bench.record(RecordType.ALLOW, 4, 1));
            assertThat(bench.isSilent()).isTrue();
        }
    }

    // shows RFC9776-7.2.1-7
    @Test
    void aChangeBetweenTheOlderVersionsCancelsWhatIsPendingToo() {
        // RFC 9776 7.2.1: "whenever"
        for (boolean general : new boolean[] {true, false}) {
            HostBench bench = older(Family.IPV4, 1);
            bench.version1Query();
            Duration end = bench.now().plusSeconds(350);
            bench.advance(end.minus(bench.now()).minusSeconds(1));
            bench.olderGeneralQuery(10);
            bench.advance(SECOND.minusNanos(1));
            bench.want(4, bench.exclude()); // to be repeated within ten seconds
            if (general) {
                bench.olderGeneralQuery(20_000);
            } else {
                bench.olderGroupQuery(1, 20_000);
            }
            bench.take();
            bench.advance(SECOND.multipliedBy(100));
            assertThat(bench.host.spoken()).isEqualTo(Protocol.IGMPV2);
            assertThat(bench.take()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void onTheWayBackAllIsReportedAnew(Family family) {
        HostBench bench = older(family, 1);
        bench.want(bench.ssmGroup(), bench.include(5));
        bench.advance(Duration.ofSeconds(100));
        bench.take();
        bench.advance(Duration.ofMinutes(5));
        List<GroupRecord> all =
                List.of(
                        new GroupRecord(
                                RecordType.ALLOW, bench.ssmGroup(), bench.sources(5).toList()),
                        bench.record(RecordType.TO_EX, 1),
                        bench.record(RecordType.ALLOW, 2, 1),
                        bench.record(RecordType.TO_EX, 3, 1));
        List<HostBench.Sent> sent = bench.take();
        assertThat(sent).hasSize(2);
        for (HostBench.Sent one : sent) {
            assertThat(HostBench.records(one.packet())).containsExactlyInAnyOrderElementsOf(all);
        }
        assertThat(bench.isSilent()).isTrue();
    }

    // shows RFC9776-7.2.1-9, RFC9777-8.2.1-6
    @ParameterizedTest
    @EnumSource(Family.class)
    void withoutFallbackTheConfiguredVersionIsSpoken(Family family) {
        // RFC 9776 7.2.1, RFC 9777 8.2.1: an "option to disable use of Host Compatibility Mode"
        HostSettings fixed = new HostSettings(false, SECOND, 250);
        for (Protocol protocol : List.of(Protocol.of(family, 2), Protocol.newest(family))) {
            LinkSettings settings = HostBench.settings(protocol, 2, fixed);
            HostBench bench = new HostBench(family, 1, settings, 1500);
            bench.olderGeneralQuery(1000);
            bench.advance(SECOND);
            if (family == Family.IPV4) {
                bench.version1Query();
            }
            assertThat(bench.host.spoken()).isEqualTo(protocol);
            bench.want(1, bench.exclude());
            Packet join = bench.takePackets().getFirst();
            if (protocol.generation() == 2) {
                assertThat(join).isEqualTo(report(bench, 1));
            } else {
                assertThat(HostBench.records(join))
                        .containsExactly(bench.record(RecordType.TO_EX, 1));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aConfiguredOlderVersionIsNeverExceeded(Family family) {
        LinkSettings settings = HostBench.settings(Protocol.of(family, 2), 2, HostSettings.DEFAULT);
        HostBench bench = new HostBench(family, 1, settings, 1500);
        bench.generalQuery(1000);
        bench.want(1, bench.include(1));
        assertThat(bench.takePackets()).containsExactly(report(bench, 1));
        if (family == Family.IPV4) {
            bench.version1Query();
            assertThat(bench.host.spoken()).isEqualTo(Protocol.IGMPV1);
        }
        bench.advance(Duration.ofSeconds(1000));
        assertThat(bench.host.spoken()).isEqualTo(Protocol.of(family, 2));
    }

    // ---- joining and leaving ----

    // shows RFC9776-4.2.15-2, RFC9777-5.2.15-2, RFC4605-4.1-6, RFC2236-3-6, RFC2236-3-7,
    // RFC2236-8.10-1, RFC2236-9-1, RFC2710-4-7, RFC2710-4-8, RFC2710-7.10-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void aJoinIsRepeatedWithinTenSecondsAndALeaveSaidOnce(Family family) {
        // RFC 2236 3, 8.10, 9; RFC 2710 4, 7.10
        for (int seed = 0; seed < 50; seed++) {
            HostBench bench = older(family, seed);
            Duration joined = bench.now();
            bench.want(9, bench.include(1));
            assertThat(bench.take()).containsExactly(new HostBench.Sent(joined, report(bench, 9)));
            bench.want(9, bench.include(1, 2));
            bench.want(9, bench.exclude());
            assertThat(bench.take()).as("RFC 4605 4.1: other changes are ignored").isEmpty();
            bench.advance(SECOND.multipliedBy(10));
            List<HostBench.Sent> repeated = bench.take();
            assertThat(repeated).hasSize(1);
            assertThat(repeated.getFirst().packet()).isEqualTo(report(bench, 9));
            assertThat(repeated.getFirst().at())
                    .isGreaterThan(joined)
                    .isLessThan(joined.plusSeconds(10));
            bench.want(9, bench.include());
            assertThat(bench.takePackets())
                    .containsExactly(
                            Packet.toSend(
                                    bench.self(),
                                    bench.allRouters(),
                                    new Message.Leave(bench.older(), bench.group(9))));
            bench.advance(SECOND.multipliedBy(100));
            assertThat(bench.take()).isEmpty();
        }
    }

    // shows RFC2236-3-6, RFC2236-8.10-1, RFC2710-4-7, RFC2710-7.10-1, RFC1112-I-12
    @ParameterizedTest
    @EnumSource(names = {"IGMPV1", "IGMPV2", "MLDV1"})
    void aJoinIsSaidThreeTimesAtMostHoweverRobustWeAre(Protocol protocol) {
        // RFC 2236 3, RFC 2710 4, RFC 1112 I: "repeated once or twice"
        Family family = protocol.family();
        HostBench bench = HostBench.robust(family, 7, 1, 1500);
        Message query = HostBench.query(protocol, family.unspecified(), 10_000, 0, 0);
        bench.hear(bench.allHosts(), query);
        assertThat(bench.host.robustness()).isEqualTo(7);
        Duration last = bench.now();
        bench.want(1, bench.exclude());
        bench.advance(SECOND.multipliedBy(100));
        List<HostBench.Sent> sent = bench.take();
        assertThat(sent).hasSize(3);
        assertThat(sent.getFirst().at()).isEqualTo(last);
        for (HostBench.Sent one : sent) {
            assertThat(one.packet().message())
                    .isEqualTo(new Message.OldReport(protocol, bench.group(1)));
            assertThat(one.at().minus(last)).isLessThan(SECOND.multipliedBy(10));
            last = one.at();
        }
    }

    // shows RFC2236-6-4, RFC2710-5-3
    @ParameterizedTest
    @EnumSource(Family.class)
    void aLeaveEndsTheRepetitionOfItsJoin(Family family) {
        // RFC 2236 6: leave group (stop timer)
        HostBench bench = older(family, 1);
        bench.want(9, bench.exclude());
        bench.groupQuery(9, 10_000);
        bench.want(9, bench.include());
        bench.take();
        bench.advance(SECOND.multipliedBy(100));
        assertThat(bench.take()).isEmpty();
    }

    // shows RFC9776-7.2.1-1, RFC9776-7.2.1-3, RFC2236-4-1, RFC2236-4-5, RFC2236-6-3, RFC1112-I-2,
    // RFC1112-I-4, RFC1112-I-5, RFC1112-I-12
    @Test
    void version1KnowsNoLeaveAndIgnoresTheGroupOfAQuery() {
        // RFC 1112 I; RFC 2236 6
        HostBench bench = new HostBench(Family.IPV4);
        bench.hear(
                bench.allHosts(), HostBench.query(Protocol.IGMPV1, bench.group(77), 10_000, 0, 0));
        assertThat(bench.host.spoken()).isEqualTo(Protocol.IGMPV1);
        bench.want(1, bench.exclude());
        Packet join =
                Packet.toSend(
                        bench.self(),
                        bench.group(1),
                        new Message.OldReport(Protocol.IGMPV1, bench.group(1)));
        assertThat(bench.takePackets()).containsExactly(join);
        bench.advance(SECOND.multipliedBy(10));
        assertThat(bench.takePackets()).containsExactly(join);
        bench.version1Query();
        bench.advance(SECOND.multipliedBy(10));
        assertThat(bench.takePackets()).as("RFC 9776 7.2.1: 10 s").containsExactly(join);
        bench.want(1, bench.include());
        bench.advance(SECOND.multipliedBy(100));
        assertThat(bench.take()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void manyJoinsAreSaidAtTheConfiguredPace(Family family) {
        HostBench bench = older(family, 1);
        bench.wantAll(1000, bench.exclude());
        assertThat(bench.take()).hasSize(250);
        bench.advance(SECOND);
        assertThat(bench.take()).hasSizeBetween(249, 251);
        bench.advance(SECOND.multipliedBy(20));
        bench.take();
        bench.generalQuery(10_000);
        bench.advance(SECOND.multipliedBy(10));
        assertThat(bench.takePackets()).hasSize(1000).doesNotHaveDuplicates();
    }

    // ---- answers ----

    // shows RFC2236-3-3, RFC2710-4-4, RFC1112-I-4
    @ParameterizedTest
    @EnumSource(Family.class)
    void aGeneralQueryIsAnsweredGroupByGroupAtDifferentTimes(Family family) {
        // RFC 2236 3, RFC 2710 4: "each timer is set to a different random value"
        for (int seed = 0; seed < 100; seed++) {
            HostBench bench = older(family, seed);
            Duration asked = bench.now();
            bench.olderGeneralQuery(5000);
            assertThat(bench.take()).isEmpty();
            bench.advance(SECOND.multipliedBy(5));
            List<HostBench.Sent> sent = bench.take();
            assertThat(sent.stream().map(HostBench.Sent::packet))
                    .containsExactlyInAnyOrder(
                            report(bench, 1), report(bench, 2), report(bench, 3));
            assertThat(sent.stream().map(HostBench.Sent::at)).doesNotHaveDuplicates();
            assertThat(sent)
                    .allMatch(one ->
                            one.at().compareTo(asked) > 0
                                    && one.at().compareTo(asked.plusSeconds(5)) < 0);
            bench.advance(SECOND.multipliedBy(100));
            assertThat(bench.take()).isEmpty();
        }
    }

    // shows RFC2236-3-4, RFC2710-4-5
    @ParameterizedTest
    @EnumSource(Family.class)
    void aRunningTimerIsResetOnlyByAQueryThatAllowsLess(Family family) {
        // RFC 2236 3, 6; RFC 2710 4, 5
        List<Duration> delays = new ArrayList<>();
        for (int seed = 0; seed < 100; seed++) {
            HostBench bench = older(family, seed);
            Duration asked = bench.now();
            bench.olderGroupQuery(2, 1000);
            Duration timer = bench.nextDeadline().orElseThrow();
            bench.olderGroupQuery(2, 10_000);
            assertThat(bench.nextDeadline()).as("seed %s", seed).contains(timer);
            bench.advance(SECOND.multipliedBy(10));
            assertThat(bench.take()).containsExactly(new HostBench.Sent(timer, report(bench, 2)));
            delays.add(timer.minus(asked));
            bench.olderGroupQuery(2, 10_000);
            bench.olderGroupQuery(2, 1);
            bench.advance(Duration.ofMillis(1));
            assertThat(bench.takePackets()).containsExactly(report(bench, 2));
            bench.advance(SECOND.multipliedBy(100));
            assertThat(bench.take()).isEmpty();
        }
        assertThat(delays).allMatch(delay -> delay.compareTo(SECOND) <= 0);
    }

    // shows RFC2236-3-4, RFC2710-4-5
    @ParameterizedTest
    @EnumSource(Family.class)
    void aGeneralQueryThatAllowsLessIsAnsweredInItsTime(Family family) {
        // RFC 2236 3, RFC 2710 4
        for (int seed = 0; seed < 20; seed++) {
            HostBench bench = older(family, seed);
            bench.olderGeneralQuery(10_000);
            bench.olderGeneralQuery(1000);
            bench.advance(SECOND);
            assertThat(bench.takePackets())
                    .as("seed %s", seed)
                    .containsExactlyInAnyOrder(
                            report(bench, 1), report(bench, 2), report(bench, 3));
            bench.advance(SECOND.multipliedBy(100));
            assertThat(bench.take()).isEmpty();
        }
    }

    // shows RFC2236-3-4, RFC2710-4-5
    @ParameterizedTest
    @EnumSource(Family.class)
    void aSecondQueryAmidTheRoundIsAnsweredAgain(Family family) {
        // RFC 2236 6, RFC 2710 5: a query in Idle Member starts the timer
        for (int seed = 0; seed < 100; seed++) {
            HostBench bench = older(family, seed);
            bench.olderGeneralQuery(10_000);
            bench.olderGroupQuery(3, 5);
            bench.advance(Duration.ofMillis(5));
            assertThat(bench.takePackets()).as("seed %s", seed).contains(report(bench, 3));
            bench.olderGroupQuery(3, 1000);
            bench.advance(SECOND);
            assertThat(bench.takePackets()).as("seed %s", seed).contains(report(bench, 3));
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aThirdQueryThatTheRoundCanAnswerIsAnswered(Family family) {
        for (int seed = 0; seed < 100; seed++) {
            HostBench bench = older(family, seed);
            bench.olderGeneralQuery(1000);
            bench.olderGroupQuery(3, 5);
            bench.advance(Duration.ofMillis(5));
            assertThat(bench.takePackets()).as("seed %s", seed).contains(report(bench, 3));
            bench.olderGroupQuery(3, 5000);
            bench.advance(SECOND.multipliedBy(5));
            assertThat(bench.takePackets()).as("seed %s", seed).contains(report(bench, 3));
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aGroupJoinedWhileAnAnswerWaitsIsAnsweredInTime(Family family) {
        for (int seed = 0; seed < 100; seed++) {
            HostBench bench = older(family, seed);
            bench.want(2, bench.include());
            bench.want(3, bench.include());
            bench.advance(SECOND.multipliedBy(100));
            bench.olderGeneralQuery(10_000);
            bench.want(2, bench.include(1));
            bench.want(3, bench.include(1));
            bench.olderGroupQuery(3, 1000);
            bench.take();
            bench.advance(SECOND);
            assertThat(bench.takePackets()).as("seed %s", seed).contains(report(bench, 3));
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aGroupHasOneTimerForGeneralAndSpecificQueries(Family family) {
        // RFC 2236 6: "query received" in Delaying Member
        for (int seed = 0; seed < 100; seed++) {
            HostBench bench = older(family, seed);
            bench.olderGeneralQuery(10_000);
            bench.olderGroupQuery(3, 5);
            bench.advance(SECOND.multipliedBy(100));
            assertThat(bench.takePackets())
                    .as("seed %s", seed)
                    .containsExactlyInAnyOrder(
                            report(bench, 1), report(bench, 2), report(bench, 3));
            bench.olderGroupQuery(3, 90_000);
            bench.olderGeneralQuery(1000);
            bench.advance(SECOND.multipliedBy(100));
            assertThat(bench.takePackets())
                    .as("seed %s", seed)
                    .containsExactlyInAnyOrder(
                            report(bench, 1), report(bench, 2), report(bench, 3));
        }
    }

    // RFC 2710 4
    // shows RFC2710-4-14
    @Test
    void aDelayOfZeroIsAnsweredAtOnce() {
        HostBench bench = older(Family.IPV6, 1);
        bench.olderGroupQuery(2, 0);
        bench.advance(Duration.ofNanos(1000));
        assertThat(bench.takePackets()).containsExactly(report(bench, 2));
    }

    // ---- the reports of others: RFC 2236 3, 6, RFC 2710 4, 5 ----

    private static void anotherReports(HostBench bench, int group) {
        bench.hear(bench.group(group), new Message.OldReport(bench.older(), bench.group(group)));
    }

    // shows RFC2236-3-5, RFC2710-4-6
    @ParameterizedTest
    @EnumSource(Family.class)
    void anothersReportStandsForOurAnswer(Family family) {
        for (int seed = 0; seed < 50; seed++) {
            HostBench bench = older(family, seed);
            bench.olderGeneralQuery(5000);
            anotherReports(bench, 2);
            bench.advance(SECOND.multipliedBy(10));
            assertThat(bench.takePackets())
                    .as("seed %s", seed)
                    .containsExactlyInAnyOrder(report(bench, 1), report(bench, 3));
            bench.olderGroupQuery(2, 1000);
            anotherReports(bench, 2);
            bench.advance(SECOND.multipliedBy(10));
            assertThat(bench.takePackets()).isEmpty();
        }
    }

    // shows RFC2236-3-5, RFC2710-4-6
    @ParameterizedTest
    @EnumSource(Family.class)
    void anothersReportEndsTheRepetitionOfOurJoinAndSuppressesNoLeave(Family family) {
        HostBench bench = older(family, 1);
        bench.want(9, bench.exclude());
        assertThat(bench.takePackets()).containsExactly(report(bench, 9));
        anotherReports(bench, 9);
        bench.advance(SECOND.multipliedBy(100));
        assertThat(bench.take()).isEmpty();
        bench.want(9, bench.include());
        assertThat(bench.takeMessages())
                .containsExactly(new Message.Leave(bench.older(), bench.group(9)));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void whatAnotherReportedBeforeAQueryDoesNotAnswerIt(Family family) {
        for (int seed = 0; seed < 50; seed++) {
            HostBench bench = older(family, seed);
            anotherReports(bench, 1);
            bench.olderGeneralQuery(5000);
            anotherReports(bench, 2);
            bench.olderGeneralQuery(6000);
            anotherReports(bench, 3);
            bench.olderGroupQuery(3, 1000);
            bench.advance(SECOND.multipliedBy(6));
            assertThat(bench.takePackets())
                    .as("seed %s", seed)
                    .containsExactlyInAnyOrder(
                            report(bench, 1), report(bench, 2), report(bench, 3));
        }
    }

    // shows RFC2236-5-1, RFC1112-I-6, RFC1112-I-10
    @ParameterizedTest
    @CsvSource({"IGMPV1, IGMPV1", "IGMPV1, IGMPV2", "IGMPV2, IGMPV1", "IGMPV2, IGMPV2"})
    void aReportOfEitherOlderVersionStandsForOurs(Protocol asked, Protocol said) {
        HostBench bench = new HostBench(Family.IPV4);
        bench.want(1, bench.exclude());
        bench.advance(SECOND.multipliedBy(20));
        bench.take();
        Message query = HostBench.query(asked, Family.IPV4.unspecified(), 5000, 0, 0);
        bench.hear(bench.allHosts(), query);
        bench.hear(bench.group(1), new Message.OldReport(said, bench.group(1)));
        bench.advance(SECOND.multipliedBy(20));
        assertThat(bench.take()).isEmpty();
        bench.hear(bench.allHosts(), query);
        bench.hear(bench.allRouters(), new Message.OldReport(said, bench.group(1)));
        bench.advance(SECOND.multipliedBy(20));
        assertThat(bench.take()).as("nobody else has heard that one").hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void anothersReportStandsForNoSourceSpecificGroup(Family family) {
        // RFC 4604 2.2.1
        HostBench bench = older(family, 1);
        IpAddress group = bench.ssmGroup();
        bench.want(group, bench.include(1));
        bench.advance(SECOND.multipliedBy(20));
        bench.take();
        bench.hear(group, HostBench.query(bench.older(), group, 1000, 0, 0));
        bench.hear(group, new Message.OldReport(bench.older(), group));
        bench.advance(SECOND);
        assertThat(bench.takeMessages())
                .containsExactly(new Message.OldReport(bench.older(), group));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aQueryForSourcesIsAnsweredForTheGroup(Family family) {
        HostBench bench = older(family, 1);
        bench.groupQuery(2, 1000, 1, 2);
        bench.advance(SECOND);
        assertThat(bench.takePackets()).containsExactly(report(bench, 2));
    }

    // shows RFC1112-I-7
    @Test
    void aVersion1TimerIsNotResetByFurtherQueries() {
        // RFC 1112 I: it continues "with its current value"
        for (int seed = 0; seed < 100; seed++) {
            HostBench bench = new HostBench(Family.IPV4, seed);
            bench.version1Query();
            bench.want(1, bench.exclude());
            bench.advance(SECOND.multipliedBy(20));
            bench.take();
            bench.version1Query();
            Duration timer = bench.nextDeadline().orElseThrow();
            for (int i = 0; i < 5; i++) {
                bench.version1Query();
                assertThat(bench.nextDeadline()).as("seed %s", seed).contains(timer);
            }
            bench.advance(SECOND.multipliedBy(30));
            assertThat(bench.take()).extracting(HostBench.Sent::at).containsExactly(timer);
        }
    }

    // shows RFC2236-3-4, RFC2710-4-5
    @ParameterizedTest
    @EnumSource(Family.class)
    void aFurtherGeneralQueryThatAllowsNoLessChangesNothing(Family family) {
        // RFC 2236 3, RFC 2710 4
        for (int seed = 0; seed < 100; seed++) {
            HostBench once = older(family, seed);
            once.olderGeneralQuery(5000);
            once.advance(SECOND.multipliedBy(20));
            HostBench often = older(family, seed);
            for (int i = 0; i < 5; i++) {
                often.olderGeneralQuery(5000 + i);
            }
            often.advance(SECOND.multipliedBy(20));
            assertThat(often.take()).as("seed %s", seed).isEqualTo(once.take()).hasSize(3);
        }
    }

    // ---- source-specific groups ----

    // shows RFC9776-7.2.1-8, RFC4604-2.2.3-1
    @Test
    void aVersion1QueryAmongSourceSpecificGroupsIsTold() {
        // RFC 9776 7.2.1, RFC 4604 2.2.3
        HostBench bench = new HostBench(Family.IPV4);
        bench.version1Query();
        assertThat(bench.takeEvents())
                .as("no such group is wanted")
                .containsExactly(new Event.UpstreamVersion("up", Family.IPV4, Protocol.IGMPV1));
        bench.want(bench.ssmGroup(), bench.include(1));
        bench.takeEvents();
        bench.version1Query();
        bench.version1Query();
        assertThat(bench.takeEvents())
                .containsExactly(
                        new Event.OlderQueryForSsm("up", Protocol.IGMPV1, bench.ssmGroup()));
    }

    // shows RFC9776-7.2.1-8, RFC9777-8.2.1-5, RFC4604-2.2.3-1, RFC4604-2.2.4-1, RFC4604-2.2.5-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void sourceSpecificGroupsAreJoinedWithoutSourcesAndThatIsTold(Family family) {
        // RFC 4604 2.2.1, 2.2.3, 2.2.4, 2.2.5; RFC 9776 7.2.1
        HostBench bench = older(family, 1);
        IpAddress group = bench.ssmGroup();
        bench.want(group, bench.include(1));
        assertThat(bench.takePackets())
                .containsExactly(
                        Packet.toSend(
                                bench.self(), group, new Message.OldReport(bench.older(), group)));
        bench.takeEvents();
        bench.advance(Duration.ofMinutes(1));
        for (int i = 0; i < 1000; i++) {
            bench.olderGeneralQuery(1000);
            bench.advance(Duration.ofMillis(1));
        }
        assertThat(bench.takeEvents())
                .as("once, however often it is asked")
                .containsExactly(new Event.OlderQueryForSsm("up", bench.older(), group));
        bench.advance(Duration.ofMinutes(1));
        bench.hear(group, HostBench.query(bench.older(), group, 1000, 0, 0));
        assertThat(bench.takeEvents())
                .containsExactly(new Event.OlderQueryForSsm("up", bench.older(), group));
        bench.take();
        bench.want(group, bench.include());
        assertThat(bench.takeMessages()).containsExactly(new Message.Leave(bench.older(), group));
    }
}
