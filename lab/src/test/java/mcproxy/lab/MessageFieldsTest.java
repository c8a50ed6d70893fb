package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Protocol;
import mcproxy.wire.RecordType;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The fields of every message that we send, as tshark reads them, against the values in the RFCs.
 * The last member query interval is 300 ms, all else has its default.
 */
@InSandbox
class MessageFieldsTest {
    private static final String IGMP =
            "eth.dst ip.src ip.dst ip.ttl ip.dsfield ip.opt.ra igmp.checksum.status igmp.type";
    private static final String IGMP_QUERY =
            IGMP
                    + " igmp.version igmp.max_resp igmp.maddr igmp.s igmp.qrv igmp.qqic"
                    + " igmp.num_src igmp.saddr";
    private static final String IGMP_REPORT =
            IGMP
                    + " igmp.num_grp_recs igmp.record_type igmp.maddr igmp.aux_data_len"
                    + " igmp.num_src igmp.saddr";
    private static final String IGMP_OLD = IGMP + " igmp.version igmp.max_resp igmp.maddr";
    private static final String MLD =
            "eth.dst ipv6.src ipv6.dst ipv6.hlim ipv6.nxt ipv6.opt.router_alert"
                    + " icmpv6.checksum.status icmpv6.type icmpv6.code";
    private static final String MLD_QUERY =
            MLD
                    + " icmpv6.mld.maximum_response_code icmpv6.mld.multicast_address"
                    + " icmpv6.mld.flag.s icmpv6.mld.flag.qrv icmpv6.mld.qqi icmpv6.mld.nb_sources"
                    + " icmpv6.mld.source_address";
    private static final String MLD_REPORT =
            MLD
                    + " icmpv6.mldr.nb_mcast_records icmpv6.mldr.mar.record_type"
                    + " icmpv6.mldr.mar.multicast_address icmpv6.mldr.mar.aux_data_len"
                    + " icmpv6.mldr.mar.nb_sources icmpv6.mldr.mar.source_address";
    private static final String MLD_OLD =
            MLD + " icmpv6.mld.maximum_response_delay icmpv6.mld.multicast_address";

    /** What stands where the checksum is right. */
    private static final String GOOD = "1";

    // shows RFC4286-2-1, RFC4286-3.3.1-1, RFC4286-5.2.1-1
    @Test
    void messagesOfTheNewestVersions() throws Exception {
        assumeTshark();
        try (ProxyNetwork net = new ProxyNetwork()) {
            // More chances to answer between two queries, on a busy machine.
            LabProcess daemon = net.startDaemon("pinstance tv set last-member-query-count 3;");
            for (Family family : Family.values()) {
                leaveGroup(net, family);
                leaveSources(net, family);
                ProxyNetwork.await(
                        net.atTv3,
                        "advertisement",
                        seen ->
                                seen.packet().message() instanceof Message.RouterAdvertisement one
                                        && one.family() == family);
            }
            assertThat(daemon.stop(Duration.ofSeconds(5)).status()).isZero();
            for (Family family : Family.values()) {
                ProxyNetwork.await(
                        net.atTv3,
                        "termination",
                        seen ->
                                seen.packet().message() instanceof Message.RouterTermination one
                                        && one.family() == family);
            }
            Path down = pcap(net, net.atTv3);
            Path up = pcap(net, net.atUp);

            // RFC 9776 4 and 4.1: TTL 1, TOS 0xc0, Router Alert; 10 s and 0.3 s in tenths.
            String head = "10.0.3.1 %s 1 0xc0 0 " + GOOD + " 0x11 3 ";
            String toAll = "01:00:5e:00:00:01 " + head.formatted("224.0.0.1");
            String toGroup = "01:00:5e:01:01:01 " + head.formatted("239.1.1.1") + "3 239.1.1.1 ";
            String toChannel = "01:00:5e:01:01:01 " + head.formatted("232.1.1.1") + "3 232.1.1.1 ";
            assertThat(rows(down, "igmp.type == 0x11", IGMP_QUERY))
                    .contains(
                            toAll + "100 0.0.0.0 0 2 125 0 -",
                            toGroup + "0 2 125 0 -",
                            toGroup + "1 2 125 0 -",
                            toChannel + "0 2 125 2 10.0.1.10,10.0.1.20",
                            toChannel + "1 2 125 1 10.0.1.10",
                            toChannel + "0 2 125 1 10.0.1.20")
                    // When both are blocked in the end, the other one may be gone already.
                    .isSubsetOf(
                            toAll + "100 0.0.0.0 0 2 125 0 -",
                            toGroup + "0 2 125 0 -",
                            toGroup + "1 2 125 0 -",
                            toChannel + "0 2 125 2 10.0.1.10,10.0.1.20",
                            toChannel + "1 2 125 1 10.0.1.10",
                            toChannel + "0 2 125 1 10.0.1.20",
                            toChannel + "0 2 125 1 10.0.1.10");

            // RFC 9777 5 and 5.1: hop limit 1, link-local source, Router Alert; milliseconds.
            head = ProxyNetwork.linkLocal(net.proxy, "lan2") + " %s 1 0 0 " + GOOD + " 130 0 ";
            toAll = "33:33:00:00:00:01 " + head.formatted("ff02::1");
            toGroup = "33:33:00:01:00:01 " + head.formatted("ff0e::1:1") + "300 ff0e::1:1 ";
            toChannel = "33:33:80:00:00:01 " + head.formatted("ff3e::8000:1");
            toChannel += "300 ff3e::8000:1 ";
            assertThat(rows(down, "icmpv6.type == 130", MLD_QUERY))
                    .contains(
                            toAll + "10000 :: 0 2 125 0 -",
                            toGroup + "0 2 125 0 -",
                            toGroup + "1 2 125 0 -",
                            toChannel + "0 2 125 2 2001:db8:1::10,2001:db8:1::20",
                            toChannel + "1 2 125 1 2001:db8:1::10",
                            toChannel + "0 2 125 1 2001:db8:1::20")
                    .isSubsetOf(
                            toAll + "10000 :: 0 2 125 0 -",
                            toGroup + "0 2 125 0 -",
                            toGroup + "1 2 125 0 -",
                            toChannel + "0 2 125 2 2001:db8:1::10,2001:db8:1::20",
                            toChannel + "1 2 125 1 2001:db8:1::10",
                            toChannel + "0 2 125 1 2001:db8:1::20",
                            toChannel + "0 2 125 1 2001:db8:1::10");

            // RFC 4286 3 and 5. Of the IGMP ones tshark reads no more than the type: the rest is
            // 20 s, the checksum, 125 s and robustness 2, by hand.
            assertThat(rows(down, "igmp.type == 0x30 || igmp.type == 0x32", IGMP))
                    .containsExactlyInAnyOrder(
                            "01:00:5e:00:00:6a 10.0.3.1 224.0.0.106 1 0xc0 0 - 0x30",
                            "01:00:5e:00:00:6a 10.0.3.1 224.0.0.106 1 0xc0 0 - 0x32");
            assertThat(igmpBytes(net.atTv3, Message.RouterAdvertisement.class))
                    .containsOnly("3014cf6c007d0002");
            assertThat(igmpBytes(net.atTv3, Message.RouterTermination.class))
                    .containsOnly("3200cdff");
            head = "33:33:00:00:00:6a " + ProxyNetwork.linkLocal(net.proxy, "lan2") + " ff02::6a ";
            assertThat(
                            rows(
                                    down,
                                    "icmpv6.type == 151 || icmpv6.type == 153",
                                    MLD
                                            + " icmpv6.mcast_ra.query_interval"
                                            + " icmpv6.mcast_ra.robustness_variable"))
                    .containsExactlyInAnyOrder(
                            // The code is the advertisement interval.
                            head + "1 0 0 " + GOOD + " 151 20 125 2",
                            head + "1 0 0 " + GOOD + " 153 0 - -");

            // RFC 9776 4.2 and RFC 9777 5.2.
            assertReports(
                    rows(up, "igmp.type == 0x22 && ip.src == 10.0.1.1", IGMP_REPORT),
                    "01:00:5e:00:00:16 10.0.1.1 224.0.0.22 1 0xc0 0 " + GOOD + " 0x22 ",
                    Family.IPV4);
            IpAddress wan = ProxyNetwork.linkLocal(net.proxy, "wan");
            assertReports(
                    rows(up, "icmpv6.type == 143 && ipv6.src == " + wan, MLD_REPORT),
                    "33:33:00:00:00:16 " + wan + " ff02::16 1 0 0 " + GOOD + " 143 0 ",
                    Family.IPV6);
        }
    }

    /** All have the head and right numbers, and among their records is each of the four changes. */
    private static void assertReports(Set<String> rows, String head, Family family) {
        Set<String> records = new TreeSet<>();
        for (String row : rows) {
            assertThat(row).startsWith(head);
            records.addAll(records(row.substring(head.length()).split(" ", -1), row));
        }
        String both = ProxyNetwork.node(channel(family), 1, 10) + "," + other(family);
        assertThat(records)
                .contains(
                        RecordType.TO_EX.code() + " " + group(family) + " ",
                        RecordType.TO_IN.code() + " " + group(family) + " ",
                        RecordType.ALLOW.code() + " " + channel(family) + " " + both,
                        RecordType.BLOCK.code() + " " + channel(family) + " " + other(family));
    }

    private static IpAddress other(Family family) {
        return ProxyNetwork.node(channel(family), 1, 20);
    }

    /** Type, group and sources of each record in the last fields of a row. */
    private static List<String> records(String[] fields, String row) {
        List<String> types = List.of(fields[1].split(",", -1));
        List<String> groups = List.of(fields[2].split(",", -1));
        List<String> counts = List.of(fields[4].split(",", -1));
        List<String> sources = List.of(fields[5].replace("-", "").split(",", -1));
        assertThat(fields[0]).as(row).isEqualTo("" + types.size());
        assertThat(groups).as(row).hasSameSizeAs(types);
        assertThat(counts).as(row).hasSameSizeAs(types);
        assertThat(fields[3].split(",", -1)).as("auxiliary data of %s", row).containsOnly("0");
        List<String> records = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < types.size(); i++) {
            int to = from + Integer.parseInt(counts.get(i));
            List<String> named = sources.subList(from, to);
            records.add(types.get(i) + " " + groups.get(i) + " " + String.join(",", named));
            from = to;
        }
        return records;
    }

    /** RFC 9776 4.2.12 and RFC 9777 5.2.12: IS_IN with its sources, and IS_EX without any. */
    @Test
    void answersToAQuery() throws Exception {
        assumeTshark();
        try (ProxyNetwork net = new ProxyNetwork()) {
            var _ = net.startDaemon();
            for (Family family : Family.values()) {
                List<IpAddress> both =
                        List.of(
                                ProxyNetwork.node(channel(family), 1, 10),
                                ProxyNetwork.node(channel(family), 1, 20));
                report(net, new GroupRecord(RecordType.TO_EX, group(family), List.of()));
                report(net, new GroupRecord(RecordType.ALLOW, channel(family), both));
                awaitReport(net, new GroupRecord(RecordType.TO_EX, group(family), List.of()));
                awaitReport(net, new GroupRecord(RecordType.ALLOW, channel(family), both));
                net.askFromAbove(
                        new Message.Query(
                                Protocol.newest(family),
                                family.unspecified(),
                                1000,
                                false,
                                2,
                                125,
                                List.of()));
                awaitReport(net, new GroupRecord(RecordType.IS_EX, group(family), List.of()));
                awaitReport(net, new GroupRecord(RecordType.IS_IN, channel(family), both));
            }
            Path up = pcap(net, net.atUp);
            String head = "01:00:5e:00:00:16 10.0.1.1 224.0.0.22 1 0xc0 0 " + GOOD + " 0x22 ";
            assertThat(rows(up, "ip.src == 10.0.1.1 && igmp.record_type == 1", IGMP_REPORT))
                    .containsAnyOf(
                            head + "2 1,2 232.1.1.1,239.1.1.1 0,0 2,0 10.0.1.10,10.0.1.20",
                            head + "2 2,1 239.1.1.1,232.1.1.1 0,0 0,2 10.0.1.10,10.0.1.20");
            IpAddress wan = ProxyNetwork.linkLocal(net.proxy, "wan");
            head = "33:33:00:00:00:16 " + wan + " ff02::16 1 0 0 " + GOOD + " 143 0 ";
            String sources = "2001:db8:1::10,2001:db8:1::20";
            assertThat(
                            rows(
                                    up,
                                    "ipv6.src == " + wan + " && icmpv6.mldr.mar.record_type == 1",
                                    MLD_REPORT))
                    .containsAnyOf(
                            head + "2 1,2 ff3e::8000:1,ff0e::1:1 0,0 2,0 " + sources,
                            head + "2 2,1 ff0e::1:1,ff3e::8000:1 0,0 0,2 " + sources);
        }
    }

    /** RFC 2236 2 and RFC 2710 3, with the Max Resp Code in tenths and milliseconds. */
    @Test
    void messagesOfTheVersionsBefore() throws Exception {
        assumeTshark();
        try (ProxyNetwork net = new ProxyNetwork()) {
            net.tv3.igmpVersion("eth0", 2);
            net.tv3.mldVersion("eth0", 1);
            var _ = net.startDaemon("protocol IGMPv2, MLDv1;");
            for (Family family : Family.values()) {
                joinAndLeave(net, family);
            }
            Path down = pcap(net, net.atTv3);
            Path up = pcap(net, net.atUp);
            String head = " 1 0xc0 0 " + GOOD + " ";
            assertThat(rows(down, "igmp.type == 0x11", IGMP_OLD))
                    .containsExactlyInAnyOrder(
                            "01:00:5e:00:00:01 10.0.3.1 224.0.0.1" + head + "0x11 2 100 0.0.0.0",
                            "01:00:5e:01:01:01 10.0.3.1 239.1.1.1" + head + "0x11 2 3 239.1.1.1");
            assertThat(rows(up, "igmp && ip.src == 10.0.1.1", IGMP_OLD))
                    .containsExactlyInAnyOrder(
                            "01:00:5e:01:01:01 10.0.1.1 239.1.1.1" + head + "0x16 2 0 239.1.1.1",
                            "01:00:5e:00:00:02 10.0.1.1 224.0.0.2" + head + "0x17 2 0 239.1.1.1");
            head = " 1 0 0 " + GOOD + " ";
            IpAddress lan = ProxyNetwork.linkLocal(net.proxy, "lan2");
            assertThat(rows(down, "icmpv6.type == 130", MLD_OLD))
                    .containsExactlyInAnyOrder(
                            "33:33:00:00:00:01 " + lan + " ff02::1" + head + "130 0 10000 ::",
                            "33:33:00:01:00:01 "
                                    + lan
                                    + " ff0e::1:1"
                                    + head
                                    + "130 0 300 ff0e::1:1");
            IpAddress wan = ProxyNetwork.linkLocal(net.proxy, "wan");
            assertThat(rows(up, "icmpv6.type == 131 || icmpv6.type == 132", MLD_OLD))
                    .containsExactlyInAnyOrder(
                            "33:33:00:01:00:01 " + wan + " ff0e::1:1" + head + "131 0 0 ff0e::1:1",
                            "33:33:00:00:00:02 " + wan + " ff02::2" + head + "132 0 0 ff0e::1:1");
        }
    }

    /** RFC 1112, appendix I: no Max Resp Code. */
    @Test
    void messagesOfTheFirstVersion() throws Exception {
        assumeTshark();
        try (ProxyNetwork net = new ProxyNetwork()) {
            net.tv3.igmpVersion("eth0", 1);
            var _ = net.startDaemon("protocol IGMPv1, MLDv1;");
            IpAddress group = group(Family.IPV4);
            net.join(net.tv3, group);
            ProxyNetwork.await(net.atUp, "report", seen -> !seen.outgoing() && seen.reports(group));
            String head = " 1 0xc0 0 " + GOOD + " ";
            assertThat(rows(pcap(net, net.atTv3), "igmp.type == 0x11", IGMP_OLD))
                    .containsExactly(
                            "01:00:5e:00:00:01 10.0.3.1 224.0.0.1" + head + "0x11 1 - 0.0.0.0");
            assertThat(rows(pcap(net, net.atUp), "igmp && ip.src == 10.0.1.1", IGMP_OLD))
                    .containsExactly(
                            "01:00:5e:01:01:01 10.0.1.1 239.1.1.1" + head + "0x12 1 - 239.1.1.1");
        }
    }

    /** What follows the Ethernet header and the IPv4 header with Router Alert, in hexadecimal. */
    private static Set<String> igmpBytes(LinkCapture link, Class<? extends Message> kind) {
        int from = 14 + 24;
        return link
                .membership(seen ->
                        kind.isInstance(seen.packet().message())
                                && seen.packet().message().family() == Family.IPV4)
                .stream()
                .map(seen -> {
                    byte[] bytes = new byte[seen.frame().remaining() - from];
                    seen.frame().get(seen.frame().position() + from, bytes);
                    return HexFormat.of().formatHex(bytes);
                })
                .collect(Collectors.toSet());
    }

    private static IpAddress group(Family family) {
        return IpAddress.of(family == Family.IPV4 ? "239.1.1.1" : "ff0e::1:1");
    }

    private static IpAddress channel(Family family) {
        return IpAddress.of(family == Family.IPV4 ? "232.1.1.1" : "ff3e::8000:1");
    }

    private static void joinAndLeave(ProxyNetwork net, Family family) {
        StreamReceiver receiver = net.join(net.tv3, group(family));
        ProxyNetwork.await(
                net.atUp, "report", seen -> !seen.outgoing() && seen.reports(group(family)));
        receiver.leave();
        ProxyNetwork.await(
                net.atUp,
                "leave",
                seen ->
                        seen.packet().message() instanceof Message.Leave leave
                                && leave.group().equals(group(family)));
    }

    /** A host leaves, is asked, answers that it listens, is asked once more, and leaves again. */
    private static void leaveGroup(ProxyNetwork net, Family family) {
        IpAddress group = group(family);
        report(net, new GroupRecord(RecordType.TO_EX, group, List.of()));
        ProxyNetwork.await(net.atUp, "join", seen -> seen.reports(group));
        report(net, new GroupRecord(RecordType.TO_IN, group, List.of()));
        ProxyNetwork.await(net.atTv3, "query", seen -> isQuery(seen, group, false));
        report(net, new GroupRecord(RecordType.IS_EX, group, List.of()));
        ProxyNetwork.await(net.atTv3, "query with S", seen -> isQuery(seen, group, true));
        report(net, new GroupRecord(RecordType.TO_IN, group, List.of()));
        awaitReport(net, new GroupRecord(RecordType.TO_IN, group, List.of()));
    }

    /** The same with two sources, of which one is still wanted when asked. */
    private static void leaveSources(ProxyNetwork net, Family family) {
        IpAddress group = channel(family);
        IpAddress one = ProxyNetwork.node(group, 1, 10);
        List<IpAddress> both = List.of(one, ProxyNetwork.node(group, 1, 20));
        report(net, new GroupRecord(RecordType.ALLOW, group, both));
        awaitReport(net, new GroupRecord(RecordType.ALLOW, group, both));
        report(net, new GroupRecord(RecordType.BLOCK, group, both));
        ProxyNetwork.await(net.atTv3, "query", seen -> isQuery(seen, group, false));
        report(net, new GroupRecord(RecordType.IS_IN, group, List.of(one)));
        ProxyNetwork.await(net.atTv3, "query with S", seen -> isQuery(seen, group, true));
        report(net, new GroupRecord(RecordType.BLOCK, group, both));
        awaitReport(net, new GroupRecord(RecordType.BLOCK, group, List.of(one)));
    }

    private static void report(ProxyNetwork net, GroupRecord record) {
        Family family = record.group().family();
        boolean ipv4 = family == Family.IPV4;
        ProxyNetwork.inject(
                net.tv3,
                Packet.toSend(
                        ipv4 ? IpAddress.of("10.0.3.10") : ProxyNetwork.linkLocal(net.tv3),
                        IpAddress.of(ipv4 ? "224.0.0.22" : "ff02::16"),
                        new Message.Report(Protocol.newest(family), List.of(record))));
    }

    private static boolean isQuery(LinkCapture.Seen seen, IpAddress group, boolean suppress) {
        return seen.packet().message() instanceof Message.Query query
                && query.group().equals(group)
                && query.suppressRouterSide() == suppress;
    }

    private static void awaitReport(ProxyNetwork net, GroupRecord record) {
        ProxyNetwork.await(
                net.atUp,
                record.toString(),
                seen ->
                        seen.packet().message() instanceof Message.Report report
                                && report.records().contains(record));
    }

    private static void assumeTshark() {
        assumeThat(Path.of("/usr/bin/tshark"))
                .as("tshark reads the fields; install it with: apt-get install tshark")
                .exists();
    }

    private static Path pcap(ProxyNetwork net, LinkCapture link) {
        Path file = net.lab.folder().resolve(link + ".pcap");
        link.writePcap(file);
        return file;
    }

    /** The different values of some fields, in the packets that a filter lets through. */
    private static Set<String> rows(Path file, String filter, String fields) {
        List<String> command =
                new ArrayList<>(List.of("tshark", "-o", "ip.check_checksum:TRUE", "-T", "fields"));
        command.addAll(List.of("-E", "separator=;", "-r", file.toString(), "-Y", filter));
        for (String field : fields.split(" ", -1)) {
            command.addAll(List.of("-e", field));
        }
        return Command.run(command)
                .lines()
                .filter(line -> line.contains(";")) // no warning about the superuser
                .map(MessageFieldsTest::row)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** With a hyphen for each field that is missing; truth values differ between versions. */
    private static String row(String line) {
        return Arrays.stream(line.split(";", -1))
                .map(field ->
                        switch (field) {
                            case "" -> "-";
                            case "True" -> "1";
                            case "False" -> "0";
                            default -> field;
                        })
                .collect(Collectors.joining(" "));
    }
}
