package mcproxy.core;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.MessageSize;
import mcproxy.wire.Packet;
import mcproxy.wire.Protocol;
import mcproxy.wire.RecordType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** What a host says when its wishes change and when it is asked, by section of the RFCs. */
class HostSideTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    // ---- RFC 9776 5.1, RFC 9777 6.1: action on change of interface state ----

    /** The table of 5.1. */
    private static List<GroupRecord> expected(Membership before, Membership after, IpAddress g) {
        List<GroupRecord> records = new ArrayList<>();
        if (before.mode() != after.mode()) {
            RecordType type =
                    after.mode() == FilterMode.INCLUDE ? RecordType.TO_IN : RecordType.TO_EX;
            records.add(new GroupRecord(type, g, after.sources().toList()));
            return records;
        }
        SourceSet more = after.sources().minus(before.sources());
        SourceSet less = before.sources().minus(after.sources());
        boolean include = after.mode() == FilterMode.INCLUDE;
        SourceSet allow = include ? more : less;
        SourceSet block = include ? less : more;
        if (!allow.isEmpty()) {
            records.add(new GroupRecord(RecordType.ALLOW, g, allow.toList()));
        }
        if (!block.isEmpty()) {
            records.add(new GroupRecord(RecordType.BLOCK, g, block.toList()));
        }
        return records;
    }

    private static List<Membership> memberships(HostBench bench) {
        List<Membership> all = new ArrayList<>();
        for (int[] sources : new int[][] {{}, {1}, {2}, {1, 2}}) {
            all.add(bench.include(sources));
            all.add(bench.exclude(sources));
        }
        return all;
    }

    // shows RFC9776-5.1-1, RFC9776-5.1-2, RFC9776-5.1-3, RFC9776-5.1-4, RFC9776-5.1-5,
    // RFC9776-5.1-6, RFC9776-8.11-1, RFC9777-6-3, RFC9777-6.1-1, RFC9777-6.1-2, RFC9777-6.1-3,
    // RFC9777-6.1-4, RFC9777-6.1-5, RFC9777-6.1-6, RFC9777-9.11-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void eachChangeIsReportedByTheTableAtOnceAndRepeatedByTheRobustness(Family family) {
        // RFC 9776 5.1, 8.1, 8.11
        int cases = 0;
        for (Membership before : memberships(new HostBench(family))) {
            for (Membership after : memberships(new HostBench(family))) {
                for (int robustness = 1; robustness <= 3; robustness++) {
                    HostBench bench = HostBench.robust(family, robustness, ++cases, 1500);
                    bench.want(1, before);
                    bench.advance(SECOND.multipliedBy(10));
                    bench.take();
                    Duration changed = bench.now();
                    bench.want(1, after);
                    bench.advance(SECOND.multipliedBy(10));
                    List<HostBench.Sent> sent = bench.take();
                    List<GroupRecord> records = expected(before, after, bench.group(1));
                    assertThat(sent).hasSize(records.isEmpty() ? 0 : robustness);
                    Duration last = changed;
                    for (int i = 0; i < sent.size(); i++) {
                        Packet packet = sent.get(i).packet();
                        assertThat(HostBench.records(packet))
                                .as("%s to %s", before, after)
                                .isEqualTo(records);
                        assertThat(packet)
                                .isEqualTo(
                                        Packet.toSend(
                                                bench.self(),
                                                bench.reportsGoTo(),
                                                packet.message()));
                        if (i == 0) {
                            assertThat(sent.get(i).at()).isEqualTo(changed);
                        } else {
                            assertThat(sent.get(i).at())
                                    .isGreaterThan(last)
                                    .isLessThan(last.plus(SECOND));
                        }
                        last = sent.get(i).at();
                    }
                    assertThat(bench.isSilent()).isTrue();
                }
            }
        }
        assertThat(cases).isEqualTo(8 * 8 * 3);
    }

    // shows RFC9776-5.1-6, RFC9777-6.1-6
    @ParameterizedTest
    @EnumSource(Family.class)
    void repetitionsAreSpreadOverTheUnsolicitedReportInterval(Family family) {
        // RFC 9776 5.1, 8.11: "at intervals chosen at random"
        HostSettings slow = new HostSettings(true, SECOND.multipliedBy(4), 250);
        List<Duration> delays = new ArrayList<>();
        for (int seed = 0; seed < 200; seed++) {
            LinkSettings settings = HostBench.settings(Protocol.newest(family), 2, slow);
            HostBench bench = new HostBench(family, seed, settings, 1500);
            bench.want(1, bench.exclude());
            bench.advance(SECOND.multipliedBy(4));
            delays.add(bench.take().getLast().at());
        }
        assertThat(delays).allMatch(delay -> delay.compareTo(SECOND.multipliedBy(4)) < 0);
        assertThat(delays).anyMatch(delay -> delay.compareTo(Duration.ofMillis(400)) < 0);
        assertThat(delays).anyMatch(delay -> delay.compareTo(Duration.ofMillis(3600)) > 0);
    }

    // shows RFC9776-5.1-9, RFC9776-5.1-10, RFC9777-6.1-9
    @ParameterizedTest
    @EnumSource(Family.class)
    void aSourceChangeDuringAModeChangeRidesOnItAndIsThenSaidForItself(Family family) {
        // RFC 9776 5.1: the next RV reports carry the filter-mode change, then the source list
        HostBench bench = HostBench.robust(family, 2, 1, 1500);
        bench.want(1, bench.exclude());
        bench.want(1, bench.exclude(1));
        bench.advance(SECOND.multipliedBy(5));
        assertThat(bench.takeRecords())
                .containsExactly(
                        bench.record(RecordType.TO_EX, 1),
                        bench.record(RecordType.TO_EX, 1, 1),
                        bench.record(RecordType.BLOCK, 1, 1));
        assertThat(bench.isSilent()).isTrue();
    }

    // shows RFC9776-5.1-7, RFC9776-5.1-8, RFC9777-6.1-7, RFC9777-6.1-8
    @ParameterizedTest
    @EnumSource(Family.class)
    void sourceChangesMergeAndEachSourceIsSaidRobustnessTimes(Family family) {
        // RFC 9776 5.1
        HostBench bench = HostBench.robust(family, 3, 1, 1500);
        bench.want(1, bench.include(1));
        bench.want(1, bench.include(1, 2));
        bench.want(1, bench.include(2));
        bench.advance(SECOND.multipliedBy(5));
        assertThat(bench.takeRecords())
                .containsExactly(
                        bench.record(RecordType.ALLOW, 1, 1),
                        bench.record(RecordType.ALLOW, 1, 1, 2),
                        bench.record(RecordType.ALLOW, 1, 2),
                        bench.record(RecordType.BLOCK, 1, 1),
                        bench.record(RecordType.ALLOW, 1, 2),
                        bench.record(RecordType.BLOCK, 1, 1),
                        bench.record(RecordType.BLOCK, 1, 1));
        assertThat(bench.isSilent()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aChangeDoesNotHurryTheRepetitionOfAnotherGroup(Family family) {
        // RFC 9776 5.1: the intervals belong to the report of the one address
        for (int seed = 0; seed < 50; seed++) {
            HostBench bench = HostBench.robust(family, 2, seed, 1500);
            bench.want(1, bench.exclude());
            Duration repeatOfFirst = bench.nextDeadline().orElseThrow();
            bench.want(2, bench.exclude());
            bench.take();
            bench.advance(SECOND);
            assertThat(bench.take())
                    .as("seed %s", seed)
                    .anyMatch(sent ->
                            sent.at().equals(repeatOfFirst)
                                    && HostBench.records(sent.packet())
                                            .equals(List.of(bench.record(RecordType.TO_EX, 1))));
        }
    }

    // shows RFC9776-4.2.17-1, RFC9777-5.2.16-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void aThousandGroupsAreReportedAndRepeatedInWholePackets(Family family) {
        // RFC 9776 4.2.17
        HostBench bench = new HostBench(family);
        bench.wantAll(1000, bench.exclude());
        int packets = Math.ceilDiv(1000, MessageSize.recordsPerReport(family, 1500));
        assertThat(bench.takePackets()).hasSize(packets).allMatch(packet -> fits(packet, 1500));
        bench.advance(SECOND);
        List<HostBench.Sent> repeated = bench.take();
        assertThat(repeated).hasSize(packets);
        assertThat(repeated.stream().flatMap(s -> HostBench.records(s.packet()).stream()))
                .hasSize(1000);
        assertThat(bench.isSilent()).isTrue();
    }

    private static boolean fits(Packet packet, int mtu) {
        int size = MessageSize.of(packet.message());
        return size <= MessageSize.budget(packet.message().family(), mtu);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void manySourcesThatComeAndGoBecomeOneChangeOfTheFilterMode(Family family) {
        // a limit on what is remembered; RFC 4604 2.2.2 allows TO_IN in any range
        HostBench bench = new HostBench(family);
        bench.want(1, Membership.include(bench.sourcesUpTo(5000)));
        assertThat(bench.takeRecords()).allMatch(record -> record.type() == RecordType.TO_IN);
        bench.advance(SECOND);
        assertThat(bench.takeRecords().stream().flatMap(r -> r.sources().stream()).distinct())
                .hasSize(5000);
        assertThat(bench.isSilent()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aStormOfJoinsAndLeavesIsGatheredAndLeavesTheRightState(Family family) {
        HostBench bench = new HostBench(family);
        RouterModel router = new RouterModel();
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 30_000; i++) {
            bench.want(
                    random.nextInt(500), random.nextBoolean() ? bench.exclude() : bench.include());
            bench.advance(Duration.ofNanos(100_000));
        }
        for (int group = 0; group < 500; group++) {
            bench.want(group, group % 2 == 0 ? bench.exclude() : bench.include());
        }
        Duration end = bench.now();
        bench.advance(SECOND.multipliedBy(10));
        List<HostBench.Sent> sent = bench.take();
        assertThat(sent.stream().filter(s -> s.at().compareTo(SECOND.multipliedBy(3)) < 0))
                .as("a second's worth at once, and then 250 packets a second")
                .hasSizeBetween(250, 250 + 3 * 250);
        assertThat(sent.getLast().at()).isLessThan(end.plus(SECOND.multipliedBy(2)));
        for (HostBench.Sent done : sent) {
            HostBench.records(done.packet())
                    .forEach(record -> router.receive(record, done.at().toNanos()));
        }
        for (int group = 0; group < 500; group++) {
            assertThat(router.state(bench.group(group), bench.now().toNanos()))
                    .isEqualTo(group % 2 == 0 ? bench.exclude() : bench.include());
        }
        assertThat(bench.isSilent()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void inAStormTheFirstReportOfAChangeStaysWithinTwentyMilliseconds(Family family) {
        // TR-124 LAN.IGMP.ROUTED.14
        HostBench bench = new HostBench(family);
        for (int i = 0; i < 20_000; i++) {
            bench.want(i % 300, i / 300 % 2 == 0 ? bench.exclude() : bench.include());
            bench.advance(Duration.ofNanos(100_000));
        }
        bench.advance(SECOND.multipliedBy(5));
        bench.take();
        for (int i = 0; i < 5000; i++) {
            bench.want(i % 300, i / 300 % 2 == 0 ? bench.exclude() : bench.include());
            bench.advance(Duration.ofNanos(100_000));
        }
        bench.take();
        Duration joined = bench.now();
        bench.want(1000, bench.exclude());
        bench.advance(Duration.ofMillis(20));
        assertThat(bench.take())
                .anyMatch(sent ->
                        HostBench.records(sent.packet())
                                        .contains(bench.record(RecordType.TO_EX, 1000))
                                && sent.at().minus(joined).toMillis() < 20);
    }

    // ---- RFC 9776 4.1.6, 8.1: robustness ----

    @ParameterizedTest
    @EnumSource(Family.class)
    void theQueriersRobustnessHoldsUntilItTellsNone(Family family) {
        HostBench bench = new HostBench(family);
        Protocol newest = Protocol.newest(family);
        bench.hear(bench.allHosts(), HostBench.query(newest, family.unspecified(), 1000, 5, 125));
        bench.want(1, bench.exclude());
        bench.advance(SECOND.multipliedBy(10));
        assertThat(bench.takeRecords()).hasSize(5);
        bench.hear(bench.group(9), HostBench.query(newest, bench.group(9), 1000, 0, 125));
        bench.want(1, bench.include());
        bench.advance(SECOND.multipliedBy(10));
        assertThat(bench.takeRecords()).hasSize(2);
        assertThat(bench.isSilent()).isTrue();
    }

    // shows RFC9776-8.1-1, RFC9777-9.1-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void aRobustnessOfZeroCountsAsOne(Family family) {
        // RFC 9776 8.1: MUST NOT be zero
        Timers none = new Timers(0, SECOND, SECOND, SECOND, 1, SECOND, 1);
        LinkSettings settings =
                new LinkSettings(LinkSettings.Role.UPSTREAM, 0, Protocol.newest(family), none);
        HostBench bench = new HostBench(family, 1, settings, 1500);
        bench.want(1, bench.exclude());
        bench.advance(SECOND);
        assertThat(bench.takeRecords()).hasSize(1);
    }

    // ---- RFC 9776 5.2, RFC 9777 6.2, 6.3: action on reception of a query ----

    /** A host that wants groups of every kind and has nothing left to say. */
    private static HostBench settled(Family family, long seed) {
        HostBench bench = new HostBench(family, seed);
        bench.want(1, bench.exclude());
        bench.want(2, bench.include(1, 2));
        bench.want(3, bench.exclude(1, 2));
        bench.advance(SECOND.multipliedBy(10));
        bench.take();
        return bench;
    }

    // shows RFC9776-5.2-1, RFC9776-5.2-8, RFC9776-5.2-9, RFC9777-6.2-2, RFC9777-6.3-1,
    // RFC9777-6.3-2
    @ParameterizedTest
    @EnumSource(Family.class)
    void aGeneralQueryIsAnsweredWithAllStatesOnceWithinItsTimeAndNeverAtOnce(Family family) {
        List<Long> delays = new ArrayList<>();
        for (int seed = 0; seed < 200; seed++) {
            HostBench bench = settled(family, seed);
            Duration asked = bench.now();
            bench.generalQuery(5000);
            assertThat(bench.take()).isEmpty();
            bench.advance(SECOND.multipliedBy(5));
            List<HostBench.Sent> sent = bench.take();
            assertThat(sent).hasSize(1);
            assertThat(sent.getFirst().at())
                    .isGreaterThan(asked)
                    .isLessThan(asked.plusMillis(5000));
            delays.add(sent.getFirst().at().minus(asked).toMillis());
            assertThat(HostBench.records(sent.getFirst().packet()))
                    .containsExactly(
                            bench.record(RecordType.IS_EX, 1),
                            bench.record(RecordType.IS_IN, 2, 1, 2),
                            bench.record(RecordType.IS_EX, 3, 1, 2));
            assertThat(bench.isSilent()).isTrue();
        }
        assertThat(delays).anyMatch(delay -> delay < 500).anyMatch(delay -> delay > 4500);
    }

    // shows RFC9776-5.2-9, RFC9777-6.3-2
    @ParameterizedTest
    @EnumSource(Family.class)
    void aGeneralQueryThatAllowsNoTimeIsNotAnsweredAtOnceEither(Family family) {
        HostBench bench = settled(family, 1);
        bench.generalQuery(0);
        assertThat(bench.take()).isEmpty();
        bench.advance(Duration.ofMillis(10));
        assertThat(bench.takeRecords()).hasSize(3);
        assertThat(bench.isSilent()).isTrue();
    }

    // shows RFC9776-5.2-10, RFC9777-6.3-3
    @ParameterizedTest
    @EnumSource(Family.class)
    void aLargeAnswerIsSpreadOverTheTimeAllowed(Family family) {
        // RFC 9776 5.2, RFC 9777 6.3: "recommended to spread"
        for (int seed = 0; seed < 10; seed++) {
            HostBench bench = new HostBench(family, seed);
            bench.wantAll(3000, bench.exclude());
            bench.advance(SECOND.multipliedBy(10));
            bench.take();
            Duration asked = bench.now();
            bench.generalQuery(10_000);
            bench.advance(SECOND.multipliedBy(10));
            List<HostBench.Sent> sent = bench.take();
            int packets = Math.ceilDiv(3000, MessageSize.recordsPerReport(family, 1500));
            assertThat(sent).hasSize(packets);
            Duration share = Duration.ofSeconds(10).dividedBy(packets);
            for (int i = 0; i < packets; i++) {
                assertThat(sent.get(i).at().minus(asked))
                        .as("seed %s, packet %s in its share", seed, i)
                        .isGreaterThanOrEqualTo(share.multipliedBy(i).minusMillis(2))
                        .isLessThan(share.multipliedBy(i + 1).plusMillis(2));
            }
            assertThat(sent.getFirst().at()).isGreaterThan(asked);
            assertThat(sent.getLast().at()).isLessThan(asked.plusSeconds(10));
            assertThat(sent.stream().flatMap(s -> HostBench.records(s.packet()).stream()))
                    .doesNotHaveDuplicates()
                    .hasSize(3000);
            assertThat(bench.isSilent()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aQueryAmidALargeAnswerLeadsToASecondOneThatIsSpreadToo(Family family) {
        for (int seed = 0; seed < 10; seed++) {
            HostBench bench = new HostBench(family, seed);
            bench.wantAll(6000, bench.exclude());
            bench.advance(SECOND.multipliedBy(10));
            bench.take();
            Duration asked = bench.now();
            bench.generalQuery(10_000);
            bench.advance(Duration.ofMillis(1500));
            bench.generalQuery(10_000);
            bench.advance(SECOND.multipliedBy(10));
            List<HostBench.Sent> sent = bench.take();
            int packets = Math.ceilDiv(6000, MessageSize.recordsPerReport(family, 1500));
            assertThat(sent).as("seed %s", seed).hasSizeBetween(2 * packets, 2 * packets + 1);
            for (int second = 0; second < 11; second++) {
                Duration from = asked.plusSeconds(second);
                assertThat(sent)
                        .as("seed %s, second %s", seed, second)
                        .filteredOn(s ->
                                s.at().compareTo(from) >= 0
                                        && s.at().compareTo(from.plusSeconds(1)) < 0)
                        .hasSizeLessThanOrEqualTo(2 + Math.ceilDiv(packets, 4));
            }
            assertThat(bench.isSilent()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aHurriedQueryAmidLargeAnswersIsAnsweredInItsTime(Family family) {
        HostBench bench = new HostBench(family);
        bench.wantAll(6000, bench.exclude());
        bench.advance(SECOND.multipliedBy(10));
        bench.generalQuery(10_000);
        bench.advance(Duration.ofMillis(1500));
        bench.generalQuery(10_000);
        bench.advance(SECOND);
        bench.take();
        bench.generalQuery(2000);
        bench.advance(SECOND.multipliedBy(2));
        assertThat(bench.takeRecords().stream().map(GroupRecord::group).distinct()).hasSize(6000);
        assertThat(bench.isSilent()).isTrue();
    }

    // shows RFC9776-5.2-13, RFC9777-6.3-6
    @ParameterizedTest
    @EnumSource(Family.class)
    void aGeneralAnswerHoldsThePendingSpecificOnes(Family family) {
        // RFC 9776 5.2: the lists "associated with any reported groups are cleared"
        HostBench bench = settled(family, 1);
        bench.groupQuery(1, 1_000_000);
        bench.groupQuery(2, 1_000_000, 1);
        bench.generalQuery(10);
        bench.advance(Duration.ofMillis(10));
        assertThat(bench.takeRecords()).hasSize(3);
        assertThat(bench.isSilent()).isTrue();
    }

    /** Rules 1 to 5 promise that every query has its answer in time, whatever came before. */
    // shows RFC9776-5.2-6, RFC9776-5.2-7, RFC9777-6.2-6, RFC9777-6.2-7
    @ParameterizedTest
    @EnumSource(Family.class)
    void howeverQueriesFollowOneAnotherEachIsAnsweredInTime(Family family) {
        for (int seed = 0; seed < 300; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int mtu = random.nextBoolean() ? 1500 : family == Family.IPV4 ? 100 : 300;
            HostBench bench = HostBench.robust(family, 2, seed, mtu);
            int groups = 1 + random.nextInt(60);
            bench.wantAll(groups, bench.exclude(1));
            bench.advance(SECOND.multipliedBy(10));
            bench.take();
            record Asked(Duration at, Duration by, int group, boolean source) {}
            List<Asked> asked = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                long millis = 500 + random.nextLong(8000);
                Duration by = bench.now().plusMillis(millis);
                int group = random.nextInt(groups + 1);
                boolean source = random.nextBoolean();
                if (group == 0) {
                    bench.generalQuery(millis);
                } else {
                    bench.groupQuery(group, millis, source ? bench.sources(2) : bench.sources());
                }
                for (int n = 1; n <= groups; n++) {
                    if (group == 0 || n == group) {
                        asked.add(new Asked(bench.now(), by, n, group != 0 && source));
                    }
                }
                bench.advance(Duration.ofMillis(random.nextInt(2500)));
            }
            bench.advance(SECOND.multipliedBy(20));
            List<HostBench.Sent> sent = bench.take();
            for (Asked one : asked) {
                assertThat(sent)
                        .as("seed %s: %s", seed, one)
                        .anyMatch(s ->
                                s.at().compareTo(one.at) > 0
                                        && s.at().compareTo(one.by) <= 0
                                        && HostBench.records(s.packet()).stream()
                                                .anyMatch(r ->
                                                        r.group().equals(bench.group(one.group))
                                                                && (one.source
                                                                        || r.type()
                                                                                == RecordType
                                                                                        .IS_EX)));
            }
            assertThat(bench.isSilent()).isTrue();
        }
    }

    // shows RFC9776-5.2-3, RFC9776-5.2-4, RFC9777-6.2-3, RFC9777-6.2-4
    @ParameterizedTest
    @EnumSource(Family.class)
    void twoGeneralQueriesInARowHaveOneAnswer(Family family) {
        // RFC 9776 5.2, rules 1 and 2
        for (int seed = 0; seed < 50; seed++) {
            HostBench bench = settled(family, seed);
            Duration asked = bench.now();
            bench.generalQuery(10_000);
            bench.generalQuery(1000);
            bench.advance(SECOND.multipliedBy(10));
            List<HostBench.Sent> sent = bench.take();
            assertThat(sent).hasSize(1);
            assertThat(sent.getFirst().at()).isLessThan(asked.plusSeconds(1));
        }
    }

    // shows RFC9776-5.2-3, RFC9777-6.2-3
    @ParameterizedTest
    @EnumSource(Family.class)
    void aGeneralAnswerIsNeverPutOff(Family family) {
        // RFC 9776 5.2, rule 1: "scheduled sooner than the selected delay"
        for (int seed = 0; seed < 50; seed++) {
            HostBench bench = settled(family, seed);
            bench.generalQuery(1000);
            Duration pending = bench.nextDeadline().orElseThrow();
            bench.generalQuery(10_000);
            bench.generalQuery(900);
            bench.advance(SECOND.multipliedBy(10));
            List<HostBench.Sent> sent = bench.take();
            assertThat(sent).as("seed %s", seed).hasSize(1);
            assertThat(sent.getFirst().at()).as("seed %s", seed).isLessThanOrEqualTo(pending);
        }
    }

    // shows RFC9776-5.2-3, RFC9777-6.2-3
    @ParameterizedTest
    @EnumSource(Family.class)
    void aGeneralAnswerOfManyPacketsIsNeverPutOff(Family family) {
        // RFC 9776 5.2, rule 1
        for (int seed = 0; seed < 10; seed++) {
            HostBench bench = new HostBench(family, seed);
            bench.wantAll(3000, bench.exclude());
            bench.advance(SECOND.multipliedBy(10));
            bench.take();
            bench.generalQuery(1000);
            Duration pending = bench.nextDeadline().orElseThrow();
            bench.generalQuery(10_000);
            assertThat(bench.nextDeadline().orElseThrow()).isLessThanOrEqualTo(pending);
            bench.advance(SECOND);
            assertThat(bench.takeRecords()).as("seed %s", seed).hasSize(3000);
            assertThat(bench.isSilent()).isTrue();
        }
    }

    // shows RFC9776-5.2-3, RFC9777-6.2-3
    @ParameterizedTest
    @EnumSource(Family.class)
    void aGeneralAnswerThatIsSoonerStandsForASpecificOne(Family family) {
        // RFC 9776 5.2, rule 1
        HostBench bench = settled(family, 1);
        bench.generalQuery(10);
        bench.groupQuery(1, 1_000_000);
        bench.groupQuery(2, 1_000_000, 1);
        bench.advance(Duration.ofHours(1));
        assertThat(bench.takeRecords()).hasSize(3);
    }

    // shows RFC9776-5.2-1, RFC9776-5.2-5, RFC9777-6.2-2, RFC9777-6.2-5
    @ParameterizedTest
    @EnumSource(Family.class)
    void aSpecificQueryIsAnsweredWithinItsTime(Family family) {
        // RFC 9776 5.2, rule 3
        List<Long> delays = new ArrayList<>();
        for (int seed = 0; seed < 200; seed++) {
            HostBench bench = settled(family, seed);
            Duration asked = bench.now();
            bench.groupQuery(3, 1000);
            assertThat(bench.take()).isEmpty();
            bench.advance(SECOND);
            List<HostBench.Sent> sent = bench.take();
            assertThat(sent).hasSize(1);
            assertThat(HostBench.records(sent.getFirst().packet()))
                    .containsExactly(bench.record(RecordType.IS_EX, 3, 1, 2));
            delays.add(sent.getFirst().at().minus(asked).toNanos());
            assertThat(bench.isSilent()).isTrue();
        }
        assertThat(delays)
                .allMatch(delay -> delay > 0 && delay < 1_000_000_000)
                .anyMatch(delay -> delay < 100_000_000)
                .anyMatch(delay -> delay > 900_000_000);
    }

    // shows RFC9776-5.2-6, RFC9776-5.2-7, RFC9776-5.2-12, RFC9777-6.2-6, RFC9777-6.2-7,
    // RFC9777-6.3-5
    @ParameterizedTest
    @EnumSource(Family.class)
    void specificQueriesForOneGroupHaveOneAnswer(Family family) {
        // RFC 9776 5.2, rules 4 and 5, and the table of answers
        HostBench bench = settled(family, 1);
        bench.groupQuery(2, 1000, 1);
        bench.groupQuery(2, 1000, 2, 9);
        bench.groupQuery(3, 1000, 1);
        bench.groupQuery(3, 1000, 7, 8);
        bench.advance(SECOND);
        assertThat(bench.takeRecords())
                .as("rule 5: IS_IN (A*B) of INCLUDE, IS_IN (B-A) of EXCLUDE")
                .containsExactlyInAnyOrder(
                        bench.record(RecordType.IS_IN, 2, 1, 2),
                        bench.record(RecordType.IS_IN, 3, 7, 8));
        bench.groupQuery(2, 1000, 1);
        bench.groupQuery(2, 1000);
        bench.groupQuery(3, 1000);
        bench.groupQuery(3, 1000, 7);
        bench.advance(SECOND);
        assertThat(bench.takeRecords())
                .as("rule 4: the whole group, in either order")
                .containsExactlyInAnyOrder(
                        bench.record(RecordType.IS_IN, 2, 1, 2),
                        bench.record(RecordType.IS_EX, 3, 1, 2));
        assertThat(bench.isSilent()).isTrue();
    }

    // shows RFC9776-5.2-6, RFC9776-5.2-7, RFC9777-6.2-6, RFC9777-6.2-7
    @ParameterizedTest
    @EnumSource(Family.class)
    void aSpecificAnswerIsGivenAtTheEarlierTime(Family family) {
        // RFC 9776 5.2, rules 4 and 5: the earliest of "the remaining time" and "the selected
        // delay"
        int[][][] asked = {{{1}, {2}}, {{1}, {}}, {{}, {1}}, {{}, {}}};
        for (int seed = 0; seed < 20; seed++) {
            for (int[][] sources : asked) {
                HostBench bench = settled(family, seed);
                bench.groupQuery(2, 1, sources[0]);
                Duration pending = bench.nextDeadline().orElseThrow();
                bench.groupQuery(2, 100_000, sources[1]);
                assertThat(bench.nextDeadline()).as("it stands").contains(pending);
                bench.advance(SECOND);
                bench.take();
                bench.groupQuery(2, 100_000, sources[0]);
                bench.groupQuery(2, 1, sources[1]);
                bench.advance(Duration.ofMillis(1));
                assertThat(bench.takeRecords())
                        .containsExactly(bench.record(RecordType.IS_IN, 2, 1, 2));
                assertThat(bench.isSilent()).isTrue();
            }
        }
    }

    // shows RFC9776-5.2-13, RFC9777-6.3-6
    @ParameterizedTest
    @EnumSource(Family.class)
    void anAnswerForgetsTheSourcesThatWereAskedFor(Family family) {
        // RFC 9776 5.2, RFC 9777 6.3: "the source lists [...] are cleared"
        HostBench bench = settled(family, 1);
        for (int source : new int[] {1, 2}) {
            bench.groupQuery(2, 1000, source);
            bench.advance(SECOND);
            assertThat(bench.takeRecords())
                    .containsExactly(bench.record(RecordType.IS_IN, 2, source));
        }
        bench.groupQuery(2, 100_000, 1);
        bench.generalQuery(10);
        bench.advance(Duration.ofMillis(10));
        bench.take();
        bench.groupQuery(2, 1000, 2);
        bench.advance(SECOND);
        assertThat(bench.takeRecords()).containsExactly(bench.record(RecordType.IS_IN, 2, 2));
        assertThat(bench.isSilent()).isTrue();
    }

    // shows RFC9776-5.2-11, RFC9776-5.2-12, RFC9777-6.3-4, RFC9777-6.3-5
    @ParameterizedTest
    @EnumSource(Family.class)
    void whatIsNotWantedIsNotAnswered(Family family) {
        // RFC 9776 5.2: "provided the system has state to report"
        HostBench bench = settled(family, 1);
        bench.groupQuery(99, 1000);
        bench.groupQuery(2, 1000, 9);
        bench.groupQuery(3, 1000, 1, 2);
        bench.groupQuery(1, 1000);
        bench.want(1, bench.include());
        bench.advance(SECOND.multipliedBy(10));
        assertThat(bench.takeRecords())
                .containsExactly(
                        bench.record(RecordType.TO_IN, 1), bench.record(RecordType.TO_IN, 1));
        HostBench idle = new HostBench(family);
        idle.generalQuery(1000);
        assertThat(idle.isSilent()).isTrue();
    }

    // shows RFC9776-5.2-11, RFC9777-6.3-4
    @ParameterizedTest
    @EnumSource(Family.class)
    void anAnswerTellsTheStateOfItsOwnTime(Family family) {
        HostBench bench = settled(family, 1);
        bench.groupQuery(2, 10_000, 1, 2, 3);
        bench.want(2, bench.include(2, 3));
        bench.advance(SECOND.multipliedBy(10));
        assertThat(bench.takeRecords()).contains(bench.record(RecordType.IS_IN, 2, 2, 3));
    }

    // shows RFC9776-9.1-4
    @ParameterizedTest
    @EnumSource(Family.class)
    void aQueryForTooManySourcesIsAnsweredForTheWholeGroup(Family family) {
        // RFC 9776 9.1: "record only a limited number of sources"
        HostBench bench = settled(family, 1);
        bench.groupQuery(3, 1000, bench.sourcesUpTo(700));
        SourceSet others =
                SourceSet.of(IntStream.range(1000, 1700).mapToObj(bench::source).toList());
        bench.groupQuery(3, 1000, others);
        bench.advance(SECOND);
        assertThat(bench.takeRecords()).containsExactly(bench.record(RecordType.IS_EX, 3, 1, 2));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aFloodOfSpecificQueriesHasABoundedNumberOfAnswers(Family family) {
        HostBench bench = new HostBench(family);
        bench.wantAll(10_000, bench.exclude());
        bench.advance(SECOND.multipliedBy(10));
        bench.take();
        Duration start = bench.now();
        for (int i = 0; i < 30_000; i++) {
            bench.groupQuery(1 + i % 10_000, 100);
            bench.advance(Duration.ofNanos(100_000));
        }
        bench.advance(SECOND);
        List<HostBench.Sent> sent = bench.take();
        assertThat(sent).hasSizeBetween(100, 250 + 4 * 250);
        assertThat(sent.stream().flatMap(s -> HostBench.records(s.packet()).stream()).distinct())
                .as("all the same each group is answered for")
                .hasSize(10_000);
        assertThat(sent.getLast().at()).isLessThan(start.plus(Duration.ofMillis(3_300)));
        assertThat(bench.isSilent()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aFloodOfGeneralQueriesHasABoundedNumberOfAnswersAndStillHasThem(Family family) {
        for (int groups : new int[] {1, 2000}) {
            HostBench bench = new HostBench(family);
            bench.wantAll(groups, bench.exclude());
            bench.advance(SECOND.multipliedBy(10));
            bench.take();
            for (int i = 0; i < 10_000; i++) {
                bench.generalQuery(i % 2 == 0 ? 100 : 1000);
                bench.advance(Duration.ofNanos(300_000));
            }
            List<HostBench.Sent> sent = bench.take();
            assertThat(sent).hasSizeBetween(20, 250 + 3 * 250);
            assertThat(
                            sent.stream()
                                    .flatMap(s -> HostBench.records(s.packet()).stream())
                                    .distinct())
                    .hasSize(groups);
            bench.advance(SECOND.multipliedBy(3));
            assertThat(bench.isSilent()).isTrue();
        }
    }

    // shows RFC9776-5-2, RFC9777-6-4, RFC1112-I-11
    @ParameterizedTest
    @EnumSource(Family.class)
    void theReportsOfOthersSilenceNothing(Family family) {
        // RFC 9776 7.2.2 (a MAY), RFC 4604 2.2.1 (MUST NOT for source-specific groups)
        HostBench bench = settled(family, 1);
        bench.groupQuery(1, 1000);
        bench.hear(bench.group(1), new Message.OldReport(bench.older(), bench.group(1)));
        bench.hear(
                bench.reportsGoTo(),
                new Message.Report(
                        Protocol.newest(family), List.of(bench.record(RecordType.IS_EX, 1))));
        bench.advance(SECOND);
        assertThat(bench.takeRecords()).containsExactly(bench.record(RecordType.IS_EX, 1));
    }

    // shows RFC9776-5-2, RFC9777-6-4
    @ParameterizedTest
    @EnumSource(Family.class)
    void whatIsNoQueryIsIgnored(Family family) {
        // RFC 9776 5, RFC 9777 6
        HostBench bench = settled(family, 1);
        bench.takeEvents();
        bench.groupQuery(1, 1000);
        Duration pending = bench.nextDeadline().orElseThrow();
        Protocol newest = Protocol.newest(family);
        for (Message message :
                List.of(
                        new Message.Report(newest, List.of(bench.record(RecordType.IS_EX, 1))),
                        new Message.Report(newest, List.of(bench.record(RecordType.TO_IN, 1))),
                        new Message.OldReport(bench.older(), bench.group(1)),
                        new Message.Leave(bench.older(), bench.group(1)),
                        new Message.RouterTermination(family),
                        new Message.Unknown(family, 250))) {
            bench.hear(bench.group(1), message);
        }
        assertThat(bench.host.spoken()).isEqualTo(newest);
        assertThat(bench.takeEvents()).isEmpty();
        bench.advance(SECOND);
        List<HostBench.Sent> sent = bench.take();
        assertThat(sent).extracting(HostBench.Sent::at).containsExactly(pending);
        assertThat(HostBench.records(sent.getFirst().packet()))
                .containsExactly(bench.record(RecordType.IS_EX, 1));
        assertThat(bench.isSilent()).isTrue();
    }

    // shows RFC9776-7.2.2-1, RFC4604-2.2.1-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void theReportsOfOthersSilenceNoSourceSpecificGroup(Family family) {
        // RFC 4604 2.2.1, RFC 9776 7.2.2
        Protocol newest = Protocol.newest(family);
        HostBench bench = new HostBench(family);
        IpAddress group = bench.ssmGroup();
        bench.want(group, bench.include(1));
        bench.advance(SECOND.multipliedBy(10));
        bench.take();
        GroupRecord record = new GroupRecord(RecordType.IS_IN, group, bench.sources(1).toList());
        for (Protocol protocol : List.of(newest, bench.older())) {
            bench.hear(group, HostBench.query(protocol, group, 1000, 0, 0));
            bench.hear(group, new Message.OldReport(bench.older(), group));
            bench.hear(bench.reportsGoTo(), new Message.Report(newest, List.of(record)));
            bench.advance(SECOND);
            assertThat(bench.take()).as("asked in %s", protocol).hasSize(1);
        }
    }

    // ---- what is never said ----

    // shows RFC9776-4.2.13-1, RFC9776-4.2.13-2, RFC9777-5.2.13-1, RFC9777-5.2.13-2,
    // RFC4604-2.2.2-1, RFC4604-2.2.2-2
    @ParameterizedTest
    @EnumSource(Family.class)
    void allSourcesOfASourceSpecificGroupAreNeverAskedFor(Family family) {
        // RFC 4604 2.2.2
        HostBench bench = new HostBench(family);
        bench.want(bench.ssmGroup(), bench.exclude());
        assertThat(bench.isSilent()).isTrue();
        bench.want(bench.ssmGroup(), bench.include(1));
        bench.want(bench.ssmGroup(), bench.exclude(1));
        bench.generalQuery(1000);
        bench.advance(SECOND.multipliedBy(10));
        assertThat(bench.takeRecords())
                .isNotEmpty()
                .allMatch(r -> r.type() == RecordType.ALLOW || r.type() == RecordType.BLOCK);
    }

    // shows RFC4604-2.2.6-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void channelsOfASourceSpecificGroupAreAnswered(Family family) {
        // RFC 4604 2.2.6
        HostBench bench = new HostBench(family);
        bench.want(bench.ssmGroup(), bench.include(1));
        bench.advance(SECOND.multipliedBy(10));
        bench.take();
        Protocol newest = Protocol.newest(family);
        bench.hear(bench.ssmGroup(), HostBench.query(newest, bench.ssmGroup(), 1000, 2, 125));
        bench.advance(SECOND);
        assertThat(bench.takeRecords())
                .containsExactly(
                        new GroupRecord(
                                RecordType.IS_IN, bench.ssmGroup(), bench.sources(1).toList()));
    }

    // shows RFC4604-2.2.7-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void aQueryForChannelsOfASourceSpecificGroupIsAnsweredForEachOfThem(Family family) {
        // RFC 4604 2.2.7
        HostBench bench = new HostBench(family);
        IpAddress group = bench.ssmGroup();
        bench.want(group, bench.include(1, 2));
        bench.advance(SECOND.multipliedBy(10));
        bench.take();
        for (int[] asked : new int[][] {{1, 2, 9}, {2}, {9}}) {
            List<IpAddress> sources = bench.sources(asked).toList();
            Protocol newest = Protocol.newest(family);
            bench.hear(group, new Message.Query(newest, group, 1000, false, 2, 125, sources));
            bench.advance(SECOND);
            SourceSet both = bench.sources(asked).and(bench.sources(1, 2));
            List<GroupRecord> expected = new ArrayList<>();
            if (!both.isEmpty()) {
                expected.add(new GroupRecord(RecordType.IS_IN, group, both.toList()));
            }
            assertThat(bench.takeRecords()).isEqualTo(expected);
        }
        assertThat(bench.isSilent()).isTrue();
    }

    // shows RFC4604-2.2.5-2
    @ParameterizedTest
    @EnumSource(Family.class)
    void anOlderSpecificQueryForASourceSpecificGroupIsAnsweredLikeAnyOther(Family family) {
        // RFC 4604 2.2.5: processed normally; RFC 9776 7.2.1, RFC 9777 8.2.1: only in MLD does it
        // change the version, too
        HostBench bench = new HostBench(family);
        IpAddress group = bench.ssmGroup();
        bench.want(group, bench.include(1));
        bench.advance(SECOND.multipliedBy(10));
        bench.take();
        bench.hear(group, HostBench.query(bench.older(), group, 1000, 0, 0));
        bench.advance(SECOND);
        Message answer =
                family == Family.IPV4
                        ? new Message.Report(
                                Protocol.IGMPV3,
                                List.of(
                                        new GroupRecord(
                                                RecordType.IS_IN,
                                                group,
                                                bench.sources(1).toList())))
                        : new Message.OldReport(Protocol.MLDV1, group);
        assertThat(bench.takeMessages()).containsExactly(answer);
    }

    // shows RFC9777-6-3
    @ParameterizedTest
    @EnumSource(Family.class)
    void groupsOfEveryWiderScopeAreReported(Family family) {
        // RFC 9777 6: MUST "for all multicast addresses except"
        HostBench bench = new HostBench(family);
        List<String> groups =
                family == Family.IPV4
                        ? List.of("224.0.1.1", "224.2.0.1", "233.1.1.1", "239.255.0.1")
                        : List.of("ff03::1", "ff04::1", "ff05::1", "ff08::1", "ff0e::1", "ff0f::1");
        for (String group : groups) {
            bench.want(IpAddress.of(group), bench.exclude());
            assertThat(bench.takeRecords())
                    .containsExactly(
                            new GroupRecord(RecordType.TO_EX, IpAddress.of(group), List.of()));
        }
    }

    // shows RFC9776-5-1, RFC9777-6-2, RFC2710-5-4, RFC1112-I-8
    @ParameterizedTest
    @EnumSource(Family.class)
    void groupsOfLinkScopeAreNeverReported(Family family) {
        // RFC 9776 5, RFC 9777 6
        HostBench bench = new HostBench(family);
        List<String> groups =
                family == Family.IPV4
                        ? List.of("224.0.0.1", "224.0.0.251")
                        : List.of("ff02::1", "ff02::fb", "ff01::1", "ff00::1");
        groups.forEach(group -> bench.want(IpAddress.of(group), bench.exclude()));
        bench.generalQuery(1000);
        assertThat(bench.isSilent()).isTrue();
    }

    // ---- addresses, MTU, end ----

    // shows RFC9776-4.2.14-2
    @Test
    void igmpSpeaksWithoutAnAddressAndRepeatsAllUnderANewOne() {
        // RFC 9776 4.2.14; TR-124 LAN.IGMP.ROUTED.8
        HostBench bench = new HostBench(Family.IPV4);
        bench.update(Family.IPV4.unspecified(), 1500);
        bench.want(1, bench.exclude());
        bench.want(2, bench.include(1));
        assertThat(bench.takePackets())
                .hasSize(2)
                .allMatch(packet -> packet.source().isUnspecified());
        bench.advance(SECOND);
        bench.generalQuery(1000);
        bench.take();
        bench.update(bench.node(77), 1500);
        List<Packet> packets = bench.takePackets();
        assertThat(packets).hasSize(1);
        assertThat(packets.getFirst().source()).isEqualTo(bench.node(77));
        assertThat(HostBench.records(packets.getFirst()))
                .containsExactly(
                        bench.record(RecordType.TO_EX, 1), bench.record(RecordType.ALLOW, 2, 1));
        bench.advance(SECOND);
        assertThat(bench.isSilent()).isTrue();
    }

    // shows RFC9777-5.2.14-1, RFC9777-5.2.14-3, RFC3590-4-4
    @Test
    void mldWaitsForALinkLocalAddressAndThenReportsAll() {
        // RFC 3590 4, RFC 9777 5.2.14
        HostBench bench = new HostBench(Family.IPV6);
        bench.want(3, bench.exclude());
        bench.advance(SECOND);
        bench.take();
        bench.update(Family.IPV6.unspecified(), 1500);
        bench.want(1, bench.exclude());
        bench.want(2, bench.include(1));
        bench.want(3, bench.include());
        bench.generalQuery(1000);
        assertThat(bench.isSilent()).isTrue();
        bench.update(bench.node(77), 1500);
        List<GroupRecord> all =
                List.of(
                        bench.record(RecordType.TO_EX, 1),
                        bench.record(RecordType.ALLOW, 2, 1),
                        bench.record(RecordType.TO_IN, 3));
        assertThat(bench.takeRecords()).containsExactlyInAnyOrderElementsOf(all);
        bench.advance(SECOND);
        List<Packet> repeated = bench.takePackets();
        assertThat(repeated).hasSize(1);
        assertThat(repeated.getFirst().source()).isEqualTo(bench.node(77));
        assertThat(HostBench.records(repeated.getFirst())).containsExactlyInAnyOrderElementsOf(all);
        assertThat(bench.isSilent()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aNewMtuHoldsForTheNextReport(Family family) {
        HostBench bench = new HostBench(family);
        bench.update(bench.self(), 1280);
        assertThat(bench.take()).isEmpty();
        bench.wantAll(500, bench.exclude());
        assertThat(bench.takePackets())
                .hasSize(Math.ceilDiv(500, MessageSize.recordsPerReport(family, 1280)))
                .allMatch(packet -> fits(packet, 1280));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void atTheEndEachGroupIsLeftRobustnessTimes(Family family) {
        HostBench bench = HostBench.robust(family, 3, 1, 1500);
        bench.want(1, bench.exclude());
        bench.want(2, bench.include(1));
        bench.advance(SECOND.multipliedBy(10));
        bench.generalQuery(1000);
        bench.take();
        bench.leaveAll();
        List<GroupRecord> leaves =
                List.of(bench.record(RecordType.TO_IN, 1), bench.record(RecordType.BLOCK, 2, 1));
        assertThat(bench.takeRecords()).isEqualTo(leaves);
        bench.advance(SECOND.multipliedBy(2));
        List<Packet> repeated = bench.takePackets();
        assertThat(repeated).hasSize(1);
        assertThat(HostBench.records(repeated.getFirst())).isEqualTo(leaves);
        assertThat(bench.nextDeadline()).isEmpty();
    }
}
