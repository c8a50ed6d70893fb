package mcproxy.daemon;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts what went wrong, by name; any thread. The names come from us, so they are few. */
final class Counters {
    private final ConcurrentSkipListMap<String, LongAdder> byName = new ConcurrentSkipListMap<>();

    /** Counts one more. */
    void count(String name) {
        byName.computeIfAbsent(name, _ -> new LongAdder()).increment();
    }

    /** How many there were of each that happened at all. */
    SortedMap<String, Long> snapshot() {
        SortedMap<String, Long> counts = new TreeMap<>();
        byName.forEach((name, count) -> counts.put(name, count.sum()));
        return counts;
    }
}
