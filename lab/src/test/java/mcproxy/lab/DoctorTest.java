package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import mcproxy.cli.doctor.Doctor;
import mcproxy.cli.doctor.Examination;
import mcproxy.cli.doctor.Finding;
import mcproxy.cli.doctor.LinuxMachine;
import mcproxy.config.ConfigurationReader;
import mcproxy.control.ControlClient;
import mcproxy.kernel.Linux;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Protocol;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.MulticastSocket;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Predicate;

/**
 * Each finding of the doctor: the fault is made, found, mended with the command that the finding
 * names, and no longer found.
 */
@InSandbox
class DoctorTest {
    private static final IpAddress GROUP = IpAddress.of("239.1.1.1");
    private static final IpAddress GROUP6 = IpAddress.of("ff0e::1:1");
    private static final IpAddress SOURCE = ProxyNetwork.node(GROUP, 1, 10);

    private static Path socket(ProxyNetwork net) {
        return net.lab.folder().resolve("control.sock");
    }

    private static LabProcess daemon(ProxyNetwork net, String... statements) throws IOException {
        LabProcess daemon =
                net.startDaemonWith(List.of("--control", socket(net).toString()), statements);
        Await.until(
                ProxyNetwork.PATIENCE,
                () -> "a control socket; the daemon says " + daemon.tail(20),
                () -> Files.exists(socket(net)));
        return daemon;
    }

    private static List<Finding> findings(ProxyNetwork net, String kind) {
        return findings(
                net.proxy,
                kind,
                () -> {
                    try (ControlClient control = new ControlClient(socket(net))) {
                        return new Doctor(new LinuxMachine()).examine(control);
                    }
                });
    }

    /** Without a daemon. */
    private static List<Finding> findings(Host host, String kind, String configuration) {
        return findings(
                host,
                kind,
                () ->
                        new Doctor(new LinuxMachine())
                                .examine(
                                        ConfigurationReader.read("test", configuration)
                                                .configuration()
                                                .orElseThrow()));
    }

    private static List<Finding> findings(Host host, String kind, Callable<Examination> doctor) {
        return host.call(doctor).findings().stream()
                .filter(finding -> finding.kind().equals(kind))
                .toList();
    }

    /** Waits for a finding of a kind. */
    private static Finding await(ProxyNetwork net, String kind, Predicate<Finding> condition) {
        return Await.value(
                        ProxyNetwork.PATIENCE,
                        () -> findings(net, kind).stream().filter(condition).findFirst())
                .orElseThrow(() -> new AssertionError(kind + ": " + findings(net, kind)));
    }

    private static void awaitNone(ProxyNetwork net, String kind) {
        Await.until(
                Duration.ofSeconds(60),
                () -> "no finding any more of " + findings(net, kind),
                () -> findings(net, kind).isEmpty());
    }

    /** Runs the command of a finding as a user would. */
    private static void fix(ProxyNetwork net, Host on, Finding finding) {
        String program = "'" + String.join("' '", DaemonCommand.program()) + "'";
        on.run(
                "env",
                "MCPROXY_SOCKET=" + socket(net),
                "sh",
                "-c",
                "mcproxy() { " + program + " \"$@\"; }\n" + finding.fix());
    }

    private static void fixAll(ProxyNetwork net, String kind) {
        List<String> done = new ArrayList<>();
        for (Finding finding : findings(net, kind)) {
            if (!done.contains(finding.fix())) {
                fix(net, net.proxy, finding);
                done.add(finding.fix());
            }
        }
        awaitNone(net, kind);
    }

    private static boolean isInstalled(String program) {
        return List.of("/usr/sbin", "/sbin", "/usr/bin", "/bin").stream()
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    private static void assumeInstalled(String program, String source) {
        if (!isInstalled(program)) {
            System.err.println("SKIPPED: no " + program + "; apt-get install " + source);
        }
        assumeTrue(isInstalled(program), "no " + program + "; apt-get install " + source);
    }

    @Test
    void settingsOfTheKernel() throws Exception {
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ = daemon(net, "pinstance tv set rp-filter leave;");
            // A source that is routed back another way: strict drops it, loose lets it pass.
            IpAddress far = IpAddress.of("10.0.9.9");
            net.up.address("eth0", far + "/32");
            net.proxy.ip("route", "add", "10.0.9.0/24", "via", "10.0.3.10");
            for (String link : List.of("all", "wan", "lan1", "lan2")) {
                net.proxy.sysctl("net.ipv4.conf." + link + ".rp_filter", 0);
            }
            assertThat(findings(net, "reverse-path-filter")).isEmpty();
            net.proxy.sysctl("net.ipv4.conf.wan.rp_filter", 1);
            StreamReceiver receiver = net.join(net.tv1, GROUP);
            var _ = net.send(net.up, far, GROUP);
            Finding filtered =
                    await(net, "reverse-path-filter", one -> one.level().equals("error"));
            assertThat(filtered.evidence()).contains("IPReversePathFilter");
            assertThat(filtered.link()).isEqualTo("wan");
            assertThat(receiver.received().packets()).isZero();
            fixAll(net, "reverse-path-filter");
            ProxyNetwork.awaitPackets(receiver, 50);

            assertThat(findings(net, "forced-version")).isEmpty();
            net.proxy.igmpVersion("lan1", 2);
            net.proxy.mldVersion("wan", 1);
            assertThat(findings(net, "forced-version"))
                    .extracting(Finding::link)
                    .containsExactlyInAnyOrder("lan1", "wan");
            fixAll(net, "forced-version");

            for (String name : List.of("net.ipv4.conf", "net.ipv6.conf")) {
                net.proxy.sysctl(name + ".all.forwarding", 0);
            }
            assertThat(findings(net, "forwarding"))
                    .hasSize(2)
                    .allMatch(one -> one.level().equals("note"));
            fixAll(net, "forwarding");
            net.proxy.sysctl("net.ipv6.conf.lan2.disable_ipv6", 1);
            assertThat(findings(net, "forwarding"))
                    .extracting(Finding::level)
                    .containsExactly("error");
            fixAll(net, "forwarding");
            ProxyNetwork.awaitPackets(receiver, 50);
        }
    }

    /** Any raw socket may delete a virtual interface (ip_mroute_setsockopt). */
    @Test
    void anInterfaceThatAnotherProgramTookOutOfTheTable() throws Exception {
        assumeInstalled("perl", "perl-base");
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ = daemon(net);
            StreamReceiver receiver = net.join(net.tv1, GROUP);
            var _ = net.send(net.up, SOURCE, GROUP);
            ProxyNetwork.awaitPackets(receiver, 50);
            String vifs = net.proxy.procNet("ip_mr_vif");
            String vif = vifs.replaceAll("(?s).*\\n *(\\d+) lan1 .*", "$1");
            net.proxy.run(
                    "perl",
                    "-e",
                    "socket(S, 2, 3, 2) or die; setsockopt(S, 0, 203, pack('SCCLLL', "
                            + vif
                            + ", 0, 0, 0, 0, 0)) or die $!");
            ProxyNetwork.awaitSilence(net.atTv1, SOURCE, GROUP);
            Finding finding = await(net, "forwarding", one -> one.level().equals("error"));
            assertThat(finding.link()).isEqualTo("lan1");
            fix(net, net.proxy, finding);
            Await.until(
                    ProxyNetwork.PATIENCE,
                    () -> "lan1 in the table again: " + findings(net, "forwarding"),
                    () ->
                            findings(net, "forwarding").stream()
                                    .noneMatch(one -> one.level().equals("error")));
            ProxyNetwork.awaitPackets(receiver, 50);

            // IPv6 needs 1280; then the kernel makes its part of the device anew, in the same
            // table.
            net.proxy.ip("link", "set", "lan2", "mtu", "1000");
            net.proxy.ip("link", "set", "lan2", "mtu", "1500");
            net.proxy.awaitLinkLocal("lan2");
            assertThat(net.proxy.procNet("ip6_mr_vif")).contains(" lan2 ");
            assertThat(findings(net, "forwarding")).noneMatch(one -> one.level().equals("error"));
        }
    }

    @Test
    void aStreamWhoseTtlEndsHere() throws Exception {
        try (ProxyNetwork net = new ProxyNetwork()) {
            LabProcess daemon = daemon(net);
            List<StreamSender> senders = new ArrayList<>();
            List<StreamReceiver> receivers = new ArrayList<>();
            IpAddress unwanted = IpAddress.of("239.7.7.7");
            senders.add(sender(net, unwanted, 1));
            for (IpAddress group : List.of(GROUP, GROUP6)) {
                receivers.add(net.join(net.tv1, group));
                senders.add(sender(net, group, 1));
            }
            for (Family family : Family.values()) {
                Finding finding =
                        await(net, "hop-limit", one -> family.toString().equals(one.family()));
                assertThat(finding.link()).isEqualTo("wan");
            }
            assertThat(receivers).allMatch(one -> one.received().packets() == 0);
            try (ControlClient control = new ControlClient(socket(net))) {
                var why =
                        control.explain(
                                        GROUP.toString(),
                                        Optional.of(SOURCE.toString()),
                                        new mcproxy.control.Selection(null, "lan1", null, null))
                                .getFirst();
                assertThat(why.flows()).isFalse();
                assertThat(why.verdict()).contains("a TTL of 1");
                assertThat(control.events().after(0, Duration.ofSeconds(1)))
                        .filteredOn(one -> one.kind().equals("last-hop-stream"))
                        .extracting(one -> one.data().get("group"))
                        .containsExactlyInAnyOrder(GROUP.toString(), GROUP6.toString());
            }
            assertThat(daemon.tail(200)).anyMatch(line -> line.contains("with a hop limit of 1"));

            if (isInstalled("nft")) {
                nft(net, NFT_HOPS);
                receivers.forEach(receiver -> ProxyNetwork.awaitPackets(receiver, 50));
                assertThat(findings(net, "hop-limit"))
                        .isNotEmpty()
                        .allMatch(one -> one.level().equals("note"));
                net.proxy.run("nft", "flush", "ruleset");
                assertThat(findings(net, "hop-limit"))
                        .isNotEmpty()
                        .allMatch(one -> one.level().equals("error"));
            }

            senders.forEach(StreamSender::close);
            for (IpAddress group : List.of(GROUP, GROUP6)) {
                var _ = sender(net, group, 2);
            }
            receivers.forEach(receiver -> ProxyNetwork.awaitPackets(receiver, 50));
            awaitNone(net, "hop-limit");
        }
    }

    private static StreamSender sender(ProxyNetwork net, IpAddress group, int hops) {
        return StreamSender.start(
                net.up,
                "eth0",
                new MulticastStream(ProxyNetwork.node(group, 1, 10), group, ProxyNetwork.PORT, 200),
                hops);
    }

    @Test
    void bridgesThatListen() throws Exception {
        try (Lab lab = Lab.open()) {
            Host host = lab.host("proxy");
            Host port = lab.host("port");
            lab.link(host, "p0", port, "eth0");
            lab.bridge(host, "wan", "p0");
            String configuration = "protocol IGMPv3, MLDv2; pinstance tv: wan ==> lan;";
            host.ip("link", "set", "wan", "type", "bridge", "mcast_snooping", "1");
            List<Finding> findings = findings(host, "bridge", configuration);
            assertThat(findings).extracting(Finding::family).containsExactly("IPv4", "IPv6");
            host.run("sh", "-c", findings.getFirst().fix());
            assertThat(findings(host, "bridge", configuration)).isEmpty();
            host.ip("link", "set", "wan", "type", "bridge", "mcast_querier", "0");

            String downstream = "pinstance tv: up ==> wan;";
            assertThat(findings(host, "bridge", downstream)).as("we would ask").isEmpty();
            host.ip("link", "set", "wan", "type", "bridge", "mcast_router", "0");
            Finding deaf = findings(host, "bridge", downstream).getFirst();
            host.run("sh", "-c", deaf.fix());
            assertThat(findings(host, "bridge", downstream)).isEmpty();
        }
    }

    @Test
    void anotherQuerier() throws Exception {
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ = daemon(net);
            StreamReceiver receiver = net.join(net.tv1, GROUP);
            var _ = net.send(net.up, SOURCE, GROUP);
            ProxyNetwork.awaitPackets(receiver, 50);
            assertThat(findings(net, "another-querier")).isEmpty();
            ProxyNetwork.inject(
                    net.tv1,
                    Packet.toSend(
                            IpAddress.of("10.0.1.200"),
                            IpAddress.of("224.0.0.1"),
                            new Message.Query(
                                    Protocol.IGMPV3,
                                    IpAddress.of("0.0.0.0"),
                                    10_000,
                                    false,
                                    2,
                                    125,
                                    List.of())));
            Finding finding = await(net, "another-querier", one -> "lan1".equals(one.link()));
            assertThat(finding.text()).contains("10.0.1.200");
            ProxyNetwork.awaitSilence(net.atTv1, SOURCE, GROUP);
            fixAll(net, "another-querier");
            ProxyNetwork.awaitPackets(receiver, 50);
        }
    }

    @Test
    void rulesThatLeadElsewhere() throws Exception {
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ = daemon(net);
            StreamReceiver receiver = net.join(net.tv1, GROUP);
            var _ = net.send(net.up, SOURCE, GROUP);
            ProxyNetwork.awaitPackets(receiver, 50);
            assertThat(findings(net, "table-conflict")).isEmpty();
            // A rule to a table that is not there is passed over; this one stays until the end.
            net.proxy.call(() -> {
                Linux.kernel().openTable(Family.IPV4, 9).close();
                return 9;
            });
            net.proxy.ip("mrule", "add", "pref", "100", "iif", "wan", "lookup", "9");
            net.proxy.ip("-6", "mrule", "add", "pref", "100", "lookup", "9");
            assertThat(findings(net, "table-conflict"))
                    .as("wan in IPv4, all three in IPv6")
                    .hasSize(4);
            ProxyNetwork.awaitSilence(net.atTv1, SOURCE, GROUP);
            fixAll(net, "table-conflict");
            ProxyNetwork.awaitPackets(receiver, 50);

            net.proxy.ip("mrule", "del", "pref", "32767");
            assertThat(findings(net, "table-conflict")).hasSize(3);
            fixAll(net, "table-conflict");
            ProxyNetwork.awaitPackets(receiver, 50);
        }
    }

    @Test
    void anotherDaemonThatHasTheTable() throws Exception {
        try (ProxyNetwork net = new ProxyNetwork()) {
            LabProcess other = daemon(net);
            String configuration = "pinstance mine: wan ==> lan1;";
            Finding finding = findings(net.proxy, "table-conflict", configuration).getFirst();
            assertThat(finding.text()).contains("(process " + other.pid() + ")");
            assertThat(finding.fix()).isEqualTo("kill " + other.pid());
            assertThat(findings(net.proxy, "table-conflict", "pinstance mine(7): wan ==> lan1;"))
                    .hasSize(2);
            net.proxy.run("sh", "-c", finding.fix());
            Await.until(ProxyNetwork.PATIENCE, "its end", () -> !other.isAlive());
            assertThat(findings(net.proxy, "table-conflict", configuration)).isEmpty();
        }
    }

    /** A burst of new sources while the daemon does not get to read. */
    @Test
    void newSourcesThatTheBufferDidNotHold() throws Exception {
        try (ProxyNetwork net = new ProxyNetwork()) {
            LabProcess daemon = daemon(net);
            assertThat(drops(net)).isEmpty();
            net.proxy.run("kill", "-STOP", Long.toString(daemon.pid()));
            try {
                int groups = net.up.call(() -> burst(60_000));
                assertThat(groups).isEqualTo(60_000);
            } finally {
                net.proxy.run("kill", "-CONT", Long.toString(daemon.pid()));
            }
            Finding finding = await(net, "receive-buffer", one -> one.level().equals("error"));
            assertThat(finding.text()).contains("could not tell the proxy of");
            assertThat(finding.fix()).endsWith("systemctl restart mcproxy");
            // There is no systemd here; this is what it would do.
            assertThat(daemon.stop(Duration.ofSeconds(30)).status()).isZero();
            var _ = daemon(net);
            assertThat(drops(net)).isEmpty();
        }
    }

    private static List<Finding> drops(ProxyNetwork net) {
        return findings(net, "receive-buffer").stream()
                .filter(one -> one.level().equals("error"))
                .toList();
    }

    private static int burst(int groups) throws IOException {
        NetworkInterface link = NetworkInterface.getByName("eth0");
        try (MulticastSocket socket = new MulticastSocket()) {
            socket.setNetworkInterface(link);
            socket.setTimeToLive(8);
            byte[] address = {(byte) 239, 9, 0, 0};
            for (int i = 0; i < groups; i++) {
                address[2] = (byte) (i >> 8);
                address[3] = (byte) i;
                socket.send(
                        new DatagramPacket(new byte[8], 8, InetAddress.getByAddress(address), 9));
            }
        }
        return groups;
    }

    private static final String NFT_HOPS =
            """
            table inet h {
                chain c {
                    type filter hook prerouting priority -150;
                    iifname "wan" ip ttl 1 ip ttl set 2
                    iifname "wan" ip6 hoplimit 1 udp dport 5000 ip6 hoplimit set 2
                }
            }
            """;
    private static final String NFT_FORWARD =
            """
            table inet f {
                chain c {
                    type filter hook forward priority 0; policy drop;
                    ct state established,related accept
                    iifname "lan1" accept
                }
            }
            """;
    private static final String NFT_DEVICE =
            """
            table netdev d {
                chain in { type filter hook ingress device "lan1" priority 0; ip protocol igmp drop; }
            }
            """;
    private static final String NFT_INPUT =
            """
            table inet g {
                chain c {
                    type filter hook input priority 0; policy accept;
                    meta l4proto igmp counter drop
                    icmpv6 type { mld-listener-report, mld2-listener-report } drop
                }
            }
            """;

    private static void nft(ProxyNetwork net, String text) throws IOException {
        Path file = net.lab.folder().resolve("rules.nft");
        Files.writeString(file, text);
        net.proxy.run("nft", "-f", file.toString());
    }

    @Test
    void aFirewallOfNftables() throws Exception {
        assumeInstalled("nft", "nftables");
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ =
                    daemon(
                            net,
                            "pinstance tv set query-interval 3s;",
                            "pinstance tv set query-response-interval 1s;");
            List<StreamReceiver> receivers = new ArrayList<>();
            for (IpAddress group : List.of(GROUP, GROUP6)) {
                receivers.add(net.join(net.tv1, group));
                var _ = net.send(net.up, ProxyNetwork.node(group, 1, 10), group);
            }
            receivers.forEach(receiver -> ProxyNetwork.awaitPackets(receiver, 50));
            assertThat(findings(net, "firewall")).isEmpty();

            nft(net, NFT_FORWARD);
            assertThat(findings(net, "firewall"))
                    .as("to each downstream, in each family")
                    .hasSize(4)
                    .allMatch(one -> one.level().equals("error"));
            ProxyNetwork.awaitSilence(net.atTv1, SOURCE, GROUP);
            fixAll(net, "firewall");
            receivers.forEach(receiver -> ProxyNetwork.awaitPackets(receiver, 50));

            nft(net, NFT_INPUT);
            assertThat(findings(net, "firewall"))
                    .hasSize(6)
                    .allMatch(one -> one.level().equals("warning"));
            // What the finding says: the proxy hears reports all the same.
            StreamReceiver late = net.join(net.tv3, GROUP);
            ProxyNetwork.awaitPackets(late, 50);
            fixAll(net, "firewall");

            nft(net, NFT_DEVICE);
            assertThat(findings(net, "firewall"))
                    .hasSize(1)
                    .allMatch(one -> one.level().equals("error"));
            // And here it does not: the membership runs out.
            ProxyNetwork.awaitSilence(net.atTv1, SOURCE, GROUP);
            fixAll(net, "firewall");
            ProxyNetwork.awaitPackets(receivers.getFirst(), 50);
        }
    }

    @Test
    void aFirewallOfIptables() throws Exception {
        assumeInstalled("iptables-nft", "iptables");
        assumeInstalled("nft", "nftables");
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ = daemon(net);
            StreamReceiver receiver = net.join(net.tv1, GROUP);
            var _ = net.send(net.up, SOURCE, GROUP);
            ProxyNetwork.awaitPackets(receiver, 50);
            for (String program : List.of("iptables-nft", "iptables-legacy")) {
                if (!works(net.proxy, program)) {
                    System.err.println("SKIPPED " + program + ": this kernel has no table for it");
                    continue;
                }
                net.proxy.run(program, "-P", "FORWARD", "DROP");
                net.proxy.run(program, "-A", "INPUT", "-p", "igmp", "-j", "DROP");
                assertThat(findings(net, "firewall"))
                        .as("to two downstreams; on three interfaces")
                        .hasSize(5)
                        .allMatch(one -> one.evidence().startsWith(program + " filter"));
                ProxyNetwork.awaitSilence(net.atTv1, SOURCE, GROUP);
                fixAll(net, "firewall");
                ProxyNetwork.awaitPackets(receiver, 50);
            }
        }
    }

    private static boolean works(Host host, String program) {
        try {
            host.run(program, "-S");
            return true;
        } catch (LabException _) {
            return false;
        }
    }

    @Test
    void theCommandItself() throws Exception {
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ = daemon(net);
            net.proxy.igmpVersion("lan1", 2);
            List<String> command = new ArrayList<>(DaemonCommand.program());
            command.addAll(List.of("doctor", "--json", "--socket", socket(net).toString()));
            LabProcess found = net.proxy.start("doctor", command);
            Await.until(ProxyNetwork.PATIENCE, "its end", () -> !found.isAlive());
            assertThat(found.status()).as(found.tail(20).toString()).isEqualTo(3);
            assertThat(found.tail(5).getLast())
                    .contains("\"kind\":\"forced-version\"")
                    .contains("\"fix\":\"sysctl -w net.ipv4.conf.lan1.force_igmp_version=0\"");
        }
    }
}
