package mcproxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Collections;
import java.util.List;

class MessageSizeTest {
    /** 366 and 89 stand in RFC 9776 4.1.8 and RFC 9777 5.1.10. */
    // shows RFC9776-4.1.8-1, RFC9777-5.1.10-1
    @ParameterizedTest
    @CsvSource({
        "IPV4, 1500, 1476, 366, 365, 183",
        "IPV6, 1500, 1452, 89, 89, 72",
        "IPV4, 576, 552, 135, 134, 68",
        "IPV6, 1280, 1232, 75, 75, 61",
        "IPV4, 65535, 65511, 16374, 16373, 8187",
        "IPV4, 65536, 65511, 16374, 16373, 8187", // loopback: more than a packet holds
        "IPV4, 24, 0, 0, 0, 0",
        "IPV4, 0, 0, 0, 0, 0",
        "IPV6, 47, 0, 0, 0, 0",
        "IPV6, 91, 43, 0, 0, 1",
        "IPV6, 2147483647, 65527, 4093, 4093, 3275",
    })
    void whatFits(Family family, int mtu, int budget, int inQuery, int inRecord, int records) {
        assertThat(MessageSize.budget(family, mtu)).isEqualTo(budget);
        assertThat(MessageSize.sourcesPerQuery(family, mtu)).isEqualTo(inQuery);
        assertThat(MessageSize.sourcesPerRecord(family, mtu)).isEqualTo(inRecord);
        assertThat(MessageSize.recordsPerReport(family, mtu)).isEqualTo(records);
    }

    /** Filled to the last source at every MTU, packets fit, and one source more would not. */
    // shows RFC9776-4.1.8-1, RFC9777-5.1.10-1
    @ParameterizedTest
    @EnumSource
    void fullPacketsFitTheMtu(Family family) {
        IpAddress group = IpAddress.of(family == Family.IPV4 ? "239.1.2.3" : "ff15::1");
        IpAddress source = IpAddress.of(family == Family.IPV4 ? "10.0.0.1" : "fe80::1");
        Protocol protocol = Protocol.newest(family);
        for (int mtu = 100; mtu < 2000; mtu++) {
            int sources = MessageSize.sourcesPerQuery(family, mtu);
            Message query =
                    new Message.Query(
                            protocol,
                            group,
                            100,
                            false,
                            2,
                            125,
                            Collections.nCopies(sources, source));
            assertThat(packetSize(group, source, query)).isBetween(mtu - family.bytes() + 1, mtu);
            int inRecord = MessageSize.sourcesPerRecord(family, mtu);
            ReportRecord record =
                    new GroupRecord(RecordType.ALLOW, group, Collections.nCopies(inRecord, source));
            Message report = new Message.Report(protocol, List.of(record));
            assertThat(packetSize(group, source, report)).isBetween(mtu - family.bytes() + 1, mtu);
            assertThat(MessageSize.of(report))
                    .isEqualTo(MessageSize.REPORT_HEADER + MessageSize.of(record));
        }
    }

    private static int packetSize(IpAddress group, IpAddress source, Message message) {
        return EthernetFrame.size(Packet.toSend(source, group, message)) - 14;
    }

    @Test
    void recordsCountTheirSources() {
        assertThat(MessageSize.ofRecord(Family.IPV4, 0)).isEqualTo(8);
        assertThat(MessageSize.ofRecord(Family.IPV4, 3)).isEqualTo(20);
        assertThat(MessageSize.ofRecord(Family.IPV6, 0)).isEqualTo(20);
        assertThat(MessageSize.ofRecord(Family.IPV6, 3)).isEqualTo(68);
    }
}
