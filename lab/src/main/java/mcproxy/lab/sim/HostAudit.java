package mcproxy.lab.sim;

import mcproxy.core.FilterMode;
import mcproxy.core.Membership;
import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.ReportRecord;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;

/** Watches the host side of a proxy: what it reports on changes, and what it answers. */
final class HostAudit {
    private static final long SLACK_NANOS = Agenda.MILLI;

    /** The packets of one answer may keep a distance, also when the time for it ends. */
    private static final long ANSWER_SLACK_NANOS = 10 * Agenda.MILLI;

    private static final long UNSOLICITED_NANOS = Agenda.SECOND;

    /** No older querier is believed in for longer than this (RFC 2236 8.11, RFC 9776 8.12). */
    private static final long LONGEST_OLDER_QUERIER_NANOS = 500 * Agenda.SECOND;

    private final World world;
    private final String name;
    private final Settings settings;

    /** What is reported, as the engine tells. */
    private final TreeMap<IpAddress, Membership> wanted = new TreeMap<>();

    private final TreeMap<IpAddress, Long> wantedSince = new TreeMap<>();
    private final TreeMap<IpAddress, Long> modeChanged = new TreeMap<>();
    private final TreeMap<IpAddress, Long> changed = new TreeMap<>();
    private final TreeMap<IpAddress, List<Long>> changeReports = new TreeMap<>();
    private final TreeMap<IpAddress, Long> currentStates = new TreeMap<>();
    private final TreeMap<IpAddress, Membership> beforeStep = new TreeMap<>();
    private final List<GroupRecord> stepRecords = new ArrayList<>();
    private final TreeSet<IpAddress> stepOlder = new TreeSet<>();
    private long undisturbedSince;
    private long v1HeardAt = WishLog.NEVER;
    private long v2HeardAt = WishLog.NEVER;
    private boolean canSend = true;
    private boolean ended;

    HostAudit(World world, String name, Settings settings) {
        this.world = world;
        this.name = name;
        this.settings = settings;
    }

    private long now() {
        return world.agenda().now();
    }

    void end() {
        ended = true;
    }

    /** Something about the link is new; what was pending may be sent differently. */
    void changed(boolean canSendNow) {
        canSend = canSendNow;
        undisturbedSince = now();
    }

    // ---- versions ----

    private boolean mayBe(int generation) {
        int configured = settings.protocol().generation();
        boolean v1 = now() - v1HeardAt <= LONGEST_OLDER_QUERIER_NANOS;
        boolean v2 = now() - v2HeardAt <= LONGEST_OLDER_QUERIER_NANOS;
        boolean surelyV1 = now() - v1HeardAt < settings.queryIntervalNanos();
        boolean surelyV2 = now() - v2HeardAt < settings.queryIntervalNanos();
        return switch (generation) {
            case 1 -> v1 || configured == 1;
            case 2 -> !surelyV1 && (v2 || configured == 2);
            default -> !surelyV1 && !surelyV2 && configured == 3;
        };
    }

    private boolean surelySpeaksNewest() {
        return mayBe(3) && !mayBe(2) && !mayBe(1);
    }

    // ---- what is heard ----

    /** A legal message is about to be heard. */
    void heard(Packet packet) {
        if (packet.message() instanceof Message.OldReport report && !surelySpeaksNewest()) {
            currentStates.put(report.group(), now()); // may stand for ours: RFC 2236 3
        }
        if (!(packet.message() instanceof Message.Query query)) {
            return;
        }
        // RFC 9776 7.2.1 goes by General Queries, RFC 9777 8.2.1 by any.
        boolean tellsVersion = query.isGeneral() || packet.source().family() == Family.IPV6;
        if (tellsVersion && query.protocol().generation() < 3) {
            boolean wasNewest = surelySpeaksNewest();
            if (query.protocol().generation() == 1) {
                v1HeardAt = now();
            } else {
                v2HeardAt = now();
            }
            if (wasNewest || query.protocol().generation() == 1) {
                undisturbedSince = now(); // the change of version cancels what is pending
            }
        }
        long since = now();
        long most = query.maxResponseMillis() * Agenda.MILLI + ANSWER_SLACK_NANOS;
        boolean whole = query.sources().isEmpty();
        List<IpAddress> sources = query.sources();
        List<IpAddress> asked =
                query.isGeneral() ? List.copyOf(wanted.keySet()) : List.of(query.group());
        for (IpAddress group : asked) {
            Membership membership = wanted.get(group);
            if (membership == null || (!whole && sources.stream().noneMatch(membership::wants))) {
                continue;
            }
            world.agenda().in(most, () -> checkAnswer(group, whole, sources, since));
        }
    }

    private void checkAnswer(IpAddress group, boolean whole, List<IpAddress> sources, long since) {
        Membership membership = wanted.get(group);
        if (ended
                || !canSend
                || undisturbedSince >= since
                || membership == null
                || wantedSince.getOrDefault(group, since) >= since
                || changed.getOrDefault(group, WishLog.NEVER) >= since
                || (!whole && sources.stream().noneMatch(membership::wants))) {
            return;
        }
        if (currentStates.getOrDefault(group, WishLog.NEVER) < since) {
            throw new Violation(
                    Invariant.QUERY_ANSWER,
                    name
                            + " was asked for "
                            + group
                            + (whole ? "" : " " + sources)
                            + " at "
                            + World.time(since)
                            + " and has not answered");
        }
    }

    // ---- what the engine does ----

    /** The engine tells that it wants something else of a group. */
    void wants(IpAddress group, Membership membership) {
        Membership before = wanted.getOrDefault(group, Membership.NONE);
        beforeStep.putIfAbsent(group, before);
        if (membership.isNone()) {
            wanted.remove(group);
            wantedSince.remove(group);
        } else {
            wanted.put(group, membership);
            wantedSince.putIfAbsent(group, now());
        }
        changed.put(group, now());
    }

    /** The proxy sends something on this link. */
    void sends(Packet packet) {
        Message message = packet.message();
        switch (message) {
            case Message.Report report -> {
                checkVersion(3, packet);
                require(
                        packet.destination().equals(World.reportsGoTo(report.family())),
                        Invariant.MESSAGE,
                        "reports elsewhere",
                        packet);
                for (ReportRecord record : report.records()) {
                    if (record instanceof GroupRecord known) {
                        sends(known, packet);
                    } else {
                        require(false, Invariant.MESSAGE, "sends an unknown record", packet);
                    }
                }
            }
            case Message.OldReport report -> {
                checkVersion(report.protocol().generation(), packet);
                require(
                        packet.destination().equals(report.group()),
                        Invariant.MESSAGE,
                        "reports elsewhere",
                        packet);
                stepOlder.add(report.group());
                currentStates.put(report.group(), now());
            }
            case Message.Leave leave -> {
                checkVersion(2, packet);
                require(
                        packet.destination().equals(World.allRouters(leave.family())),
                        Invariant.MESSAGE,
                        "leaves elsewhere",
                        packet);
                stepOlder.add(leave.group());
            }
            default ->
                    require(false, Invariant.MESSAGE, "sends no host's message upstream", packet);
        }
    }

    private void checkVersion(int generation, Packet packet) {
        require(mayBe(generation), Invariant.UPSTREAM_VERSION, "speaks another version", packet);
        if (surelySpeaksNewest() && generation < 3) {
            require(false, Invariant.UPSTREAM_VERSION, "speaks an older version", packet);
        }
    }

    private void sends(GroupRecord record, Packet packet) {
        IpAddress group = record.group();
        Membership membership = wanted.getOrDefault(group, Membership.NONE);
        boolean exclude = membership.mode() == FilterMode.EXCLUDE;
        boolean changeOfMode =
                now() - modeChanged.getOrDefault(group, WishLog.NEVER)
                        <= settings.robustness() * UNSOLICITED_NANOS + SLACK_NANOS;
        boolean modeOfStep =
                beforeStep.containsKey(group) && beforeStep.get(group).mode() != membership.mode();
        boolean asNow =
                membership.sources().toList().containsAll(record.sources())
                        && (exclude || !record.sources().isEmpty() || membership.isNone());
        switch (record.type()) {
            case IS_IN -> {
                currentStates.put(group, now());
                require(
                        record.sources().stream().allMatch(membership::wants),
                        Invariant.QUERY_ANSWER,
                        "says more than it wants, " + membership + ",",
                        packet);
            }
            case IS_EX -> {
                currentStates.put(group, now());
                require(
                        exclude && isWhole(record, membership),
                        Invariant.QUERY_ANSWER,
                        "says other than it wants, " + membership + ",",
                        packet);
            }
            case TO_IN ->
                    require(
                            !exclude && asNow && (changeOfMode || modeOfStep || isRepeatedAnew()),
                            Invariant.CHANGE_REPORT,
                            "has not become " + membership + " just now but says so:",
                            packet);
            case TO_EX ->
                    require(
                            exclude
                                    && isWhole(record, membership)
                                    && (changeOfMode || modeOfStep || isRepeatedAnew()),
                            Invariant.CHANGE_REPORT,
                            "has not become " + membership + " just now but says so:",
                            packet);
            case ALLOW ->
                    require(
                            record.sources().stream().allMatch(membership::wants),
                            Invariant.CHANGE_REPORT,
                            "allows more than " + membership,
                            packet);
            case BLOCK ->
                    require(
                            record.sources().stream().noneMatch(membership::wants),
                            Invariant.CHANGE_REPORT,
                            "blocks what it wants, " + membership + ",",
                            packet);
        }
        switch (record.type()) {
            case IS_IN, IS_EX -> {}
            case TO_IN, TO_EX, ALLOW, BLOCK -> {
                stepRecords.add(record);
                List<Long> times = changeReports.computeIfAbsent(group, _ -> new ArrayList<>());
                if (times.isEmpty() || times.getLast() != now()) {
                    times.add(now());
                }
            }
        }
    }

    /** RFC 3590 4: after a new address everything is reported as if it were new. */
    private boolean isRepeatedAnew() {
        return now() - undisturbedSince <= settings.robustness() * UNSOLICITED_NANOS + SLACK_NANOS;
    }

    private static boolean isWhole(GroupRecord record, Membership membership) {
        return new TreeSet<>(record.sources()).equals(new TreeSet<>(membership.sources().toList()));
    }

    /** A step of the engine is over: has each change been reported? */
    void stepEnds(boolean stopping) {
        beforeStep.forEach((group, before) -> {
            Membership after = wanted.getOrDefault(group, Membership.NONE);
            if (!before.equals(after)) {
                checkChange(group, before, after, stopping);
            }
        });
        beforeStep.clear();
        stepRecords.clear();
        stepOlder.clear();
    }

    private void checkChange(
            IpAddress group, Membership before, Membership after, boolean stopping) {
        boolean modeChange = before.mode() != after.mode();
        if (modeChange) {
            modeChanged.put(group, now());
        }
        if (!canSend) {
            return;
        }
        if (!surelySpeaksNewest()) {
            checkOlderChange(group, before, after);
            return;
        }
        TreeSet<IpAddress> allowed = new TreeSet<>();
        TreeSet<IpAddress> blocked = new TreeSet<>();
        boolean whole = false;
        for (GroupRecord record : stepRecords) {
            if (record.group().equals(group)) {
                switch (record.type()) {
                    case TO_IN, TO_EX -> whole = true;
                    case ALLOW -> allowed.addAll(record.sources());
                    case BLOCK -> blocked.addAll(record.sources());
                    case IS_IN, IS_EX -> {}
                }
            }
        }
        boolean include = after.mode() == FilterMode.INCLUDE;
        List<IpAddress> added = after.sources().minus(before.sources()).toList();
        List<IpAddress> removed = before.sources().minus(after.sources()).toList();
        boolean reported =
                modeChange
                        ? whole
                        : whole
                                || (allowed.containsAll(include ? added : removed)
                                        && blocked.containsAll(include ? removed : added));
        if (!reported) {
            throw new Violation(
                    Invariant.CHANGE_REPORT,
                    name
                            + " went from "
                            + before
                            + " to "
                            + after
                            + " of "
                            + group
                            + " and reported "
                            + stepRecords);
        }
        if (!stopping) {
            long since = now();
            world.agenda()
                    .in(
                            (settings.robustness() - 1) * UNSOLICITED_NANOS + SLACK_NANOS,
                            () -> checkRepeated(group, since));
        }
    }

    private void checkOlderChange(IpAddress group, Membership before, Membership after) {
        boolean surelyOlder = !mayBe(3);
        boolean cannotLeave = mayBe(1) && after.isNone();
        if (surelyOlder
                && before.isNone() != after.isNone()
                && !cannotLeave
                && !stepOlder.contains(group)) {
            throw new Violation(
                    Invariant.CHANGE_REPORT,
                    name + " went from " + before + " to " + after + " of " + group + " unheard");
        }
    }

    /** RFC 9776 5.1: RV transmissions, each at most the Unsolicited Report Interval later. */
    private void checkRepeated(IpAddress group, long since) {
        if (ended || !canSend || undisturbedSince >= since || !surelySpeaksNewest()) {
            return;
        }
        long count =
                changeReports.getOrDefault(group, List.of()).stream()
                        .filter(at -> at >= since)
                        .count();
        if (count < settings.robustness()) {
            throw new Violation(
                    Invariant.CHANGE_REPORT,
                    name
                            + " has reported its change of "
                            + group
                            + " at "
                            + World.time(since)
                            + " only "
                            + count
                            + " times");
        }
    }

    private void require(boolean holds, Invariant invariant, String wrong, Packet packet) {
        if (!holds) {
            throw new Violation(invariant, name + " " + wrong + " " + Segment.brief(packet));
        }
    }
}
