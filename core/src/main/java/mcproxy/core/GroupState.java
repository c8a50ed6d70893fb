package mcproxy.core;

import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * What the members on one link want of one group: the router filter-mode with its sources and
 * timers (RFC 9776 6.2), changed by the rows of the tables in 6.4.
 *
 * <p>The tables' letters are used throughout. In INCLUDE (A), {@code A} is {@link #running}. In
 * EXCLUDE (X,Y), {@code X} is {@link #running}, the sources whose timers run and that are
 * forwarded, and {@code Y} is {@link #excluded}, the sources whose timers are zero and that are
 * not.
 */
final class GroupState {
    private final IpAddress group;
    private final LinkAt link;
    private final Querier querier;
    private final Deadlines deadlines;

    private FilterMode mode = FilterMode.INCLUDE;
    private SourceSet running = SourceSet.EMPTY;
    private SourceSet excluded = SourceSet.EMPTY;

    /** Group-specific queries still to be sent. */
    private int groupQueriesLeft;

    /** Sources to be asked for, with how many queries are still to be sent for each. */
    private final TreeMap<IpAddress, Integer> sourceQueriesLeft = new TreeMap<>();

    GroupState(IpAddress group, LinkAt link, Querier querier, Deadlines deadlines) {
        this.group = group;
        this.link = link;
        this.querier = querier;
        this.deadlines = deadlines;
    }

    IpAddress group() {
        return group;
    }

    /** What to forward, as RFC 9776 6.3 suggests and RFC 4605 4.1 merges. */
    Membership membership() {
        return switch (mode) {
            case INCLUDE -> Membership.include(running);
            case EXCLUDE -> Membership.exclude(excluded);
        };
    }

    FilterMode mode() {
        return mode;
    }

    /** A in INCLUDE (A), X in EXCLUDE (X,Y). */
    SourceSet running() {
        return running;
    }

    /** Y in EXCLUDE (X,Y). */
    SourceSet excluded() {
        return excluded;
    }

    /** How many source records there are. */
    int sourceCount() {
        return running.size() + excluded.size();
    }

    /** Is there nothing left to remember, no member and no older host? */
    boolean isOver() {
        return mode == FilterMode.INCLUDE && running.isEmpty();
    }

    // ---- reception of records: RFC 9776 6.4, RFC 9777 7.4, through the versions of 7.3.2 ----

    /** Takes one record of a report, in the group's compatibility mode (RFC 9776 7.3.2). */
    void receive(GroupRecord record, Cycle cycle) {
        SourceSet sources = SourceSet.of(record.sources());
        int generation = compatibility();
        switch (record.type()) {
            case IS_IN, ALLOW -> allow(sources, cycle);
            case IS_EX -> isEx(sources, cycle);
            case TO_EX -> toEx(generation < 3 ? SourceSet.EMPTY : sources, cycle);
            case BLOCK -> {
                if (generation == 3) {
                    block(sources, cycle);
                }
            }
            case TO_IN -> {
                if (generation > 1) {
                    toIn(sources, cycle);
                }
            }
        }
    }

    /** An IGMPv1, IGMPv2 or MLDv1 report: IS_EX ({}), and older hosts are present (7.3.2). */
    void receiveOlderReport(int generation, Cycle cycle) {
        deadlines.set(
                olderHosts(generation),
                cycle.now() + querier.timers().olderHostPresentInterval().toNanos());
        isEx(SourceSet.EMPTY, cycle);
    }

    /**
     * An IGMPv2 Leave or MLDv1 Done: TO_IN ({}), but ignored while IGMPv1 hosts are present
     * (7.3.2).
     */
    void receiveLeave(Cycle cycle) {
        if (compatibility() > 1) {
            toIn(SourceSet.EMPTY, cycle);
        }
    }

    /** The Group Compatibility Mode, as a generation (RFC 9776 7.3.2). */
    int compatibility() {
        if (deadlines.isSet(olderHosts(1))) {
            return 1;
        }
        return deadlines.isSet(olderHosts(2)) ? 2 : 3;
    }

    private void allow(SourceSet sources, Cycle cycle) {
        switch (mode) {
            case INCLUDE -> allowFromInclude(sources, cycle);
            case EXCLUDE -> allowFromExclude(sources, cycle);
        }
    }

    private void isEx(SourceSet sources, Cycle cycle) {
        switch (mode) {
            case INCLUDE -> isExFromInclude(sources, cycle);
            case EXCLUDE -> isExFromExclude(sources, cycle);
        }
    }

    private void block(SourceSet sources, Cycle cycle) {
        switch (mode) {
            case INCLUDE -> blockFromInclude(sources, cycle);
            case EXCLUDE -> blockFromExclude(sources, cycle);
        }
    }

    private void toEx(SourceSet sources, Cycle cycle) {
        switch (mode) {
            case INCLUDE -> toExFromInclude(sources, cycle);
            case EXCLUDE -> toExFromExclude(sources, cycle);
        }
    }

    private void toIn(SourceSet sources, Cycle cycle) {
        switch (mode) {
            case INCLUDE -> toInFromInclude(sources, cycle);
            case EXCLUDE -> toInFromExclude(sources, cycle);
        }
    }

    /** INCLUDE (A), IS_IN (B) or ALLOW (B): INCLUDE (A+B); (B)=GMI. */
    private void allowFromInclude(SourceSet b, Cycle cycle) {
        becomeInclude(running.plus(b));
        runSources(b, membershipEnds(cycle));
    }

    /** INCLUDE (A), IS_EX (B): EXCLUDE (A*B,B-A); (B-A)=0; delete (A-B); Group Timer=GMI. */
    private void isExFromInclude(SourceSet b, Cycle cycle) {
        SourceSet a = running;
        becomeExclude(a.and(b), b.minus(a));
        runGroup(cycle);
    }

    /** EXCLUDE (X,Y), IS_IN (A) or ALLOW (A): EXCLUDE (X+A,Y-A); (A)=GMI. */
    private void allowFromExclude(SourceSet a, Cycle cycle) {
        becomeExclude(running.plus(a), excluded.minus(a));
        runSources(a, membershipEnds(cycle));
    }

    /**
     * EXCLUDE (X,Y), IS_EX (A): EXCLUDE (A-Y,Y*A); (A-X-Y)=GMI; delete (X-A), (Y-A); Group
     * Timer=GMI.
     */
    private void isExFromExclude(SourceSet a, Cycle cycle) {
        SourceSet added = a.minus(running).minus(excluded);
        becomeExclude(a.minus(excluded), excluded.and(a));
        runSources(added, membershipEnds(cycle));
        runGroup(cycle);
    }

    /** INCLUDE (A), BLOCK (B): INCLUDE (A); Q(G,A*B). */
    private void blockFromInclude(SourceSet b, Cycle cycle) {
        querySources(running.and(b), cycle);
    }

    /**
     * INCLUDE (A), TO_EX (B): EXCLUDE (A*B,B-A); (B-A)=0; delete (A-B); Q(G,A*B); Group Timer=GMI.
     */
    private void toExFromInclude(SourceSet b, Cycle cycle) {
        isExFromInclude(b, cycle);
        querySources(running, cycle);
    }

    /** INCLUDE (A), TO_IN (B): INCLUDE (A+B); (B)=GMI; Q(G,A-B). */
    private void toInFromInclude(SourceSet b, Cycle cycle) {
        SourceSet a = running;
        allowFromInclude(b, cycle);
        querySources(a.minus(b), cycle);
    }

    /** EXCLUDE (X,Y), BLOCK (A): EXCLUDE (X+(A-Y),Y); (A-X-Y)=Group Timer; Q(G,A-Y). */
    private void blockFromExclude(SourceSet a, Cycle cycle) {
        SourceSet added = a.minus(running).minus(excluded);
        becomeExclude(running.plus(a.minus(excluded)), excluded);
        runSources(added, deadlines.at(groupTimer()));
        querySources(a.minus(excluded), cycle);
    }

    /**
     * EXCLUDE (X,Y), TO_EX (A): EXCLUDE (A-Y,Y*A); (A-X-Y)=Group Timer; delete (X-A), (Y-A);
     * Q(G,A-Y); Group Timer=GMI.
     */
    private void toExFromExclude(SourceSet a, Cycle cycle) {
        SourceSet added = a.minus(running).minus(excluded);
        becomeExclude(a.minus(excluded), excluded.and(a));
        runSources(added, deadlines.at(groupTimer()));
        runGroup(cycle);
        querySources(running, cycle);
    }

    /** EXCLUDE (X,Y), TO_IN (A): EXCLUDE (X+A,Y-A); (A)=GMI; Q(G,X-A); Q(G). */
    private void toInFromExclude(SourceSet a, Cycle cycle) {
        SourceSet x = running;
        allowFromExclude(a, cycle);
        querySourcesAndGroup(x.minus(a), cycle);
    }

    // ---- timers: RFC 9776 6.2.2, 6.2.3, 6.5 ----

    /** The group timer ended: EXCLUDE (X,Y) becomes INCLUDE (X) (RFC 9776 6.5). */
    void groupTimerEnded() {
        groupQueriesLeft = 0;
        becomeInclude(running);
    }

    /**
     * A source timer ended: forgotten in INCLUDE, no longer forwarded in EXCLUDE (RFC 9776 6.3).
     */
    void sourceTimerEnded(IpAddress source) {
        SourceSet ended = SourceSet.of(source);
        switch (mode) {
            case INCLUDE -> becomeInclude(running.minus(ended));
            case EXCLUDE -> becomeExclude(running.minus(ended), excluded.plus(ended));
        }
    }

    /** Another router asks Q(G) without the S flag: the group timer is lowered (RFC 9776 6.6.1). */
    void lowerGroupTimer(Duration to, Cycle cycle) {
        deadlines.lower(groupTimer(), cycle.now() + to.toNanos());
    }

    /** Another router asks Q(G,A) without the S flag: A's timers are lowered (RFC 9776 6.6.1). */
    void lowerSourceTimers(SourceSet a, Duration to, Cycle cycle) {
        for (IpAddress source : running.and(a)) {
            deadlines.lower(sourceTimer(source), cycle.now() + to.toNanos());
        }
    }

    private void becomeInclude(SourceSet a) {
        if (mode == FilterMode.EXCLUDE) {
            deadlines.cancel(groupTimer());
        }
        become(FilterMode.INCLUDE, a, SourceSet.EMPTY);
    }

    private void becomeExclude(SourceSet x, SourceSet y) {
        become(FilterMode.EXCLUDE, x, y);
    }

    private void become(FilterMode newMode, SourceSet newRunning, SourceSet newExcluded) {
        for (IpAddress source : running.minus(newRunning)) {
            deadlines.cancel(sourceTimer(source));
            sourceQueriesLeft.remove(source);
        }
        mode = newMode;
        running = newRunning;
        excluded = newExcluded;
    }

    private long membershipEnds(Cycle cycle) {
        return cycle.now() + querier.timers().groupMembershipInterval().toNanos();
    }

    /** Group Timer=GMI; a query of the group that is under way has its answer. */
    private void runGroup(Cycle cycle) {
        deadlines.set(groupTimer(), membershipEnds(cycle));
    }

    private void runSources(SourceSet sources, long untilNanos) {
        for (IpAddress source : sources) {
            deadlines.set(sourceTimer(source), untilNanos);
        }
    }

    // ---- specific queries: RFC 9776 6.6.3 ----

    /** Q(G,X): asks LMQC times for those of the sources whose timers exceed LMQT. */
    private void querySources(SourceSet sources, Cycle cycle) {
        if (querier.isSelf() && askForSources(sources, cycle)) {
            sendSpecificQueries(cycle);
        }
    }

    /** Q(G,X) and Q(G) together: asks LMQC times for the group, and for the sources. */
    private void querySourcesAndGroup(SourceSet sources, Cycle cycle) {
        if (querier.isSelf()) {
            askForSources(sources, cycle);
            askForGroup(cycle);
            sendSpecificQueries(cycle);
        }
    }

    /** RFC 9776 6.6.3.1: the group timer is lowered to LMQT. */
    private void askForGroup(Cycle cycle) {
        Timers timers = querier.timers();
        deadlines.lower(groupTimer(), cycle.now() + timers.lastMemberQueryTime().toNanos());
        groupQueriesLeft = timers.lastMemberQueryCount();
    }

    /**
     * RFC 9776 6.6.3.2: source timers that exceed LMQT are lowered to it. Gives whether any did.
     */
    private boolean askForSources(SourceSet sources, Cycle cycle) {
        Timers timers = querier.timers();
        long soon = cycle.now() + timers.lastMemberQueryTime().toNanos();
        boolean asked = false;
        for (IpAddress source : sources) {
            if (deadlines.at(sourceTimer(source)) > soon) {
                deadlines.lower(sourceTimer(source), soon);
                sourceQueriesLeft.put(source, timers.lastMemberQueryCount());
                asked = true;
            }
        }
        return asked;
    }

    /**
     * Sends what has to be asked now and plans the next time: the group-specific query, and the
     * sources in two queries, those whose timers exceed LMQT with the S flag (RFC 9776 6.6.3.2).
     */
    void sendSpecificQueries(Cycle cycle) {
        if (!querier.isSelf()) {
            stopQuerying();
            return;
        }
        Timers timers = querier.timers();
        long soon = cycle.now() + timers.lastMemberQueryTime().toNanos();
        if (groupQueriesLeft > 0) {
            groupQueriesLeft--;
            boolean suppress = deadlines.isSet(groupTimer()) && deadlines.at(groupTimer()) > soon;
            send(List.of(), suppress, timers, cycle);
        }
        if (querier.protocol().generation() == 3) {
            List<IpAddress> suppressed = new ArrayList<>();
            List<IpAddress> asked = new ArrayList<>();
            for (IpAddress source : sourceQueriesLeft.keySet()) {
                boolean renewed = deadlines.at(sourceTimer(source)) > soon;
                (renewed ? suppressed : asked).add(source);
            }
            sendInParts(suppressed, true, timers, cycle);
            sendInParts(asked, false, timers, cycle);
        }
        sourceQueriesLeft.replaceAll((_, left) -> left - 1);
        sourceQueriesLeft.values().removeIf(left -> left <= 0);
        if (groupQueriesLeft > 0 || !sourceQueriesLeft.isEmpty()) {
            deadlines.set(
                    specificQuery(), cycle.now() + timers.lastMemberQueryInterval().toNanos());
        } else {
            deadlines.cancel(specificQuery());
        }
    }

    private void sendInParts(
            List<IpAddress> sources, boolean suppress, Timers timers, Cycle cycle) {
        int most = Packing.sourcesPerQuery(link.family(), link.mtu());
        for (int from = 0; from < sources.size(); from += most) {
            int to = Math.min(sources.size(), from + most);
            send(sources.subList(from, to), suppress, timers, cycle);
        }
    }

    private void send(List<IpAddress> sources, boolean suppress, Timers timers, Cycle cycle) {
        link.send(
                group,
                querier.query(group, timers.lastMemberQueryInterval(), suppress, sources),
                cycle);
    }

    private void stopQuerying() {
        groupQueriesLeft = 0;
        sourceQueriesLeft.clear();
        deadlines.cancel(specificQuery());
    }

    /** Forgets every deadline of this group. */
    void forget() {
        become(FilterMode.INCLUDE, SourceSet.EMPTY, SourceSet.EMPTY);
        deadlines.cancel(groupTimer());
        stopQuerying();
        deadlines.cancel(olderHosts(1));
        deadlines.cancel(olderHosts(2));
    }

    private Reminder groupTimer() {
        return new Reminder.GroupTimer(link.ifindex(), group);
    }

    private Reminder sourceTimer(IpAddress source) {
        return new Reminder.SourceTimer(link.ifindex(), group, source);
    }

    private Reminder specificQuery() {
        return new Reminder.SpecificQuery(link.ifindex(), group);
    }

    private Reminder olderHosts(int generation) {
        return new Reminder.OlderHosts(link.ifindex(), group, generation);
    }
}
