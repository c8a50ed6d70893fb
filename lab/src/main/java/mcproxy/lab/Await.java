package mcproxy.lab;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for something to become true, by looking again and again until a deadline. */
public final class Await {
    private static final long PAUSE_NANOS = 5_000_000;

    private Await() {}

    /**
     * Waits until a condition holds.
     *
     * @param patience how long at most
     * @param what what is waited for, to end the sentence "waited 2 s in vain for ..."
     * @throws LabException when the condition does not hold in time
     */
    public static void until(Duration patience, String what, BooleanSupplier condition) {
        until(patience, () -> what, condition);
    }

    /** As the other one, with a description that is made when the time is over. */
    public static void until(Duration patience, Supplier<String> what, BooleanSupplier condition) {
        Optional<Boolean> held =
                value(
                        patience,
                        () -> condition.getAsBoolean() ? Optional.of(true) : Optional.empty());
        if (held.isEmpty()) {
            throw new LabException("waited " + seconds(patience) + " in vain for " + what.get());
        }
    }

    /** Waits until there is a value; empty when there is none in time. */
    public static <T> Optional<T> value(Duration patience, Supplier<Optional<T>> source) {
        long start = System.nanoTime();
        while (true) {
            Optional<T> value = source.get();
            if (value.isPresent() || System.nanoTime() - start > patience.toNanos()) {
                return value;
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new LabException("stopped while waiting");
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private static String seconds(Duration duration) {
        return duration.toMillis() / 1000.0 + " s";
    }
}
