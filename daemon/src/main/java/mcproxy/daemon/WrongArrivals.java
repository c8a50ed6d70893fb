package mcproxy.daemon;

import mcproxy.core.Input;
import mcproxy.kernel.MulticastTable.RouteCounters;
import mcproxy.wire.IpAddress;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Streams whose packets come in beside their routes. The kernel tells of one packet in three
 * seconds (MFC_ASSERT_THRESH of linux/mroute.h), and one alone may be a copy on a loop. Its
 * counters tell sooner that a source has moved, so that its stream is not interrupted as long:
 * packets keep coming the wrong way and none comes the right one.
 *
 * <p>How many packets came does not count but in how many looks there were some: copies of a burst
 * come at once, and before there are more of them there is another burst, on the right way.
 */
final class WrongArrivals {
    /** How long after a look there is another one. */
    static final Duration LOOK_INTERVAL = Duration.ofMillis(50);

    /** How many looks have to find packets that came the wrong way. */
    static final int LOOKS = 3;

    /** After this the kernel tells again. */
    static final Duration WATCH_TIME = Duration.ofSeconds(3);

    /** The most streams that are watched; of others we hear as often as the kernel tells. */
    static final int MOST_STREAMS = 1000;

    private record Stream(IpAddress source, IpAddress group) {}

    private static final class Watch {
        private final int ifindex;
        private final long rightPackets;
        private final long endNanos;
        private long wrongPackets;
        private int found;

        private Watch(int ifindex, RouteCounters now, long endNanos) {
            this.ifindex = ifindex;
            this.rightPackets = right(now);
            this.wrongPackets = now.wrongInterface();
            this.endNanos = endNanos;
        }

        /** Takes the counters of a look. */
        private void look(RouteCounters now) {
            found += now.wrongInterface() > wrongPackets ? 1 : 0;
            wrongPackets = now.wrongInterface();
        }
    }

    private final Map<Stream, Watch> watched = new LinkedHashMap<>();
    private long nextLookNanos = Timer.NEVER;

    /** The packets that came the right way: the kernel counts those that did not among all. */
    static long right(RouteCounters counters) {
        return counters.packets() - counters.wrongInterface();
    }

    /**
     * The kernel has told of a packet.
     *
     * @param ifindex where it came in
     * @param counters those of its route just after that
     * @return false when too many streams are watched already
     */
    boolean told(
            int ifindex, IpAddress source, IpAddress group, RouteCounters counters, long nowNanos) {
        Stream stream = new Stream(source, group);
        if (!watched.containsKey(stream) && watched.size() >= MOST_STREAMS) {
            return false;
        }
        watched.put(stream, new Watch(ifindex, counters, nowNanos + WATCH_TIME.toNanos()));
        nextLookNanos = Math.min(nextLookNanos, nowNanos + LOOK_INTERVAL.toNanos());
        return true;
    }

    /** When {@link #look} is to be called; {@link Timer#NEVER} when nothing is watched. */
    long nextLookNanos() {
        return nextLookNanos;
    }

    /**
     * Looks at the counters, if it is time.
     *
     * @param counters those of a route, by source and group; empty when it is no longer there
     * @return what the kernel would tell of the streams that have moved, had it told again
     */
    List<Input.WrongInterface> look(
            BiFunction<IpAddress, IpAddress, Optional<RouteCounters>> counters, long nowNanos) {
        List<Input.WrongInterface> moved = new ArrayList<>();
        if (nowNanos < nextLookNanos) {
            return moved;
        }
        for (Iterator<Map.Entry<Stream, Watch>> all = watched.entrySet().iterator();
                all.hasNext(); ) {
            Map.Entry<Stream, Watch> one = all.next();
            Stream stream = one.getKey();
            Watch watch = one.getValue();
            Optional<RouteCounters> now = counters.apply(stream.source, stream.group);
            if (now.isEmpty()
                    || right(now.get()) != watch.rightPackets
                    || nowNanos > watch.endNanos) {
                all.remove();
                continue;
            }
            watch.look(now.get());
            if (watch.found == LOOKS) {
                all.remove();
                moved.add(
                        new Input.WrongInterface(
                                watch.ifindex, stream.source, stream.group, watch.rightPackets));
            }
        }
        nextLookNanos = watched.isEmpty() ? Timer.NEVER : nowNanos + LOOK_INTERVAL.toNanos();
        return moved;
    }
}
