package mcproxy.lab;

import mcproxy.wire.IpAddress;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A stream that a {@link StreamSender} sends: UDP, each packet with its sender's number, its own,
 * and its time.
 *
 * @param source the address it is sent from
 * @param group the group it is sent to
 * @param port the UDP port
 * @param packetsPerSecond its rate
 */
public record MulticastStream(IpAddress source, IpAddress group, int port, int packetsPerSecond) {
    private static final int MAGIC = 0x6d637031;

    /** The bytes of a packet: about an audio frame. */
    static final int PAYLOAD_BYTES = 200;

    /**
     * What a packet of a stream carries.
     *
     * @param sender the number of its {@link StreamSender}
     * @param sequence its number, from 0
     * @param sentNanos {@link System#nanoTime} of the sender
     */
    record Payload(int sender, long sequence, long sentNanos) {
        void write(ByteBuffer to) {
            to.clear().putInt(MAGIC).putInt(sender).putLong(sequence).putLong(sentNanos);
            to.position(PAYLOAD_BYTES).flip();
        }

        static Optional<Payload> read(ByteBuffer from) {
            if (from.remaining() != PAYLOAD_BYTES || from.getInt() != MAGIC) {
                return Optional.empty();
            }
            return Optional.of(new Payload(from.getInt(), from.getLong(), from.getLong()));
        }
    }

    @Override
    public String toString() {
        return source + " > " + group;
    }
}
