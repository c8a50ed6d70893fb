package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Two proxies that exchange what their own hosts send (RFC 7287 5), by the documents' recipe. */
@InSandbox
class PeeringTest {
    /** Addresses in no network of the first proxy's downstreams. */
    private static final List<String> FOREIGN = List.of("10.9.9.9/32", "2001:db8:9::9/128");

    /**
     * Two proxies, each with a host upstream and a host of its own.
     *
     * <pre>
     *   up1 --- a1 [proxy1] a2 --- host1
     *                 ap
     *                 |
     *                 ap
     *   up2 --- a1 [proxy2] a2 --- host2
     * </pre>
     */
    private static final class Network implements AutoCloseable {
        final Lab lab = Lab.open();
        final List<Host> ups = List.of(lab.host("up1"), lab.host("up2"));
        final List<Host> proxies = List.of(lab.host("proxy1"), lab.host("proxy2"));
        final List<Host> hosts = List.of(lab.host("host1"), lab.host("host2"));
        final List<LinkCapture> atUps;
        final List<LinkCapture> atPeers;

        Network() {
            lab.link(proxies.get(0), "ap", proxies.get(1), "ap");
            for (int side = 0; side < 2; side++) {
                Host proxy = proxies.get(side);
                lab.link(ups.get(side), "eth0", proxy, "a1");
                lab.link(hosts.get(side), "eth0", proxy, "a2");
                address(ups.get(side), proxy, "a1", 1 + side);
                address(hosts.get(side), proxy, "a2", 11 + side);
                proxy.address("ap", "10.0.20." + (1 + side) + "/24");
                proxy.address("ap", "2001:db8:20::" + (1 + side) + "/64");
                proxy.awaitLinkLocal("ap");
            }
            FOREIGN.forEach(address -> hosts.get(0).address("eth0", address));
            atUps = ups.stream().map(up -> LinkCapture.start(up, "eth0")).toList();
            atPeers = proxies.stream().map(proxy -> LinkCapture.start(proxy, "ap")).toList();
        }

        private static void address(Host host, Host proxy, String device, int net) {
            ProxyNetwork.address(proxy, device, net, 1);
            ProxyNetwork.address(host, "eth0", net, 10);
            proxy.awaitLinkLocal(device);
            host.awaitLinkLocal("eth0");
        }

        LabProcess startDaemon(Host proxy) throws IOException {
            Path file = lab.folder().resolve(proxy + ".conf");
            Files.writeString(
                    file,
                    """
                    protocol IGMPv3, MLDv2;
                    pinstance A: ap a1 ==> ap a2;
                    pinstance A set peering-wait 25ms;
                    pinstance A upstream * in rulematching mutex 50;
                    """);
            return proxy.start("daemon of " + proxy, DaemonCommand.run(file, "-v", "-v"));
        }

        StreamSender send(Host from, IpAddress source, IpAddress group) {
            return StreamSender.start(
                    from, "eth0", new MulticastStream(source, group, ProxyNetwork.PORT, 200));
        }

        StreamReceiver join(Host host, IpAddress group) {
            return StreamReceiver.join(
                    host, "eth0", StreamReceiver.Subscription.anySource(group, ProxyNetwork.PORT));
        }

        @Override
        public void close() {
            lab.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"239.1.1.1", "ff0e::1:1"})
    void aPeerBringsWhatItsHostsSendAndNothingFromAbove(String to) throws Exception {
        IpAddress group = IpAddress.of(to);
        IpAddress host1 = ProxyNetwork.node(group, 11, 10);
        IpAddress up1 = ProxyNetwork.node(group, 1, 10);
        IpAddress up2 = ProxyNetwork.node(group, 2, 10);
        try (Network net = new Network()) {
            List<LabProcess> daemons =
                    List.of(
                            net.startDaemon(net.proxies.get(0)),
                            net.startDaemon(net.proxies.get(1)));
            Family family = group.family();
            for (LinkCapture peer : net.atPeers) {
                ProxyNetwork.await(peer, "query", seen -> seen.isGeneralQuery(family));
            }
            StreamSender own = net.send(net.hosts.get(0), host1, group);
            StreamReceiver receiver = net.join(net.hosts.get(1), group);
            Await.until(
                    ProxyNetwork.PATIENCE,
                    () -> "the peer's stream; " + daemons.get(0).tail(30) + daemons.get(1).tail(30),
                    () -> receiver.received().packets() >= 100);
            ProxyNetwork.awaitWhole(receiver, 200);
            assertThat(receiver.packetsBySender()).containsOnlyKeys(own.number());
            assertThat(net.atPeers.get(1).flow(host1, group)).isPresent();
            // RFC 4605 4.2: what a host sends goes up at its own proxy, but no peer sends it up.
            assertThat(net.atUps.get(0).flow(host1, group)).isPresent();
            assertThat(net.atUps.get(1).flow(host1, group)).isEmpty();

            // RFC 7287 5.3: a peer gets what is sent in networks of our own downstreams only.
            IpAddress foreign = IpAddress.of(family == Family.IPV4 ? "10.9.9.9" : "2001:db8:9::9");
            StreamSender stranger = net.send(net.hosts.get(0), foreign, group);
            Await.until(
                    ProxyNetwork.PATIENCE,
                    () -> "the stranger's stream at up1; " + daemons.get(0).tail(30),
                    () ->
                            net.atUps
                                    .get(0)
                                    .flow(foreign, group)
                                    .filter(flow -> flow.packets() >= 50)
                                    .isPresent());
            stranger.close();
            assertThat(stranger.failure()).isEmpty();
            assertThat(net.atPeers.get(1).flow(foreign, group)).isEmpty();
            assertThat(receiver.packetsBySender()).containsOnlyKeys(own.number());

            // What comes from above stays on its side: each proxy has an upstream of its own.
            StreamReceiver neighbour = net.join(net.hosts.get(0), group);
            StreamSender above1 = net.send(net.ups.get(0), up1, group);
            StreamSender above2 = net.send(net.ups.get(1), up2, group);
            awaitFrom(receiver, above2, daemons.get(1));
            awaitFrom(neighbour, above1, daemons.get(0));
            assertThat(receiver.packetsBySender()).containsOnlyKeys(own.number(), above2.number());
            assertThat(neighbour.packetsBySender()).containsOnlyKeys(above1.number());
            for (LinkCapture peer : net.atPeers) {
                assertThat(peer.flow(up1, group)).isEmpty();
                assertThat(peer.flow(up2, group)).isEmpty();
            }
            assertThat(receiver.received().duplicates()).isZero();
            for (StreamSender sender : List.of(own, above1, above2)) {
                assertThat(sender.failure()).isEmpty();
            }
        }
    }

    private static void awaitFrom(StreamReceiver receiver, StreamSender sender, LabProcess daemon) {
        Await.until(
                ProxyNetwork.PATIENCE,
                () ->
                        sender.stream()
                                + " at "
                                + receiver.host()
                                + ": "
                                + receiver.packetsBySender()
                                + daemon.tail(30),
                () -> receiver.packetsBySender().getOrDefault(sender.number(), 0L) >= 200);
    }
}
