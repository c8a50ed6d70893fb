package mcproxy.wire;

import java.util.HexFormat;

/**
 * The address of a node on its link, of which packet(7) tells at most 8 bytes: a MAC address on
 * Ethernet, longer or shorter ones elsewhere, and none where links have no such addresses, as tun
 * devices have not. A value of 12 bytes, as one is kept for each host of each group.
 *
 * @param bits its bytes, the last one lowest
 * @param length how many they are, 0 to 8
 */
public record LinkAddress(long bits, int length) implements Comparable<LinkAddress> {
    /** The most bytes that an address has here ({@code sll_addr} of {@code sockaddr_ll}). */
    public static final int MAX_BYTES = 8;

    /** No address. */
    public static final LinkAddress NONE = new LinkAddress(0, 0);

    private static final HexFormat COLONS = HexFormat.ofDelimiter(":");

    /** Checks the length. */
    public LinkAddress {
        if (length < 0
                || length > MAX_BYTES
                || (length < MAX_BYTES && bits >>> (Byte.SIZE * length) != 0)) {
            throw new IllegalArgumentException(
                    Long.toHexString(bits) + " in " + length + " bytes of a link-layer address");
        }
    }

    /**
     * The address of these bytes. Nothing but zeros is the loopback device's, and nobody's: {@link
     * #NONE}.
     *
     * @throws IllegalArgumentException when they are more than 8
     */
    public static LinkAddress of(byte[] bytes) {
        if (bytes.length > MAX_BYTES) {
            throw new IllegalArgumentException(bytes.length + " bytes in a link-layer address");
        }
        long bits = 0;
        for (byte one : bytes) {
            bits = bits << Byte.SIZE | Byte.toUnsignedLong(one);
        }
        return bits == 0 ? NONE : new LinkAddress(bits, bytes.length);
    }

    /**
     * The address that a text like {@code 02:00:00:00:00:01} names; the empty one names none.
     *
     * @throws IllegalArgumentException when the text is none
     */
    public static LinkAddress of(String text) {
        return of(COLONS.parseHex(text));
    }

    /** Is there no address? */
    public boolean isNone() {
        return length == 0;
    }

    @Override
    public int compareTo(LinkAddress other) {
        int byLength = Integer.compare(length, other.length);
        return byLength != 0 ? byLength : Long.compareUnsigned(bits, other.bits);
    }

    /** Two hexadecimal digits for each byte, with colons; empty when there is no address. */
    @Override
    public String toString() {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (bits >>> (Byte.SIZE * (length - 1 - i)));
        }
        return COLONS.formatHex(bytes);
    }
}
