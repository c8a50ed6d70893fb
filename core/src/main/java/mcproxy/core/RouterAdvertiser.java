package mcproxy.core;

import mcproxy.core.RouterSettings.Advertising;
import mcproxy.wire.Message;

import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Tells the snooping switches of a downstream that a multicast router is here (RFC 4286), whether
 * it is querier or not: a switch that knows only the querier would keep reports and streams from
 * us.
 */
final class RouterAdvertiser {
    /** RFC 4286 3.1.2: AdvertisementJitter is a fortieth, 0.025, of the interval. */
    private static final int JITTER_DIVISOR = 40;

    /** RFC 4286 6. */
    private static final Duration MAX_RESPONSE_DELAY = Duration.ofSeconds(2);

    private final LinkAt link;
    private final Querier querier;
    private final Deadlines deadlines;
    private final RandomGenerator random;
    private final Reminder next;

    private Optional<Advertising> advertising = Optional.empty();
    private int initialLeft;
    private long earliestNanos = Long.MIN_VALUE;

    RouterAdvertiser(LinkAt link, Querier querier, Deadlines deadlines, RandomGenerator random) {
        this.link = link;
        this.querier = querier;
        this.deadlines = deadlines;
        this.random = random;
        this.next = new Reminder.Advertisement(link.ifindex(), link.family());
    }

    /** Starts, goes on, or ends, as the settings say (RFC 4286 3.4, 5.3). */
    void configure(Cycle cycle) {
        Optional<Advertising> wanted = link.settings().router().advertising();
        if (wanted.equals(advertising)) {
            return;
        }
        if (wanted.isPresent()) {
            advertising = wanted;
            start(cycle);
        } else {
            stop(cycle);
        }
    }

    /** A few advertisements soon, at random, so that many routers do not speak at once (3.4). */
    void start(Cycle cycle) {
        if (advertising.isPresent()) {
            initialLeft = advertising.get().initialCount();
            deadlines.set(next, cycle.now() + delay(advertising.get().initialInterval()));
        }
    }

    /**
     * A switch asks: it is answered within two seconds, unless an advertisement is due by then
     * anyway (RFC 4286 3.4).
     */
    void solicited(Cycle cycle) {
        if (deadlines.at(next) > cycle.now() + MAX_RESPONSE_DELAY.toNanos()
                && deadlines.isSet(next)) {
            long answerAt = cycle.now() + delay(MAX_RESPONSE_DELAY);
            deadlines.set(next, Math.max(answerAt, earliestNanos));
        }
    }

    /** An advertisement is due; the next follows after the interval, a little more or less. */
    void advertise(Cycle cycle) {
        if (advertising.isEmpty()) {
            return;
        }
        Advertising how = advertising.get();
        send(
                new Message.RouterAdvertisement(
                        link.family(),
                        (int) how.interval().toSeconds(),
                        (int) querier.timers().queryInterval().toSeconds(),
                        // RFC 4286 3.2.5: IGMPv1 has no robustness
                        querier.protocol().generation() == 1 ? 0 : querier.timers().robustness()),
                cycle);
        earliestNanos = cycle.now() + shortestPause(how);
        initialLeft = Math.max(0, initialLeft - 1);
        deadlines.set(
                next, cycle.now() + (initialLeft > 0 ? initialPause(how) : pause(how.interval())));
    }

    private static long shortestPause(Advertising how) {
        return Duration.ofSeconds(1).dividedBy(how.messagesPerSecond()).toNanos();
    }

    private long initialPause(Advertising how) {
        return Math.max(shortestPause(how), delay(how.initialInterval()));
    }

    private long pause(Duration base) {
        long jitter = base.toNanos() / JITTER_DIVISOR;
        return base.toNanos() - jitter + random.nextLong(2 * jitter + 1);
    }

    /** We route no longer (RFC 4286 5.3). */
    void stop(Cycle cycle) {
        if (advertising.isPresent()) {
            send(new Message.RouterTermination(link.family()), cycle);
        }
        forget();
    }

    /** The link is gone, and nobody there can hear us. */
    void forget() {
        advertising = Optional.empty();
        deadlines.cancel(next);
    }

    /** RFC 4286 3.3.1: only from an address that the interface has. */
    private void send(Message message, Cycle cycle) {
        if (!link.address().isUnspecified()) {
            link.send(link.allSnoopers(), message, cycle);
        }
    }

    private long delay(Duration most) {
        return random.nextLong(most.toNanos());
    }
}
