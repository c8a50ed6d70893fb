package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.avaje.jsonb.Jsonb;

import mcproxy.control.ControlClient;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Protocol;
import mcproxy.wire.RecordType;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Predicate;

/** libyang accepts the state of a daemon as data of the modules of RFC 8652 and RFC 9398. */
@InSandbox
class YangTest {
    private static final IpAddress ANY4 = IpAddress.of("239.1.1.1");
    private static final IpAddress ANY6 = IpAddress.of("ff0e::1:1");
    private static final IpAddress CHANNEL4 = IpAddress.of("232.1.1.1");
    private static final IpAddress CHANNEL6 = IpAddress.of("ff3e::1:1");
    private static final IpAddress BLOCKED = IpAddress.of("239.1.1.2");

    private static final String[] STATEMENTS = {
        "pinstance tv downstream lan1 set static-group 239.9.9.9, 232.9.9.9 192.0.2.9;",
        "pinstance tv downstream lan1 set immediate-leave on;",
        "pinstance tv downstream lan1 set verify-source-subnet on;",
        "pinstance tv downstream lan2 set ssm-map 232.5.0.0/16 192.0.2.5;",
        "pinstance tv upstream wan set join-group 239.8.8.8;",
        "pinstance radio: wan2 ==> lan3;",
        "pinstance radio protocol IGMPv2, MLDv1;",
        "pinstance radio set query-interval 20s;",
        "pinstance asker: ==> lan4 nowhere;",
        "pinstance asker set lite-exclude-filter on;",
    };

    @Test
    void libyangTakesTheStateOfABusyDaemon() throws Exception {
        Yanglint yanglint = Yanglint.orSkip();
        try (ProxyNetwork net = new ProxyNetwork()) {
            Path socket = net.lab.folder().resolve("control.sock");
            Host radio = furtherLinks(net);
            LabProcess daemon =
                    net.startDaemonWith(List.of("--control", socket.toString()), STATEMENTS);
            for (Host host : List.of(net.tv1, net.tv2)) {
                var _ = net.join(host, ANY4);
                var _ = net.join(host, ANY6);
                var _ = net.join(host, ProxyNetwork.node(CHANNEL4, 1, 10), CHANNEL4);
                var _ = net.join(host, ProxyNetwork.node(CHANNEL6, 1, 10), CHANNEL6);
            }
            ProxyNetwork.inject(net.tv3, blocking(IpAddress.of("10.0.3.10")));
            var _ = net.join(radio, ANY4);
            try (ControlClient control = new ControlClient(socket)) {
                String text = await(control, YangTest::isComplete, daemon);
                Path data = net.lab.folder().resolve("state.json");
                Files.writeString(data, text);
                assertThat(yanglint.validate(data)).as("%s", text).isEmpty();
                checkRouter(new Node(Jsonb.instance().type(Object.class).fromJson(text)));
                checkProxy(new Node(Jsonb.instance().type(Object.class).fromJson(text)));
                checkThatYanglintRefuses(yanglint, data, text);
                Files.writeString(data, control.text("/v1/yang?instance=radio", "*/*"));
                assertThat(yanglint.validate(data)).isEmpty();
            }
        }
    }

    /** A second upstream with a host, and two more downstreams; gives the host on the first. */
    private static Host furtherLinks(ProxyNetwork net) {
        Host radio = net.lab.host("radio");
        net.lab.link(net.up, "eth1", net.proxy, "wan2");
        net.lab.link(radio, "eth0", net.proxy, "lan3");
        net.lab.link(radio, "eth1", net.proxy, "lan4");
        ProxyNetwork.address(net.proxy, "wan2", 4, 1);
        ProxyNetwork.address(net.proxy, "lan3", 5, 1);
        ProxyNetwork.address(net.proxy, "lan4", 6, 1);
        ProxyNetwork.address(radio, "eth0", 5, 10);
        for (String name : List.of("wan2", "lan3", "lan4")) {
            net.proxy.awaitLinkLocal(name);
        }
        radio.awaitLinkLocal("eth0");
        return radio;
    }

    private static Packet blocking(IpAddress sender) {
        return Packet.toSend(
                sender,
                IpAddress.of("224.0.0.22"),
                new Message.Report(
                        Protocol.IGMPV3,
                        List.of(
                                new GroupRecord(
                                        RecordType.TO_EX,
                                        BLOCKED,
                                        List.of(IpAddress.of("192.0.2.66"))))));
    }

    private static String await(
            ControlClient control, Predicate<String> condition, LabProcess daemon) {
        Optional<String> text =
                Await.value(
                        ProxyNetwork.PATIENCE,
                        () -> {
                            try {
                                return Optional.of(control.text("/v1/yang", "*/*"))
                                        .filter(condition);
                            } catch (mcproxy.control.ControlException _) {
                                return Optional.empty(); // the socket comes after the queries
                            }
                        });
        return text.orElseThrow(() ->
                new AssertionError(
                        "not "
                                + control.text("/v1/yang", "*/*")
                                + "; the daemon says "
                                + daemon.tail(20)));
    }

    /** Have all hosts been heard, and everything been reported? */
    private static boolean isComplete(String text) {
        Node root = new Node(Jsonb.instance().type(Object.class).fromJson(text));
        try {
            Node lan1 = interfaceOf(root, "ietf-igmp-mld:igmp", "tv", "lan1");
            Node lan1v6 = interfaceOf(root, "ietf-igmp-mld:mld", "tv", "lan1");
            Node wan = interfaceOf(root, "ietf-igmp-mld-proxy:igmp-proxy", "tv", "wan");
            Node wan6 = interfaceOf(root, "ietf-igmp-mld-proxy:mld-proxy", "tv", "wan");
            Node lan3 = interfaceOf(root, "ietf-igmp-mld:igmp", "radio", "lan3");
            return hosts(group(lan1, CHANNEL4)) == 2
                    && hosts(group(lan1v6, CHANNEL6)) == 2
                    && group(lan1, ANY4).has("expire")
                    && group(lan1v6, ANY6).has("expire")
                    && group(interfaceOf(root, "ietf-igmp-mld:igmp", "tv", "lan2"), BLOCKED)
                            .has("expire")
                    && group(lan3, ANY4).has("expire")
                    && group(wan, CHANNEL4).has("source")
                    && group(wan6, CHANNEL6).has("source");
        } catch (NoSuchElementException _) {
            return false;
        }
    }

    private static int hosts(Node group) {
        return group.get("source").at(0).get("host").size();
    }

    private static Node group(Node link, IpAddress address) {
        return link.get("group").where("group-address", address.toString());
    }

    private static Node interfaceOf(Node root, String type, String instance, String link) {
        Node protocol =
                root.get("ietf-routing:routing")
                        .get("control-plane-protocols")
                        .get("control-plane-protocol")
                        .where("type", type, "name", instance);
        String key = type.startsWith("ietf-igmp-mld-proxy:") ? "name" : "interface-name";
        return protocol.get(type).get("interfaces").get("interface").where(key, link);
    }

    private static void checkRouter(Node root) {
        Node lan1 = interfaceOf(root, "ietf-igmp-mld:igmp", "tv", "lan1");
        assertThat(lan1.text("version")).isEqualTo("3");
        assertThat(lan1.text("querier")).isEqualTo("10.0.2.1");
        assertThat(lan1.text("query-interval")).isEqualTo("125");
        assertThat(lan1.has("last-member-query-interval")).as("300 ms in seconds").isFalse();
        assertThat(lan1.has("immediate-leave")).isTrue();
        assertThat(lan1.has("verify-source-subnet")).isTrue();
        assertThat(lan1.has("explicit-tracking")).isTrue();
        assertThat(lan1.get("static-group").size()).isEqualTo(2);
        assertThat(lan1.get("static-group").where("group-addr", "232.9.9.9").text("source-addr"))
                .isEqualTo("192.0.2.9");
        Node channel = group(lan1, CHANNEL4);
        assertThat(channel.text("filter-mode")).isEqualTo("include");
        assertThat(Long.parseLong(channel.text("expire"))).isBetween(100L, 300L);
        Node source = channel.get("source").where("source-address", "10.0.1.10");
        assertThat(source.text("host-count")).isEqualTo("2");
        assertThat(source.get("host").where("host-address", "10.0.2.20").text("host-filter-mode"))
                .isEqualTo("include");
        Node lan2 = interfaceOf(root, "ietf-igmp-mld:igmp", "tv", "lan2");
        assertThat(lan2.has("immediate-leave")).isFalse();
        assertThat(lan2.get("ssm-map").at(0).text("ssm-map-source-addr")).isEqualTo("192.0.2.5");
        assertThat(group(lan2, BLOCKED).text("filter-mode")).isEqualTo("exclude");
        Node blocked = group(lan2, BLOCKED).get("source").at(0);
        assertThat(blocked.text("source-address")).isEqualTo("192.0.2.66");
        assertThat(blocked.text("expire")).isEqualTo("0");
        assertThat(blocked.get("host").at(0).text("host-filter-mode")).isEqualTo("exclude");
        assertThat(lan1.get("group").size()).as("what is only static is no group").isEqualTo(2);
        Node lan3 = interfaceOf(root, "ietf-igmp-mld:igmp", "radio", "lan3");
        assertThat(lan3.text("version")).isEqualTo("2");
        assertThat(lan3.text("query-interval")).isEqualTo("20");
        assertThat(lan3.has("explicit-tracking")).as("in IGMPv2").isFalse();
        Node mld = interfaceOf(root, "ietf-igmp-mld:mld", "tv", "lan1");
        assertThat(mld.text("version")).isEqualTo("2");
        assertThat(mld.text("require-router-alert")).isEqualTo("true");
        assertThat(mld.text("querier")).startsWith("fe80:");
        Node lan4 = interfaceOf(root, "ietf-igmp-mld:mld", "asker", "lan4");
        assertThat(lan4.text("oper-status")).isEqualTo("up");
        assertThat(lan4.has("lite-exclude-filter")).isTrue();
        Node statistics =
                root.get("ietf-routing:routing")
                        .get("control-plane-protocols")
                        .get("control-plane-protocol")
                        .where("type", "ietf-igmp-mld:igmp", "name", "tv")
                        .get("ietf-igmp-mld:igmp")
                        .get("global")
                        .get("statistics");
        assertThat(Long.parseLong(statistics.get("received").text("report"))).isPositive();
        assertThat(Long.parseLong(statistics.get("sent").text("query"))).isPositive();
    }

    private static void checkProxy(Node root) {
        Node wan = interfaceOf(root, "ietf-igmp-mld-proxy:igmp-proxy", "tv", "wan");
        assertThat(wan.text("igmp-version")).isEqualTo("3");
        assertThat(wan.text("sender-source-address")).isEqualTo("10.0.1.1");
        Node channel = group(wan, CHANNEL4);
        assertThat(channel.text("filter-mode")).isEqualTo("include");
        assertThat(channel.get("source").at(0).text("source-address")).isEqualTo("10.0.1.10");
        assertThat(channel.get("source").at(0).get("downstream-interface").at(0).text("name"))
                .isEqualTo("lan1");
        assertThat(group(wan, ANY4).text("filter-mode")).isEqualTo("exclude");
        Node radio = interfaceOf(root, "ietf-igmp-mld-proxy:igmp-proxy", "radio", "wan2");
        assertThat(group(radio, ANY4).text("filter-mode")).isEqualTo("exclude");
        Node six = interfaceOf(root, "ietf-igmp-mld-proxy:mld-proxy", "tv", "wan");
        assertThat(six.text("mld-version")).isEqualTo("2");
    }

    /** Data with one thing wrong in it is refused: what is accepted has been looked at. */
    private static void checkThatYanglintRefuses(Yanglint yanglint, Path data, String text)
            throws Exception {
        Map<String, String> faults =
                Map.of(
                        "\"filter-mode\":\"include\"", "\"filter-mode\":\"some\"",
                        "\"interface-name\":\"lan1\"", "\"interface-name\":\"lan7\"",
                        "\"querier\":", "\"queryer\":",
                        "\"explicit-tracking\":[null]", "\"explicit-tracking\":true",
                        "\"version\":3", "\"version\":4",
                        "\"group-address\":\"239.1.1.1\"", "\"group-address\":\"10.1.1.1\"");
        for (Map.Entry<String, String> fault : faults.entrySet()) {
            assertThat(text).contains(fault.getKey());
            Files.writeString(data, text.replace(fault.getKey(), fault.getValue()));
            assertThat(yanglint.validate(data)).as("%s", fault).isNotEmpty();
        }
    }

    /** A value of a JSON document. */
    private record Node(Object value) {
        Node get(String name) {
            Object found = value instanceof Map<?, ?> object ? object.get(name) : null;
            if (found == null) {
                throw new NoSuchElementException(name + " in " + value);
            }
            return new Node(found);
        }

        boolean has(String name) {
            return value instanceof Map<?, ?> object && object.containsKey(name);
        }

        Node at(int number) {
            return new Node(((List<?>) value).get(number));
        }

        int size() {
            return ((List<?>) value).size();
        }

        /** A leaf; numbers are read as such with a fraction. */
        String text(String name) {
            Object leaf = get(name).value;
            return leaf instanceof Number number
                    ? Long.toString(number.longValue())
                    : String.valueOf(leaf);
        }

        /** The entry of a list that has these leaves. */
        Node where(String... leaves) {
            for (Object one : (List<?>) value) {
                Node node = new Node(one);
                boolean all = true;
                for (int i = 0; i < leaves.length; i += 2) {
                    all &= node.has(leaves[i]) && node.text(leaves[i]).equals(leaves[i + 1]);
                }
                if (all) {
                    return node;
                }
            }
            throw new NoSuchElementException(List.of(leaves) + " in " + value);
        }
    }
}
