package mcproxy.daemon;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Bounded polling. */
final class Eventually {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private Eventually() {}

    /** Waits until it is so; otherwise fails, telling what there is instead. */
    static void isTrue(BooleanSupplier condition, Supplier<?> instead) throws InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("still not after " + LIMIT + ": " + instead.get());
            }
            Thread.sleep(2);
        }
    }
}
