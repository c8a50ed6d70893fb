package mcproxy.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.config.Configuration;
import mcproxy.config.ConfigurationReader;
import mcproxy.kernel.Bridge;
import mcproxy.kernel.MulticastRules.Rule;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The findings, before a daemon runs, on systems in memory; on real ones: the lab's DoctorTest. */
class DoctorTest {
    private static final String ROUTES = "proc/thread-self/net/route";
    private final FakeMachine machine = new FakeMachine("wan", "lan1", "lan2");

    private static Configuration configuration(String text) {
        return ConfigurationReader.read("test", text).configuration().orElseThrow();
    }

    private Examination examine(String text) {
        return new Doctor(machine).examine(configuration(text));
    }

    private List<Finding> findings(String text) {
        return examine(text).findings();
    }

    private List<Finding> findings() {
        return findings("protocol IGMPv3, MLDv2; pinstance tv: wan ==> lan1 lan2;");
    }

    private Finding only() {
        assertThat(findings()).hasSize(1);
        return findings().getFirst();
    }

    private void nft(String... chainsAndRules) {
        machine.program(
                "{\"nftables\": [" + String.join(", ", chainsAndRules) + "]}",
                "nft",
                "-j",
                "list",
                "ruleset");
    }

    private static String chain(String hook, String policy) {
        return "{\"chain\": {\"family\": \"inet\", \"table\": \"f\", \"name\": \"c\", \"hook\": \""
                + hook
                + "\", \"policy\": \""
                + policy
                + "\"}}";
    }

    private static String rule(String... expressions) {
        return ruleOf("c", expressions);
    }

    private static String ruleOf(String chain, String... expressions) {
        return "{\"rule\": {\"family\": \"inet\", \"table\": \"f\", \"chain\": \""
                + chain
                + "\", \"handle\": 7, \"expr\": ["
                + String.join(", ", expressions)
                + "]}}";
    }

    private static String match(String left, String operator, String right) {
        return "{\"match\": {\"op\": \""
                + operator
                + "\", \"left\": "
                + left
                + ", \"right\": "
                + right
                + "}}";
    }

    private static final String DROP = "{\"drop\": null}";
    private static final String ACCEPT = "{\"accept\": null}";
    private static final String IIFNAME = "{\"meta\": {\"key\": \"iifname\"}}";
    private static final String DADDR =
            "{\"payload\": {\"protocol\": \"ip\", \"field\": \"daddr\"}}";
    private static final String DPORT =
            "{\"payload\": {\"protocol\": \"udp\", \"field\": \"dport\"}}";

    private static String prefix(String address, int length) {
        return "{\"prefix\": {\"addr\": \"" + address + "\", \"len\": " + length + "}}";
    }

    @Test
    void nothingIsFoundWhereNothingIsWrong() {
        Examination examination =
                examine("protocol IGMPv3, MLDv2; pinstance tv: wan ==> lan1 \"lan*\";");
        assertThat(examination.findings()).isEmpty();
        assertThat(examination.unseen())
                .extracting(Examination.Unseen::what)
                .containsExactly("the TTL of streams");
        assertThat(examination.looked()).contains("firewall", "reverse-path-filter");
        assertThat(examination.hasProblems()).isFalse();
    }

    @Test
    void aStrictReversePathFilterOnAnUpstreamThatIsNotTheWayOut() {
        machine.with("proc/sys/net/ipv4/conf/all/rp_filter", "0\n")
                .with("proc/sys/net/ipv4/conf/wan/rp_filter", "1\n")
                .with("proc/sys/net/ipv4/conf/lan1/rp_filter", "1\n");
        assertThat(only().kind()).isEqualTo("reverse-path-filter");
        assertThat(only().level()).isEqualTo("warning");
        assertThat(only().link()).isEqualTo("wan");
        assertThat(only().fix()).isEqualTo("sysctl -w net.ipv4.conf.wan.rp_filter=2");
        machine.with(
                "proc/thread-self/net/netstat",
                "TcpExt: SyncookiesSent IPReversePathFilter X\nTcpExt: 0 17 0\n");
        assertThat(only().level()).isEqualTo("error");
        assertThat(only().evidence()).contains("17 packets");
        machine.with("proc/sys/net/ipv4/conf/wan/rp_filter", "2");
        assertThat(findings()).as("loose, and what was dropped was before").isEmpty();
        int[] drops = {17};
        machine.later =
                () ->
                        machine.with(
                                "proc/thread-self/net/netstat",
                                "TcpExt: IPReversePathFilter\nTcpExt: " + drops[0]++ + "\n");
        assertThat(findings("pinstance tv: wan ==> lan1;")).as("not more than before").isEmpty();
        Finding loose = only();
        assertThat(loose.level()).isEqualTo("warning");
        assertThat(loose.fix()).isEqualTo("sysctl -w net.ipv4.conf.wan.rp_filter=0");
        String heading = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n";
        machine.with(ROUTES, heading + "lan1 00000000 0102A8C0 0003 0 0 0 00000000 0 0 0\n");
        assertThat(findings()).isEmpty();
        machine.with("proc/sys/net/ipv4/conf/all/rp_filter", "1")
                .with("proc/sys/net/ipv4/conf/wan/rp_filter", "0");
        assertThat(only().level()).isEqualTo("error");
        machine.with(ROUTES, heading + "wan 00000000 0102A8C0 0003 0 0 0 00000000 0 0 0\n");
        assertThat(findings()).isEmpty();
    }

    @Test
    void interfacesThatAreMissingDownOrCannotMulticast() {
        machine.links.set(0, machine.link("wan", false, true));
        machine.links.set(1, machine.link("lan1", true, false));
        machine.links.remove(2);
        assertThat(findings())
                .allMatch(finding -> finding.kind().equals("interface"))
                .extracting(Finding::fix)
                .containsExactly(
                        "ip link set dev wan up",
                        "ip link set dev lan1 multicast on",
                        "ip link set dev DEVICE name lan2");
    }

    @Test
    void ipv6ThatIsSwitchedOff() {
        machine.with("proc/sys/net/ipv6/conf/lan1/disable_ipv6", "1");
        assertThat(only().fix()).isEqualTo("sysctl -w net.ipv6.conf.lan1.disable_ipv6=0");
        assertThat(findings("pinstance tv: wan ==> lan1;")).isEmpty();
    }

    @Test
    void noUnicastForwardingIsANote() {
        machine.with("proc/sys/net/ipv4/conf/all/forwarding", "0");
        assertThat(only().level()).isEqualTo("note");
        assertThat(examine("pinstance tv: wan ==> lan1;").hasProblems()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "ipv4, lan1, force_igmp_version, 2, IGMPv2",
        "ipv4, all, force_igmp_version, 1, IGMPv1",
        "ipv6, wan, force_mld_version, 1, MLDv1"
    })
    void aForcedVersion(String family, String link, String name, String value, String spoken) {
        String folder = "proc/sys/net/" + family + "/conf/" + link + "/";
        machine.with(folder + name, value);
        List<Finding> findings = findings();
        assertThat(findings)
                .isNotEmpty()
                .allMatch(one -> one.kind().equals("forced-version"))
                .allMatch(one -> one.text().contains(spoken))
                .allMatch(one ->
                        one.fix()
                                .equals(
                                        "sysctl -w net."
                                                + family
                                                + ".conf."
                                                + link
                                                + "."
                                                + name
                                                + "=0"));
        machine.with(folder + name, family.equals("ipv4") ? "3" : "2");
        assertThat(findings()).isEmpty();
    }

    @Test
    void aBridgeThatListensAndIsNotAsked() {
        machine.bridges.add(new Bridge("wan", true, 1, Map.of()));
        assertThat(findings())
                .hasSize(2)
                .allMatch(one -> one.kind().equals("bridge"))
                .allMatch(
                        one -> one.fix().equals("ip link set dev wan type bridge mcast_querier 1"));
        machine.bridges.set(0, new Bridge("wan", false, 1, Map.of()));
        assertThat(findings()).isEmpty();
        machine.bridges.set(
                0,
                new Bridge(
                        "wan",
                        true,
                        1,
                        Map.of(
                                Family.IPV4, IpAddress.of("10.0.0.9"),
                                Family.IPV6, IpAddress.of("fe80::9"))));
        assertThat(findings()).isEmpty();
    }

    @Test
    void aBridgeDownstreamWillBeAskedUnlessWeMayNot() {
        machine.bridges.add(new Bridge("lan1", true, 1, Map.of()));
        assertThat(findings()).isEmpty();
        assertThat(
                        findings(
                                "pinstance tv: wan ==> lan1; pinstance tv downstream lan1 set"
                                        + " querier off;"))
                .extracting(Finding::kind)
                .containsExactly("bridge");
        machine.bridges.set(
                0, new Bridge("lan1", true, 1, Map.of(Family.IPV4, IpAddress.of("10.0.0.9"))));
        assertThat(only().kind()).isEqualTo("another-querier");
        machine.bridges.set(0, new Bridge("lan1", true, 0, Map.of()));
        assertThat(findings())
                .hasSize(2)
                .allMatch(
                        one -> one.fix().equals("ip link set dev lan1 type bridge mcast_router 2"));
    }

    @Test
    void aBufferThatMayNotBeAsLargeAsItShould() {
        machine.with("proc/sys/net/core/rmem_max", "212992");
        assertThat(findings()).as("nothing is known of the capabilities").isEmpty();
        machine.with("proc/thread-self/uid_map", "         0          0 4294967295")
                .with("proc/thread-self/status", "Name:\tx\nCapEff:\t0000000000001000\n");
        assertThat(findings()).as("CAP_NET_ADMIN").isEmpty();
        machine.with("proc/thread-self/status", "Name:\tx\nCapEff:\t0000000000002000\n");
        assertThat(only().kind()).isEqualTo("receive-buffer");
        assertThat(only().fix()).startsWith("sysctl -w net.core.rmem_max=4194304");
        machine.with("proc/sys/net/core/rmem_max", "4194304");
        assertThat(findings()).isEmpty();
        machine.with("proc/sys/net/core/rmem_max", "212992")
                .with("proc/thread-self/status", "Name:\tx\nCapEff:\t0000000000001000\n")
                .with("proc/thread-self/uid_map", "0 1000 1");
        assertThat(only().kind()).as("in a user namespace").isEqualTo("receive-buffer");
    }

    @Test
    void anotherDaemonInTheDefaultTable() {
        machine.with(
                "proc/thread-self/net/ip_mr_vif",
                "Interface BytesIn\n 0 wan 0 0 0 0 00000 x\n 1 eth7 0 0 0 0 00000 x\n");
        machine.daemons = List.of("smcrouted (process 77)");
        assertThat(findings())
                .as("the table is taken, for each interface of the family")
                .hasSize(3)
                .allMatch(one -> one.kind().equals("table-conflict"))
                .allMatch(one -> one.fix().equals("kill 77"))
                .allMatch(one -> one.text().contains("smcrouted (process 77)"));
        assertThat(findings("pinstance tv(5): wan ==> lan1;"))
                .as("two tables, one interface in both")
                .hasSize(1)
                .allMatch(one -> "wan".equals(one.link()));
        assertThat(findings("pinstance tv(5): lan2 ==> lan1;")).isEmpty();
    }

    @Test
    void aRuleThatLeadsElsewhere() {
        machine.rules.addFirst(new Rule(Family.IPV4, "wan", "", 9, 100, 0));
        assertThat(only().kind()).isEqualTo("table-conflict");
        assertThat(only().fix()).isEqualTo("ip mrule del pref 100 iif wan lookup 9");
        assertThat(findings("pinstance tv(9): wan ==> lan1;")).isEmpty();
        machine.rules.set(0, new Rule(Family.IPV6, "", "", 9, 100, 0));
        assertThat(findings())
                .hasSize(3)
                .allMatch(one -> one.fix().equals("ip -6 mrule del pref 100 lookup 9"));
        machine.rules.set(0, new Rule(Family.IPV4, "eth7", "", 9, 100, 0));
        assertThat(findings()).isEmpty();
        machine.rules.set(0, new Rule(Family.IPV4, "", "wan", 9, 100, 0));
        assertThat(findings()).isEmpty();
    }

    @Test
    void withoutNftThatIsTold() {
        machine.without("nft", "-j", "list", "ruleset");
        Examination examination = examine("pinstance tv: wan ==> lan1;");
        assertThat(examination.findings()).isEmpty();
        assertThat(examination.unseen())
                .extracting(Examination.Unseen::what)
                .containsExactly("rules of nftables", "the TTL of streams");
        machine.program("{\"nftables\": [", "nft", "-j", "list", "ruleset");
        assertThat(examine("pinstance tv: wan ==> lan1;").unseen())
                .anyMatch(one -> one.why().startsWith("nft's JSON cannot be read"));
    }

    @Test
    void aPolicyThatDropsWhatIsForwarded() {
        nft(chain("forward", "drop"));
        assertThat(findings("pinstance tv: wan ==> lan1 lan2;"))
                .hasSize(2)
                .allMatch(one -> one.kind().equals("firewall"))
                .allMatch(one -> one.level().equals("error"))
                .extracting(Finding::fix)
                .containsExactly(
                        "nft insert rule inet f c 'iifname \"wan\" oifname \"lan1\" ip daddr"
                                + " 224.0.0.0/4 accept'",
                        "nft insert rule inet f c 'iifname \"wan\" oifname \"lan2\" ip daddr"
                                + " 224.0.0.0/4 accept'");
        nft(chain("forward", "accept"));
        assertThat(findings()).isEmpty();
    }

    /** Each lets all streams pass a chain that drops the rest, or leaves it open. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{\"match\": {\"op\": \"==\", \"left\": {\"meta\": {\"key\": \"iifname\"}},"
                        + " \"right\": \"w*\"}}, {\"accept\": null}]",
                "[{\"match\": {\"op\": \"in\", \"left\": {\"ct\": {\"key\": \"state\"}},"
                        + " \"right\": [\"established\", \"new\"]}}, {\"accept\": null}]",
                "[{\"match\": {\"op\": \"==\", \"left\": {\"payload\": {\"protocol\": \"ip\","
                        + " \"field\": \"daddr\"}}, \"right\": {\"prefix\": {\"addr\":"
                        + " \"224.0.0.0\", \"len\": 3}}}}, {\"accept\": null}]",
                "[{\"match\": {\"op\": \"==\", \"left\": {\"payload\": {\"protocol\": \"ip\","
                        + " \"field\": \"daddr\"}}, \"right\": {\"prefix\": {\"addr\":"
                        + " \"239.1.0.0\", \"len\": 16}}}}, {\"accept\": null}]",
                "[{\"match\": {\"op\": \"==\", \"left\": {\"payload\": {\"protocol\": \"udp\","
                        + " \"field\": \"dport\"}}, \"right\": 5000}}, {\"accept\": null}]",
                "[{\"match\": {\"op\": \"==\", \"left\": {\"meta\": {\"key\": \"oifname\"}},"
                        + " \"right\": \"@lans\"}}, {\"jump\": {\"target\": \"ok\"}}]",
                "[{\"match\": {\"op\": \"==\", \"left\": {\"meta\": {\"key\": \"pkttype\"}},"
                        + " \"right\": \"multicast\"}}, {\"accept\": null}]",
                "[{\"vmap\": {\"key\": {\"meta\": {\"key\": \"iifname\"}}, \"data\": {\"set\":"
                        + " [[\"eth9\", {\"drop\": null}], [\"wan\", {\"accept\": null}]]}}}]",
                "[{\"queue\": {\"num\": 1}}]",
                "[{\"match\": {\"op\": \"!=\", \"left\": {\"meta\": {\"key\": \"l4proto\"}},"
                        + " \"right\": \"tcp\"}}, {\"limit\": {\"rate\": 5}}, {\"accept\": null}]"
            })
    void whatMayLetAStreamPassIsNoFinding(String expressions) {
        nft(
                "{\"set\": {\"family\": \"inet\", \"table\": \"f\", \"name\": \"lans\", \"elem\":"
                        + " [\"lan1\", {\"elem\": {\"val\": \"lan2\"}}]}}",
                chain("forward", "drop"),
                "{\"rule\": {\"family\": \"inet\", \"table\": \"f\", \"chain\": \"c\", \"handle\":"
                        + " 7, \"expr\": "
                        + expressions
                        + "}}",
                ruleOf("ok", ACCEPT));
        assertThat(findings("pinstance tv: wan ==> lan1 lan2;")).isEmpty();
    }

    /** Each drops all streams in a chain that lets the rest pass, though others follow. */
    @Test
    void whatCertainlyDropsAStreamIsFound() {
        List<String> tcp =
                List.of(
                        rule(match("{\"meta\": {\"key\": \"l4proto\"}}", "==", "\"tcp\""), ACCEPT),
                        rule(
                                match("{\"ct\": {\"key\": \"state\"}}", "in", "\"established\""),
                                ACCEPT),
                        rule(match(IIFNAME, "==", "\"eth9\""), ACCEPT),
                        rule(match(DADDR, "==", prefix("10.0.0.0", 8)), ACCEPT));
        for (String dropping :
                List.of(
                        rule(DROP),
                        rule("{\"counter\": {}}", "{\"reject\": {\"type\": \"icmp\"}}"),
                        rule(match(DADDR, "==", prefix("224.0.0.0", 4)), DROP),
                        rule(match(IIFNAME, "!=", "\"lan1\""), DROP),
                        rule("{\"goto\": {\"target\": \"no\"}}"))) {
            nft(
                    chain("forward", "accept"),
                    tcp.get(0),
                    tcp.get(1),
                    tcp.get(2),
                    tcp.get(3),
                    dropping,
                    rule(ACCEPT),
                    ruleOf("no", DROP));
            assertThat(findings("pinstance tv: wan ==> lan1;")).as(dropping).hasSize(1);
        }
        nft(chain("forward", "accept"), rule(match(DPORT, "==", "7"), DROP));
        assertThat(findings()).as("only some are dropped").isEmpty();
        nft(chain("forward", "accept"), rule(match(DPORT, "==", "7"), ACCEPT), rule(DROP));
        assertThat(findings()).as("only some are let pass before").isEmpty();
        nft(chain("forward", "drop"), rule(match(DPORT, "==", "7"), DROP), rule(ACCEPT));
        assertThat(findings()).as("only some are dropped before").isEmpty();
    }

    @Test
    void membershipMessagesThatAreDropped() {
        String igmp = match("{\"meta\": {\"key\": \"l4proto\"}}", "==", "\"igmp\"");
        String mld =
                match(
                        "{\"payload\": {\"protocol\": \"icmpv6\", \"field\": \"type\"}}",
                        "==",
                        "{\"set\": [\"mld-listener-report\", \"mld2-listener-report\"]}");
        nft(chain("input", "accept"), rule(igmp, DROP), rule(mld, DROP));
        assertThat(findings("protocol IGMPv3, MLDv2; pinstance tv: wan ==> lan1;"))
                .hasSize(4)
                .allMatch(one -> one.level().equals("warning"))
                .extracting(Finding::fix)
                .contains(
                        "nft insert rule inet f c 'ip protocol igmp accept'",
                        "nft insert rule inet f c 'icmpv6 type { 130, 131, 132, 143 } accept'");
        nft(
                "{\"chain\": {\"family\": \"netdev\", \"table\": \"f\", \"name\": \"c\", \"hook\":"
                        + " \"ingress\", \"dev\": \"lan1\", \"policy\": \"accept\"}}",
                rule(igmp, DROP).replace("inet", "netdev"));
        assertThat(findings("pinstance tv: wan ==> lan1;"))
                .as("below the packet socket")
                .hasSize(1)
                .allMatch(one -> one.level().equals("error"))
                .allMatch(one -> "lan1".equals(one.link()));
        nft(
                "{\"chain\": {\"family\": \"netdev\", \"table\": \"f\", \"name\": \"c\", \"hook\":"
                        + " \"ingress\", \"policy\": \"accept\"}}",
                rule(igmp, DROP).replace("inet", "netdev"));
        machine.program(
                "table netdev f {\n\tchain c {\n\t\ttype filter hook ingress devices = { \"lan1\","
                        + " \"wan\" } priority filter; policy accept;\n\t\tip protocol igmp log"
                        + " prefix \"lan2\" drop\n\t}\n}",
                "nft",
                "list",
                "chain",
                "netdev",
                "f",
                "c");
        assertThat(findings("pinstance tv: wan ==> lan1 lan2;"))
                .as("nft 1.0.6 tells the devices only as text")
                .extracting(Finding::link)
                .containsExactly("lan1", "wan");
    }

    @Test
    void iptablesToo() {
        String rules =
                """
                # Generated
                *filter
                :INPUT DROP [0:0]
                :FORWARD ACCEPT [0:0]
                :MINE - [0:0]
                -A INPUT -i lo -j ACCEPT
                -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
                -A INPUT -i lan+ -p igmp -m comment --comment "the -j DROP set" -j ACCEPT
                -A INPUT -i wan -j MINE
                -A MINE ! -p igmp -j ACCEPT
                -A FORWARD -m mark --mark 0x1 -j ACCEPT
                -A FORWARD -d 239.0.0.1/255.0.0.255 -j ACCEPT
                -A FORWARD -i wan -d 239.0.0.0/8 -j DROP
                COMMIT
                """;
        machine.program(rules, "iptables-legacy-save");
        assertThat(findings())
                .hasSize(1)
                .allMatch(one -> "wan".equals(one.link()))
                .allMatch(one ->
                        one.fix().equals("iptables-legacy -t filter -I INPUT -p igmp -j ACCEPT"));
        machine.without("iptables-legacy-save")
                .program(
                        "*filter\n:FORWARD DROP [0:0]\n-A FORWARD -i lan1 -j ACCEPT\nCOMMIT\n",
                        "iptables-nft-save");
        nft(
                "{\"chain\": {\"family\": \"ip\", \"table\": \"filter\", \"name\": \"FORWARD\","
                        + " \"hook\": \"forward\", \"policy\": \"drop\"}}");
        assertThat(findings("pinstance tv: wan ==> lan1;"))
                .as("told once, though nft shows the table, too")
                .hasSize(1)
                .allMatch(one ->
                        one.fix()
                                .equals(
                                        "iptables-nft -t filter -I FORWARD -i wan -o lan1 -d"
                                                + " 224.0.0.0/4 -j ACCEPT"));
    }

    @Test
    void theWorstComesFirst() {
        machine.with("proc/sys/net/ipv4/conf/all/forwarding", "0")
                .with("proc/sys/net/ipv4/conf/wan/rp_filter", "1")
                .with("proc/sys/net/ipv6/conf/lan1/disable_ipv6", "1");
        assertThat(findings())
                .extracting(Finding::level)
                .containsExactly("error", "warning", "note");
        assertThat(Optional.of(findings().getFirst()).map(Finding::isProblem)).contains(true);
    }
}
