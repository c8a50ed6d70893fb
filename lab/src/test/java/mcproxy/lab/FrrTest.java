package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.avaje.jsonb.Jsonb;

import mcproxy.lab.StreamReceiver.Subscription;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** FRR's pimd as the router above the proxy: another implementation hears what we report. */
@InSandbox
class FrrTest {
    private static final Path PROGRAMS = Path.of("/usr/lib/frr");
    private static final IpAddress SOURCE = IpAddress.of("10.0.1.10");
    private static final IpAddress GROUP = IpAddress.of("239.1.1.1");
    private static final IpAddress CHANNEL = IpAddress.of("232.1.1.1");

    /**
     * The network.
     *
     * <pre>
     *   source --- east [router] west --- wan [proxy] lan --- tv
     * </pre>
     */
    private static final class Network implements AutoCloseable {
        final Lab lab = Lab.open();
        final Host source = lab.host("source");
        final Host router = lab.host("router");
        final Host proxy = lab.host("proxy");
        final Host tv = lab.host("tv");
        final LinkCapture above;

        Network() {
            lab.link(source, "eth0", router, "east");
            lab.link(router, "west", proxy, "wan");
            lab.link(proxy, "lan", tv, "eth0");
            ProxyNetwork.address(router, "east", 1, 1);
            ProxyNetwork.address(source, "eth0", 1, 10);
            ProxyNetwork.address(router, "west", 2, 1);
            ProxyNetwork.address(proxy, "wan", 2, 10);
            ProxyNetwork.address(proxy, "lan", 3, 1);
            ProxyNetwork.address(tv, "eth0", 3, 10);
            router.sysctl("net.ipv4.ip_forward", 1);
            above = LinkCapture.start(proxy, "wan");
        }

        void startRouter(int version) throws Exception {
            Path file = lab.folder().resolve("frr.conf");
            // Memberships end after 2 x 2 s + 1 s without an answer.
            Files.writeString(
                    file,
                    """
                    ip pim rp 10.0.1.1 239.0.0.0/8
                    interface east
                     ip pim
                    interface west
                     ip pim
                     ip igmp
                     ip igmp version %d
                     ip igmp query-max-response-time 10
                     ip igmp query-interval 2
                     ip igmp last-member-query-interval 3
                    """
                            .formatted(version));
            LabProcess zebra = startProgram("zebra", Path.of("/dev/null"));
            Await.until(
                    ProxyNetwork.PATIENCE,
                    () -> "the socket of zebra, which says " + zebra.tail(10),
                    () -> Files.exists(lab.folder().resolve("zserv.api")));
            LabProcess pimd = startProgram("pimd", file);
            Await.until(
                    ProxyNetwork.PATIENCE,
                    () -> "a query; pimd says " + pimd.tail(20),
                    () -> above.first(seen -> !seen.outgoing() && isQuery(seen)).isPresent());
        }

        private LabProcess startProgram(String name, Path configuration) {
            return router.start(
                    name,
                    List.of(
                            PROGRAMS.resolve(name).toString(),
                            // Built with a group for its sockets, which its own group has to be.
                            "-u",
                            "root",
                            "-g",
                            "frrvty",
                            "-f",
                            configuration.toString(),
                            "-z",
                            lab.folder().resolve("zserv.api").toString(),
                            "-i",
                            lab.folder().resolve(name + ".pid").toString(),
                            "--vty_socket",
                            lab.folder().toString(),
                            "-P",
                            "0",
                            "--log",
                            "stdout"));
        }

        StreamSender send(IpAddress group) {
            return StreamSender.start(
                    source, "eth0", new MulticastStream(SOURCE, group, ProxyNetwork.PORT, 200));
        }

        StreamReceiver join(Subscription subscription) {
            return StreamReceiver.join(tv, "eth0", subscription);
        }

        /** What pimd shows about the link to us, as JSON. */
        Map<?, ?> shown(String what) {
            String text =
                    Command.run(
                            "vtysh",
                            "--vty_socket",
                            lab.folder().toString(),
                            "-c",
                            "show ip igmp " + what + " json");
            var all = Jsonb.instance().type(Object.class).fromJson(text);
            return all instanceof Map<?, ?> map && map.get("west") instanceof Map<?, ?> west
                    ? west
                    : Map.of();
        }

        /** What pimd knows of a group on the link to us; empty when nothing. */
        Map<?, ?> groupShown(IpAddress group) {
            if (shown("groups").get("groups") instanceof List<?> groups) {
                for (Object one : groups) {
                    if (one instanceof Map<?, ?> map && group.toString().equals(map.get("group"))) {
                        return map;
                    }
                }
            }
            return Map.of();
        }

        @Override
        public void close() {
            lab.close();
        }
    }

    private static boolean isQuery(LinkCapture.Seen seen) {
        return seen.packet().message() instanceof Message.Query;
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 2})
    void pimdSeesOurMembershipsAndItsStreamsCrossUs(int version) throws Exception {
        assumeThat(PROGRAMS.resolve("pimd"))
                .as("FRR's pimd routes above the proxy; install it with: apt-get install frr")
                .exists();
        assumeThat(Path.of("/proc/self/uid_map"))
                .as("FRR changes to a group of its own, which only the true root may")
                .content()
                .contains("4294967295");
        try (Network net = new Network()) {
            Path file = net.lab.folder().resolve("mcproxy.conf");
            Files.writeString(
                    file,
                    """
                    protocol IGMPv3;
                    pinstance tv: wan ==> lan;
                    pinstance tv set last-member-query-interval 300ms;
                    """);
            LabProcess daemon = net.proxy.start("daemon", DaemonCommand.run(file, "-v"));
            LinkCapture below = LinkCapture.start(net.tv, "eth0");
            ProxyNetwork.await(below, "query", FrrTest::isQuery);
            net.startRouter(version);
            StreamSender sender = net.send(GROUP);
            StreamReceiver any = net.join(Subscription.anySource(GROUP, ProxyNetwork.PORT));
            // Six seconds: without our answers to its queries pimd forgets a group after five.
            ProxyNetwork.awaitWhole(any, 1200);
            assertThat(net.groupShown(GROUP).get("version")).asString().isEqualTo("" + version);
            assertThat(net.above.first(seen -> seen.outgoing() && isQuery(seen))).isEmpty();
            if (version == 3) {
                assertThat(net.groupShown(GROUP).get("mode")).isEqualTo("EXCLUDE");
                aChannelCrosses(net);
            }
            any.leave();
            Await.until(
                    ProxyNetwork.PATIENCE,
                    () -> "the leave in " + net.shown("groups"),
                    () -> net.groupShown(GROUP).isEmpty());
            ProxyNetwork.awaitSilence(net.above, SOURCE, GROUP);
            assertThat(sender.failure()).isEmpty();
            assertThat(daemon.isAlive()).isTrue();
        }
    }

    /** In IGMPv2 there are none. */
    private static void aChannelCrosses(Network net) {
        StreamSender sender = net.send(CHANNEL);
        StreamReceiver receiver =
                net.join(Subscription.channel(SOURCE, CHANNEL, ProxyNetwork.PORT));
        ProxyNetwork.awaitWhole(receiver, 100);
        assertThat(net.groupShown(CHANNEL).get("mode")).isEqualTo("INCLUDE");
        assertThat(net.shown("sources").get(CHANNEL.toString()))
                .asString()
                .contains("source=" + SOURCE);
        receiver.leave();
        Await.until(
                ProxyNetwork.PATIENCE,
                () -> "the leave in " + net.shown("sources"),
                () -> net.shown("sources").get(CHANNEL.toString()) == null);
        ProxyNetwork.awaitSilence(net.above, SOURCE, CHANNEL);
        assertThat(sender.failure()).isEmpty();
    }
}
