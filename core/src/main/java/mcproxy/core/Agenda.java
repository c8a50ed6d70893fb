package mcproxy.core;

import mcproxy.wire.IpAddress;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** When something is to be said of each group; many groups share one deadline of their link. */
final class Agenda {
    private record Item(long atNanos, IpAddress group) {
        static final Comparator<Item> ORDER =
                Comparator.comparingLong(Item::atNanos).thenComparing(Item::group);
    }

    private final TreeSet<Item> ordered = new TreeSet<>(Item.ORDER);
    private final Map<IpAddress, Item> byGroup = new HashMap<>();

    /** Sets the time of a group, in place of an earlier or later one. */
    void set(IpAddress group, long atNanos) {
        remove(group);
        Item item = new Item(atNanos, group);
        byGroup.put(group, item);
        ordered.add(item);
    }

    /** Sets the time of a group unless it has an earlier one. */
    void setIfEarlier(IpAddress group, long atNanos) {
        if (at(group) > atNanos) {
            set(group, atNanos);
        }
    }

    /** The time of a group; {@link ProxyEngine#NO_DEADLINE} when it has none. */
    long at(IpAddress group) {
        Item item = byGroup.get(group);
        return item == null ? ProxyEngine.NO_DEADLINE : item.atNanos;
    }

    void remove(IpAddress group) {
        Item item = byGroup.remove(group);
        if (item != null) {
            ordered.remove(item);
        }
    }

    /** The first time of all; {@link ProxyEngine#NO_DEADLINE} when there is none. */
    long first() {
        return ordered.isEmpty() ? ProxyEngine.NO_DEADLINE : ordered.first().atNanos;
    }

    /** Takes out the first group whose time has come. */
    Optional<IpAddress> pollDue(long nowNanos) {
        if (first() > nowNanos) {
            return Optional.empty();
        }
        IpAddress group = ordered.first().group;
        remove(group);
        return Optional.of(group);
    }

    void clear() {
        ordered.clear();
        byGroup.clear();
    }
}
