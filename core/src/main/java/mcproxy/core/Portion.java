package mcproxy.core;

import mcproxy.wire.IpAddress;

import java.util.Collection;
import java.util.Iterator;
import java.util.NavigableMap;
import java.util.Optional;

/**
 * A stretch of groups that is shown in one go, the same of every interface.
 *
 * @param group only this one
 * @param after only those after this one
 * @param upTo only those up to this one, itself too
 */
record Portion(Optional<IpAddress> group, Optional<IpAddress> after, Optional<IpAddress> upTo) {
    /** What fits into a request; up to where that is, is the same for all of the maps. */
    static Portion of(ViewRequest request, Collection<? extends NavigableMap<IpAddress, ?>> maps) {
        if (request.group().isPresent()) {
            return new Portion(request.group(), Optional.empty(), Optional.empty());
        }
        Optional<IpAddress> upTo = Optional.empty();
        if (request.most() < Integer.MAX_VALUE) {
            int each = Math.max(1, request.most() / Math.max(1, maps.size()));
            for (NavigableMap<IpAddress, ?> map : maps) {
                Optional<IpAddress> last = last(tail(map, request.after()), each);
                if (last.isPresent() && (upTo.isEmpty() || last.get().compareTo(upTo.get()) < 0)) {
                    upTo = last;
                }
            }
        }
        return new Portion(Optional.empty(), request.after(), upTo);
    }

    /** The last key of so many, if there are more. */
    private static Optional<IpAddress> last(NavigableMap<IpAddress, ?> map, int count) {
        Iterator<IpAddress> keys = map.navigableKeySet().iterator();
        for (int i = 1; keys.hasNext(); i++) {
            IpAddress key = keys.next();
            if (i == count) {
                return keys.hasNext() ? Optional.of(key) : Optional.empty();
            }
        }
        return Optional.empty();
    }

    private static <V> NavigableMap<IpAddress, V> tail(
            NavigableMap<IpAddress, V> map, Optional<IpAddress> from) {
        return from.map(first -> map.tailMap(first, false)).orElse(map);
    }

    /** What of a map is in it. */
    <V> NavigableMap<IpAddress, V> of(NavigableMap<IpAddress, V> map) {
        if (group.isPresent()) {
            return map.subMap(group.get(), true, group.get(), true);
        }
        NavigableMap<IpAddress, V> tail = tail(map, after);
        return upTo.map(last -> tail.headMap(last, true)).orElse(tail);
    }
}
