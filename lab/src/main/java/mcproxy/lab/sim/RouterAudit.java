package mcproxy.lab.sim;

import mcproxy.core.EngineView;
import mcproxy.core.FilterMode;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.RecordType;
import mcproxy.wire.ReportRecord;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Watches the router side of a proxy on one downstream: its state, and the queries it sends. */
final class RouterAudit {
    private static final long SLACK_NANOS = Agenda.MILLI;

    /**
     * A specific query that was sent.
     *
     * @param standsFor sources that it asks for, or need not be asked for beside it
     */
    private record Sent(
            long atNanos, IpAddress group, boolean wholeGroup, Set<IpAddress> standsFor) {}

    private final World world;
    private final String name;
    private final Settings settings;
    private final RouterModel model;
    private final List<Sent> specific = new ArrayList<>();
    private final TreeMap<IpAddress, Long> asked = new TreeMap<>();

    /** When a group was reported last. */
    private final TreeMap<IpAddress, Long> reported = new TreeMap<>();

    private final long startedAt;
    private long queryingSince;
    private long lastGeneral;
    private int generals;
    private int allowances;
    private int rivals;
    private boolean ended;

    RouterAudit(World world, String name, Settings settings) {
        this.world = world;
        this.name = name;
        this.settings = settings;
        this.model = new RouterModel(settings, world.knowsSsm(), world.scenario().room());
        this.startedAt = now();
        this.queryingSince = startedAt;
        model.querier(true);
        world.agenda().in(startupNanos(), this::checkStartup);
        world.agenda().in(settings.queryIntervalNanos(), this::checkGeneral);
    }

    private long startupNanos() {
        return settings.queryIntervalNanos() / 4 * (settings.robustness() - 1) + SLACK_NANOS;
    }

    private long now() {
        return world.agenda().now();
    }

    void end() {
        ended = true;
    }

    /** The link has another address or MTU; a querier may ask once more. */
    void changed() {
        allowances++;
    }

    /** The engine tells that the querier is another. */
    void elected(boolean self) {
        if (self && !model.isQuerier()) {
            queryingSince = now();
            lastGeneral = now();
            allowances += 2;
        }
        model.querier(self);
    }

    // ---- what is heard ----

    /** A legal message arrives; called before the engine hears it. */
    void heard(Packet packet) {
        if (packet.message() instanceof Message.Query query) {
            if (query.isGeneral()) {
                rivals++; // if it has not heard of us yet, it may hear a query more
            } else {
                model.heardSpecific(query, now());
            }
            return;
        }
        note(packet.message());
        for (RouterModel.Ask ask : model.heard(packet.message(), now())) {
            expect(ask);
        }
    }

    /** A legal message has been heard by the engine, which may have elected its sender. */
    void heardAfter(Packet packet, IpAddress elected) {
        if (packet.message() instanceof Message.Query query
                && !model.isQuerier()
                && packet.source().equals(elected)) {
            model.adopt(query);
        }
    }

    /** Do the messages heard so far say that this is wanted here? */
    boolean wants(IpAddress group, IpAddress source) {
        return model.wants(group, source, now());
    }

    private void note(Message message) {
        switch (message) {
            case Message.OldReport report -> reported.put(report.group(), now());
            case Message.Report report ->
                    report.records().stream()
                            .filter(RouterAudit::keepsTheGroup)
                            .forEach(record -> reported.put(record.group(), now()));
            case Message.Query _, Message.Leave _, Message.RouterDiscovery _, Message.Unknown _ -> {
                // says of no group that somebody wants it
            }
        }
    }

    private static boolean keepsTheGroup(ReportRecord record) {
        return record instanceof GroupRecord known
                && (known.type() == RecordType.IS_EX || known.type() == RecordType.TO_EX);
    }

    private void expect(RouterModel.Ask ask) {
        // RFC 2236 6: while queries for a group are under way another leave changes nothing.
        boolean underWay = isUnderWay(ask.group());
        asked.put(ask.group(), now());
        boolean cannotAsk =
                settings.protocol().generation() == 1
                        || (settings.protocol().generation() == 2 && !ask.isWholeGroup());
        if (underWay || cannotAsk) {
            return;
        }
        long since = now();
        for (int count = 1; count <= settings.robustness(); count++) {
            int times = count;
            world.agenda()
                    .in(
                            (count - 1) * settings.lastMemberQueryNanos() + SLACK_NANOS,
                            () -> checkAsked(ask, since, times));
        }
    }

    /**
     * Is a group being asked for? That goes on when another becomes querier meanwhile (RFC 2236 3,
     * RFC 2710 4: "the same router keeps sending").
     */
    private boolean isUnderWay(IpAddress group) {
        return now() - asked.getOrDefault(group, WishLog.NEVER) <= settings.lastMemberTimeNanos();
    }

    /** RFC 9776 6.6.3: LMQC times, LMQI apart; in the older versions until it is answered. */
    private void checkAsked(RouterModel.Ask ask, long since, int times) {
        RouterModel.Group state = model.groups(now()).get(ask.group());
        if (ended || !model.isQuerier() || queryingSince > since || state == null) {
            return;
        }
        if (ask.isWholeGroup()) {
            boolean wasEnough =
                    settings.protocol().generation() < 3
                            && reported.getOrDefault(ask.group(), WishLog.NEVER) > since;
            if (state.hasExcludedSince(since) && !wasEnough) {
                check(countGroup(ask.group(), since), times, "Q(" + ask.group() + ")", since);
            }
            return;
        }
        for (IpAddress source : ask.sources()) {
            if (state.hasRunSince(source, since)) {
                check(
                        countSource(ask.group(), source, since),
                        times,
                        "Q(" + ask.group() + "," + source + ")",
                        since);
            }
        }
    }

    private void check(long count, int atLeast, String what, long since) {
        if (count < atLeast) {
            throw new Violation(
                    Invariant.QUERY,
                    name
                            + " sent "
                            + what
                            + " "
                            + count
                            + " times since "
                            + World.time(since)
                            + ", not "
                            + atLeast);
        }
    }

    private long countGroup(IpAddress group, long since) {
        return specific.stream()
                .filter(q -> q.atNanos >= since && q.group.equals(group) && q.wholeGroup)
                .count();
    }

    private long countSource(IpAddress group, IpAddress source, long since) {
        return specific.stream()
                .filter(q -> q.atNanos >= since && q.group.equals(group))
                .filter(q -> q.standsFor.contains(source))
                .mapToLong(Sent::atNanos)
                .distinct()
                .count();
    }

    private void checkStartup() {
        if (!ended && model.isQuerier() && queryingSince == startedAt) {
            check(generals, settings.robustness(), "the startup queries", startedAt);
        }
    }

    private void checkGeneral() {
        if (ended) {
            return;
        }
        if (model.isQuerier()
                && now() - Math.max(lastGeneral, queryingSince)
                        > settings.queryIntervalNanos() + SLACK_NANOS) {
            throw new Violation(
                    Invariant.QUERY,
                    name + " has sent no General Query since " + World.time(lastGeneral));
        }
        world.agenda().in(settings.queryIntervalNanos() / 2, this::checkGeneral);
    }

    // ---- what is sent ----

    /** The proxy sends a query on this link. */
    void sends(Packet packet, Message.Query query) {
        boolean goesOn = !query.isGeneral() && isUnderWay(query.group());
        require(model.isQuerier() || goesOn, "is not querier but asks", packet);
        require(query.protocol() == settings.protocol(), "asks in another version", packet);
        if (query.protocol().generation() == 3 && model.isQuerier()) {
            require(query.robustness() == settings.robustness(), "tells another RV", packet);
            require(
                    query.queryIntervalSeconds() == settings.queryIntervalSeconds(),
                    "tells another QI",
                    packet);
        }
        if (query.isGeneral()) {
            sendsGeneral(packet, query);
        } else {
            sendsSpecific(packet, query);
        }
    }

    private void sendsGeneral(Packet packet, Message.Query query) {
        generals++;
        lastGeneral = now();
        require(
                packet.destination().equals(World.allHosts(world.scenario().family())),
                "asks all elsewhere",
                packet);
        require(!query.suppressRouterSide(), "asks all with S", packet);
        require(
                query.protocol().generation() == 1
                        || query.maxResponseMillis() == settings.queryResponseSeconds() * 1000,
                "gives another time to answer",
                packet);
        long regular = (now() - startedAt) / settings.queryIntervalNanos() + 1;
        require(
                generals <= regular + settings.robustness() + 2L * allowances + rivals,
                "asks too often",
                packet);
    }

    private void sendsSpecific(Packet packet, Message.Query query) {
        IpAddress group = query.group();
        specific.removeIf(old -> old.atNanos < now() - 60 * Agenda.SECOND);
        boolean wholeGroup = query.sources().isEmpty();
        Set<IpAddress> standsFor =
                wholeGroup ? renewedSources(group) : new TreeSet<>(query.sources());
        specific.add(new Sent(now(), group, wholeGroup, standsFor));
        require(packet.destination().equals(group), "asks for a group elsewhere", packet);
        require(
                query.protocol().generation() == 1
                        || query.maxResponseMillis() == settings.lastMemberMillis(),
                "gives another time to answer",
                packet);
        long latest =
                asked.getOrDefault(group, WishLog.NEVER)
                        + settings.lastMemberTimeNanos()
                        + SLACK_NANOS;
        require(now() <= latest, "asks without need", packet);
        if (query.protocol().generation() == 3) {
            checkS(packet, query);
        }
    }

    /**
     * RFC 9776 6.6.3.2: beside a query for the whole group, that with the S flag for the sources
     * whose timers exceed LMQT may be left out.
     */
    private Set<IpAddress> renewedSources(IpAddress group) {
        RouterModel.Group state = model.groups(now()).get(group);
        if (state == null) {
            return Set.of();
        }
        TreeMap<IpAddress, Long> renewed = new TreeMap<>(state.running());
        renewed.values().removeIf(end -> end <= now() + settings.lastMemberTimeNanos());
        return renewed.keySet();
    }

    /** RFC 9776 6.6.3.1 and 6.6.3.2: S when the timer exceeds LMQT. */
    private void checkS(Packet packet, Message.Query query) {
        RouterModel.Group state = model.groups(now()).get(query.group());
        if (state == null) {
            return;
        }
        long soon = now() + settings.lastMemberTimeNanos();
        if (query.sources().isEmpty()) {
            boolean renewed = state.exclude() && state.groupEnd() > soon;
            require(query.suppressRouterSide() == renewed, "has the wrong S flag", packet);
            return;
        }
        for (IpAddress source : query.sources()) {
            Long end = state.running().get(source);
            if (end != null) {
                require(
                        query.suppressRouterSide() == end > soon,
                        "has the wrong S flag for " + source,
                        packet);
            }
        }
    }

    private void require(boolean holds, String wrong, Packet packet) {
        if (!holds) {
            throw new Violation(Invariant.QUERY, name + " " + wrong + ": " + Segment.brief(packet));
        }
    }

    // ---- state ----

    /** Compares what the engine knows with what the RFC's tables make of the same messages. */
    void compare(EngineView.Downstream view) {
        long now = now();
        Map<IpAddress, RouterModel.Group> groups = model.groups(now);
        SortedSet<IpAddress> known = new TreeSet<>();
        for (EngineView.Group group : view.groups()) {
            known.add(group.group());
            RouterModel.Group expected = groups.get(group.group());
            if (expected == null || !isSame(group, expected, now)) {
                throw new Violation(
                        Invariant.ROUTER_STATE,
                        name
                                + " has "
                                + group
                                + ", should have "
                                + (expected == null ? "nothing" : text(expected, now)));
            }
        }
        for (IpAddress group : groups.keySet()) {
            if (!known.contains(group)) {
                throw new Violation(
                        Invariant.ROUTER_STATE,
                        name
                                + " has nothing of "
                                + group
                                + ", should have "
                                + text(groups.get(group), now));
            }
        }
    }

    private static boolean isSame(EngineView.Group view, RouterModel.Group model, long now) {
        boolean exclude = view.mode() == FilterMode.EXCLUDE;
        TreeMap<IpAddress, Long> running = new TreeMap<>();
        view.running().forEach(source -> running.put(source.source(), now + source.timerNanos()));
        return exclude == model.exclude()
                && (!exclude || now + view.timerNanos() == model.groupEnd())
                && running.equals(model.running())
                && new TreeSet<>(view.excluded()).equals(model.stopped());
    }

    private static String text(RouterModel.Group group, long now) {
        TreeMap<IpAddress, Long> left = new TreeMap<>();
        group.running().forEach((source, end) -> left.put(source, end - now));
        return (group.exclude() ? "EXCLUDE, timer " + (group.groupEnd() - now) : "INCLUDE")
                + ", running "
                + left
                + ", excluded "
                + group.stopped();
    }
}
