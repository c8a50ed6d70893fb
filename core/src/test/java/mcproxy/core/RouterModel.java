package mcproxy.core;

import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * A reference: what a querier on the upstream makes of reports, written from RFC 9776 6.2 to 6.5
 * alone and as plainly as can be. It shares no code with our own router side.
 */
final class RouterModel {
    private static final long MEMBERSHIP_INTERVAL_NANOS = 270_000_000_000L;
    private static final long LAST_MEMBER_QUERY_TIME_NANOS = 2_000_000_000L;

    /** A specific query that the tables have the querier send; no sources for Q(G). */
    record Query(IpAddress group, List<IpAddress> sources) {}

    private static final class Group {
        boolean exclude;
        long groupTimerEnd;

        /** When the timers of the sources end; 0 for one that does not run. */
        final TreeMap<IpAddress, Long> timers = new TreeMap<>();

        Set<IpAddress> sources(Predicate<Long> which) {
            Set<IpAddress> result = new TreeSet<>();
            timers.forEach((source, end) -> {
                if (which.test(end)) {
                    result.add(source);
                }
            });
            return result;
        }
    }

    private final Map<IpAddress, Group> groups = new TreeMap<>();
    private final List<Query> queries = new ArrayList<>();

    /** The queries to send since the last call. */
    List<Query> takeQueries() {
        List<Query> result = List.copyOf(queries);
        queries.clear();
        return result;
    }

    /** What the router forwards of a group: wanted sources, or in EXCLUDE unwanted ones. */
    Membership state(IpAddress address, long now) {
        Group group = at(address, now);
        return group.exclude
                ? Membership.exclude(SourceSet.of(group.sources(end -> end == 0)))
                : Membership.include(SourceSet.of(group.sources(end -> end > 0)));
    }

    /** The group as it is when all timers that have ended by now are seen to (6.2.2, 6.5). */
    private Group at(IpAddress address, long now) {
        Group group = groups.computeIfAbsent(address, _ -> new Group());
        if (group.exclude && group.groupTimerEnd <= now) {
            group.exclude = false;
            group.timers.values().removeIf(end -> end <= now);
        }
        if (group.exclude) {
            group.timers.replaceAll((_, end) -> end <= now ? 0 : end);
        } else {
            group.timers.values().removeIf(end -> end <= now);
        }
        return group;
    }

    void receive(GroupRecord record, long now) {
        Group group = at(record.group(), now);
        Set<IpAddress> listed = new TreeSet<>(record.sources());
        switch (record.type()) {
            case IS_IN, ALLOW -> run(group, listed, now + MEMBERSHIP_INTERVAL_NANOS);
            case TO_IN -> {
                Set<IpAddress> unlisted = group.sources(end -> end > 0);
                unlisted.removeAll(listed);
                run(group, listed, now + MEMBERSHIP_INTERVAL_NANOS);
                query(record.group(), group, unlisted, now);
                if (group.exclude) {
                    group.groupTimerEnd =
                            Math.min(group.groupTimerEnd, now + LAST_MEMBER_QUERY_TIME_NANOS);
                    queries.add(new Query(record.group(), List.of()));
                }
            }
            case BLOCK -> {
                Set<IpAddress> asked = new TreeSet<>(listed);
                if (group.exclude) {
                    asked.removeAll(group.sources(end -> end == 0));
                    for (IpAddress source : asked) {
                        group.timers.putIfAbsent(source, group.groupTimerEnd);
                    }
                } else {
                    asked.retainAll(group.timers.keySet());
                }
                query(record.group(), group, asked, now);
            }
            case IS_EX, TO_EX -> {
                boolean change = record.type() == mcproxy.wire.RecordType.TO_EX;
                long fresh =
                        !group.exclude
                                ? 0
                                : change ? group.groupTimerEnd : now + MEMBERSHIP_INTERVAL_NANOS;
                group.timers.keySet().retainAll(listed);
                for (IpAddress source : listed) {
                    group.timers.putIfAbsent(source, fresh);
                }
                group.exclude = true;
                group.groupTimerEnd = now + MEMBERSHIP_INTERVAL_NANOS;
                if (change) {
                    query(record.group(), group, group.sources(end -> end > 0), now);
                }
            }
        }
    }

    private static void run(Group group, Set<IpAddress> sources, long end) {
        for (IpAddress source : sources) {
            group.timers.put(source, end);
        }
    }

    /** Q(G,S): the timers of the sources are lowered (6.6.3.2). */
    private void query(IpAddress address, Group group, Set<IpAddress> sources, long now) {
        if (sources.isEmpty()) {
            return;
        }
        for (IpAddress source : sources) {
            group.timers.computeIfPresent(
                    source, (_, end) -> Math.min(end, now + LAST_MEMBER_QUERY_TIME_NANOS));
        }
        queries.add(new Query(address, List.copyOf(sources)));
    }
}
