package mcproxy.daemon;

import mcproxy.control.EventFeed;
import mcproxy.control.Happening;
import mcproxy.daemon.EventLog.Line;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The latest events, in order, for any number of readers.
 *
 * <p>It holds so many and no more, whatever happens. Of events that strangers can bring about at
 * will, those that the log {@linkplain Throttle throttles}, one in a second and kind is kept with
 * the number of the others, and they have a share of their own: they never push out the rest.
 *
 * <p>Events are kept as they were told and made into documents for readers, on their threads. What
 * is long is cut at once, so that the memory is bounded, too.
 */
final class EventRing implements EventFeed {
    /** How many events are kept, apart from those that strangers bring about. */
    static final int CAPACITY = 9_000;

    /** How many of those that strangers bring about are kept. */
    static final int COMMON_CAPACITY = 1_000;

    /** How many events a reader gets at once. */
    static final int BATCH = 1_000;

    /** How many kinds of those that strangers bring about are told apart at once. */
    static final int MAX_KINDS = 256;

    private static final String MANY_KINDS = "";

    private static final long SECOND_NANOS = Duration.ofSeconds(1).toNanos();

    /**
     * An event.
     *
     * @param at when it happened
     * @param repeats how many of its kind it stands for beside itself
     */
    private record Entry(long cursor, Instant at, Object event, Line line, long repeats) {}

    /** Events of a kind since the last that was kept. */
    private static final class Repeated {
        private final long untilNanos;
        private long count;
        private Optional<Entry> last = Optional.empty();

        Repeated(long untilNanos) {
            this.untilNanos = untilNanos;
        }
    }

    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition more = lock.newCondition();
    private final TreeMap<Long, Entry> entries = new TreeMap<>();
    private final TreeMap<Long, Entry> common = new TreeMap<>();

    /** By kind, in the order in which their seconds end. */
    private final LinkedHashMap<String, Repeated> repeated = new LinkedHashMap<>();

    /** The time when it began, so that cursors of an earlier run are smaller than ours. */
    private final long first = System.currentTimeMillis() << 10;

    private long last = first;

    EventRing(Clock clock) {
        this.clock = clock;
    }

    /** Takes an event; never waits for a reader. */
    void add(Object event, Line line) {
        Line cut = EventData.cut(line);
        Object kept = EventData.isSmall(event, line) ? event : EventData.of(event);
        long now = clock.nanos();
        lock.lock();
        try {
            flush(now);
            if (line.key().isEmpty()) {
                append(entries, CAPACITY, new Entry(++last, Instant.now(), kept, cut, 0));
                return;
            }
            String kind =
                    repeated.size() < MAX_KINDS || repeated.containsKey(line.key())
                            ? line.key()
                            : MANY_KINDS;
            Repeated before = repeated.get(kind);
            if (before == null) {
                repeated.put(kind, new Repeated(now + SECOND_NANOS));
                append(common, COMMON_CAPACITY, new Entry(++last, Instant.now(), kept, cut, 0));
            } else {
                before.count++;
                before.last = Optional.of(new Entry(0, Instant.now(), kept, cut, 0));
            }
        } finally {
            lock.unlock();
        }
    }

    private void append(NavigableMap<Long, Entry> to, int capacity, Entry entry) {
        to.put(entry.cursor, entry);
        if (to.size() > capacity) {
            to.pollFirstEntry();
        }
        more.signalAll();
    }

    /** Sums up what was repeated in seconds that are over. */
    private void flush(long nowNanos) {
        while (!repeated.isEmpty()) {
            Map.Entry<String, Repeated> eldest = repeated.firstEntry();
            Repeated of = eldest.getValue();
            if (of.untilNanos > nowNanos) {
                return;
            }
            repeated.remove(eldest.getKey());
            of.last.ifPresent(latest -> {
                append(
                        common,
                        COMMON_CAPACITY,
                        new Entry(++last, latest.at, latest.event, latest.line, of.count - 1));
                repeated.put(eldest.getKey(), new Repeated(nowNanos + SECOND_NANOS));
            });
        }
    }

    @Override
    public long cursor() {
        lock.lock();
        try {
            flush(clock.nanos());
            return last;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<Happening> after(long cursor, Duration wait) throws InterruptedException {
        List<Happening> happenings = new ArrayList<>();
        long known = cursor;
        for (Entry entry : await(cursor, wait)) {
            long missing = known < first ? 0 : entry.cursor - known - 1;
            boolean restarted = known > 0 && known < first;
            if (missing > 0 || restarted || (known < first && isMissing(entry))) {
                happenings.add(gap(entry, known));
            }
            happenings.add(happening(entry));
            known = entry.cursor;
        }
        return happenings;
    }

    /** Did something happen before an entry, the first one that is left? */
    private boolean isMissing(Entry entry) {
        return entry.cursor > first + 1;
    }

    private List<Entry> await(long cursor, Duration wait) throws InterruptedException {
        long deadline = System.nanoTime() + wait.toNanos();
        lock.lockInterruptibly();
        try {
            while (true) {
                flush(clock.nanos());
                // A cursor that we have not reached is another daemon's.
                List<Entry> batch = batch(cursor > last ? 0 : cursor);
                long left = deadline - System.nanoTime();
                if (!batch.isEmpty() || left <= 0) {
                    return batch;
                }
                var _ = more.await(untilFlush(left), TimeUnit.NANOSECONDS);
            }
        } finally {
            lock.unlock();
        }
    }

    private long untilFlush(long most) {
        return repeated.isEmpty()
                ? most
                : Math.clamp(repeated.firstEntry().getValue().untilNanos - clock.nanos(), 1, most);
    }

    /** The two kinds together, in order. */
    private List<Entry> batch(long cursor) {
        List<Entry> batch = new ArrayList<>();
        NavigableMap<Long, Entry> one = entries.tailMap(cursor, false);
        NavigableMap<Long, Entry> other = common.tailMap(cursor, false);
        Iterator<Entry> rest = one.values().iterator();
        Iterator<Entry> otherRest = other.values().iterator();
        Optional<Entry> next = next(rest);
        Optional<Entry> otherNext = next(otherRest);
        while (batch.size() < BATCH && (next.isPresent() || otherNext.isPresent())) {
            if (otherNext.isEmpty()
                    || (next.isPresent() && next.get().cursor < otherNext.get().cursor)) {
                batch.add(next.orElseThrow());
                next = next(rest);
            } else {
                batch.add(otherNext.get());
                otherNext = next(otherRest);
            }
        }
        return batch;
    }

    private static Optional<Entry> next(Iterator<Entry> rest) {
        return rest.hasNext() ? Optional.of(rest.next()) : Optional.empty();
    }

    private Happening gap(Entry before, long known) {
        long lost = before.cursor - Math.max(known, first) - 1;
        boolean restarted = known > 0 && known < first;
        return new Happening(
                before.cursor - 1,
                text(before.at),
                "gap",
                "warning",
                null,
                restarted
                        ? "another daemon was running when this reader was here last"
                        : lost + " events are not kept any more",
                restarted
                        ? Map.of("lost", String.valueOf(lost), "restarted", "true")
                        : Map.of("lost", String.valueOf(lost)));
    }

    private static Happening happening(Entry entry) {
        EventData data = entry.event instanceof EventData made ? made : EventData.of(entry.event);
        Map<String, String> byName = data.byName();
        String text = entry.line.text();
        if (entry.repeats > 0) {
            byName = new LinkedHashMap<>(byName);
            byName.put("repeats", String.valueOf(entry.repeats));
            text += " (and " + entry.repeats + " more like it in a second)";
        }
        return new Happening(
                entry.cursor,
                text(entry.at),
                data.kind(),
                EventData.word(entry.line.level()),
                entry.line.instance().orElse(null),
                text,
                byName);
    }

    private static String text(Instant at) {
        return at.truncatedTo(ChronoUnit.MILLIS).toString();
    }
}
