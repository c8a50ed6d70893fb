package mcproxy.core;

import mcproxy.wire.IpAddress;
import mcproxy.wire.RecordType;

import java.util.Map;
import java.util.TreeMap;

/**
 * The hosts that reported one group on one link, and what each of them wants: explicit tracking, of
 * which the RFCs only say that it is possible (RFC 9776 6, appendix A.2).
 *
 * <p>A host is known by its IP address and its link-layer address. What it wants lives for the
 * Group Membership Interval after its last word, and not longer than the group's own timers: when
 * nobody has answered for a source or for the group, nobody wants it, whatever was said before.
 *
 * <p>A host that comes with one of its addresses changed is listed twice until the old one is
 * forgotten, as it may just as well be a second host ({@link Reporter#isSurelyAnother}). Neither
 * vouches for the other then: when one of them leaves, the link is asked, as by default; nothing
 * stops at once, and nothing goes on unasked.
 *
 * <p>Reports from 0.0.0.0 come from hosts without an address and from switches that speak for many
 * (RFC 4541 2.1.1). The link-layer address tells them apart; where there is none, either, a leave
 * is not the leave of one host.
 */
final class GroupHosts {
    /** One host. */
    static final class Host {
        private final int generation;
        private final FilterMode mode;
        private final SourceSet included;
        private final SourceSet excluded;

        private Host(int generation, FilterMode mode, SourceSet included, SourceSet excluded) {
            this.generation = generation;
            this.mode = mode;
            this.included = included;
            this.excluded = excluded;
        }

        private static final Host NONE =
                new Host(3, FilterMode.INCLUDE, SourceSet.EMPTY, SourceSet.EMPTY);

        /** The generation of the protocol in which it reported last. */
        int generation() {
            return generation;
        }

        /** What it wants. */
        Membership membership() {
            return switch (mode) {
                case INCLUDE -> Membership.include(included);
                case EXCLUDE -> Membership.exclude(excluded);
            };
        }

        private Host after(RecordType type, SourceSet sources, int reportGeneration) {
            return switch (type) {
                // An answer to a query for sources names some of what is wanted, so IS_IN adds.
                case IS_IN, ALLOW ->
                        new Host(
                                reportGeneration,
                                mode,
                                included.plus(sources),
                                excluded.minus(sources));
                case IS_EX, TO_EX ->
                        new Host(reportGeneration, FilterMode.EXCLUDE, SourceSet.EMPTY, sources);
                // A long TO_IN comes in several records (RFC 9776 4.2.17), so it adds, too; only
                // the empty one takes everything away.
                case TO_IN ->
                        sources.isEmpty()
                                ? NONE
                                : new Host(
                                        reportGeneration,
                                        FilterMode.INCLUDE,
                                        included.plus(sources),
                                        SourceSet.EMPTY);
                case BLOCK ->
                        new Host(
                                reportGeneration,
                                mode,
                                included.minus(sources),
                                mode == FilterMode.EXCLUDE ? excluded.plus(sources) : excluded);
            };
        }

        /** Those of the sources that it wants. */
        private SourceSet wanted(SourceSet sources, SourceSet mapped) {
            if (mode == FilterMode.INCLUDE) {
                return sources.and(included);
            }
            SourceSet whole = mapped.isEmpty() ? sources : sources.and(mapped);
            return whole.minus(excluded).plus(sources.and(included));
        }

        private int sourceCount() {
            return included.size() + excluded.size();
        }

        private Host without(SourceSet sources) {
            return new Host(generation, mode, included.minus(sources), excluded);
        }

        private Host withoutExclude() {
            return new Host(generation, FilterMode.INCLUDE, included, SourceSet.EMPTY);
        }
    }

    private final IpAddress group;
    private final int ifindex;
    private final Deadlines deadlines;
    private final TreeMap<Reporter, Host> hosts = new TreeMap<>();

    private int sourceCount;

    /** Until when there may be members that there was no room for. */
    private long untrackedUntilNanos = Long.MIN_VALUE;

    GroupHosts(IpAddress group, int ifindex, Deadlines deadlines) {
        this.group = group;
        this.ifindex = ifindex;
        this.deadlines = deadlines;
    }

    /** The hosts by their addresses. */
    Map<Reporter, Host> byReporter() {
        return hosts;
    }

    int size() {
        return hosts.size();
    }

    /** How many sources all hosts name together. */
    int sourceCount() {
        return sourceCount;
    }

    boolean knows(Reporter host) {
        return hosts.containsKey(host);
    }

    /** Somebody reported for whom there is no room. */
    void missed(long untilNanos) {
        untrackedUntilNanos = Math.max(untrackedUntilNanos, untilNanos);
    }

    /** Do we know of all hosts, as far as we can? Not when there was no room for some. */
    boolean areComplete(long nowNanos) {
        return untrackedUntilNanos <= nowNanos;
    }

    /** A host reported: what it wants until then, should it say no more. */
    void heard(Reporter host, RecordType type, SourceSet sources, int generation, long untilNanos) {
        Host before = hosts.getOrDefault(host, Host.NONE);
        Host after = before.after(type, sources, generation);
        if (after.membership().isNone()) {
            if (!host.isAnybody()) {
                remove(host); // else of many one has left
            }
            return;
        }
        put(host, after);
        if (type != RecordType.BLOCK) {
            deadlines.set(gone(host), untilNanos);
        }
    }

    /** How sure it is that an entry is not that of the host which leaves. */
    enum Others {
        /** It has other addresses, both of them. */
        CERTAIN,
        /** It has another address. */
        POSSIBLE
    }

    private static boolean isOther(Reporter other, Reporter host, Others others) {
        return switch (others) {
            case CERTAIN -> other.isSurelyAnother(host);
            case POSSIBLE -> !other.equals(host);
        };
    }

    /**
     * Those of the sources that no host but this one wants.
     *
     * @param mapped the sources that stand for the group as a whole; none: it means all sources
     * @param others which count
     */
    SourceSet wantedByNoOther(SourceSet sources, Reporter host, SourceSet mapped, Others others) {
        SourceSet left = sources;
        for (Map.Entry<Reporter, Host> other : hosts.entrySet()) {
            if (left.isEmpty()) {
                break;
            }
            if (isOther(other.getKey(), host, others)) {
                left = left.minus(other.getValue().wanted(left, mapped));
            }
        }
        return left;
    }

    /** Does a host other than this one want the whole group? */
    boolean anotherWantsTheGroup(Reporter host, Others others) {
        return hosts.entrySet().stream()
                .anyMatch(other ->
                        other.getValue().mode == FilterMode.EXCLUDE
                                && isOther(other.getKey(), host, others));
    }

    /** Nobody has answered for these sources. */
    void nobodyWants(SourceSet sources) {
        replaceAll(sources, false);
    }

    /** Nobody has answered for the group. */
    void nobodyWantsTheGroup() {
        replaceAll(SourceSet.EMPTY, true);
    }

    private void replaceAll(SourceSet withoutSources, boolean withoutExclude) {
        for (Reporter reporter : hosts.keySet().toArray(Reporter[]::new)) {
            Host host = hosts.getOrDefault(reporter, Host.NONE).without(withoutSources);
            Host after = withoutExclude ? host.withoutExclude() : host;
            if (after.membership().isNone()) {
                remove(reporter);
            } else {
                put(reporter, after);
            }
        }
    }

    private void put(Reporter reporter, Host host) {
        Host before = hosts.put(reporter, host);
        sourceCount += host.sourceCount() - (before == null ? 0 : before.sourceCount());
    }

    /** Forgets a host. */
    void remove(Reporter host) {
        Host before = hosts.remove(host);
        sourceCount -= before == null ? 0 : before.sourceCount();
        deadlines.cancel(gone(host));
    }

    /** Forgets all. */
    void forget() {
        hosts.keySet().forEach(host -> deadlines.cancel(gone(host)));
        hosts.clear();
        sourceCount = 0;
    }

    private Reminder gone(Reporter host) {
        return new Reminder.HostGone(ifindex, group, host);
    }
}
