package mcproxy.daemon;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Lets one line of a kind pass in a while, and counts the others; any thread. */
final class Throttle {
    /** How long one line stands for all of its kind. */
    static final Duration INTERVAL = Duration.ofSeconds(10);

    /** How many kinds are known at once; the oldest is forgotten, and may pass again. */
    static final int MAX_KINDS = 512;

    private final Clock clock;
    private final Map<String, Window> windows =
            new LinkedHashMap<>() {
                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Window> eldest) {
                    return size() > MAX_KINDS;
                }
            };

    private record Window(long untilNanos, long suppressed) {}

    Throttle(Clock clock) {
        this.clock = clock;
    }

    /** How many of this kind were held back since the last that passed; -1 when this one is too. */
    synchronized long pass(String kind) {
        long now = clock.nanos();
        Window window = windows.get(kind);
        if (window != null && now < window.untilNanos) {
            windows.put(kind, new Window(window.untilNanos, window.suppressed + 1));
            return -1;
        }
        windows.put(kind, new Window(now + INTERVAL.toNanos(), 0));
        return window == null ? 0 : window.suppressed;
    }
}
