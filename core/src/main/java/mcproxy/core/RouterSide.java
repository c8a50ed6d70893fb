package mcproxy.core;

import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.ReportRecord;
import mcproxy.wire.UnknownRecord;

import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.TreeMap;

/** The router side of one downstream, for one family (RFC 9776 6, RFC 9777 7). */
final class RouterSide {
    private final LinkAt link;
    private final Deadlines deadlines;
    private final Querier querier;
    private final Limits limits;
    private final TreeMap<IpAddress, GroupState> groups = new TreeMap<>();
    private int sourceCount;

    RouterSide(LinkAt link, Limits limits, Deadlines deadlines) {
        this.link = link;
        this.limits = limits;
        this.deadlines = deadlines;
        this.querier = new Querier(link, deadlines);
    }

    LinkAt link() {
        return link;
    }

    Querier querier() {
        return querier;
    }

    /** Do we forward onto this link? Only the querier does (RFC 4605 3). */
    boolean isForwarder() {
        return querier.isSelf();
    }

    /** What the members here want of a group. */
    Membership membership(IpAddress group) {
        GroupState state = groups.get(group);
        return state == null ? Membership.NONE : state.membership();
    }

    Collection<GroupState> groups() {
        return groups.values();
    }

    void start(Cycle cycle) {
        querier.start(cycle);
    }

    /** Takes what is new about the link. */
    void update(Input.LinkUp update, Cycle cycle) {
        boolean newAddress = !update.address().equals(link.address());
        link.update(update);
        if (newAddress) {
            querier.addressChanged(cycle);
        }
    }

    /** Ends: all members of this link are forgotten. */
    void stop(Cycle cycle) {
        querier.stop();
        for (GroupState state : groups.values()) {
            state.forget();
            cycle.touch(state.group());
        }
        groups.clear();
        sourceCount = 0;
    }

    /** Takes a message that {@link PacketRules} let through. */
    void heard(Packet packet, Cycle cycle) {
        switch (packet.message()) {
            case Message.Query query -> {
                querier.heard(query, packet.source(), cycle);
                lowerTimers(query, cycle);
            }
            case Message.Report report -> {
                for (ReportRecord record : report.records()) {
                    heard(record, cycle);
                }
            }
            case Message.OldReport report ->
                    withGroup(
                            report.group(),
                            0,
                            state ->
                                    state.receiveOlderReport(report.protocol().generation(), cycle),
                            cycle);
            case Message.Leave leave ->
                    withKnownGroup(leave.group(), state -> state.receiveLeave(cycle), cycle);
            case Message.Unknown _ -> {
                // RFC 9776 4: unrecognized types are silently ignored
            }
        }
    }

    private void heard(ReportRecord record, Cycle cycle) {
        switch (record) {
            case GroupRecord known -> heard(known, cycle);
            case UnknownRecord _ -> {
                // RFC 9776 4.2.13: unrecognized record types are silently ignored
            }
        }
    }

    private void heard(GroupRecord record, Cycle cycle) {
        boolean listens =
                switch (record.type()) {
                    case IS_EX, TO_EX -> true;
                    case IS_IN, ALLOW, TO_IN -> !record.sources().isEmpty();
                    case BLOCK -> false;
                };
        if (listens) {
            withGroup(
                    record.group(),
                    record.sources().size(),
                    state -> state.receive(record, cycle),
                    cycle);
        } else {
            withKnownGroup(record.group(), state -> state.receive(record, cycle), cycle);
        }
    }

    private void lowerTimers(Message.Query query, Cycle cycle) {
        GroupState state = groups.get(query.group());
        if (query.isGeneral() || query.suppressRouterSide() || state == null) {
            return;
        }
        // The sender's LMQT is not in the query; RFC 2236 3 has it as its interval times our count.
        Duration lastMemberQueryTime =
                Duration.ofMillis(query.maxResponseMillis())
                        .multipliedBy(querier.timers().lastMemberQueryCount());
        if (query.sources().isEmpty()) {
            state.lowerGroupTimer(lastMemberQueryTime, cycle);
        } else {
            state.lowerSourceTimers(SourceSet.of(query.sources()), lastMemberQueryTime, cycle);
        }
    }

    /** What a state does with an input. */
    private interface Step {
        void on(GroupState state);
    }

    /** Changes the group's state, which is made when there is none and the limits allow it. */
    private void withGroup(IpAddress group, int sources, Step step, Cycle cycle) {
        if (group.isLinkScopeGroup()) {
            return; // never proxied, so not worth a state
        }
        GroupState known = groups.get(group);
        Optional<Event.Limit> exceeded = exceeded(known == null, sources);
        if (exceeded.isPresent()) {
            cycle.tell(new Event.LimitReached(link.name(), group, exceeded.get()));
            return;
        }
        if (known == null) {
            groups.put(group, new GroupState(group, link, querier, deadlines));
        }
        withKnownGroup(group, step, cycle);
    }

    private Optional<Event.Limit> exceeded(boolean newGroup, int sources) {
        if (newGroup && groups.size() >= limits.groupsPerLink()) {
            return Optional.of(Event.Limit.GROUPS_PER_LINK);
        }
        return sourceCount + sources > limits.sourcesPerLink()
                ? Optional.of(Event.Limit.SOURCES_PER_LINK)
                : Optional.empty();
    }

    private void withKnownGroup(IpAddress group, Step step, Cycle cycle) {
        GroupState state = groups.get(group);
        if (state == null) {
            return;
        }
        int before = state.sourceCount();
        step.on(state);
        sourceCount += state.sourceCount() - before;
        cycle.touch(group);
        if (state.isOver()) {
            state.forget();
            groups.remove(group);
        }
    }

    /** A deadline of this link is due. */
    void due(Reminder.OfRouter reminder, Cycle cycle) {
        switch (reminder) {
            case Reminder.GeneralQuery _ -> querier.sendGeneralQuery(cycle);
            case Reminder.OtherQuerierGone _ -> querier.otherGone(cycle);
            case Reminder.GroupTimer timer ->
                    withKnownGroup(timer.group(), GroupState::groupTimerEnded, cycle);
            case Reminder.SourceTimer timer ->
                    withKnownGroup(
                            timer.group(), state -> state.sourceTimerEnded(timer.source()), cycle);
            case Reminder.SpecificQuery query ->
                    withKnownGroup(query.group(), state -> state.sendSpecificQueries(cycle), cycle);
            case Reminder.OlderHosts _ -> {
                // The compatibility mode is read off the deadlines that are set (7.3.2).
            }
        }
    }
}
