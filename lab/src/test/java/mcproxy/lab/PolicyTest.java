package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.lab.StreamReceiver.Subscription;
import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.RecordType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Two upstreams and what the configuration says about them, with real kernels and streams. */
@InSandbox
class PolicyTest {
    private static final IpAddress GROUP = IpAddress.of("239.1.1.1");

    /** A source that can be reached over both upstreams. */
    private static final IpAddress ANYWHERE = IpAddress.of("10.9.9.9");

    /**
     * Two hosts upstream and one receiver.
     *
     * <pre>
     *   up1 --- wan1 [proxy] lan --- tv
     *   up2 --- wan2
     * </pre>
     */
    private static final class Network implements AutoCloseable {
        final Lab lab = Lab.open();
        final Host up1 = lab.host("up1");
        final Host up2 = lab.host("up2");
        final Host proxy = lab.host("proxy");
        final Host tv = lab.host("tv");
        final LinkCapture atUp1;
        final LinkCapture atUp2;
        final LinkCapture atTv;

        Network() {
            lab.link(up1, "eth0", proxy, "wan1");
            lab.link(up2, "eth0", proxy, "wan2");
            lab.link(proxy, "lan", tv, "eth0");
            addresses(up1, "wan1", 1);
            addresses(up2, "wan2", 2);
            addresses(tv, "lan", 3);
            for (Host up : List.of(up1, up2)) {
                up.address("eth0", ANYWHERE + "/32");
            }
            for (String name : List.of("all", "wan1", "wan2")) {
                proxy.run("sh", "-c", "echo 0 > /proc/sys/net/ipv4/conf/" + name + "/rp_filter");
            }
            atUp1 = LinkCapture.start(up1, "eth0");
            atUp2 = LinkCapture.start(up2, "eth0");
            atTv = LinkCapture.start(tv, "eth0");
        }

        private void addresses(Host host, String device, int net) {
            host.address("eth0", "10.0." + net + ".10/24");
            host.address("eth0", "2001:db8:" + net + "::10/64");
            proxy.address(device, "10.0." + net + ".1/24");
            proxy.address(device, "2001:db8:" + net + "::1/64");
            host.awaitLinkLocal("eth0");
            proxy.awaitLinkLocal(device);
            host.defaultRoute(IpAddress.of("10.0." + net + ".1"));
            host.defaultRoute(IpAddress.of("2001:db8:" + net + "::1"));
        }

        LabProcess startDaemon(String... statements) throws IOException {
            Path file = lab.folder().resolve("mcproxy.conf");
            Files.writeString(
                    file,
                    """
                    protocol IGMPv3, MLDv2;
                    pinstance tv: wan1 wan2 ==> lan;
                    """
                            + String.join("\n", statements));
            LabProcess daemon = proxy.start("daemon", DaemonCommand.run(file, "-v", "-v"));
            for (Family family : Family.values()) {
                Await.until(
                        ProxyNetwork.PATIENCE,
                        () -> "a query; the daemon says " + daemon.tail(20),
                        () -> atTv.first(seen -> seen.isGeneralQuery(family)).isPresent());
            }
            return daemon;
        }

        StreamSender send(Host from, IpAddress source, IpAddress group) {
            return StreamSender.start(
                    from, "eth0", new MulticastStream(source, group, ProxyNetwork.PORT, 200));
        }

        long packets(IpAddress source, IpAddress group) {
            return atTv.flow(source, group).map(LinkCapture.Count::packets).orElse(0L);
        }

        void awaitMore(IpAddress source, IpAddress group, long more, LabProcess daemon) {
            long wanted = packets(source, group) + more;
            Await.until(
                    ProxyNetwork.PATIENCE,
                    () ->
                            packets(source, group)
                                    + " packets of "
                                    + wanted
                                    + "; the daemon says "
                                    + daemon.tail(20),
                    () -> packets(source, group) >= wanted);
        }

        void awaitRecords(LinkCapture link, int times, RecordType type, IpAddress... sources) {
            GroupRecord record = new GroupRecord(type, GROUP, List.of(sources));
            Await.until(
                    ProxyNetwork.PATIENCE,
                    () ->
                            record
                                    + " on "
                                    + link
                                    + " among "
                                    + link.membership(seen -> seen.reports(GROUP)),
                    () -> link.membership(seen -> has(seen, record)).size() >= times);
        }

        int reports(LinkCapture link, RecordType type, IpAddress... sources) {
            GroupRecord record = new GroupRecord(type, GROUP, List.of(sources));
            return link.membership(seen -> has(seen, record)).size();
        }

        @Override
        public void close() {
            lab.close();
        }
    }

    /**
     * A head end that sends every packet of a stream over both upstreams at once, so that sequence
     * numbers tell of each packet whether it came never, once or twice.
     */
    private static Host headEnd(Network net) {
        Host head = net.lab.host("head");
        net.lab.bridge(head, "br0");
        for (Host up : List.of(net.up1, net.up2)) {
            // The host upstream is a switch between the head end and the proxy.
            String port = "to-" + up;
            net.lab.link(head, port, up, "eth1");
            net.lab.bridge(up, "br0", "eth0", "eth1");
            head.ip("link", "set", port, "master", "br0");
            // The two ways are no loop: what comes from one of them does not go to the other.
            head.ip("link", "set", port, "type", "bridge_slave", "isolated", "on");
        }
        head.address("br0", ANYWHERE + "/8");
        return head;
    }

    private static StreamSender sendBothWays(Host head) {
        return StreamSender.start(
                head, "br0", new MulticastStream(ANYWHERE, GROUP, ProxyNetwork.PORT, 200));
    }

    /** Stops the head end's streams on the way over a host upstream; the proxy's link stays up. */
    private static void silence(Host up) {
        up.ip("link", "set", "eth1", "down");
    }

    /** The packets that did not come between two times, none of which may have come twice. */
    private static long lost(StreamReceiver receiver, StreamReceiver.Received before) {
        StreamReceiver.Received now = receiver.received();
        assertThat(now.duplicates()).as("packets that came twice").isZero();
        return now.lost() - before.lost();
    }

    private static void tellGap(String what, long lostPackets) {
        System.out.println(what + ": " + lostPackets + " packets, " + 5 * lostPackets + " ms");
    }

    private static boolean has(LinkCapture.Seen seen, GroupRecord record) {
        return seen.packet().message() instanceof Message.Report report
                && report.records().contains(record);
    }

    @ParameterizedTest
    @ValueSource(strings = {"239.1.1.1", "ff0e::1:1"})
    void aWhitelistTurnsAnExcludeJoinIntoAnIncludeUpstream(String to) throws Exception {
        IpAddress group = IpAddress.of(to);
        IpAddress wanted = ProxyNetwork.node(group, 1, 10);
        IpAddress other = ProxyNetwork.node(group, 2, 10);
        try (Network net = new Network()) {
            LabProcess daemon =
                    net.startDaemon(
                            "pinstance tv upstream wan1 in whitelist table {("
                                    + group
                                    + " | "
                                    + wanted
                                    + ")};",
                            "pinstance tv upstream wan2 in whitelist table {};");
            StreamSender one = net.send(net.up1, wanted, group);
            StreamSender two = net.send(net.up2, other, group);
            var _ =
                    StreamReceiver.join(
                            net.tv, "eth0", Subscription.anySource(group, ProxyNetwork.PORT));
            net.awaitMore(wanted, group, 200, daemon);
            assertThat(net.atTv.flow(other, group)).isEmpty();
            assertThat(
                            net.atUp1.membership(seen ->
                                    has(
                                            seen,
                                            new GroupRecord(
                                                    RecordType.ALLOW, group, List.of(wanted)))))
                    .isNotEmpty();
            assertThat(net.atUp2.first(seen -> seen.reports(group))).isEmpty();
            assertThat(one.failure()).isEmpty();
            assertThat(two.failure()).isEmpty();
        }
    }

    @Test
    void theSecondUpstreamTakesOverWhenTheFirstIsGoneAndGivesBack() throws Exception {
        try (Network net = new Network()) {
            LabProcess daemon = net.startDaemon();
            StreamSender one = net.send(net.up1, ANYWHERE, GROUP);
            StreamSender two = net.send(net.up2, ANYWHERE, GROUP);
            var _ =
                    StreamReceiver.join(
                            net.tv, "eth0", Subscription.anySource(GROUP, ProxyNetwork.PORT));
            net.awaitRecords(net.atUp1, 1, RecordType.TO_EX);
            net.awaitMore(ANYWHERE, GROUP, 100, daemon);
            assertThat(net.reports(net.atUp2, RecordType.TO_EX)).isZero();
            net.proxy.ip("link", "set", "wan1", "down");
            net.awaitRecords(net.atUp2, 1, RecordType.TO_EX);
            net.awaitMore(ANYWHERE, GROUP, 200, daemon);
            int before = net.reports(net.atUp1, RecordType.TO_EX);
            net.proxy.ip("link", "set", "wan1", "up");
            net.awaitRecords(net.atUp1, before + 1, RecordType.TO_EX);
            net.awaitRecords(net.atUp2, 1, RecordType.TO_IN);
            two.close();
            net.awaitMore(ANYWHERE, GROUP, 200, daemon);
            assertThat(one.failure()).isEmpty();
        }
    }

    @Test
    void withMutexTheSecondUpstreamBringsWhatTheFirstNoLongerSends() throws Exception {
        try (Network net = new Network()) {
            LabProcess daemon =
                    net.startDaemon("pinstance tv upstream * in rulematching mutex 200;");
            var _ =
                    StreamReceiver.join(
                            net.tv, "eth0", Subscription.anySource(GROUP, ProxyNetwork.PORT));
            net.awaitRecords(net.atUp1, 1, RecordType.TO_EX);
            net.awaitRecords(net.atUp2, 1, RecordType.TO_EX);
            StreamSender one = net.send(net.up1, ANYWHERE, GROUP);
            net.awaitMore(ANYWHERE, GROUP, 50, daemon);
            StreamSender two = net.send(net.up2, ANYWHERE, GROUP);
            net.awaitRecords(net.atUp2, 1, RecordType.BLOCK, ANYWHERE);
            LinkCapture.Count start = net.atTv.flow(ANYWHERE, GROUP).orElseThrow();
            net.awaitMore(ANYWHERE, GROUP, 400, daemon);
            LinkCapture.Count end = net.atTv.flow(ANYWHERE, GROUP).orElseThrow();
            long millis = Duration.ofNanos(end.lastNanos() - start.lastNanos()).toMillis();
            double rate = (end.packets() - start.packets()) * 1000.0 / millis;
            assertThat(rate).as("packets a second, from one of two").isBetween(100.0, 260.0);
            one.close();
            net.awaitRecords(net.atUp2, 1, RecordType.ALLOW, ANYWHERE);
            net.awaitMore(ANYWHERE, GROUP, 200, daemon);
            assertThat(two.failure()).isEmpty();
        }
    }

    /**
     * Longer than any switch-over takes on a busy machine, and shorter than what a query brings.
     */
    private static final long GAP_LIMIT_PACKETS = 400;

    @Test
    void withFirstNoPacketComesTwiceWhenAnUpstreamFailsAndReturns() throws Exception {
        try (Network net = new Network()) {
            Host head = headEnd(net);
            LabProcess daemon = net.startDaemon("pinstance tv upstream * in rulematching first;");
            StreamReceiver receiver =
                    StreamReceiver.join(
                            net.tv, "eth0", Subscription.anySource(GROUP, ProxyNetwork.PORT));
            net.awaitRecords(net.atUp1, 1, RecordType.TO_EX);
            StreamSender sender = sendBothWays(head);
            ProxyNetwork.awaitWhole(receiver, 200);

            StreamReceiver.Received before = receiver.received();
            net.atUp1.close(); // which would not outlive this
            net.up1.ip("link", "set", "eth0", "down"); // the proxy's end loses its carrier
            net.awaitRecords(net.atUp2, 1, RecordType.TO_EX);
            ProxyNetwork.awaitWhole(receiver, 200);
            long gap = lost(receiver, before);
            tellGap("the gap when the first upstream loses its link", gap);
            assertThat(gap).as("%s", daemon.tail(20)).isLessThan(GAP_LIMIT_PACKETS);

            before = receiver.received();
            net.up1.ip("link", "set", "eth0", "up");
            LinkCapture again = LinkCapture.start(net.up1, "eth0");
            net.awaitRecords(again, 1, RecordType.TO_EX);
            net.awaitRecords(net.atUp2, 1, RecordType.TO_IN);
            silence(net.up2);
            ProxyNetwork.awaitWhole(receiver, 200);
            gap = lost(receiver, before);
            tellGap("the gap when it is back", gap);
            assertThat(gap).as("%s", daemon.tail(20)).isLessThan(GAP_LIMIT_PACKETS);
            assertThat(sender.failure()).isEmpty();
        }
    }

    @Test
    void withMutexNoPacketComesTwiceWhenTheFirstGoesSilent() throws Exception {
        try (Network net = new Network()) {
            Host head = headEnd(net);
            LabProcess daemon =
                    net.startDaemon("pinstance tv upstream * in rulematching mutex 500;");
            StreamReceiver receiver =
                    StreamReceiver.join(
                            net.tv, "eth0", Subscription.anySource(GROUP, ProxyNetwork.PORT));
            net.awaitRecords(net.atUp1, 1, RecordType.TO_EX);
            net.awaitRecords(net.atUp2, 1, RecordType.TO_EX);
            StreamSender sender = sendBothWays(head);
            ProxyNetwork.awaitWhole(receiver, 200);

            // Whose packet came first is chance.
            boolean isFirst = net.proxy.ip("mroute", "show").contains("Iif: wan1");
            StreamReceiver.Received before = receiver.received();
            silence(isFirst ? net.up1 : net.up2);
            String other = isFirst ? "Iif: wan2" : "Iif: wan1";
            Await.until(
                    ProxyNetwork.PATIENCE,
                    () -> other + "; " + daemon.tail(20),
                    () -> net.proxy.ip("mroute", "show").contains(other));
            net.awaitRecords(isFirst ? net.atUp2 : net.atUp1, 1, RecordType.ALLOW, ANYWHERE);
            ProxyNetwork.awaitWhole(receiver, 200);
            long gap = lost(receiver, before);
            tellGap("the gap when the first upstream goes silent, with mutex 500", gap);
            // One to two times 500 ms, at 200 packets a second.
            assertThat(gap).as("%s", daemon.tail(20)).isBetween(80L, 200 + GAP_LIMIT_PACKETS);
            assertThat(sender.failure()).isEmpty();
        }
    }

    @Test
    void filtersByGroupAndBySourceSayWhichUpstreamBringsWhat() throws Exception {
        IpAddress other = IpAddress.of("10.9.9.8");
        IpAddress ssm = IpAddress.of("232.1.1.1");
        IpAddress radio = IpAddress.of("239.2.2.2");
        try (Network net = new Network()) {
            for (Host up : List.of(net.up1, net.up2)) {
                up.address("eth0", other + "/32");
            }
            LabProcess daemon =
                    net.startDaemon(
                            "table channels {(239.1.0.0/16 | *) (232.0.0.0/8 | 10.9.9.9)};",
                            "pinstance tv upstream wan1 in whitelist table channels;",
                            "pinstance tv upstream wan2 in blacklist table channels;");
            record Channel(IpAddress source, IpAddress group, Host from) {}
            List<Channel> channels =
                    List.of(
                            new Channel(ANYWHERE, GROUP, net.up1),
                            new Channel(ANYWHERE, radio, net.up2),
                            new Channel(ANYWHERE, ssm, net.up1),
                            new Channel(other, ssm, net.up2));
            for (Channel channel : channels) {
                List<StreamSender> senders =
                        List.of(
                                net.send(net.up1, channel.source, channel.group),
                                net.send(net.up2, channel.source, channel.group));
                StreamSender right = senders.get(channel.from.equals(net.up1) ? 0 : 1);
                Subscription wish =
                        channel.group.equals(ssm)
                                ? Subscription.channel(channel.source, ssm, ProxyNetwork.PORT)
                                : Subscription.anySource(channel.group, ProxyNetwork.PORT);
                try (StreamReceiver receiver = StreamReceiver.join(net.tv, "eth0", wish)) {
                    Await.until(
                            ProxyNetwork.PATIENCE,
                            () -> channel + " in " + receiver.received() + "; " + daemon.tail(20),
                            () -> receiver.received().packets() >= 100);
                    assertThat(receiver.packetsBySender())
                            .as("the senders of what came of %s", channel)
                            .containsOnlyKeys(right.number());
                }
                for (StreamSender sender : senders) {
                    sender.close();
                    assertThat(sender.failure()).isEmpty();
                }
            }
            assertThat(net.atUp1.first(seen -> seen.reports(radio))).isEmpty();
            assertThat(net.atUp2.first(seen -> seen.reports(GROUP))).isEmpty();
            assertThat(allowed(net.atUp1, ssm)).containsOnly(ANYWHERE);
            assertThat(allowed(net.atUp2, ssm)).containsOnly(other);
        }
    }

    /** The sources that were asked for on a link, by name. */
    private static List<IpAddress> allowed(LinkCapture link, IpAddress group) {
        return link.membership(_ -> true).stream()
                .map(seen -> seen.packet().message())
                .filter(Message.Report.class::isInstance)
                .flatMap(message -> ((Message.Report) message).records().stream())
                .filter(GroupRecord.class::isInstance)
                .map(GroupRecord.class::cast)
                .filter(record -> record.group().equals(group))
                .filter(record -> record.type() == RecordType.ALLOW)
                .flatMap(record -> record.sources().stream())
                .toList();
    }
}
