package mcproxy.core;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.RecordType;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Both tables of RFC 9776 6.4 (RFC 9777 7.4.1 and 7.4.2), every row with every state and every list
 * over three sources. What is expected is computed here with bit masks, apart from the engine's
 * code.
 */
class StateTableTest {
    private static final int SOURCES = 3;
    private static final int ALL = (1 << SOURCES) - 1;
    private static final int GMI_SECONDS = 270;
    private static final int LMQT_SECONDS = 2;

    /** What is left of the timers when the record under test arrives: all differ. */
    private static final int OLD_GROUP_SECONDS = 255;

    private static final int OLD_SOURCE_SECONDS = 260;

    /** A state of one group: INCLUDE (x) or EXCLUDE (x,y), sources as bits. */
    private record State(FilterMode mode, int x, int y) {}

    /** What a row of the tables says. */
    private static final class Expectation {
        FilterMode mode = FilterMode.INCLUDE;
        int x;
        int y;
        int groupTimer;
        final int[] timers = new int[SOURCES];
        int queriedSources;
        boolean queriedGroup;

        void timers(int set, int seconds) {
            for (int i = 0; i < SOURCES; i++) {
                if ((set >> i & 1) == 1) {
                    timers[i] = seconds;
                }
            }
        }

        void query(int set) {
            queriedSources = set;
            timers(set, LMQT_SECONDS);
        }
    }

    private static Expectation expected(State from, RecordType type, int b) {
        Expectation to = new Expectation();
        to.mode = from.mode();
        to.groupTimer = from.mode() == FilterMode.EXCLUDE ? OLD_GROUP_SECONDS : 0;
        to.timers(from.x(), OLD_SOURCE_SECONDS);
        int x = from.x();
        int y = from.y();
        if (from.mode() == FilterMode.INCLUDE) {
            switch (type) {
                case IS_IN, ALLOW -> {
                    to.x = x | b;
                    to.timers(b, GMI_SECONDS);
                }
                case BLOCK -> {
                    to.x = x;
                    to.query(x & b);
                }
                case TO_IN -> {
                    to.x = x | b;
                    to.timers(b, GMI_SECONDS);
                    to.query(x & ~b);
                }
                case IS_EX, TO_EX -> {
                    to.mode = FilterMode.EXCLUDE;
                    to.x = x & b;
                    to.y = b & ~x;
                    to.groupTimer = GMI_SECONDS;
                    if (type == RecordType.TO_EX) {
                        to.query(x & b);
                    }
                }
            }
        } else {
            switch (type) {
                case IS_IN, ALLOW -> {
                    to.x = x | b;
                    to.y = y & ~b;
                    to.timers(b, GMI_SECONDS);
                }
                case IS_EX, TO_EX -> {
                    to.x = b & ~y;
                    to.y = y & b;
                    boolean change = type == RecordType.TO_EX;
                    to.timers(b & ~x & ~y, change ? OLD_GROUP_SECONDS : GMI_SECONDS);
                    to.groupTimer = GMI_SECONDS;
                    if (change) {
                        to.query(b & ~y);
                    }
                }
                case BLOCK -> {
                    to.x = x | (b & ~y);
                    to.y = y;
                    to.timers(b & ~x & ~y, OLD_GROUP_SECONDS);
                    to.query(b & ~y);
                }
                case TO_IN -> {
                    to.x = x | b;
                    to.y = y & ~b;
                    to.timers(b, GMI_SECONDS);
                    to.query(x & ~b);
                    to.queriedGroup = true;
                    to.groupTimer = LMQT_SECONDS;
                }
            }
        }
        return to;
    }

    // shows RFC9776-6.1-4, RFC9776-6.4.1-1, RFC9776-6.4.1-2, RFC9776-6.4.1-3, RFC9776-6.4.1-4,
    // RFC9776-6.4.2-1, RFC9776-6.4.2-2, RFC9776-6.4.2-3, RFC9776-6.4.2-4, RFC9776-6.4.2-5,
    // RFC9776-6.4.2-6, RFC9776-6.4.2-7, RFC9776-6.4.2-8, RFC9776-6.4.2-9, RFC9776-6.4.2-10,
    // RFC9776-6.6.3.1-1, RFC9776-6.6.3.2-1, RFC9776-6.6.3.2-2, RFC9776-8.4-1, RFC9776-8.8-1,
    // RFC9776-8.9-1, RFC9776-8.10-1, RFC9777-7.1-3, RFC9777-7.4.1-1, RFC9777-7.4.1-2,
    // RFC9777-7.4.1-3, RFC9777-7.4.1-4, RFC9777-7.4.2-1, RFC9777-7.4.2-2, RFC9777-7.4.2-3,
    // RFC9777-7.4.2-4, RFC9777-7.4.2-5, RFC9777-7.4.2-6, RFC9777-7.4.2-7, RFC9777-7.4.2-8,
    // RFC9777-7.4.2-9, RFC9777-7.6.3.1-1, RFC9777-7.6.3.2-1, RFC9777-7.6.3.2-2, RFC9777-9.4-1,
    // RFC9777-9.8-1, RFC9777-9.9-1, RFC9777-9.10-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void everyRowWithEveryStateAndList(Family family) {
        int cases = 0;
        for (State from : states()) {
            for (RecordType type : RecordType.values()) {
                for (int list = 0; list <= ALL; list++) {
                    check(family, from, type, list);
                    cases++;
                }
            }
        }
        assertThat(cases).isEqualTo((8 + 27) * 6 * 8);
    }

    private static List<State> states() {
        List<State> states = new ArrayList<>();
        for (int x = 0; x <= ALL; x++) {
            states.add(new State(FilterMode.INCLUDE, x, 0));
            for (int y = 0; y <= ALL; y++) {
                if ((x & y) == 0) {
                    states.add(new State(FilterMode.EXCLUDE, x, y));
                }
            }
        }
        return states;
    }

    /** Brings a bench into a state with the oldest means: reports and time. */
    private static Bench in(State state, Family family) {
        Bench bench = Bench.running(family);
        if (state.mode() == FilterMode.EXCLUDE) {
            bench.report(Bench.LAN, RecordType.IS_EX, 1, set(bench, state.x() | state.y()));
        }
        bench.advance(Duration.ofSeconds(GMI_SECONDS - OLD_GROUP_SECONDS - 10));
        if (state.x() != 0) {
            bench.report(Bench.LAN, RecordType.ALLOW, 1, set(bench, state.x()));
        }
        bench.advance(Duration.ofSeconds(10));
        bench.forget();
        return bench;
    }

    private static void check(Family family, State from, RecordType type, int list) {
        String what =
                family
                        + " "
                        + from.mode()
                        + "("
                        + from.x()
                        + ","
                        + from.y()
                        + ") "
                        + type
                        + "("
                        + list
                        + ")";
        Bench bench = in(from, family);
        bench.report(Bench.LAN, type, 1, set(bench, list));
        Expectation to = expected(from, type, list);

        Optional<EngineView.Group> group = bench.groupOn(Bench.LAN, 1);
        if (to.mode == FilterMode.INCLUDE && to.x == 0) {
            assertThat(group).as(what).isEmpty();
        } else {
            assertThat(group).as(what).isPresent();
            EngineView.Group state = group.orElseThrow();
            assertThat(state.mode()).as(what).isEqualTo(to.mode);
            assertThat(seconds(state.timerNanos()))
                    .as(what + " group timer")
                    .isEqualTo(to.groupTimer);
            TreeMap<IpAddress, Long> expectedTimers = new TreeMap<>();
            for (int i = 0; i < SOURCES; i++) {
                if ((to.x >> i & 1) == 1) {
                    expectedTimers.put(bench.source(i + 1), (long) to.timers[i]);
                }
            }
            TreeMap<IpAddress, Long> timers = new TreeMap<>();
            state.running().forEach(s -> timers.put(s.source(), seconds(s.timerNanos())));
            assertThat(timers).as(what + " source timers").isEqualTo(expectedTimers);
            assertThat(state.excluded())
                    .as(what + " excluded")
                    .isEqualTo(set(bench, to.y).toList());
        }
        checkQueries(bench, to, what);
        theRestIsSilence(bench, what);
    }

    /** LMQC times, LMQI apart, each query as 6.6.3 says, and then never again. */
    private static void checkQueries(Bench bench, Expectation to, String what) {
        for (int round = 0; round < 2; round++) {
            List<Message.Query> expected = new ArrayList<>();
            if (to.queriedGroup) {
                expected.add(query(bench, SourceSet.EMPTY));
            }
            if (to.queriedSources != 0) {
                expected.add(query(bench, set(bench, to.queriedSources)));
            }
            assertThat(bench.specificQueries(Bench.LAN))
                    .as(what + " round " + round)
                    .containsExactlyInAnyOrderElementsOf(expected);
            bench.forget();
            bench.advance(Duration.ofSeconds(1));
        }
    }

    /** With no more reports, everything ends; in the hour after that nothing is done but to ask. */
    private static void theRestIsSilence(Bench bench, String what) {
        bench.advance(Duration.ofSeconds(2 * GMI_SECONDS));
        assertThat(bench.groupOn(Bench.LAN, 1)).as(what).isEmpty();
        assertThat(bench.reported(Bench.WAN, 1)).as(what).isEmpty();
        bench.forget();
        bench.advance(Duration.ofHours(1));
        assertThat(bench.done())
                .as(what)
                .allMatch(effect ->
                        effect instanceof Effect.Send send
                                && send.packet().message() instanceof Message.Query query
                                && query.isGeneral());
    }

    private static Message.Query query(Bench bench, SourceSet sources) {
        return new Message.Query(
                bench.newest(), bench.group(1), 1000, false, 2, 125, sources.toList());
    }

    private static SourceSet set(Bench bench, int bits) {
        return SourceSet.of(
                Stream.iterate(0, i -> i < SOURCES, i -> i + 1)
                        .filter(i -> (bits >> i & 1) == 1)
                        .map(i -> bench.source(i + 1))
                        .toList());
    }

    private static long seconds(long nanos) {
        return Duration.ofNanos(nanos).toSeconds();
    }
}
