package mcproxy.core;

import mcproxy.core.GroupHosts.Others;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.RecordType;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the members on one link want of one group: the router filter-mode with its sources and
 * timers (RFC 9776 6.2), changed by the rows of the tables in 6.4.
 *
 * <p>In a mapped group ({@link SsmMap}) whoever excludes sources wants the mapped ones but those,
 * and nothing besides; so there EXCLUDE (X,Y) stands for M-Y+X, M being the mapped sources. The
 * rows hold as they are, for the members that want the group as a whole among the mapped sources;
 * the sources that others name besides are kept in X as in INCLUDE mode.
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
    private final GroupHosts hosts;
    private final long sinceNanos;

    /**
     * A report as the rows see it.
     *
     * @param host who sent it
     * @param wasMember was it known as a member before this report?
     * @param tracked is there room to remember it?
     */
    record Reception(Reporter host, boolean wasMember, boolean tracked, Cycle cycle) {
        long now() {
            return cycle.now();
        }
    }

    private Optional<IpAddress> lastReporter = Optional.empty();

    /** The sources that stand for the group as a whole, M; none when it is not mapped. */
    private SourceSet mapped;

    private FilterMode mode = FilterMode.INCLUDE;
    private SourceSet running = SourceSet.EMPTY;
    private SourceSet excluded = SourceSet.EMPTY;

    /** Group-specific queries still to be sent. */
    private int groupQueriesLeft;

    private long nextGroupQueryNanos;

    /** How many queries are still to be sent for a source, and when the next one is due. */
    private record SourceQueries(int left, long nextNanos) {}

    /** The sources to be asked for. */
    private final TreeMap<IpAddress, SourceQueries> sourceQueries = new TreeMap<>();

    GroupState(IpAddress group, LinkAt link, Querier querier, Deadlines deadlines, long nowNanos) {
        this.group = group;
        this.link = link;
        this.querier = querier;
        this.deadlines = deadlines;
        this.hosts = new GroupHosts(group, link.ifindex(), deadlines);
        this.sinceNanos = nowNanos;
        this.mapped = link.settings().router().ssmMap().sources(group);
    }

    /**
     * The settings of the link are new. A group that is source-specific and no longer mapped has no
     * members that name no source (RFC 4604 3.1).
     */
    void settingsChanged() {
        mapped = link.settings().router().ssmMap().sources(group);
        if (mode == FilterMode.EXCLUDE && !isMapped() && link.settings().ssm().contains(group)) {
            groupTimerEnded();
        }
    }

    private boolean isMapped() {
        return !mapped.isEmpty();
    }

    /** The sources that stand for the group as a whole; none when it is not mapped. */
    SourceSet mapped() {
        return mapped;
    }

    /** The sources that members of a mapped group have named besides the mapped ones. */
    private SourceSet besides() {
        return isMapped() ? running.minus(mapped) : SourceSet.EMPTY;
    }

    IpAddress group() {
        return group;
    }

    /** What to forward, as RFC 9776 6.3 suggests and RFC 4605 4.1 merges. */
    Membership membership() {
        return switch (mode) {
            case INCLUDE -> Membership.include(running);
            case EXCLUDE ->
                    isMapped()
                            ? Membership.include(mapped.minus(excluded).plus(running))
                            : Membership.exclude(excluded);
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

    /** How many source records there would be after a record; at most that many. */
    int sourceCountAfter(GroupRecord record) {
        int told = record.sources().size();
        return switch (record.type()) {
            // EXCLUDE (A-Y,Y*A), or (A*B,B-A)
            case IS_EX, TO_EX -> told + besides().size();
            case IS_IN, ALLOW, TO_IN -> sourceCount() + unknown(record);
            case BLOCK -> sourceCount() + (mode == FilterMode.EXCLUDE ? unknown(record) : 0);
        };
    }

    private int unknown(GroupRecord record) {
        return SourceSet.of(record.sources()).minus(running).minus(excluded).size();
    }

    /** Who reported this group, and what (explicit tracking). */
    GroupHosts hosts() {
        return hosts;
    }

    /** When the first report of this group came. */
    long sinceNanos() {
        return sinceNanos;
    }

    /** Who reported this group last. */
    Optional<IpAddress> lastReporter() {
        return lastReporter;
    }

    /** Is there nothing left to remember, and nobody being asked? */
    boolean isOver() {
        return mode == FilterMode.INCLUDE
                && running.isEmpty()
                && groupQueriesLeft == 0
                && sourceQueries.isEmpty();
    }

    // ---- reception of records: RFC 9776 6.4, RFC 9777 7.4, through the versions of 7.3.2 ----

    /** Takes one record of a report, in the group's compatibility mode (RFC 9776 7.3.2). */
    void receive(GroupRecord record, Reception from) {
        SourceSet told = SourceSet.of(record.sources());
        int generation = effectiveGeneration();
        track(record.type(), isLite(record.type()) ? SourceSet.EMPTY : told, 3, from);
        SourceSet sources = isMapped() ? concerning(record.type(), told) : told;
        switch (record.type()) {
            case IS_IN, ALLOW -> allow(sources, from);
            case IS_EX -> isEx(sources, from);
            case TO_EX -> toEx(generation < 3 ? SourceSet.EMPTY : sources, from);
            case BLOCK -> {
                if (generation == 3) {
                    block(sources, from);
                }
            }
            case TO_IN -> {
                if (generation > 1) {
                    toIn(sources, from);
                }
            }
        }
    }

    /** Of a mapped group nobody had what is neither mapped nor named, so nobody can refuse it. */
    private SourceSet concerning(RecordType type, SourceSet sources) {
        return switch (type) {
            case IS_IN, ALLOW, TO_IN -> sources;
            case IS_EX, TO_EX -> sources.and(mapped);
            case BLOCK -> sources.and(mapped.plus(running));
        };
    }

    /** RFC 5790 6.1.2: IS_EX (x) and TO_EX (x) are translated to IS_EX ({}) and TO_EX ({}). */
    private boolean isLite(RecordType type) {
        return link.settings().router().liteExcludeFilter()
                && (type == RecordType.IS_EX || type == RecordType.TO_EX);
    }

    /** An IGMPv1, IGMPv2 or MLDv1 report: IS_EX ({}), and older hosts are present (7.3.2). */
    void receiveOlderReport(int generation, Reception from) {
        deadlines.set(
                olderHosts(generation),
                from.now() + querier.timers().olderHostPresentInterval().toNanos());
        track(RecordType.IS_EX, SourceSet.EMPTY, generation, from);
        isEx(SourceSet.EMPTY, from);
    }

    /**
     * An IGMPv2 Leave or MLDv1 Done: TO_IN ({}), but ignored while IGMPv1 hosts are present (7.3.2)
     * and on a link where we speak IGMPv1 (7.3.1).
     */
    void receiveLeave(Reception from) {
        track(RecordType.TO_IN, SourceSet.EMPTY, 2, from);
        if (effectiveGeneration() > 1) {
            toIn(SourceSet.EMPTY, from);
        }
    }

    private void track(RecordType type, SourceSet sources, int generation, Reception from) {
        lastReporter = Optional.of(from.host().address());
        if (from.tracked()) {
            hosts.heard(from.host(), type, sources, generation, membershipEnds(from));
        } else {
            hosts.missed(membershipEnds(from));
        }
    }

    /** The compatibility mode of the group, or that of the link when that is older (7.3.1). */
    private int effectiveGeneration() {
        return Math.min(compatibility(), querier.protocol().generation());
    }

    /** The Group Compatibility Mode, as a generation (RFC 9776 7.3.2). */
    int compatibility() {
        if (deadlines.isSet(olderHosts(1))) {
            return 1;
        }
        return deadlines.isSet(olderHosts(2)) ? 2 : 3;
    }

    private void allow(SourceSet sources, Reception from) {
        switch (mode) {
            case INCLUDE -> allowFromInclude(sources, from);
            case EXCLUDE -> allowFromExclude(sources, from);
        }
    }

    private void isEx(SourceSet sources, Reception from) {
        if (isLite(RecordType.IS_EX)) {
            exLite(from);
            return;
        }
        switch (mode) {
            case INCLUDE -> isExFromInclude(sources, from);
            case EXCLUDE -> isExFromExclude(sources, from);
        }
    }

    private void block(SourceSet sources, Reception from) {
        if (link.settings().router().liteExcludeFilter()) {
            blockFromInclude(sources, from); // RFC 5790 5.4: A, Send Q(G,A*B), in both modes
            return;
        }
        switch (mode) {
            case INCLUDE -> blockFromInclude(sources, from);
            case EXCLUDE -> blockFromExclude(sources, from);
        }
    }

    private void toEx(SourceSet sources, Reception from) {
        if (isLite(RecordType.TO_EX)) {
            exLite(from);
            return;
        }
        switch (mode) {
            case INCLUDE -> toExFromInclude(sources, from);
            case EXCLUDE -> toExFromExclude(sources, from);
        }
    }

    private void toIn(SourceSet sources, Reception from) {
        switch (mode) {
            case INCLUDE -> toInFromInclude(sources, from);
            case EXCLUDE -> toInFromExclude(sources, from);
        }
    }

    /** INCLUDE (A), IS_IN (B) or ALLOW (B): INCLUDE (A+B); (B)=GMI. */
    private void allowFromInclude(SourceSet b, Reception from) {
        becomeInclude(running.plus(b));
        runSources(b, membershipEnds(from));
    }

    /** INCLUDE (A), IS_EX (B): EXCLUDE (A*B,B-A); (B-A)=0; delete (A-B); Group Timer=GMI. */
    private void isExFromInclude(SourceSet b, Reception from) {
        SourceSet a = running;
        becomeExclude(a.and(b).plus(besides()), b.minus(a));
        runGroup(from);
    }

    /** EXCLUDE (X,Y), IS_IN (A) or ALLOW (A): EXCLUDE (X+A,Y-A); (A)=GMI. */
    private void allowFromExclude(SourceSet a, Reception from) {
        becomeExclude(running.plus(a), excluded.minus(a));
        runSources(a, membershipEnds(from));
    }

    /**
     * EXCLUDE (X,Y), IS_EX (A): EXCLUDE (A-Y,Y*A); (A-X-Y)=GMI; delete (X-A), (Y-A); Group
     * Timer=GMI.
     */
    private void isExFromExclude(SourceSet a, Reception from) {
        SourceSet added = a.minus(running).minus(excluded);
        becomeExclude(a.minus(excluded).plus(besides()), excluded.and(a));
        runSources(added, membershipEnds(from));
        runGroup(from);
    }

    /** INCLUDE (A), BLOCK (B): INCLUDE (A); Q(G,A*B). */
    private void blockFromInclude(SourceSet b, Reception from) {
        querySources(running.and(b), from);
    }

    /**
     * INCLUDE (A), TO_EX (B): EXCLUDE (A*B,B-A); (B-A)=0; delete (A-B); Q(G,A*B); Group Timer=GMI.
     */
    private void toExFromInclude(SourceSet b, Reception from) {
        SourceSet asked = running.and(b);
        isExFromInclude(b, from);
        querySources(asked, from);
    }

    /** INCLUDE (A), TO_IN (B): INCLUDE (A+B); (B)=GMI; Q(G,A-B). */
    private void toInFromInclude(SourceSet b, Reception from) {
        SourceSet a = running;
        allowFromInclude(b, from);
        querySources(a.minus(b), from);
    }

    /** EXCLUDE (X,Y), BLOCK (A): EXCLUDE (X+(A-Y),Y); (A-X-Y)=Group Timer; Q(G,A-Y). */
    private void blockFromExclude(SourceSet a, Reception from) {
        SourceSet added = a.minus(running).minus(excluded);
        becomeExclude(running.plus(a.minus(excluded)), excluded);
        runSources(added, deadlines.at(groupTimer()));
        querySources(a.minus(excluded), from);
    }

    /**
     * EXCLUDE (X,Y), TO_EX (A): EXCLUDE (A-Y,Y*A); (A-X-Y)=Group Timer; delete (X-A), (Y-A);
     * Q(G,A-Y); Group Timer=GMI.
     */
    private void toExFromExclude(SourceSet a, Reception from) {
        SourceSet asked = a.minus(excluded);
        SourceSet added = asked.minus(running);
        becomeExclude(asked.plus(besides()), excluded.and(a));
        runSources(added, deadlines.at(groupTimer()));
        runGroup(from);
        querySources(asked, from);
    }

    /** EXCLUDE (X,Y), TO_IN (A): EXCLUDE (X+A,Y-A); (A)=GMI; Q(G,X-A); Q(G). */
    private void toInFromExclude(SourceSet a, Reception from) {
        SourceSet x = running;
        allowFromExclude(a, from);
        querySourcesAndGroup(concernedByLeave(x.minus(a)), from);
    }

    /**
     * Which sources to ask for together with the group. An older host's answer for the group keeps
     * newer hosts from giving theirs (RFC 9776 7.2.2), and stands for the mapped sources only. So
     * while older hosts are there, the others' timers go on as they are.
     */
    private SourceSet concernedByLeave(SourceSet sources) {
        return isMapped() && compatibility() < 3 ? sources.and(mapped) : sources;
    }

    /** RFC 5790 5.3, 5.4: A, IS_EX ({}) or TO_EX ({}): A; G_Timer=GMI. */
    private void exLite(Reception from) {
        becomeExclude(running, SourceSet.EMPTY);
        runGroup(from);
    }

    // ---- timers: RFC 9776 6.2.2, 6.2.3, 6.5 ----

    /** The group timer ended: EXCLUDE (X,Y) becomes INCLUDE (X) (RFC 9776 6.5). */
    void groupTimerEnded() {
        groupQueriesLeft = 0;
        becomeInclude(running);
        hosts.nobodyWantsTheGroup();
    }

    /**
     * Source timers ended: forgotten in INCLUDE, no longer forwarded in EXCLUDE (RFC 9776 6.3). All
     * that are due are taken together, as thousands that were reported together end together.
     */
    void sourceTimersEnded(IpAddress first, Cycle cycle) {
        List<IpAddress> due = new ArrayList<>(List.of(first));
        for (IpAddress source : running) {
            if (deadlines.at(sourceTimer(source)) <= cycle.now()) {
                due.add(source);
            }
        }
        SourceSet ended = SourceSet.of(due);
        hosts.nobodyWants(ended);
        stopForwarding(ended);
    }

    private void stopForwarding(SourceSet ended) {
        switch (mode) {
            case INCLUDE -> becomeInclude(running.minus(ended));
            case EXCLUDE ->
                    becomeExclude(
                            running.minus(ended),
                            link.settings().router().liteExcludeFilter()
                                    ? excluded // RFC 5790 5.1: deleted at once
                                    : excluded.plus(isMapped() ? ended.and(mapped) : ended));
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

    /**
     * Forgets who the members are, and lowers all timers.
     *
     * @param asks is the group to be asked now, and again as after a leave?
     */
    void askAgain(long untilNanos, boolean asks, Cycle cycle) {
        hosts.forget();
        hosts.missed(untilNanos); // until then a leave is not known to be the last one
        deadlines.cancel(olderHosts(1));
        deadlines.cancel(olderHosts(2));
        deadlines.lower(groupTimer(), untilNanos);
        for (IpAddress source : running) {
            deadlines.lower(sourceTimer(source), untilNanos);
        }
        if (asks) {
            groupQueriesLeft = querier.timers().lastMemberQueryCount();
            nextGroupQueryNanos = cycle.now();
            sendSpecificQueries(cycle);
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
            sourceQueries.remove(source);
        }
        mode = newMode;
        running = newRunning;
        excluded = newExcluded;
    }

    private long membershipEnds(Reception from) {
        return from.now() + querier.timers().groupMembershipInterval().toNanos();
    }

    /** Group Timer=GMI. */
    private void runGroup(Reception from) {
        deadlines.set(groupTimer(), membershipEnds(from));
    }

    private void runSources(SourceSet sources, long untilNanos) {
        for (IpAddress source : sources) {
            deadlines.set(sourceTimer(source), untilNanos);
        }
    }

    // ---- specific queries: RFC 9776 6.6.3 ----

    /**
     * Q(G,X): asks LMQC times for those of the sources whose timers exceed LMQT; with immediate
     * leave not for those that another host is known to want.
     */
    private void querySources(SourceSet sources, Reception from) {
        if (querier.isAsking() && askForSources(sources, from)) {
            sendSpecificQueries(from.cycle());
        }
    }

    /** Q(G,X) and Q(G) together: asks LMQC times for the group, and for the sources. */
    private void querySourcesAndGroup(SourceSet sources, Reception from) {
        if (!querier.isAsking()) {
            return;
        }
        boolean asked = askForSources(sources, from);
        asked |= askForGroup(from);
        if (asked) {
            sendSpecificQueries(from.cycle());
        }
    }

    /**
     * RFC 9776 6.6.3.1: the group timer is lowered to LMQT. Gives whether there is anything to ask:
     * with immediate leave not when another host is known to want the group, and not when the group
     * is being asked for already, as hosts repeat their leaves (6.4.2: pending queries are merged).
     */
    private boolean askForGroup(Reception from) {
        if (goesByKnownHosts() && hosts.anotherWantsTheGroup(from.host(), Others.CERTAIN)) {
            return false;
        }
        Timers timers = querier.timers();
        long soon = from.now() + timers.lastMemberQueryTime().toNanos();
        if (groupQueriesLeft > 0 && deadlines.at(groupTimer()) <= soon) {
            return false;
        }
        groupQueriesLeft = timers.lastMemberQueryCount();
        nextGroupQueryNanos = from.now();
        if (leavesAtOnce(from) && !hosts.anotherWantsTheGroup(from.host(), Others.POSSIBLE)) {
            becomeInclude(running);
        } else {
            deadlines.lower(groupTimer(), soon);
        }
        return true;
    }

    /**
     * RFC 9776 6.6.3.2: source timers that exceed LMQT are lowered to it. Gives whether any did,
     * with immediate leave those aside that another host is known to want. The older versions
     * cannot ask for sources, whose timers then go on as they are (7.3.1).
     */
    private boolean askForSources(SourceSet sources, Reception from) {
        if (querier.protocol().generation() < 3) {
            return false;
        }
        SourceSet left =
                goesByKnownHosts()
                        ? hosts.wantedByNoOther(sources, from.host(), mapped, Others.CERTAIN)
                        : sources;
        Timers timers = querier.timers();
        long soon = from.now() + timers.lastMemberQueryTime().toNanos();
        List<IpAddress> asked = new ArrayList<>();
        for (IpAddress source : left) {
            if (deadlines.isSet(sourceTimer(source)) && deadlines.at(sourceTimer(source)) > soon) {
                asked.add(source);
            }
        }
        if (leavesAtOnce(from)) {
            stopForwarding(
                    hosts.wantedByNoOther(
                            SourceSet.of(asked), from.host(), mapped, Others.POSSIBLE));
        }
        for (IpAddress source : asked) {
            deadlines.lower(sourceTimer(source), soon);
            sourceQueries.put(source, new SourceQueries(timers.lastMemberQueryCount(), from.now()));
        }
        return !asked.isEmpty();
    }

    /**
     * Do we go by what we know of each host, instead of asking? Only where that is set, and not
     * where older hosts are, as each report keeps other hosts from sending theirs (RFC 2236 3, RFC
     * 2710 4).
     */
    private boolean goesByKnownHosts() {
        RouterSettings.Tracking tracking = link.settings().router().tracking();
        return tracking.enabled() && tracking.immediateLeave() && effectiveGeneration() == 3;
    }

    /** Does the stream stop at once when this host leaves as the last that we know of? */
    private boolean leavesAtOnce(Reception from) {
        return goesByKnownHosts() && from.wasMember() && hosts.areComplete(from.now());
    }

    /**
     * Sends what has to be asked now and plans the next time. A new question takes nothing away
     * from those that are under way: the group and each source are asked for LMQC times, LMQI apart
     * (RFC 9776 6.6.3.1, 6.6.3.2).
     */
    void sendSpecificQueries(Cycle cycle) {
        if (!querier.canAsk()) {
            stopQuerying();
            return;
        }
        long soon = cycle.now() + querier.timers().lastMemberQueryTime().toNanos();
        boolean asksGroup = groupQueriesLeft > 0 && nextGroupQueryNanos <= cycle.now();
        if (asksGroup) {
            askGroup(soon, cycle);
        }
        askSources(!asksGroup, soon, cycle);
        long next = groupQueriesLeft > 0 ? nextGroupQueryNanos : ProxyEngine.NO_DEADLINE;
        for (SourceQueries queries : sourceQueries.values()) {
            next = Math.min(next, queries.nextNanos);
        }
        if (next != ProxyEngine.NO_DEADLINE) {
            deadlines.set(specificQuery(), next);
        } else {
            deadlines.cancel(specificQuery());
        }
    }

    /**
     * Q(G), with the S flag when the group timer exceeds LMQT. The older versions, which have no S
     * flag, ask no more when it does: somebody has answered (RFC 2236 7, RFC 2710 6). IGMPv1 asks
     * for no group.
     */
    private void askGroup(long soon, Cycle cycle) {
        int generation = querier.protocol().generation();
        boolean answered = exceeds(groupTimer(), soon);
        groupQueriesLeft = answered && generation < 3 ? 0 : groupQueriesLeft - 1;
        nextGroupQueryNanos = nextQueryNanos(cycle);
        if (generation == 3 || (generation == 2 && !answered)) {
            send(List.of(), answered, cycle);
        }
    }

    /**
     * Q(G,X) in two queries: sources whose timers exceed LMQT with the S flag, which may be left
     * out when the whole group is asked for at the same time.
     */
    private void askSources(boolean suppressedToo, long soon, Cycle cycle) {
        List<IpAddress> suppressed = new ArrayList<>();
        List<IpAddress> asked = new ArrayList<>();
        sourceQueries.replaceAll((source, queries) -> {
            if (queries.nextNanos > cycle.now()) {
                return queries;
            }
            (exceeds(sourceTimer(source), soon) ? suppressed : asked).add(source);
            return new SourceQueries(queries.left - 1, nextQueryNanos(cycle));
        });
        sourceQueries.values().removeIf(queries -> queries.left <= 0);
        if (querier.protocol().generation() == 3) {
            if (suppressedToo) {
                sendInParts(suppressed, true, cycle);
            }
            sendInParts(asked, false, cycle);
        }
    }

    private long nextQueryNanos(Cycle cycle) {
        return cycle.now() + querier.timers().lastMemberQueryInterval().toNanos();
    }

    private boolean exceeds(Reminder timer, long atNanos) {
        return deadlines.isSet(timer) && deadlines.at(timer) > atNanos;
    }

    private void sendInParts(List<IpAddress> sources, boolean suppress, Cycle cycle) {
        int most = Packing.sourcesPerQuery(link.family(), link.mtu());
        for (int from = 0; from < sources.size(); from += most) {
            int to = Math.min(sources.size(), from + most);
            send(sources.subList(from, to), suppress, cycle);
        }
    }

    private void send(List<IpAddress> sources, boolean suppress, Cycle cycle) {
        Duration maxResponse = querier.timers().lastMemberQueryInterval();
        link.send(group, querier.query(group, maxResponse, suppress, sources), cycle);
    }

    private void stopQuerying() {
        groupQueriesLeft = 0;
        sourceQueries.clear();
        deadlines.cancel(specificQuery());
    }

    /** Forgets every deadline of this group. */
    void forget() {
        become(FilterMode.INCLUDE, SourceSet.EMPTY, SourceSet.EMPTY);
        deadlines.cancel(groupTimer());
        stopQuerying();
        hosts.forget();
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
