package mcproxy.core;

import java.util.List;
import java.util.random.RandomGenerator;

/**
 * One proxy without its I/O: a value that takes inputs and gives effects (RFC 4605).
 *
 * <p>Time is an argument, in nanoseconds from any fixed origin, and never goes back. The same
 * inputs, times and random numbers give the same effects. Not safe for use by several threads.
 */
public final class ProxyEngine {
    /** What {@link #nextDeadlineNanos} says when nothing is due. */
    public static final long NO_DEADLINE = Long.MAX_VALUE;

    /**
     * An engine without interfaces.
     *
     * @param random where the delays that the RFCs want at random come from
     */
    public ProxyEngine(RandomGenerator random) {
        random.nextLong();
    }

    /** Takes an input and gives what is to be done about it, in order. */
    public List<Effect> accept(Input input, long nowNanos) {
        return List.of();
    }

    /** Lets everything happen that is due by now, and gives what is to be done, in order. */
    public List<Effect> expire(long nowNanos) {
        return List.of();
    }

    /** When {@link #expire} should be called next; {@link #NO_DEADLINE} when nothing is due. */
    public long nextDeadlineNanos() {
        return NO_DEADLINE;
    }
}
