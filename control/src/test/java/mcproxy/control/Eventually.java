package mcproxy.control;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Bounded polling. */
final class Eventually {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private Eventually() {}

    /** Waits until it is so; otherwise fails, telling what was waited for. */
    static void isTrue(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("still not after " + LIMIT + ": " + what);
            }
            Thread.sleep(5);
        }
    }
}
