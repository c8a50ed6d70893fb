package mcproxy.daemon;

import static mcproxy.daemon.Examples.GROUP;
import static mcproxy.daemon.Examples.OTHER_SOURCE;
import static mcproxy.daemon.Examples.SOURCE;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.core.Input;
import mcproxy.kernel.MulticastTable.RouteCounters;
import mcproxy.wire.IpAddress;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

final class WrongArrivalsTest {
    private static final int LAN = 20;
    private static final long STEP = WrongArrivals.LOOK_INTERVAL.toNanos();

    private final WrongArrivals arrivals = new WrongArrivals();
    private long now = 1000;
    private long right = 500;
    private long wrong = 7;

    private boolean told() {
        return arrivals.told(LAN, SOURCE, GROUP, counters(), now);
    }

    private RouteCounters counters() {
        return new RouteCounters(right + wrong, 0, wrong);
    }

    /** Packets come, and then it is time for a look. */
    private List<Input.WrongInterface> look(int morePacketsRight, int morePacketsWrong) {
        right += morePacketsRight;
        wrong += morePacketsWrong;
        now += STEP;
        return arrivals.look((_, _) -> Optional.of(counters()), now);
    }

    @Test
    void aSourceHasMovedWhenPacketsKeepComingTheWrongWayOnly() {
        assertThat(arrivals.nextLookNanos()).isEqualTo(Timer.NEVER);
        assertThat(told()).isTrue();
        assertThat(arrivals.nextLookNanos()).isEqualTo(now + STEP);
        assertThat(look(0, 5)).isEmpty();
        assertThat(look(0, 5)).isEmpty();
        assertThat(look(0, 1)).containsExactly(new Input.WrongInterface(LAN, SOURCE, GROUP, right));
        assertThat(arrivals.nextLookNanos()).as("that was it").isEqualTo(Timer.NEVER);
    }

    @Test
    void aSlowStreamTakesLonger() {
        told();
        for (int packet = 1; packet < WrongArrivals.LOOKS; packet++) {
            assertThat(look(0, 0)).isEmpty();
            assertThat(look(0, 1)).isEmpty();
            assertThat(look(0, 0)).isEmpty();
        }
        assertThat(look(0, 1)).hasSize(1);
    }

    @Test
    void aStreamThatAlsoComesTheRightWayIsACopy() {
        told();
        assertThat(look(0, 100)).as("a burst").isEmpty();
        assertThat(look(0, 0)).isEmpty();
        assertThat(look(1, 100)).isEmpty();
        assertThat(arrivals.nextLookNanos()).as("decided").isEqualTo(Timer.NEVER);
    }

    @Test
    void nothingComesOfAFewPacketsAndThenSilence() {
        told();
        int looks = 0;
        look(0, 3);
        while (arrivals.nextLookNanos() != Timer.NEVER) {
            assertThat(look(0, 0)).isEmpty();
            looks++;
        }
        assertThat(Duration.ofNanos(looks * STEP)).isEqualTo(WrongArrivals.WATCH_TIME);
    }

    @Test
    void aRouteThatHasGoneIsNotWatched() {
        told();
        now += STEP;
        assertThat(arrivals.look((_, _) -> Optional.empty(), now)).isEmpty();
        assertThat(arrivals.nextLookNanos()).isEqualTo(Timer.NEVER);
    }

    @Test
    void itIsNotLookedBeforeItIsTime() {
        told();
        assertThat(arrivals.look((_, _) -> Optional.empty(), now + STEP - 1)).isEmpty();
        assertThat(arrivals.nextLookNanos()).isEqualTo(now + STEP);
    }

    @Test
    void noMoreStreamsAreWatchedThanTheLimit() {
        for (int i = 0; i < WrongArrivals.MOST_STREAMS; i++) {
            IpAddress source = IpAddress.of("10.1." + i / 250 + "." + i % 250);
            assertThat(arrivals.told(LAN, source, GROUP, counters(), now)).isTrue();
        }
        assertThat(arrivals.told(LAN, OTHER_SOURCE, GROUP, counters(), now)).isFalse();
        IpAddress known = IpAddress.of("10.1.0.0");
        assertThat(arrivals.told(LAN, known, GROUP, counters(), now)).isTrue();
        look(0, 1);
        look(0, 1);
        assertThat(look(0, 1)).hasSize(WrongArrivals.MOST_STREAMS);
        assertThat(arrivals.told(LAN, OTHER_SOURCE, GROUP, counters(), now)).isTrue();
    }
}
