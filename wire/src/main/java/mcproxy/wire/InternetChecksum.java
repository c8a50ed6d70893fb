package mcproxy.wire;

import java.nio.ByteBuffer;

/**
 * The Internet checksum of RFC 1071: the one's complement of the one's complement sum of all 16-bit
 * words, an odd last byte counting as the upper half of a word.
 *
 * <p>Sums stay unfolded in a long while they grow, so that several areas (a pseudo-header and a
 * message) add up; 32-bit words may be added as they are, for 65536 is 1 modulo 65535.
 */
final class InternetChecksum {
    private static final long WORD = 0xffff_ffffL;

    private InternetChecksum() {}

    /** The unfolded sum of some bytes of a buffer in network order. */
    static long sum(ByteBuffer bytes, int from, int length) {
        long sum = 0;
        int end = from + length;
        int at = from;
        for (; at + 4 <= end; at += 4) {
            sum += bytes.getInt(at) & WORD;
        }
        if (at + 2 <= end) {
            sum += Short.toUnsignedInt(bytes.getShort(at));
            at += 2;
        }
        if (at < end) {
            sum += Byte.toUnsignedLong(bytes.get(at)) << 8;
        }
        return sum;
    }

    /** The unfolded sum of an address. */
    static long sum(IpAddress address) {
        return (address.high() >>> 32)
                + (address.high() & WORD)
                + (address.low() >>> 32)
                + (address.low() & WORD);
    }

    /** Does this sum over an area with its checksum field filled in say that nothing is broken? */
    static boolean isIntact(long sum) {
        return fold(sum) == 0xffff;
    }

    /** What to write into the checksum field, given the sum over an area with that field zero. */
    static short of(long sum) {
        return (short) ~fold(sum);
    }

    private static int fold(long sum) {
        long folded = sum;
        while (folded >>> 16 != 0) {
            folded = (folded & 0xffff) + (folded >>> 16);
        }
        return (int) folded;
    }
}
