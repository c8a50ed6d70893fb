package mcproxy.core;

import mcproxy.wire.Protocol;

import java.time.Duration;
import java.util.TreeMap;

/**
 * Holds events that anybody can cause down to one a minute of each kind (RFC 9776 7.3.1: such
 * warnings MUST be rate-limited).
 */
final class Pace {
    /** What is told at this pace. */
    enum Kind {
        VERSION_1_QUERIER,
        VERSION_2_QUERIER,
        VERSION_3_QUERIER,
        ELECTION_LOST,
        DUPLICATE_ADDRESS,
        OWN_MESSAGE,
        STREAM_ON_TWO_LINKS;

        /** A querier of this version where another is configured. */
        static Kind ofQuerier(Protocol protocol) {
            return switch (protocol.generation()) {
                case 1 -> VERSION_1_QUERIER;
                case 2 -> VERSION_2_QUERIER;
                default -> VERSION_3_QUERIER;
            };
        }
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
