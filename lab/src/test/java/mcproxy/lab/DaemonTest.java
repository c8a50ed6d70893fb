package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Protocol;
import mcproxy.wire.RecordType;
import mcproxy.wire.ReportRecord;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** The daemon as a process of its own, between kernels that know nothing of it. */
@InSandbox
class DaemonTest {
    /**
     * Five last-member queries. Two are too few where processors are busy: Linux answers MLD from a
     * work queue, and an answer that is due but has not got a processor yet is put off by the next
     * query, for up to the whole response time again (net/ipv6/mcast.c, igmp6_group_queried). Such
     * answers were seen 625 ms after a query that gives 300 ms, when the stream had just ended.
     */
    private static final String PATIENT = "pinstance tv set last-member-query-count 5;";

    @ParameterizedTest
    @CsvSource({
        "239.1.1.1, 1, 0",
        "239.1.1.1, 2, 0",
        "239.1.1.1, 3, 0",
        "ff0e::1:1, 0, 1",
        "ff0e::1:1, 0, 2"
    })
    void aHostOfEveryVersionJoinsWatchesAndLeaves(String to, int igmp, int mld) throws Exception {
        IpAddress group = IpAddress.of(to);
        try (ProxyNetwork net = new ProxyNetwork()) {
            net.tv3.igmpVersion("eth0", igmp);
            net.tv3.mldVersion("eth0", mld);
            var _ = net.startDaemon();
            IpAddress source = ProxyNetwork.node(group, 1, 10);
            StreamSender sender = net.send(net.up, source, group);
            StreamReceiver receiver = net.join(net.tv3, group);
            ProxyNetwork.awaitWhole(receiver, 200);
            assertThat(net.atTv1.flow(source, group)).as("nobody asked there").isEmpty();
            ProxyNetwork.await(net.atUp, "join", seen -> hasRecord(seen, RecordType.TO_EX, group));
            receiver.leave();
            if (igmp != 1) { // an IGMPv1 host says nothing when it leaves
                ProxyNetwork.awaitSilence(net.atTv3, source, group);
                ProxyNetwork.await(
                        net.atUp, "leave", seen -> hasRecord(seen, RecordType.TO_IN, group));
            }
            assertThat(sender.failure()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"239.1.1.1", "ff0e::1:1"})
    void oneOfTwoReceiversOnALinkLeavesAndTheOtherLosesNothing(String to) throws Exception {
        IpAddress group = IpAddress.of(to);
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ = net.startDaemon(PATIENT);
            IpAddress source = ProxyNetwork.node(group, 1, 10);
            StreamSender sender = net.send(net.up, source, group);
            StreamReceiver stays = net.join(net.tv1, group);
            StreamReceiver goes = net.join(net.tv2, group);
            ProxyNetwork.awaitPackets(stays, 100);
            ProxyNetwork.awaitPackets(goes, 100);
            goes.leave();
            // Three seconds: the leave is repeated within one, and asked about for 1.5 s.
            ProxyNetwork.awaitWhole(stays, 600);
            assertThat(net.atUp.first(seen -> hasRecord(seen, RecordType.TO_IN, group)))
                    .as("nothing is said upstream")
                    .isEmpty();
            assertThat(sender.failure()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"239.1.1.1", "ff0e::1:1"})
    void twoDownstreamsWatchTheSameAndOneLeaves(String to) throws Exception {
        IpAddress group = IpAddress.of(to);
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ = net.startDaemon();
            IpAddress source = ProxyNetwork.node(group, 1, 10);
            StreamSender sender = net.send(net.up, source, group);
            StreamReceiver goes = net.join(net.tv1, group);
            StreamReceiver stays = net.join(net.tv3, group);
            ProxyNetwork.awaitPackets(goes, 100);
            ProxyNetwork.awaitPackets(stays, 100);
            goes.leave();
            ProxyNetwork.awaitWhole(stays, 400);
            ProxyNetwork.awaitSilence(net.atTv1, source, group);
            assertThat(sender.failure()).isEmpty();
        }
    }

    // shows RFC4605-4.2-1
    @ParameterizedTest
    @ValueSource(strings = {"232.1.1.1", "ff3e::8000:1"})
    void aChannelBringsItsSourceAndNoOther(String to) throws Exception {
        IpAddress group = IpAddress.of(to);
        try (ProxyNetwork net = new ProxyNetwork()) {
            net.up.address(
                    "eth0", group.family() == Family.IPV4 ? "10.0.1.20/24" : "2001:db8:1::20/64");
            var _ = net.startDaemon();
            IpAddress wanted = ProxyNetwork.node(group, 1, 10);
            IpAddress other = ProxyNetwork.node(group, 1, 20);
            StreamSender sender = net.send(net.up, wanted, group);
            StreamSender otherSender = net.send(net.up, other, group);
            StreamReceiver receiver = net.join(net.tv3, wanted, group);
            ProxyNetwork.awaitWhole(receiver, 200);
            assertThat(net.atTv3.flow(other, group)).isEmpty();
            ProxyNetwork.await(
                    net.atUp,
                    "ALLOW, not TO_IN, for a first source",
                    seen ->
                            isReport(
                                    seen,
                                    new GroupRecord(RecordType.ALLOW, group, List.of(wanted))));
            receiver.leave();
            ProxyNetwork.await(
                    net.atUp,
                    "BLOCK at the end",
                    seen ->
                            isReport(
                                    seen,
                                    new GroupRecord(RecordType.BLOCK, group, List.of(wanted))));
            ProxyNetwork.awaitSilence(net.atTv3, wanted, group);
            assertThat(sender.failure()).isEmpty();
            assertThat(otherSender.failure()).isEmpty();
        }
    }

    // shows RFC4605-3-4, RFC4605-4.2-2
    @ParameterizedTest
    @ValueSource(strings = {"239.1.1.1", "ff0e::1:1"})
    void aDownstreamSourceReachesUpstreamAndTheOtherDownstreamAndDoesNotComeBack(String to)
            throws Exception {
        IpAddress group = IpAddress.of(to);
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ = net.startDaemon();
            IpAddress source = ProxyNetwork.node(group, 2, 10);
            StreamReceiver upstream = net.join(net.up, group);
            StreamReceiver downstream = net.join(net.tv3, group);
            StreamReceiver beside = net.join(net.tv2, group);
            ProxyNetwork.await(net.atTv3, "join", seen -> seen.reports(group));
            StreamSender sender = net.send(net.tv1, source, group);
            for (StreamReceiver receiver : List.of(upstream, downstream, beside)) {
                ProxyNetwork.awaitWhole(receiver, 200);
            }
            assertThat(net.atTv1.flow(source, group)).as("back at the source").isEmpty();
            assertThat(sender.failure()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"224.0.0.251", "ff02::fb", "ff12::77"})
    void linkScopeGroupsStayOnTheirLink(String to) throws Exception {
        IpAddress group = IpAddress.of(to);
        boolean ipv4 = group.family() == Family.IPV4;
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ = net.startDaemon();
            List<ReportRecord> joins =
                    List.of(
                            new GroupRecord(RecordType.TO_EX, group, List.of()),
                            new GroupRecord(
                                    RecordType.TO_EX,
                                    IpAddress.of(ipv4 ? "239.1.1.1" : "ff0e::1:1"),
                                    List.of()));
            ProxyNetwork.inject(
                    net.tv3,
                    Packet.toSend(
                            ipv4 ? IpAddress.of("10.0.3.10") : ProxyNetwork.linkLocal(net.tv3),
                            IpAddress.of(ipv4 ? "224.0.0.22" : "ff02::16"),
                            new Message.Report(Protocol.newest(group.family()), joins)));
            ProxyNetwork.await(
                    net.atUp,
                    "the other group of that report",
                    seen -> hasRecord(seen, RecordType.TO_EX, joins.getLast().group()));
            assertThat(net.atUp.first(seen -> !seen.outgoing() && seen.reports(group))).isEmpty();
        }
    }

    @Test
    void aStopLeavesUpstreamAndNothingInTheKernel() throws Exception {
        IpAddress group = IpAddress.of("239.1.1.1");
        IpAddress group6 = IpAddress.of("ff0e::1:1");
        try (ProxyNetwork net = new ProxyNetwork()) {
            LabProcess daemon = net.startDaemon();
            StreamSender sender = net.send(net.up, IpAddress.of("10.0.1.10"), group);
            StreamSender sender6 = net.send(net.up, IpAddress.of("2001:db8:1::10"), group6);
            StreamReceiver receiver = net.join(net.tv3, group);
            StreamReceiver receiver6 = net.join(net.tv3, group6);
            ProxyNetwork.awaitPackets(receiver, 50);
            ProxyNetwork.awaitPackets(receiver6, 50);
            assertThat(MulticastRoute.of(net.proxy)).hasSize(2);
            LabProcess.Ended ended = daemon.stop(Duration.ofSeconds(5));
            assertThat(ended.killed()).isFalse();
            assertThat(ended.status()).as(daemon.tail(20).toString()).isZero();
            assertThat(ended.took()).isLessThan(Duration.ofSeconds(1));
            assertThat(MulticastRoute.of(net.proxy)).isEmpty();
            for (String table : List.of("ip_mr_vif", "ip6_mr_vif", "ip_mr_cache", "ip6_mr_cache")) {
                assertThat(net.proxy.procNet(table).lines().skip(1)).as(table).isEmpty();
            }
            ProxyNetwork.await(net.atUp, "leave", seen -> hasRecord(seen, RecordType.TO_IN, group));
            ProxyNetwork.await(
                    net.atUp, "leave", seen -> hasRecord(seen, RecordType.TO_IN, group6));
            assertThat(sender.failure()).isEmpty();
            assertThat(sender6.failure()).isEmpty();
        }
    }

    @Test
    void anInterfaceThatComesLaterIsTakenThen() throws Exception {
        IpAddress group = IpAddress.of("239.1.1.1");
        try (ProxyNetwork net = new ProxyNetwork()) {
            net.proxy.ip("link", "set", "lan2", "down");
            net.proxy.ip("link", "set", "lan2", "name", "later");
            Path file = net.lab.folder().resolve("late.conf");
            Files.writeString(file, "pinstance tv: wan ==> lan1 lan2;\n");
            LabProcess daemon = net.proxy.start("late", DaemonCommand.run(file));
            Await.until(
                    ProxyNetwork.PATIENCE,
                    () -> "a warning in " + daemon.tail(20),
                    () -> daemon.tail(20).stream().anyMatch(line -> line.contains("lan2")));
            net.proxy.ip("link", "set", "later", "name", "lan2");
            net.proxy.ip("link", "set", "lan2", "up");
            ProxyNetwork.await(net.atTv3, "query", seen -> seen.isGeneralQuery(Family.IPV4));
            StreamSender sender = net.send(net.up, IpAddress.of("10.0.1.10"), group);
            StreamReceiver receiver = net.join(net.tv3, group);
            ProxyNetwork.awaitPackets(receiver, 50);
            assertThat(daemon.isAlive()).isTrue();
            assertThat(sender.failure()).isEmpty();
        }
    }

    // shows RFC9776-4-1, RFC2236-2-1, RFC2236-2.3-1
    @Test
    void tsharkFindsNoFaultInAnyKindOfPacketThatWeSend() throws Exception {
        assumeThat(Path.of("/usr/bin/tshark"))
                .as("tshark dissects what we send; install it with: apt-get install tshark")
                .exists();
        IpAddress channel = IpAddress.of("232.1.1.1");
        IpAddress channel6 = IpAddress.of("ff3e::8000:1");
        IpAddress group = IpAddress.of("239.1.1.1");
        IpAddress group6 = IpAddress.of("ff0e::1:1");
        try (ProxyNetwork net = new ProxyNetwork()) {
            LabProcess daemon = net.startDaemon();
            // General queries; joins and leaves with their specific queries; all change records.
            for (IpAddress to : List.of(channel, channel6)) {
                StreamReceiver receiver = net.join(net.tv3, ProxyNetwork.node(to, 1, 10), to);
                ProxyNetwork.await(net.atUp, "ALLOW", s -> hasRecord(s, RecordType.ALLOW, to));
                receiver.leave();
                ProxyNetwork.await(net.atUp, "BLOCK", s -> hasRecord(s, RecordType.BLOCK, to));
            }
            for (IpAddress to : List.of(group, group6)) {
                StreamReceiver receiver = net.join(net.tv3, to);
                ProxyNetwork.await(net.atUp, "TO_EX", s -> hasRecord(s, RecordType.TO_EX, to));
                receiver.leave();
                ProxyNetwork.await(net.atUp, "TO_IN", s -> hasRecord(s, RecordType.TO_IN, to));
            }
            // Answers: current-state records to a querier of the newest version.
            var again = net.join(net.tv3, group);
            var again6 = net.join(net.tv3, group6);
            var channelAgain = net.join(net.tv3, ProxyNetwork.node(channel, 1, 10), channel);
            for (IpAddress to : List.of(group, group6)) {
                queryUntil(
                        net, Protocol.newest(to.family()), s -> hasRecord(s, RecordType.IS_EX, to));
            }
            queryUntil(net, Protocol.IGMPV3, s -> hasRecord(s, RecordType.IS_IN, channel));
            // Older queriers: reports and leaves of the older versions.
            for (IpAddress to : List.of(group, group6)) {
                queryUntil(
                        net,
                        Protocol.of(to.family(), 2),
                        s ->
                                s.packet().message() instanceof Message.OldReport report
                                        && report.group().equals(to));
            }
            again.leave();
            again6.leave();
            for (IpAddress to : List.of(group, group6)) {
                ProxyNetwork.await(
                        net.atUp,
                        "older leave",
                        s ->
                                s.packet().message() instanceof Message.Leave leave
                                        && leave.group().equals(to));
            }
            queryUntil(
                    net,
                    Protocol.IGMPV1,
                    s ->
                            s.packet().message() instanceof Message.OldReport report
                                    && report.protocol() == Protocol.IGMPV1);
            channelAgain.leave();
            assertThat(daemon.stop(Duration.ofSeconds(5)).status()).isZero();

            for (LinkCapture link : List.of(net.atUp, net.atTv3)) {
                Path file = net.lab.folder().resolve("link.pcap");
                link.writePcap(file);
                assertThat(tshark(file, "igmp || icmpv6")).hasSizeGreaterThan(10);
                assertThat(
                                tshark(
                                        file,
                                        "_ws.malformed || _ws.expert.severity >= warning"
                                                + " || ip.checksum.status == \"Bad\""
                                                + " || igmp.checksum.status == \"Bad\""
                                                + " || icmpv6.checksum.status == \"Bad\""))
                        .isEmpty();
                assertThat(tshark(file, "igmp && ip.ttl != 1")).isEmpty();
                assertThat(link.malformed()).isEqualTo(Map.of());
            }
        }
    }

    /** Asks from upstream, as a querier of a version does, until an answer is seen. */
    private static void queryUntil(
            ProxyNetwork net, Protocol protocol, Predicate<LinkCapture.Seen> answer) {
        boolean ipv4 = protocol.family() == Family.IPV4;
        boolean newest = protocol.generation() == 3;
        Packet query =
                Packet.toSend(
                        ipv4 ? IpAddress.of("10.0.1.10") : ProxyNetwork.linkLocal(net.up),
                        IpAddress.of(ipv4 ? "224.0.0.1" : "ff02::1"),
                        new Message.Query(
                                protocol,
                                protocol.family().unspecified(),
                                protocol == Protocol.IGMPV1 ? 10_000 : 500,
                                false,
                                newest ? 2 : 0,
                                newest ? 125 : 0,
                                List.of()));
        Await.until(
                ProxyNetwork.PATIENCE,
                () -> "an answer to " + query + " among " + net.atUp.membership(_ -> true),
                () -> {
                    ProxyNetwork.inject(net.up, query);
                    return Await.value(
                                    Duration.ofSeconds(protocol == Protocol.IGMPV1 ? 11 : 1),
                                    () -> net.atUp.first(answer))
                            .isPresent();
                });
    }

    private static List<String> tshark(Path file, String filter) {
        return Command.run(
                        "tshark",
                        "-o",
                        "ip.check_checksum:TRUE",
                        "-r",
                        file.toString(),
                        "-Y",
                        filter)
                .lines()
                .filter(line -> line.matches(" *\\d+ .*")) // a packet, not a warning about root
                .toList();
    }

    private static boolean hasRecord(LinkCapture.Seen seen, RecordType type, IpAddress group) {
        return seen.packet().message() instanceof Message.Report report
                && report.records().stream()
                        .anyMatch(record ->
                                record instanceof GroupRecord known
                                        && known.type() == type
                                        && known.group().equals(group));
    }

    private static boolean isReport(LinkCapture.Seen seen, GroupRecord record) {
        return seen.packet().message() instanceof Message.Report report
                && report.records().contains(record);
    }
}
