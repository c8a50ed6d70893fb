package mcproxy.core;

import mcproxy.core.LinkSettings.Role;
import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Protocol;
import mcproxy.wire.RecordType;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** The host side of one upstream alone, on virtual time. */
final class HostBench {
    /** A packet with the time at which it was sent, from the start of the bench. */
    record Sent(Duration at, Packet packet) {}

    static final int IFINDEX = 7;
    private static final long START = 1_000_000_000_000L;

    final Family family;
    final HostSide host;
    private final Deadlines deadlines = new Deadlines();
    private final List<Sent> sent = new ArrayList<>();
    private final List<Event> events = new ArrayList<>();
    private final LinkSettings settings;
    private long nowNanos = START;

    HostBench(Family family) {
        this(family, 1);
    }

    HostBench(Family family, long seed) {
        this(family, seed, settings(Protocol.newest(family), 2, HostSettings.DEFAULT), 1500);
    }

    HostBench(Family family, long seed, LinkSettings settings, int mtu) {
        this.family = family;
        this.settings = settings;
        this.host =
                new HostSide(
                        new LinkAt(linkUp(self(), mtu)), deadlines, new SplittableRandom(seed));
    }

    static LinkSettings settings(Protocol protocol, int robustness, HostSettings host) {
        Timers timers = Timers.DEFAULT.adopting(robustness, 0);
        return new LinkSettings(Role.UPSTREAM, 0, protocol, timers, SsmRange.IANA, host);
    }

    static HostBench robust(Family family, int robustness, long seed, int mtu) {
        LinkSettings settings = settings(Protocol.newest(family), robustness, HostSettings.DEFAULT);
        return new HostBench(family, seed, settings, mtu);
    }

    private Input.LinkUp linkUp(IpAddress address, int mtu) {
        return new Input.LinkUp(IFINDEX, "up", family, settings, address, List.of(), mtu);
    }

    // ---- names for addresses ----

    IpAddress self() {
        return node(10);
    }

    IpAddress router() {
        return node(1);
    }

    IpAddress node(int n) {
        return family == Family.IPV4
                ? IpAddress.ipv4(0x0a000000 + n)
                : IpAddress.ipv6(0xfe80_0000_0000_0000L, n);
    }

    IpAddress group(int n) {
        return family == Family.IPV4
                ? IpAddress.ipv4(0xef010000 + n)
                : IpAddress.ipv6(0xff1e_0000_0000_0000L, n);
    }

    IpAddress ssmGroup() {
        return IpAddress.of(family == Family.IPV4 ? "232.1.2.3" : "ff3e::8000:1");
    }

    IpAddress allHosts() {
        return IpAddress.of(family == Family.IPV4 ? "224.0.0.1" : "ff02::1");
    }

    IpAddress allRouters() {
        return IpAddress.of(family == Family.IPV4 ? "224.0.0.2" : "ff02::2");
    }

    IpAddress reportsGoTo() {
        return IpAddress.of(family == Family.IPV4 ? "224.0.0.22" : "ff02::16");
    }

    IpAddress source(int n) {
        return family == Family.IPV4
                ? IpAddress.ipv4(0xc0000200 + n)
                : IpAddress.ipv6(0x2001_0db8_0000_0000L, n);
    }

    SourceSet sources(int... numbers) {
        return SourceSet.of(Arrays.stream(numbers).mapToObj(this::source).toList());
    }

    SourceSet sourcesUpTo(int most) {
        List<IpAddress> sources = new ArrayList<>();
        for (int n = 1; n <= most; n++) {
            sources.add(source(n));
        }
        return SourceSet.of(sources);
    }

    Membership include(int... sources) {
        return Membership.include(sources(sources));
    }

    Membership exclude(int... sources) {
        return Membership.exclude(sources(sources));
    }

    GroupRecord record(RecordType type, int group, int... sources) {
        return new GroupRecord(type, group(group), sources(sources).toList());
    }

    /** MLDv1 in IPv6, IGMPv2 in IPv4. */
    Protocol older() {
        return Protocol.of(family, 2);
    }

    // ---- what happens ----

    void step(Consumer<Cycle> what) {
        Cycle cycle = new Cycle(nowNanos);
        what.accept(cycle);
        host.flush(cycle);
        for (Effect effect : cycle.effects()) {
            switch (effect) {
                case Effect.Send(int _, Packet packet) -> sent.add(new Sent(now(), packet));
                case Effect.Tell(Event event) -> events.add(event);
                case Effect.SetRoute _, Effect.DeleteRoute _, Effect.AskUsage _ ->
                        throw new AssertionError("a host sets no routes");
            }
        }
    }

    void want(int group, Membership membership) {
        want(group(group), membership);
    }

    void want(IpAddress group, Membership membership) {
        step(cycle -> host.want(group, membership, cycle));
    }

    /** Groups 1 to {@code most}, in one cycle. */
    void wantAll(int most, Membership membership) {
        step(cycle -> {
            for (int n = 1; n <= most; n++) {
                host.want(group(n), membership, cycle);
            }
        });
    }

    void hear(IpAddress to, Message message) {
        step(cycle -> host.heard(Packet.toSend(router(), to, message), cycle));
    }

    void generalQuery(long millis) {
        hear(allHosts(), query(Protocol.newest(family), family.unspecified(), millis, 2, 125));
    }

    void groupQuery(int group, long millis, int... sources) {
        groupQuery(group, millis, sources(sources));
    }

    void groupQuery(int group, long millis, SourceSet sources) {
        hear(
                group(group),
                new Message.Query(
                        Protocol.newest(family),
                        group(group),
                        (int) millis,
                        false,
                        2,
                        125,
                        sources.toList()));
    }

    void olderGeneralQuery(long millis) {
        hear(allHosts(), query(older(), family.unspecified(), millis, 0, 0));
    }

    void olderGroupQuery(int group, long millis) {
        hear(group(group), query(older(), group(group), millis, 0, 0));
    }

    void version1Query() {
        hear(allHosts(), query(Protocol.IGMPV1, family.unspecified(), 10_000, 0, 0));
    }

    static Message.Query query(
            Protocol protocol, IpAddress group, long millis, int robustness, int intervalSeconds) {
        return new Message.Query(
                protocol, group, (int) millis, false, robustness, intervalSeconds, List.of());
    }

    void update(IpAddress address, int mtu) {
        step(cycle -> host.update(linkUp(address, mtu), cycle));
    }

    void leaveAll() {
        step(host::leaveAll);
    }

    /** The time from the start of the bench. */
    Duration now() {
        return Duration.ofNanos(nowNanos - START);
    }

    /** Lets time pass, serving every deadline at its time. */
    void advance(Duration duration) {
        long end = nowNanos + duration.toNanos();
        while (serveNext(end)) {
            // as long as there is something to serve
        }
        nowNanos = end;
    }

    private boolean serveNext(long end) {
        if (deadlines.next() > end) {
            return false;
        }
        nowNanos = Math.max(nowNanos, deadlines.next());
        step(cycle -> {
            for (Optional<Reminder> due = deadlines.pollDue(nowNanos);
                    due.isPresent();
                    due = deadlines.pollDue(nowNanos)) {
                host.due((Reminder.OfHost) due.get(), cycle);
            }
        });
        return true;
    }

    Optional<Duration> nextDeadline() {
        long next = deadlines.next();
        return next == ProxyEngine.NO_DEADLINE
                ? Optional.empty()
                : Optional.of(Duration.ofNanos(next - START));
    }

    // ---- what was done ----

    /** All that was sent since the last call. */
    List<Sent> take() {
        List<Sent> result = List.copyOf(sent);
        sent.clear();
        return result;
    }

    /** The packets sent since the last call. */
    List<Packet> takePackets() {
        return take().stream().map(Sent::packet).toList();
    }

    List<Message> takeMessages() {
        return take().stream().map(done -> done.packet().message()).toList();
    }

    /** The records sent since the last call. */
    List<GroupRecord> takeRecords() {
        return take().stream().flatMap(done -> records(done.packet()).stream()).toList();
    }

    static List<GroupRecord> records(Packet packet) {
        return packet.message() instanceof Message.Report report
                ? report.records().stream().map(GroupRecord.class::cast).toList()
                : List.of();
    }

    List<Event> takeEvents() {
        List<Event> result = List.copyOf(events);
        events.clear();
        return result;
    }

    /** Is nothing sent for an hour? */
    boolean isSilent() {
        sent.clear();
        advance(Duration.ofHours(1));
        return sent.isEmpty();
    }
}
