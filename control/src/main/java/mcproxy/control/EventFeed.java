package mcproxy.control;

import java.time.Duration;
import java.util.List;

/** What happens, to be read in order by any number of readers at their own pace. */
public interface EventFeed {
    /** The cursor of the last event; who reads from here on gets only what is new. */
    long cursor();

    /**
     * What happened after a cursor, the oldest first, 1000 at most; waits for the first one. When
     * the reader was too slow, the first one is of the kind {@code gap}.
     *
     * @param cursor the last event that the reader knows; 0 for all that are kept
     * @param wait how long to wait; an empty list when nothing happened in that time
     */
    List<Happening> after(long cursor, Duration wait) throws InterruptedException;
}
