package mcproxy.daemon;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what happens, by name, interface and kind; any thread. Names and kinds come from us, so
 * they are few; interfaces come and go, and those that are too many are counted without their name.
 */
final class Counters {
    /** How many different things are counted at most, interfaces apart. */
    static final int MAX_KEYS = 10_000;

    /**
     * What is counted.
     *
     * @param link the interface where it happens; empty where that makes no difference
     * @param label what kind of it; empty where there is only one
     */
    record Key(String name, String link, String label) implements Comparable<Key> {
        private static final Comparator<Key> ORDER =
                Comparator.comparing(Key::name).thenComparing(Key::link).thenComparing(Key::label);

        @Override
        public int compareTo(Key other) {
            return ORDER.compare(this, other);
        }

        /** For people: the name and the label. */
        String text() {
            return label.isEmpty() ? name : name + " " + label;
        }
    }

    /** How often something happened. */
    record Count(Key key, long value) {}

    private final Map<Key, LongAdder> byKey = new ConcurrentHashMap<>();

    /** Counts one more of what has one kind only and no place. */
    void count(String name) {
        count(name, "", "");
    }

    /** Counts one more of a kind, with no place. */
    void count(String name, String label) {
        count(name, "", label);
    }

    /** Counts one more of a kind on an interface. */
    void count(String name, String link, String label) {
        Key key = new Key(name, link, label);
        LongAdder adder = byKey.get(key);
        if (adder == null) {
            Key kept = byKey.size() < MAX_KEYS ? key : new Key(name, "", label);
            adder = byKey.computeIfAbsent(kept, _ -> new LongAdder());
        }
        adder.increment();
    }

    /** How often each happened that happened at all, in order. */
    List<Count> counts() {
        List<Count> counts = new ArrayList<>();
        byKey.forEach((key, count) -> counts.add(new Count(key, count.sum())));
        counts.sort(Comparator.comparing(Count::key));
        return counts;
    }

    /** The same for people: wherever it happened. */
    SortedMap<String, Long> snapshot() {
        return texts(counts());
    }

    /** Counts for people: wherever it happened. */
    static SortedMap<String, Long> texts(List<Count> counts) {
        SortedMap<String, Long> texts = new TreeMap<>();
        counts.forEach(count -> texts.merge(count.key().text(), count.value(), Long::sum));
        return texts;
    }
}
