package mcproxy.core;

import mcproxy.wire.IpAddress;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The forwarding entries of one family that the kernel should have: wanted table, not kernel state.
 * Which interfaces an entry names is decided by {@link FamilyProxy}.
 */
final class Forwarding {
    /** No interface has this index. */
    private static final int NOWHERE = 0;

    /** How long a route that has moved does not move back. */
    private static final Duration HOLD = Duration.ofSeconds(10);

    /** A forwarding entry. */
    static final class Route {
        private final IpAddress source;
        private final long sinceNanos;
        private int incoming = NOWHERE;
        private List<Integer> outgoing = List.of();
        private long rightPackets;
        private long rightPacketsAtLastWrong = -1;
        private int cameFrom = NOWHERE;
        private boolean isGuess;
        private long movedAtNanos;

        Route(IpAddress source, long nowNanos) {
            this.source = source;
            this.sinceNanos = nowNanos;
        }

        /** When it was set first. */
        long sinceNanos() {
            return sinceNanos;
        }

        /** The source of its packets. */
        IpAddress source() {
            return source;
        }

        /** The interface on which packets must arrive. */
        int incoming() {
            return incoming;
        }

        /** The interfaces to forward to, ascending. */
        List<Integer> outgoing() {
            return outgoing;
        }

        /**
         * Would this interface take the route back to where it has just come from? A source that
         * appears now here, now there is a loop or two senders, and its route does not follow.
         */
        boolean hasJustLeft(int ifindex, long nowNanos) {
            return ifindex == cameFrom && nowNanos - movedAtNanos < HOLD.toNanos();
        }

        /**
         * Was it moved away before any packet had come where it was set at first? Then nothing is
         * known yet of where its source really is.
         */
        boolean isGuess() {
            return isGuess;
        }

        /** Its source has been heard where it was expected. */
        void confirm() {
            isGuess = false;
        }

        private void moveTo(int ifindex, long nowNanos) {
            if (incoming != NOWHERE && incoming != ifindex) {
                cameFrom = incoming;
                movedAtNanos = nowNanos;
            }
            incoming = ifindex;
        }

        /** Takes the kernel's counter; gives whether packets have used the entry since the last. */
        boolean used(long rightPacketsNow) {
            boolean used = rightPacketsNow > rightPackets;
            rightPackets = Math.max(rightPacketsNow, rightPackets);
            return used;
        }

        /**
         * A packet came in on a wrong interface: has the source moved there? It has when nothing
         * has come the right way so far, or nothing since the last wrong packet, which the kernel
         * reports at most every three seconds.
         */
        boolean hasMoved(long rightPacketsNow) {
            boolean unused = rightPacketsNow <= 0;
            boolean moved = unused || rightPacketsNow == rightPacketsAtLastWrong;
            rightPacketsAtLastWrong = rightPacketsNow;
            isGuess |= unused;
            return moved;
        }
    }

    private final TreeMap<IpAddress, TreeMap<IpAddress, Route>> byGroup = new TreeMap<>();
    private int size;

    /** How many entries there are. */
    int size() {
        return size;
    }

    /** The entries of a group as they are now, ascending by source. */
    List<Route> of(IpAddress group) {
        TreeMap<IpAddress, Route> routes = byGroup.get(group);
        return routes == null ? List.of() : List.copyOf(routes.values());
    }

    /** The entry of (source, group), if there is one. */
    Optional<Route> find(IpAddress source, IpAddress group) {
        return Optional.ofNullable(byGroup.get(group)).map(routes -> routes.get(source));
    }

    /** The entries by group and source. */
    NavigableMap<IpAddress, ? extends Map<IpAddress, Route>> byGroup() {
        return byGroup;
    }

    /** The groups that have entries. */
    List<IpAddress> groups() {
        return List.copyOf(byGroup.keySet());
    }

    /**
     * Sets an entry; nothing happens when it is so already. Gives whether it is new or different.
     */
    boolean set(
            IpAddress source, IpAddress group, int incoming, List<Integer> outgoing, Cycle cycle) {
        Route route = find(source, group).orElseGet(() -> add(source, group, cycle));
        if (route.incoming == incoming && route.outgoing.equals(outgoing)) {
            return false;
        }
        route.moveTo(incoming, cycle.now());
        route.outgoing = List.copyOf(outgoing);
        cycle.add(new Effect.SetRoute(source, group, incoming, outgoing));
        return true;
    }

    private Route add(IpAddress source, IpAddress group, Cycle cycle) {
        Route route = new Route(source, cycle.now());
        byGroup.computeIfAbsent(group, _ -> new TreeMap<>()).put(source, route);
        size++;
        return route;
    }

    /** Deletes an entry, if there is one. */
    void delete(IpAddress source, IpAddress group, Cycle cycle) {
        TreeMap<IpAddress, Route> routes = byGroup.get(group);
        if (routes == null || routes.remove(source) == null) {
            return;
        }
        size--;
        if (routes.isEmpty()) {
            byGroup.remove(group);
        }
        cycle.add(new Effect.DeleteRoute(source, group));
        cycle.tell(new Event.RouteDeleted(source, group));
    }

    /** Asks the kernel for the counters of all entries. */
    void askUsage(Cycle cycle) {
        byGroup.forEach((group, routes) ->
                routes.keySet().forEach(source -> cycle.add(new Effect.AskUsage(source, group))));
    }

    /** Deletes all entries. */
    void clear(Cycle cycle) {
        for (IpAddress group : groups()) {
            of(group).forEach(route -> delete(route.source, group, cycle));
        }
    }
}
