package mcproxy.daemon;

/** Where the time comes from. */
@FunctionalInterface
interface Clock {
    /** The time in nanoseconds since a fixed moment; never goes back. */
    long nanos();

    /** The time since now, by {@link System#nanoTime}. */
    static Clock startingNow() {
        long start = System.nanoTime();
        return () -> System.nanoTime() - start;
    }
}
