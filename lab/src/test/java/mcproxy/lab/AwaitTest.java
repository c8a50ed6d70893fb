package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

class AwaitTest {
    @Test
    void saysWhatItWaitedForWhenTheTimeIsOver() {
        assertThatThrownBy(() -> Await.until(Duration.ofMillis(30), "the end of days", () -> false))
                .isInstanceOf(LabException.class)
                .hasMessage("waited 0.03 s in vain for the end of days");
    }

    @Test
    void looksAgainUntilTheConditionHolds() {
        AtomicInteger looks = new AtomicInteger();
        Await.until(Duration.ofSeconds(5), "three looks", () -> looks.incrementAndGet() == 3);
        assertThat(looks).hasValue(3);
    }

    @Test
    void looksAtLeastOnceWithoutAnyTime() {
        assertThat(Await.value(Duration.ZERO, () -> Optional.of("at once"))).contains("at once");
    }
}
