package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * What the kernel's (*,G) entries (MRT_ADD_MFC_PROXY) would bring over the daemon's (S,G) entries,
 * measured, and what they cannot do. The daemon does not use them; docs/forwarding.md gives the
 * numbers, and these tests fail when the facts behind that decision change.
 */
@InSandbox
class WildcardRouteTest {
    private static final List<Integer> SOURCES = List.of(1, 100, 1000);
    private static final int BURST = 40;

    /** The kernel keeps so many packets of a source that it asks about (ipmr_cache_unresolved). */
    private static final int KEPT = 4;

    /**
     * Owns the default table of a family: interfaces from the command line become virtual
     * interfaces 0, 1, ..., and each group gets a (*,G) entry from 0 to all of them; the kernel
     * finds such an entry only by an interface that is among the outgoing ones. Writes how many
     * upcalls of each kind have come so far whenever one comes.
     */
    private static final String OWNER =
            """
            import socket, struct, sys
            family, links, groups = sys.argv[1], sys.argv[2].split(","), sys.argv[3].split(",")
            v4 = family == "IPv4"
            level = 0 if v4 else 41
            s = socket.socket(socket.AF_INET if v4 else socket.AF_INET6, socket.SOCK_RAW,
                              2 if v4 else 58)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 << 20)
            if not v4:
                s.setsockopt(58, 1, b"\\xff" * 32)
            s.setsockopt(level, 200, 1)
            s.setsockopt(level, 208, 1)
            for vif, link in enumerate(links):
                index = socket.if_nametoindex(link)
                s.setsockopt(level, 202, struct.pack("HBBIII", vif, 8, 1, 0, index, 0) if v4
                             else struct.pack("HBBHxxI", vif, 0, 1, index, 0))
            def address(text):
                if v4:
                    return socket.inet_aton(text)
                return struct.pack("HHI16sI", 10, 0, 0, socket.inet_pton(10, text), 0)
            for group in groups:
                if v4:
                    ttls = bytes([1] * len(links)) + bytes(32 - len(links))
                    entry = struct.pack("4s4sH32sxxIIIi", address("0.0.0.0"), address(group), 0,
                                        ttls, 0, 0, 0, 0)
                else:
                    entry = struct.pack("28s28sHxx8I", address("::"), address(group), 0,
                                        (1 << len(links)) - 1, *[0] * 7)
                s.setsockopt(level, 210, entry)
            print("ready", flush=True)
            counts = [0, 0, 0]
            while True:
                upcall = s.recv(65536)
                if upcall[9 if v4 else 0] == 0:
                    kind = upcall[8 if v4 else 1]
                    counts[min(kind, 3) - 1] += 1
                    print("miss %d wrong %d other %d" % tuple(counts), flush=True)
            """;

    /** Packets as they come, with their delay. */
    private static final class Arrivals {
        private final Map<IpAddress, List<Long>> delaysNanos = new HashMap<>();

        synchronized void note(IpAddress source, long delayNanos) {
            delaysNanos.computeIfAbsent(source, _ -> new ArrayList<>()).add(delayNanos);
        }

        synchronized long packets() {
            return delaysNanos.values().stream().mapToInt(List::size).sum();
        }

        synchronized int sources() {
            return delaysNanos.size();
        }

        /** The delays of the packets of a number, from 0, of all sources, ascending. */
        synchronized List<Long> ofPacket(int number) {
            return delaysNanos.values().stream()
                    .filter(delays -> delays.size() > number)
                    .map(delays -> delays.get(number))
                    .sorted()
                    .toList();
        }
    }

    /** A source with a socket of its own. */
    private record Source(DatagramChannel channel, InetSocketAddress to) {
        void send(long sequence) throws IOException {
            ByteBuffer packet = ByteBuffer.allocate(MulticastStream.PAYLOAD_BYTES);
            new MulticastStream.Payload(1, sequence, System.nanoTime()).write(packet);
            assertThat(channel.send(packet, to)).isEqualTo(MulticastStream.PAYLOAD_BYTES);
        }
    }

    private static IpAddress group(Family family, int number) {
        return IpAddress.of((family == Family.IPV4 ? "239.9.9." : "ff1e::9:") + number);
    }

    private static IpAddress source(Family family, int number) {
        return IpAddress.of(
                family == Family.IPV4
                        ? "10.1." + (number / 250) + "." + (1 + number % 250)
                        : "2001:db8:1::1:" + Integer.toHexString(number + 1));
    }

    private static void addSources(ProxyNetwork net, Family family, int count) throws IOException {
        Path batch = net.lab.folder().resolve("addresses");
        int length = family == Family.IPV4 ? 16 : 64;
        Files.write(
                batch,
                IntStream.range(0, count)
                        .mapToObj(i ->
                                "address add %s/%d dev eth0%s"
                                        .formatted(
                                                source(family, i),
                                                length,
                                                family == Family.IPV4 ? "" : " nodad"))
                        .toList());
        net.up.ip("-batch", batch.toString());
        if (family == Family.IPV4) {
            net.proxy.ip("route", "add", "10.1.0.0/16", "dev", "wan");
        }
    }

    private static List<Source> open(
            Host host, Family family, IpAddress group, int from, int count) {
        return host.call(() -> {
            var device = StreamSender.interfaceOf(host, "eth0");
            var to = new InetSocketAddress(group.toInetAddress(), ProxyNetwork.PORT);
            List<Source> sources = new ArrayList<>();
            for (int i = from; i < from + count; i++) {
                DatagramChannel channel = DatagramChannel.open(StreamSender.socketFamily(family));
                channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, device);
                channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 8);
                channel.bind(new InetSocketAddress(source(family, i).toInetAddress(), 0));
                sources.add(new Source(channel, to));
            }
            return sources;
        });
    }

    private static void close(List<Source> sources) throws IOException {
        for (Source source : sources) {
            source.channel.close();
        }
    }

    private static Arrivals listen(Host host, IpAddress group) {
        Arrivals arrivals = new Arrivals();
        DatagramChannel channel =
                host.call(() -> {
                    DatagramChannel opened =
                            DatagramChannel.open(StreamSender.socketFamily(group.family()));
                    opened.setOption(StandardSocketOptions.SO_REUSEADDR, true);
                    opened.setOption(StandardSocketOptions.SO_RCVBUF, 8 << 20);
                    opened.bind(new InetSocketAddress(group.toInetAddress(), ProxyNetwork.PORT));
                    var _ =
                            opened.join(
                                    group.toInetAddress(), StreamSender.interfaceOf(host, "eth0"));
                    return opened;
                });
        var _ = host.lab().closeWithLab(channel);
        var _ =
                host.startThread(
                        "listener " + group,
                        () -> {
                            ByteBuffer packet = ByteBuffer.allocateDirect(2048);
                            try {
                                while (true) {
                                    var from = (InetSocketAddress) channel.receive(packet.clear());
                                    long now = System.nanoTime();
                                    MulticastStream.Payload.read(packet.flip())
                                            .ifPresent(payload ->
                                                    arrivals.note(
                                                            IpAddress.of(from.getAddress()),
                                                            now - payload.sentNanos()));
                                }
                            } catch (IOException _) {
                                // closed with the lab
                            }
                        });
        return arrivals;
    }

    private static void awaitPackets(Arrivals arrivals, long count) {
        Await.until(
                ProxyNetwork.PATIENCE,
                () -> count + " packets, of " + arrivals.packets(),
                () -> arrivals.packets() >= count);
    }

    /** What it costs to have sources begin, all at once, with one packet each and then another. */
    private static void measure(
            String what, ProxyNetwork net, Family family, IpAddress group, int count, LabProcess by)
            throws IOException {
        Arrivals arrivals = listen(net.tv3, group);
        Await.until(
                ProxyNetwork.PATIENCE,
                "the join of " + group,
                () -> net.atTv3.first(seen -> seen.outgoing() && seen.reports(group)).isPresent());
        // The proxy has taken the join when it tells the upstream; the wildcard's owner does not.
        if (what.equals("(S,G)")) {
            ProxyNetwork.await(net.atUp, "join", seen -> !seen.outgoing() && seen.reports(group));
        }
        List<Source> sources = open(net.up, family, group, 0, count);
        long ticks = ticks(by);
        for (int number = 0; number < 2; number++) {
            for (Source source : sources) {
                source.send(number);
            }
            awaitPackets(arrivals, (number + 1L) * count);
        }
        close(sources);
        assertThat(arrivals.sources()).isEqualTo(count);
        System.out.printf(
                Locale.ROOT,
                "%s %s, %4d sources at once: first packet %s, second packet %s, %d ms of processor%n",
                family,
                what,
                count,
                delays(arrivals.ofPacket(0)),
                delays(arrivals.ofPacket(1)),
                10 * (ticks(by) - ticks));
    }

    /** A stream that begins at full speed: how many of its first packets are lost? */
    private static long lostOfABurst(
            String what, ProxyNetwork net, Family family, IpAddress group, long gapNanos)
            throws IOException {
        Arrivals arrivals = listen(net.tv3, group);
        ProxyNetwork.await(net.atTv3, "join", seen -> seen.outgoing() && seen.reports(group));
        if (what.equals("(S,G)")) {
            ProxyNetwork.await(net.atUp, "join", seen -> !seen.outgoing() && seen.reports(group));
        }
        List<Source> sources = open(net.up, family, group, 0, 1);
        long start = System.nanoTime();
        for (int i = 0; i < BURST; i++) {
            while (System.nanoTime() < start + i * gapNanos) {
                Thread.onSpinWait();
            }
            sources.getFirst().send(i);
        }
        // What is sent a while later comes, and before it all that is to come.
        LockSupport.parkNanos(Duration.ofMillis(300).toNanos());
        long before = arrivals.packets();
        sources.getFirst().send(BURST);
        awaitPackets(arrivals, before + 1);
        close(sources);
        long lost = BURST + 1 - arrivals.packets();
        System.out.printf(
                Locale.ROOT,
                "%s %s, %d packets, one each %d us: %d lost%n",
                family,
                what,
                BURST,
                gapNanos / 1000,
                lost);
        return lost;
    }

    private static String delays(List<Long> sorted) {
        return String.format(
                Locale.ROOT,
                "%.2f ms (median) %.2f ms (last)",
                sorted.get(sorted.size() / 2) / 1e6,
                sorted.getLast() / 1e6);
    }

    /** Processor time of a process in hundredths of a second (proc_pid_stat(5)). */
    private static long ticks(LabProcess process) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    }

    private static LabProcess startOwner(ProxyNetwork net, Family family, List<IpAddress> groups)
            throws IOException {
        assumeThat(Path.of("/usr/bin/python3")).as("python3 sets the (*,G) entries").exists();
        Path script = net.lab.folder().resolve("owner.py");
        Files.writeString(script, OWNER);
        LabProcess owner =
                net.proxy.start(
                        "owner",
                        List.of(
                                "python3",
                                script.toString(),
                                family.toString(),
                                "wan,lan1,lan2",
                                String.join(
                                        ",", groups.stream().map(IpAddress::toString).toList())));
        Await.until(
                ProxyNetwork.PATIENCE,
                () -> "the table's owner: " + owner.tail(5),
                () -> owner.tail(1).equals(List.of("ready")));
        return owner;
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void whatTheFirstPacketOfASourceCosts(Family family) throws Exception {
        List<Long> gapsNanos = List.of(0L, 100_000L, 1_000_000L);
        try (ProxyNetwork net = new ProxyNetwork()) {
            LabProcess daemon = net.startDaemon();
            addSources(net, family, 1000);
            for (int i = 0; i < SOURCES.size(); i++) {
                measure("(S,G)", net, family, group(family, i), SOURCES.get(i), daemon);
            }
            for (int i = 0; i < gapsNanos.size(); i++) {
                long lost =
                        lostOfABurst("(S,G)", net, family, group(family, 50 + i), gapsNanos.get(i));
                assertThat(lost).isLessThanOrEqualTo(BURST - KEPT);
            }
            assertThat(MulticastRoute.of(net.proxy)).hasSizeGreaterThan(1100);
        }
        try (ProxyNetwork net = new ProxyNetwork()) {
            List<IpAddress> groups =
                    IntStream.range(0, 60).mapToObj(i -> group(family, i)).toList();
            LabProcess owner = startOwner(net, family, groups);
            addSources(net, family, 1000);
            for (int i = 0; i < SOURCES.size(); i++) {
                measure("(*,G)", net, family, group(family, i), SOURCES.get(i), owner);
            }
            for (int i = 0; i < gapsNanos.size(); i++) {
                assertThat(
                                lostOfABurst(
                                        "(*,G)",
                                        net,
                                        family,
                                        group(family, 50 + i),
                                        gapsNanos.get(i)))
                        .isZero();
            }
            assertThat(owner.tail(1)).as("no upcall").isEqualTo(List.of("ready"));
            assertThat(MulticastRoute.of(net.proxy)).as("no source is counted").hasSize(60);
        }
    }

    /**
     * Local sources would suffer: what does not come from the upstream is at a wrong interface, and
     * of that the kernel tells once in three seconds for the whole group, not for each source.
     */
    @ParameterizedTest
    @EnumSource(Family.class)
    void ofTwoSourcesBelowAWildcardRouteTellsOfOne(Family family) throws Exception {
        try (ProxyNetwork net = new ProxyNetwork()) {
            IpAddress group = group(family, 1);
            LabProcess owner = startOwner(net, family, List.of(group));
            StreamReceiver other = net.join(net.tv3, group);
            StreamReceiver upstream = net.join(net.up, group);
            net.send(net.tv1, ProxyNetwork.node(group, 2, 10), group);
            net.send(net.tv2, ProxyNetwork.node(group, 2, 20), group);
            Await.until(
                    ProxyNetwork.PATIENCE,
                    () -> "packets at the wrong interface: " + MulticastRoute.of(net.proxy),
                    () ->
                            MulticastRoute.of(net.proxy).stream()
                                    .anyMatch(route -> route.wrongInterface() >= 200));
            assertThat(owner.tail(1)).isEqualTo(List.of("miss 0 wrong 1 other 0"));
            assertThat(other.received().packets()).isZero();
            assertThat(upstream.received().packets()).isZero();
        }
    }
}
