package mcproxy.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;

final class TimerTest {
    private final ManualClock clock = new ManualClock();
    private final Timer timer = new Timer(clock);
    private final Mailbox one = new Mailbox(() -> 0);
    private final Mailbox two = new Mailbox(() -> 0);

    /** Whether the mailbox was reminded; the end comes out first, so nothing waits for ever. */
    private static boolean isReminded(Mailbox mailbox) throws InterruptedException {
        var probe =
                new Mail.Show(
                        mcproxy.core.ViewRequest.ALL,
                        new java.util.concurrent.CompletableFuture<>());
        mailbox.request(probe);
        boolean reminded = mailbox.take() instanceof Mail.TimerExpired;
        if (reminded) {
            assertThat(mailbox.take()).isEqualTo(probe);
        }
        return reminded;
    }

    @Test
    void eachIsRemindedWhenItsTimeHasComeAndOnce() throws InterruptedException {
        timer.remind(one, 200);
        timer.remind(two, 100);

        timer.expire(99);
        assertThat(isReminded(one)).isFalse();
        assertThat(isReminded(two)).isFalse();
        timer.expire(100);
        assertThat(isReminded(one)).isFalse();
        assertThat(isReminded(two)).isTrue();
        timer.expire(1000);
        assertThat(isReminded(one)).isTrue();
        assertThat(isReminded(two)).isFalse();
    }

    @Test
    void aNewTimeTakesThePlaceOfTheOldOne() throws InterruptedException {
        timer.remind(one, 100);
        timer.remind(one, 300);
        timer.remind(two, 100);
        timer.remind(two, Timer.NEVER);

        timer.expire(299);
        assertThat(isReminded(one)).isFalse();
        timer.expire(300);
        assertThat(isReminded(one)).isTrue();
        assertThat(isReminded(two)).isFalse();
    }

    @Test
    void theThreadWakesForAnEarlierReminderAndEndsWhenTold() throws InterruptedException {
        Clock real = Clock.startingNow();
        Timer running = new Timer(real);
        Thread thread = Thread.ofPlatform().daemon().start(running);
        running.remind(one, real.nanos() + Duration.ofHours(1).toNanos());
        running.remind(two, real.nanos() + Duration.ofMillis(20).toNanos());

        assertThat(two.take()).isEqualTo(new Mail.TimerExpired());
        running.stop();
        assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
        assertThat(isReminded(one)).isFalse();
    }
}
