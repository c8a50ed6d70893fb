package mcproxy.core;

/**
 * How many packets may be sent: a second's worth at once, after that as many as the time that has
 * passed allows. So a quiet link hears everything immediately, and a storm is gathered.
 */
final class ReportPace {
    private static final long SECOND_NANOS = 1_000_000_000L;

    private long intervalNanos;

    /** When the packets sent so far are paid for. */
    private long paidAtNanos = Long.MIN_VALUE;

    ReportPace(int packetsPerSecond) {
        this.intervalNanos = Math.max(1, SECOND_NANOS / packetsPerSecond);
    }

    /** The most packets in a second are others from now on. */
    void setRate(int packetsPerSecond) {
        intervalNanos = Math.max(1, SECOND_NANOS / packetsPerSecond);
    }

    /** How many packets may be sent now. */
    long available(long nowNanos) {
        return (SECOND_NANOS - owed(nowNanos)) / intervalNanos;
    }

    /** When the next packet may be sent. */
    long earliest(long nowNanos) {
        long missing = owed(nowNanos) + intervalNanos - SECOND_NANOS;
        return nowNanos + Math.max(0, missing);
    }

    void spend(long packets, long nowNanos) {
        paidAtNanos = nowNanos + owed(nowNanos) + packets * intervalNanos;
    }

    private long owed(long nowNanos) {
        return paidAtNanos <= nowNanos ? 0 : paidAtNanos - nowNanos;
    }
}
