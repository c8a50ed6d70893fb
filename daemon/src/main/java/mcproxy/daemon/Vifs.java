package mcproxy.daemon;

import mcproxy.core.Effect;
import mcproxy.kernel.MulticastTable;

import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Which interfaces have one of the kernel's 32 numbers of a table (VIFs, MIFs), and which need one.
 *
 * <p>As long as there are free numbers every interface has one, so that the kernel tells of senders
 * on it. Upstreams and interfaces that packets come from or go to need theirs; the others may have
 * to give it up: first those that no route names, then those whose packets nobody wants; of these
 * the one that has been unused the longest. Membership messages are heard without a number.
 */
final class Vifs {
    private static final int FREE = 0; // no interface has the index 0

    private final int[] ifindexes = new int[MulticastTable.MAX_INTERFACES];

    /** The interfaces that are up, in the order in which they came. */
    private final Map<Integer, Use> uses = new LinkedHashMap<>();

    /** Routes that name an interface; those to nowhere apart. */
    private final Map<Integer, Named> named = new LinkedHashMap<>();

    private long sequence;

    private static final class Use {
        private boolean upstream;
        private long lastUsed;
    }

    private static final class Named {
        private int routes;
        private int toNowhere;
    }

    /** An interface is up, or has changed its side. */
    void up(int ifindex, boolean upstream) {
        Use use = uses.computeIfAbsent(ifindex, _ -> new Use());
        use.upstream = upstream;
        use.lastUsed = sequence++;
    }

    /** An interface is no longer up; its number is free. */
    void down(int ifindex) {
        uses.remove(ifindex);
        of(ifindex).ifPresent(vif -> ifindexes[vif] = FREE);
    }

    boolean isUp(int ifindex) {
        return uses.containsKey(ifindex);
    }

    /** All interfaces that are up, the one that came first before the others. */
    List<Integer> all() {
        return List.copyOf(uses.keySet());
    }

    /** Counts the interfaces that a route names, or, with -1, no longer names. */
    void count(Effect.SetRoute route, int by) {
        boolean toNowhere = route.outgoing().isEmpty();
        count(route.incoming(), toNowhere, by);
        route.outgoing().forEach(ifindex -> count(ifindex, false, by));
    }

    private void count(int ifindex, boolean toNowhere, int by) {
        Named counts = named.computeIfAbsent(ifindex, _ -> new Named());
        if (toNowhere) {
            counts.toNowhere += by;
        } else {
            counts.routes += by;
        }
        if (counts.routes == 0 && counts.toNowhere == 0) {
            named.remove(ifindex);
        }
        Use use = uses.get(ifindex);
        if (use != null) {
            use.lastUsed = sequence++;
        }
    }

    /** Does any route name it? */
    boolean isNamed(int ifindex) {
        return named.containsKey(ifindex);
    }

    /** Is it an upstream, or do packets come from it, or go to it? */
    boolean needsOne(int ifindex) {
        Use use = uses.get(ifindex);
        Named counts = named.get(ifindex);
        return use != null && (use.upstream || (counts != null && counts.routes > 0));
    }

    /** The number of an interface. */
    OptionalInt of(int ifindex) {
        for (int vif = 0; vif < ifindexes.length; vif++) {
            if (ifindexes[vif] == ifindex) {
                return OptionalInt.of(vif);
            }
        }
        return OptionalInt.empty();
    }

    /** The interface that has a number; empty when none has it (any more). */
    OptionalInt at(int vif) {
        boolean known = vif >= 0 && vif < ifindexes.length && ifindexes[vif] != FREE;
        return known ? OptionalInt.of(ifindexes[vif]) : OptionalInt.empty();
    }

    /** An interface has a number now. */
    void give(int vif, int ifindex) {
        ifindexes[vif] = ifindex;
    }

    /** An interface has given its number up. */
    void take(int ifindex) {
        of(ifindex).ifPresent(vif -> ifindexes[vif] = FREE);
    }

    /** The numbers that nobody has, ascending. */
    List<Integer> free() {
        return IntStream.range(0, ifindexes.length)
                .filter(vif -> ifindexes[vif] == FREE)
                .boxed()
                .toList();
    }

    /** The interfaces that have a number, by number. */
    List<Integer> holders() {
        return Arrays.stream(ifindexes).filter(ifindex -> ifindex != FREE).boxed().toList();
    }

    /** Who can do best without its number; empty when all need theirs. */
    Optional<Integer> leastNeeding() {
        return holders().stream()
                .filter(ifindex -> !needsOne(ifindex))
                .min(
                        Comparator.comparing(this::isNamed)
                                .thenComparing(ifindex -> {
                                    Use use = uses.get(ifindex);
                                    return use == null ? -1 : use.lastUsed;
                                }));
    }
}
