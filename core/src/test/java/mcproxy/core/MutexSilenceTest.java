package mcproxy.core;

import static mcproxy.core.Bench.LAN;
import static mcproxy.core.Bench.WAN;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.core.LinkSettings.Role;
import mcproxy.wire.Family;
import mcproxy.wire.RecordType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * When {@link RuleMatching.Mutex} takes a source for silent (RFC 7287 5.4: source-timeout): after
 * 1.0 to 1.25 times its time, and never while packets follow each other faster than that.
 */
class MutexSilenceTest {
    private static final int WAN2 = 8;
    private static final double MOST = 1.26;

    /** A group whose first source has just sent its first packet, over the second upstream. */
    private static Bench bench(Family family, Duration silence) {
        Bench bench = new Bench(family);
        bench.accept(
                new Input.Configure(
                        new ProxySettings(
                                Duration.ZERO,
                                ProxySettings.LOCAL_GROUPS,
                                new PolicySettings(
                                        Optional.of(new RuleMatching.Mutex(silence)),
                                        RuleMatching.ALL,
                                        List.of(),
                                        Duration.ZERO,
                                        List.of()))));
        bench.up(WAN, Role.UPSTREAM);
        bench.up(WAN2, Role.UPSTREAM);
        bench.up(LAN, Role.DOWNSTREAM);
        bench.report(LAN, RecordType.TO_EX, 1, SourceSet.EMPTY);
        return bench;
    }

    private static void first(Bench bench, int source) {
        bench.packetsOfRoutes.put(bench.source(source), 1L);
        bench.accept(new Input.CacheMiss(WAN2, bench.source(source), bench.group(1)));
    }

    private static void next(Bench bench, int source) {
        bench.packetsOfRoutes.merge(bench.source(source), 1L, Long::sum);
    }

    private static boolean isDeleted(Bench bench, int source) {
        return bench.routes()
                .contains(new Effect.DeleteRoute(bench.source(source), bench.group(1)));
    }

    /** How long after now a source is taken for silent, to a hundredth of the time. */
    private static Duration untilSilent(Bench bench, int source, Duration silence) {
        Duration step = silence.dividedBy(100);
        Duration waited = Duration.ZERO;
        while (!isDeleted(bench, source)) {
            assertThat(waited).isLessThan(silence.multipliedBy(3));
            bench.advance(step);
            waited = waited.plus(step);
        }
        return waited;
    }

    private static void assertInTime(Duration waited, Duration silence) {
        double ratio = (double) waited.toNanos() / silence.toNanos();
        assertThat(ratio).as("%s of %s", waited, silence).isBetween(0.999, MOST);
    }

    @ParameterizedTest
    @CsvSource({
        "IPV4, 5",
        "IPV4, 50",
        "IPV4, 333",
        "IPV4, 3000",
        "IPV6, 5",
        "IPV6, 50",
        "IPV6, 333"
    })
    void silenceIsNoticedAfterItsTimeAndHardlyLaterWhateverTheStream(Family family, long millis) {
        Duration silence = Duration.ofMillis(millis);
        SplittableRandom random = new SplittableRandom(millis);
        for (double apart : new double[] {0.013, 0.1, 0.24, 0.26, 0.5, 0.74, 0.9, 0.99, 0.9999}) {
            Bench bench = bench(family, silence);
            bench.advance(Duration.ofNanos(random.nextLong(1_000_000_000)));
            first(bench, 1);
            bench.forget();
            int packets = 200 + random.nextInt(50);
            for (int i = 0; i < packets; i++) {
                bench.report(LAN, RecordType.IS_EX, 1, SourceSet.EMPTY);
                bench.advance(Duration.ofNanos((long) (silence.toNanos() * apart)));
                next(bench, 1);
            }
            assertThat(bench.routes()).as("a packet every %s of %s", apart, silence).isEmpty();
            assertThat(bench.reported(WAN, 1)).contains(Membership.exclude(bench.sources(1)));
            assertInTime(untilSilent(bench, 1, silence), silence);
            assertThat(bench.reported(WAN, 1))
                    .as("the filter is revoked")
                    .contains(Membership.ANY_SOURCE);
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aSinglePacketCountsFromWhenItCame(Family family) {
        Duration silence = Duration.ofMillis(50);
        Bench bench = bench(family, silence);
        first(bench, 1);
        assertInTime(untilSilent(bench, 1, silence), silence);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void eachOfManySourcesIsJudgedByItself(Family family) {
        Duration silence = Duration.ofMillis(100);
        Bench bench = bench(family, silence);
        for (int source = 1; source <= 20; source++) {
            first(bench, source);
            bench.advance(Duration.ofMillis(7));
            for (int sender = 1; sender <= source; sender++) {
                next(bench, sender);
            }
        }
        bench.forget();
        for (int source = 20; source >= 1; source--) {
            // all but this one go on
            Duration waited = Duration.ZERO;
            while (!isDeleted(bench, source)) {
                assertThat(waited).isLessThan(Duration.ofMillis(300));
                bench.advance(Duration.ofMillis(1));
                waited = waited.plusMillis(1);
                for (int sender = 1; sender < source; sender++) {
                    next(bench, sender);
                }
            }
            assertInTime(waited, silence);
            assertThat(bench.routes()).hasSize(1);
            bench.forget();
        }
        bench.advance(Duration.ofSeconds(1));
        bench.packetsOfRoutes.clear();
        assertThat(bench.engine.nextDeadlineNanos() - bench.now())
                .as("nobody is asked about any longer")
                .isGreaterThan(Duration.ofMillis(500).toNanos());
    }

    /** The kernel's counter goes on when a source moves; what it counted before is no packet. */
    @ParameterizedTest
    @EnumSource(Family.class)
    void whatWasCountedBeforeASourceMovedIsNoSignOfLife(Family family) {
        Duration silence = Duration.ofMillis(80);
        Bench bench = bench(family, silence);
        first(bench, 1);
        bench.packetsOfRoutes.put(bench.source(1), 5000L);
        bench.advance(Duration.ofMillis(30));
        bench.packetsOfRoutes.put(bench.source(1), 6000L);
        bench.accept(new Input.WrongInterface(WAN, bench.source(1), bench.group(1), 6000));
        bench.advance(Duration.ofMillis(1));
        bench.accept(new Input.WrongInterface(WAN, bench.source(1), bench.group(1), 6000));
        assertThat(bench.reported(WAN2, 1))
                .as("it has moved to the first upstream")
                .contains(Membership.exclude(bench.sources(1)));
        bench.forget();
        assertInTime(untilSilent(bench, 1, silence), silence);
    }

    /** The answer may come late, as when the machine is busy: that is not the source's silence. */
    @ParameterizedTest
    @EnumSource(Family.class)
    void aLateAnswerMakesNoSourceSilent(Family family) {
        Duration silence = Duration.ofMillis(50);
        LiveSources live = new LiveSources();
        Bench names = new Bench(family);
        live.set(names.source(1), names.group(1), WAN, 0);
        LiveSources.Live alive = live.find(names.source(1), names.group(1)).orElseThrow();
        alive.ask(0);
        alive.counted(1, millis(60)); // came at any time up to 60 ms
        assertThat(alive.isSilent(silence)).isFalse();
        alive.ask(millis(61));
        alive.counted(1, millis(200)); // but it was counted at 61 ms
        assertThat(alive.isSilent(silence)).isFalse();
        alive.ask(millis(109));
        alive.counted(1, millis(200));
        assertThat(alive.isSilent(silence)).isFalse();
        alive.ask(millis(110));
        alive.counted(1, millis(200));
        assertThat(alive.isSilent(silence)).isTrue();
    }

    private static long millis(long millis) {
        return Duration.ofMillis(millis).toNanos();
    }

    @Test
    void countersAreLookedAtInQuartersOfTheTimeButAtMostAThousandTimesASecond() {
        assertThat(new RuleMatching.Mutex(Duration.ofMillis(200)).checkInterval())
                .isEqualTo(Duration.ofMillis(50));
        assertThat(new RuleMatching.Mutex(Duration.ofNanos(50_000_001)).checkInterval())
                .isEqualTo(Duration.ofNanos(12_500_001));
        assertThat(new RuleMatching.Mutex(Duration.ofMillis(2)).checkInterval())
                .isEqualTo(Duration.ofMillis(1));
    }
}
