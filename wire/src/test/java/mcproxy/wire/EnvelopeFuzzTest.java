package mcproxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

import java.nio.ByteBuffer;

/** Plain test runs replay the corpus; JAZZER_FUZZ=1 looks for new inputs. */
class EnvelopeFuzzTest {
    private static final IpAddress FROM = IpAddress.of("fe80::1");
    private static final IpAddress TO = IpAddress.of("ff02::16");

    /** Any frame is refused at an offset inside it, or holds a packet that can be sent again. */
    @FuzzTest(maxDuration = "60s")
    void frame(byte[] bytes) {
        check(EthernetFrame.decode(ByteBuffer.wrap(bytes)), bytes.length);
        if (EthernetFrame.decode(ByteBuffer.wrap(bytes))
                instanceof Decoded.Value<EthernetFrame>(EthernetFrame frame)) {
            check(frame.packet(), frame.payload().remaining());
        }
    }

    /** Any bytes as an IPv4 packet whose header checksum is right. */
    @FuzzTest(maxDuration = "60s")
    void ipv4(byte[] bytes) {
        check(Ipv4Envelope.decode(ByteBuffer.wrap(bytes)), bytes.length);
        check(Ipv4Envelope.decode(ByteBuffer.wrap(withHeaderChecksum(bytes))), bytes.length);
    }

    /** Any bytes as an IPv6 packet. */
    @FuzzTest(maxDuration = "60s")
    void ipv6(byte[] bytes) {
        check(Ipv6Envelope.decode(ByteBuffer.wrap(bytes)), bytes.length);
    }

    /** Any bytes as a hop-by-hop header, and what follows it as a message. */
    @FuzzTest(maxDuration = "60s")
    void ipv6Parts(byte[] bytes) {
        int options = bytes.length == 0 ? 0 : Math.min(bytes.length, bytes[0] & 0xff);
        ByteBuffer all = ByteBuffer.wrap(bytes);
        ByteBuffer message = all.slice(options, bytes.length - options);
        check(
                Ipv6Envelope.decode(FROM, TO, 1, 0, all.slice(0, options), message),
                bytes.length,
                40);
    }

    private static void check(Decoded<?> decoded, int length) {
        check(decoded, length, 0);
    }

    /** What encodes again takes no more bytes than it came in, with a header that was not there. */
    private static void check(Decoded<?> decoded, int length, int absentHeader) {
        switch (decoded) {
            case Decoded.Malformed<?>(Reason _, int offset) ->
                    assertThat(offset).isBetween(0, length);
            case Decoded.Value<?>(Object value) -> {
                if (value instanceof Packet packet && packet.destination().isMulticast()) {
                    int size = EthernetFrame.size(packet);
                    assertThat(size - 14).isLessThanOrEqualTo(length + absentHeader);
                    Bytes.encoded(size, to -> EthernetFrame.encode(packet, new byte[6], to));
                }
            }
        }
    }

    private static byte[] withHeaderChecksum(byte[] packet) {
        int header = packet.length == 0 ? 0 : (packet[0] & 0xf) * 4;
        if (header < 20 || header > packet.length) {
            return packet;
        }
        byte[] fixed = packet.clone();
        fixed[10] = 0;
        fixed[11] = 0;
        short sum = InternetChecksum.of(InternetChecksum.sum(ByteBuffer.wrap(fixed), 0, header));
        ByteBuffer.wrap(fixed).putShort(10, sum);
        return fixed;
    }
}
