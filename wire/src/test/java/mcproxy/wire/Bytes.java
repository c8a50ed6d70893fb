package mcproxy.wire;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Bytes for tests: written as hex, summed in the slow way, and captured from a kernel. */
final class Bytes {
    private Bytes() {}

    /** The bytes of hex digits, among which spaces mean nothing. */
    static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits.replace(" ", ""));
    }

    /** An IGMP message with its checksum put right, in the textbook's way. */
    static byte[] withIgmpChecksum(byte[] message) {
        return withChecksum(message, 0);
    }

    /** An ICMPv6 message with its checksum put right, in the textbook's way. */
    static byte[] withMldChecksum(IpAddress source, IpAddress destination, byte[] message) {
        int pseudo = 58 + message.length;
        for (byte[] address : new byte[][] {source.bytes(), destination.bytes()}) {
            for (int i = 0; i < 16; i += 2) {
                pseudo += ((address[i] & 0xff) << 8) | (address[i + 1] & 0xff);
            }
        }
        return withChecksum(message, pseudo);
    }

    private static byte[] withChecksum(byte[] message, int initial) {
        byte[] fixed = message.clone();
        if (fixed.length < 4) {
            return fixed;
        }
        fixed[2] = 0;
        fixed[3] = 0;
        int sum = initial;
        for (int i = 0; i < fixed.length; i++) {
            sum += (fixed[i] & 0xff) << (i % 2 == 0 ? 8 : 0);
        }
        while (sum > 0xffff) {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        fixed[2] = (byte) (~sum >> 8);
        fixed[3] = (byte) ~sum;
        return fixed;
    }

    /**
     * What an encoder writes, given a buffer with room to spare, of the wrong byte order, full of
     * 0xa5, of which it must leave what is not its own.
     */
    static byte[] encoded(int size, Consumer<ByteBuffer> encoder) {
        int before = 3;
        int after = 5;
        byte[] all = new byte[before + size + after];
        Arrays.fill(all, (byte) 0xa5);
        ByteBuffer buffer = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN).position(before);
        encoder.accept(buffer);
        if (buffer.position() != before + size) {
            throw new AssertionError("position " + buffer.position() + " after " + size + " bytes");
        }
        for (int i = 0; i < all.length; i++) {
            if ((i < before || i >= before + size) && all[i] != (byte) 0xa5) {
                throw new AssertionError("byte " + i + " is outside and was written");
            }
        }
        return Arrays.copyOfRange(all, before, before + size);
    }

    /** The frames of kernel-packets.txt by their names. */
    static Map<String, byte[]> kernelFrames() {
        Map<String, byte[]> frames = new TreeMap<>();
        try (InputStream in =
                        Objects.requireNonNull(
                                Bytes.class.getResourceAsStream("kernel-packets.txt"));
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                int space = line.indexOf(' ');
                if (!line.startsWith("#") && space > 0) {
                    frames.put(line.substring(0, space), hex(line.substring(space + 1)));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return frames;
    }

    /** The value of a decoding that has to succeed. */
    static <T> T value(Decoded<T> decoded) {
        return switch (decoded) {
            case Decoded.Value<T>(T value) -> value;
            case Decoded.Malformed<T> malformed -> throw new AssertionError(malformed.toString());
        };
    }
}
