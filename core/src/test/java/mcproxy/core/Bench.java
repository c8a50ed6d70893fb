package mcproxy.core;

import mcproxy.core.LinkSettings.Role;
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

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;

/** An engine on virtual time, with one upstream and two downstreams, for one family. */
final class Bench {
    static final int WAN = 1;
    static final int LAN = 2;
    static final int LAN2 = 3;

    final Family family;
    final ProxyEngine engine;
    private final List<Effect> effects = new ArrayList<>();

    /** What the kernel counts for the routes of a source. */
    final Map<IpAddress, Long> packetsOfRoutes = new HashMap<>();

    /**
     * How downstreams are set up from now on: without advertisements, which would be in the way.
     */
    RouterSettings router = RouterSettings.DEFAULT.withAdvertising(Optional.empty());

    Timers timers = Timers.DEFAULT;

    /** Have our own links link-layer addresses from now on, {@code mac(100 + ifindex)}? */
    boolean hasMacs;

    private long nowNanos = 1_000_000_000_000L;

    Bench(Family family) {
        this(family, Limits.DEFAULT);
    }

    Bench(Family family, Limits limits) {
        this.family = family;
        this.engine = new ProxyEngine(limits, new SplittableRandom(42));
    }

    /** A bench with all three links up and the startup queries forgotten. */
    static Bench running(Family family) {
        Bench bench = new Bench(family);
        bench.up(WAN, Role.UPSTREAM);
        bench.up(LAN, Role.DOWNSTREAM);
        bench.up(LAN2, Role.DOWNSTREAM);
        bench.forget();
        return bench;
    }

    // ---- names for addresses, the same for both families ----

    IpAddress group(int n) {
        return family == Family.IPV4
                ? IpAddress.ipv4(0xef010000 + n)
                : IpAddress.ipv6(0xff1e_0000_0000_0000L, n);
    }

    IpAddress source(int n) {
        return family == Family.IPV4
                ? IpAddress.ipv4(0xc0000200 + n)
                : IpAddress.ipv6(0x2001_0db8_0000_0000L, n);
    }

    SourceSet sources(int... numbers) {
        return SourceSet.of(Arrays.stream(numbers).mapToObj(this::source).toList());
    }

    /** The address of node {@code n} on a link; our own is number 10. */
    IpAddress node(int ifindex, int n) {
        return family == Family.IPV4
                ? IpAddress.ipv4(0x0a000000 + (ifindex << 8) + n)
                : IpAddress.ipv6(0xfe80_0000_0000_0000L, ((long) ifindex << 16) + n);
    }

    /** The address that node {@code n} on a link sends streams from. */
    IpAddress local(int ifindex, int n) {
        return family == Family.IPV4
                ? node(ifindex, n)
                : IpAddress.ipv6(0x2001_0db8_0000_0000L + ifindex, n);
    }

    private List<Prefix> subnets(int ifindex) {
        return family == Family.IPV4
                ? List.of(new Prefix(node(ifindex, 0), 24))
                : List.of(new Prefix(node(ifindex, 0), 112), new Prefix(local(ifindex, 0), 64));
    }

    /** The link-layer address of a node. */
    LinkAddress mac(int n) {
        return new LinkAddress(0x0200_0000_0000L + n, 6);
    }

    IpAddress self(int ifindex) {
        return node(ifindex, 10);
    }

    IpAddress allHosts() {
        return IpAddress.of(family == Family.IPV4 ? "224.0.0.1" : "ff02::1");
    }

    IpAddress reportsGoTo() {
        return IpAddress.of(family == Family.IPV4 ? "224.0.0.22" : "ff02::16");
    }

    Protocol newest() {
        return Protocol.newest(family);
    }

    Protocol older() {
        return Protocol.of(family, 2);
    }

    /** The default timers with another Last Member Query Interval, and Count if there is one. */
    static Timers lastMember(Duration interval, OptionalInt count) {
        return Timers.with(
                Timers.DEFAULT_ROBUSTNESS,
                Timers.DEFAULT_QUERY_INTERVAL,
                Timers.DEFAULT_QUERY_RESPONSE_INTERVAL,
                Optional.empty(),
                OptionalInt.empty(),
                interval,
                count);
    }

    // ---- inputs ----

    void up(int ifindex, Role role) {
        up(ifindex, role, self(ifindex), newest());
    }

    void up(int ifindex, Role role, IpAddress address, Protocol protocol) {
        accept(
                new Input.LinkUp(
                        ifindex,
                        "if" + ifindex,
                        family,
                        new LinkSettings(
                                role,
                                ifindex,
                                protocol,
                                timers,
                                SsmRange.IANA,
                                HostSettings.DEFAULT,
                                router),
                        address,
                        subnets(ifindex),
                        1500,
                        hasMacs ? mac(100 + ifindex) : LinkAddress.NONE));
    }

    void down(int ifindex) {
        accept(new Input.LinkDown(ifindex, family));
    }

    void accept(Input input) {
        take(engine.accept(input, nowNanos));
    }

    /** Keeps the effects; questions for the kernel's counters are answered at once. */
    private void take(List<Effect> done) {
        for (Effect effect : done) {
            if (effect instanceof Effect.AskUsage(IpAddress source, IpAddress group)) {
                long packets = packetsOfRoutes.getOrDefault(source, 0L);
                accept(new Input.RouteUsage(source, group, packets));
            } else {
                effects.add(effect);
            }
        }
    }

    void hear(int ifindex, IpAddress from, IpAddress to, Message message) {
        hear(ifindex, Packet.toSend(from, to, message));
    }

    /** A packet, from the link-layer address that goes with its source. */
    void hear(int ifindex, Packet packet) {
        hear(ifindex, packet, mac((int) (packet.source().low() & 0xff)));
    }

    void hear(int ifindex, Packet packet, LinkAddress from) {
        accept(new Input.Heard(ifindex, family, new Decoded.Value<>(packet), from));
    }

    /** A host on a link reports one record. */
    void report(int ifindex, RecordType type, int group, SourceSet sources) {
        reportFrom(50, ifindex, type, group, sources);
    }

    /** The host with this number reports one record. */
    void reportFrom(int host, int ifindex, RecordType type, int group, SourceSet sources) {
        report(ifindex, node(ifindex, host), record(type, group, sources));
    }

    /** Somebody reports records in one report. */
    void report(int ifindex, IpAddress host, ReportRecord... records) {
        hear(ifindex, host, reportsGoTo(), new Message.Report(newest(), List.of(records)));
    }

    /** Somebody with these addresses reports one record. */
    void reportAt(
            LinkAddress from,
            int ifindex,
            IpAddress host,
            RecordType type,
            int group,
            SourceSet of) {
        Message report = new Message.Report(newest(), List.of(record(type, group, of)));
        hear(ifindex, Packet.toSend(host, reportsGoTo(), report), from);
    }

    /** The host with this number reports as older hosts do. */
    void oldReportFrom(int host, int ifindex, Protocol protocol, int group) {
        hear(
                ifindex,
                node(ifindex, host),
                group(group),
                new Message.OldReport(protocol, group(group)));
    }

    /** The host with this number leaves as older hosts do. */
    void leaveFrom(int host, int ifindex, int group) {
        IpAddress routers = IpAddress.of(family == Family.IPV4 ? "224.0.0.2" : "ff02::2");
        hear(ifindex, node(ifindex, host), routers, new Message.Leave(older(), group(group)));
    }

    void query(int ifindex, int fromNode, IpAddress group, int millis, SourceSet sources) {
        Message.Query query =
                new Message.Query(newest(), group, millis, false, 2, 125, sources.toList());
        hear(ifindex, node(ifindex, fromNode), group.isUnspecified() ? allHosts() : group, query);
    }

    /** Another router's General Query. */
    void generalQuery(int ifindex, IpAddress from, Protocol protocol) {
        boolean newest = protocol == newest();
        hear(
                ifindex,
                from,
                allHosts(),
                new Message.Query(
                        protocol,
                        family.unspecified(),
                        10_000,
                        false,
                        newest ? 2 : 0,
                        newest ? 125 : 0,
                        List.of()));
    }

    /** Another router's specific query with the S flag or without. */
    void specificQuery(int ifindex, int fromNode, int group, boolean suppress, SourceSet sources) {
        IpAddress about = group(group);
        hear(
                ifindex,
                node(ifindex, fromNode),
                about,
                new Message.Query(newest(), about, 1000, suppress, 2, 125, sources.toList()));
    }

    /** What is done in the next hour, General Queries aside. */
    List<Effect> inTheNextHour() {
        forget();
        advance(Duration.ofHours(1));
        List<Effect> rest =
                done().stream()
                        .filter(effect ->
                                !(effect instanceof Effect.Send send
                                        && send.packet().message() instanceof Message.Query query
                                        && query.isGeneral()))
                        .toList();
        forget();
        return rest;
    }

    /** Lets time pass, serving every deadline at its time. */
    void advance(Duration duration) {
        long end = nowNanos + duration.toNanos();
        while (engine.nextDeadlineNanos() <= end) {
            nowNanos = Math.max(nowNanos, engine.nextDeadlineNanos());
            take(engine.expire(nowNanos));
        }
        nowNanos = end;
    }

    // ---- effects ----

    void forget() {
        effects.clear();
    }

    /** What has been done since the last call, events aside. */
    List<Effect> done() {
        List<Effect> result =
                effects.stream().filter(effect -> !(effect instanceof Effect.Tell)).toList();
        effects.clear();
        return result;
    }

    List<Event> events() {
        return effects.stream()
                .filter(Effect.Tell.class::isInstance)
                .map(effect -> ((Effect.Tell) effect).event())
                .toList();
    }

    /** The packets sent on a link since the last {@link #forget}. */
    List<Packet> sent(int ifindex) {
        return effects.stream()
                .filter(effect -> effect instanceof Effect.Send send && send.ifindex() == ifindex)
                .map(effect -> ((Effect.Send) effect).packet())
                .toList();
    }

    List<Message.Query> queries(int ifindex) {
        return sent(ifindex).stream()
                .map(Packet::message)
                .filter(Message.Query.class::isInstance)
                .map(Message.Query.class::cast)
                .toList();
    }

    List<Message.Query> specificQueries(int ifindex) {
        return queries(ifindex).stream().filter(query -> !query.isGeneral()).toList();
    }

    /** The records reported on a link since the last {@link #forget}. */
    List<GroupRecord> records(int ifindex) {
        return sent(ifindex).stream()
                .map(Packet::message)
                .filter(Message.Report.class::isInstance)
                .flatMap(message -> ((Message.Report) message).records().stream())
                .map(GroupRecord.class::cast)
                .toList();
    }

    List<Effect> routes() {
        return effects.stream()
                .filter(effect ->
                        effect instanceof Effect.SetRoute || effect instanceof Effect.DeleteRoute)
                .toList();
    }

    // ---- state ----

    long now() {
        return nowNanos;
    }

    /** What is said about a group on a downstream; without a source there is one answer. */
    Diagnosis diagnose(int ifindex, IpAddress group, Optional<IpAddress> source) {
        return engine.diagnose(group, source, now()).stream()
                .filter(diagnosis -> diagnosis.link().equals("if" + ifindex))
                .findFirst()
                .orElseThrow();
    }

    EngineView view() {
        return engine.view(nowNanos);
    }

    EngineView.Downstream downstream(int ifindex) {
        return view().downstreams().stream()
                .filter(downstream -> downstream.link().equals("if" + ifindex))
                .findFirst()
                .orElseThrow();
    }

    /** The hosts of a group, by their numbers. */
    List<IpAddress> hosts(int ifindex, int group) {
        return groupOn(ifindex, group).stream()
                .flatMap(view -> view.hosts().stream())
                .map(EngineView.Host::address)
                .toList();
    }

    Optional<EngineView.Group> groupOn(int ifindex, int group) {
        return engine.view(nowNanos).downstreams().stream()
                .filter(downstream -> downstream.link().equals("if" + ifindex))
                .flatMap(downstream -> downstream.groups().stream())
                .filter(view -> view.group().equals(group(group)))
                .findFirst();
    }

    Optional<Membership> reported(int ifindex, int group) {
        return reported(ifindex, group(group));
    }

    Optional<Membership> reported(int ifindex, IpAddress group) {
        return engine.view(nowNanos).upstreams().stream()
                .filter(upstream -> upstream.link().equals("if" + ifindex))
                .flatMap(upstream -> upstream.groups().stream())
                .filter(reported -> reported.group().equals(group))
                .map(EngineView.Reported::membership)
                .findFirst();
    }

    GroupRecord record(RecordType type, int group, SourceSet sources) {
        return new GroupRecord(type, group(group), sources.toList());
    }
}
