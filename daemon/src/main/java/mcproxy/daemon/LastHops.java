package mcproxy.daemon;

import mcproxy.wire.IpAddress;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The streams whose packets came in with a TTL or hop limit of 1 lately, so that the kernel did not
 * forward them; any thread.
 */
final class LastHops {
    /**
     * How long one such packet stands for its stream. One in 16 is seen: of a stream of two packets
     * a second one in 8 s, so that a stream that goes on is hardly ever forgotten.
     */
    static final Duration RECENT = Duration.ofSeconds(30);

    /** How many streams are known at once; the oldest is forgotten. */
    static final int MAX_STREAMS = 1024;

    private record Stream(IpAddress source, IpAddress group) {}

    private final Map<Stream, Long> seenNanos =
            new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<Stream, Long> eldest) {
                    return size() > MAX_STREAMS;
                }
            };

    /** Such a packet was seen; gives whether that is news. */
    synchronized boolean seen(IpAddress source, IpAddress group, long now) {
        boolean known = isRecent(source, group, now);
        seenNanos.put(new Stream(source, group), now);
        return !known;
    }

    /** Was one seen lately? */
    synchronized boolean isRecent(IpAddress source, IpAddress group, long now) {
        Long seen = seenNanos.get(new Stream(source, group));
        return seen != null && now - seen < RECENT.toNanos();
    }
}
