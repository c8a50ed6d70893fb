package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.lab.StreamReceiver.Subscription;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Instances with tables of their own: the kernel's rules, and what flows by them. */
@InSandbox
class InstancesTest {
    /** One source for all upstreams, so that nothing but the tables keeps the streams apart. */
    private static final List<String> SOURCES = List.of("10.9.9.9/32", "2001:db8:9::9/128");

    private static final List<IpAddress> EVERYBODYS =
            List.of(IpAddress.of("239.1.1.1"), IpAddress.of("ff0e::1:1"));
    private static final List<IpAddress> THE_FIRSTS =
            List.of(IpAddress.of("239.1.1.2"), IpAddress.of("ff0e::1:2"));

    /**
     * As many parts as there are instances, each with a host upstream and a receiver.
     *
     * <pre>
     *   up1 --- wan1 [      ] lan1 --- tv1
     *   up2 --- wan2 [proxy ] lan2 --- tv2
     *   ...
     * </pre>
     */
    private static final class Network implements AutoCloseable {
        final Lab lab = Lab.open();
        final Host proxy = lab.host("proxy");
        final List<Host> ups = new ArrayList<>();
        final List<Host> tvs = new ArrayList<>();
        final List<LinkCapture> atTvs = new ArrayList<>();

        Network(int parts) {
            for (int part = 1; part <= parts; part++) {
                Host up = lab.host("up" + part);
                lab.link(up, "eth0", proxy, "wan" + part);
                ends(up, "wan" + part, part);
                SOURCES.forEach(source -> up.address("eth0", source));
                ups.add(up);
                Host tv = lab.host("tv" + part);
                lab.link(proxy, "lan" + part, tv, "eth0");
                ends(tv, "lan" + part, 10 + part);
                tvs.add(tv);
                atTvs.add(LinkCapture.start(tv, "eth0"));
            }
        }

        void ends(Host host, String device, int net) {
            ProxyNetwork.address(proxy, device, net, 1);
            ProxyNetwork.address(host, "eth0", net, 10);
            proxy.awaitLinkLocal(device);
            host.awaitLinkLocal("eth0");
        }

        LabProcess startDaemon(String... statements) throws IOException {
            Path file = lab.folder().resolve("mcproxy.conf");
            Files.writeString(
                    file,
                    """
                    protocol IGMPv3, MLDv2;
                    set last-member-query-interval 300ms;
                    """
                            + String.join("\n", statements));
            LabProcess daemon = proxy.start("daemon", DaemonCommand.run(file, "-v", "-v"));
            atTvs.forEach(link -> awaitQueries(link, daemon));
            return daemon;
        }

        void awaitQueries(LinkCapture link, LabProcess daemon) {
            for (Family family : Family.values()) {
                Await.until(
                        ProxyNetwork.PATIENCE,
                        () -> "a query on " + link + "; the daemon says " + daemon.tail(20),
                        () -> link.first(seen -> seen.isGeneralQuery(family)).isPresent());
            }
        }

        StreamSender send(Host from, IpAddress group) {
            return StreamSender.start(
                    from,
                    "eth0",
                    new MulticastStream(source(group), group, ProxyNetwork.PORT, 100));
        }

        StreamReceiver join(Host host, IpAddress group) {
            return StreamReceiver.join(
                    host, "eth0", Subscription.anySource(group, ProxyNetwork.PORT));
        }

        /** Our rules in the kernel. */
        List<String> rules(Family family) {
            return allRules(family).stream().filter(rule -> rule.contains("proto 109")).toList();
        }

        private List<String> allRules(Family family) {
            String flag =
                    switch (family) {
                        case IPV4 -> "-4";
                        case IPV6 -> "-6";
                    };
            return proxy.ip(flag, "mrule", "show").lines().map(String::strip).toList();
        }

        void awaitRules(Predicate<List<String>> condition, LabProcess daemon) {
            for (Family family : Family.values()) {
                Await.until(
                        ProxyNetwork.PATIENCE,
                        () -> "other rules than " + rules(family) + "; " + daemon.tail(20),
                        () -> condition.test(rules(family)));
            }
        }

        /** Ends the daemon as its user would, and looks for anything that it left. */
        void assertStopsAndLeavesNothing(LabProcess daemon) throws IOException {
            LabProcess.Ended ended = daemon.stop(Duration.ofSeconds(5));
            assertThat(ended.killed()).isFalse();
            assertThat(ended.status()).as("%s", daemon.tail(20)).isZero();
            for (Family family : Family.values()) {
                assertThat(allRules(family)).hasSize(1).allMatch(rule -> rule.startsWith("32767:"));
            }
            assertThat(proxy.ip("-4", "mroute", "show", "table", "all")).isBlank();
            assertThat(proxy.ip("-6", "mroute", "show", "table", "all")).isBlank();
            // Up by one with each virtual interface and owner of a table (ipmr.c vif_add).
            for (String family : List.of("ipv4", "ipv6")) {
                String set = "cat /proc/sys/net/" + family + "/conf/*/mc_forwarding";
                assertThat(proxy.run("sh", "-c", set).lines()).containsOnly("0");
            }
        }

        @Override
        public void close() {
            lab.close();
        }
    }

    private static IpAddress source(IpAddress group) {
        return IpAddress.of(group.family() == Family.IPV4 ? "10.9.9.9" : "2001:db8:9::9");
    }

    private static void assertOnlyFrom(StreamReceiver receiver, StreamSender sender) {
        assertThat(receiver.packetsBySender())
                .as("packets at %s by sender", receiver.host())
                .containsOnlyKeys(sender.number());
        assertThat(receiver.received().duplicates()).isZero();
    }

    @Test
    void nothingLeaksBetweenThreeInstances() throws Exception {
        try (Network net = new Network(3)) {
            LabProcess daemon =
                    net.startDaemon(
                            "pinstance one: wan1 ==> lan1;",
                            "pinstance two(10): wan2 ==> lan2;",
                            "pinstance three: wan3 ==> lan3;");
            List<StreamSender> senders = new ArrayList<>();
            List<StreamReceiver> receivers = new ArrayList<>();
            for (int part = 0; part < 3; part++) {
                for (IpAddress group : EVERYBODYS) {
                    senders.add(net.send(net.ups.get(part), group));
                    receivers.add(net.join(net.tvs.get(part), group));
                }
                for (IpAddress group : THE_FIRSTS) {
                    var _ = net.send(net.ups.get(part), group);
                }
            }
            for (IpAddress group : THE_FIRSTS) {
                ProxyNetwork.awaitPackets(net.join(net.tvs.getFirst(), group), 100);
            }
            receivers.forEach(receiver -> ProxyNetwork.awaitPackets(receiver, 200));
            for (Family family : Family.values()) {
                assertThat(net.rules(family))
                        .as("rules of %s", family)
                        .hasSize(12)
                        .allMatch(rule -> rule.startsWith("32000:"));
                assertThat(net.rules(family))
                        .filteredOn(rule -> rule.contains("wan2") || rule.contains("lan2"))
                        .hasSize(4)
                        .allMatch(rule -> rule.contains("lookup 10 "));
            }

            receivers.get(2).leave();
            receivers.get(3).leave();
            for (IpAddress group : EVERYBODYS) {
                ProxyNetwork.awaitSilence(net.atTvs.get(1), source(group), group);
            }
            for (int index : List.of(0, 1, 4, 5)) {
                ProxyNetwork.awaitWhole(receivers.get(index), 100);
            }
            for (int index = 0; index < senders.size(); index++) {
                assertOnlyFrom(receivers.get(index), senders.get(index));
                assertThat(senders.get(index).failure()).isEmpty();
            }
            for (IpAddress group : THE_FIRSTS) {
                for (int part : List.of(1, 2)) {
                    assertThat(net.atTvs.get(part).flow(source(group), group))
                            .as("%s, which only tv1 asked for, at tv%s", group, part + 1)
                            .isEmpty();
                }
            }
            net.assertStopsAndLeavesNothing(daemon);
        }
    }

    @Test
    void anInstanceWithANumberForwardsInItsTable() throws Exception {
        try (Network net = new Network(1)) {
            LabProcess daemon = net.startDaemon("pinstance tv(10): wan1 ==> lan1;");
            for (IpAddress group : EVERYBODYS) {
                StreamSender sender = net.send(net.ups.getFirst(), group);
                StreamReceiver receiver = net.join(net.tvs.getFirst(), group);
                ProxyNetwork.awaitWhole(receiver, 100);
                assertOnlyFrom(receiver, sender);
            }
            assertThat(net.proxy.ip("-4", "mroute", "show", "table", "10"))
                    .contains("(10.9.9.9,239.1.1.1)", "Iif: wan1", "Oifs: lan1");
            assertThat(net.proxy.ip("-6", "mroute", "show", "table", "10"))
                    .contains("(2001:db8:9::9,ff0e::1:1)", "Iif: wan1", "Oifs: lan1");
            net.assertStopsAndLeavesNothing(daemon);
        }
    }

    @Test
    void rulesFollowAnInterfaceThatIsMadeAnewOrRenamed() throws Exception {
        try (Network net = new Network(1)) {
            LabProcess daemon = net.startDaemon("pinstance tv(10): wan1 ==> lan1 \"room-*\";");
            Host tv = net.tvs.getFirst();
            IpAddress group = EVERYBODYS.getFirst();
            StreamSender sender = net.send(net.ups.getFirst(), group);
            StreamReceiver before = net.join(tv, group);
            ProxyNetwork.awaitPackets(before, 100);
            net.awaitRules(rules -> rules.size() == 4 && names(rules, "lan1") == 2, daemon);

            before.leave();
            net.atTvs.getFirst().close();
            net.proxy.ip("link", "delete", "lan1");
            net.awaitRules(rules -> rules.size() == 2 && names(rules, "wan1") == 2, daemon);

            net.lab.link(net.proxy, "lan1", tv, "eth0");
            net.ends(tv, "lan1", 11);
            net.awaitRules(rules -> rules.size() == 4 && names(rules, "lan1") == 2, daemon);
            StreamReceiver again = net.join(tv, group);
            ProxyNetwork.awaitPackets(again, 100);
            assertOnlyFrom(again, sender);

            net.proxy.ip("link", "set", "lan1", "down");
            net.proxy.ip("link", "set", "lan1", "name", "room-5");
            net.proxy.ip("link", "set", "room-5", "up");
            net.awaitRules(
                    rules ->
                            rules.size() == 4
                                    && names(rules, "room-5") == 2
                                    && names(rules, "lan1") == 0,
                    daemon);
            // The host asks again at the query with which the proxy begins on a link.
            ProxyNetwork.awaitPackets(again, 100);

            net.proxy.ip("link", "set", "room-5", "down");
            net.proxy.ip("link", "set", "room-5", "name", "nobodys");
            net.awaitRules(rules -> rules.size() == 2 && names(rules, "wan1") == 2, daemon);
            net.assertStopsAndLeavesNothing(daemon);
        }
    }

    private static long names(List<String> rules, String device) {
        return rules.stream().filter(rule -> rule.contains("if " + device + " ")).count();
    }
}
