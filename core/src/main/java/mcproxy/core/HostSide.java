package mcproxy.core;

import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Protocol;
import mcproxy.wire.RecordType;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * The host side of one upstream, for one family (RFC 9776 5, RFC 9777 6): tells the routers there
 * what the downstreams want, on change and when asked.
 */
final class HostSide {
    /** RFC 9776 8.11. */
    static final Duration UNSOLICITED_REPORT_INTERVAL = Duration.ofSeconds(1);

    /** RFC 2236 8.10, the same interval for hosts of the second generation. */
    static final Duration OLDER_UNSOLICITED_REPORT_INTERVAL = Duration.ofSeconds(10);

    /** The most sources that a pending answer remembers; RFC 9776 9.1 asks for a limit. */
    private static final int MAX_PENDING_SOURCES = 1024;

    private final LinkAt link;
    private final Deadlines deadlines;
    private final RandomGenerator random;

    /** The reception state of the interface (RFC 9776 3.2); groups with no wish are not in it. */
    private final TreeMap<IpAddress, Membership> wanted = new TreeMap<>();

    /** What State-Change Reports still have to repeat. */
    private final TreeMap<IpAddress, PendingChange> pendingChanges = new TreeMap<>();

    /** Groups whose change has not been reported even once. */
    private final TreeSet<IpAddress> unreported = new TreeSet<>();

    /** Sources to answer for, by group; an empty set stands for the whole group (RFC 9776 5.2). */
    private final TreeMap<IpAddress, SourceSet> pendingAnswers = new TreeMap<>();

    private int robustness;
    private Duration olderQuerierInterval;
    private Protocol spoken;

    HostSide(LinkAt link, Deadlines deadlines, RandomGenerator random) {
        this.link = link;
        this.deadlines = deadlines;
        this.random = random;
        this.robustness = link.settings().timers().robustness();
        this.olderQuerierInterval = link.settings().timers().olderHostPresentInterval();
        this.spoken = link.settings().protocol();
    }

    LinkAt link() {
        return link;
    }

    /** What is wanted of each group, as last set. */
    SortedMap<IpAddress, Membership> wanted() {
        return Collections.unmodifiableSortedMap(wanted);
    }

    /** The version that is spoken now (Host Compatibility Mode, RFC 9776 7.2.1). */
    Protocol spoken() {
        return spoken;
    }

    // ---- action on change of interface state: RFC 9776 5.1 ----

    /**
     * Sets what is wanted of a group; {@link #flush} reports it. The difference merges with what is
     * pending.
     */
    void want(IpAddress group, Membership membership, Cycle cycle) {
        Membership before = wanted.getOrDefault(group, Membership.NONE);
        if (before.equals(membership)) {
            return;
        }
        if (membership.isNone()) {
            wanted.remove(group);
        } else {
            wanted.put(group, membership);
        }
        cycle.tell(new Event.UpstreamMembership(link.name(), group, membership));
        if (spoken.generation() < 3 && before.isNone() == membership.isNone()) {
            return; // RFC 4605 4.1: the older versions know only joining and leaving
        }
        pendingChanges
                .computeIfAbsent(group, _ -> new PendingChange())
                .merge(before, membership, robustness);
        unreported.add(group);
    }

    /** Reports the changes of this cycle, many in one packet, and plans their repetition. */
    void flush(Cycle cycle) {
        if (unreported.isEmpty() || !link.canSend()) {
            return; // without an address the changes wait for one (RFC 3590)
        }
        if (spoken.generation() == 3) {
            sendChanges(unreported, cycle);
        } else {
            unreported.forEach(group -> sendOlderChange(group, cycle));
        }
        unreported.clear();
        planRepetition(cycle);
    }

    /** The State-Change Reports that are pending are sent once more. */
    private void repeatChanges(Cycle cycle) {
        if (spoken.generation() == 3) {
            sendChanges(pendingChanges.keySet(), cycle);
        } else {
            List.copyOf(pendingChanges.keySet()).forEach(group -> sendOlderChange(group, cycle));
        }
        planRepetition(cycle);
    }

    private void planRepetition(Cycle cycle) {
        pendingChanges.values().removeIf(PendingChange::isOver);
        if (!pendingChanges.isEmpty() && !deadlines.isSet(changeReport())) {
            Duration interval =
                    spoken.generation() == 3
                            ? UNSOLICITED_REPORT_INTERVAL
                            : OLDER_UNSOLICITED_REPORT_INTERVAL;
            deadlines.set(changeReport(), cycle.now() + delay(interval));
        }
    }

    private void sendChanges(Iterable<IpAddress> groups, Cycle cycle) {
        List<GroupRecord> records = new ArrayList<>();
        for (IpAddress group : groups) {
            PendingChange change = pendingChanges.get(group);
            if (change != null) {
                records.addAll(change.transmit(group, wanted.getOrDefault(group, Membership.NONE)));
            }
        }
        sendReports(records, cycle);
    }

    private void sendReports(List<GroupRecord> records, Cycle cycle) {
        for (Message.Report report : Packing.reports(link.family(), records, link.mtu())) {
            link.send(link.reportsGoTo(), report, cycle);
        }
    }

    /** RFC 2236 3, RFC 2710 4: only joining and leaving count, and a leave is said once. */
    private void sendOlderChange(IpAddress group, Cycle cycle) {
        PendingChange change = pendingChanges.get(group);
        if (change == null) {
            return;
        }
        if (wanted.containsKey(group)) {
            sendOlderReport(group, cycle);
            change.countDown();
        } else {
            if (spoken.generation() == 2) {
                link.send(link.allRouters(), new Message.Leave(spoken, group), cycle);
            }
            pendingChanges.remove(group);
        }
    }

    private void sendOlderReport(IpAddress group, Cycle cycle) {
        link.send(group, new Message.OldReport(spoken, group), cycle);
    }

    // ---- action on reception of a query: RFC 9776 5.2 ----

    /** Takes a message that {@link PacketRules} let through; only queries concern a host. */
    void heard(Packet packet, Cycle cycle) {
        switch (packet.message()) {
            case Message.Query query -> heard(query, cycle);
            case Message.Report _,
                    Message.OldReport _,
                    Message.Leave _,
                    Message.RouterDiscovery _,
                    Message.Unknown _ -> {
                // We may listen with others, but never let their reports stand for ours: a proxy
                // speaks for many hosts, and suppression is a MAY (RFC 9776 7.2.2).
            }
        }
    }

    private void heard(Message.Query query, Cycle cycle) {
        if (query.isGeneral()) {
            heardVersion(query, cycle);
        }
        if (query.protocol().generation() == 3 && query.robustness() > 0) {
            robustness = query.robustness(); // RFC 9776 4.1.6
        }
        if (wanted.isEmpty()) {
            return;
        }
        long answerAt = cycle.now() + delay(Duration.ofMillis(query.maxResponseMillis()));
        if (deadlines.at(generalResponse()) <= answerAt) {
            return; // rule 1: a sooner general answer covers this one
        }
        if (query.isGeneral()) {
            deadlines.set(generalResponse(), answerAt); // rule 2
        } else if (wanted.containsKey(query.group())) {
            planAnswer(query, answerAt);
        }
    }

    /** Rules 3 to 5 of RFC 9776 5.2. */
    private void planAnswer(Message.Query query, long answerAt) {
        IpAddress group = query.group();
        SourceSet asked = SourceSet.of(query.sources());
        SourceSet pending = pendingAnswers.get(group);
        SourceSet answer =
                pending == null || (!asked.isEmpty() && !pending.isEmpty())
                        ? asked.plus(pending == null ? SourceSet.EMPTY : pending)
                        : SourceSet.EMPTY;
        pendingAnswers.put(group, answer.size() > MAX_PENDING_SOURCES ? SourceSet.EMPTY : answer);
        deadlines.setIfEarlier(new Reminder.GroupResponse(link.ifindex(), group), answerAt);
    }

    private void answerGeneralQuery(Cycle cycle) {
        if (spoken.generation() < 3) {
            wanted.keySet().forEach(group -> sendOlderReport(group, cycle));
            return;
        }
        List<GroupRecord> records = new ArrayList<>();
        for (Map.Entry<IpAddress, Membership> entry : wanted.entrySet()) {
            records.add(currentState(entry.getKey(), entry.getValue()));
        }
        sendReports(records, cycle);
    }

    private void answerGroupQuery(IpAddress group, Cycle cycle) {
        SourceSet asked = pendingAnswers.remove(group);
        Membership membership = wanted.get(group);
        if (asked == null || membership == null) {
            return;
        }
        if (spoken.generation() < 3) {
            sendOlderReport(group, cycle);
            return;
        }
        if (asked.isEmpty()) {
            sendReports(List.of(currentState(group, membership)), cycle);
            return;
        }
        SourceSet have =
                switch (membership.mode()) {
                    case INCLUDE -> membership.sources().and(asked);
                    case EXCLUDE -> asked.minus(membership.sources());
                };
        if (!have.isEmpty()) {
            sendReports(List.of(new GroupRecord(RecordType.IS_IN, group, have.toList())), cycle);
        }
    }

    private static GroupRecord currentState(IpAddress group, Membership membership) {
        RecordType type =
                switch (membership.mode()) {
                    case INCLUDE -> RecordType.IS_IN;
                    case EXCLUDE -> RecordType.IS_EX;
                };
        return new GroupRecord(type, group, membership.sources().toList());
    }

    // ---- older queriers: RFC 9776 7.2.1 ----

    /** A General Query tells the version of its sender; the oldest one heard lately counts. */
    private void heardVersion(Message.Query query, Cycle cycle) {
        int generation = query.protocol().generation();
        if (generation < 3) {
            deadlines.set(olderQuerier(generation), cycle.now() + olderQuerierInterval.toNanos());
        } else {
            // RFC 9776 8.12: the querier's own values, with ten times its response time.
            olderQuerierInterval =
                    Duration.ofSeconds(
                                    Math.max(1L, query.robustness()) * query.queryIntervalSeconds())
                            .plusMillis(10L * query.maxResponseMillis());
        }
        adoptVersion(cycle);
    }

    private void adoptVersion(Cycle cycle) {
        int configured = link.settings().protocol().generation();
        int heard = deadlines.isSet(olderQuerier(1)) ? 1 : deadlines.isSet(olderQuerier(2)) ? 2 : 3;
        Protocol now = Protocol.of(link.family(), Math.min(configured, heard));
        if (now != spoken) {
            spoken = now;
            cancelPending();
            cycle.tell(new Event.UpstreamVersion(link.name(), link.family(), now));
        }
    }

    /** RFC 9776 7.2.1: a change of version cancels all pending answers and repetitions. */
    private void cancelPending() {
        pendingChanges.clear();
        unreported.clear();
        deadlines.cancel(changeReport());
        cancelAnswers();
    }

    private void cancelAnswers() {
        deadlines.cancel(generalResponse());
        for (IpAddress group : pendingAnswers.keySet()) {
            deadlines.cancel(new Reminder.GroupResponse(link.ifindex(), group));
        }
        pendingAnswers.clear();
    }

    // ---- life of the link ----

    /** Takes what is new about the link; a new address repeats all reports (RFC 3590 4). */
    void update(Input.LinkUp update, Cycle cycle) {
        boolean newAddress = !update.address().equals(link.address());
        link.update(update);
        if (newAddress && link.canSend()) {
            wanted.forEach((group, membership) -> {
                pendingChanges
                        .computeIfAbsent(group, _ -> new PendingChange())
                        .merge(Membership.NONE, membership, robustness);
                unreported.add(group);
            });
            flush(cycle);
        }
    }

    /** Leaves every group and ends. */
    void leaveAll(Cycle cycle) {
        for (IpAddress group : List.copyOf(wanted.keySet())) {
            want(group, Membership.NONE, cycle);
        }
        flush(cycle);
        forget();
    }

    /** Ends without a word: the link is gone. */
    void forget() {
        wanted.clear();
        cancelPending();
        deadlines.cancel(olderQuerier(1));
        deadlines.cancel(olderQuerier(2));
    }

    /** A deadline of this link is due. */
    void due(Reminder.OfHost reminder, Cycle cycle) {
        switch (reminder) {
            case Reminder.ChangeReport _ -> repeatChanges(cycle);
            case Reminder.GeneralResponse _ -> {
                answerGeneralQuery(cycle);
                cancelAnswers(); // the general answer held those for single groups too
            }
            case Reminder.GroupResponse response -> answerGroupQuery(response.group(), cycle);
            case Reminder.OlderQuerier _ -> adoptVersion(cycle);
        }
    }

    /** A random time in (0, most], in nanoseconds. */
    private long delay(Duration most) {
        return 1 + random.nextLong(Math.max(1, most.toNanos()));
    }

    private Reminder changeReport() {
        return new Reminder.ChangeReport(link.ifindex(), link.family());
    }

    private Reminder generalResponse() {
        return new Reminder.GeneralResponse(link.ifindex(), link.family());
    }

    private Reminder olderQuerier(int generation) {
        return new Reminder.OlderQuerier(link.ifindex(), link.family(), generation);
    }
}
