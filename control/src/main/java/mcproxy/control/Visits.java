package mcproxy.control;

import org.eclipse.jetty.io.Connection;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The connections, and how long each may be in the state that it is in: Jetty's own timeouts begin
 * anew with every byte, so a peer that sends one now and then could stay for ever.
 */
final class Visits implements Connection.Listener {
    /** How many connections beyond the limit are heard out, only to be told that they are. */
    private static final int SURPLUS = 32;

    private static final long LOOK_INTERVAL_MILLIS = 250;

    /** What a connection is waiting for. */
    enum Phase {
        /** The peer's next request. */
        REQUEST,
        /** The body of the request. */
        BODY,
        /** Our own answer to be found. */
        WORK,
        /** The peer to take the answer. */
        ANSWER,
        /** Events, as long as the peer likes. */
        EVENTS
    }

    /** One connection. */
    final class Visit {
        private final Connection connection;
        private final boolean surplus;
        private Phase phase = Phase.REQUEST;
        private long sinceNanos = System.nanoTime();
        private Runnable late = this::close;

        private Visit(Connection connection, boolean surplus) {
            this.connection = connection;
            this.surplus = surplus;
        }

        /** Is it one too many? */
        boolean isSurplus() {
            return surplus;
        }

        /** Begins to wait for something. */
        void enter(Phase next) {
            enter(next, this::close);
        }

        /**
         * Begins to wait for something.
         *
         * @param ifLate what happens when it has taken too long
         */
        synchronized void enter(Phase next, Runnable ifLate) {
            phase = next;
            sinceNanos = System.nanoTime();
            late = ifLate;
        }

        private void close() {
            connection.getEndPoint().close();
        }

        private void look(long nowNanos) {
            Runnable action;
            synchronized (this) {
                if (nowNanos - sinceNanos < limitNanos(phase)) {
                    return;
                }
                sinceNanos = nowNanos;
                action = late;
                late = this::close;
            }
            onLate.accept(Refusal.SLOW);
            action.run();
        }
    }

    private final ControlLimits limits;
    private final Consumer<Refusal> onLate;
    private final Consumer<Refusal> onFull;
    private final ConcurrentHashMap<Connection, Visit> visits = new ConcurrentHashMap<>();
    private final ScheduledExecutorService looker;
    private @Nullable ScheduledFuture<?> looking;

    /**
     * No connections yet.
     *
     * @param onLate is told of each connection that took too long
     * @param onFull is told of each connection that is not even heard
     */
    Visits(ControlLimits limits, Consumer<Refusal> onLate, Consumer<Refusal> onFull) {
        this.limits = limits;
        this.onLate = onLate;
        this.onFull = onFull;
        looker =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().daemon().name("control watch").factory());
    }

    private long limitNanos(Phase phase) {
        return switch (phase) {
            case REQUEST, BODY -> limits.arrival().toNanos();
            case ANSWER -> limits.answer().toNanos();
            case WORK, EVENTS -> Long.MAX_VALUE;
        };
    }

    /** The visit of a connection that is open. */
    Visit of(Connection connection) {
        return visits.computeIfAbsent(connection, one -> new Visit(one, false));
    }

    @Override
    public void onOpened(Connection connection) {
        int number = visits.size();
        visits.put(connection, new Visit(connection, number >= limits.connections()));
        if (number >= limits.connections() + SURPLUS) {
            onFull.accept(Refusal.CONNECTIONS);
            connection.getEndPoint().close();
            return;
        }
        look();
    }

    @Override
    public void onClosed(Connection connection) {
        visits.remove(connection);
    }

    /** Looks at the connections now and then, as long as there are any. */
    private synchronized void look() {
        if (looking == null && !looker.isShutdown()) {
            looking =
                    looker.scheduleWithFixedDelay(
                            this::lookAtAll,
                            LOOK_INTERVAL_MILLIS,
                            LOOK_INTERVAL_MILLIS,
                            TimeUnit.MILLISECONDS);
        }
    }

    private void lookAtAll() {
        long now = System.nanoTime();
        visits.values().forEach(visit -> visit.look(now));
        synchronized (this) {
            if (visits.isEmpty() && looking != null) {
                looking.cancel(false);
                looking = null;
            }
        }
    }

    /** Ends the looking. */
    void stop() {
        looker.shutdownNow();
    }
}
