package mcproxy.lab.sim;

import mcproxy.wire.IpAddress;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** What a host wanted when: the truth that the protocol has to find out. */
final class WishLog {
    /** Never. */
    static final long NEVER = Long.MIN_VALUE / 2;

    private record Entry(long atNanos, Wish wish) {}

    private final Map<IpAddress, List<Entry>> byGroup = new TreeMap<>();

    void note(IpAddress group, Wish wish, long now) {
        byGroup.computeIfAbsent(group, _ -> new ArrayList<>()).add(new Entry(now, wish));
    }

    /** Since when a wish of this kind has been held, without a break; "never" when it is not. */
    long since(IpAddress group, Predicate<Wish> kind) {
        long since = NEVER;
        for (Entry entry : byGroup.getOrDefault(group, List.of()).reversed()) {
            if (!kind.test(entry.wish())) {
                break;
            }
            since = entry.atNanos();
        }
        return since;
    }

    /** When a wish of this kind was last held; now when it still is. */
    long last(IpAddress group, Predicate<Wish> kind, long now) {
        long until = now;
        for (Entry entry : byGroup.getOrDefault(group, List.of()).reversed()) {
            if (kind.test(entry.wish())) {
                return until;
            }
            until = entry.atNanos();
        }
        return NEVER;
    }
}
