package mcproxy.daemon;

import java.time.Duration;

/** A clock that stands until it is moved. */
final class ManualClock implements Clock {
    private volatile long now;

    @Override
    public long nanos() {
        return now;
    }

    synchronized void advance(Duration by) {
        now += by.toNanos();
    }
}
