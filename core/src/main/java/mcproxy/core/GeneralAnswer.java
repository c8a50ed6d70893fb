package mcproxy.core;

import mcproxy.wire.IpAddress;

import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * When the packets that answer a General Query are sent: each at random in its share of the time
 * allowed, as RFC 9776 5.2 and RFC 9777 6.3 recommend instead of a burst. An answer of one packet
 * so gets the single random delay of the RFCs.
 *
 * <p>The groups are gone through in their order, in rounds. A query that arrives amid a round is
 * answered by the rest of it and by one round more; no number of queries makes more than one round
 * wait.
 */
final class GeneralAnswer {
    /** Two packets of one answer are this far apart at least. */
    private static final long SPACING_NANOS = 1_000_000L;

    private final RandomGenerator random;

    private boolean pending;

    /** The group that was answered for last in this round; empty before its first packet. */
    private Optional<IpAddress> last = Optional.empty();

    private long nextNanos;
    private long shareEndNanos;
    private long endNanos;

    /** When the next round has to be over, if one is to follow. */
    private long againByNanos = ProxyEngine.NO_DEADLINE;

    GeneralAnswer(RandomGenerator random) {
        this.random = random;
    }

    /**
     * A General Query has been heard.
     *
     * @param allowedNanos the time for the answer, 1 or more
     * @param packetsLeft packets that the round under way still has
     * @param packets packets of a whole answer
     */
    void asked(long nowNanos, long allowedNanos, long packetsLeft, long packets) {
        long end = nowNanos + allowedNanos;
        if (!pending) {
            begin(nowNanos, end, packets);
        } else if (last.isEmpty()) {
            long sooner = nextNanos; // rules 1 and 2: the sooner of both answers stands
            begin(nowNanos, Math.min(end, endNanos), packets);
            nextNanos = Math.min(nextNanos, sooner);
        } else if (end < againByNanos) {
            againByNanos = end;
            makeRoom(nowNanos, packetsLeft, packets);
        }
    }

    /** The rest of this round and the next one share the time evenly. */
    private void makeRoom(long nowNanos, long packetsLeft, long packets) {
        long perPacket = (againByNanos - nowNanos) / (packetsLeft + packets);
        endNanos = Math.min(endNanos, nowNanos + perPacket * packetsLeft);
        shareEndNanos = Math.min(shareEndNanos, endNanos);
        nextNanos = Math.min(nextNanos, Math.max(nowNanos + 1, endNanos));
    }

    private void begin(long nowNanos, long end, long packets) {
        pending = true;
        last = Optional.empty();
        againByNanos = ProxyEngine.NO_DEADLINE;
        endNanos = Math.max(end, nowNanos + 2);
        shareEndNanos = nowNanos;
        nextShare(nowNanos + 1, packets);
    }

    private void nextShare(long soonest, long packetsLeft) {
        long share = Math.max(0, endNanos - shareEndNanos) / Math.max(1, packetsLeft);
        nextNanos = Math.max(soonest, shareEndNanos + random.nextLong(Math.max(1, share)));
        shareEndNanos += share;
    }

    /** A packet has been sent that ends with this group, and there are more to send. */
    void sent(IpAddress lastGroup, long nowNanos, long packetsLeft) {
        last = Optional.of(lastGroup);
        // Groups that were joined since the round began want their share of the time, too.
        long latest = endNanos - packetsLeft * SPACING_NANOS;
        shareEndNanos = Math.min(shareEndNanos, Math.max(nowNanos, latest));
        nextShare(nowNanos + SPACING_NANOS, packetsLeft);
    }

    /** The last packet of the round has been sent. */
    void ended(long nowNanos, long packets) {
        if (againByNanos == ProxyEngine.NO_DEADLINE) {
            clear();
        } else {
            begin(nowNanos, againByNanos, packets);
        }
    }

    /** Is a whole answer still to come, which will be over by then? */
    boolean isAhead(long byNanos) {
        return pending && last.isEmpty() && endNanos <= byNanos;
    }

    /** The next packet has to wait. */
    void postpone(long atNanos) {
        nextNanos = Math.max(nextNanos, atNanos);
    }

    /** When the next packet is due; {@link ProxyEngine#NO_DEADLINE} when there is none. */
    long next() {
        return pending ? nextNanos : ProxyEngine.NO_DEADLINE;
    }

    /** After which group the next packet goes on; empty at the start of a round. */
    Optional<IpAddress> last() {
        return last;
    }

    /**
     * By when a group will be answered for; {@link ProxyEngine#NO_DEADLINE} when it will not.
     *
     * @param packets packets of a whole answer as of now
     */
    long by(IpAddress group, long packets) {
        if (!pending) {
            return ProxyEngine.NO_DEADLINE;
        }
        if (last.isPresent() && group.compareTo(last.get()) <= 0) {
            return againByNanos;
        }
        return last.isEmpty() && packets <= 1 ? nextNanos : endNanos;
    }

    void clear() {
        pending = false;
        last = Optional.empty();
        againByNanos = ProxyEngine.NO_DEADLINE;
    }
}
