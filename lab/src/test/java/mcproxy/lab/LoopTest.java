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
            StreamReceiver receiver =
                    StreamReceiver.join(
                            tv,
                            "eth0",
                            StreamReceiver.Subscription.anySource(group, ProxyNetwork.PORT));
            var _ =
                    StreamSender.start(
                            src,
                            "eth0",
                            new MulticastStream(source, group, ProxyNetwork.PORT, 200));
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
