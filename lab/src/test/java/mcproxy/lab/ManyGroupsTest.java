package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.wire.Family;
import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message;
import mcproxy.wire.Packet;
import mcproxy.wire.Protocol;
import mcproxy.wire.RecordType;
import mcproxy.wire.ReportRecord;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A thousand groups at once: whole packets of reports, down there and up here. */
@InSandbox
class ManyGroupsTest {
    private static final int GROUPS = 1000;
    private static final int ETHERNET_HEADER = 14;
    private static final int MTU = 1500;

    @ParameterizedTest
    @EnumSource(Family.class)
    void aThousandGroupsAreReportedAndLeftInFewPackets(Family family) throws Exception {
        boolean ipv4 = family == Family.IPV4;
        Set<IpAddress> groups =
                IntStream.range(0, GROUPS)
                        .mapToObj(number ->
                                ipv4
                                        ? "239.2." + number / 250 + "." + number % 250
                                        : "ff0e::2:%x".formatted(number))
                        .map(IpAddress::of)
                        .collect(Collectors.toCollection(HashSet::new));
        // What fits: 24 or 48 bytes of IP header, 8 of the message, 8 or 20 of a record.
        int recordsOfPacket = ipv4 ? (MTU - 24 - 8) / 8 : (MTU - 48 - 8) / 20;
        int fewest = (GROUPS + recordsOfPacket - 1) / recordsOfPacket;
        try (ProxyNetwork net = new ProxyNetwork()) {
            LabProcess daemon = net.startDaemon();
            for (RecordType type : List.of(RecordType.TO_EX, RecordType.TO_IN)) {
                List<Packet> reports = reports(net, family, type, groups, recordsOfPacket);
                assertThat(reports).hasSize(fewest);
                long begin = System.nanoTime();
                reports.forEach(report -> ProxyNetwork.inject(net.tv3, report));
                Await.until(
                        ProxyNetwork.PATIENCE,
                        () ->
                                GROUPS
                                        + " groups with "
                                        + type
                                        + ", of "
                                        + told(net.atUp, type).size()
                                        + "; the daemon says "
                                        + daemon.tail(5),
                        () -> told(net.atUp, type).containsAll(groups));
                assertThat(told(net.atUp, type)).isEqualTo(groups);
                Duration took = Duration.ofNanos(System.nanoTime() - begin);
                List<LinkCapture.Seen> packets = packets(net.atUp, type);
                // Each is said twice (robustness), and one report may meet the timer half-way.
                assertThat(packets).hasSizeLessThanOrEqualTo(4 * fewest);
                assertThat(took).isLessThan(Duration.ofSeconds(3));
            }
            for (LinkCapture link : List.of(net.atUp, net.atTv3)) {
                assertThat(link.membership(seen -> !seen.outgoing()))
                        .allSatisfy(seen ->
                                assertThat(seen.frame().remaining())
                                        .isLessThanOrEqualTo(ETHERNET_HEADER + MTU));
                assertThat(link.malformed()).isEmpty();
                assertThat(link.forgotten()).isZero();
            }
            assertThat(daemon.isAlive()).isTrue();
        }
    }

    private static List<Packet> reports(
            ProxyNetwork net,
            Family family,
            RecordType type,
            Set<IpAddress> groups,
            int recordsOfPacket) {
        boolean ipv4 = family == Family.IPV4;
        IpAddress source = ipv4 ? IpAddress.of("10.0.3.10") : ProxyNetwork.linkLocal(net.tv3);
        List<ReportRecord> records = new ArrayList<>();
        groups.forEach(group -> records.add(new GroupRecord(type, group, List.of())));
        List<Packet> reports = new ArrayList<>();
        for (int from = 0; from < records.size(); from += recordsOfPacket) {
            int to = Math.min(records.size(), from + recordsOfPacket);
            reports.add(
                    Packet.toSend(
                            source,
                            IpAddress.of(ipv4 ? "224.0.0.22" : "ff02::16"),
                            new Message.Report(
                                    Protocol.newest(family), records.subList(from, to))));
        }
        return reports;
    }

    /** The reports that say this of groups which are no matter of their link alone. */
    private static List<LinkCapture.Seen> packets(LinkCapture link, RecordType type) {
        return link.membership(seen -> !seen.outgoing() && !told(seen, type).isEmpty());
    }

    /** The groups of which they say it. */
    private static Set<IpAddress> told(LinkCapture link, RecordType type) {
        return packets(link, type).stream()
                .flatMap(seen -> told(seen, type).stream())
                .collect(Collectors.toSet());
    }

    private static Set<IpAddress> told(LinkCapture.Seen seen, RecordType type) {
        Set<IpAddress> groups = new HashSet<>();
        if (seen.packet().message() instanceof Message.Report report) {
            for (ReportRecord record : report.records()) {
                // Of link-scope groups the proxy's kernel reports its own.
                if (record instanceof GroupRecord known
                        && known.type() == type
                        && !known.group().isLinkScopeGroup()) {
                    groups.add(known.group());
                }
            }
        }
        return groups;
    }
}
