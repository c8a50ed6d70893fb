package mcproxy.daemon;

import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The bounded queue of an instance: any thread puts in, one takes out.
 *
 * <p>When it is full: {@linkplain Mail.Droppable droppable} mail is dropped and counted, each kind
 * under a limit of its own, so that a flood of one does not push out the other. The rest is never
 * lost: of an expired timer and of the end once is enough, changes of one interface become one
 * change, and each {@link Mail.Request} has somebody waiting for it, which bounds their number.
 *
 * <p>The end comes out first, then interfaces, so that a packet is never seen before the interface
 * that it came from, then the timer and requests, then droppable mail in the order of its arrival.
 * {@link Mail.CaughtUp} keeps its place among the droppable mail.
 */
final class Mailbox {
    /** How many membership messages may wait: 100,000 groups in whole reports are 600 packets. */
    static final int MEMBERSHIP_LIMIT = 2048;

    /** How many upcalls may wait. */
    static final int UPCALL_LIMIT = 8192;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition notEmpty = lock.newCondition();
    private final Map<Integer, Mail.LinkChanged> links = new LinkedHashMap<>();
    private final ArrayDeque<Mail.Request> requests = new ArrayDeque<>();
    private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
    private final EnumMap<Mail.Kind, Tally> tallies = new EnumMap<>(Mail.Kind.class);
    private final Clock clock;
    private boolean expired;
    private boolean catchingUp;

    /** Droppable mail that comes out before {@link Mail.CaughtUp}. */
    private int ahead;

    private boolean stopped;
    private boolean closed;
    private long arrivedNanos;

    private record Waiting(Mail.Droppable mail, long sinceNanos) {}

    private static final class Tally {
        private final int limit;
        private int waiting;
        private long dropped;

        Tally(int limit) {
            this.limit = limit;
        }
    }

    /** An empty mailbox with the default limits. */
    Mailbox(Clock clock) {
        this(clock, MEMBERSHIP_LIMIT, UPCALL_LIMIT);
    }

    /** An empty mailbox with limits of droppable mail, 1 or more. */
    Mailbox(Clock clock, int membershipLimit, int upcallLimit) {
        this.clock = clock;
        tallies.put(Mail.Kind.MEMBERSHIP, new Tally(membershipLimit));
        tallies.put(Mail.Kind.UPCALL, new Tally(upcallLimit));
    }

    /** Puts in, or drops and counts, mail that may be dropped. */
    void offer(Mail.Droppable mail) {
        lock.lock();
        try {
            Tally tally = tally(mail.kind());
            if (tally.waiting >= tally.limit) {
                tally.dropped++;
                return;
            }
            tally.waiting++;
            queue.addLast(new Waiting(mail, clock.nanos()));
            notEmpty.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Tells that an interface has changed. */
    void linkChanged(Mail.LinkChanged change) {
        lock.lock();
        try {
            links.merge(change.ifindex(), change, Mail.LinkChanged::then);
            notEmpty.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Tells that a reminder is due. */
    void timerExpired() {
        lock.lock();
        try {
            expired = true;
            notEmpty.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Has {@link Mail.CaughtUp} come out as soon as all that waits now has; for its thread. */
    void catchUp() {
        lock.lock();
        try {
            catchingUp = true;
            ahead = queue.size();
        } finally {
            lock.unlock();
        }
    }

    /** Asks the instance for something; after {@link #close} the answer is a cancellation. */
    void request(Mail.Request request) {
        lock.lock();
        try {
            if (!closed) {
                requests.addLast(request);
                notEmpty.signal();
                return;
            }
        } finally {
            lock.unlock();
        }
        cancel(request);
    }

    /** Asks the instance to end. */
    void stop() {
        lock.lock();
        try {
            stopped = true;
            notEmpty.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Takes out the next mail, waiting for it; for the instance's thread. */
    Mail take() throws InterruptedException {
        lock.lock();
        try {
            Optional<Mail> next = next();
            while (next.isEmpty()) {
                notEmpty.await();
                next = next();
            }
            return next.get();
        } finally {
            lock.unlock();
        }
    }

    private Optional<Mail> next() {
        if (stopped) {
            return Optional.of(new Mail.Stop());
        }
        if (!links.isEmpty()) {
            Mail.LinkChanged first = links.values().iterator().next();
            links.remove(first.ifindex());
            return Optional.of(first);
        }
        if (expired) {
            expired = false;
            return Optional.of(new Mail.TimerExpired());
        }
        if (catchingUp && ahead == 0) {
            catchingUp = false;
            return Optional.of(new Mail.CaughtUp());
        }
        // What is due comes before those who only want to know, however many they are.
        if (!requests.isEmpty() && !catchingUp) {
            return Optional.of(requests.removeFirst());
        }
        Waiting next = queue.pollFirst();
        if (next == null) {
            return Optional.empty();
        }
        tally(next.mail.kind()).waiting--;
        ahead = Math.max(ahead - 1, 0);
        arrivedNanos = next.sinceNanos;
        return Optional.of(next.mail);
    }

    /** When the droppable mail that was taken out last was put in; for the instance's thread. */
    long arrivedNanos() {
        return arrivedNanos;
    }

    /** Nobody takes out any more: whoever waits for an answer is told so. */
    void close() {
        ArrayDeque<Mail.Request> unanswered;
        lock.lock();
        try {
            closed = true;
            unanswered = new ArrayDeque<>(requests);
            requests.clear();
        } finally {
            lock.unlock();
        }
        unanswered.forEach(Mailbox::cancel);
    }

    private static void cancel(Mail.Request request) {
        request.cancel(new CancellationException("the instance has ended"));
    }

    /** How many of a kind were dropped so far. */
    long dropped(Mail.Kind kind) {
        lock.lock();
        try {
            return tally(kind).dropped;
        } finally {
            lock.unlock();
        }
    }

    /** How many of a kind wait. */
    int waiting(Mail.Kind kind) {
        lock.lock();
        try {
            return tally(kind).waiting;
        } finally {
            lock.unlock();
        }
    }

    /** How many droppable messages wait. */
    int depth() {
        lock.lock();
        try {
            return queue.size();
        } finally {
            lock.unlock();
        }
    }

    /** How many of a kind may wait. */
    int limit(Mail.Kind kind) {
        return tally(kind).limit;
    }

    private Tally tally(Mail.Kind kind) {
        Tally tally = tallies.get(kind);
        if (tally == null) {
            throw new AssertionError("every kind has its tally");
        }
        return tally;
    }
}
