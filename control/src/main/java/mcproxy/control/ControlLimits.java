package mcproxy.control;

import java.time.Duration;

/**
 * What the control socket takes at most; each limit has a counter, and an answer that tells it.
 *
 * @param connections at once, those of event readers in it; more are answered 503
 * @param eventReaders at once; more are answered 503
 * @param waitingRequests that may wait for those being answered; more are answered 503
 * @param bodyBytes of a request; more is answered 413
 * @param headerBytes of a request, its target in it; more is answered 431
 * @param arrival how long a request's header, and then its body, may take to arrive; a late body is
 *     answered 408, a late header and a peer that asks nothing lose the connection
 * @param answer how long a peer may take to read an answer, or an event, before it loses the
 *     connection
 */
public record ControlLimits(
        int connections,
        int eventReaders,
        int waitingRequests,
        int bodyBytes,
        int headerBytes,
        Duration arrival,
        Duration answer) {
    /** Enough for many people and programs, and little for the daemon. */
    public static final ControlLimits DEFAULT =
            new ControlLimits(
                    64, 16, 32, 4 << 20, 8 << 10, Duration.ofSeconds(10), Duration.ofSeconds(30));
}
