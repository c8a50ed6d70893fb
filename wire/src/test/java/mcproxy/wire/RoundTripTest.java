package mcproxy.wire;

import static mcproxy.wire.Bytes.value;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;

/** What is encoded and decoded again is the same; what is broken on the way is refused. */
class RoundTripTest {
    private static final int SEEDS = 3000;

    private static byte[] encode(Packet packet) {
        return switch (packet.message().family()) {
            case IPV4 ->
                    Bytes.encoded(Ipv4Envelope.size(packet), to -> Ipv4Envelope.encode(packet, to));
            case IPV6 ->
                    Bytes.encoded(Ipv6Envelope.size(packet), to -> Ipv6Envelope.encode(packet, to));
        };
    }

    private static Decoded<Packet> decode(Family family, byte[] bytes) {
        ByteBuffer from = ByteBuffer.wrap(bytes);
        return switch (family) {
            case IPV4 -> Ipv4Envelope.decode(from);
            case IPV6 -> Ipv6Envelope.decode(from);
        };
    }

    @ParameterizedTest
    @EnumSource
    void packets(Family family) {
        Set<Class<?>> kinds = new HashSet<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            Packet packet = new RandomMessages(seed).packet(family);
            kinds.add(packet.message().getClass());
            assertThat(value(decode(family, encode(packet)))).as("seed %d", seed).isEqualTo(packet);
        }
        int all =
                Message.class.getPermittedSubclasses().length
                        - 1 // the interface that those of router discovery share
                        + Message.RouterDiscovery.class.getPermittedSubclasses().length;
        assertThat(kinds).hasSize(all);
    }

    /** The whole IPv4 packet is summed; of an IPv6 packet, what follows all headers. */
    // shows RFC9776-4.1.2-1, RFC9776-4.2.2-1, RFC9777-5.1.2-1
    @ParameterizedTest
    @EnumSource
    void oneFlippedBitInAMessageIsNoticed(Family family) {
        for (int seed = 0; seed < SEEDS; seed++) {
            Packet packet = new RandomMessages(seed).packet(family);
            byte[] bytes = encode(packet);
            int message = bytes.length - MessageSize.of(packet.message());
            SplittableRandom random = new SplittableRandom(seed);
            int bit = random.nextInt(8 * message, 8 * bytes.length);
            bytes[bit / 8] ^= (byte) (0x80 >> bit % 8);
            assertThat(decode(family, bytes))
                    .as("seed %d, bit %d", seed, bit)
                    .isInstanceOf(Decoded.Malformed.class);
        }
    }

    /** With checksums put right, so that the parsers are reached. */
    @ParameterizedTest
    @EnumSource
    void cutReportsAreRefusedAndNothingIsThrown(Family family) {
        Set<Reason> reasons = EnumSet.noneOf(Reason.class);
        for (int seed = 0; seed < SEEDS / 10; seed++) {
            Packet packet = new RandomMessages(seed).packet(family);
            byte[] bytes = encode(packet);
            int start = bytes.length - MessageSize.of(packet.message());
            byte[] message = Arrays.copyOfRange(bytes, start, bytes.length);
            for (int length = 0; length < message.length; length++) {
                Decoded<Message> decoded = summedAndDecoded(packet, Arrays.copyOf(message, length));
                if (packet.message() instanceof Message.Report) {
                    assertThat(decoded)
                            .as("seed %d, cut to %d", seed, length)
                            .isInstanceOf(Decoded.Malformed.class);
                }
                if (decoded instanceof Decoded.Malformed<Message>(Reason reason, int offset)) {
                    reasons.add(reason);
                    assertThat(offset).as("seed %d", seed).isBetween(0, length);
                }
            }
        }
        assertThat(reasons)
                .contains(Reason.TOO_SHORT, Reason.COUNT_EXCEEDS_LENGTH, Reason.QUERY_LENGTH);
    }

    /** Random changes behind a right checksum: nothing is thrown, and values encode again. */
    @ParameterizedTest
    @EnumSource
    void changedMessagesAreRefusedOrMeanWhatTheyEncodeTo(Family family) {
        for (int seed = 0; seed < 10 * SEEDS; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Packet packet = new RandomMessages(seed).packet(family);
            byte[] bytes = encode(packet);
            int start = bytes.length - MessageSize.of(packet.message());
            byte[] message = Arrays.copyOfRange(bytes, start, bytes.length);
            for (int i = random.nextInt(1, 4); i > 0; i--) {
                int at = random.nextInt(Math.min(message.length, 40));
                message[at] = (byte) (random.nextBoolean() ? random.nextInt(256) : -1);
            }
            if (summedAndDecoded(packet, message)
                    instanceof Decoded.Value<Message>(Message changed)) {
                Packet again =
                        new Packet(
                                packet.source(),
                                packet.destination(),
                                1,
                                0,
                                false,
                                withoutExtension(changed));
                assertThat(value(decode(family, encode(again))))
                        .as("seed %d", seed)
                        .isEqualTo(again);
            }
        }
    }

    /** What is never sent does not come back. */
    private static Message withoutExtension(Message message) {
        return switch (message) {
            case Message.Query query ->
                    new Message.Query(
                            query.protocol(),
                            query.group(),
                            query.maxResponseMillis(),
                            query.suppressRouterSide(),
                            query.robustness(),
                            query.queryIntervalSeconds(),
                            query.sources());
            case Message.Report report -> new Message.Report(report.protocol(), report.records());
            case Message.OldReport _,
                    Message.Leave _,
                    Message.RouterDiscovery _,
                    Message.Unknown _ ->
                    message;
        };
    }

    private static Decoded<Message> summedAndDecoded(Packet packet, byte[] message) {
        IpAddress source = packet.source();
        IpAddress destination = packet.destination();
        return switch (packet.message().family()) {
            case IPV4 -> Igmp.decode(ByteBuffer.wrap(Bytes.withIgmpChecksum(message)));
            case IPV6 ->
                    Mld.decode(
                            source,
                            destination,
                            ByteBuffer.wrap(Bytes.withMldChecksum(source, destination, message)));
        };
    }
}
