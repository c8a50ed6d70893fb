package mcproxy.lab.sim;

import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.RecordType;
import mcproxy.wire.ReportRecord;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The router state of one link after RFC 9776 6.4 and 7.3, written from the RFC without a look at
 * the engine: each source has the end of its timer, timers are looked at when somebody asks.
 */
final class RouterModel {
    /** The end of a source timer that is zero: the source is in Y. */
    private static final long STOPPED = -1;

    /** What a row of the table wants to be asked: the whole group, or these sources. */
    record Ask(IpAddress group, SortedSet<IpAddress> sources) {
        boolean isWholeGroup() {
            return sources.isEmpty();
        }
    }

    /** A group's state. */
    static final class Group {
        private boolean exclude;
        private long groupEnd;
        private final TreeMap<IpAddress, Long> sources = new TreeMap<>();
        private final TreeMap<IpAddress, Long> runningSince = new TreeMap<>();
        private long excludeSince;
        private long v1HostsUntil;
        private long v2HostsUntil;

        boolean exclude() {
            return exclude;
        }

        long groupEnd() {
            return groupEnd;
        }

        /** A or X, with the ends of their timers. */
        Map<IpAddress, Long> running() {
            TreeMap<IpAddress, Long> running = new TreeMap<>(sources);
            running.values().removeIf(end -> end == STOPPED);
            return running;
        }

        /** Y. */
        Set<IpAddress> stopped() {
            TreeSet<IpAddress> stopped = new TreeSet<>();
            sources.forEach((source, end) -> {
                if (end == STOPPED) {
                    stopped.add(source);
                }
            });
            return stopped;
        }

        /** Has the source's timer run since then, without a break? */
        boolean hasRunSince(IpAddress source, long since) {
            return runningSince.getOrDefault(source, Long.MAX_VALUE) <= since;
        }

        /** Has this been EXCLUDE since then, without a break? */
        boolean hasExcludedSince(long since) {
            return exclude && excludeSince <= since;
        }

        private void noteRunning(boolean excludedBefore, long now) {
            runningSince.keySet().removeIf(s -> sources.getOrDefault(s, STOPPED) == STOPPED);
            sources.forEach((source, end) -> {
                if (end != STOPPED) {
                    runningSince.putIfAbsent(source, now);
                }
            });
            if (exclude && !excludedBefore) {
                excludeSince = now;
            }
        }

        boolean wants(IpAddress source) {
            Long end = sources.get(source);
            return exclude ? end == null || end != STOPPED : end != null;
        }

        private void advance(long now) {
            if (exclude && groupEnd <= now) {
                stopAllThatEndBy(groupEnd);
                sources.values().removeIf(end -> end == STOPPED); // RFC 9776 6.5
                exclude = false;
            }
            if (exclude) {
                stopAllThatEndBy(now);
            } else {
                sources.values().removeIf(end -> end <= now);
            }
            runningSince.keySet().removeIf(s -> sources.getOrDefault(s, STOPPED) == STOPPED);
        }

        private void stopAllThatEndBy(long time) {
            sources.replaceAll((_, end) -> end <= time ? STOPPED : end);
        }

        private boolean isGone() {
            return !exclude && sources.isEmpty();
        }
    }

    private final Settings settings;
    private final boolean ssmRules;
    private final Scenario.Room room;
    private final TreeMap<IpAddress, Group> groups = new TreeMap<>();
    private boolean querier;
    private int robustness;
    private int intervalSeconds;

    RouterModel(Settings settings, boolean ssmRules, Scenario.Room room) {
        this.settings = settings;
        this.ssmRules = ssmRules;
        this.room = room;
        ownValues();
    }

    /** Becomes querier, with its own values, or stops being one. */
    void querier(boolean isQuerier) {
        querier = isQuerier;
        if (isQuerier) {
            ownValues();
        }
    }

    boolean isQuerier() {
        return querier;
    }

    private void ownValues() {
        robustness = settings.robustness();
        intervalSeconds = settings.queryIntervalSeconds();
    }

    /** Takes the elected querier's values (RFC 9776 4.1.6, 4.1.7). */
    void adopt(Message.Query query) {
        ownValues();
        if (query.protocol().generation() == 3) {
            robustness = query.robustness() == 0 ? robustness : query.robustness();
            intervalSeconds =
                    query.queryIntervalSeconds() == 0
                            ? intervalSeconds
                            : query.queryIntervalSeconds();
        }
    }

    /** The groups as they are now. */
    SortedMap<IpAddress, Group> groups(long now) {
        groups.values().forEach(group -> group.advance(now));
        groups.values().removeIf(Group::isGone);
        return groups;
    }

    boolean wants(IpAddress group, IpAddress source, long now) {
        Group state = groups(now).get(group);
        return state != null && state.wants(source);
    }

    void clear() {
        groups.clear();
    }

    private long membershipEnd(long now) {
        return now + settings.membershipNanos(robustness, intervalSeconds);
    }

    /** A specific query of another router (RFC 9776 6.6.1). */
    void heardSpecific(Message.Query query, long now) {
        Group state = groups(now).get(query.group());
        if (state == null || query.suppressRouterSide()) {
            return;
        }
        long soon = now + (long) query.maxResponseMillis() * Agenda.MILLI * settings.robustness();
        if (query.sources().isEmpty()) {
            lowerGroup(state, soon);
        } else {
            lowerSources(state, query.sources(), soon);
        }
    }

    private static void lowerGroup(Group state, long end) {
        if (state.exclude) {
            state.groupEnd = Math.min(state.groupEnd, end);
        }
    }

    private static void lowerSources(Group state, Iterable<IpAddress> asked, long end) {
        for (IpAddress source : asked) {
            state.sources.computeIfPresent(
                    source, (_, old) -> old == STOPPED ? old : Math.min(old, end));
        }
    }

    /** A report or leave; gives what is to be asked because of it, if we are querier. */
    List<Ask> heard(Message message, long now) {
        List<Ask> asks = new ArrayList<>();
        switch (message) {
            case Message.Report report -> {
                for (ReportRecord record : report.records()) {
                    if (record instanceof GroupRecord known) {
                        take(
                                known.type(),
                                known.group(),
                                new TreeSet<>(known.sources()),
                                now,
                                asks);
                    }
                }
            }
            case Message.OldReport old -> olderReport(old, now);
            case Message.Leave leave -> {
                if (!isSsm(leave.group())) {
                    take(RecordType.TO_IN, leave.group(), new TreeSet<>(), now, asks);
                }
            }
            default -> {
                // says nothing of members
            }
        }
        if (!querier) {
            asks.clear();
        }
        return asks;
    }

    private boolean isSsm(IpAddress group) {
        return ssmRules && Scenario.isSsm(group);
    }

    private void olderReport(Message.OldReport old, long now) {
        if (isSsm(old.group())) {
            return; // RFC 4604 3.5, 3.7
        }
        take(RecordType.IS_EX, old.group(), new TreeSet<>(), now, new ArrayList<>());
        Group state = groups.get(old.group());
        if (state == null) {
            throw new IllegalStateException("a group that was just joined");
        }
        long until = now + settings.olderHostNanos(robustness, intervalSeconds);
        if (old.protocol().generation() == 1) {
            state.v1HostsUntil = until;
        } else {
            state.v2HostsUntil = until;
        }
    }

    private void take(
            RecordType type, IpAddress group, SortedSet<IpAddress> list, long now, List<Ask> asks) {
        boolean filterModeExclude = type == RecordType.IS_EX || type == RecordType.TO_EX;
        if (filterModeExclude && isSsm(group)) {
            return; // RFC 4604 3.1
        }
        if (!hasRoom(type, group, list, now)) {
            return;
        }
        Group state = groups(now).computeIfAbsent(group, _ -> new Group());
        int spoken = settings.protocol().generation(); // RFC 9776 7.3.1
        boolean v1 = state.v1HostsUntil > now || spoken == 1;
        boolean older = v1 || state.v2HostsUntil > now || spoken == 2;
        if ((older && type == RecordType.BLOCK) || (v1 && type == RecordType.TO_IN)) {
            return; // RFC 9776 7.3.2
        }
        SortedSet<IpAddress> sources = older && type == RecordType.TO_EX ? new TreeSet<>() : list;
        long end = membershipEnd(now);
        SortedSet<IpAddress> runningBefore = new TreeSet<>(state.running().keySet());
        SortedSet<IpAddress> stoppedBefore = new TreeSet<>(state.stopped());
        boolean excludedBefore = state.exclude;
        switch (type) {
            case IS_IN, ALLOW -> sources.forEach(source -> state.sources.put(source, end));
            case TO_IN -> {
                sources.forEach(source -> state.sources.put(source, end));
                ask(state, group, Wish.minus(runningBefore, sources), now, asks);
                if (state.exclude) {
                    askGroup(state, group, now, asks);
                }
            }
            case IS_EX, TO_EX -> {
                state.sources.keySet().retainAll(sources);
                for (IpAddress source : sources) {
                    if (!runningBefore.contains(source) && !stoppedBefore.contains(source)) {
                        state.sources.put(
                                source,
                                !state.exclude
                                        ? STOPPED
                                        : type == RecordType.IS_EX ? end : state.groupEnd);
                    }
                }
                state.exclude = true;
                state.groupEnd = end;
                if (type == RecordType.TO_EX) {
                    ask(state, group, new TreeSet<>(state.running().keySet()), now, asks);
                }
            }
            case BLOCK -> {
                if (state.exclude) {
                    sources.forEach(source -> state.sources.putIfAbsent(source, state.groupEnd));
                    ask(state, group, Wish.minus(sources, stoppedBefore), now, asks);
                } else {
                    ask(state, group, Wish.both(runningBefore, sources), now, asks);
                }
            }
        }
        state.noteRunning(excludedBefore, now);
    }

    /**
     * A record that would make one group, or one source of a group, too many changes nothing; one
     * that leaves the group with no more sources than before always counts.
     */
    private boolean hasRoom(RecordType type, IpAddress group, SortedSet<IpAddress> list, long now) {
        Group state = groups(now).get(group);
        boolean exclude = type == RecordType.IS_EX || type == RecordType.TO_EX;
        if (state == null) {
            boolean wants = exclude || (type != RecordType.BLOCK && !list.isEmpty());
            return !wants || (groups.size() < room.groups() && list.size() <= room.groupSources());
        }
        TreeSet<IpAddress> after = new TreeSet<>(state.sources.keySet());
        if (exclude) {
            after.clear();
        }
        if (type != RecordType.BLOCK || state.exclude) {
            after.addAll(list);
        }
        return after.size() <= Math.max(room.groupSources(), state.sources.size());
    }

    private void ask(
            Group state, IpAddress group, SortedSet<IpAddress> sources, long now, List<Ask> asks) {
        long soon = now + settings.lastMemberQueryNanos() * robustnessForCount();
        SortedSet<IpAddress> late = new TreeSet<>(sources);
        late.removeIf(source -> state.sources.getOrDefault(source, STOPPED) <= soon);
        boolean canAsk = settings.protocol().generation() == 3; // else others could not object
        if (!late.isEmpty() && querier && canAsk) {
            lowerSources(state, late, soon);
            asks.add(new Ask(group, late));
        }
    }

    private void askGroup(Group state, IpAddress group, long now, List<Ask> asks) {
        if (querier) {
            lowerGroup(state, now + settings.lastMemberQueryNanos() * robustnessForCount());
            asks.add(new Ask(group, new TreeSet<>()));
        }
    }

    /** LMQC is a setting; another querier's robustness does not change it while we ask. */
    private int robustnessForCount() {
        return settings.robustness();
    }
}
