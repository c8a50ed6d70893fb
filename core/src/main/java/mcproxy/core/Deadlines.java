package mcproxy.core;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * When each {@link Reminder} is due: data, not callbacks. Equal times are served in the order in
 * which they were set, so nothing depends on a hash.
 */
final class Deadlines {
    private record Deadline(long atNanos, long sequence, Reminder reminder) {
        static final Comparator<Deadline> ORDER =
                Comparator.comparingLong(Deadline::atNanos).thenComparingLong(Deadline::sequence);
    }

    private final TreeSet<Deadline> ordered = new TreeSet<>(Deadline.ORDER);
    private final Map<Reminder, Deadline> byReminder = new HashMap<>();
    private long sequence;

    /** Sets a reminder, in place of an earlier time for it. */
    void set(Reminder reminder, long atNanos) {
        cancel(reminder);
        Deadline deadline = new Deadline(atNanos, sequence++, reminder);
        byReminder.put(reminder, deadline);
        ordered.add(deadline);
    }

    /** Sets a reminder unless it is due earlier already. */
    void setIfEarlier(Reminder reminder, long atNanos) {
        if (at(reminder) > atNanos) {
            set(reminder, atNanos);
        }
    }

    /** Moves a reminder that is set to an earlier time; one that is not set stays so. */
    void lower(Reminder reminder, long atNanos) {
        if (isSet(reminder)) {
            setIfEarlier(reminder, atNanos);
        }
    }

    /** Forgets a reminder; no error when it is not set. */
    void cancel(Reminder reminder) {
        Deadline deadline = byReminder.remove(reminder);
        if (deadline != null) {
            ordered.remove(deadline);
        }
    }

    /** Is the reminder set? */
    boolean isSet(Reminder reminder) {
        return byReminder.containsKey(reminder);
    }

    /** When the reminder is due; {@link ProxyEngine#NO_DEADLINE} when it is not set. */
    long at(Reminder reminder) {
        Deadline deadline = byReminder.get(reminder);
        return deadline == null ? ProxyEngine.NO_DEADLINE : deadline.atNanos;
    }

    /** What is left until the reminder is due, in nanoseconds; 0 when it is not set. */
    long remaining(Reminder reminder, long nowNanos) {
        Deadline deadline = byReminder.get(reminder);
        return deadline == null ? 0 : Math.max(0, deadline.atNanos - nowNanos);
    }

    /** When the first of all is due; {@link ProxyEngine#NO_DEADLINE} when there is none. */
    long next() {
        return ordered.isEmpty() ? ProxyEngine.NO_DEADLINE : ordered.first().atNanos;
    }

    /** Takes out the first reminder that is due by now. */
    Optional<Reminder> pollDue(long nowNanos) {
        if (next() > nowNanos) {
            return Optional.empty();
        }
        Reminder reminder = ordered.first().reminder;
        cancel(reminder);
        return Optional.of(reminder);
    }
}
