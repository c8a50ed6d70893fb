package mcproxy.lab.sim;

import mcproxy.core.Effect;
import mcproxy.core.Event;
import mcproxy.core.Input;
import mcproxy.core.RouterSettings.LinkLimits;
import mcproxy.core.Timers;
import mcproxy.wire.Decoded;
import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.LinkAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Protocol;
import mcproxy.wire.RecordType;
import mcproxy.wire.ReportRecord;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Bugs that can be planted, to show that the simulator finds them: each is what an engine with that
 * bug would look like from outside.
 */
enum PlantedBug {
    /** The engine as it is. */
    NONE("-", () -> Fault.NONE),

    /** BLOCK records are overlooked. */
    BLOCK_IGNORED("router tables", () -> records(r -> r.type() != RecordType.BLOCK)),

    /** TO_IN records and leaves are overlooked. */
    LEAVES_IGNORED(
            "router tables",
            () ->
                    heard(
                            (packet, proxy) -> !(packet.message() instanceof Message.Leave),
                            packet -> withRecords(packet, r -> r.type() != RecordType.TO_IN))),

    /** The source list of TO_EX is overlooked. */
    TO_EX_WITHOUT_LIST(
            "router tables",
            () ->
                    heard(
                            (_, _) -> true,
                            packet ->
                                    mapRecords(
                                            packet,
                                            r ->
                                                    r.type() == RecordType.TO_EX
                                                            ? new GroupRecord(
                                                                    r.type(), r.group(), List.of())
                                                            : r))),

    /** The Group Membership Interval of RFC 3376, one Query Response Interval shorter. */
    OLD_MEMBERSHIP_INTERVAL("router tables", ShortMembership::new),

    /** Every second specific query is not sent. */
    SPECIFIC_QUERY_MISSING("queries", () -> new EverySecondQuery(query -> !query.isGeneral())),

    /** Every second General Query is not sent. */
    GENERAL_QUERY_MISSING("queries", () -> new EverySecondQuery(Message.Query::isGeneral)),

    /** No query has the S flag. */
    NO_S_FLAG("queries", () -> queries(query -> withS(query, false))),

    /** Every specific query has the S flag. */
    ALWAYS_S_FLAG("queries", () -> queries(query -> withS(query, !query.isGeneral()))),

    /** Other queriers are not noticed. */
    NEVER_YIELDS(
            "election",
            () ->
                    heard(
                            (packet, proxy) -> !(packet.message() instanceof Message.Query),
                            UnaryOperator.identity())),

    /** Packets are forwarded onto links whose querier is another. */
    FORWARDS_AS_NON_QUERIER("election", ForwardsAlways::new),

    /** IGMPv1 hosts are taken for IGMPv2 hosts, whose leaves count. */
    V1_HOSTS_UNKNOWN(
            "versions",
            () ->
                    heard(
                            (_, _) -> true,
                            packet ->
                                    packet.message() instanceof Message.OldReport report
                                                    && report.protocol() == Protocol.IGMPV1
                                            ? with(
                                                    packet,
                                                    new Message.OldReport(
                                                            Protocol.IGMPV2, report.group()))
                                            : packet)),

    /** Reports of older versions are taken for those of the newest. */
    OLDER_HOSTS_UNKNOWN(
            "versions",
            () ->
                    heard(
                            (_, _) -> true,
                            packet ->
                                    packet.message() instanceof Message.OldReport report
                                            ? with(packet, asNewReport(report))
                                            : packet)),

    /** Everything in the SSM range is overlooked, not only any-source membership. */
    SSM_IGNORED("SSM", () -> records(r -> !Scenario.isSsm(r.group()))),

    /** A first SSM join is reported as a change of the filter mode. */
    TO_IN_FOR_ALLOW(
            "host side, changes",
            () ->
                    reports(packet ->
                            mapRecords(
                                    packet,
                                    r ->
                                            r.type() == RecordType.ALLOW
                                                    ? new GroupRecord(
                                                            RecordType.TO_IN,
                                                            r.group(),
                                                            r.sources())
                                                    : r))),

    /** Changes are reported once. */
    CHANGES_SAID_ONCE("host side, changes", SaysOnce::new),

    /** The excluded sources are left out: the merge of the downstreams is wrong. */
    EXCLUDES_NOTHING(
            "host side, changes",
            () ->
                    reports(packet ->
                            mapRecords(
                                    packet,
                                    r ->
                                            r.type() == RecordType.TO_EX
                                                            || r.type() == RecordType.IS_EX
                                                    ? new GroupRecord(
                                                            r.type(), r.group(), List.of())
                                                    : r))),

    /** Group-and-source-specific queries are not answered. */
    SOURCE_QUERIES_UNANSWERED(
            "host side, answers", () -> upstreamQueries(q -> q.sources().isEmpty())),

    /** Group-specific queries are not answered. */
    GROUP_QUERIES_UNANSWERED(
            "host side, answers",
            () -> upstreamQueries(q -> q.isGeneral() || !q.sources().isEmpty())),

    /** General Queries are not answered. */
    GENERAL_QUERIES_UNANSWERED("host side, answers", () -> upstreamQueries(q -> !q.isGeneral())),

    /** An older querier upstream is taken for one of the newest version. */
    OLDER_QUERIER_UNKNOWN("version fallback", OlderQuerierUnknown::new),

    /** Every third change of a route does not reach the kernel. */
    ROUTE_FORGOTTEN("forwarding", RouteForgotten::new),

    /** Routes stay in the kernel. */
    ROUTES_STAY("forwarding", () -> effects(effect -> !(effect instanceof Effect.DeleteRoute))),

    /** What downstream senders send does not go up. */
    NOTHING_GOES_UP("forwarding", NothingGoesUp::new),

    /** Sources that move are not followed. */
    MOVES_UNNOTICED(
            "moving sources", () -> inputs((input, _) -> !(input instanceof Input.WrongInterface))),

    /** The last upstream is asked, not the first. */
    LAST_UPSTREAM_ASKED(
            "several upstreams",
            () ->
                    linkUps(up ->
                            EngineFeatures.with(
                                    up,
                                    100 - up.settings().order(),
                                    up.settings().router().limits()))),

    /** What downstream senders send goes up to one upstream only. */
    ONE_UPLINK("several upstreams", OneUplink::new),

    /** There is no limit of groups. */
    GROUP_LIMIT_IGNORED(
            "limits", () -> limits(own -> new LinkLimits(1000, own.groupSources(), own.hosts()))),

    /** There is no limit of the sources of a group. */
    SOURCE_LIMIT_IGNORED(
            "limits", () -> limits(own -> new LinkLimits(own.groups(), 1000, own.hosts()))),

    /** There is no limit of hosts. */
    HOST_LIMIT_IGNORED(
            "limits", () -> limits(own -> new LinkLimits(own.groups(), own.groupSources(), 1000))),

    /** One group less than the limit is taken. */
    GROUP_LIMIT_TOO_SMALL(
            "limits",
            () ->
                    limits(own ->
                            new LinkLimits(
                                    Math.max(1, own.groups() - 1),
                                    own.groupSources(),
                                    own.hosts()))),

    /** A link that goes down is not noticed. */
    LINK_DOWN_UNNOTICED(
            "interface life cycle", () -> inputs((input, _) -> !(input instanceof Input.LinkDown))),

    /** A new address is not noticed. */
    NEW_ADDRESS_UNNOTICED("interface life cycle", OnlyFirstLinkUp::new),

    /** A new MTU is not noticed; nor was the first. */
    MTU_UNKNOWN("interface life cycle", MtuUnknown::new),

    /** TTL, hop limit and Router Alert do not matter. */
    HOP_LIMIT_UNCHECKED(
            "malformed input",
            () ->
                    heard(
                            (_, _) -> true,
                            p ->
                                    new Packet(
                                            p.source(),
                                            p.destination(),
                                            1,
                                            p.trafficClass(),
                                            true,
                                            p.message()))),

    /** Anybody may send MLD. */
    SENDER_UNCHECKED(
            "malformed input",
            () ->
                    heard(
                            (_, _) -> true,
                            p ->
                                    p.source().family() == Family.IPV6
                                            ? new Packet(
                                                    IpAddress.ipv6(0xfe80L << 48, p.source().low()),
                                                    p.destination(),
                                                    p.hopLimit(),
                                                    p.trafficClass(),
                                                    p.routerAlert(),
                                                    p.message())
                                            : p)),

    /** Each report is answered by a General Query. */
    QUERY_STORM("queries", QueryStorm::new);

    private final String area;

    /** Has no state of its own, each fault has. */
    @SuppressWarnings("ImmutableEnumChecker")
    private final Supplier<Fault> maker;

    PlantedBug(String area, Supplier<Fault> maker) {
        this.area = area;
        this.maker = maker;
    }

    /** The part of the protocol that is broken. */
    String area() {
        return area;
    }

    /** The layer that shows this bug, for one proxy. */
    Fault newFault() {
        return maker.get();
    }

    // ---- how an engine is made to look broken ----

    private interface InputFilter {
        boolean passes(Input input, ProxyNode proxy);
    }

    private static Fault inputs(InputFilter filter) {
        return new Fault() {
            @Override
            public List<Input> inputs(Input input, ProxyNode proxy) {
                return filter.passes(input, proxy) ? List.of(input) : List.of();
            }
        };
    }

    private interface EffectFilter {
        boolean passes(Effect effect);
    }

    private static Fault effects(EffectFilter filter) {
        return new Fault() {
            @Override
            public List<Effect> effects(List<Effect> effects, ProxyNode proxy) {
                return effects.stream().filter(filter::passes).toList();
            }
        };
    }

    /** What is heard on downstreams is left out or changed. */
    private static Fault heard(
            BiPredicate<Packet, ProxyNode> passes, UnaryOperator<Packet> change) {
        return new Fault() {
            @Override
            public List<Input> inputs(Input input, ProxyNode proxy) {
                if (input
                                instanceof
                                Input.Heard(
                                        int ifindex,
                                        Family family,
                                        Decoded.Value<Packet>(Packet packet),
                                        LinkAddress from)
                        && proxy.isDownstream(ifindex)) {
                    return passes.test(packet, proxy)
                            ? List.of(
                                    new Input.Heard(
                                            ifindex,
                                            family,
                                            new Decoded.Value<>(change.apply(packet)),
                                            from))
                            : List.of();
                }
                return List.of(input);
            }
        };
    }

    private static Fault linkUps(UnaryOperator<Input.LinkUp> change) {
        return new Fault() {
            @Override
            public List<Input> inputs(Input input, ProxyNode proxy) {
                return List.of(input instanceof Input.LinkUp up ? change.apply(up) : input);
            }
        };
    }

    private static Fault limits(UnaryOperator<LinkLimits> change) {
        return linkUps(up ->
                EngineFeatures.with(
                        up, up.settings().order(), change.apply(up.settings().router().limits())));
    }

    private interface RecordFilter {
        boolean passes(GroupRecord record);
    }

    private static Fault records(RecordFilter filter) {
        return heard((_, _) -> true, packet -> withRecords(packet, filter));
    }

    private static Fault upstreamQueries(Predicate<Message.Query> passes) {
        return inputs((input, proxy) ->
                !(input
                                instanceof
                                Input.Heard(
                                        int ifindex,
                                        Family _,
                                        Decoded.Value<Packet>(Packet packet),
                                        LinkAddress _)
                        && !proxy.isDownstream(ifindex)
                        && packet.message() instanceof Message.Query query
                        && !passes.test(query)));
    }

    private static Fault sends(UnaryOperator<Packet> change) {
        return new Fault() {
            @Override
            public List<Effect> effects(List<Effect> effects, ProxyNode proxy) {
                return effects.stream()
                        .map(effect ->
                                effect instanceof Effect.Send(int ifindex, Packet packet)
                                        ? new Effect.Send(ifindex, change.apply(packet))
                                        : effect)
                        .toList();
            }
        };
    }

    private static Fault queries(UnaryOperator<Message.Query> change) {
        return sends(packet ->
                packet.message() instanceof Message.Query query
                        ? with(packet, change.apply(query))
                        : packet);
    }

    private static Fault reports(UnaryOperator<Packet> change) {
        return sends(packet ->
                packet.message() instanceof Message.Report ? change.apply(packet) : packet);
    }

    private static Packet with(Packet packet, Message message) {
        return new Packet(
                packet.source(),
                packet.destination(),
                packet.hopLimit(),
                packet.trafficClass(),
                packet.routerAlert(),
                message);
    }

    private static Packet withRecords(Packet packet, RecordFilter filter) {
        if (!(packet.message() instanceof Message.Report report)) {
            return packet;
        }
        List<ReportRecord> left =
                report.records().stream()
                        .filter(record -> !(record instanceof GroupRecord r) || filter.passes(r))
                        .toList();
        return with(packet, new Message.Report(report.protocol(), left));
    }

    private static Packet mapRecords(Packet packet, UnaryOperator<GroupRecord> change) {
        if (!(packet.message() instanceof Message.Report report)) {
            return packet;
        }
        List<ReportRecord> changed = new ArrayList<>();
        for (ReportRecord record : report.records()) {
            changed.add(record instanceof GroupRecord known ? change.apply(known) : record);
        }
        return with(packet, new Message.Report(report.protocol(), changed));
    }

    private static Message asNewReport(Message.OldReport report) {
        return new Message.Report(
                Protocol.newest(report.family()),
                List.of(new GroupRecord(RecordType.IS_EX, report.group(), List.of())));
    }

    private static Message.Query withS(Message.Query query, boolean suppress) {
        return new Message.Query(
                query.protocol(),
                query.group(),
                query.maxResponseMillis(),
                suppress,
                query.robustness(),
                query.queryIntervalSeconds(),
                query.sources());
    }

    private static Message.Query withMaxResponse(Message.Query query, int millis) {
        return new Message.Query(
                query.protocol(),
                query.group(),
                millis,
                query.suppressRouterSide(),
                query.robustness(),
                query.queryIntervalSeconds(),
                query.sources());
    }

    /** Half the Query Response Interval for the engine, the whole one for the hosts. */
    private static final class ShortMembership implements Fault {
        @Override
        public List<Input> inputs(Input input, ProxyNode proxy) {
            if (!(input instanceof Input.LinkUp up)) {
                return List.of(input);
            }
            Timers t = up.settings().timers();
            Timers shorter =
                    new Timers(
                            t.robustness(),
                            t.queryInterval(),
                            t.queryResponseInterval().dividedBy(2),
                            t.startupQueryInterval(),
                            t.startupQueryCount(),
                            t.lastMemberQueryInterval(),
                            t.lastMemberQueryCount());
            return List.of(EngineFeatures.withTimers(up, shorter));
        }

        @Override
        public List<Effect> effects(List<Effect> effects, ProxyNode proxy) {
            return queries(query ->
                            query.isGeneral()
                                    ? withMaxResponse(query, 2 * query.maxResponseMillis())
                                    : query)
                    .effects(effects, proxy);
        }
    }

    private static final class EverySecondQuery implements Fault {
        private final Predicate<Message.Query> kind;
        private int count;

        EverySecondQuery(Predicate<Message.Query> kind) {
            this.kind = kind;
        }

        @Override
        public List<Effect> effects(List<Effect> effects, ProxyNode proxy) {
            return effects.stream().filter(this::passes).toList();
        }

        private boolean passes(Effect effect) {
            return !(effect instanceof Effect.Send(int _, Packet packet)
                    && packet.message() instanceof Message.Query query
                    && kind.test(query)
                    && ++count % 2 == 0);
        }
    }

    private static final class ForwardsAlways implements Fault {
        @Override
        public List<Effect> effects(List<Effect> effects, ProxyNode proxy) {
            return effects.stream().map(effect -> everywhere(effect, proxy)).toList();
        }

        private static Effect everywhere(Effect effect, ProxyNode proxy) {
            if (!(effect instanceof Effect.SetRoute route)) {
                return effect;
            }
            TreeSet<Integer> outgoing = new TreeSet<>(route.outgoing());
            for (int downstream : proxy.downstreams()) {
                if (!proxy.isQuerier(downstream) && downstream != route.incoming()) {
                    outgoing.add(downstream);
                }
            }
            return new Effect.SetRoute(
                    route.source(), route.group(), route.incoming(), List.copyOf(outgoing));
        }
    }

    private static final class SaysOnce implements Fault {
        @Override
        public List<Effect> effects(List<Effect> effects, ProxyNode proxy) {
            boolean news =
                    effects.stream()
                            .anyMatch(effect ->
                                    effect instanceof Effect.Tell(Event event)
                                            && event instanceof Event.UpstreamMembership);
            return news
                    ? effects
                    : reports(packet -> withRecords(packet, SaysOnce::isAnswer))
                            .effects(effects, proxy);
        }

        private static boolean isAnswer(GroupRecord record) {
            return record.type() == RecordType.IS_IN || record.type() == RecordType.IS_EX;
        }
    }

    private static final class OlderQuerierUnknown implements Fault {
        @Override
        public List<Input> inputs(Input input, ProxyNode proxy) {
            if (input
                            instanceof
                            Input.Heard(
                                    int ifindex,
                                    Family family,
                                    Decoded.Value<Packet>(Packet packet),
                                    LinkAddress _)
                    && !proxy.isDownstream(ifindex)
                    && packet.message() instanceof Message.Query q) {
                Message newest =
                        new Message.Query(
                                Protocol.newest(family),
                                q.group(),
                                q.maxResponseMillis(),
                                false,
                                0,
                                0,
                                q.sources());
                return List.of(
                        new Input.Heard(
                                ifindex, family, new Decoded.Value<>(with(packet, newest))));
            }
            return List.of(input);
        }
    }

    private static final class RouteForgotten implements Fault {
        private int count;

        @Override
        public List<Effect> effects(List<Effect> effects, ProxyNode proxy) {
            return effects.stream()
                    .filter(effect -> !(effect instanceof Effect.SetRoute && ++count % 3 == 0))
                    .toList();
        }
    }

    private static final class OneUplink implements Fault {
        @Override
        public List<Effect> effects(List<Effect> effects, ProxyNode proxy) {
            return effects.stream().map(effect -> oneUp(effect, proxy)).toList();
        }

        private static Effect oneUp(Effect effect, ProxyNode proxy) {
            if (!(effect instanceof Effect.SetRoute route)) {
                return effect;
            }
            List<Integer> outgoing = new ArrayList<>();
            boolean goesUp = false;
            for (int ifindex : route.outgoing()) {
                boolean up = !proxy.isDownstream(ifindex);
                if (!(up && goesUp)) {
                    outgoing.add(ifindex);
                }
                goesUp |= up;
            }
            return new Effect.SetRoute(
                    route.source(), route.group(), route.incoming(), List.copyOf(outgoing));
        }
    }

    private static final class NothingGoesUp implements Fault {
        @Override
        public List<Effect> effects(List<Effect> effects, ProxyNode proxy) {
            return effects.stream().map(effect -> downOnly(effect, proxy)).toList();
        }

        private static Effect downOnly(Effect effect, ProxyNode proxy) {
            return effect instanceof Effect.SetRoute route
                    ? new Effect.SetRoute(
                            route.source(),
                            route.group(),
                            route.incoming(),
                            route.outgoing().stream().filter(proxy::isDownstream).toList())
                    : effect;
        }
    }

    private static final class OnlyFirstLinkUp implements Fault {
        private final TreeSet<Integer> known = new TreeSet<>();

        @Override
        public List<Input> inputs(Input input, ProxyNode proxy) {
            switch (input) {
                case Input.LinkUp up -> {
                    return known.add(up.ifindex()) ? List.of(input) : List.of();
                }
                case Input.LinkDown down -> known.remove(down.ifindex());
                default -> {
                    // only the life of links matters here
                }
            }
            return List.of(input);
        }
    }

    private static final class MtuUnknown implements Fault {
        @Override
        public List<Input> inputs(Input input, ProxyNode proxy) {
            return input instanceof Input.LinkUp up
                    ? List.of(
                            new Input.LinkUp(
                                    up.ifindex(),
                                    up.name(),
                                    up.family(),
                                    up.settings(),
                                    up.address(),
                                    up.subnets(),
                                    9000))
                    : List.of(input);
        }
    }

    private static final class QueryStorm implements Fault {
        private boolean heardReport;

        @Override
        public List<Input> inputs(Input input, ProxyNode proxy) {
            heardReport =
                    input
                                    instanceof
                                    Input.Heard(
                                            int ifindex,
                                            Family _,
                                            Decoded.Value<Packet>(Packet packet),
                                            LinkAddress _)
                            && proxy.isQuerier(ifindex)
                            && packet.message() instanceof Message.Report;
            return List.of(input);
        }

        @Override
        public List<Effect> effects(List<Effect> effects, ProxyNode proxy) {
            if (!heardReport || proxy.downstreams().isEmpty()) {
                return effects;
            }
            List<Effect> more = new ArrayList<>(effects);
            proxy.generalQuery().ifPresent(more::add);
            return more;
        }
    }
}
