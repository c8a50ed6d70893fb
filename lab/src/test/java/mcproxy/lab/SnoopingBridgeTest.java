package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/** A bridge that listens to memberships (RFC 4541), between the proxy and its hosts. */
@InSandbox
class SnoopingBridgeTest {
    private static final List<IpAddress> GROUPS =
            List.of(IpAddress.of("239.1.1.1"), IpAddress.of("ff0e::1:1"));

    @Test
    void onlyPortsThatJoinedGetTheStreamForAsLongAsWeAsk() throws Exception {
        try (ProxyNetwork net = new ProxyNetwork()) {
            // Hundredths of a second: a port that says nothing for four seconds gets nothing.
            net.hub.ip(
                    "link",
                    "set",
                    "br0",
                    "type",
                    "bridge",
                    "mcast_snooping",
                    "1",
                    "mcast_membership_interval",
                    "400");
            LinkCapture atTv2 = LinkCapture.start(net.tv2, "eth0");
            var _ =
                    net.startDaemon(
                            "pinstance tv set query-interval 2s;",
                            "pinstance tv set query-response-interval 1s;");
            List<StreamSender> senders = new ArrayList<>();
            List<StreamReceiver> receivers = new ArrayList<>();
            for (IpAddress group : GROUPS) {
                senders.add(net.send(net.up, ProxyNetwork.node(group, 1, 10), group));
                receivers.add(net.join(net.tv1, group));
            }
            receivers.forEach(receiver -> ProxyNetwork.awaitPackets(receiver, 100));
            awaitRouterPort(net, "p0");

            // It floods until it trusts in the querier; then port p2 is silent.
            for (IpAddress group : GROUPS) {
                ProxyNetwork.awaitSilence(atTv2, ProxyNetwork.node(group, 1, 10), group);
            }
            List<Long> before = GROUPS.stream().map(group -> packets(atTv2, group)).toList();
            List<Long> lost = receivers.stream().map(one -> one.received().lost()).toList();
            // Five and a half seconds.
            ProxyNetwork.awaitWhole(receivers.getFirst(), 1100);
            ProxyNetwork.awaitWhole(receivers.getLast(), 100);
            assertThat(receivers.stream().map(one -> one.received().lost()).toList())
                    .as("lost at the port that joined")
                    .isEqualTo(lost);
            assertThat(GROUPS.stream().map(group -> packets(atTv2, group)).toList())
                    .as("packets at the port that did not join")
                    .isEqualTo(before);

            // The other one joins, the first one leaves.
            List<StreamReceiver> others =
                    GROUPS.stream().map(group -> net.join(net.tv2, group)).toList();
            others.forEach(receiver -> ProxyNetwork.awaitPackets(receiver, 50));
            receivers.forEach(StreamReceiver::leave);
            for (IpAddress group : GROUPS) {
                ProxyNetwork.awaitSilence(net.atTv1, ProxyNetwork.node(group, 1, 10), group);
            }
            others.forEach(receiver -> ProxyNetwork.awaitWhole(receiver, 100));
            assertThat(senders).allSatisfy(one -> assertThat(one.failure()).isEmpty());
        }
    }

    /** RFC 4286: what the bridge makes of the advertisement alone, seen where no router is. */
    @Test
    void theBridgeTakesThePortOfOurAdvertisementForARouters() throws Exception {
        try (ProxyNetwork net = new ProxyNetwork()) {
            net.hub.ip("link", "set", "br0", "type", "bridge", "mcast_snooping", "1");
            var _ = net.startDaemon();
            List<byte[]> advertisements = new ArrayList<>();
            for (Family family : Family.values()) {
                var frame =
                        ProxyNetwork.await(
                                        net.atTv1,
                                        "advertisement",
                                        seen ->
                                                seen.packet().message()
                                                                instanceof
                                                                Message.RouterAdvertisement found
                                                        && found.family() == family)
                                .frame()
                                .duplicate();
                byte[] bytes = new byte[frame.remaining()];
                frame.get(bytes);
                advertisements.add(bytes);
            }
            assertThat(routerPorts(net)).contains("\"p0\"").doesNotContain("\"p2\"");
            for (byte[] advertisement : advertisements) {
                ProxyNetwork.injectFrames(net.tv2, List.of(advertisement));
                awaitRouterPort(net, "p2");
                // Forgets the port.
                net.hub.ip("link", "set", "p2", "nomaster");
                net.hub.ip("link", "set", "p2", "master", "br0");
                assertThat(routerPorts(net)).doesNotContain("\"p2\"");
            }
        }
    }

    private static void awaitRouterPort(ProxyNetwork net, String port) {
        Await.until(
                ProxyNetwork.PATIENCE,
                () -> port + " among the routers' ports " + routerPorts(net),
                () -> routerPorts(net).contains('"' + port + '"'));
    }

    /** The end of what bridge(8) says as JSON: {@code "router":{"br0":[{"port":"p0"}]}}. */
    private static String routerPorts(ProxyNetwork net) {
        String shown = net.hub.run("bridge", "-j", "-d", "mdb", "show");
        int at = shown.indexOf("\"router\":");
        return at < 0 ? "" : shown.substring(at);
    }

    private static long packets(LinkCapture link, IpAddress group) {
        return link.flow(ProxyNetwork.node(group, 1, 10), group)
                .map(LinkCapture.Count::packets)
                .orElse(0L);
    }
}
