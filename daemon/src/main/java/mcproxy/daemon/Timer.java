package mcproxy.daemon;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Reminds instances: when a time has come, the instance finds {@link Mail.TimerExpired} in its
 * mailbox. One thread for all of them; reminders are ordered by time and then by when they were
 * asked for. Each mailbox has one reminder at most.
 */
final class Timer implements Runnable {
    /** The time of no reminder. */
    static final long NEVER = Long.MAX_VALUE;

    private record Reminder(long atNanos, long sequence, Mailbox mailbox)
            implements Comparable<Reminder> {
        @Override
        public int compareTo(Reminder other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
        }
    }

    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final TreeSet<Reminder> ordered = new TreeSet<>();
    private final Map<Mailbox, Reminder> byMailbox = new HashMap<>();
    private long sequence;
    private boolean stopped;

    /** A timer that goes by this clock once a thread {@linkplain #run runs} it. */
    Timer(Clock clock) {
        this.clock = clock;
    }

    /** Reminds at a time, and not at the one that was asked for before. */
    void remind(Mailbox mailbox, long atNanos) {
        lock.lock();
        try {
            Reminder before = byMailbox.remove(mailbox);
            if (before != null) {
                ordered.remove(before);
            }
            if (atNanos != NEVER) {
                Reminder reminder = new Reminder(atNanos, sequence++, mailbox);
                byMailbox.put(mailbox, reminder);
                ordered.add(reminder);
                if (ordered.getFirst().equals(reminder)) {
                    changed.signal();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends {@link #run}. */
    void stop() {
        lock.lock();
        try {
            stopped = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void run() {
        lock.lock();
        try {
            while (!stopped) {
                long now = clock.nanos();
                expire(now);
                if (ordered.isEmpty()) {
                    changed.await();
                } else {
                    changed.await(ordered.getFirst().atNanos - now, TimeUnit.NANOSECONDS);
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // nobody does this but to end the thread
        } finally {
            lock.unlock();
        }
    }

    /** Reminds of all that is due. */
    void expire(long nowNanos) {
        lock.lock();
        try {
            while (!ordered.isEmpty() && ordered.getFirst().atNanos <= nowNanos) {
                Reminder due = ordered.removeFirst();
                byMailbox.remove(due.mailbox);
                due.mailbox.timerExpired();
            }
        } finally {
            lock.unlock();
        }
    }
}
