package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.RecordType;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

/** Hosts that want different things, or say it in different versions, on one link. */
@InSandbox
class MixedHostsTest {
    /** RFC 9776 7.3.2, RFC 9777 8.3.2: the link is as old as its oldest host. */
    @ParameterizedTest
    @ValueSource(strings = {"239.1.1.1", "ff0e::1:1"})
    void aHostOfAnOlderVersionAndANewOneWatchTheSameAndLeaveInBothOrders(String to)
            throws Exception {
        IpAddress group = IpAddress.of(to);
        try (ProxyNetwork net = new ProxyNetwork()) {
            net.tv1.igmpVersion("eth0", 2);
            net.tv1.mldVersion("eth0", 1);
            var _ = net.startDaemon();
            IpAddress source = ProxyNetwork.node(group, 1, 10);
            StreamSender sender = net.send(net.up, source, group);
            StreamReceiver older = net.join(net.tv1, group);
            StreamReceiver newer = net.join(net.tv2, group);
            ProxyNetwork.awaitPackets(older, 50);
            ProxyNetwork.awaitPackets(newer, 50);

            older.leave();
            // Two seconds: the last member query time is over after 0.6 s.
            ProxyNetwork.awaitWhole(newer, 400);
            assertThat(net.atTv1.first(seen -> seen.packet().message() instanceof Message.Leave))
                    .as("the older host's leave")
                    .isPresent();

            StreamReceiver olderAgain = net.join(net.tv1, group);
            ProxyNetwork.awaitPackets(olderAgain, 50);
            newer.leave();
            ProxyNetwork.awaitWhole(olderAgain, 400);
            assertThat(net.atUp.first(seen -> leaves(seen, group))).isEmpty();

            olderAgain.leave();
            ProxyNetwork.awaitSilence(net.atTv1, source, group);
            ProxyNetwork.await(net.atUp, "leave", seen -> leaves(seen, group));
            assertThat(sender.failure()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"239.1.1.1", "ff0e::1:1"})
    void aSourceStopsWhenTheLastHostBlocksItAndComesBackWhenOneUnblocksIt(String to)
            throws Exception {
        IpAddress group = IpAddress.of(to);
        IpAddress liked = ProxyNetwork.node(group, 1, 10);
        IpAddress blocked = ProxyNetwork.node(group, 1, 20);
        try (ProxyNetwork net = new ProxyNetwork()) {
            net.up.address(
                    "eth0", group.family() == Family.IPV4 ? "10.0.1.20/24" : "2001:db8:1::20/64");
            var _ = net.startDaemon();
            StreamSender sender = net.send(net.up, liked, group);
            StreamSender blockedSender = net.send(net.up, blocked, group);
            StreamReceiver one = net.join(net.tv1, group);
            StreamReceiver other = net.join(net.tv2, group);
            ProxyNetwork.awaitPackets(one, 50);
            ProxyNetwork.awaitPackets(other, 50);

            one.block(blocked);
            ProxyNetwork.await(net.atTv1, "block", seen -> blocks(seen, group, blocked));
            ProxyNetwork.awaitWhole(other, 800);
            long packets = packets(net.atTv1, blocked, group);
            assertThat(net.atUp.first(seen -> blocks(seen, group, blocked)))
                    .as("nothing is said upstream while one host wants it")
                    .isEmpty();

            other.block(blocked);
            ProxyNetwork.awaitSilence(net.atTv1, blocked, group);
            assertThat(packets(net.atTv1, blocked, group)).isGreaterThan(packets);
            ProxyNetwork.await(net.atUp, "block", seen -> blocks(seen, group, blocked));
            ProxyNetwork.awaitWhole(one, 100);

            long silent = packets(net.atTv1, blocked, group);
            one.unblock(blocked);
            Await.until(
                    ProxyNetwork.PATIENCE,
                    "the source that is wanted again",
                    () -> packets(net.atTv1, blocked, group) > silent + 100);
            assertThat(sender.failure()).isEmpty();
            assertThat(blockedSender.failure()).isEmpty();
        }
    }

    private static long packets(LinkCapture link, IpAddress source, IpAddress group) {
        return link.flow(source, group).map(LinkCapture.Count::packets).orElse(0L);
    }

    private static boolean leaves(LinkCapture.Seen seen, IpAddress group) {
        return has(seen, new GroupRecord(RecordType.TO_IN, group, List.of()));
    }

    private static boolean blocks(LinkCapture.Seen seen, IpAddress group, IpAddress source) {
        return has(seen, new GroupRecord(RecordType.BLOCK, group, List.of(source)));
    }

    private static boolean has(LinkCapture.Seen seen, GroupRecord record) {
        return seen.packet().message() instanceof Message.Report report
                && report.records().contains(record);
    }
}
