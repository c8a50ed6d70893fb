package mcproxy.wire;

import static mcproxy.wire.Bytes.hex;
import static mcproxy.wire.Bytes.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;

/** IP headers, options and Ethernet frames around messages. */
class EnvelopeTest {
    /** An IGMPv2 report of 239.1.2.3, summed by hand: 1600 + ef01 + 0203. */
    private static final String REPORT4 = "1600 f8fa ef010203";

    private static final IpAddress FROM6 = IpAddress.of("fe80::1");
    private static final IpAddress GROUP6 = IpAddress.of("ff15::1");
    private static final byte[] REPORT6 =
            Bytes.withMldChecksum(
                    FROM6, GROUP6, hex("8300 0000 0000 0000 ff150000000000000000000000000001"));

    /** A header of 20 bytes plus options with a right checksum, and the report. */
    private static byte[] ipv4(String firstBytes, String options) {
        byte[] header = hex(firstBytes + "0a000002 ef010203" + options);
        int sum = 0;
        for (int i = 0; i < header.length; i += 2) {
            sum += ((header[i] & 0xff) << 8) | (header[i + 1] & 0xff);
        }
        sum = (sum & 0xffff) + (sum >> 16);
        sum = (sum & 0xffff) + (sum >> 16);
        header[10] = (byte) (~sum >> 8);
        header[11] = (byte) ~sum;
        byte[] report = hex(REPORT4);
        return ByteBuffer.allocate(header.length + report.length).put(header).put(report).array();
    }

    private static Decoded<Packet> ipv4Decoded(String firstBytes, String options) {
        return Ipv4Envelope.decode(ByteBuffer.wrap(ipv4(firstBytes, options)));
    }

    private static Decoded<Packet> malformed(Reason reason, int offset) {
        return new Decoded.Malformed<>(reason, offset);
    }

    private static Packet report4(int hopLimit, int trafficClass, boolean routerAlert) {
        IpAddress group = IpAddress.of("239.1.2.3");
        return new Packet(
                IpAddress.of("10.0.0.2"),
                group,
                hopLimit,
                trafficClass,
                routerAlert,
                new Message.OldReport(Protocol.IGMPV2, group));
    }

    @Test
    void ipv4WithoutOptions() {
        assertThat(value(ipv4Decoded("4500001c 00000000 40020000", "")))
                .isEqualTo(report4(64, 0, false));
    }

    @ParameterizedTest
    @CsvSource({
        "94040000, true",
        "01010101 94040000, true",
        "07040400 94040000, true", // record route before
        "94040001, false", // a value that RFC 2113 reserves
        "00009404, false", // behind the end of the options
        "44040500, false",
    })
    void ipv4RouterAlert(String options, boolean found) {
        int words = hex(options).length / 4;
        String start = "4%xc0%04x 00004000 01020000".formatted(5 + words, 28 + 4 * words);
        assertThat(value(ipv4Decoded(start, options))).isEqualTo(report4(1, 0xc0, found));
    }

    @ParameterizedTest
    @CsvSource({
        "94000000, 20", // a length of 0
        "94010000, 20",
        "94050000, 20", // beyond the header
        "01010194, 23", // no room for a length
        "94040000 07090000, 24",
    })
    void ipv4OptionsThatContradictTheirLength(String options, int offset) {
        int words = hex(options).length / 4;
        String start = "4%xc0%04x 00004000 01020000".formatted(5 + words, 28 + 4 * words);
        assertThat(ipv4Decoded(start, options)).isEqualTo(malformed(Reason.IP_HEADER, offset));
    }

    @ParameterizedTest
    @CsvSource({
        "6500001c 00000000 40020000, IP_HEADER, 0", // version 6
        "4400001c 00000000 40020000, IP_HEADER, 0", // a header of 16 bytes
        "4f00001c 00000000 40020000, IP_HEADER, 0", // a header of 60 bytes
        "4500001d 00000000 40020000, IP_HEADER, 2", // longer than it is
        "45000013 00000000 40020000, IP_HEADER, 2", // shorter than its header
        "45000014 00000000 40020000, TOO_SHORT, 20", // no message
        "4500001c 00002000 40020000, FRAGMENT, 6", // more fragments
        "4500001c 00000001 40020000, FRAGMENT, 6", // not the first fragment
        "4500001c 00000000 40110000, NOT_MEMBERSHIP, 9", // UDP
        "4500001b 00000000 40020000, CHECKSUM, 22", // the last byte is padding
    })
    void ipv4Refused(String start, Reason reason, int offset) {
        assertThat(ipv4Decoded(start, "")).isEqualTo(malformed(reason, offset));
    }

    @Test
    void ipv4HeaderChecksum() {
        byte[] packet = ipv4("4500001c 00000000 40020000", "");
        packet[8]++;
        assertThat(Ipv4Envelope.decode(ByteBuffer.wrap(packet)))
                .isEqualTo(malformed(Reason.IP_CHECKSUM, 10));
    }

    @Test
    void ipv4EncodedWithoutOptionsNeverFragments() {
        Packet packet = report4(64, 0, false);
        byte[] bytes =
                Bytes.encoded(Ipv4Envelope.size(packet), to -> Ipv4Envelope.encode(packet, to));
        assertThat(bytes).isEqualTo(ipv4("4500001c 00004000 40020000", ""));
    }

    private static byte[] ipv6(String start, String extensions) {
        byte[] header = hex(start + "fe800000000000000000000000000001");
        byte[] more = hex(extensions);
        return ByteBuffer.allocate(header.length + 16 + more.length + REPORT6.length)
                .put(header)
                .put(GROUP6.bytes())
                .put(more)
                .put(REPORT6)
                .array();
    }

    private static Decoded<Packet> ipv6Decoded(String start, String extensions) {
        return Ipv6Envelope.decode(ByteBuffer.wrap(ipv6(start, extensions)));
    }

    private static Packet report6(int hopLimit, int trafficClass, boolean routerAlert) {
        return new Packet(
                FROM6,
                GROUP6,
                hopLimit,
                trafficClass,
                routerAlert,
                new Message.OldReport(Protocol.MLDV1, GROUP6));
    }

    @ParameterizedTest
    @CsvSource({
        "60000000 0018 3a ff, '', 255, 0, false",
        "6c0fffff 0020 00 01, 3a00050200000100, 1, 192, true",
        "60000000 0020 00 01, 3a00010005020000, 1, 0, true", // padded in front
        "60000000 0020 00 01, 3a00000005020000, 1, 0, true", // with Pad1, twice
        "60000000 0020 00 01, 3a00050200010100, 1, 0, false", // RSVP's alert
        "60000000 0020 00 01, 3a00010400000000, 1, 0, false",
        "60000000 0020 3c 01, 3a00050200000100, 1, 0, false", // in the wrong header
        "60000000 0028 00 01, 3c00050200000100 3a00010400000000, 1, 0, true",
        "60000000 0028 00 01, 3a01050200000108 0000000000000000, 1, 0, true",
    })
    void ipv6Headers(
            String start, String extensions, int hopLimit, int trafficClass, boolean alert) {
        assertThat(value(ipv6Decoded(start, extensions)))
                .isEqualTo(report6(hopLimit, trafficClass, alert));
    }

    @ParameterizedTest
    @CsvSource({
        "40000000 0018 3a 01, '', IP_HEADER, 0",
        "60000000 0019 3a 01, '', IP_HEADER, 4", // longer than it is
        "60000000 0000 3a 01, '', TOO_SHORT, 40",
        "60000000 0017 3a 01, '', CHECKSUM, 42", // its last byte is padding
        "60000000 0018 11 01, '', NOT_MEMBERSHIP, 40",
        "60000000 0020 2c 01, 3a00000000000000, FRAGMENT, 40",
        "60000000 0020 2b 01, 3a00000000000000, NOT_MEMBERSHIP, 40", // a routing header
        "60000000 0028 00 01, 0000010400000000 3a00050200000100, NOT_MEMBERSHIP, 48", // second
        "60000000 0020 00 01, 3aff050200000100, IP_HEADER, 40",
        "60000000 0020 00 01, 3a00050500000100, IP_HEADER, 42",
        "60000000 0020 00 01, 3a00050200000005, IP_HEADER, 47", // no room for a length
        "60000000 0007 00 01, 3a00050200000100, IP_HEADER, 40",
    })
    void ipv6Refused(String start, String extensions, Reason reason, int offset) {
        assertThat(ipv6Decoded(start, extensions)).isEqualTo(malformed(reason, offset));
    }

    @Test
    void ipv6FromTheParts() {
        ByteBuffer icmp = ByteBuffer.wrap(REPORT6);
        ByteBuffer none = ByteBuffer.allocate(0);
        ByteBuffer alert = ByteBuffer.wrap(hex("3a00050200000100"));
        assertThat(value(Ipv6Envelope.decode(FROM6, GROUP6, 1, 0xc0, none, icmp)))
                .isEqualTo(report6(1, 0xc0, false));
        assertThat(value(Ipv6Envelope.decode(FROM6, GROUP6, 1, 0xc0, alert, icmp)))
                .isEqualTo(report6(1, 0xc0, true));
        assertThat(icmp.position()).isZero();
        assertThat(alert.position()).isZero();
        assertThat(Ipv6Envelope.decode(FROM6, FROM6, 1, 0xc0, alert, icmp))
                .isEqualTo(malformed(Reason.CHECKSUM, 2));
        for (int length = 1; length < 8; length++) {
            assertThat(Ipv6Envelope.decode(FROM6, GROUP6, 1, 0, alert.slice(0, length), icmp))
                    .isEqualTo(malformed(Reason.IP_HEADER, 0));
        }
    }

    // shows RFC9777-5-1, RFC2710-3-1
    @Test
    void thePartsForARawSocket() {
        assertThat(Ipv6Envelope.routerAlertHeader(0)).isEqualTo(hex("0000050200000100"));
        assertThat(Ipv6Envelope.routerAlertHeader(58)).isEqualTo(hex("3a00050200000100"));
        Packet packet = report6(1, 0, true);
        assertThat(Bytes.encoded(24, to -> Ipv6Envelope.encodePayload(packet, to)))
                .isEqualTo(REPORT6);
    }

    @Test
    void ipv6EncodedWithoutOptions() {
        Packet packet = report6(255, 0xc0, false);
        byte[] bytes =
                Bytes.encoded(Ipv6Envelope.size(packet), to -> Ipv6Envelope.encode(packet, to));
        assertThat(bytes).isEqualTo(ipv6("6c000000 0018 3a ff", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "8100 0064", "88a8 0001 8100 0064", "9100 0001"})
    void ethernetTags(String tags) {
        byte[] packet = ipv4("4500001c 00000000 40020000", "");
        byte[] header = hex("01005e010203 020000000001" + tags + "0800");
        ByteBuffer frame =
                ByteBuffer.allocate(header.length + packet.length).put(header).put(packet).flip();
        EthernetFrame decoded = value(EthernetFrame.decode(frame));
        assertThat(decoded.etherType()).isEqualTo(EthernetFrame.IPV4);
        assertThat(value(decoded.packet())).isEqualTo(report4(64, 0, false));
        for (int length = 0; length < header.length; length++) {
            assertThat(EthernetFrame.decode(frame.slice(0, length)))
                    .isEqualTo(new Decoded.Malformed<EthernetFrame>(Reason.TOO_SHORT, length));
        }
    }

    @Test
    void ethernetWithAThirdTagOrOtherContentIsNoMembership() {
        for (String types : List.of("8100 0001 8100 0002 8100 0003 0800", "0806")) {
            byte[] frame = hex("01005e010203 020000000001" + types + "00000000");
            assertThat(value(EthernetFrame.decode(ByteBuffer.wrap(frame))).packet())
                    .isEqualTo(malformed(Reason.NOT_MEMBERSHIP, 0));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "239.129.2.3, 01005e010203", // the 24th bit is lost
        "224.0.0.22, 01005e000016",
        "ff02::1:ff00:2, 3333ff000002",
    })
    void groupMacs(String group, String mac) {
        assertThat(EthernetFrame.groupMac(IpAddress.of(group))).isEqualTo(hex(mac));
    }

    @ParameterizedTest
    @EnumSource
    void tooLittleRoomLeavesTheBufferAlone(Family family) {
        Packet packet = family == Family.IPV4 ? report4(1, 0, true) : report6(1, 0, true);
        byte[] mac = new byte[6];
        ByteBuffer room = ByteBuffer.allocate(EthernetFrame.size(packet) - 1);
        assertThatThrownBy(() -> EthernetFrame.encode(packet, mac, room))
                .isInstanceOf(BufferOverflowException.class);
        assertThat(room.position()).isZero();
        assertThat(room.array()).containsOnly(0);
    }

    @Test
    void moreThanAPacketHoldsIsOurOwnMistake() {
        ByteBuffer room = ByteBuffer.allocate(1 << 20);
        IpAddress group = IpAddress.of("239.1.2.3");
        IpAddress source = IpAddress.of("10.0.0.2");
        List<ReportRecord> records =
                Collections.nCopies(9000, new GroupRecord(RecordType.TO_EX, group, List.of()));
        Message report = new Message.Report(Protocol.IGMPV3, records);
        Packet packet = Packet.toSend(source, group, report);
        assertThatThrownBy(() -> Ipv4Envelope.encode(packet, room))
                .isInstanceOf(IllegalArgumentException.class);
        List<ReportRecord> records6 =
                Collections.nCopies(4000, new GroupRecord(RecordType.TO_EX, GROUP6, List.of()));
        Message report6 = new Message.Report(Protocol.MLDV2, records6);
        Packet packet6 = Packet.toSend(FROM6, GROUP6, report6);
        assertThatThrownBy(() -> Ipv6Envelope.encode(packet6, room))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(room.position()).isZero();
    }
}
