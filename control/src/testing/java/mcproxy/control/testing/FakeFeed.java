package mcproxy.control.testing;

import mcproxy.control.EventFeed;
import mcproxy.control.Happening;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Events that a test lets happen; it keeps the last 100. */
public final class FakeFeed implements EventFeed {
    private static final int KEPT = 100;
    private static final int MAX_EVENTS = 1000;

    private final List<Happening> happenings = new ArrayList<>();
    private long cursor;

    /** Something happens. */
    public synchronized Happening happen(String kind, String instance, String text) {
        cursor++;
        Happening one =
                new Happening(
                        cursor,
                        "2026-11-25T11:00:00Z",
                        kind,
                        "info",
                        instance.isEmpty() ? null : instance,
                        text,
                        new TreeMap<>(Map.of("group", "232.1.1.1")));
        happenings.add(one);
        if (happenings.size() > KEPT) {
            happenings.removeFirst();
        }
        notifyAll();
        return one;
    }

    @Override
    public synchronized long cursor() {
        return cursor;
    }

    @Override
    public synchronized List<Happening> after(long known, Duration wait)
            throws InterruptedException {
        long deadline = System.nanoTime() + wait.toNanos();
        while (known >= cursor) {
            long millis = (deadline - System.nanoTime()) / 1_000_000;
            if (millis <= 0) {
                return List.of();
            }
            wait(millis);
        }
        List<Happening> news = new ArrayList<>();
        long first = happenings.getFirst().cursor();
        if (known + 1 < first) {
            long lost = first - known - 1;
            news.add(
                    new Happening(
                            first - 1,
                            "2026-11-25T11:00:00Z",
                            "gap",
                            "warning",
                            null,
                            lost + " events were not kept",
                            Map.of("lost", Long.toString(lost))));
        }
        happenings.stream()
                .filter(one -> one.cursor() > known)
                .limit(MAX_EVENTS)
                .forEach(news::add);
        return news;
    }
}
