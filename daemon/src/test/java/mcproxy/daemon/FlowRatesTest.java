package mcproxy.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.kernel.MulticastTable.RouteCounters;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Optional;

final class FlowRatesTest {
    private static final FlowRates.Flow FLOW =
            new FlowRates.Flow("tv", Examples.SOURCE, Examples.GROUP);

    private final FlowRates rates = new FlowRates();

    private Optional<FlowRates.Rate> read(long millis, long packets, long bytes) {
        return rates.read(
                FLOW, new RouteCounters(packets, bytes, 0), Duration.ofMillis(millis).toNanos());
    }

    @Test
    void aRateIsOverHalfASecondOrMore() {
        assertThat(read(0, 100, 1000)).isEmpty();
        assertThat(read(499, 150, 1500)).isEmpty();
        assertThat(read(500, 200, 2000)).contains(new FlowRates.Rate(200, 16_000));
        assertThat(read(700, 210, 2100))
                .as("with the reading before the last")
                .contains(new FlowRates.Rate(110 / 0.7, 1100 * 8 / 0.7));
        assertThat(read(2500, 210, 2100)).contains(new FlowRates.Rate(5, 400));
    }

    @Test
    void anEntryThatWasSetAnewOrLongAgoHasNone() {
        assertThat(read(0, 100, 1000)).isEmpty();
        assertThat(read(1000, 50, 500)).isEmpty();
        assertThat(read(2000, 60, 600)).contains(new FlowRates.Rate(10, 800));
        assertThat(read(2000 + FlowRates.LONGEST.toMillis() + 1, 70, 700)).isEmpty();
    }
}
