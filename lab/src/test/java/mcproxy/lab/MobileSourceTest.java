package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A source that moves from one downstream to another, as a mobile node does (RFC 7287). */
@InSandbox
class MobileSourceTest {
    private static final String ASM = "239.1.1.1";
    private static final String ASM_6 = "ff0e::1:1";

    /** The kernel tells of packets on a wrong interface once in three seconds. */
    private static final Duration LONG_BEFORE_THE_KERNEL = Duration.ofSeconds(2);

    private static IpAddress prepare(ProxyNetwork net, IpAddress group) throws Exception {
        var _ = net.startDaemon();
        IpAddress source = IpAddress.of(isIpv4(group) ? "10.9.9.9" : "2001:db8:9::9");
        for (Host host : List.of(net.tv1, net.tv3)) {
            host.address("eth0", source + (isIpv4(group) ? "/32" : "/128"));
        }
        return source;
    }

    private static boolean isIpv4(IpAddress group) {
        return group.family() == Family.IPV4;
    }

    private static List<String> paths(ProxyNetwork net, IpAddress group) {
        return MulticastRoute.of(net.proxy).stream()
                .filter(route -> route.group().equals(group.toString()))
                .map(MulticastRoute::path)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {ASM, ASM_6})
    void itsRouteFollowsBeforeTheKernelTellsAgain(String to) throws Exception {
        IpAddress group = IpAddress.of(to);
        try (ProxyNetwork net = new ProxyNetwork()) {
            IpAddress source = prepare(net, group);
            StreamReceiver receiver = net.join(net.up, group);
            StreamSender before = net.send(net.tv1, source, group);
            ProxyNetwork.awaitPackets(receiver, 200);
            assertThat(paths(net, group)).containsExactly("lan1 -> wan");

            before.close();
            receiver.expectPause();
            var _ = net.send(net.tv3, source, group);
            Optional<StreamReceiver.Pause> pause =
                    Await.value(ProxyNetwork.PATIENCE, receiver::pause);
            assertThat(pause).isPresent();
            Duration took = Duration.ofNanos(pause.get().toNanos() - pause.get().fromNanos());
            System.out.println("a source of " + group + " moved within " + took.toMillis() + " ms");
            assertThat(took).isLessThan(LONG_BEFORE_THE_KERNEL);
            assertThat(paths(net, group)).containsExactly("lan2 -> wan");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {ASM, ASM_6})
    void aCopyOnAnotherLinkIsNotFollowed(String to) throws Exception {
        IpAddress group = IpAddress.of(to);
        try (ProxyNetwork net = new ProxyNetwork()) {
            IpAddress source = prepare(net, group);
            StreamReceiver receiver = net.join(net.up, group);
            StreamSender first = net.send(net.tv1, source, group);
            ProxyNetwork.awaitPackets(receiver, 100);
            StreamSender copy = net.send(net.tv3, source, group);
            Await.until(
                    ProxyNetwork.PATIENCE,
                    "the kernel to count the copy",
                    () ->
                            MulticastRoute.of(net.proxy).stream()
                                    .anyMatch(route -> route.wrongInterface() > 200));
            assertThat(paths(net, group)).containsExactly("lan1 -> wan");
            assertThat(receiver.packetsBySender())
                    .containsOnlyKeys(first.number())
                    .doesNotContainKey(copy.number());
        }
    }
}
