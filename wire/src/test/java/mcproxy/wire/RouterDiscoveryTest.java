package mcproxy.wire;

import static mcproxy.wire.Bytes.hex;
import static mcproxy.wire.Bytes.value;
import static mcproxy.wire.Bytes.withIgmpChecksum;
import static mcproxy.wire.Bytes.withMldChecksum;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.ByteBuffer;
import java.util.List;

/** Multicast Router Discovery on the wire; the bytes are written by hand from RFC 4286. */
class RouterDiscoveryTest {
    private static final IpAddress FROM = IpAddress.of("fe80::1");
    private static final IpAddress ALL_SNOOPERS = IpAddress.of("ff02::6a");

    /** RFC 4286 3.2, 4.1, 5.1: 20 s, 125 s, robustness 2. */
    private static List<Arguments> messages() {
        return List.of(
                Arguments.of(
                        new Message.RouterAdvertisement(Family.IPV4, 20, 125, 2),
                        "3014 0000 007d 0002"),
                Arguments.of(new Message.RouterSolicitation(Family.IPV4), "3100 0000"),
                Arguments.of(new Message.RouterTermination(Family.IPV4), "3200 0000"),
                Arguments.of(
                        new Message.RouterAdvertisement(Family.IPV6, 180, 31744, 7),
                        "97b4 0000 7c00 0007"),
                Arguments.of(new Message.RouterSolicitation(Family.IPV6), "9800 0000"),
                Arguments.of(new Message.RouterTermination(Family.IPV6), "9900 0000"));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void bytesAndValues(Message message, String digits) {
        byte[] bytes = checked(message.family(), hex(digits));
        assertThat(value(decode(message.family(), bytes))).isEqualTo(message);
        assertThat(encode(message)).isEqualTo(bytes);
        assertThat(MessageSize.of(message)).isEqualTo(bytes.length);
    }

    /** RFC 4286 2: data beyond the fixed format is ignored; 3.5, 4.4, 5.4: the checksum is not. */
    // shows RFC4286-2-3, RFC4286-4.4-1
    @ParameterizedTest
    @MethodSource("messages")
    void whatFollowsIsIgnoredAndAWrongChecksumIsNot(Message message, String digits) {
        Family family = message.family();
        byte[] longer = checked(family, hex(digits + "0000 dead beef"));
        assertThat(value(decode(family, longer))).isEqualTo(message);
        longer[3] ^= 1;
        assertThat(decode(family, longer)).isEqualTo(new Decoded.Malformed<>(Reason.CHECKSUM, 2));
    }

    /** The reserved field is ignored when received (RFC 4286 4.1.2, 5.1.2). */
    @Test
    void theReservedFieldIsIgnored() {
        assertThat(value(decode(Family.IPV4, checked(Family.IPV4, hex("31ff 0000")))))
                .isEqualTo(new Message.RouterSolicitation(Family.IPV4));
        assertThat(value(decode(Family.IPV6, checked(Family.IPV6, hex("99ff 0000")))))
                .isEqualTo(new Message.RouterTermination(Family.IPV6));
    }

    @Test
    void anAdvertisementHasEightBytes() {
        for (int length = 4; length < 8; length++) {
            byte[] bytes = new byte[length];
            bytes[0] = 0x30;
            assertThat(decode(Family.IPV4, checked(Family.IPV4, bytes)))
                    .isEqualTo(new Decoded.Malformed<>(Reason.TOO_SHORT, length));
        }
    }

    private static byte[] checked(Family family, byte[] bytes) {
        return family == Family.IPV4
                ? withIgmpChecksum(bytes)
                : withMldChecksum(FROM, ALL_SNOOPERS, bytes);
    }

    private static Decoded<Message> decode(Family family, byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return family == Family.IPV4 ? Igmp.decode(buffer) : Mld.decode(FROM, ALL_SNOOPERS, buffer);
    }

    private static byte[] encode(Message message) {
        return Bytes.encoded(
                MessageSize.of(message),
                to -> {
                    if (message.family() == Family.IPV4) {
                        Igmp.encode(message, to);
                    } else {
                        Mld.encode(FROM, ALL_SNOOPERS, message, to);
                    }
                });
    }
}
