package mcproxy.core;

import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.MessageSize;
import mcproxy.wire.Packet;
import mcproxy.wire.Protocol;
import mcproxy.wire.RecordType;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * The host side of one upstream, for one family (RFC 9776 5, RFC 9777 6): tells the routers there
 * what the downstreams want, on change and when asked.
 *
 * <p>It asks nothing. Only in the older versions, which demand it, do the reports of others stand
 * for its own; in the newest that is a MAY (RFC 9776 7.2.2), and a proxy speaks for many hosts.
 */
final class HostSide {
    /** RFC 2236 8.10, RFC 2710 7.10: how far apart the older versions repeat a join. */
    static final Duration OLDER_UNSOLICITED_REPORT_INTERVAL = Duration.ofSeconds(10);

    /** RFC 2236 3, RFC 2710 4: a join is said and then "repeated once or twice". */
    private static final int MAX_OLDER_TRANSMISSIONS = 3;

    /** The time to answer a query that allows none: an immediate answer is forbidden (5.2). */
    private static final Duration SHORTEST_RESPONSE_TIME = Duration.ofMillis(10);

    /** Older queries for source-specific groups are told of once in this time. */
    private static final Duration SSM_WARNING_INTERVAL = Duration.ofMinutes(1);

    private final LinkAt link;
    private final Deadlines deadlines;
    private final RandomGenerator random;

    /** The reception state of the interface (RFC 9776 3.2); groups with no wish are not in it. */
    private final TreeMap<IpAddress, Membership> wanted = new TreeMap<>();

    /** The bytes that the records of all of {@link #wanted} take. */
    private long wantedBytes;

    private final PendingChanges changes = new PendingChanges();
    private final ReportPace changePace;

    private final GeneralAnswer generalAnswer;

    /** The bytes, or older reports, of the round of {@link #generalAnswer} that have been sent. */
    private long generalAnswerDone;

    /** Groups that have been answered for otherwise during a round in an older version. */
    private final TreeSet<IpAddress> answeredMeanwhile = new TreeSet<>();

    private final PendingAnswers answers = new PendingAnswers();
    private final ReportPace answerPace;

    private final OlderQueriers olderQueriers;
    private Protocol spoken;
    private int robustness;
    private long nextSsmWarningNanos = Long.MIN_VALUE;
    private Optional<IpAddress> lastQuerier = Optional.empty();
    private long lastQueryNanos;

    HostSide(LinkAt link, Deadlines deadlines, RandomGenerator random) {
        this.link = link;
        this.deadlines = deadlines;
        this.random = random;
        this.changePace = new ReportPace(link.settings().host().reportsPerSecond());
        this.answerPace = new ReportPace(link.settings().host().reportsPerSecond());
        this.generalAnswer = new GeneralAnswer(random);
        this.olderQueriers = new OlderQueriers(link, deadlines);
        this.spoken = link.settings().protocol();
        this.robustness = configuredRobustness();
    }

    LinkAt link() {
        return link;
    }

    /** What is wanted of each group, as last set. */
    NavigableMap<IpAddress, Membership> wanted() {
        return Collections.unmodifiableNavigableMap(wanted);
    }

    /** How often the last change of a group is still to be reported. */
    int reportsLeft(IpAddress group) {
        return changes.left(group);
    }

    /** Who asked last; empty when nobody has. */
    Optional<IpAddress> lastQuerier() {
        return lastQuerier;
    }

    /** When somebody asked last. */
    long lastQueryNanos() {
        return lastQueryNanos;
    }

    /** The Robustness Variable in force. */
    int robustness() {
        return robustness;
    }

    /** The version that is spoken now (Host Compatibility Mode, RFC 9776 7.2.1). */
    Protocol spoken() {
        return spoken;
    }

    private boolean speaksNewest() {
        return spoken.generation() == 3;
    }

    /** What is wanted of a group, as last set. */
    Membership wanted(IpAddress group) {
        return wanted.getOrDefault(group, Membership.NONE);
    }

    // ---- action on change of interface state: RFC 9776 5.1, RFC 9777 6.1 ----

    /**
     * Sets what is wanted of a group; {@link #flush} reports it. The difference merges with what is
     * pending.
     */
    void want(IpAddress group, Membership asked, Cycle cycle) {
        Membership before = wanted(group);
        Membership membership = reportable(group, asked);
        if (before.equals(membership)) {
            return;
        }
        wantedBytes += bytes(membership) - bytes(before);
        if (membership.isNone()) {
            wanted.remove(group);
            answers.cancel(group);
        } else {
            wanted.put(group, membership);
        }
        cycle.tell(new Event.UpstreamMembership(link.name(), group, membership));
        change(group, before, membership, cycle);
    }

    /**
     * Groups of link scope stay on their link; in the source-specific range nobody can ask for all
     * sources (RFC 4604 2.2.2).
     */
    private Membership reportable(IpAddress group, Membership asked) {
        boolean anySource = asked.mode() == FilterMode.EXCLUDE;
        return group.isLinkScopeGroup() || (anySource && link.settings().ssm().contains(group))
                ? Membership.NONE
                : asked;
    }

    private void change(IpAddress group, Membership before, Membership after, Cycle cycle) {
        Membership saidBefore = said(before);
        Membership saidAfter = said(after);
        if (saidBefore.equals(saidAfter)) {
            return;
        }
        int transmissions =
                speaksNewest() ? robustness : Math.min(robustness, MAX_OLDER_TRANSMISSIONS);
        if (!changes.merge(group, saidBefore, saidAfter, transmissions, cycle.now())) {
            cycle.tell(
                    new Event.LimitReached(link.name(), group, Event.Limit.CHANGES_PER_UPSTREAM));
        }
    }

    /** RFC 4605 4.1: of a membership, the older versions tell only that there is one. */
    private Membership said(Membership membership) {
        return speaksNewest() || membership.isNone() ? membership : Membership.ANY_SOURCE;
    }

    /** The bytes of a group's record; nothing is said of what is not wanted. */
    private long bytes(Membership membership) {
        return membership.isNone()
                ? 0
                : MessageSize.ofRecord(link.family(), membership.sources().size());
    }

    /**
     * Reports the changes of this cycle, and repeats those that are due for it, many in one packet.
     * In a storm they wait for one another.
     */
    void flush(Cycle cycle) {
        if (link.canSend() && changes.first() <= cycle.now()) {
            List<IpAddress> reported =
                    speaksNewest() ? sendChanges(cycle) : sendOlderChanges(cycle);
            changes.repeat(reported, cycle.now() + within(unsolicitedReportInterval()));
        }
        long next = link.canSend() ? changes.first() : ProxyEngine.NO_DEADLINE;
        plan(changeReport(), next, changePace, cycle);
    }

    /** Sets a deadline, or none; no earlier than the pace allows. */
    private void plan(Reminder reminder, long atNanos, ReportPace pace, Cycle cycle) {
        if (atNanos == ProxyEngine.NO_DEADLINE) {
            deadlines.cancel(reminder);
            return;
        }
        long at = Math.max(atNanos, pace.earliest(cycle.now()));
        if (deadlines.at(reminder) != at) {
            deadlines.set(reminder, at);
        }
    }

    private Duration unsolicitedReportInterval() {
        return speaksNewest()
                ? link.settings().host().unsolicitedReportInterval()
                : OLDER_UNSOLICITED_REPORT_INTERVAL;
    }

    private List<IpAddress> sendChanges(Cycle cycle) {
        List<IpAddress> reported = new ArrayList<>();
        List<GroupRecord> records = new ArrayList<>();
        long room = changePace.available(cycle.now()) * roomInReport();
        while (room >= smallest()) {
            Optional<IpAddress> group = changes.pollDue(cycle.now());
            if (group.isEmpty()) {
                break;
            }
            for (GroupRecord record : changes.transmit(group.get(), wanted(group.get()))) {
                records.add(record);
                room -= MessageSize.of(record);
            }
            reported.add(group.get());
        }
        sendReports(records, changePace, cycle);
        return reported;
    }

    /** Bytes for records in one report. */
    private long roomInReport() {
        return Math.max(
                1, MessageSize.budget(link.family(), link.mtu()) - MessageSize.REPORT_HEADER);
    }

    /** The bytes of a record without sources; in the older versions one message. */
    private long smallest() {
        return speaksNewest() ? MessageSize.ofRecord(link.family(), 0) : 1;
    }

    private void sendReports(List<GroupRecord> records, ReportPace pace, Cycle cycle) {
        List<Message.Report> reports = Packing.reports(link.family(), records, link.mtu());
        for (Message.Report report : reports) {
            link.send(link.reportsGoTo(), report, cycle);
        }
        pace.spend(reports.size(), cycle.now());
    }

    /** RFC 2236 3, RFC 2710 4: only joining and leaving count, and a leave is said once. */
    private List<IpAddress> sendOlderChanges(Cycle cycle) {
        List<IpAddress> reported = new ArrayList<>();
        for (long room = changePace.available(cycle.now()); room > 0; room--) {
            Optional<IpAddress> group = changes.pollDue(cycle.now());
            if (group.isEmpty()) {
                break;
            }
            if (wanted.containsKey(group.get())) {
                sendOlderReport(group.get(), changePace, cycle);
                changes.countDown(group.get());
                reported.add(group.get());
            } else {
                sendLeave(group.get(), cycle);
                changes.cancel(group.get());
            }
        }
        return reported;
    }

    private void sendOlderReport(IpAddress group, ReportPace pace, Cycle cycle) {
        link.send(group, new Message.OldReport(spoken, group), cycle);
        pace.spend(1, cycle.now());
    }

    /** IGMPv1 has no leave (RFC 2236 6: "this action SHOULD be skipped"). */
    private void sendLeave(IpAddress group, Cycle cycle) {
        if (spoken.generation() == 2) {
            link.send(link.allRouters(), new Message.Leave(spoken, group), cycle);
            changePace.spend(1, cycle.now());
        }
    }

    // ---- action on reception of a query: RFC 9776 5.2, RFC 9777 6.2 ----

    /** Takes a message that {@link PacketRules} let through. */
    void heard(Packet packet, Cycle cycle) {
        switch (packet.message()) {
            case Message.Query query -> {
                lastQuerier = Optional.of(packet.source());
                lastQueryNanos = cycle.now();
                heard(query, packet.destination(), cycle);
            }
            case Message.OldReport report -> {
                if (!speaksNewest() && packet.destination().equals(report.group())) {
                    reportedByAnother(report.group(), cycle);
                }
            }
            case Message.Report _,
                    Message.Leave _,
                    Message.RouterDiscovery _,
                    Message.Unknown _ -> {
                // RFC 9776 5: silently ignored
            }
        }
    }

    /**
     * The row "report received" in RFC 2236 6 and RFC 2710 5: the timer of the group is stopped.
     * Not so in the source-specific range (RFC 4604 2.2.1).
     */
    private void reportedByAnother(IpAddress group, Cycle cycle) {
        if (wanted.containsKey(group) && !link.settings().ssm().contains(group)) {
            answers.cancel(group);
            answeredMeanwhile.add(group);
            changes.cancel(group);
            planAnswers(cycle);
        }
    }

    private void heard(Message.Query query, IpAddress destination, Cycle cycle) {
        // RFC 1112 I: the group of a version 1 query is "ignored when received".
        boolean isVersion1 = query.protocol() == Protocol.IGMPV1;
        if (isVersion1 && !query.isGeneral() && destination.equals(query.group())) {
            return; // RFC 9776 9.1: not to the all-systems address
        }
        boolean isGeneral = query.isGeneral() || isVersion1;
        adoptRobustness(query);
        olderQueriers.heard(query, robustness, cycle.now());
        adoptVersion(cycle);
        warnOfOlderQueryForSsm(query, isGeneral, cycle);
        if (!link.canSend()) {
            return; // everything is reported when there is an address
        }
        if (isGeneral) {
            planGeneralAnswer(query, cycle);
        } else {
            planAnswer(query, cycle);
        }
        planAnswers(cycle);
    }

    /** RFC 9776 4.1.6, 8.1; an older query tells none, and zero means "more than 7" or "unset". */
    private void adoptRobustness(Message.Query query) {
        robustness = query.robustness() > 0 ? query.robustness() : configuredRobustness();
    }

    private int configuredRobustness() {
        return Math.max(1, link.settings().timers().robustness()); // 8.1: MUST NOT be zero
    }

    /** RFC 4604 2.2.3, 2.2.5; RFC 9776 7.2.1: it SHOULD be logged. */
    private void warnOfOlderQueryForSsm(Message.Query query, boolean isGeneral, Cycle cycle) {
        SsmRange ssm = link.settings().ssm();
        if (query.protocol().generation() == 3 || cycle.now() < nextSsmWarningNanos) {
            return;
        }
        Optional<IpAddress> concerned =
                isGeneral
                        ? wanted.keySet().stream().filter(ssm::contains).findFirst()
                        : Optional.of(query.group()).filter(ssm::contains);
        if (concerned.isPresent()) {
            nextSsmWarningNanos = cycle.now() + SSM_WARNING_INTERVAL.toNanos();
            cycle.tell(new Event.OlderQueryForSsm(link.name(), query.protocol(), concerned.get()));
        }
    }

    /** Rules 1 and 2 of RFC 9776 5.2. */
    private void planGeneralAnswer(Message.Query query, Cycle cycle) {
        if (wanted.isEmpty()) {
            return;
        }
        long allowed = responseTime(query).toNanos();
        if (!speaksNewest() && generalAnswer.isAhead(cycle.now() + allowed)) {
            answeredMeanwhile.clear(); // that was before this query
            return; // RFC 1112 I, RFC 2236 3, RFC 2710 4: running timers are not reset
        }
        if (generalAnswer.last().isEmpty()) {
            beginRound();
        }
        generalAnswer.asked(
                cycle.now(),
                allowed,
                packetsOf(generalAnswerSize() - generalAnswerDone),
                packetsOf(generalAnswerSize()));
    }

    /** Rules 1 and 3 to 5 of RFC 9776 5.2; for the older versions RFC 2236 3, RFC 2710 4. */
    private void planAnswer(Message.Query query, Cycle cycle) {
        IpAddress group = query.group();
        if (!wanted.containsKey(group)) {
            return;
        }
        Duration allowed = responseTime(query);
        long answerAt = cycle.now() + within(allowed);
        if (speaksNewest()) {
            if (generallyAnsweredBy(group) > answerAt) { // rule 1
                answers.plan(group, SourceSet.of(query.sources()), answerAt);
            }
            return;
        }
        answeredMeanwhile.remove(group); // that was before this query
        long pendingAt = Math.min(answers.at(group), generallyAnsweredBy(group));
        if (cycle.now() + allowed.toNanos() < pendingAt) {
            answers.replan(group, answerAt); // a running timer is reset only if that is sooner
        }
    }

    private long generallyAnsweredBy(IpAddress group) {
        return generalAnswer.by(group, packetsOf(generalAnswerSize()));
    }

    private static Duration responseTime(Message.Query query) {
        if (query.maxResponseMillis() > 0) {
            return Duration.ofMillis(query.maxResponseMillis());
        }
        return query.protocol() == Protocol.MLDV1
                ? Duration.ofNanos(1) // RFC 2710 4: "immediately"
                : SHORTEST_RESPONSE_TIME;
    }

    private void planAnswers(Cycle cycle) {
        plan(generalResponse(), generalAnswer.next(), answerPace, cycle);
        plan(groupResponses(), answers.first(), answerPace, cycle);
    }

    // ---- the answer to a General Query ----

    /** Bytes of records; in the older versions messages. */
    private long generalAnswerSize() {
        return speaksNewest() ? wantedBytes : wanted.size();
    }

    private long packetsOf(long size) {
        long perPacket = speaksNewest() ? roomInReport() : 1;
        return Math.max(1, Math.ceilDiv(size, perPacket));
    }

    private void beginRound() {
        generalAnswerDone = 0;
        answeredMeanwhile.clear();
    }

    /** Sends one packet of the answer. */
    private void answerGeneralQuery(Cycle cycle) {
        if (generalAnswer.next() > cycle.now()) {
            return;
        }
        if (answerPace.available(cycle.now()) < 1) {
            generalAnswer.postpone(answerPace.earliest(cycle.now()));
            return;
        }
        NavigableMap<IpAddress, Membership> toAnswer =
                generalAnswer.last().map(last -> wanted.tailMap(last, false)).orElse(wanted);
        Optional<IpAddress> last =
                speaksNewest()
                        ? sendCurrentStates(toAnswer, cycle)
                        : sendOneOlderReport(toAnswer, cycle);
        if (last.isPresent() && wanted.higherKey(last.get()) != null) {
            generalAnswer.sent(
                    last.get(), cycle.now(), packetsOf(generalAnswerSize() - generalAnswerDone));
        } else {
            beginRound();
            generalAnswer.ended(cycle.now(), packetsOf(generalAnswerSize()));
        }
    }

    /** Sends the states of the first of these groups, as many as fit; gives the last of them. */
    private Optional<IpAddress> sendCurrentStates(
            NavigableMap<IpAddress, Membership> toAnswer, Cycle cycle) {
        List<GroupRecord> records = new ArrayList<>();
        long room = roomInReport();
        for (var entry : toAnswer.entrySet()) {
            long size = bytes(entry.getValue());
            if (size > room && !records.isEmpty()) {
                break;
            }
            records.add(currentState(entry.getKey(), entry.getValue()));
            answers.cancel(entry.getKey()); // this answers for it too
            room -= size;
            generalAnswerDone += size;
        }
        sendReports(records, answerPace, cycle);
        return records.isEmpty() ? Optional.empty() : Optional.of(records.getLast().group());
    }

    /** Reports the first of these groups that is still to answer; gives it. */
    private Optional<IpAddress> sendOneOlderReport(
            NavigableMap<IpAddress, Membership> toAnswer, Cycle cycle) {
        for (IpAddress group : toAnswer.keySet()) {
            generalAnswerDone++;
            if (!answeredMeanwhile.contains(group)) {
                sendOlderReport(group, answerPace, cycle);
                answers.cancel(group);
                return Optional.of(group);
            }
        }
        return Optional.empty();
    }

    // ---- the answers to specific queries ----

    private void answerGroupQueries(Cycle cycle) {
        List<GroupRecord> records = new ArrayList<>();
        long perPacket = speaksNewest() ? roomInReport() : 1;
        long room = answerPace.available(cycle.now()) * perPacket;
        while (room >= smallest()) {
            Optional<PendingAnswers.Answer> answer = answers.pollDue(cycle.now());
            if (answer.isEmpty()) {
                break;
            }
            if (speaksNewest()) {
                Optional<GroupRecord> record = response(answer.get());
                record.ifPresent(records::add);
                room -= record.map(MessageSize::of).orElse(0);
            } else {
                answeredMeanwhile.add(answer.get().group());
                sendOlderReport(answer.get().group(), answerPace, cycle);
                room--;
            }
        }
        sendReports(records, answerPace, cycle);
    }

    /** The table at the end of RFC 9776 5.2. */
    private Optional<GroupRecord> response(PendingAnswers.Answer answer) {
        IpAddress group = answer.group();
        Membership membership = wanted(group);
        if (membership.isNone()) {
            return Optional.empty();
        }
        SourceSet asked = answer.asked();
        if (asked.isEmpty()) {
            return Optional.of(currentState(group, membership));
        }
        SourceSet have =
                switch (membership.mode()) {
                    case INCLUDE -> membership.sources().and(asked);
                    case EXCLUDE -> asked.minus(membership.sources());
                };
        return have.isEmpty()
                ? Optional.empty()
                : Optional.of(new GroupRecord(RecordType.IS_IN, group, have.toList()));
    }

    private static GroupRecord currentState(IpAddress group, Membership membership) {
        RecordType type =
                switch (membership.mode()) {
                    case INCLUDE -> RecordType.IS_IN;
                    case EXCLUDE -> RecordType.IS_EX;
                };
        return new GroupRecord(type, group, membership.sources().toList());
    }

    // ---- older queriers: RFC 9776 7.2.1, RFC 9777 8.2.1 ----

    private void adoptVersion(Cycle cycle) {
        Protocol now = olderQueriers.spoken();
        if (now == spoken) {
            return;
        }
        spoken = now;
        cancelPending();
        cycle.tell(new Event.UpstreamVersion(link.name(), link.family(), now));
        if (speaksNewest()) {
            // The older versions could not tell of sources, and routers ignore them for
            // source-specific groups (RFC 4604 3.5). The way back is not caused by a query that
            // would be answered, so all is said unasked.
            reportAll(cycle);
        }
    }

    /** A change of version cancels all pending answers and repetitions. */
    private void cancelPending() {
        changes.clear();
        deadlines.cancel(changeReport());
        cancelAnswers();
    }

    private void cancelAnswers() {
        generalAnswer.clear();
        answers.clear();
        answeredMeanwhile.clear();
        deadlines.cancel(generalResponse());
        deadlines.cancel(groupResponses());
    }

    // ---- life of the link ----

    /** Takes what is new about the link; a new address repeats all reports (RFC 3590 4). */
    void update(Input.LinkUp update, Cycle cycle) {
        LinkSettings before = link.settings();
        boolean newAddress = !update.address().equals(link.address());
        link.update(update);
        if (newAddress) {
            cancelAnswers(); // those of the old address; without one there are none
            reportAll(cycle);
        }
        if (!before.equals(update.settings())) {
            settingsChanged(before, cycle);
        }
    }

    /** What is new holds at once, and nothing is said that is not new. */
    private void settingsChanged(LinkSettings before, Cycle cycle) {
        HostSettings host = link.settings().host();
        if (before.timers().robustness() != link.settings().timers().robustness()) {
            robustness = configuredRobustness(); // until the querier tells another
        }
        if (before.host().reportsPerSecond() != host.reportsPerSecond()) {
            changePace.setRate(host.reportsPerSecond());
            answerPace.setRate(host.reportsPerSecond());
        }
        adoptVersion(cycle);
        cycle.touchLinks(link.family()); // the order, or what cannot be asked for, may be another
    }

    /** All memberships are reported as if they were new, with {@link #flush}. */
    private void reportAll(Cycle cycle) {
        wanted.forEach((group, membership) -> change(group, Membership.NONE, membership, cycle));
    }

    /**
     * Leaves every group. What is still due then are the repetitions of the leaves, which take less
     * than the robustness times the unsolicited report interval.
     */
    void leaveAll(Cycle cycle) {
        for (IpAddress group : List.copyOf(wanted.keySet())) {
            want(group, Membership.NONE, cycle);
        }
        cancelAnswers();
        olderQueriers.forget();
        if (!link.canSend()) {
            changes.clear();
        }
        flush(cycle);
    }

    /** Leaves every group for good: the leaves are repeated at once, as nobody will do it later. */
    void release(Cycle cycle) {
        for (IpAddress group : List.copyOf(wanted.keySet())) {
            want(group, Membership.NONE, cycle);
        }
        boolean more = link.canSend();
        while (more && changes.first() != ProxyEngine.NO_DEADLINE) {
            changes.hasten(cycle.now());
            List<IpAddress> reported =
                    speaksNewest() ? sendChanges(cycle) : sendOlderChanges(cycle);
            changes.repeat(reported, cycle.now());
            more = !reported.isEmpty(); // else the pace is spent, or all is said
        }
    }

    /** Ends without a word: the link is gone. */
    void forget() {
        wanted.clear();
        wantedBytes = 0;
        cancelPending();
        olderQueriers.forget();
    }

    /** A deadline of this link is due. */
    void due(Reminder.OfHost reminder, Cycle cycle) {
        switch (reminder) {
            case Reminder.ChangeReport _ -> flush(cycle);
            case Reminder.GeneralResponse _ -> {
                answerGeneralQuery(cycle);
                planAnswers(cycle);
            }
            case Reminder.GroupResponses _ -> {
                answerGroupQueries(cycle);
                planAnswers(cycle);
            }
            case Reminder.OlderQuerier _ -> adoptVersion(cycle);
        }
    }

    /** A random time greater than zero and less than the most, in nanoseconds. */
    private long within(Duration most) {
        return 1 + random.nextLong(Math.max(1, most.toNanos() - 1));
    }

    private Reminder changeReport() {
        return new Reminder.ChangeReport(link.ifindex(), link.family());
    }

    private Reminder generalResponse() {
        return new Reminder.GeneralResponse(link.ifindex(), link.family());
    }

    private Reminder groupResponses() {
        return new Reminder.GroupResponses(link.ifindex(), link.family());
    }
}
