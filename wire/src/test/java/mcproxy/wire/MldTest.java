package mcproxy.wire;

import static mcproxy.wire.Bytes.hex;
import static mcproxy.wire.Bytes.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

class MldTest {
    private static final IpAddress SOURCE = IpAddress.of("fe80::1");
    private static final IpAddress DESTINATION = IpAddress.of("ff02::1");
    private static final IpAddress GROUP = IpAddress.of("ff15::1");
    private static final IpAddress ANY = Family.IPV6.unspecified();
    private static final String G = "ff150000000000000000000000000001";
    private static final String NO_GROUP = "00000000000000000000000000000000";
    private static final String HOST = "20010db8000000000000000000000001";

    private static byte[] summed(String digits) {
        return Bytes.withMldChecksum(SOURCE, DESTINATION, hex(digits));
    }

    private static Decoded<Message> decode(byte[] bytes) {
        return Mld.decode(SOURCE, DESTINATION, ByteBuffer.wrap(bytes));
    }

    /** Decodes hex with a checksum field that is put right first. */
    private static Decoded<Message> decode(String digits) {
        return decode(summed(digits));
    }

    private static byte[] encode(Message message) {
        return Bytes.encoded(
                MessageSize.of(message), to -> Mld.encode(SOURCE, DESTINATION, message, to));
    }

    private static Decoded<Message> malformed(Reason reason, int offset) {
        return new Decoded.Malformed<>(reason, offset);
    }

    private static Message.Query query(Protocol protocol, IpAddress group, int millis) {
        return new Message.Query(protocol, group, millis, false, 0, 0, List.of());
    }

    /**
     * By hand: source fe80 + 0001, destination ff02 + 0001, length 0018, next header 003a, and of
     * the message 8200 + 2710 make 2a6e6, folded a6e8, whose complement is 5917.
     */
    // shows RFC9777-8.3.1-3, RFC2710-3.7-1
    @Test
    void anMldV1QueryWithAHandMadeChecksum() {
        byte[] bytes = hex("8200 5917 2710 0000" + NO_GROUP);
        Message query = query(Protocol.MLDV1, ANY, 10_000);
        assertThat(value(decode(bytes))).isEqualTo(query);
        assertThat(encode(query)).isEqualTo(bytes);
    }

    // shows RFC9777-5.1.1-1, RFC9777-5.1.6-1, RFC9777-5.1.12-3
    @Test
    void aGroupAndSourceSpecificQuery() {
        byte[] bytes = summed("8200 0000 9001 0000" + G + "0b81 0001" + HOST);
        Message query =
                new Message.Query(
                        Protocol.MLDV2,
                        GROUP,
                        4097 << 4,
                        true,
                        3,
                        136,
                        List.of(IpAddress.of("2001:db8::1")));
        assertThat(value(decode(bytes))).isEqualTo(query);
        assertThat(encode(query)).isEqualTo(bytes);
    }

    // shows RFC9777-8.1-1, RFC9777-8.1-2
    @Test
    void theLengthTellsTheVersionOfAQuery() {
        byte[] longest = hex("8200 0000 2710 0000" + G + "027d 0000" + "00000000");
        for (int length = 4; length <= longest.length; length++) {
            byte[] cut = Arrays.copyOf(longest, length);
            Decoded<Message> decoded = decode(Bytes.withMldChecksum(SOURCE, DESTINATION, cut));
            if (length == 24) {
                assertThat(((Message.Query) value(decoded)).protocol()).isEqualTo(Protocol.MLDV1);
            } else if (length >= 28) {
                assertThat(((Message.Query) value(decoded)).protocol()).isEqualTo(Protocol.MLDV2);
            } else {
                assertThat(decoded).isEqualTo(malformed(Reason.QUERY_LENGTH, length));
            }
        }
    }

    // shows RFC9777-5.1.3-1, RFC9777-8.3.1-6, RFC2710-3.4-1
    @Test
    void all65536CodesInBothVersions() {
        byte[] v2 = hex("8200 0000 0000 0000" + NO_GROUP + "0000 0000");
        byte[] v1 = hex("8200 0000 0000 0000" + NO_GROUP);
        for (int code = 0; code < 0x10000; code++) {
            for (byte[] bytes : List.of(v1, v2)) {
                bytes[4] = (byte) (code >> 8);
                bytes[5] = (byte) code;
            }
            int floating =
                    code < 32768 ? code : ((code & 0xfff) + 0x1000) << (((code >> 12) & 7) + 3);
            byte[] newer = Bytes.withMldChecksum(SOURCE, DESTINATION, v2);
            byte[] older = Bytes.withMldChecksum(SOURCE, DESTINATION, v1);
            Message newQuery = query(Protocol.MLDV2, ANY, floating);
            Message oldQuery = query(Protocol.MLDV1, ANY, code);
            if (!value(decode(newer)).equals(newQuery)
                    || !value(decode(older)).equals(oldQuery)
                    || !Arrays.equals(encode(newQuery), newer)
                    || !Arrays.equals(encode(oldQuery), older)) {
                throw new AssertionError("code " + code);
            }
        }
    }

    @Test
    void aTimeTooLongForMldV1IsTheLongestThereIs() {
        assertThat(encode(query(Protocol.MLDV1, ANY, 65_536)))
                .isEqualTo(encode(query(Protocol.MLDV1, ANY, 65_535)));
    }

    // shows RFC9777-5.2.2-1
    @Test
    void addressesAreInTheChecksum() {
        byte[] report = summed("8300 0000 0000 0000" + G);
        assertThat(value(decode(report))).isEqualTo(new Message.OldReport(Protocol.MLDV1, GROUP));
        IpAddress other = IpAddress.of("fe80::2");
        assertThat(Mld.decode(other, DESTINATION, ByteBuffer.wrap(report)))
                .isEqualTo(malformed(Reason.CHECKSUM, 2));
        assertThat(Mld.decode(SOURCE, other, ByteBuffer.wrap(report)))
                .isEqualTo(malformed(Reason.CHECKSUM, 2));
    }

    // shows RFC9777-5.1.8-2
    @Test
    void aRobustnessAboveSevenIsSentAsZero() {
        for (int robustness = 0; robustness < 10; robustness++) {
            Message query =
                    new Message.Query(Protocol.MLDV2, ANY, 100, true, robustness, 0, List.of());
            assertThat(encode(query)[24]).isEqualTo((byte) (8 | (robustness > 7 ? 0 : robustness)));
        }
    }

    // shows RFC9777-5.2.1-1, RFC9777-5.2.3-1
    @Test
    void theReservedFieldAndFlagsOfAReportAreZeroAndIgnored() {
        GroupRecord record = new GroupRecord(RecordType.TO_EX, GROUP, List.of());
        Message report = new Message.Report(Protocol.MLDV2, List.of(record));
        byte[] bytes = summed("8f00 0000 0000 0001 04000000" + G);
        assertThat(encode(report)).isEqualTo(bytes);
        for (String fields :
                List.of("ff 0000 0000 0001", "00 0000 4000 0001", "ff 0000 7fff 0001")) {
            assertThat(value(decode("8f" + fields + "0400 0000" + G))).isEqualTo(report);
        }
    }

    // shows RFC9777-9.8-2
    @ParameterizedTest
    @CsvSource({
        "MLDV2, 32767, 7fff",
        "MLDV2, 32775, 8000", // between 0x8000 (32768) and 0x8001 (32776)
        "MLDV2, 65535, 8fff",
        "MLDV2, 65551, 9000", // between 0x9000 (65536) and 0x9001 (65552)
        "MLDV2, 9999999, ffff",
        "MLDV1, 65535, ffff",
        "MLDV1, 65536, ffff",
    })
    void timesWithoutACodeAreRoundedDown(Protocol protocol, int millis, String code) {
        assertThat(Arrays.copyOfRange(encode(query(protocol, ANY, millis)), 4, 6))
                .isEqualTo(hex(code));
    }

    // shows RFC9777-5.1.1-1, RFC9777-5.1.6-1
    @Test
    void codeAndReservedFieldsAreIgnored() {
        Message report = value(decode("83ff 0000 ffff ffff" + G));
        assertThat(report).isEqualTo(new Message.OldReport(Protocol.MLDV1, GROUP));
        Message.Query query = (Message.Query) value(decode("82ff 0000 0064 ffff" + G + "f27d0000"));
        assertThat(query.robustness()).isEqualTo(2);
        assertThat(query.suppressRouterSide()).isFalse();
        assertThat(query.maxResponseMillis()).isEqualTo(100);
    }

    // shows RFC9777-5.1.12-1, RFC9777-5.1.12-2, RFC9777-5.2.12-1, RFC9777-5.2.12-2, RFC2710-3.7-2,
    // RFC2710-3.7-3
    @Test
    void whatFollowsTheMessageIsIgnored() {
        for (String message :
                List.of(
                        "8200 0000 2710 0000" + G + "027d 0001" + HOST,
                        "8300 0000 0000 0000" + G,
                        "8400 0000 0000 0000" + G,
                        "8f00 0000 0000 0001 01000001" + G + HOST)) {
            assertThat(decode(message + "deadbeefaf")).isEqualTo(decode(message));
            assertThat(decode(message)).isInstanceOf(Decoded.Value.class);
        }
    }

    // shows RFC9777-5.2.11-2, RFC9777-5.2.13-3
    @Test
    void oneRecordsFaultDoesNotCostTheOthers() {
        String report =
                "8f00 0000 0000 0004"
                        + ("06010001" + G + HOST + "deadbeef")
                        + ("09000001" + G + HOST)
                        + ("03000000" + HOST)
                        + ("05000003" + G + NO_GROUP + HOST + G);
        List<IpAddress> sources = List.of(IpAddress.of("2001:db8::1"));
        assertThat(value(decode(report)))
                .isEqualTo(
                        new Message.Report(
                                Protocol.MLDV2,
                                List.of(
                                        new GroupRecord(RecordType.BLOCK, GROUP, sources),
                                        new UnknownRecord(9, GROUP),
                                        new UnknownRecord(3, IpAddress.of("2001:db8::1")),
                                        new GroupRecord(RecordType.ALLOW, GROUP, sources))));
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                Arguments.of("", Reason.TOO_SHORT, 0),
                Arguments.of("830000", Reason.TOO_SHORT, 3),
                Arguments.of("8300 0000 0000 0000 ff15", Reason.TOO_SHORT, 10),
                Arguments.of("8f00 0000 0000", Reason.TOO_SHORT, 6),
                Arguments.of("8200 0000 0000 0000" + G + "0000", Reason.QUERY_LENGTH, 26),
                Arguments.of("8200 0000 0000 0000" + HOST, Reason.NOT_A_GROUP, 8),
                Arguments.of("8200 0000 0000 0000" + HOST + "00000000", Reason.NOT_A_GROUP, 8),
                Arguments.of(
                        "8200 0000 0000 0000" + NO_GROUP + "00000001" + HOST,
                        Reason.NOT_A_GROUP,
                        8),
                Arguments.of(
                        "8200 0000 0000 0000" + G + "00000002" + HOST + NO_GROUP,
                        Reason.NOT_A_SOURCE,
                        44),
                Arguments.of(
                        "8200 0000 0000 0000" + G + "0000ffff" + HOST,
                        Reason.COUNT_EXCEEDS_LENGTH,
                        26),
                Arguments.of("8300 0000 0000 0000" + NO_GROUP, Reason.NOT_A_GROUP, 8),
                Arguments.of("8400 0000 0000 0000" + HOST, Reason.NOT_A_GROUP, 8),
                Arguments.of("8f00 0000 0000 ffff", Reason.COUNT_EXCEEDS_LENGTH, 6),
                Arguments.of(
                        "8f00 0000 0000 0001 0100ffff" + G + HOST, Reason.COUNT_EXCEEDS_LENGTH, 8),
                Arguments.of(
                        "8f00 0000 0000 0001 01010000" + G + "dead",
                        Reason.COUNT_EXCEEDS_LENGTH,
                        8),
                Arguments.of(
                        "8f00 0000 0000 0002 01000001" + G + HOST + "01000000",
                        Reason.COUNT_EXCEEDS_LENGTH,
                        44));
    }

    // shows RFC9777-8.1-2, RFC2710-5-1, RFC2710-5-2, RFC2710-6-1, RFC2710-6-2, RFC2710-6-3
    @ParameterizedTest
    @MethodSource("refused")
    void refuses(String digits, Reason reason, int offset) {
        assertThat(decode(digits)).isEqualTo(malformed(reason, offset));
    }

    // shows RFC9777-5-2, RFC9777-5-3
    @Test
    void everyTypeIsDecoded() {
        for (int type = 0; type < 256; type++) {
            Message message = value(decode("%02x00 0000 0000 0000".formatted(type) + G));
            switch (type) {
                case 130 -> assertThat(message).isInstanceOf(Message.Query.class);
                case 131 -> assertThat(message).isInstanceOf(Message.OldReport.class);
                case 132 -> assertThat(message).isInstanceOf(Message.Leave.class);
                case 143 -> assertThat(message).isInstanceOf(Message.Report.class);
                case 151, 152, 153 ->
                        assertThat(message).isInstanceOf(Message.RouterDiscovery.class);
                default -> assertThat(message).isEqualTo(new Message.Unknown(Family.IPV6, type));
            }
        }
    }

    @Test
    void whatMldCannotSayIsOurOwnMistake() {
        IpAddress v4 = IpAddress.of("239.1.2.3");
        List<IpAddress> tooMany = Collections.nCopies(0x10000, SOURCE);
        Stream<Message> mistakes =
                Stream.of(
                        new Message.Query(Protocol.MLDV1, GROUP, 100, false, 0, 0, List.of(SOURCE)),
                        query(Protocol.IGMPV3, v4, 0),
                        query(Protocol.MLDV2, v4, 0),
                        query(Protocol.MLDV2, GROUP, -1),
                        new Message.Query(Protocol.MLDV2, GROUP, 100, false, 2, 125, tooMany),
                        new Message.Leave(Protocol.MLDV2, GROUP),
                        new Message.OldReport(Protocol.IGMPV2, v4),
                        new Message.Report(Protocol.IGMPV3, List.of()),
                        new Message.Unknown(Family.IPV6, 143),
                        new Message.Unknown(Family.IPV4, 1));
        ByteBuffer room = ByteBuffer.allocate(1 << 21);
        mistakes.forEach(mistake -> {
            assertThatThrownBy(() -> Mld.encode(SOURCE, DESTINATION, mistake, room))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(room.position()).isZero();
        });
    }

    @Test
    void tooLittleRoomLeavesTheBufferAlone() {
        Message leave = new Message.Leave(Protocol.MLDV1, GROUP);
        ByteBuffer room = ByteBuffer.allocate(23);
        assertThatThrownBy(() -> Mld.encode(SOURCE, DESTINATION, leave, room))
                .isInstanceOf(BufferOverflowException.class);
        assertThat(room.array()).containsOnly(0);
        assertThat(room.position()).isZero();
    }
}
