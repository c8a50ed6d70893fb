package mcproxy.control;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** What the server counts, and whom it tells; any thread. */
final class ControlCounters {
    private final LongAdder requests = new LongAdder();
    private final Map<Refusal, LongAdder> refused = new EnumMap<>(Refusal.class);
    private final ControlLimits limits;
    private final ControlEvent.Listener listener;

    ControlCounters(ControlLimits limits, ControlEvent.Listener listener) {
        this.limits = limits;
        this.listener = listener;
        for (Refusal refusal : Refusal.values()) {
            refused.put(refusal, new LongAdder()); // from here on the map is only read
        }
    }

    /** A request has come in. */
    void request() {
        requests.increment();
    }

    /** A request, or a whole connection, was refused. */
    void refused(Refusal refusal) {
        adder(refusal).increment();
        switch (refusal) {
            case BODY_TOO_LARGE -> reached("bodyBytes", limits.bodyBytes());
            case HEADER_TOO_LARGE -> reached("headerBytes", limits.headerBytes());
            case CONNECTIONS -> reached("connections", limits.connections());
            case READERS -> reached("eventReaders", limits.eventReaders());
            case BUSY -> reached("waitingRequests", limits.waitingRequests());
            case MALFORMED,
                    PARAMETER,
                    FORBIDDEN,
                    NOT_FOUND,
                    METHOD,
                    NOT_ACCEPTABLE,
                    SLOW,
                    CONFLICT,
                    MEDIA_TYPE,
                    CONFIGURATION,
                    FAILED,
                    VERSION -> {}
        }
    }

    private LongAdder adder(Refusal refusal) {
        return Objects.requireNonNull(refused.get(refusal));
    }

    private void reached(String limit, long value) {
        tell(new ControlEvent.LimitReached(limit, value));
    }

    void tell(ControlEvent event) {
        listener.tell(event);
    }

    /** All that was counted, in a fixed order; the refusals that never happened, too. */
    List<Counter> snapshot() {
        List<Counter> counters = new ArrayList<>();
        counters.add(new Counter(null, null, "control-requests", null, requests.sum()));
        for (Refusal refusal : Refusal.values()) {
            counters.add(
                    new Counter(
                            null,
                            null,
                            "control-refused",
                            refusal.toString(),
                            adder(refusal).sum()));
        }
        return counters;
    }
}
