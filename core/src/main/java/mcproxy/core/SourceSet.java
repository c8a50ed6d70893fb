package mcproxy.core;

import mcproxy.wire.IpAddress;

import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An immutable set of source addresses with the algebra in which the RFCs write their state tables:
 * {@code A+B} is {@link #plus}, {@code A-B} is {@link #minus}, {@code A*B} is {@link #and}.
 *
 * <p>Kept sorted, so that every order that depends on it is the same in every run.
 */
public final class SourceSet implements Iterable<IpAddress> {
    /** The set without sources, {@code {}}. */
    public static final SourceSet EMPTY = new SourceSet(new IpAddress[0]);

    private final IpAddress[] sorted;

    private SourceSet(IpAddress[] sorted) {
        this.sorted = sorted;
    }

    /** The set of these sources. */
    public static SourceSet of(IpAddress... sources) {
        return of(List.of(sources));
    }

    /** The set of these sources; duplicates count once. */
    public static SourceSet of(Collection<IpAddress> sources) {
        if (sources.isEmpty()) {
            return EMPTY;
        }
        return new SourceSet(sources.stream().sorted().distinct().toArray(IpAddress[]::new));
    }

    /** A+B: what is in one of them. */
    public SourceSet plus(SourceSet other) {
        return combine(other, true, true, true);
    }

    /** A-B: what is in this set but not in the other. */
    public SourceSet minus(SourceSet other) {
        return combine(other, true, false, false);
    }

    /** A*B: what is in both. */
    public SourceSet and(SourceSet other) {
        return combine(other, false, true, false);
    }

    /** Merges two sorted lists, keeping what is only here, in both, or only there. */
    private SourceSet combine(SourceSet other, boolean here, boolean both, boolean there) {
        IpAddress[] result = new IpAddress[sorted.length + other.sorted.length];
        int size = 0;
        int i = 0;
        int j = 0;
        while (i < sorted.length || j < other.sorted.length) {
            int order =
                    i == sorted.length
                            ? 1
                            : j == other.sorted.length ? -1 : sorted[i].compareTo(other.sorted[j]);
            if (order < 0) {
                if (here) {
                    result[size++] = sorted[i];
                }
                i++;
            } else if (order > 0) {
                if (there) {
                    result[size++] = other.sorted[j];
                }
                j++;
            } else {
                if (both) {
                    result[size++] = sorted[i];
                }
                i++;
                j++;
            }
        }
        return size == 0 ? EMPTY : new SourceSet(Arrays.copyOf(result, size));
    }

    /** Is the source in the set? */
    public boolean contains(IpAddress source) {
        return Arrays.binarySearch(sorted, source) >= 0;
    }

    /** Is there no source? */
    public boolean isEmpty() {
        return sorted.length == 0;
    }

    /** The number of sources. */
    public int size() {
        return sorted.length;
    }

    /** The sources in ascending order. */
    public List<IpAddress> toList() {
        return List.of(sorted);
    }

    /** The sources in ascending order. */
    public Stream<IpAddress> stream() {
        return Arrays.stream(sorted);
    }

    @Override
    public Iterator<IpAddress> iterator() {
        return new Iterator<>() {
            private int next;

            @Override
            public boolean hasNext() {
                return next < sorted.length;
            }

            @Override
            public IpAddress next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return sorted[next++];
            }
        };
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SourceSet set && Arrays.equals(sorted, set.sorted);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(sorted);
    }

    /** The sources in braces, for instance {@code {10.0.0.1, 10.0.0.2}}. */
    @Override
    public String toString() {
        return stream().map(IpAddress::toString).collect(Collectors.joining(", ", "{", "}"));
    }
}
