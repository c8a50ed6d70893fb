package mcproxy.wire;

import static mcproxy.wire.Bytes.value;
import static mcproxy.wire.RecordType.ALLOW;
import static mcproxy.wire.RecordType.BLOCK;
import static mcproxy.wire.RecordType.IS_EX;
import static mcproxy.wire.RecordType.IS_IN;
import static mcproxy.wire.RecordType.TO_EX;
import static mcproxy.wire.RecordType.TO_IN;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Map.entry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A Linux kernel's own packets mean what its hosts and its bridge were made to say. */
class KernelPacketsTest {
    private static final Map<String, byte[]> FRAMES = Bytes.kernelFrames();
    private static final Map<String, Packet> MEANING = new TreeMap<>(meaning());

    private static IpAddress ip(String literal) {
        return IpAddress.of(literal);
    }

    private static Packet from(String source, String destination, Message message) {
        int trafficClass = message.family() == Family.IPV4 ? 0xc0 : 0;
        return new Packet(ip(source), ip(destination), 1, trafficClass, true, message);
    }

    private static Packet bridge4(String destination, Message message) {
        return from("192.0.2.1", destination, message);
    }

    private static Packet host4(String destination, Message message) {
        return from("192.0.2.2", destination, message);
    }

    private static Packet bridge6(String destination, Message message) {
        return from("fe80::ff:fe00:1", destination, message);
    }

    private static Packet host6(String destination, Message message) {
        return from("fe80::ff:fe00:2", destination, message);
    }

    private static Message query(Protocol protocol, String group, int millis, String... sources) {
        boolean newest = protocol.generation() == 3;
        List<IpAddress> list = Arrays.stream(sources).map(IpAddress::of).toList();
        return new Message.Query(
                protocol, ip(group), millis, false, newest ? 2 : 0, newest ? 125 : 0, list);
    }

    private static GroupRecord record(RecordType type, String group, String... sources) {
        return new GroupRecord(type, ip(group), Arrays.stream(sources).map(IpAddress::of).toList());
    }

    private static Packet report4(ReportRecord... records) {
        return host4("224.0.0.22", new Message.Report(Protocol.IGMPV3, List.of(records)));
    }

    private static Packet report6(ReportRecord... records) {
        return host6("ff02::16", new Message.Report(Protocol.MLDV2, List.of(records)));
    }

    private static Map<String, Packet> meaning() {
        IpAddress v1 = ip("239.7.8.9");
        IpAddress v2 = ip("239.4.5.6");
        IpAddress mld1 = ip("ff15::4567");
        return Map.ofEntries(
                entry(
                        "igmpv1-report",
                        host4("239.7.8.9", new Message.OldReport(Protocol.IGMPV1, v1))),
                entry(
                        "igmpv2-report",
                        host4("239.4.5.6", new Message.OldReport(Protocol.IGMPV2, v2))),
                entry("igmpv2-leave", host4("224.0.0.2", new Message.Leave(Protocol.IGMPV2, v2))),
                entry(
                        "igmpv2-general-query",
                        bridge4("224.0.0.1", query(Protocol.IGMPV2, "0.0.0.0", 10_000))),
                entry(
                        "igmpv2-group-query", // the bridge sends it to all systems
                        bridge4("224.0.0.1", query(Protocol.IGMPV2, "239.4.5.6", 500))),
                entry(
                        "igmpv3-general-query",
                        bridge4("224.0.0.1", query(Protocol.IGMPV3, "0.0.0.0", 10_000))),
                entry(
                        "igmpv3-group-query",
                        bridge4("239.1.2.3", query(Protocol.IGMPV3, "239.1.2.3", 500))),
                entry(
                        "igmpv3-group-and-source-query",
                        bridge4(
                                "232.1.1.1",
                                query(Protocol.IGMPV3, "232.1.1.1", 500, "198.51.100.7"))),
                entry("igmpv3-to-ex", report4(record(TO_EX, "239.1.2.3"))),
                entry("igmpv3-to-in", report4(record(TO_IN, "239.1.2.3"))),
                entry(
                        "igmpv3-allow",
                        report4(
                                record(ALLOW, "232.1.1.1", "198.51.100.7", "198.51.100.8"),
                                record(TO_EX, "239.1.2.3"))),
                entry("igmpv3-block", report4(record(BLOCK, "232.1.1.1", "198.51.100.7"))),
                entry("igmpv3-exclude-block", report4(record(BLOCK, "239.1.2.3", "203.0.113.9"))),
                entry(
                        "igmpv3-current-state",
                        report4(
                                record(IS_IN, "232.1.1.1", "198.51.100.7", "198.51.100.8"),
                                record(IS_EX, "239.1.2.3", "203.0.113.9"))),
                entry(
                        "mldv1-report",
                        host6("ff15::4567", new Message.OldReport(Protocol.MLDV1, mld1))),
                entry("mldv1-done", host6("ff02::2", new Message.Leave(Protocol.MLDV1, mld1))),
                entry(
                        "mldv1-general-query",
                        bridge6("ff02::1", query(Protocol.MLDV1, "::", 10_000))),
                entry(
                        "mldv1-group-query",
                        bridge6("ff02::1", query(Protocol.MLDV1, "ff15::4567", 500))),
                entry(
                        "mldv2-general-query",
                        bridge6("ff02::1", query(Protocol.MLDV2, "::", 10_000))),
                entry(
                        "mldv2-group-query",
                        bridge6("ff15::1234", query(Protocol.MLDV2, "ff15::1234", 500))),
                entry(
                        "mldv2-group-and-source-query",
                        bridge6(
                                "ff35::8000:1",
                                query(Protocol.MLDV2, "ff35::8000:1", 500, "2001:db8::7"))),
                entry("mldv2-to-ex", report6(record(TO_EX, "ff15::1234"))),
                entry("mldv2-to-in", report6(record(TO_IN, "ff15::1234"))),
                entry(
                        "mldv2-allow",
                        report6(
                                record(ALLOW, "ff35::8000:1", "2001:db8::7"),
                                record(TO_EX, "ff15::1234"))),
                entry("mldv2-block", report6(record(BLOCK, "ff35::8000:1", "2001:db8::7"))),
                entry(
                        "mldv2-current-state",
                        report6(
                                record(IS_IN, "ff35::8000:1", "2001:db8::7", "2001:db8::8"),
                                record(IS_EX, "ff15::1234"),
                                record(IS_EX, "ff02::1:ff00:2"))),
                entry(
                        "mldv2-report-unspecified-source",
                        from(
                                "::",
                                "ff02::16",
                                new Message.Report(
                                        Protocol.MLDV2,
                                        List.of(record(TO_EX, "ff02::1:ff00:2"))))));
    }

    static Stream<String> names() {
        return MEANING.keySet().stream();
    }

    private static byte[] frame(String name) {
        return Objects.requireNonNull(FRAMES.get(name), name);
    }

    private static Packet packet(String name) {
        return Objects.requireNonNull(MEANING.get(name), name);
    }

    private static Decoded<Packet> decode(byte[] frame) {
        return value(EthernetFrame.decode(ByteBuffer.wrap(frame))).packet();
    }

    @Test
    void everyFrameHasAMeaningHere() {
        assertThat(FRAMES.keySet()).isEqualTo(MEANING.keySet());
    }

    @ParameterizedTest
    @MethodSource("names")
    void decodes(String name) {
        assertThat(value(decode(frame(name)))).isEqualTo(packet(name));
    }

    // shows RFC9776-4-1, RFC9776-4.1.10-3, RFC9776-4.2.11-1, RFC9776-4.2.12-3, RFC9777-5-1,
    // RFC9777-5.1.12-3, RFC9777-5.2.11-1, RFC9777-5.2.12-3, RFC2236-2-1, RFC2236-2.3-1,
    // RFC2710-3-1, RFC2710-3.7-1, RFC1112-I-5
    @ParameterizedTest
    @MethodSource("names")
    void encodesToTheSameFrame(String name) {
        Packet packet = packet(name);
        byte[] frame = frame(name).clone();
        if (packet.source().equals(ip("fe80::ff:fe00:1"))) {
            // The bridge fills the hop-by-hop header with two Pad1, hosts and we with one PadN.
            frame[14 + 40 + 6] = 1;
        }
        byte[] sourceMac = Arrays.copyOfRange(frame, 6, 12);
        int size = EthernetFrame.size(packet);
        byte[] ours = Bytes.encoded(size, to -> EthernetFrame.encode(packet, sourceMac, to));
        assertThat(HexFormat.of().formatHex(ours)).isEqualTo(HexFormat.of().formatHex(frame));
    }

    @ParameterizedTest
    @MethodSource("names")
    void endsEarlyIsNoPacket(String name) {
        byte[] frame = frame(name);
        for (int length = 0; length < frame.length; length++) {
            Decoded<EthernetFrame> decoded =
                    EthernetFrame.decode(ByteBuffer.wrap(frame, 0, length));
            if (length < 14) {
                assertThat(decoded)
                        .isEqualTo(new Decoded.Malformed<EthernetFrame>(Reason.TOO_SHORT, length));
            } else {
                assertThat(value(decoded).packet())
                        .as("cut to %d", length)
                        .isInstanceOf(Decoded.Malformed.class);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void paddingIsIgnored(String name) {
        byte[] padded = Arrays.copyOf(frame(name), 300);
        assertThat(value(decode(padded))).isEqualTo(packet(name));
    }

    // shows RFC9776-4.1.2-1, RFC9776-4.2.2-1, RFC9777-5.1.2-1, RFC9777-5.2.2-1, RFC2236-2.3-2,
    // RFC2236-6-1, RFC2236-7-2, RFC2710-5-1, RFC2710-6-2, RFC2710-6-3, RFC1112-I-13
    @ParameterizedTest
    @MethodSource("names")
    void oneFlippedBitIsNoticed(String name) {
        byte[] frame = frame(name);
        boolean ipv6 = packet(name).message().family() == Family.IPV6;
        for (int bit = 14 * 8; bit < frame.length * 8; bit++) {
            byte[] flipped = frame.clone();
            flipped[bit / 8] ^= (byte) (0x80 >> bit % 8);
            Decoded<Packet> decoded = decode(flipped);
            // No checksum covers the first eight bytes of an IPv6 header, nor the options.
            int at = bit / 8 - 14;
            boolean covered = !ipv6 || (at >= 8 && at < 40) || at >= 48;
            if (covered) {
                assertThat(decoded).as("bit %d", bit).isInstanceOf(Decoded.Malformed.class);
            } else {
                assertThat(decoded).as("bit %d", bit).isNotNull();
            }
        }
    }
}
