package mcproxy.wire;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.time.Instant;

/**
 * Writes packets in the classic capture format that tcpdump and Wireshark read (pcap-savefile(5)).
 *
 * <pre>
 *     file header, 24 bytes                  each packet, 16 bytes and its data
 *     +---------------+---------------+      +---------------+---------------+
 *     |     magic     |  2    |   4   |      |    seconds    | micro- / nano |
 *     +---------------+---------------+      +---------------+---------------+
 *     |       0       |       0       |      | bytes in file | bytes on wire |
 *     +---------------+---------------+      +---------------+---------------+
 *     |    snaplen    |   link type   |      |  data ...
 *     +---------------+---------------+
 * </pre>
 *
 * <p>All numbers are in network order. Not for use by several threads at once.
 */
public final class PcapWriter implements Closeable {
    /** What a packet in the file begins with. */
    public enum LinkType {
        /** An Ethernet header. */
        ETHERNET(1),
        /** An IPv4 or IPv6 header. */
        RAW(101);

        private final int code;

        LinkType(int code) {
            this.code = code;
        }
    }

    /** The unit of the fraction in a time stamp. */
    public enum Resolution {
        /** The one every reader knows. */
        MICROSECONDS(0xa1b2c3d4, 1000),
        /** Understood by libpcap 1.5 and Wireshark. */
        NANOSECONDS(0xa1b23c4d, 1);

        private final int magic;
        private final int nanos;

        Resolution(int magic, int nanos) {
            this.magic = magic;
            this.nanos = nanos;
        }
    }

    /** More than any IP packet in an Ethernet frame has. */
    private static final int SNAPLEN = 1 << 18;

    private static final int FILE_HEADER = 24;
    private static final int PACKET_HEADER = 16;

    private final WritableByteChannel channel;
    private final Resolution resolution;

    /**
     * Begins a capture on a channel, to which the file header is written at once.
     *
     * @param channel a blocking channel, or one that takes all it is given; closed with the writer
     */
    public PcapWriter(WritableByteChannel channel, LinkType linkType, Resolution resolution)
            throws IOException {
        this.channel = channel;
        this.resolution = resolution;
        ByteBuffer header = ByteBuffer.allocate(FILE_HEADER);
        header.putInt(resolution.magic).putShort((short) 2).putShort((short) 4);
        header.putInt(0).putInt(0).putInt(SNAPLEN).putInt(linkType.code);
        writeAll(header.flip());
    }

    /** Begins a capture on a stream, to which the file header is written at once. */
    public PcapWriter(OutputStream stream, LinkType linkType, Resolution resolution)
            throws IOException {
        this(Channels.newChannel(stream), linkType, resolution);
    }

    /**
     * Appends a packet in one write.
     *
     * @param time when it was seen; in the file from 1970 to 2106
     * @param packet its bytes from position to limit, which stay where they are
     */
    public void write(Instant time, ByteBuffer packet) throws IOException {
        int length = Math.min(packet.remaining(), SNAPLEN);
        ByteBuffer record = ByteBuffer.allocate(PACKET_HEADER + length);
        record.putInt((int) time.getEpochSecond()).putInt(time.getNano() / resolution.nanos);
        record.putInt(length).putInt(packet.remaining());
        record.put(packet.slice(packet.position(), length));
        writeAll(record.flip());
    }

    private void writeAll(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            int written = channel.write(bytes);
            if (written <= 0) {
                throw new IOException("the capture's channel takes no more");
            }
        }
    }

    /** Closes the channel or stream. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
