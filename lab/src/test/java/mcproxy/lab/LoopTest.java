package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.wire.IpAddress;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A cable too many: the upstream and a downstream are on one link, where the source is, too.
 *
 * <pre>
 *   src ---- hub ---- wan  [proxy] lan2 ---- tv
 *             +------ lan1 [proxy]
 * </pre>
 */
@InSandbox
class LoopTest {
    @ParameterizedTest
    @ValueSource(strings = {"239.1.1.1", "ff0e::1:1"})
    void aLoopIsToldAndDoesNotMeltTheLink(String to) throws Exception {
        IpAddress group = IpAddress.of(to);
        try (Lab lab = Lab.open()) {
            Host src = lab.host("src");
            Host hub = lab.host("hub");
            Host proxy = lab.host("proxy");
            Host tv = lab.host("tv");
            lab.link(proxy, "wan", hub, "p0");
            lab.link(proxy, "lan1", hub, "p1");
            lab.link(src, "eth0", hub, "p2");
            lab.bridge(hub, "br0", "p0", "p1", "p2");
            lab.link(tv, "eth0", proxy, "lan2");
            ProxyNetwork.address(proxy, "wan", 1, 1);
            ProxyNetwork.address(src, "eth0", 1, 10);
            ProxyNetwork.address(proxy, "lan1", 2, 1);
            ProxyNetwork.address(proxy, "lan2", 3, 1);
            ProxyNetwork.address(tv, "eth0", 3, 10);
            for (String name : List.of("wan", "lan1", "lan2")) {
                proxy.awaitLinkLocal(name);
            }
            tv.awaitLinkLocal("eth0");
            LinkCapture atTv = LinkCapture.start(tv, "eth0");
            LinkCapture atSource = LinkCapture.start(src, "eth0");
            Path file = lab.folder().resolve("loop.conf");
            Files.writeString(file, "protocol IGMPv3, MLDv2;\npinstance tv: wan ==> lan1 lan2;\n");
            LabProcess daemon = proxy.start("daemon", DaemonCommand.run(file));
            ProxyNetwork.await(atTv, "query", seen -> seen.isGeneralQuery(group.family()));

            IpAddress source = ProxyNetwork.node(group, 1, 10);
            StreamReceiver receiver = watch(src, tv, source, group);
            ProxyNetwork.awaitPackets(receiver, 200);
            Await.until(
                    ProxyNetwork.PATIENCE,
                    () -> "a word about the loop in " + daemon.tail(20),
                    () -> daemon.tail(20).stream().anyMatch(line -> line.contains("are one link")));
            Await.until(
                    ProxyNetwork.PATIENCE,
                    () -> "no way from lan1 up among " + MulticastRoute.of(proxy),
                    () -> MulticastRoute.of(proxy).stream().noneMatch(LoopTest::circles));
            // What comes to the source is what the proxy puts on its link: of 405 packets 2835 when
            // those from lan1 went to wan, came in on lan1, and again, with seven hops.
            long before = packets(atSource, source, group);
            ProxyNetwork.awaitPackets(receiver, 400);
            assertThat(packets(atSource, source, group) - before).isZero();
            assertThat(receiver.received().duplicates()).isZero();
            assertThat(daemon.isAlive()).isTrue();
        }
    }

    /**
     * Two proxies, each of which has the other's downstream as its upstream.
     *
     * <pre>
     *   src ---- hub br1 ---- one [a] two ---- hub br2 ---- tv
     *               +-------- one [b] two --------+
     * </pre>
     */
    @ParameterizedTest
    @ValueSource(strings = {"239.1.1.1", "ff0e::1:1"})
    void inARingOfProxiesNothingCirclesAndEachTellsOfIt(String to) throws Exception {
        IpAddress group = IpAddress.of(to);
        try (Lab lab = Lab.open()) {
            Host src = lab.host("src");
            Host hub = lab.host("hub");
            Host tv = lab.host("tv");
            Host a = lab.host("a");
            Host b = lab.host("b");
            lab.link(src, "eth0", hub, "p1");
            lab.link(a, "one", hub, "p2");
            lab.link(b, "one", hub, "p3");
            lab.link(tv, "eth0", hub, "q1");
            lab.link(a, "two", hub, "q2");
            lab.link(b, "two", hub, "q3");
            lab.bridge(hub, "br1", "p1", "p2", "p3");
            lab.bridge(hub, "br2", "q1", "q2", "q3");
            ProxyNetwork.address(src, "eth0", 1, 10);
            ProxyNetwork.address(tv, "eth0", 2, 10);
            int node = 0;
            for (Host proxy : List.of(a, b)) {
                node++;
                for (int net = 1; net <= 2; net++) {
                    String device = net == 1 ? "one" : "two";
                    proxy.address(device, "10.0." + net + "." + node + "/24");
                    proxy.address(device, "2001:db8:" + net + "::" + node + "/64");
                }
                proxy.awaitLinkLocal("one");
                proxy.awaitLinkLocal("two");
            }
            tv.awaitLinkLocal("eth0");
            LinkCapture atSource = LinkCapture.start(src, "eth0");
            LinkCapture atTv = LinkCapture.start(tv, "eth0");
            LabProcess first = proxy(lab, a, "one ==> two");
            LabProcess second = proxy(lab, b, "two ==> one");
            ProxyNetwork.await(atTv, "query", seen -> seen.isGeneralQuery(group.family()));
            ProxyNetwork.await(atSource, "query", seen -> seen.isGeneralQuery(group.family()));

            IpAddress source = ProxyNetwork.node(group, 1, 10);
            StreamReceiver receiver = watch(src, tv, source, group);
            ProxyNetwork.awaitPackets(receiver, 1000);
            for (LabProcess proxy : List.of(first, second)) {
                Await.until(
                        ProxyNetwork.PATIENCE,
                        () -> "a word about the ring in " + proxy.tail(20),
                        () ->
                                proxy.tail(20).stream()
                                        .anyMatch(line -> line.contains("a loop, or two senders")));
            }
            long before = packets(atSource, source, group);
            long sent = receiver.received().packets();
            ProxyNetwork.awaitPackets(receiver, 1000);
            long doubled = receiver.received().packets() - sent;
            assertThat(packets(atSource, source, group) - before)
                    .as("back on the source's link, of %s that came to the receiver", doubled)
                    .isZero();
        }
    }

    /** Has a receiver join, and then 200 packets a second sent to it. */
    private static StreamReceiver watch(Host from, Host at, IpAddress source, IpAddress group) {
        StreamReceiver receiver =
                StreamReceiver.join(
                        at,
                        "eth0",
                        StreamReceiver.Subscription.anySource(group, ProxyNetwork.PORT));
        var _ =
                StreamSender.start(
                        from, "eth0", new MulticastStream(source, group, ProxyNetwork.PORT, 200));
        return receiver;
    }

    private static LabProcess proxy(Lab lab, Host host, String links) throws Exception {
        Path file = lab.folder().resolve(host.name() + ".conf");
        Files.writeString(file, "protocol IGMPv3, MLDv2;\npinstance tv: " + links + ";\n");
        return host.start("daemon of " + host.name(), DaemonCommand.run(file));
    }

    private static boolean circles(MulticastRoute route) {
        List<MulticastRoute.Outgoing> outgoing = route.outgoing();
        return "lan1".equals(route.incoming())
                && outgoing != null
                && outgoing.contains(new MulticastRoute.Outgoing("wan"));
    }

    private static long packets(LinkCapture link, IpAddress source, IpAddress group) {
        return link.flow(source, group).map(LinkCapture.Count::packets).orElse(0L);
    }
}
