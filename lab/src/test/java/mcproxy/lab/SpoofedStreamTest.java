package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.wire.EthernetFrame;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collections;

/** Packets of streams from addresses that they should not have. */
@InSandbox
class SpoofedStreamTest {
    private static final byte[] MAC = {2, 0, 0, 0, 0, 0x66};
    private static final int UDP = 17;
    private static final int HOPS = 16;

    /** The kernel tells of packets on another interface than the entry's once in three seconds. */
    private static final Duration RETURN = Duration.ofSeconds(6);

    /** An entry for no source would be one for all sources, and take their packets. */
    @Test
    void packetsWithoutASourceTakeNothingFromTheirGroup() throws Exception {
        IpAddress group = IpAddress.of("ff0e::1:1");
        IpAddress source = ProxyNetwork.node(group, 1, 10);
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ = net.startDaemon();
            StreamReceiver receiver = net.join(net.tv3, group);
            ProxyNetwork.await(net.atUp, "report", seen -> !seen.outgoing() && seen.reports(group));
            for (Host from : new Host[] {net.tv1, net.up}) {
                send(from, IpAddress.of("::"), group, 5);
            }
            var _ = net.send(net.up, source, group);
            ProxyNetwork.awaitWhole(receiver, 200);
            assertThat(MulticastRoute.of(net.proxy))
                    .as("entries without a source")
                    .noneMatch(route ->
                            "::".equals(route.source()) && !"unresolved".equals(route.state()));
            assertThat(net.atTv3.flow(IpAddress.of("::"), group)).isEmpty();
        }
    }

    /** RFC 3927 7, RFC 4291 2.5.6. */
    @ParameterizedTest
    @CsvSource({"239.1.1.1, 169.254.9.1", "ff0e::1:1, fe80::99:1"})
    void packetsFromALinkLocalAddressStayOnTheirLink(String to, String from) throws Exception {
        IpAddress group = IpAddress.of(to);
        IpAddress linkLocal = IpAddress.of(from);
        IpAddress good = ProxyNetwork.node(group, 2, 10);
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ = net.startDaemon();
            var _ = net.join(net.tv3, group);
            ProxyNetwork.await(net.atUp, "report", seen -> !seen.outgoing() && seen.reports(group));
            send(net.tv1, linkLocal, group, 20);
            send(net.tv1, good, group, 20);
            for (LinkCapture link : new LinkCapture[] {net.atTv3, net.atUp}) {
                Await.until(
                        ProxyNetwork.PATIENCE,
                        () -> "packets of " + good + " on " + link + ", of " + link.flows(),
                        () -> link.flow(good, group).isPresent());
                assertThat(link.flow(linkLocal, group)).as("on %s", link).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"232.1.1.1", "ff3e::8000:1"})
    void aChannelIsNotTakenAwayByWhoSendsInItsNameFirst(String to) throws Exception {
        IpAddress group = IpAddress.of(to);
        IpAddress source = ProxyNetwork.node(group, 1, 10);
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ = net.startDaemon();
            StreamReceiver receiver = net.join(net.tv3, source, group);
            ProxyNetwork.await(net.atUp, "report", seen -> !seen.outgoing() && seen.reports(group));
            send(net.tv1, source, group, 1);
            long start = System.nanoTime();
            var _ = net.send(net.up, source, group);
            ProxyNetwork.awaitPackets(receiver, 200);
            Duration taken = Duration.ofNanos(System.nanoTime() - start);
            System.out.printf(
                    "SPOOF of (%s,%s): 200 packets after %d ms%n", source, group, taken.toMillis());
            assertThat(taken).isLessThan(RETURN);
            // From now on its packets count, whoever else sends.
            send(net.tv1, source, group, 20);
            ProxyNetwork.awaitWhole(receiver, 200);
        }
    }

    private static void send(Host host, IpAddress source, IpAddress group, int count) {
        byte[] frame = frame(source, group);
        ProxyNetwork.injectFrames(host, Collections.nCopies(count, frame));
    }

    /** A UDP packet with four bytes that no receiver takes for one of a stream's. */
    private static byte[] frame(IpAddress source, IpAddress group) {
        boolean ipv4 = group.family() == Family.IPV4;
        int udpLength = 8 + 4;
        ByteBuffer frame = ByteBuffer.allocate(14 + (ipv4 ? 20 : 40) + udpLength);
        frame.put(EthernetFrame.groupMac(group)).put(MAC);
        frame.putShort((short) (ipv4 ? EthernetFrame.IPV4 : EthernetFrame.IPV6));
        if (ipv4) {
            frame.putInt(0x4500_0000 | (20 + udpLength)).putInt(0x4000);
            frame.put((byte) HOPS).put((byte) UDP).putShort((short) 0);
            source.write(frame);
            group.write(frame);
            frame.putShort(14 + 10, checksum(frame, 14, 20));
        } else {
            frame.putInt(0x6000_0000).putShort((short) udpLength);
            frame.put((byte) UDP).put((byte) HOPS);
            source.write(frame);
            group.write(frame);
        }
        frame.putShort((short) 4000).putShort((short) 4001).putShort((short) udpLength);
        return frame.array();
    }

    /** RFC 1071. */
    private static short checksum(ByteBuffer bytes, int from, int length) {
        int sum = 0;
        for (int at = from; at < from + length; at += 2) {
            sum += Short.toUnsignedInt(bytes.getShort(at));
        }
        while (sum >> 16 != 0) {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        return (short) ~sum;
    }
}
