package mcproxy.core;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * Pairs of our interfaces that are on one link, or that something outside connects: what we said on
 * one was heard on the other. Packets that were forwarded between them would come back and be
 * forwarded again, until their time to live is over.
 */
final class OneLink {
    /** Longer than from one General Query to the next, by which such a pair is found. */
    private static final Duration HOLD = Duration.ofMinutes(5);

    private record Pair(int lower, int higher) implements Comparable<Pair> {
        static Pair of(int one, int other) {
            return new Pair(Math.min(one, other), Math.max(one, other));
        }

        boolean has(int ifindex) {
            return lower == ifindex || higher == ifindex;
        }

        @Override
        public int compareTo(Pair other) {
            int byLower = Integer.compare(lower, other.lower);
            return byLower != 0 ? byLower : Integer.compare(higher, other.higher);
        }
    }

    private final Map<Pair, Long> untilNanos = new TreeMap<>();

    /** What was sent on one came in on the other; gives whether that is news. */
    boolean found(int one, int other, long nowNanos) {
        return untilNanos.put(Pair.of(one, other), nowNanos + HOLD.toNanos()) == null;
    }

    /** Are these on one link? */
    boolean are(int one, int other) {
        return !untilNanos.isEmpty() && untilNanos.containsKey(Pair.of(one, other));
    }

    /** Is there no such pair? */
    boolean isEmpty() {
        return untilNanos.isEmpty();
    }

    /** Forgets pairs that were not found again for long; gives whether there were any. */
    boolean forgetOld(long nowNanos) {
        return untilNanos.values().removeIf(until -> until <= nowNanos);
    }

    /** Forgets an interface. */
    void forget(int ifindex) {
        untilNanos.keySet().removeIf(pair -> pair.has(ifindex));
    }
}
