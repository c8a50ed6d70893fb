package mcproxy.daemon;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts durations by size; any thread. The library of metrics would do the same, but nothing of it
 * is loaded before somebody asks for metrics: the first queries and joins do not wait for that.
 */
final class Durations {
    /** The upper ends of the sizes in seconds, from what a system call takes to a slow leave. */
    static final List<Double> BOUNDS_SECONDS =
            List.of(
                    0.0001,
                    0.00025,
                    0.0005,
                    0.001,
                    0.0025,
                    0.005,
                    0.01,
                    0.025,
                    0.05,
                    0.1,
                    0.25,
                    0.5,
                    1.0,
                    2.5,
                    5.0,
                    10.0,
                    Double.POSITIVE_INFINITY);

    private static final long[] BOUNDS_NANOS =
            BOUNDS_SECONDS.stream().mapToLong(Durations::nanos).toArray();

    private final LongAdder[] counts = new LongAdder[BOUNDS_NANOS.length];
    private final LongAdder sumNanos = new LongAdder();

    /** None yet. */
    Durations() {
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
        }
    }

    private static long nanos(double seconds) {
        return seconds == Double.POSITIVE_INFINITY
                ? Long.MAX_VALUE
                : Math.round(seconds * TimeUnit.SECONDS.toNanos(1));
    }

    /** Counts one; a clock that is read on two threads may make it a little less than nothing. */
    void add(long nanos) {
        long duration = Math.max(0, nanos);
        int size = 0;
        while (duration > BOUNDS_NANOS[size]) {
            size++;
        }
        counts[size].increment();
        sumNanos.add(duration);
    }

    /**
     * How many there were.
     *
     * @param counts of each size, not summed up, in the order of {@link #BOUNDS_SECONDS}
     * @param sumSeconds of all of them
     */
    record Counted(List<Long> counts, double sumSeconds) {
        /** Copies the list. */
        public Counted {
            counts = List.copyOf(counts);
        }

        long total() {
            return counts.stream().mapToLong(Long::longValue).sum();
        }
    }

    Counted counted() {
        List<Long> now = new ArrayList<>();
        for (LongAdder count : counts) {
            now.add(count.sum());
        }
        return new Counted(now, sumNanos.sum() / (double) TimeUnit.SECONDS.toNanos(1));
    }
}
