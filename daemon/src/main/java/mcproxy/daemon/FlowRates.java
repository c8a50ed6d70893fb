package mcproxy.daemon;

import mcproxy.kernel.MulticastTable.RouteCounters;
import mcproxy.wire.IpAddress;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How fast streams are: from what the kernel had counted when somebody asked before. Safe for any
 * thread.
 */
final class FlowRates {
    /** Readings closer together make no rate: a stream may come in bursts. */
    static final Duration SHORTEST = Duration.ofMillis(500);

    /** What nobody has asked for that long says nothing about now. */
    static final Duration LONGEST = Duration.ofMinutes(1);

    /** More streams than this are not remembered. */
    static final int MAX_FLOWS = 200_000;

    /** Names a stream. */
    record Flow(String instance, IpAddress source, IpAddress group) {}

    /** How fast a stream is, over half a second or more. */
    record Rate(double packetsPerSecond, double bitsPerSecond) {}

    private record Reading(long atNanos, long packets, long bytes) {}

    /** The last two readings that are far enough apart. */
    private record Readings(Optional<Reading> before, Reading last) {}

    private final Map<Flow, Readings> byFlow = new HashMap<>();

    /**
     * Takes a reading, and gives the rate since an earlier one; empty when there is none yet that
     * is old enough.
     */
    synchronized Optional<Rate> read(Flow flow, RouteCounters counters, long nowNanos) {
        Reading now = new Reading(nowNanos, counters.packets(), counters.bytes());
        Readings known = byFlow.get(flow);
        if (known == null || !follows(known.last, now)) {
            if (byFlow.size() >= MAX_FLOWS) {
                forgetOld(nowNanos);
            }
            if (byFlow.size() < MAX_FLOWS) {
                byFlow.put(flow, new Readings(Optional.empty(), now));
            }
            return Optional.empty();
        }
        if (now.atNanos - known.last.atNanos >= SHORTEST.toNanos()) {
            byFlow.put(flow, new Readings(Optional.of(known.last), now));
            return Optional.of(rate(known.last, now));
        }
        return known.before.map(before -> rate(before, now));
    }

    /** Is it the same entry of the kernel, not long after? */
    private static boolean follows(Reading before, Reading now) {
        return now.packets >= before.packets
                && now.bytes >= before.bytes
                && now.atNanos - before.atNanos <= LONGEST.toNanos();
    }

    private void forgetOld(long nowNanos) {
        byFlow.values().removeIf(of -> nowNanos - of.last.atNanos > LONGEST.toNanos());
    }

    private static Rate rate(Reading from, Reading to) {
        double seconds = (to.atNanos - from.atNanos) / 1e9;
        return new Rate(
                (to.packets - from.packets) / seconds, (to.bytes - from.bytes) * 8 / seconds);
    }
}
