package mcproxy.wire;

import static mcproxy.wire.Bytes.hex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import mcproxy.wire.PcapWriter.LinkType;
import mcproxy.wire.PcapWriter.Resolution;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.time.Instant;

/** The format is that of pcap-savefile(5), written down by hand here. */
class PcapWriterTest {
    private static final Instant TIME = Instant.ofEpochSecond(0x6543_2100L, 123_456_789);

    @Test
    void microsecondsAndEthernet() throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (PcapWriter writer = new PcapWriter(file, LinkType.ETHERNET, Resolution.MICROSECONDS)) {
            writer.write(TIME, ByteBuffer.wrap(hex("0102030405"), 1, 3));
            writer.write(TIME, ByteBuffer.allocate(0));
        }
        assertThat(file.toByteArray())
                .isEqualTo(
                        hex(
                                "a1b2c3d4 0002 0004 00000000 00000000 00040000 00000001"
                                        + "65432100 0001e240 00000003 00000003 020304"
                                        + "65432100 0001e240 00000000 00000000"));
    }

    @Test
    void nanosecondsAndRawPackets() throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ByteBuffer packet = ByteBuffer.wrap(hex("45"));
        try (PcapWriter writer = new PcapWriter(file, LinkType.RAW, Resolution.NANOSECONDS)) {
            writer.write(TIME, packet);
        }
        assertThat(packet.remaining()).isEqualTo(1);
        assertThat(file.toByteArray())
                .isEqualTo(
                        hex(
                                "a1b23c4d 0002 0004 00000000 00000000 00040000 00000065"
                                        + "65432100 075bcd15 00000001 00000001 45"));
    }

    @Test
    void tooLongAPacketIsCut() throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (PcapWriter writer = new PcapWriter(file, LinkType.RAW, Resolution.MICROSECONDS)) {
            writer.write(Instant.EPOCH, ByteBuffer.allocate(0x40001));
        }
        ByteBuffer written = ByteBuffer.wrap(file.toByteArray());
        assertThat(written.limit()).isEqualTo(24 + 16 + 0x40000);
        assertThat(written.getInt(32)).isEqualTo(0x40000);
        assertThat(written.getInt(36)).isEqualTo(0x40001);
    }

    /**
     * A channel that takes a few bytes at a time gets them all; one that takes none is an error.
     */
    @Test
    void slowAndFullChannels() throws IOException {
        SlowChannel slow = new SlowChannel(Integer.MAX_VALUE);
        try (PcapWriter writer = new PcapWriter(slow, LinkType.RAW, Resolution.MICROSECONDS)) {
            writer.write(TIME, ByteBuffer.wrap(hex("450000")));
        }
        assertThat(slow.bytes.size()).isEqualTo(24 + 16 + 3);
        assertThat(slow.isOpen()).isFalse();
        SlowChannel full = new SlowChannel(10);
        assertThatThrownBy(() -> new PcapWriter(full, LinkType.RAW, Resolution.MICROSECONDS))
                .isInstanceOf(IOException.class);
    }

    private static final class SlowChannel implements WritableByteChannel {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final int capacity;
        private boolean open = true;

        SlowChannel(int capacity) {
            this.capacity = capacity;
        }

        @Override
        public int write(ByteBuffer from) {
            int count = Math.min(Math.min(5, from.remaining()), capacity - bytes.size());
            for (int i = 0; i < count; i++) {
                bytes.write(from.get());
            }
            return count;
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void close() {
            open = false;
        }
    }
}
