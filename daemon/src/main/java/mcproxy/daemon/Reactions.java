package mcproxy.daemon;

import mcproxy.core.Effect;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;

import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * How long an instance takes from what the receiver has read to what it does about it: until the
 * system call has returned. The instance's thread tells; any thread may read what was counted.
 */
final class Reactions {
    /** What is timed. */
    enum Kind {
        /** A message waits in the mailbox until the instance takes it. */
        QUEUE,
        /** A host's message makes a route lead to the host's interface. */
        JOIN_TO_ROUTE,
        /**
         * A host's message ends in a route that no longer leads to its interface: at once, or when
         * nobody has answered the query that it caused.
         */
        LEAVE_TO_ROUTE,
        /** A host's message makes us send a report on an upstream. */
        MESSAGE_TO_REPORT,
        /** The first packet of a source makes us set its route. */
        MISS_TO_ROUTE;

        /** For instance {@code join-to-route}. */
        String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** The query of a leave is answered within this time, or it never was one. */
    private static final Duration LEAVE_LIMIT = Duration.ofSeconds(30);

    /** Of how many groups leaves are watched at once; of more the eldest are not timed. */
    private static final int MAX_LEAVES = 4096;

    private final Clock clock;
    private final Map<Kind, Durations> durations = new EnumMap<>(Kind.class);

    /** When the messages arrived after which a group was asked about, by group and interface. */
    private final LinkedHashMap<IpAddress, Map<Integer, Long>> leaves = new LinkedHashMap<>();

    /** The link of the message that is being dealt with; none when it is something else. */
    private OptionalInt messageOn = OptionalInt.empty();

    private boolean isMiss;
    private long arrivedNanos;

    Reactions(Clock clock) {
        this.clock = clock;
        for (Kind kind : Kind.values()) {
            durations.put(kind, new Durations());
        }
    }

    private Durations of(Kind kind) {
        return Objects.requireNonNull(durations.get(kind));
    }

    /** A membership message is being dealt with from now on. */
    void toMessage(int ifindex, long arrived, long now) {
        messageOn = OptionalInt.of(ifindex);
        arrivedNanos = arrived;
        of(Kind.QUEUE).add(now - arrived);
    }

    /** A packet without a route is being dealt with from now on. */
    void toMiss(long arrived, long now) {
        isMiss = true;
        arrivedNanos = arrived;
        of(Kind.QUEUE).add(now - arrived);
    }

    /** It has been dealt with. */
    void done() {
        messageOn = OptionalInt.empty();
        isMiss = false;
    }

    /** An effect has been carried out. */
    void carriedOut(Effect effect) {
        switch (effect) {
            case Effect.SetRoute set -> {
                if (isMiss) {
                    add(Kind.MISS_TO_ROUTE, arrivedNanos);
                } else if (messageOn.isPresent()) {
                    add(
                            set.outgoing().contains(messageOn.getAsInt())
                                    ? Kind.JOIN_TO_ROUTE
                                    : Kind.LEAVE_TO_ROUTE,
                            arrivedNanos);
                } else {
                    left(set.group(), set.outgoing());
                }
            }
            case Effect.DeleteRoute delete -> {
                if (messageOn.isPresent()) {
                    add(Kind.LEAVE_TO_ROUTE, arrivedNanos);
                } else {
                    left(delete.group(), List.of());
                }
            }
            case Effect.Send send -> sent(send);
            case Effect.AskUsage _, Effect.Tell _ -> {}
        }
    }

    private void add(Kind kind, long since) {
        of(kind).add(clock.nanos() - since);
    }

    private void sent(Effect.Send send) {
        if (messageOn.isEmpty()) {
            return;
        }
        switch (send.packet().message()) {
            case Message.Query query -> {
                if (send.ifindex() == messageOn.getAsInt() && !query.group().isUnspecified()) {
                    watch(query.group(), send.ifindex());
                }
            }
            case Message.Report _, Message.OldReport _, Message.Leave _ ->
                    add(Kind.MESSAGE_TO_REPORT, arrivedNanos);
            case Message.RouterAdvertisement _,
                    Message.RouterSolicitation _,
                    Message.RouterTermination _,
                    Message.Unknown _ -> {}
        }
    }

    /** A leave that a host repeats is the first one; one that was answered is forgotten in time. */
    private void watch(IpAddress group, int ifindex) {
        Map<Integer, Long> since = leaves.computeIfAbsent(group, _ -> new HashMap<>());
        Long before = since.get(ifindex);
        if (before == null || arrivedNanos - before >= LEAVE_LIMIT.toNanos()) {
            since.put(ifindex, arrivedNanos);
        }
        if (leaves.size() > MAX_LEAVES) {
            leaves.pollFirstEntry();
        }
    }

    /** A timer has changed a route of a group, which now leads to these interfaces. */
    private void left(IpAddress group, List<Integer> outgoing) {
        Map<Integer, Long> since = leaves.remove(group);
        if (since == null) {
            return;
        }
        since.forEach((ifindex, arrived) -> {
            boolean gone = !outgoing.contains(ifindex);
            if (gone && clock.nanos() - arrived < LEAVE_LIMIT.toNanos()) {
                add(Kind.LEAVE_TO_ROUTE, arrived);
            }
        });
        since.keySet().removeIf(ifindex -> !outgoing.contains(ifindex));
        if (!since.isEmpty()) {
            leaves.put(group, since);
        }
    }

    /** What was counted so far. */
    Map<Kind, Durations.Counted> counted() {
        Map<Kind, Durations.Counted> counted = new EnumMap<>(Kind.class);
        durations.forEach((kind, some) -> counted.put(kind, some.counted()));
        return counted;
    }
}
