package mcproxy.lab.sim;

import mcproxy.wire.Decoded;
import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Protocol;
import mcproxy.wire.RecordType;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A host of any version, written from the RFCs: 1112 appendix I, 2236 3 and 6, 9776 5 and 7.2; 2710
 * and 9777 for IPv6.
 */
final class Host implements Port.Owner {
    private static final long OLDER_UNSOLICITED_NANOS = 10 * Agenda.SECOND;
    private static final long UNSOLICITED_NANOS = Agenda.SECOND;
    private static final long OLDER_QUERIER_NANOS = 400 * Agenda.SECOND;

    /** So that a report fits the smallest MTU. */
    private static final int SOURCES_PER_REPORT = 50;

    /** What still has to be said about a group. */
    private static final class Pending {
        int modeLeft;
        final TreeMap<IpAddress, Integer> sourcesLeft = new TreeMap<>();
    }

    private final World world;
    private final int generation;
    private final boolean leavesAlways;
    private final SplittableRandom random;
    private final Port port;
    private final TreeMap<IpAddress, Wish> wishes = new TreeMap<>();
    private final WishLog log = new WishLog();
    private final TreeMap<IpAddress, Pending> pending = new TreeMap<>();
    private final TreeMap<IpAddress, Agenda.Plan> olderTimers = new TreeMap<>();
    private final TreeMap<IpAddress, Long> olderTimerEnds = new TreeMap<>();
    private final TreeMap<IpAddress, Integer> olderRepeatsLeft = new TreeMap<>();
    private final TreeSet<IpAddress> lastReporter = new TreeSet<>();
    private final TreeMap<IpAddress, SortedSet<IpAddress>> answers = new TreeMap<>();
    private final TreeMap<IpAddress, Long> answerTimes = new TreeMap<>();
    private Agenda.@org.jspecify.annotations.Nullable Plan changeTimer;
    private long generalAnswerAt = Long.MAX_VALUE;
    private long v1QuerierUntil = -1;
    private long v2QuerierUntil = -1;
    private boolean crashed;

    Host(
            World world,
            Segment segment,
            IpAddress address,
            int generation,
            boolean leavesAlways,
            SplittableRandom random) {
        this.world = world;
        this.generation = generation;
        this.leavesAlways = leavesAlways;
        this.random = random;
        this.port = new Port(segment, address, this);
        segment.attach(port);
    }

    Port port() {
        return port;
    }

    int generation() {
        return generation;
    }

    /** Does it tell of every leave, also where another host was the last to report? */
    boolean leavesAlways() {
        return leavesAlways;
    }

    WishLog log() {
        return log;
    }

    Map<IpAddress, Wish> wishes() {
        return wishes;
    }

    /** It goes without a word. */
    void crash() {
        crashed = true;
        for (IpAddress group : wishes.keySet()) {
            log.note(group, Wish.NOTHING, now());
        }
        wishes.clear();
        port.segment().detach(port);
    }

    boolean isCrashed() {
        return crashed;
    }

    private long now() {
        return world.agenda().now();
    }

    private Family family() {
        return world.scenario().family();
    }

    private int robustness() {
        return port.segment().settings().robustness();
    }

    /** The version in use (RFC 9776 7.2.1, RFC 2236 4). */
    private int mode() {
        int oldest = v1QuerierUntil > now() ? 1 : v2QuerierUntil > now() ? 2 : 3;
        return Math.min(generation, oldest);
    }

    // ---- wishes ----

    /** The application changes its mind about a group. */
    void want(IpAddress group, Wish wish) {
        Wish before = wishes.getOrDefault(group, Wish.NOTHING);
        if (before.equals(wish)) {
            return;
        }
        world.tell(() -> "host " + port.address() + " wants " + wish + " of " + group);
        if (wish.isNothing()) {
            wishes.remove(group);
        } else {
            wishes.put(group, wish);
        }
        log.note(group, wish, now());
        if (mode() == 3) {
            changed(group, before, wish);
        } else if (before.isNothing()) {
            olderJoin(group);
        } else if (wish.isNothing()) {
            olderLeave(group);
        }
    }

    private void changed(IpAddress group, Wish before, Wish wish) {
        Pending left = pending.computeIfAbsent(group, _ -> new Pending());
        if (before.exclude() != wish.exclude()) {
            left.modeLeft = robustness();
        } else {
            for (IpAddress source : Wish.minus(before.sources(), wish.sources())) {
                left.sourcesLeft.put(source, robustness());
            }
            for (IpAddress source : Wish.minus(wish.sources(), before.sources())) {
                left.sourcesLeft.put(source, robustness());
            }
        }
        sendChanges(List.of(group));
    }

    private void sendChanges(List<IpAddress> groups) {
        List<GroupRecord> records = new ArrayList<>();
        for (IpAddress group : groups) {
            Pending left = pending.get(group);
            if (left == null) {
                continue;
            }
            Wish wish = wishes.getOrDefault(group, Wish.NOTHING);
            if (left.modeLeft > 0) {
                RecordType type = wish.exclude() ? RecordType.TO_EX : RecordType.TO_IN;
                add(records, type, group, wish.sources());
                left.modeLeft--;
            } else {
                SortedSet<IpAddress> said = new TreeSet<>(left.sourcesLeft.keySet());
                SortedSet<IpAddress> allowed = new TreeSet<>(said);
                allowed.removeIf(source -> !wish.wants(source));
                SortedSet<IpAddress> blocked = Wish.minus(said, allowed);
                if (!allowed.isEmpty()) {
                    add(records, RecordType.ALLOW, group, allowed);
                }
                if (!blocked.isEmpty()) {
                    add(records, RecordType.BLOCK, group, blocked);
                }
            }
            left.sourcesLeft.replaceAll((_, count) -> count - 1);
            left.sourcesLeft.values().removeIf(count -> count <= 0);
            if (left.modeLeft == 0 && left.sourcesLeft.isEmpty()) {
                pending.remove(group);
            }
        }
        report(records);
        if (!pending.isEmpty() && changeTimer == null) {
            changeTimer =
                    world.agenda().in(1 + random.nextLong(UNSOLICITED_NANOS), this::repeatChanges);
        }
    }

    private void repeatChanges() {
        changeTimer = null;
        if (!crashed) {
            sendChanges(List.copyOf(pending.keySet()));
        }
    }

    private static void add(
            List<GroupRecord> records,
            RecordType type,
            IpAddress group,
            SortedSet<IpAddress> sources) {
        records.add(new GroupRecord(type, group, List.copyOf(sources)));
    }

    private void report(List<GroupRecord> records) {
        List<GroupRecord> open = new ArrayList<>();
        int room = SOURCES_PER_REPORT;
        for (GroupRecord record : records) {
            List<IpAddress> sources = record.sources();
            int from = 0;
            do {
                int to = Math.min(sources.size(), from + room);
                open.add(new GroupRecord(record.type(), record.group(), sources.subList(from, to)));
                room -= to - from + 1;
                from = to;
                if (room <= 0) {
                    send(open);
                    open.clear();
                    room = SOURCES_PER_REPORT;
                }
            } while (from < sources.size());
        }
        if (!open.isEmpty()) {
            send(open);
        }
    }

    private void send(List<GroupRecord> records) {
        send(
                World.reportsGoTo(family()),
                new Message.Report(Protocol.newest(family()), List.copyOf(records)));
    }

    private void send(IpAddress destination, Message message) {
        port.segment().send(port, Packet.toSend(port.address(), destination, message));
    }

    // ---- the older versions ----

    private void olderJoin(IpAddress group) {
        olderReport(group);
        if (robustness() > 1) {
            olderRepeatsLeft.put(group, robustness() - 1);
            planOlder(group, OLDER_UNSOLICITED_NANOS);
        }
    }

    private void olderReport(IpAddress group) {
        lastReporter.add(group);
        send(group, new Message.OldReport(Protocol.of(family(), mode()), group));
    }

    private void olderLeave(IpAddress group) {
        stopOlder(group);
        olderRepeatsLeft.remove(group);
        boolean last = lastReporter.remove(group);
        if (mode() == 2 && (last || leavesAlways)) {
            send(World.allRouters(family()), new Message.Leave(Protocol.of(family(), 2), group));
        }
    }

    /** Sets the group's delay timer, unless it runs and ends sooner (RFC 2236 3). */
    private void planOlder(IpAddress group, long mostNanos) {
        long end = now() + 1 + random.nextLong(mostNanos);
        if (olderTimerEnds.getOrDefault(group, Long.MAX_VALUE) <= now() + mostNanos) {
            return;
        }
        stopOlder(group);
        olderTimerEnds.put(group, end);
        olderTimers.put(group, world.agenda().at(end, () -> olderDue(group)));
    }

    private void olderDue(IpAddress group) {
        olderTimers.remove(group);
        olderTimerEnds.remove(group);
        if (crashed || !wishes.containsKey(group) || mode() == 3) {
            return;
        }
        olderReport(group);
        int left = olderRepeatsLeft.merge(group, -1, Integer::sum);
        if (left > 0) {
            planOlder(group, OLDER_UNSOLICITED_NANOS);
        } else {
            olderRepeatsLeft.remove(group);
        }
    }

    private void stopOlder(IpAddress group) {
        Agenda.Plan plan = olderTimers.remove(group);
        olderTimerEnds.remove(group);
        if (plan != null) {
            plan.callOff();
        }
    }

    // ---- what is heard ----

    @Override
    public void heard(Port at, Decoded<Packet> decoded, boolean illegal) {
        if (illegal || crashed || !(decoded instanceof Decoded.Value<Packet>(Packet packet))) {
            return;
        }
        switch (packet.message()) {
            case Message.Query query -> heard(query);
            case Message.OldReport report -> {
                if (mode() < 3 && olderTimers.containsKey(report.group())) {
                    stopOlder(report.group()); // suppressed: another host has said it
                    lastReporter.remove(report.group());
                    olderRepeatsLeft.remove(report.group());
                }
            }
            default -> {
                // does not concern a host
            }
        }
    }

    private void heard(Message.Query query) {
        int modeBefore = mode();
        if (query.isGeneral() && generation > query.protocol().generation()) {
            switch (query.protocol().generation()) {
                case 1 -> v1QuerierUntil = now() + OLDER_QUERIER_NANOS;
                case 2 -> v2QuerierUntil = now() + OLDER_QUERIER_NANOS;
                default -> {}
            }
        }
        if (modeBefore != mode()) {
            cancelAll();
        }
        long most =
                mode() == 1 || query.protocol().generation() == 1
                        ? 10 * Agenda.SECOND
                        : query.maxResponseMillis() * Agenda.MILLI;
        if (mode() == 3) {
            planAnswer(query, most);
        } else if (query.isGeneral()) {
            List.copyOf(wishes.keySet()).forEach(group -> planOlder(group, most));
        } else if (mode() == 2 && wishes.containsKey(query.group())) {
            planOlder(query.group(), most);
        }
    }

    /** RFC 9776 7.2.1: a change of version cancels all that is pending. */
    private void cancelAll() {
        pending.clear();
        answers.clear();
        answerTimes.clear();
        generalAnswerAt = Long.MAX_VALUE;
        List.copyOf(olderTimers.keySet()).forEach(this::stopOlder);
        olderRepeatsLeft.clear();
    }

    /** The five rules of RFC 9776 5.2. */
    private void planAnswer(Message.Query query, long most) {
        long at = now() + 1 + random.nextLong(Math.max(1, most));
        if (wishes.isEmpty() || generalAnswerAt <= at) {
            return;
        }
        if (query.isGeneral()) {
            generalAnswerAt = at;
            world.agenda().at(at, () -> answerGeneral(at));
            return;
        }
        IpAddress group = query.group();
        if (!wishes.containsKey(group)) {
            return;
        }
        SortedSet<IpAddress> asked = new TreeSet<>(query.sources());
        SortedSet<IpAddress> before = answers.get(group);
        if (before != null) {
            if (before.isEmpty() || asked.isEmpty()) {
                asked.clear();
            } else {
                asked.addAll(before);
            }
        }
        answers.put(group, asked);
        long sooner = Math.min(at, answerTimes.getOrDefault(group, Long.MAX_VALUE));
        answerTimes.put(group, sooner);
        world.agenda().at(sooner, () -> answerGroup(group, sooner));
    }

    private void answerGeneral(long at) {
        if (crashed || generalAnswerAt != at) {
            return;
        }
        generalAnswerAt = Long.MAX_VALUE;
        List<GroupRecord> records = new ArrayList<>();
        wishes.forEach((group, wish) -> records.add(current(group, wish)));
        report(records);
    }

    private void answerGroup(IpAddress group, long at) {
        if (crashed || answerTimes.getOrDefault(group, -1L) != at) {
            return;
        }
        answerTimes.remove(group);
        SortedSet<IpAddress> asked = answers.remove(group);
        Wish wish = wishes.get(group);
        if (asked == null || wish == null) {
            return;
        }
        if (asked.isEmpty()) {
            report(List.of(current(group, wish)));
            return;
        }
        asked.removeIf(source -> !wish.wants(source));
        if (!asked.isEmpty()) {
            report(List.of(new GroupRecord(RecordType.IS_IN, group, List.copyOf(asked))));
        }
    }

    private static GroupRecord current(IpAddress group, Wish wish) {
        return new GroupRecord(
                wish.exclude() ? RecordType.IS_EX : RecordType.IS_IN,
                group,
                List.copyOf(wish.sources()));
    }

    @Override
    public void arrived(Port at, DataPacket packet) {
        Wish wish = wishes.get(packet.group());
        if (wish != null && wish.wants(packet.source())) {
            world.oracle().received(this, packet);
        }
    }
}
