package mcproxy.core;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Any set of sources of one family, exactly: what memberships and filters make of each other. A
 * {@link Membership} lists addresses; a filter may also speak of networks, so the algebra of both
 * needs ranges.
 *
 * <p>The rules of the algebra (IN for INCLUDE, EX for EXCLUDE, WL for a whitelist, BL for a
 * blacklist) are those of sets: IN(A) and WL(A) are A, EX(A) and BL(A) are all sources but A,
 * merging downstreams is {@link #plus}, filtering is {@link #and}, and what remains for the next
 * upstream is {@link #minus}.
 */
final class SourceRanges {
    private final Family family;

    /** Ascending, and with a gap between any two. */
    private final List<AddressSet.Range> ranges;

    private SourceRanges(Family family, List<AddressSet.Range> ranges) {
        this.family = family;
        this.ranges = ranges;
    }

    /** No source. */
    static SourceRanges none(Family family) {
        return new SourceRanges(family, List.of());
    }

    /** Every source of the family. */
    static SourceRanges all(Family family) {
        return new SourceRanges(
                family,
                List.of(new AddressSet.Range(Addresses.first(family), Addresses.last(family))));
    }

    /** Those of a set that are of the family. */
    static SourceRanges of(Family family, AddressSet set) {
        return switch (set) {
            case AddressSet.Any _ -> all(family);
            case AddressSet.Range range ->
                    range.from().family() == family
                            ? new SourceRanges(family, List.of(range))
                            : none(family);
        };
    }

    /** These sources. */
    static SourceRanges of(Family family, SourceSet sources) {
        List<AddressSet.Range> ranges = new ArrayList<>();
        for (IpAddress source : sources) {
            append(ranges, source, source);
        }
        return new SourceRanges(family, ranges);
    }

    /** The sources that a membership wants. */
    static SourceRanges of(Family family, Membership membership) {
        SourceRanges listed = of(family, membership.sources());
        return switch (membership.mode()) {
            case INCLUDE -> listed;
            case EXCLUDE -> listed.complement();
        };
    }

    /** Adds a range that begins after the last one, or joins the last one where they touch. */
    private static void append(List<AddressSet.Range> to, IpAddress from, IpAddress until) {
        if (!to.isEmpty()) {
            AddressSet.Range last = to.getLast();
            boolean atEnd = last.to().equals(Addresses.last(last.to().family()));
            if (atEnd || Addresses.after(last.to()).compareTo(from) >= 0) {
                IpAddress end = last.to().compareTo(until) >= 0 ? last.to() : until;
                to.set(to.size() - 1, new AddressSet.Range(last.from(), end));
                return;
            }
        }
        to.add(new AddressSet.Range(from, until));
    }

    /** Is the source one of them? */
    boolean contains(IpAddress source) {
        int low = 0;
        int high = ranges.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            AddressSet.Range range = ranges.get(middle);
            if (range.to().compareTo(source) < 0) {
                low = middle + 1;
            } else if (range.from().compareTo(source) > 0) {
                high = middle - 1;
            } else {
                return true;
            }
        }
        return false;
    }

    boolean isNone() {
        return ranges.isEmpty();
    }

    boolean isAll() {
        return ranges.size() == 1
                && ranges.getFirst().from().equals(Addresses.first(family))
                && ranges.getFirst().to().equals(Addresses.last(family));
    }

    /** All sources of the family but these. */
    SourceRanges complement() {
        List<AddressSet.Range> gaps = new ArrayList<>();
        IpAddress next = Addresses.first(family);
        for (AddressSet.Range range : ranges) {
            if (range.from().compareTo(next) > 0) {
                gaps.add(new AddressSet.Range(next, Addresses.before(range.from())));
            }
            if (range.to().equals(Addresses.last(family))) {
                return new SourceRanges(family, gaps);
            }
            next = Addresses.after(range.to());
        }
        gaps.add(new AddressSet.Range(next, Addresses.last(family)));
        return new SourceRanges(family, gaps);
    }

    /** What is here or there. */
    SourceRanges plus(SourceRanges other) {
        if (isNone() || other.isAll()) {
            return other;
        }
        if (other.isNone() || isAll()) {
            return this;
        }
        List<AddressSet.Range> both = new ArrayList<>();
        int i = 0;
        int j = 0;
        while (i < ranges.size() || j < other.ranges.size()) {
            boolean mine =
                    j == other.ranges.size()
                            || (i < ranges.size()
                                    && ranges.get(i).from().compareTo(other.ranges.get(j).from())
                                            <= 0);
            AddressSet.Range range = mine ? ranges.get(i++) : other.ranges.get(j++);
            append(both, range.from(), range.to());
        }
        return new SourceRanges(family, both);
    }

    /** What is here and there. */
    SourceRanges and(SourceRanges other) {
        if (isAll() || other.isNone()) {
            return other;
        }
        if (other.isAll() || isNone()) {
            return this;
        }
        List<AddressSet.Range> common = new ArrayList<>();
        int i = 0;
        int j = 0;
        while (i < ranges.size() && j < other.ranges.size()) {
            AddressSet.Range one = ranges.get(i);
            AddressSet.Range two = other.ranges.get(j);
            IpAddress from = one.from().compareTo(two.from()) >= 0 ? one.from() : two.from();
            boolean oneEnds = one.to().compareTo(two.to()) <= 0;
            IpAddress to = oneEnds ? one.to() : two.to();
            if (from.compareTo(to) <= 0) {
                common.add(new AddressSet.Range(from, to));
            }
            if (oneEnds) {
                i++;
            } else {
                j++;
            }
        }
        return new SourceRanges(family, common);
    }

    /** What is here but not there. */
    SourceRanges minus(SourceRanges other) {
        return other.isNone() ? this : and(other.complement());
    }

    /** Is there a source that is in both? */
    boolean meets(SourceRanges other) {
        return !and(other).isNone();
    }

    /**
     * The membership that asks for these sources, if one with at most {@code limit} addresses does;
     * else a membership that asks for more: EXCLUDE of as much as fits, the narrowest gaps first,
     * so that sources that were excluded one by one stay excluded. What comes in beyond is for the
     * forwarding to leave out.
     *
     * @param limit the most addresses to list, 0 or more
     */
    Membership membership(int limit) {
        if (count(limit) <= limit) {
            return Membership.include(list(ranges));
        }
        SourceRanges unwanted = complement();
        if (unwanted.count(limit) <= limit) {
            return Membership.exclude(list(unwanted.ranges));
        }
        List<AddressSet.Range> gaps = new ArrayList<>(unwanted.ranges);
        gaps.sort(Comparator.comparingLong(gap -> count(gap, limit)));
        List<AddressSet.Range> listed = new ArrayList<>();
        long left = limit;
        for (AddressSet.Range gap : gaps) {
            left -= count(gap, limit);
            if (left < 0) {
                break;
            }
            listed.add(gap);
        }
        return Membership.exclude(list(listed));
    }

    private long count(int limit) {
        long count = 0;
        for (AddressSet.Range range : ranges) {
            count += count(range, limit);
            if (count > limit) {
                break;
            }
        }
        return count;
    }

    /** The number of addresses, at most one more than the limit. */
    private static long count(AddressSet.Range range, int limit) {
        return Addresses.count(range.from(), range.to(), limit + 1L);
    }

    private static SourceSet list(List<AddressSet.Range> ranges) {
        List<IpAddress> sources = new ArrayList<>();
        for (AddressSet.Range range : ranges) {
            IpAddress source = range.from();
            sources.add(source);
            while (!source.equals(range.to())) {
                source = Addresses.after(source);
                sources.add(source);
            }
        }
        return SourceSet.of(sources);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SourceRanges that
                && family == that.family
                && ranges.equals(that.ranges);
    }

    @Override
    public int hashCode() {
        return ranges.hashCode();
    }

    @Override
    public String toString() {
        return ranges.toString();
    }
}
