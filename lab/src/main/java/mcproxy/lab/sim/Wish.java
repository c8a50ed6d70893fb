package mcproxy.lab.sim;

import mcproxy.wire.IpAddress;

import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What an application wants of a group, as it tells its socket (RFC 9776 2).
 *
 * @param exclude is this the filter mode EXCLUDE?
 * @param sources the source list
 */
record Wish(boolean exclude, SortedSet<IpAddress> sources) {
    /** INCLUDE {}: nothing is wanted. */
    static final Wish NOTHING = new Wish(false, new TreeSet<>());

    Wish {
        sources = new TreeSet<>(sources);
    }

    static Wish of(boolean exclude, Set<IpAddress> sources) {
        return new Wish(exclude, new TreeSet<>(sources));
    }

    boolean isNothing() {
        return !exclude && sources.isEmpty();
    }

    boolean wants(IpAddress source) {
        return exclude != sources.contains(source);
    }

    /** A minus B. */
    static SortedSet<IpAddress> minus(Set<IpAddress> a, Set<IpAddress> b) {
        TreeSet<IpAddress> result = new TreeSet<>(a);
        result.removeAll(b);
        return result;
    }

    /** What is in both. */
    static SortedSet<IpAddress> both(Set<IpAddress> a, Set<IpAddress> b) {
        TreeSet<IpAddress> result = new TreeSet<>(a);
        result.retainAll(b);
        return result;
    }

    @Override
    public String toString() {
        return (exclude ? "EXCLUDE " : "INCLUDE ") + sources;
    }
}
