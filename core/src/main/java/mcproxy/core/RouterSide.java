package mcproxy.core;

import mcproxy.wire.Extension;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.LinkAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Reason;
import mcproxy.wire.RecordType;
import mcproxy.wire.ReportRecord;
import mcproxy.wire.UnknownRecord;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/** The router side of one downstream, for one family (RFC 9776 6, RFC 9777 7). */
final class RouterSide {
    /** Of more groups than this a General Query asks for all. */
    static final int MAX_ASKED_SINGLY = 64;

    private final LinkAt link;
    private final Deadlines deadlines;
    private final Querier querier;
    private final RouterAdvertiser advertiser;
    private final Limits limits;
    private final TreeMap<IpAddress, GroupState> groups = new TreeMap<>();
    private final TreeMap<IpAddress, Membership> staticGroups = new TreeMap<>();

    /** Source records of all groups. */
    private int sourceCount;

    /** Tracked hosts of all groups, and the sources that they name. */
    private int hostCount;

    private int hostSourceCount;

    RouterSide(LinkAt link, Limits limits, Deadlines deadlines, RandomGenerator random, Pace pace) {
        this.link = link;
        this.limits = limits;
        this.deadlines = deadlines;
        this.querier = new Querier(link, deadlines, pace);
        this.advertiser = new RouterAdvertiser(link, querier, deadlines, random);
    }

    LinkAt link() {
        return link;
    }

    Querier querier() {
        return querier;
    }

    /** Do we forward onto this link (RFC 4605 3)? */
    boolean isForwarder() {
        return querier.isForwarder();
    }

    /** What the members here want of a group, and what is set to be wanted. */
    Membership membership(IpAddress group) {
        GroupState state = groups.get(group);
        Membership reported = state == null ? Membership.NONE : state.membership();
        Membership set = staticGroups.get(group);
        return set == null ? reported : reported.or(set);
    }

    /** The groups that were reported. */
    Collection<GroupState> groups() {
        return groups.values();
    }

    /** The groups that were reported, by address. */
    NavigableMap<IpAddress, GroupState> byGroup() {
        return Collections.unmodifiableNavigableMap(groups);
    }

    /** The groups that are set to be wanted. */
    SortedMap<IpAddress, Membership> staticGroups() {
        return Collections.unmodifiableSortedMap(staticGroups);
    }

    /** Who has reported a group, as far as that is tracked. */
    List<IpAddress> hosts(IpAddress group) {
        GroupState state = groups.get(group);
        return state == null
                ? List.of()
                : state.hosts().byReporter().keySet().stream().map(Reporter::address).toList();
    }

    /** Are there as many groups as there may be? */
    boolean isFull() {
        return groups.size()
                >= Math.min(limits.groupsPerLink(), link.settings().router().limits().groups());
    }

    /** How many hosts are tracked, counted in each group that they are in. */
    int hostCount() {
        return hostCount;
    }

    void start(Cycle cycle) {
        setStaticGroups(cycle);
        querier.start(cycle);
        advertiser.configure(cycle);
    }

    /** Takes what is new about the link. */
    void update(Input.LinkUp update, Cycle cycle) {
        LinkSettings before = link.settings();
        boolean couldSend = link.canSend();
        boolean newAddress = !update.address().equals(link.address());
        link.update(update);
        if (newAddress) {
            querier.addressChanged(couldSend, cycle);
            advertiser.start(cycle); // RFC 4286 3: when an interface is initialized anew
        }
        if (!before.equals(update.settings())) {
            setStaticGroups(cycle);
            for (IpAddress group : List.copyOf(groups.keySet())) {
                change(group, false, GroupState::settingsChanged, cycle);
            }
            querier.settingsChanged(before, cycle);
            advertiser.configure(cycle);
            if (!update.settings().router().tracking().enabled()) {
                groups.values().forEach(state -> state.hosts().forget());
                hostCount = 0;
                hostSourceCount = 0;
            }
        }
    }

    private void setStaticGroups(Cycle cycle) {
        staticGroups.keySet().forEach(cycle::touch);
        staticGroups.clear();
        for (RouterSettings.StaticGroup set : link.settings().router().staticGroups()) {
            IpAddress group = set.group();
            if (group.family() == link.family() && !group.isLinkScopeGroup()) {
                Membership wanted = set.membership(link.settings().router().ssmMap());
                staticGroups.merge(group, wanted, Membership::or);
                cycle.touch(group);
            }
        }
    }

    /** The instance ends: as {@link #forget}, and switches are told that we route no longer. */
    void stop(Cycle cycle) {
        advertiser.stop(cycle);
        forget(cycle);
    }

    /** The link is gone: all members of it are forgotten. */
    void forget(Cycle cycle) {
        querier.stop();
        advertiser.forget();
        for (GroupState state : groups.values()) {
            state.forget();
            cycle.touch(state.group());
        }
        staticGroups.keySet().forEach(cycle::touch);
        groups.clear();
        staticGroups.clear();
        sourceCount = 0;
        hostCount = 0;
        hostSourceCount = 0;
    }

    // ---- messages ----

    /** Takes a message that {@link PacketRules} let through. */
    void heard(Packet packet, LinkAddress linkAddress, Cycle cycle) {
        Reporter sender = new Reporter(packet.source(), linkAddress);
        switch (packet.message()) {
            case Message.Query query -> {
                checkExtension(query.extension(), packet.source(), cycle);
                querier.heard(query, packet.source(), cycle);
                lowerTimers(query, cycle);
            }
            case Message.Report report -> {
                checkExtension(report.extension(), packet.source(), cycle);
                for (ReportRecord record : report.records()) {
                    heard(record, sender, cycle);
                }
            }
            case Message.OldReport report -> heard(report, sender, cycle);
            case Message.Leave leave -> heard(leave, sender, cycle);
            case Message.RouterSolicitation _ -> advertiser.solicited(cycle);
            case Message.RouterAdvertisement _, Message.RouterTermination _, Message.Unknown _ -> {
                // Other routers speak to switches there; RFC 9776 4: unknown types are ignored.
            }
        }
    }

    /** RFC 9279 5: the message is taken without its extension, whatever is wrong with that. */
    private void checkExtension(Extension extension, IpAddress sender, Cycle cycle) {
        if (extension == Extension.BROKEN) {
            refuse(Reason.BAD_EXTENSION, sender, cycle);
        }
    }

    private void heard(ReportRecord record, Reporter sender, Cycle cycle) {
        switch (record) {
            case GroupRecord known -> heard(known, sender, cycle);
            // RFC 9776 4.2.13: unrecognized record types are silently ignored
            case UnknownRecord _ -> refuse(Reason.UNKNOWN_RECORD, sender.address(), cycle);
        }
    }

    private void heard(GroupRecord record, Reporter sender, Cycle cycle) {
        IpAddress group = record.group();
        RecordType type = record.type();
        if (group.isLinkScopeGroup()) {
            return; // what never leaves its link is never proxied, and not worth a state
        }
        if ((type == RecordType.IS_EX || type == RecordType.TO_EX) && needsSources(group)) {
            refuse(Reason.SOURCE_SPECIFIC_GROUP, sender.address(), cycle); // RFC 4604 3.1
            return;
        }
        boolean listens =
                switch (type) {
                    case IS_EX, TO_EX -> true;
                    case IS_IN, ALLOW, TO_IN -> !record.sources().isEmpty();
                    case BLOCK -> false;
                };
        GroupState known = groups.get(group);
        int told = known == null ? record.sources().size() : known.sourceCountAfter(record);
        if (hasRoom(group, listens, told, cycle)) {
            change(
                    group,
                    listens,
                    state ->
                            state.receive(
                                    record,
                                    reception(state, listens, record.sources(), sender, cycle)),
                    cycle);
        }
    }

    private void heard(Message.OldReport report, Reporter sender, Cycle cycle) {
        IpAddress group = report.group();
        if (group.isLinkScopeGroup()) {
            return;
        }
        if (needsSources(group)) {
            refuse(Reason.SOURCE_SPECIFIC_GROUP, sender.address(), cycle); // RFC 4604 3.5
            return;
        }
        if (hasRoom(group, true, 0, cycle)) {
            int generation = report.protocol().generation();
            change(
                    group,
                    true,
                    state ->
                            state.receiveOlderReport(
                                    generation, reception(state, true, List.of(), sender, cycle)),
                    cycle);
        }
    }

    private void heard(Message.Leave leave, Reporter sender, Cycle cycle) {
        if (needsSources(leave.group())) {
            refuse(Reason.SOURCE_SPECIFIC_GROUP, sender.address(), cycle); // RFC 4604 3.7
            return;
        }
        change(
                leave.group(),
                false,
                state -> state.receiveLeave(reception(state, false, List.of(), sender, cycle)),
                cycle);
    }

    /** A source-specific group has members that name sources, unless it is mapped to some. */
    private boolean needsSources(IpAddress group) {
        return link.settings().ssm().contains(group)
                && link.settings().router().ssmMap().sources(group).isEmpty();
    }

    private void refuse(Reason reason, IpAddress sender, Cycle cycle) {
        cycle.tell(new Event.Refused(link.name(), reason, sender));
    }

    /**
     * Another router's specific query without the S flag lowers our timers, too (RFC 9776 6.6.1).
     */
    private void lowerTimers(Message.Query query, Cycle cycle) {
        if (query.isGeneral() || query.suppressRouterSide()) {
            return;
        }
        // The sender's LMQT is not in the query; RFC 2236 3 has it as its interval times our count.
        Timers own = querier.timers();
        Duration interval =
                query.maxResponseMillis() == 0
                        ? own.lastMemberQueryInterval()
                        : Duration.ofMillis(query.maxResponseMillis());
        Duration lastMemberQueryTime = interval.multipliedBy(own.lastMemberQueryCount());
        change(
                query.group(),
                false,
                state -> {
                    if (query.sources().isEmpty()) {
                        state.lowerGroupTimer(lastMemberQueryTime, cycle);
                    } else {
                        SourceSet sources = SourceSet.of(query.sources());
                        state.lowerSourceTimers(sources, lastMemberQueryTime, cycle);
                    }
                },
                cycle);
    }

    // ---- groups and their limits ----

    /** What a state does with an input. */
    private interface Step {
        void on(GroupState state);
    }

    /** May the group take a report in, after which it has so many sources? If not, it is told. */
    private boolean hasRoom(IpAddress group, boolean listens, int sources, Cycle cycle) {
        Optional<Event.Limit> exceeded = exceeded(groups.get(group), listens, sources);
        exceeded.ifPresent(limit -> tell(limit, group, cycle));
        return exceeded.isEmpty();
    }

    private Optional<Event.Limit> exceeded(
            @Nullable GroupState known, boolean listens, int sources) {
        RouterSettings.LinkLimits own = link.settings().router().limits();
        int before = known == null ? 0 : known.sourceCount();
        if (known == null && listens && isFull()) {
            return Optional.of(Event.Limit.GROUPS_PER_LINK);
        }
        if (sources <= before) {
            return Optional.empty(); // what is known already is always refreshed
        }
        if (sources > own.groupSources()) {
            return Optional.of(Event.Limit.SOURCES_PER_GROUP);
        }
        return sourceCount - before + sources > limits.sourcesPerLink()
                ? Optional.of(Event.Limit.SOURCES_PER_LINK)
                : Optional.empty();
    }

    private GroupState.Reception reception(
            GroupState state,
            boolean listens,
            List<IpAddress> sources,
            Reporter sender,
            Cycle cycle) {
        boolean known = state.hosts().knows(sender);
        boolean tracking = link.settings().router().tracking().enabled();
        boolean room =
                (known || !listens || hostCount < link.settings().router().limits().hosts())
                        && hostSourceCount + sources.size() <= limits.sourcesPerLink();
        if (tracking && !room) {
            tell(Event.Limit.HOSTS_PER_LINK, state.group(), cycle);
        }
        // Who has no IP address may be a switch that speaks for many (RFC 4541 2.1.1).
        boolean wasMember = known && !sender.address().isUnspecified();
        return new GroupState.Reception(sender, wasMember, tracking && room, cycle);
    }

    private void tell(Event.Limit limit, IpAddress group, Cycle cycle) {
        cycle.tell(new Event.LimitReached(link.name(), group, limit));
    }

    /** Changes a group's state, which is made if wished for, and unmade when it is over. */
    private void change(IpAddress group, boolean make, Step step, Cycle cycle) {
        GroupState state = groups.get(group);
        if (state == null) {
            if (!make) {
                return;
            }
            state = new GroupState(group, link, querier, deadlines, cycle.now());
            groups.put(group, state);
        }
        Membership before = state.membership();
        int sourcesBefore = state.sourceCount();
        int hostsBefore = state.hosts().size();
        int hostSourcesBefore = state.hosts().sourceCount();
        step.on(state);
        Membership after = state.membership();
        if (state.isOver()) {
            state.forget();
            groups.remove(group);
        }
        sourceCount += state.sourceCount() - sourcesBefore;
        hostCount += state.hosts().size() - hostsBefore;
        hostSourceCount += state.hosts().sourceCount() - hostSourcesBefore;
        if (!after.equals(before)) {
            cycle.touch(group);
            cycle.tell(new Event.DownstreamMembership(link.name(), group, after));
        }
    }

    // ---- asking anew ----

    /**
     * Forgets the hosts of one group or all, and asks who is still there; nobody who answers loses
     * a packet.
     *
     * <p>Timers are lowered to what the answers take. As querier we ask a few groups one by one, as
     * after a leave (RFC 9776 6.6.3.1), and many all at once, by two General Queries. Another
     * router's queries come by themselves, so there the timers are lowered to one round of them.
     */
    void askAgain(Optional<IpAddress> group, Cycle cycle) {
        List<GroupState> asked =
                group.isPresent()
                        ? Optional.ofNullable(groups.get(group.get())).stream().toList()
                        : List.copyOf(groups.values());
        if (asked.isEmpty()) {
            return;
        }
        Timers timers = querier.timers();
        boolean singly = asked.size() <= MAX_ASKED_SINGLY && querier.protocol().generation() > 1;
        Duration wait;
        if (!querier.isAsking()) {
            wait = timers.queryInterval().plus(timers.queryResponseInterval());
        } else if (singly) {
            wait = timers.lastMemberQueryTime();
        } else {
            querier.askTwice(cycle);
            wait =
                    timers.queryResponseInterval()
                            .multipliedBy(2)
                            .plus(timers.lastMemberQueryInterval());
        }
        long until = cycle.now() + wait.toNanos();
        boolean asks = singly && querier.isAsking();
        for (GroupState state : asked) {
            change(state.group(), false, it -> it.askAgain(until, asks, cycle), cycle);
        }
        cycle.tell(new Event.MembersAskedAgain(link.name(), link.family(), asked.size()));
    }

    /** A deadline of this link is due. */
    void due(Reminder.OfRouter reminder, Cycle cycle) {
        switch (reminder) {
            case Reminder.GeneralQuery _ -> querier.sendGeneralQuery(cycle);
            case Reminder.OtherQuerierGone _ -> querier.otherGone(cycle);
            case Reminder.OlderRouter _ -> querier.adoptVersion(cycle);
            case Reminder.Advertisement _ -> advertiser.advertise(cycle);
            case Reminder.GroupTimer timer ->
                    change(timer.group(), false, GroupState::groupTimerEnded, cycle);
            case Reminder.SourceTimer timer ->
                    change(
                            timer.group(),
                            false,
                            state -> state.sourceTimersEnded(timer.source(), cycle),
                            cycle);
            case Reminder.SpecificQuery query ->
                    change(query.group(), false, state -> state.sendSpecificQueries(cycle), cycle);
            case Reminder.HostGone gone ->
                    change(gone.group(), false, state -> state.hosts().remove(gone.host()), cycle);
            case Reminder.OlderHosts _ -> {
                // The compatibility mode is read off the deadlines that are set (7.3.2).
            }
        }
    }
}
