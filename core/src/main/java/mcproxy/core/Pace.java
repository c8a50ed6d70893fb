package mcproxy.core;

import java.time.Duration;
import java.util.TreeMap;

/**
 * Holds events that anybody can cause down to one a minute of each kind (RFC 9776 7.3.1: such
 * warnings MUST be rate-limited).
 */
final class Pace {
    /** What is told at this pace. */
    enum Kind {
        OTHER_VERSION_QUERIER,
        ELECTION_LOST,
        DUPLICATE_ADDRESS,
        OWN_MESSAGE,
        STREAM_ON_TWO_LINKS
    }

    private static final long PAUSE_NANOS = Duration.ofMinutes(1).toNanos();

    private final TreeMap<Kind, Long> nextAllowed = new TreeMap<>();

    /** May this be told now? If so, the next may be told a minute from now. */
    boolean allows(Kind kind, long nowNanos) {
        Long next = nextAllowed.get(kind);
        if (next != null && nowNanos < next) {
            return false;
        }
        nextAllowed.put(kind, nowNanos + PAUSE_NANOS);
        return true;
    }
}
