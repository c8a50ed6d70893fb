package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.RecordType;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** Interfaces come, go and change under a daemon with a stream running. */
@InSandbox
class LifeCycleTest {
    private static final String ASM = "239.1.1.1";
    private static final String ASM_6 = "ff0e::1:1";
    private static final Duration SILENCE = Duration.ofMillis(500);

    private static int index(Host host, String device) {
        return Integer.parseInt(
                host.ip("-o", "link", "show", "dev", device).replaceAll(":.*\\s*", ""));
    }

    /** How often the group was reported upstream so far. */
    private static int reports(ProxyNetwork net, IpAddress group) {
        return net.atUp.membership(seen -> seen.reports(group)).size();
    }

    private static void awaitReport(ProxyNetwork net, IpAddress group, int before) {
        Await.until(
                ProxyNetwork.PATIENCE,
                () -> "a report of " + group + " among " + net.atUp.membership(_ -> true),
                () -> reports(net, group) > before);
    }

    private static int queries(LinkCapture link, Family family) {
        return link.membership(seen -> seen.isGeneralQuery(family)).size();
    }

    /** Makes a link between a host's eth0 and the proxy, which is heard from its beginning. */
    private static LinkCapture plug(Host host, Host proxy, String device, int net) {
        proxy.ip(
                "link",
                "add",
                device,
                "type",
                "veth",
                "peer",
                "name",
                "eth0",
                "netns",
                host.name());
        host.ip("link", "set", "eth0", "up");
        ProxyNetwork.address(host, "eth0", net, 10);
        LinkCapture capture = LinkCapture.start(host, "eth0");
        proxy.ip("link", "set", device, "up");
        ProxyNetwork.address(proxy, device, net, 1);
        host.awaitLinkLocal("eth0");
        return capture;
    }

    @ParameterizedTest
    @ValueSource(strings = {ASM, ASM_6})
    void theDaemonStartsWithNoneOfItsInterfacesAndTakesEachAsItAppears(String to) throws Exception {
        IpAddress group = IpAddress.of(to);
        try (Lab lab = Lab.open()) {
            Host up = lab.host("up");
            Host proxy = lab.host("proxy");
            Host tv = lab.host("tv");
            Path file = lab.folder().resolve("mcproxy.conf");
            Files.writeString(file, "protocol IGMPv3, MLDv2;\npinstance tv: wan ==> \"lan*\";\n");
            LabProcess daemon = proxy.start("daemon", DaemonCommand.run(file, "-v", "-v"));
            Await.until(
                    ProxyNetwork.PATIENCE,
                    () -> "the daemon to wait; it says " + daemon.tail(10),
                    () -> daemon.tail(10).toString().contains("no interface wan yet"));
            LinkCapture atTv = plug(tv, proxy, "lan7", 3);
            proxy.awaitLinkLocal("lan7");
            Await.until(
                    ProxyNetwork.PATIENCE,
                    () -> "a query; the daemon says " + daemon.tail(10),
                    () -> queries(atTv, group.family()) > 0);
            StreamReceiver receiver =
                    StreamReceiver.join(
                            tv,
                            "eth0",
                            StreamReceiver.Subscription.anySource(group, ProxyNetwork.PORT));
            ProxyNetwork.await(atTv, "join", seen -> seen.reports(group));
            LinkCapture atUp = plug(up, proxy, "wan", 1);
            ProxyNetwork.await(atUp, "report at once", seen -> seen.reports(group));
            StreamSender sender =
                    StreamSender.start(
                            up,
                            "eth0",
                            new MulticastStream(
                                    ProxyNetwork.node(group, 1, 10),
                                    group,
                                    ProxyNetwork.PORT,
                                    200));
            ProxyNetwork.awaitWhole(receiver, 200);
            assertThat(sender.failure()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {ASM, ASM_6})
    void anUpstreamGoesDownAndUpAndTheDownstreamKeepsItsMembers(String to) throws Exception {
        IpAddress group = IpAddress.of(to);
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ = net.startDaemon();
            IpAddress source = ProxyNetwork.node(group, 1, 10);
            var _ = net.send(net.up, source, group);
            StreamReceiver receiver = net.join(net.tv3, group);
            ProxyNetwork.awaitWhole(receiver, 100);
            int queries = queries(net.atTv3, group.family());

            net.proxy.ip("link", "set", "wan", "down");
            ProxyNetwork.awaitSilence(net.atTv3, source, group);
            int before = reports(net, group);
            net.proxy.ip("link", "set", "wan", "up");
            awaitReport(net, group, before);
            ProxyNetwork.awaitWhole(receiver, 200);

            net.up.ip("link", "set", "eth0", "down"); // carrier
            ProxyNetwork.awaitSilence(net.atTv3, source, group);
            // The kernel tells of carriers once in a second at most: of a short loss nothing.
            Await.until(
                    ProxyNetwork.PATIENCE,
                    "the loss of wan's carrier",
                    () -> net.proxy.ip("link", "show", "wan").contains("NO-CARRIER"));
            before = reports(net, group);
            net.up.ip("link", "set", "eth0", "up");
            awaitReport(net, group, before);
            ProxyNetwork.address(net.up, "eth0", 1, 20); // the first went with the carrier
            var _ = net.send(net.up, ProxyNetwork.node(group, 1, 20), group);
            ProxyNetwork.awaitWhole(receiver, 200);
            assertThat(queries(net.atTv3, group.family()))
                    .as("nobody is asked again below")
                    .isEqualTo(queries);
        }
    }

    /** As pppd does it: the device goes with the session, and the next one has other addresses. */
    @ParameterizedTest
    @ValueSource(strings = {ASM, ASM_6})
    void anUpstreamLikePppReconnectsAgainAndAgain(String to) throws Exception {
        IpAddress group = IpAddress.of(to);
        int sessions = 4;
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ = net.startDaemon();
            StreamReceiver receiver = net.join(net.tv3, group);
            awaitReport(net, group, 0);
            int queries = queries(net.atTv3, group.family());
            for (int session = 0; session < sessions; session++) {
                net.proxy.ip("link", "delete", "wan");
                String[] veth = {"type", "veth", "peer", "name", "eth0", "netns", "up"};
                net.proxy.ip(with(List.of("link", "add", "ppp0"), veth));
                net.up.ip("link", "set", "eth0", "up");
                ProxyNetwork.address(net.up, "eth0", 20 + session, 10);
                LinkCapture atUp = LinkCapture.start(net.up, "eth0");
                net.proxy.ip("link", "set", "ppp0", "name", "wan"); // its option ifname
                String peer = "10.0." + (20 + session) + ".10/32";
                String local = "100.64.0." + (1 + session);
                net.proxy.ip("address", "add", local, "peer", peer, "dev", "wan");
                net.proxy.ip("link", "set", "wan", "up");
                ProxyNetwork.await(atUp, "report at once", seen -> seen.reports(group));
                var _ = net.send(net.up, ProxyNetwork.node(group, 20 + session, 10), group);
                ProxyNetwork.awaitWhole(receiver, 100);
                if (group.family() == Family.IPV4) {
                    ProxyNetwork.await(
                            atUp,
                            "report from " + local,
                            seen ->
                                    seen.reports(group)
                                            && seen.packet().source().equals(IpAddress.of(local)));
                }
            }
            assertThat(queries(net.atTv3, group.family()))
                    .as("nobody is asked again below")
                    .isEqualTo(queries);
        }
    }

    private static String[] with(List<String> arguments, String... more) {
        return Stream.concat(arguments.stream(), Stream.of(more)).toArray(String[]::new);
    }

    @ParameterizedTest
    @ValueSource(strings = {ASM, ASM_6})
    void anUpstreamIsDeletedAndReturnsWithAnotherIndexAndAddress(String to) throws Exception {
        IpAddress group = IpAddress.of(to);
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ = net.startDaemon();
            var _ = net.send(net.up, ProxyNetwork.node(group, 1, 10), group);
            StreamReceiver receiver = net.join(net.tv3, group);
            ProxyNetwork.awaitWhole(receiver, 100);
            int index = index(net.proxy, "wan");
            int queries = queries(net.atTv3, group.family());

            net.proxy.ip("link", "delete", "wan");
            ProxyNetwork.awaitSilence(net.atTv3, ProxyNetwork.node(group, 1, 10), group);
            LinkCapture atUp = plug(net.up, net.proxy, "wan", 8);
            assertThat(index(net.proxy, "wan")).isNotEqualTo(index);
            ProxyNetwork.await(atUp, "report at once", seen -> seen.reports(group));
            var _ = net.send(net.up, ProxyNetwork.node(group, 8, 10), group);
            ProxyNetwork.awaitPackets(receiver, 200);
            assertThat(queries(net.atTv3, group.family())).isEqualTo(queries);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {ASM, ASM_6})
    void aDownstreamIsDeletedAndReturnsWithAnotherIndex(String to) throws Exception {
        IpAddress group = IpAddress.of(to);
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ = net.startDaemon();
            IpAddress source = ProxyNetwork.node(group, 1, 10);
            var _ = net.send(net.up, source, group);
            StreamReceiver stays = net.join(net.tv1, group);
            ProxyNetwork.awaitWhole(stays, 100);
            var _ = net.join(net.tv3, group);
            ProxyNetwork.await(net.atTv3, "join", seen -> seen.reports(group));
            Await.until(
                    ProxyNetwork.PATIENCE,
                    "the join to be said twice (RFC 9776 5.1)",
                    () -> reports(net, group) == 2);
            StreamReceiver.Received before = stays.received();
            int said = reports(net, group);

            net.proxy.ip("link", "delete", "lan2");
            LinkCapture again = plug(net.tv3, net.proxy, "lan2", 3);
            ProxyNetwork.await(again, "query", seen -> seen.isGeneralQuery(group.family()));
            StreamReceiver back = net.join(net.tv3, group);
            ProxyNetwork.awaitWhole(back, 100);
            assertThat(stays.received().lost()).isEqualTo(before.lost());
            assertThat(stays.received().duplicates()).isZero();
            assertThat(reports(net, group)).as("the other one stayed").isEqualTo(said);

            stays.leave();
            awaitRoute(net, group, "wan -> lan2");
            net.proxy.ip("link", "delete", "lan2");
            ProxyNetwork.await(net.atUp, "leave", seen -> leaves(seen, group));
            awaitRoute(net, group, "wan -> (dropped)");
        }
    }

    private static boolean leaves(LinkCapture.Seen seen, IpAddress group) {
        return seen.packet().message() instanceof Message.Report report
                && report.records().contains(new GroupRecord(RecordType.TO_IN, group, List.of()));
    }

    private static void awaitRoute(ProxyNetwork net, IpAddress group, String path) {
        Await.until(
                ProxyNetwork.PATIENCE,
                () -> path + ", not " + paths(net.proxy, group),
                () -> paths(net.proxy, group).equals(List.of(path)));
    }

    private static List<String> paths(Host proxy, IpAddress group) {
        return MulticastRoute.of(proxy).stream()
                .filter(route -> route.group().equals(group.toString()))
                .map(MulticastRoute::path)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {ASM, ASM_6})
    void aDownstreamIsRenamedAwayAndBack(String to) throws Exception {
        IpAddress group = IpAddress.of(to);
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ = net.startDaemon("pinstance tv set query-response-interval 1s;");
            IpAddress source = ProxyNetwork.node(group, 1, 10);
            var _ = net.send(net.up, source, group);
            StreamReceiver receiver = net.join(net.tv3, group);
            ProxyNetwork.awaitWhole(receiver, 100);
            int before = reports(net, group);

            rename(net.proxy, "lan2", "other");
            ProxyNetwork.awaitSilence(net.atTv3, source, group);
            awaitReport(net, group, before);
            int queries = queries(net.atTv3, group.family());
            rename(net.proxy, "other", "lan2");
            Await.until(
                    ProxyNetwork.PATIENCE,
                    "a query",
                    () -> queries(net.atTv3, group.family()) > queries);
            // Nobody joins anew: the host's answer to the query brings the stream back.
            ProxyNetwork.awaitPackets(receiver, 200);
        }
    }

    /** Without taking it down, which Linux allows since 6.2; its addresses stay. */
    private static void rename(Host host, String from, String to) {
        host.ip("link", "set", "dev", from, "name", to);
    }

    /** By its name an interface may belong to another instance, or to the other side of one. */
    @ParameterizedTest
    @ValueSource(strings = {ASM, ASM_6})
    void anInterfaceIsRenamedFromOnePatternToAnother(String to) throws Exception {
        IpAddress group = IpAddress.of(to);
        try (Lab lab = Lab.open()) {
            Host proxy = lab.host("proxy");
            Host upA = lab.host("up-a");
            Host upB = lab.host("up-b");
            Host tv = lab.host("tv");
            LinkCapture atA = plug(upA, proxy, "a-up", 1);
            LinkCapture atB = plug(upB, proxy, "b-up", 2);
            LinkCapture atTv = plug(tv, proxy, "a-1", 3);
            Path file = lab.folder().resolve("mcproxy.conf");
            Files.writeString(
                    file,
                    """
                    protocol IGMPv3, MLDv2;
                    pinstance a: "a-up*" ==> "a-*";
                    pinstance b: "b-up*" ==> "b-*";
                    set query-response-interval 1s; # no host answers later than that
                    """);
            LabProcess daemon = proxy.start("daemon", DaemonCommand.run(file, "-v", "-v"));
            StreamSender fromA = send(upA, group, 1);
            StreamSender fromB = send(upB, group, 2);
            ProxyNetwork.await(atTv, "query", seen -> seen.isGeneralQuery(group.family()));
            StreamReceiver receiver =
                    StreamReceiver.join(
                            tv,
                            "eth0",
                            StreamReceiver.Subscription.anySource(group, ProxyNetwork.PORT));
            awaitFrom(receiver, fromA, daemon);
            assertThat(atB.first(seen -> seen.reports(group))).isEmpty();

            // To another instance: the one hears that it has gone, the other that it is there.
            rename(proxy, "a-1", "b-1");
            ProxyNetwork.await(atA, "leave", seen -> leaves(seen, group));
            ProxyNetwork.await(atB, "join", seen -> seen.reports(group));
            awaitFrom(receiver, fromB, daemon);
            awaitNothingFrom(receiver, fromA);
            rename(proxy, "b-1", "a-1");
            awaitFrom(receiver, fromA, daemon);
            awaitNothingFrom(receiver, fromB);

            // From up to down and back.
            int queries = queries(atA, group.family());
            rename(proxy, "a-up", "a-2");
            Await.until(
                    ProxyNetwork.PATIENCE,
                    () -> "a query where reports went; the daemon says " + daemon.tail(10),
                    () -> queries(atA, group.family()) > queries);
            // A source below is heard by the others below (RFC 4605 3.2).
            awaitFrom(receiver, fromA, daemon);
            assertThat(paths(proxy, group)).contains("a-2 -> a-1").doesNotContain("a-up -> a-1");
            int reports = atA.membership(seen -> seen.reports(group)).size();
            rename(proxy, "a-2", "a-up");
            Await.until(
                    ProxyNetwork.PATIENCE,
                    () -> "a report where queries went; the daemon says " + daemon.tail(10),
                    () -> atA.membership(seen -> seen.reports(group)).size() > reports);
            awaitFrom(receiver, fromA, daemon);
        }
    }

    private static StreamSender send(Host host, IpAddress group, int net) {
        IpAddress source = ProxyNetwork.node(group, net, 10);
        return StreamSender.start(
                host, "eth0", new MulticastStream(source, group, ProxyNetwork.PORT, 200));
    }

    private static long from(StreamReceiver receiver, StreamSender sender) {
        return receiver.packetsBySender().getOrDefault(sender.number(), 0L);
    }

    private static void awaitFrom(StreamReceiver receiver, StreamSender sender, LabProcess daemon) {
        long wanted = from(receiver, sender) + 200;
        Await.until(
                ProxyNetwork.PATIENCE,
                () ->
                        wanted
                                + " packets of "
                                + sender.stream()
                                + ", of "
                                + from(receiver, sender)
                                + "; the daemon says "
                                + daemon.tail(10),
                () -> from(receiver, sender) >= wanted);
    }

    private static void awaitNothingFrom(StreamReceiver receiver, StreamSender sender) {
        long[] before = {-1, System.nanoTime()};
        Await.until(
                ProxyNetwork.PATIENCE,
                () -> "no more packets of " + sender.stream(),
                () -> {
                    long packets = from(receiver, sender);
                    if (packets != before[0]) {
                        before[0] = packets;
                        before[1] = System.nanoTime();
                    }
                    return System.nanoTime() - before[1] > SILENCE.toNanos();
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {ASM, ASM_6})
    void addressesChangeAndNothingIsLost(String to) throws Exception {
        IpAddress group = IpAddress.of(to);
        boolean ipv4 = group.family() == Family.IPV4;
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ = net.startDaemon();
            IpAddress source = ProxyNetwork.node(group, 1, 10);
            var _ = net.send(net.up, source, group);
            StreamReceiver receiver = net.join(net.tv3, group);
            ProxyNetwork.awaitWhole(receiver, 100);
            long lost = receiver.received().lost();
            IpAddress wan = IpAddress.of(ipv4 ? "10.0.1.77" : "fe80::77");
            IpAddress lan = IpAddress.of(ipv4 ? "10.0.3.77" : "fe80::78");
            for (String device : List.of("wan", "lan2")) {
                net.proxy.ip("address", "flush", "dev", device);
            }
            ProxyNetwork.awaitWhole(receiver, 200); // without any
            String length = ipv4 ? "/24" : "/64";
            net.proxy.address("wan", wan + length);
            net.proxy.address("lan2", lan + length);
            ProxyNetwork.await(
                    net.atUp,
                    "report from the new address",
                    seen -> seen.reports(group) && seen.packet().source().equals(wan));
            ProxyNetwork.await(
                    net.atTv3,
                    "query from the new address",
                    seen ->
                            seen.isGeneralQuery(group.family())
                                    && seen.packet().source().equals(lan));
            ProxyNetwork.awaitPackets(receiver, 200);
            assertThat(receiver.received().lost()).isEqualTo(lost);
            assertThat(receiver.received().duplicates()).isZero();
        }
    }
}
