package mcproxy.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import mcproxy.kernel.MulticastTable.Arrival;
import mcproxy.kernel.MulticastTable.LinkCounters;
import mcproxy.kernel.MulticastTable.RouteCounters;
import mcproxy.kernel.PacketCapture.Captured;
import mcproxy.wire.Decoded;
import mcproxy.wire.EthernetFrame;
import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Ipv4Envelope;
import mcproxy.wire.Ipv6Envelope;
import mcproxy.wire.LinkAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Protocol;
import mcproxy.wire.Reason;
import mcproxy.wire.RecordType;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.MembershipKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.function.Predicate;

/**
 * A router with an upstream, a second upstream and a downstream, each with one host behind it, on
 * the real kernel.
 */
class MulticastTableTest {
    private static final int UP = 0;
    private static final int UP2 = 1;
    private static final int DOWN = 5;
    private static final int PORT = 5000;

    private final Kernel kernel = Linux.kernel();
    private TestNet net = new TestNet();
    private String router = "";
    private String source = "";
    private String source2 = "";
    private String host = "";
    private int up;
    private int up2;
    private int down;

    @BeforeEach
    void network() {
        router = net.namespace("router");
        source = net.namespace("source");
        source2 = net.namespace("source2");
        host = net.namespace("host");
        net.sysctl(router, "net/ipv4/ip_forward", "0"); // multicast forwarding does not need it
        net.sysctl(router, "net/ipv6/conf/all/forwarding", "0");
        net.veth(router, "rup", source, "s0");
        net.veth(router, "rup2", source2, "s0");
        net.veth(router, "rdown", host, "h0");
        addresses(router, "rup", source, "s0", 1);
        addresses(router, "rup2", source2, "s0", 2);
        addresses(router, "rdown", host, "h0", 3);
        // Either source may come in by either upstream.
        net.sysctl(router, "net/ipv4/conf/all/rp_filter", "0");
        for (String device : List.of("rup", "rup2", "rdown")) {
            net.sysctl(router, "net/ipv4/conf/" + device + "/rp_filter", "0");
        }
        up = net.index(router, "rup");
        up2 = net.index(router, "rup2");
        down = net.index(router, "rdown");
    }

    private void addresses(
            String namespace, String device, String peer, String peerDevice, int number) {
        net.ip(namespace, "address add 10.0.%d.1/24 dev %s".formatted(number, device));
        net.ip(namespace, "address add 2001:db8:%d::1/64 dev %s".formatted(number, device));
        net.ip(peer, "address add 10.0.%d.2/24 dev %s".formatted(number, peerDevice));
        net.ip(peer, "address add 2001:db8:%d::2/64 dev %s".formatted(number, peerDevice));
    }

    @AfterEach
    void clean() {
        net.close();
    }

    // The table

    @ParameterizedTest
    @EnumSource(Family.class)
    void onlyOneOwnsATable(Family family) {
        try (MulticastTable table = open(family, 0)) {
            assertThat(table.family()).isEqualTo(family);
            assertThat(table.number()).isZero();
            assertThatThrownBy(() -> open(family, 0))
                    .hasMessageContaining("_INIT), " + family + " table 0: EADDRINUSE")
                    .hasMessageContaining("another multicast routing daemon owns table 0")
                    .hasMessageContaining("is igmpproxy, smcroute, pimd");
            try (MulticastTable other = open(family, 100)) {
                assertThat(other.number()).isEqualTo(100);
            }
        }
        // and after the end it is free again
        open(family, 0).close();
    }

    @Test
    void theOwnerOfATakenTableIsToldByName() throws IOException, InterruptedException {
        String script =
                """
                import socket, sys
                s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 2)
                s.setsockopt(0, 200, 1)
                print("ready", flush=True)
                sys.stdin.read()
                """;
        assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/python3")),
                "SKIPPED: no python3 for a second process that owns the table");
        Process owner =
                new ProcessBuilder("ip", "netns", "exec", router, "/usr/bin/python3", "-c", script)
                        .start();
        try {
            assertThat(owner.inputReader().readLine()).isEqualTo("ready");
            assertThatThrownBy(() -> open(Family.IPV4, 0))
                    .hasMessageContaining("EADDRINUSE")
                    .hasMessageContaining("python3 (process " + owner.pid() + ")");
        } finally {
            owner.outputWriter().close();
            assertThat(owner.waitFor()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void anImpossibleTableIsRefused(Family family) {
        assertThatThrownBy(() -> open(family, 1_000_000_000))
                .hasMessageContaining("_TABLE), " + family + " table 1000000000: EINVAL")
                .hasMessageContaining("the largest table number is");
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void interfacesAndRoutesAreTheKernels(Family family) throws KernelException {
        IpAddress from = from(family, 1);
        IpAddress group = group(family);
        MulticastTable table = open(family, 0);
        try (table) {
            table.addInterface(UP, up);
            table.listen(up);
            table.addInterface(DOWN, down);
            table.listen(down);
            assertThat(interfaces(family)).anyMatch(line -> line.matches("\\s*0 rup .*"));
            assertThat(interfaces(family)).anyMatch(line -> line.matches("\\s*5 rdown .*"));
            assertThatThrownBy(() -> table.addInterface(UP, up2))
                    .isInstanceOf(KernelException.class)
                    .hasMessageContaining("EADDRINUSE: the virtual interface is in use already");
            assertThatThrownBy(() -> table.addInterface(7, 54_321))
                    .isInstanceOf(KernelException.class)
                    .hasMessageContaining("EADDRNOTAVAIL: the device is not there");

            table.setRoute(from, group, UP, 1 << DOWN);
            assertThat(routes(family)).hasSize(1).first().asString().contains("5:1");
            table.setRoute(from, group, UP, 0);
            assertThat(routes(family)).hasSize(1).first().asString().doesNotContain(":1 ");
            assertThat(table.counters(from, group)).contains(new RouteCounters(0, 0, 0));

            table.deleteRoute(from, group);
            table.deleteRoute(from, group); // none left: no error
            assertThat(routes(family)).isEmpty();
            assertThat(table.counters(from, group)).isEmpty();
            table.deleteInterface(DOWN);
            table.deleteInterface(DOWN);
            assertThat(interfaces(family)).noneMatch(line -> line.contains("rdown"));
            table.addInterface(DOWN, down);
            table.listen(down);
            table.setRoute(from, group, UP, 1 << DOWN);
        }
        table.close();
        assertThat(interfaces(family)).isEmpty();
        assertThat(routes(family)).isEmpty();
        assertThat(table.descriptor()).isEqualTo(-1);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aTableHasThirtyTwoInterfaces(Family family) throws KernelException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 16; i++) {
            lines.append("link add name a%d up type veth peer name b%d\n".formatted(i, i));
        }
        net.ipBatch(router, lines.toString());
        try (MulticastTable table = open(family, 0)) {
            for (int i = 0; i < 16; i++) {
                table.addInterface(2 * i, net.index(router, "a" + i));
                table.addInterface(2 * i + 1, net.index(router, "b" + i));
            }
            assertThat(interfaces(family)).hasSize(32);
            assertThatThrownBy(() -> table.addInterface(32, up))
                    .hasMessageContaining("ENFILE: a table has 32 virtual interfaces");
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aDeviceThatGoesTakesItsInterfaceWithIt(Family family) throws KernelException {
        try (MulticastTable table = open(family, 0);
                Poller poller = kernel.openPoller()) {
            table.addInterface(UP, up);
            table.listen(up);
            table.addInterface(DOWN, down);
            table.listen(down);
            net.ip(router, "link delete rdown");
            TestNet.eventually(
                    "end of the virtual interface",
                    () -> Optional.of(true).filter(_ -> interfaces(family).size() == 1));
            // ENETDOWN of its socket is no failure, and does not keep the poller awake; it may come
            // a moment after the end of the virtual interface.
            table.deleteInterface(UP);
            boolean quiet = false;
            for (int i = 0; i < 20 && !quiet; i++) {
                while (table.receive().isPresent()) {}
                quiet = poller.await(Set.of(table), 50).isEmpty();
            }
            assertThat(quiet).isTrue();
            table.addInterface(UP, up);
            table.listen(up);
            table.deleteInterface(DOWN);
            table.addInterface(DOWN, up2);
            table.listen(up2);
            assertThat(interfaces(family)).hasSize(2);
        }
    }

    // Streams

    @ParameterizedTest
    @EnumSource(Family.class)
    void aStreamCrossesAfterItsCacheMiss(Family family) throws Exception {
        IpAddress from = from(family, 1);
        IpAddress group = group(family);
        try (MulticastTable table = open(family, 0);
                Poller poller = kernel.openPoller();
                PacketCapture capture = net.in(host, () -> kernel.openCapture(0));
                DatagramChannel sender = sender(family, source)) {
            table.addInterface(UP, up);
            table.listen(up);
            table.addInterface(DOWN, down);
            table.listen(down);
            send(sender, group, "first");
            assertThat(poller.await(Set.of(table), 5000)).containsExactly(table);
            assertThat(arrival(table, a -> isAbout(a, from)))
                    .isEqualTo(new Arrival.CacheMiss(UP, from, group));

            table.setRoute(from, group, UP, 1 << DOWN);
            Captured first = frame(capture, "first"); // it waited in the kernel
            send(sender, group, "second");
            Captured second = frame(capture, "second");
            assertThat(first.epochNanos()).isLessThan(second.epochNanos());
            RouteCounters counters = table.counters(from, group).orElseThrow();
            assertThat(counters.packets()).isEqualTo(2);
            assertThat(counters.bytes()).isGreaterThan("firstsecond".length());
            assertThat(counters.wrongInterface()).isZero();
            LinkCounters up = table.counters(UP).orElseThrow();
            LinkCounters down = table.counters(DOWN).orElseThrow();
            assertThat(up.packetsIn()).isEqualTo(2);
            assertThat(up.bytesIn()).isEqualTo(counters.bytes());
            assertThat(up.packetsOut()).isZero();
            assertThat(down).isEqualTo(new LinkCounters(0, 0, 2, counters.bytes()));
            assertThat(table.counters(31)).isEmpty();

            table.setRoute(from, group, UP, 0); // a negative entry: no stream, no upcall
            send(sender, group, "third");
            TestNet.eventually(
                    "third packet counted",
                    () -> counters(table, from, group).filter(c -> c.packets() == 3));
            assertThat(table.receive().filter(a -> isAbout(a, from))).isEmpty();
            assertThat(drain(capture)).noneMatch(c -> text(c).contains("third"));
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aSourceThatMovesMakesAnUpcall(Family family) throws Exception {
        IpAddress from = from(family, 1);
        IpAddress group = group(family);
        try (MulticastTable table = open(family, 0);
                DatagramChannel sender = sender(family, source)) {
            table.addInterface(UP, up);
            table.listen(up);
            table.addInterface(UP2, up2);
            table.listen(up2);
            table.addInterface(DOWN, down);
            table.listen(down);
            // The route expects the source on the other upstream, which is no outgoing interface.
            table.setRoute(from, group, UP2, 1 << DOWN);
            send(sender, group, "moved");
            assertThat(arrival(table, a -> isAbout(a, from)))
                    .isEqualTo(new Arrival.WrongInterface(UP, from, group));
            assertThat(table.counters(from, group).orElseThrow().wrongInterface()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void anotherTableForwardsByARuleOnTheIncomingInterface(Family family) throws Exception {
        IpAddress from = from(family, 1);
        IpAddress group = group(family);
        try (MulticastTable main = open(family, 0);
                MulticastTable table = open(family, 100);
                PacketCapture capture = net.in(host, () -> kernel.openCapture(0));
                DatagramChannel sender = sender(family, source)) {
            String ip = family == Family.IPV4 ? "-4" : "-6";
            net.ip(router, ip + " mrule add iif rup lookup 100");
            main.addInterface(UP2, up2);
            main.listen(up2);
            table.addInterface(UP, up);
            table.listen(up);
            table.addInterface(DOWN, down);
            table.listen(down);
            send(sender, group, "other");
            assertThat(arrival(table, a -> isAbout(a, from)))
                    .isEqualTo(new Arrival.CacheMiss(UP, from, group));
            table.setRoute(from, group, UP, 1 << DOWN);
            frame(capture, "other");
            assertThat(main.receive().filter(a -> isAbout(a, from))).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void anInterfaceAddedLaterCountsOnceTheRouteIsSetAgain(Family family) throws Exception {
        IpAddress from = from(family, 1);
        IpAddress group = group(family);
        try (MulticastTable table = open(family, 0);
                PacketCapture capture = net.in(host, () -> kernel.openCapture(0));
                DatagramChannel sender = sender(family, source)) {
            table.addInterface(UP, up);
            table.listen(up);
            table.setRoute(from, group, UP, 1 << DOWN);
            table.addInterface(DOWN, down);
            table.listen(down);
            table.setRoute(from, group, UP, 1 << DOWN);
            send(sender, group, "now");
            frame(capture, "now");
        }
    }

    // Hearing

    // shows RFC9776-4-2, RFC9777-5-3
    @ParameterizedTest
    @EnumSource(Protocol.class)
    void hostsAreHeardInEveryVersion(Protocol protocol) throws Exception {
        Family family = protocol.family();
        IpAddress group = group(family);
        force(protocol);
        try (MulticastTable table = open(family, 0);
                PacketCapture wire = net.in(host, () -> kernel.openCapture(0));
                DatagramChannel member = net.in(host, () -> bound(family))) {
            table.addInterface(UP, up);
            table.listen(up);
            table.addInterface(DOWN, down);
            table.listen(down);
            NetworkInterface device = net.in(host, () -> NetworkInterface.getByName("h0"));
            MembershipKey key = net.in(host, () -> member.join(group.toInetAddress(), device));

            Packet join = heard(table, down, m -> isJoin(m, group));
            assertThat(protocolOf(join.message())).isEqualTo(protocol);
            assertThat(join.routerAlert()).isTrue();
            assertThat(join.hopLimit()).isEqualTo(1);
            net.in(
                    host,
                    () -> {
                        key.drop();
                        return true;
                    });
            if (protocol != Protocol.IGMPV1) { // which has no leave
                Packet leave = heard(table, down, m -> isLeave(m, group));
                assertThat(leave.destination()).isNotEqualTo(group);
            }
            // Nothing of ours about groups is on that link: the kernel reports no join of ours.
            assertThat(drain(wire))
                    .filteredOn(captured -> !captured.outgoing())
                    .noneMatch(MulticastTableTest::joins);
        }
    }

    /** The table in LinkSocket's comment: nothing joined, and yet all of it is heard. */
    // shows RFC9776-6-1, RFC9777-7-1, RFC9777-7-3, RFC2710-4-1
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void everyMessageIsHeardWithAndWithoutRouterAlert(boolean routerAlert) throws Exception {
        for (Family family : Family.values()) {
            IpAddress group = group(family);
            Protocol old = Protocol.of(family, 2);
            Protocol newest = Protocol.newest(family);
            GroupRecord record = new GroupRecord(RecordType.TO_EX, group, List.of());
            boolean four = family == Family.IPV4;
            IpAddress all = IpAddress.of(four ? "224.0.0.1" : "ff02::1");
            IpAddress routers = IpAddress.of(four ? "224.0.0.2" : "ff02::2");
            IpAddress reports = IpAddress.of(four ? "224.0.0.22" : "ff02::16");
            List<Packet> packets = new ArrayList<>();
            for (IpAddress sender : List.of(linkLocal(family), family.unspecified())) {
                packets.add(packet(sender, group, routerAlert, new Message.OldReport(old, group)));
                packets.add(packet(sender, routers, routerAlert, new Message.Leave(old, group)));
                packets.add(
                        packet(
                                sender,
                                reports,
                                routerAlert,
                                new Message.Report(newest, List.of(record))));
                packets.add(packet(sender, all, routerAlert, query(newest, family.unspecified())));
                packets.add(packet(sender, group, routerAlert, query(newest, group)));
            }
            try (MulticastTable table = open(family, 0);
                    Injector neighbour = net.in(host, Injector::new)) {
                table.addInterface(UP, up);
                table.listen(up);
                table.addInterface(DOWN, down);
                table.listen(down);
                int h0 = net.index(host, "h0");
                LinkAddress sender = LinkAddress.of(mac(host, "h0"));
                for (Packet packet : packets) {
                    byte[] mac = EthernetFrame.groupMac(packet.destination());
                    neighbour.send(family, h0, mac, bytes(packet));
                    assertThat(arrivalOf(table, packet))
                            .isEqualTo(
                                    new Arrival.Membership(
                                            down,
                                            new Decoded.Value<>(packet),
                                            sender,
                                            ByteBuffer.wrap(bytes(packet))));
                }
            }
        }
    }

    // shows RFC9776-4.2.2-1, RFC9777-5.2.2-1
    @ParameterizedTest
    @EnumSource(Family.class)
    void whatIsMalformedIsToldWithItsReason(Family family) throws Exception {
        IpAddress group = group(family);
        Message report = new Message.OldReport(Protocol.of(family, 2), group);
        Packet packet = packet(linkLocal(family), group, true, report);
        byte[] damaged = bytes(packet);
        damaged[damaged.length - 1] ^= 1;
        try (MulticastTable table = open(family, 0);
                Injector neighbour = net.in(host, Injector::new)) {
            table.addInterface(DOWN, down);
            table.listen(down);
            int h0 = net.index(host, "h0");
            byte[] mac = EthernetFrame.groupMac(group);
            byte[] another = {2, 0, 0, 0, 0, 99};
            neighbour.send(family, h0, another, bytes(packet)); // not for us: not heard
            neighbour.send(family, h0, mac, damaged);
            neighbour.send(family, h0, mac, bytes(packet));
            List<Decoded<Packet>> arrived = new ArrayList<>();
            TestNet.eventually(
                    "the good one",
                    () -> {
                        membership(table)
                                .filter(m -> !isOfTheKernel(m.packet()))
                                .ifPresent(m -> arrived.add(m.packet()));
                        return Optional.of(true)
                                .filter(_ -> arrived.contains(new Decoded.Value<>(packet)));
                    });
            assertThat(arrived).hasSize(2);
            assertThat(arrived.getFirst())
                    .isInstanceOfSatisfying(
                            Decoded.Malformed.class,
                            m -> assertThat(m.reason()).isEqualTo(Reason.CHECKSUM));
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aDeviceMayBeDownAndWithoutAddressAndComeAndGo(Family family) throws Exception {
        IpAddress group = group(family);
        net.ip(router, "link add name bare type veth peer name peer netns " + host);
        net.ip(host, "link set peer up");
        int bare = net.index(router, "bare");
        int peer = net.index(host, "peer");
        Message report = new Message.OldReport(Protocol.of(family, 2), group);
        try (MulticastTable table = open(family, 0);
                MulticastTable neighbour = net.in(host, () -> kernel.openTable(family, 0))) {
            table.addInterface(DOWN, bare);
            table.listen(bare);
            for (int i = 0; i < 2; i++) {
                net.ip(router, "link set bare up");
                Packet packet = Packet.toSend(linkLocal(family), group, report);
                neighbour.send(peer, packet);
                assertThat(heard(table, bare, report::equals)).isEqualTo(packet);
                table.send(bare, packet);
                net.ip(router, "link set bare down");
                while (receive(table).isPresent()) {}
            }
            net.ip(router, "link set bare name renamed");
            net.ip(router, "link set renamed up");
            neighbour.send(peer, Packet.toSend(linkLocal(family), group, report));
            assertThat(heard(table, bare, report::equals).source()).isEqualTo(linkLocal(family));
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aThousandNewStreamsAtOnceAreAllTold(Family family) throws Exception {
        try (MulticastTable table = open(family, 0);
                DatagramChannel sender = sender(family, source)) {
            table.addInterface(UP, up);
            table.listen(up);
            Set<IpAddress> groups = new HashSet<>();
            for (int i = 0; i < 1000; i++) {
                IpAddress group =
                        family == Family.IPV4
                                ? IpAddress.ipv4(0xef05_0000 + i)
                                : IpAddress.ipv6(0xff1eL << 48, 0x5_0000 + i);
                groups.add(group);
                send(sender, group, "new");
            }
            Set<IpAddress> told = new HashSet<>();
            TestNet.eventually(
                    "all cache misses",
                    () -> {
                        Optional<Arrival> arrival = receive(table);
                        while (arrival.isPresent()) {
                            if (arrival.get() instanceof Arrival.CacheMiss miss) {
                                told.add(miss.group());
                            }
                            arrival = receive(table);
                        }
                        return Optional.of(true).filter(_ -> told.containsAll(groups));
                    });
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void sendingAndReceivingGoOnAtTheSameTime(Family family) throws Exception {
        int many = 2000;
        IpAddress group = group(family);
        Message report = new Message.OldReport(Protocol.of(family, 2), group);
        Packet packet = Packet.toSend(linkLocal(family), group, report);
        try (MulticastTable table = open(family, 0);
                MulticastTable neighbour = net.in(host, () -> kernel.openTable(family, 0))) {
            table.addInterface(DOWN, down);
            table.listen(down);
            int h0 = net.index(host, "h0");
            neighbour.addInterface(DOWN, h0);
            neighbour.listen(h0);
            FutureTask<Boolean> sending =
                    new FutureTask<>(() -> {
                        for (int i = 0; i < many; i++) {
                            table.send(down, packet);
                            neighbour.send(h0, packet);
                        }
                        return true;
                    });
            Thread _ = Thread.ofPlatform().daemon().start(sending);
            for (int i = 0; i < many; i++) {
                assertThat(heard(table, down, report::equals)).isEqualTo(packet);
            }
            for (int i = 0; i < many; i++) {
                assertThat(heard(neighbour, h0, report::equals)).isEqualTo(packet);
            }
            assertThat(sending.get()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aFloodOnOneLinkDoesNotHoldUpTheUpcalls(Family family) throws Exception {
        IpAddress group = group(family);
        Message report = new Message.OldReport(Protocol.of(family, 2), group);
        Packet packet = packet(linkLocal(family), group, true, report);
        try (MulticastTable table = open(family, 0);
                Injector neighbour = net.in(host, Injector::new);
                DatagramChannel sender = sender(family, source)) {
            table.addInterface(UP, up);
            table.listen(up);
            table.addInterface(DOWN, down);
            table.listen(down);
            int h0 = net.index(host, "h0");
            for (int i = 0; i < 1000; i++) {
                neighbour.send(family, h0, EthernetFrame.groupMac(group), bytes(packet));
            }
            TestNet.eventually("the first of the flood", () -> membership(table));
            send(sender, group, "stream");
            int before = 0;
            Optional<Arrival> arrival = Optional.empty();
            while (!arrival.filter(a -> isAbout(a, from(family, 1))).isPresent()) {
                arrival = receive(table);
                assertThat(++before).as("arrivals before the upcall").isLessThan(500);
            }
        }
    }

    // Sending

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void whatIsSentArrivesAsItWas(Protocol protocol) throws Exception {
        Family family = protocol.family();
        IpAddress group = group(family);
        IpAddress destination = IpAddress.of(family == Family.IPV4 ? "224.0.0.1" : "ff02::1");
        Packet query =
                Packet.toSend(
                        linkLocal(family),
                        protocol.generation() == 3 ? group : destination,
                        query(protocol, protocol.generation() == 3 ? group : family.unspecified()));
        try (MulticastTable table = open(family, 0);
                PacketCapture wire = net.in(host, () -> kernel.openCapture(0))) {
            table.addInterface(DOWN, down);
            table.listen(down);
            table.send(down, query);
            Captured captured =
                    frame(wire, c -> !c.outgoing() && value(c).equals(Optional.of(query)));
            byte[] mac = EthernetFrame.groupMac(query.destination());
            assertThat(captured.frame()).startsWith(mac);
            assertThat(macOf(captured)).isEqualTo(mac(router, "rdown"));
            // The neighbour's kernel may report at any time; what we sent must not come back.
            for (Optional<Arrival> heard = table.receive();
                    heard.isPresent();
                    heard = table.receive()) {
                assertThat(
                                heard.filter(Arrival.Membership.class::isInstance)
                                        .map(Arrival.Membership.class::cast)
                                        .map(Arrival.Membership::packet))
                        .isNotEqualTo(Optional.of(new Decoded.Value<>(query)));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void theSourceIsOursToChoose(Family family) throws Exception {
        // 0.0.0.0 (RFC 9776 4.2.13) and :: (RFC 9777 5.2.13), which a raw socket would replace
        Packet report =
                Packet.toSend(
                        family.unspecified(),
                        IpAddress.of(family == Family.IPV4 ? "224.0.0.22" : "ff02::16"),
                        new Message.Report(
                                Protocol.newest(family),
                                List.of(
                                        new GroupRecord(
                                                RecordType.TO_EX, group(family), List.of()))));
        try (MulticastTable table = open(family, 0);
                PacketCapture wire = net.in(source, () -> kernel.openCapture(0))) {
            table.send(up, report);
            frame(wire, c -> value(c).equals(Optional.of(report)));
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void whatCannotBeSentIsToldByName(Family family) throws Exception {
        Packet report =
                Packet.toSend(
                        linkLocal(family),
                        group(family),
                        new Message.OldReport(Protocol.of(family, 2), group(family)));
        List<IpAddress> sources = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            sources.add(
                    family == Family.IPV4
                            ? IpAddress.ipv4(0x0a000001 + i)
                            : IpAddress.ipv6(0x2001_0db8L << 32, 1 + i));
        }
        Packet large =
                Packet.toSend(
                        linkLocal(family),
                        group(family),
                        new Message.Report(
                                Protocol.newest(family),
                                List.of(
                                        new GroupRecord(
                                                RecordType.ALLOW, group(family), sources))));
        try (MulticastTable table = open(family, 0)) {
            assertThatThrownBy(() -> table.send(down, large)).hasMessageContaining("EMSGSIZE");
            assertThatThrownBy(() -> table.send(54_321, report)).hasMessageContaining("ENXIO");
            net.ip(router, "link set rdown down");
            assertThatThrownBy(() -> table.send(down, report)).hasMessageContaining("ENETDOWN");
            net.ip(router, "link set rdown up");
            assertThatCode(() -> table.send(down, report)).doesNotThrowAnyException();
        }
    }

    // The rest of this class asks and waits.

    private MulticastTable open(Family family, int number) {
        return net.in(router, () -> kernel.openTable(family, number));
    }

    private static IpAddress from(Family family, int number) {
        return IpAddress.of(
                family == Family.IPV4 ? "10.0." + number + ".2" : "2001:db8:" + number + "::2");
    }

    private static IpAddress group(Family family) {
        return IpAddress.of(family == Family.IPV4 ? "239.1.2.3" : "ff1e::2:3");
    }

    private static IpAddress linkLocal(Family family) {
        return IpAddress.of(family == Family.IPV4 ? "169.254.7.7" : "fe80::77");
    }

    private List<String> interfaces(Family family) {
        return proc(family, "vif");
    }

    private List<String> routes(Family family) {
        return proc(family, "cache");
    }

    /** The lines of ip_mr_vif or ip_mr_cache behind their heading. */
    private List<String> proc(Family family, String what) {
        String file = (family == Family.IPV4 ? "ip_mr_" : "ip6_mr_") + what;
        return net.text(router, "/proc/thread-self/net/" + file).lines().skip(1).toList();
    }

    private static Packet packet(
            IpAddress from, IpAddress to, boolean routerAlert, Message message) {
        return new Packet(from, to, 1, Packet.INTERNETWORK_CONTROL, routerAlert, message);
    }

    private static Message query(Protocol protocol, IpAddress group) {
        boolean three = protocol.generation() == 3;
        return new Message.Query(
                protocol, group, 10_000, false, three ? 2 : 0, three ? 125 : 0, List.of());
    }

    private static byte[] bytes(Packet packet) {
        ByteBuffer buffer = ByteBuffer.allocate(1500);
        switch (packet.destination().family()) {
            case IPV4 -> Ipv4Envelope.encode(packet, buffer);
            case IPV6 -> Ipv6Envelope.encode(packet, buffer);
        }
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    /** Makes the host's kernel speak a version. */
    private void force(Protocol protocol) {
        switch (protocol.family()) {
            case IPV4 ->
                    net.sysctl(
                            host,
                            "net/ipv4/conf/h0/force_igmp_version",
                            Integer.toString(protocol.generation()));
            case IPV6 ->
                    net.sysctl(
                            host,
                            "net/ipv6/conf/h0/force_mld_version",
                            Integer.toString(protocol.generation() - 1));
        }
    }

    private static DatagramChannel bound(Family family) throws IOException {
        DatagramChannel channel =
                DatagramChannel.open(
                        family == Family.IPV4
                                ? StandardProtocolFamily.INET
                                : StandardProtocolFamily.INET6);
        channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        return channel.bind(new InetSocketAddress(PORT));
    }

    private DatagramChannel sender(Family family, String namespace) {
        return net.in(
                namespace,
                () -> {
                    DatagramChannel channel = bound(family);
                    channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 8);
                    channel.setOption(
                            StandardSocketOptions.IP_MULTICAST_IF,
                            NetworkInterface.getByName("s0"));
                    return channel;
                });
    }

    private static void send(DatagramChannel sender, IpAddress group, String text) {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
        InetSocketAddress to = new InetSocketAddress(group.toInetAddress(), PORT);
        // On a busy machine an address becomes usable only some time after it was added.
        int _ =
                TestNet.eventually(
                        "an address to send from",
                        () -> {
                            try {
                                return Optional.of(sender.send(bytes.duplicate(), to));
                            } catch (BindException _) {
                                return Optional.empty();
                            } catch (IOException e) {
                                throw new AssertionError(e);
                            }
                        });
    }

    // What the table hears

    private static Optional<Arrival> receive(MulticastTable table) {
        try {
            return table.receive();
        } catch (KernelException e) {
            throw new AssertionError(e);
        }
    }

    private static Arrival arrival(MulticastTable table, Predicate<Arrival> what) {
        return TestNet.eventually("an arrival", () -> receive(table).filter(what));
    }

    private static Optional<Arrival.Membership> membership(MulticastTable table) {
        return receive(table)
                .filter(Arrival.Membership.class::isInstance)
                .map(Arrival.Membership.class::cast);
    }

    private static Arrival arrivalOf(MulticastTable table, Packet packet) {
        return arrival(
                table,
                one ->
                        one instanceof Arrival.Membership membership
                                && value(membership.packet())
                                        .filter(it -> it.message().equals(packet.message()))
                                        .isPresent());
    }

    private static Packet heard(MulticastTable table, int ifindex, Predicate<Message> what) {
        return TestNet.eventually(
                "a message",
                () ->
                        membership(table)
                                .filter(m -> m.ifindex() == ifindex)
                                .flatMap(m -> value(m.packet()))
                                .filter(packet -> what.test(packet.message())));
    }

    private static boolean isAbout(Arrival arrival, IpAddress source) {
        return switch (arrival) {
            case Arrival.CacheMiss miss -> miss.source().equals(source);
            case Arrival.WrongInterface wrong -> wrong.source().equals(source);
            case Arrival.Membership _, Arrival.LastHop _, Arrival.Other _ -> false;
        };
    }

    private static Optional<RouteCounters> counters(
            MulticastTable table, IpAddress source, IpAddress group) {
        try {
            return table.counters(source, group);
        } catch (KernelException e) {
            throw new AssertionError(e);
        }
    }

    private static Optional<Packet> value(Decoded<Packet> decoded) {
        return switch (decoded) {
            case Decoded.Value<Packet>(Packet packet) -> Optional.of(packet);
            case Decoded.Malformed<Packet> _ -> Optional.empty();
        };
    }

    private static boolean isJoin(Message message, IpAddress group) {
        return switch (message) {
            case Message.OldReport report -> report.group().equals(group);
            case Message.Report report -> has(report, group, RecordType.TO_EX);
            case Message.Query _, Message.Leave _, Message.RouterDiscovery _, Message.Unknown _ ->
                    false;
        };
    }

    private static boolean isLeave(Message message, IpAddress group) {
        return switch (message) {
            case Message.Leave leave -> leave.group().equals(group);
            case Message.Report report -> has(report, group, RecordType.TO_IN);
            case Message.Query _,
                    Message.OldReport _,
                    Message.RouterDiscovery _,
                    Message.Unknown _ ->
                    false;
        };
    }

    private static boolean has(Message.Report report, IpAddress group, RecordType type) {
        return report.records().contains(new GroupRecord(type, group, List.of()));
    }

    private static Protocol protocolOf(Message message) {
        return switch (message) {
            case Message.Query query -> query.protocol();
            case Message.Report report -> report.protocol();
            case Message.OldReport report -> report.protocol();
            case Message.Leave leave -> leave.protocol();
            case Message.RouterDiscovery _, Message.Unknown _ -> throw new AssertionError(message);
        };
    }

    /** Kernels report their own link-scope groups (solicited-node addresses) on each IPv6 link. */
    private static boolean isOfTheKernel(Decoded<Packet> decoded) {
        return value(decoded)
                .filter(packet -> packet.message() instanceof Message.Report)
                .filter(packet ->
                        ((Message.Report) packet.message())
                                .records().stream()
                                        .allMatch(record -> record.group().isLinkScopeGroup()))
                .isPresent();
    }

    // What is on the wire

    private static List<Captured> drain(PacketCapture capture) throws KernelException {
        List<Captured> all = new ArrayList<>();
        Optional<Captured> next = capture.receive();
        while (next.isPresent()) {
            all.add(next.get());
            next = capture.receive();
        }
        return all;
    }

    private static Captured frame(PacketCapture capture, Predicate<Captured> what) {
        return TestNet.eventually(
                "a frame",
                () -> {
                    try {
                        return capture.receive().filter(what);
                    } catch (KernelException e) {
                        throw new AssertionError(e);
                    }
                });
    }

    private static Captured frame(PacketCapture capture, String text) {
        return frame(capture, captured -> text(captured).contains(text));
    }

    private static String text(Captured captured) {
        return new String(captured.frame(), StandardCharsets.US_ASCII);
    }

    /** The membership packet in a frame, checksums and all. */
    private static Optional<Packet> value(Captured captured) {
        return switch (EthernetFrame.decode(ByteBuffer.wrap(captured.frame()))) {
            case Decoded.Value<EthernetFrame>(EthernetFrame frame) -> value(frame.packet());
            case Decoded.Malformed<EthernetFrame> _ -> Optional.empty();
        };
    }

    /** Is it a report or leave of a group that our joins would bring about? */
    private static boolean joins(Captured captured) {
        Set<IpAddress> ours =
                Set.of(
                        IpAddress.of("224.0.0.2"),
                        IpAddress.of("224.0.0.22"),
                        IpAddress.of("ff02::2"),
                        IpAddress.of("ff02::16"));
        return value(captured)
                .map(Packet::message)
                .filter(message ->
                        switch (message) {
                            case Message.Report report ->
                                    report.records().stream()
                                            .anyMatch(r -> ours.contains(r.group()));
                            case Message.OldReport report -> ours.contains(report.group());
                            case Message.Leave leave -> ours.contains(leave.group());
                            case Message.Query _, Message.RouterDiscovery _, Message.Unknown _ ->
                                    false;
                        })
                .isPresent();
    }

    private byte[] mac(String namespace, String device) {
        return net.in(namespace, () -> NetworkInterface.getByName(device).getHardwareAddress());
    }

    private static byte[] macOf(Captured captured) {
        return Arrays.copyOfRange(captured.frame(), 6, 12);
    }
}
