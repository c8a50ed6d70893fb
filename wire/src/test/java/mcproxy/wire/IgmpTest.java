package mcproxy.wire;

import static mcproxy.wire.Bytes.hex;
import static mcproxy.wire.Bytes.value;
import static mcproxy.wire.Bytes.withIgmpChecksum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

class IgmpTest {
    private static final IpAddress GROUP = IpAddress.of("232.1.1.1");
    private static final IpAddress ANY = Family.IPV4.unspecified();

    private static Decoded<Message> decode(byte[] bytes) {
        return Igmp.decode(ByteBuffer.wrap(bytes));
    }

    /** Decodes hex with a checksum field that is put right first. */
    private static Decoded<Message> decode(String digits) {
        return decode(withIgmpChecksum(hex(digits)));
    }

    private static byte[] encode(Message message) {
        return Bytes.encoded(MessageSize.of(message), to -> Igmp.encode(message, to));
    }

    private static Decoded<Message> malformed(Reason reason, int offset) {
        return new Decoded.Malformed<>(reason, offset);
    }

    private static Message.Query query(Protocol protocol, IpAddress group, int millis) {
        return new Message.Query(protocol, group, millis, false, 0, 0, List.of());
    }

    /** Bytes and checksums worked out by hand from the RFCs' diagrams. */
    // shows RFC9776-7.1-1, RFC9776-7.2.1-3, RFC9776-7.3.1-3, RFC2236-4-1, RFC2236-4-8, RFC1112-I-14
    @Test
    void anIgmpV1Query() {
        byte[] bytes = hex("1100 eeff 00000000");
        Message query = query(Protocol.IGMPV1, ANY, 10_000);
        assertThat(value(decode(bytes))).isEqualTo(query);
        assertThat(encode(query)).isEqualTo(bytes);
    }

    // shows RFC9776-4.1.4-1, RFC9776-4.1.10-3, RFC9279-3.1-1
    @Test
    void aGroupAndSourceSpecificQuery() {
        byte[] bytes = hex("118f 0eb2 e8010101 0a7d 0002 c0000201 c6336407");
        Message query =
                new Message.Query(
                        Protocol.IGMPV3,
                        GROUP,
                        24_800,
                        true,
                        2,
                        125,
                        List.of(IpAddress.of("192.0.2.1"), IpAddress.of("198.51.100.7")));
        assertThat(value(decode(bytes))).isEqualTo(query);
        assertThat(encode(query)).isEqualTo(bytes);
    }

    // shows RFC1112-I-2
    @Test
    void theGroupOfAnIgmpV1QueryIsIgnored() {
        Message query = query(Protocol.IGMPV1, ANY, 10_000);
        assertThat(value(decode("1100 0000 ef010203"))).isEqualTo(query);
        assertThat(value(decode("1100 0000 0a000001"))).isEqualTo(query);
    }

    // shows RFC1112-I-1
    @Test
    void theUnusedFieldOfIgmpV1IsZeroAndIgnored() {
        Message report = new Message.OldReport(Protocol.IGMPV1, IpAddress.of("239.1.2.3"));
        assertThat(value(decode("12ff 0000 ef010203"))).isEqualTo(report);
        assertThat(encode(report)).isEqualTo(withIgmpChecksum(hex("1200 0000 ef010203")));
    }

    // shows RFC9776-7.1-2, RFC9776-7.1-3, RFC9776-7.1-4
    @Test
    void theLengthTellsTheVersionOfAQuery() {
        byte[] longest = hex("1164 0000 ef010203 027d 0000 00000000 00000000");
        for (int length = 4; length <= longest.length; length++) {
            Decoded<Message> decoded = decode(withIgmpChecksum(Arrays.copyOf(longest, length)));
            if (length == 8) {
                assertThat(((Message.Query) value(decoded)).protocol()).isEqualTo(Protocol.IGMPV2);
            } else if (length >= 12) {
                assertThat(((Message.Query) value(decoded)).protocol()).isEqualTo(Protocol.IGMPV3);
            } else {
                assertThat(decoded).isEqualTo(malformed(Reason.QUERY_LENGTH, length));
            }
        }
    }

    // shows RFC9776-4.1.1-1, RFC9776-7.1-1, RFC9776-7.1-2, RFC9776-7.3.1-7, RFC9776-7.3.1-10
    @Test
    void all256CodesInBothVersions() {
        for (int code = 0; code < 256; code++) {
            int floating = code < 128 ? code : ((code & 15) + 16) << (((code >> 4) & 7) + 3);
            byte[] v3 = withIgmpChecksum(hex("1100 0000 00000000 0000 0000"));
            v3[1] = (byte) code;
            v3[9] = (byte) code;
            v3 = withIgmpChecksum(v3);
            Message query =
                    new Message.Query(
                            Protocol.IGMPV3, ANY, floating * 100, false, 0, floating, List.of());
            assertThat(value(decode(v3))).isEqualTo(query);
            assertThat(encode(query)).isEqualTo(v3);

            byte[] v2 = withIgmpChecksum(hex("11%02x 0000 ef010203".formatted(code)));
            Message old =
                    code == 0
                            ? query(Protocol.IGMPV1, ANY, 10_000)
                            : query(Protocol.IGMPV2, IpAddress.of("239.1.2.3"), code * 100);
            assertThat(value(decode(v2))).isEqualTo(old);
            if (code != 0) {
                assertThat(encode(old)).isEqualTo(v2);
            }
        }
    }

    // shows RFC9776-8.8-2
    @ParameterizedTest
    @CsvSource({
        "IGMPV3, 99, 0", // "answer at once"; in IGMPv3 a code of 0 is no older version
        "IGMPV3, 199, 1",
        "IGMPV3, 13599, 128", // 135 tenths lie between 0x80 (128) and 0x81 (136)
        "IGMPV3, 9999999, 255",
        "IGMPV2, 0, 1", // 0 would make it an IGMPv1 query
        "IGMPV2, 99, 1",
        "IGMPV2, 25599, 255",
        "IGMPV2, 999999, 255",
    })
    void timesWithoutACodeAreRoundedDown(Protocol protocol, int millis, int code) {
        assertThat(encode(query(protocol, ANY, millis))[1] & 0xff).isEqualTo(code);
    }

    // shows RFC9776-4.1.6-1
    @Test
    void aRobustnessAboveSevenIsSentAsZero() {
        for (int robustness = 0; robustness < 10; robustness++) {
            Message query =
                    new Message.Query(Protocol.IGMPV3, ANY, 100, true, robustness, 0, List.of());
            assertThat(encode(query)[8]).isEqualTo((byte) (8 | (robustness > 7 ? 0 : robustness)));
        }
    }

    // shows RFC9776-4.2.1-1
    @Test
    void theReservedFieldAndFlagsOfAReportAreZeroAndIgnored() {
        GroupRecord record = new GroupRecord(RecordType.TO_EX, GROUP, List.of());
        Message report = new Message.Report(Protocol.IGMPV3, List.of(record));
        byte[] bytes = withIgmpChecksum(hex("2200 0000 0000 0001 04000000 e8010101"));
        assertThat(encode(report)).isEqualTo(bytes);
        for (String fields :
                List.of("ff 0000 0000 0001", "00 0000 4000 0001", "ff 0000 7fff 0001")) {
            assertThat(value(decode("22" + fields + "04000000 e8010101"))).isEqualTo(report);
        }
    }

    // shows RFC9776-4.1.4-1, RFC9776-4.2.1-1
    @Test
    void flagsOfExtensionsAreIgnored() {
        Message.Query query = (Message.Query) value(decode("1164 0000 00000000 f27d 0000"));
        assertThat(query.robustness()).isEqualTo(2);
        assertThat(query.suppressRouterSide()).isFalse();
        Message report = value(decode("22ff 0000 ffff 0001 04000000 ef010203"));
        assertThat(((Message.Report) report).records()).hasSize(1);
    }

    // shows RFC9776-4.1.10-1, RFC9776-4.1.10-2, RFC9776-4.2.12-1, RFC9776-4.2.12-2, RFC2236-2.3-2,
    // RFC2236-2.5-1
    @Test
    void whatFollowsTheMessageIsIgnoredButSummed() {
        String[] messages = {
            "1164 0000 ef010203 027d 0001 c0000201",
            "1200 0000 ef010203",
            "1600 0000 ef010203",
            "1700 0000 ef010203",
            "2200 0000 0000 0001 01000001 ef010203 c0000201",
        };
        for (String message : messages) {
            Message alone = value(decode(message));
            assertThat(value(decode(message + "deadbeefaf"))).isEqualTo(alone);
            byte[] unsummed = withIgmpChecksum(hex(message));
            byte[] more = Arrays.copyOf(unsummed, unsummed.length + 1);
            more[unsummed.length] = 1;
            assertThat(decode(more)).isEqualTo(malformed(Reason.CHECKSUM, 2));
        }
    }

    // shows RFC9776-4.2.11-2, RFC9776-4.2.13-3
    @Test
    void oneRecordsFaultDoesNotCostTheOthers() {
        String report =
                "2200 0000 0000 0005"
                        + "06010001 ef010203 0a000001 deadbeef" // auxiliary data
                        + "09000001 ef010204 0a000002" // unknown type
                        + "03000000 0a000003" // not a group
                        + "05000003 e8010101 00000000 c6336407 ef010101" // one source of three
                        + "04000000 ef010205";
        assertThat(value(decode(report)))
                .isEqualTo(
                        new Message.Report(
                                Protocol.IGMPV3,
                                List.of(
                                        new GroupRecord(
                                                RecordType.BLOCK,
                                                IpAddress.of("239.1.2.3"),
                                                List.of(IpAddress.of("10.0.0.1"))),
                                        new UnknownRecord(9, IpAddress.of("239.1.2.4")),
                                        new UnknownRecord(3, IpAddress.of("10.0.0.3")),
                                        new GroupRecord(
                                                RecordType.ALLOW,
                                                GROUP,
                                                List.of(IpAddress.of("198.51.100.7"))),
                                        new GroupRecord(
                                                RecordType.TO_EX,
                                                IpAddress.of("239.1.2.5"),
                                                List.of()))));
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                refused("an empty message", "", Reason.TOO_SHORT, 0),
                refused("three bytes", "160000", Reason.TOO_SHORT, 3),
                refused("half a report", "1600 0000 ef01", Reason.TOO_SHORT, 6),
                refused("half an IGMPv3 report", "2200 0000 0000", Reason.TOO_SHORT, 6),
                refused("a query of ten bytes", "1164 0000 00000000 0000", Reason.QUERY_LENGTH, 10),
                refused("IGMPv2 asks for a host", "1164 0000 0a000001", Reason.NOT_A_GROUP, 4),
                refused(
                        "IGMPv3 asks for a host",
                        "1164 0000 0a000001 027d 0000",
                        Reason.NOT_A_GROUP,
                        4),
                refused(
                        "a General Query with a source",
                        "1164 0000 00000000 027d 0001 c0000201",
                        Reason.NOT_A_GROUP,
                        4),
                refused(
                        "asks for an unspecified source",
                        "1164 0000 ef010203 027d 0002 c0000201 00000000",
                        Reason.NOT_A_SOURCE,
                        16),
                refused(
                        "asks for a multicast source",
                        "1164 0000 ef010203 027d 0001 ef010203",
                        Reason.NOT_A_SOURCE,
                        12),
                refused(
                        "more sources than bytes",
                        "1164 0000 ef010203 027d 0002 c0000201 000000",
                        Reason.COUNT_EXCEEDS_LENGTH,
                        10),
                refused("a report of a host", "1600 0000 0a000001", Reason.NOT_A_GROUP, 4),
                refused("a leave of nothing", "1700 0000 00000000", Reason.NOT_A_GROUP, 4),
                refused("65535 records", "2200 0000 0000 ffff", Reason.COUNT_EXCEEDS_LENGTH, 6),
                refused(
                        "a record with 65535 sources",
                        "2200 0000 0000 0001 0100ffff ef010203",
                        Reason.COUNT_EXCEEDS_LENGTH,
                        8),
                refused(
                        "auxiliary data beyond the end",
                        "2200 0000 0000 0001 01ff0000 ef010203 00000000",
                        Reason.COUNT_EXCEEDS_LENGTH,
                        8),
                refused(
                        "a second record that is cut",
                        "2200 0000 0000 0002 01000001 ef010203 c0000201 01000000",
                        Reason.COUNT_EXCEEDS_LENGTH,
                        20));
    }

    private static Arguments refused(String what, String digits, Reason reason, int offset) {
        return Arguments.of(what, digits, reason, offset);
    }

    // shows RFC9776-7.1-4, RFC2236-6-1, RFC2236-6-2, RFC2236-7-2, RFC1112-I-13
    @ParameterizedTest(name = "{0}")
    @MethodSource("refused")
    void refuses(String what, String digits, Reason reason, int offset) {
        assertThat(decode(digits)).as(what).isEqualTo(malformed(reason, offset));
    }

    // shows RFC9776-4-2, RFC9776-4-3, RFC2236-2.1-1, RFC1112-I-11
    @Test
    void everyTypeIsDecoded() {
        for (int type = 0; type < 256; type++) {
            Message message = value(decode("%02x64 0000 ef010000 0000 0000".formatted(type)));
            switch (type) {
                case 0x11 -> assertThat(message).isInstanceOf(Message.Query.class);
                case 0x12, 0x16 -> assertThat(message).isInstanceOf(Message.OldReport.class);
                case 0x17 -> assertThat(message).isInstanceOf(Message.Leave.class);
                case 0x22 -> assertThat(message).isInstanceOf(Message.Report.class);
                case 0x30, 0x31, 0x32 ->
                        assertThat(message).isInstanceOf(Message.RouterDiscovery.class);
                default -> assertThat(message).isEqualTo(new Message.Unknown(Family.IPV4, type));
            }
        }
    }

    @Test
    void positionLimitAndOrderOfTheBufferAreRespected() {
        byte[] message = withIgmpChecksum(hex("2200 0000 0000 0001 04000000 ef010203"));
        byte[] all = new byte[message.length + 9];
        Arrays.fill(all, (byte) 0xa5);
        System.arraycopy(message, 0, all, 4, message.length);
        ByteBuffer buffer =
                ByteBuffer.wrap(all)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .position(4)
                        .limit(4 + message.length);
        assertThat(Igmp.decode(buffer)).isEqualTo(decode(message));
        assertThat(buffer.position()).isEqualTo(4);
        assertThat(Igmp.decode(buffer.asReadOnlyBuffer())).isEqualTo(decode(message));
        ByteBuffer direct = ByteBuffer.allocateDirect(message.length).put(message).flip();
        assertThat(Igmp.decode(direct)).isEqualTo(decode(message));
    }

    @Test
    void whatIgmpCannotSayIsOurOwnMistake() {
        IpAddress source = IpAddress.of("192.0.2.1");
        IpAddress v6 = IpAddress.of("ff15::1");
        List<IpAddress> tooMany = Collections.nCopies(0x10000, source);
        Stream<Message> mistakes =
                Stream.of(
                        query(Protocol.IGMPV1, GROUP, 0),
                        new Message.Query(
                                Protocol.IGMPV2, GROUP, 100, false, 0, 0, List.of(source)),
                        query(Protocol.MLDV2, v6, 0),
                        query(Protocol.IGMPV3, v6, 0),
                        query(Protocol.IGMPV3, GROUP, -100),
                        new Message.Query(Protocol.IGMPV3, GROUP, 100, false, 2, 125, tooMany),
                        new Message.Leave(Protocol.IGMPV1, GROUP),
                        new Message.Leave(Protocol.MLDV1, v6),
                        new Message.OldReport(Protocol.IGMPV3, GROUP),
                        new Message.Report(Protocol.IGMPV2, List.of()),
                        new Message.Report(Protocol.MLDV2, List.of()),
                        new Message.Unknown(Family.IPV4, 0x16),
                        new Message.Unknown(Family.IPV6, 1));
        ByteBuffer room = ByteBuffer.allocate(1 << 20);
        mistakes.forEach(mistake -> {
            assertThatThrownBy(() -> Igmp.encode(mistake, room))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(room.position()).isZero();
        });
    }

    @Test
    void tooLittleRoomLeavesTheBufferAlone() {
        Message leave = new Message.Leave(Protocol.IGMPV2, GROUP);
        ByteBuffer room = ByteBuffer.allocate(7);
        assertThatThrownBy(() -> Igmp.encode(leave, room))
                .isInstanceOf(BufferOverflowException.class);
        assertThat(room.array()).containsOnly(0);
        assertThat(room.position()).isZero();
    }
}
