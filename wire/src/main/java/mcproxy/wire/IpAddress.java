package mcproxy.wire;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An IPv4 or IPv6 address as a value of two longs; no name, no zone, no look-up.
 *
 * <p>Addresses are ordered by family and then as unsigned numbers, the order in which RFC 9776
 * 6.6.2 compares queriers.
 *
 * @param family the address family
 * @param high the upper 64 bits of an IPv6 address; 0 in IPv4
 * @param low the lower 64 bits of an IPv6 address, or the 32 bits of an IPv4 address
 */
public record IpAddress(Family family, long high, long low) implements Comparable<IpAddress> {
    private static final long IPV4_MASK = 0xffff_ffffL;

    /** A decimal field of a dotted quad that begins with a zero and goes on. */
    private static final Pattern OCTAL_LOOKING = Pattern.compile("(^|[.:])0[0-9]+\\.|\\.0[0-9]+$");

    /** Checks that an IPv4 address fits into 32 bits. */
    public IpAddress {
        if (family == Family.IPV4 && (high != 0 || (low & ~IPV4_MASK) != 0)) {
            throw new IllegalArgumentException("more than 32 bits in an IPv4 address");
        }
    }

    /** The IPv4 address of a 32-bit number in network order, for instance 0xe0000001. */
    public static IpAddress ipv4(int bits) {
        return new IpAddress(Family.IPV4, 0, bits & IPV4_MASK);
    }

    /** The IPv6 address of two 64-bit halves. */
    public static IpAddress ipv6(long high, long low) {
        return new IpAddress(Family.IPV6, high, low);
    }

    /**
     * The address that a literal names, without any look-up.
     *
     * @throws IllegalArgumentException when the text is not an IPv4 or IPv6 literal
     */
    public static IpAddress of(String literal) {
        return parse(literal)
                .orElseThrow(() -> new IllegalArgumentException("not an IP address: " + literal));
    }

    /** The address that a literal names, or empty when the text is none; zones are not accepted. */
    public static Optional<IpAddress> parse(String literal) {
        if (literal.indexOf('%') >= 0 || literal.indexOf('[') >= 0) {
            return Optional.empty();
        }
        boolean dotted = literal.chars().filter(c -> c == '.').count() == 3;
        if (literal.indexOf(':') < 0 && !dotted) {
            return Optional.empty(); // the JDK would take "1" and "1.2" for addresses
        }
        if (dotted && OCTAL_LOOKING.matcher(literal).find()) {
            return Optional.empty(); // 010 is eight to inet_aton(3) and ten to the JDK
        }
        try {
            InetAddress address = InetAddress.ofLiteral(literal);
            boolean mapped = address instanceof Inet4Address && literal.indexOf(':') >= 0;
            return Optional.of(
                    mapped ? ipv6(0, 0xffff_0000_0000L | of(address).low()) : of(address));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /** The value of a JDK address; its zone, if any, is dropped. */
    public static IpAddress of(InetAddress address) {
        return of(address.getAddress());
    }

    /**
     * The address of 4 or 16 bytes in network order.
     *
     * @throws IllegalArgumentException for any other length
     */
    public static IpAddress of(byte[] bytes) {
        return switch (bytes.length) {
            case 4 -> read(Family.IPV4, ByteBuffer.wrap(bytes));
            case 16 -> read(Family.IPV6, ByteBuffer.wrap(bytes));
            default -> throw new IllegalArgumentException(bytes.length + " bytes in an address");
        };
    }

    /**
     * Reads an address of a family at the buffer's position, in network order whatever the buffer's
     * own order is.
     */
    public static IpAddress read(Family family, ByteBuffer from) {
        IpAddress address = read(family, from, from.position());
        from.position(from.position() + family.bytes());
        return address;
    }

    /** Reads an address of a family at an index, in network order; the position stays. */
    static IpAddress read(Family family, ByteBuffer from, int index) {
        boolean swap = from.order() == ByteOrder.LITTLE_ENDIAN;
        return switch (family) {
            case IPV4 -> {
                int bits = from.getInt(index);
                yield ipv4(swap ? Integer.reverseBytes(bits) : bits);
            }
            case IPV6 -> {
                long high = from.getLong(index);
                long low = from.getLong(index + Long.BYTES);
                yield swap
                        ? ipv6(Long.reverseBytes(high), Long.reverseBytes(low))
                        : ipv6(high, low);
            }
        };
    }

    /**
     * Writes the address at the buffer's position: 4 or 16 bytes in network order, whatever the
     * buffer's own order is.
     */
    public void write(ByteBuffer to) {
        boolean swap = to.order() == ByteOrder.LITTLE_ENDIAN;
        switch (family) {
            case IPV4 -> to.putInt(swap ? Integer.reverseBytes((int) low) : (int) low);
            case IPV6 -> {
                to.putLong(swap ? Long.reverseBytes(high) : high);
                to.putLong(swap ? Long.reverseBytes(low) : low);
            }
        }
    }

    /** Writes an address that has to be of a family. */
    void write(Family expected, ByteBuffer to) {
        if (family != expected) {
            throw new IllegalArgumentException(this + " in a message of " + expected);
        }
        write(to);
    }

    /** The 4 or 16 bytes in network order. */
    public byte[] bytes() {
        ByteBuffer buffer = ByteBuffer.allocate(family.bytes());
        write(buffer);
        return buffer.array();
    }

    /** The JDK's form of this address. */
    public InetAddress toInetAddress() {
        try {
            return InetAddress.getByAddress(bytes());
        } catch (UnknownHostException impossible) {
            throw new AssertionError("4 or 16 bytes are an address", impossible);
        }
    }

    /** Is this 0.0.0.0 or {@code ::}? */
    public boolean isUnspecified() {
        return high == 0 && low == 0;
    }

    /** Is this in 224.0.0.0/4 or ff00::/8? */
    public boolean isMulticast() {
        return family == Family.IPV4 ? low >>> 28 == 0xe : high >>> 56 == 0xff;
    }

    /**
     * Can packets come from this address: is it neither multicast nor unspecified, nor of the
     * loopback, nor the IPv4 broadcast address?
     */
    public boolean isSource() {
        boolean loopback = family == Family.IPV4 ? low >>> 24 == 127 : high == 0 && low == 1;
        boolean broadcast = family == Family.IPV4 && low == 0xffff_ffffL;
        return !isMulticast() && !isUnspecified() && !loopback && !broadcast;
    }

    /** Is this a link-local unicast address, in 169.254.0.0/16 or fe80::/10? */
    public boolean isLinkLocalUnicast() {
        return family == Family.IPV4 ? low >>> 16 == 0xa9fe : high >>> 54 == 0x3fa;
    }

    /** Can MLD be sent from this address: is it in fe80::/64 (RFC 9777 5.1.14, 7.6.2)? */
    public boolean isMldSource() {
        return family == Family.IPV6 && high == 0xfe80_0000_0000_0000L;
    }

    /**
     * Is this a group that never leaves its link: 224.0.0.0/24, or an IPv6 group of scope 0, 1 or 2
     * (RFC 4291 2.7: reserved, interface-local and link-local)?
     */
    public boolean isLinkScopeGroup() {
        return family == Family.IPV4
                ? low >>> 8 == 0xe00000
                : isMulticast() && (high >>> 48 & 0xf) <= 2;
    }

    @Override
    public int compareTo(IpAddress other) {
        int byFamily = family.compareTo(other.family);
        if (byFamily != 0) {
            return byFamily;
        }
        int byHigh = Long.compareUnsigned(high, other.high);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
    }

    /** Dotted quad, or the canonical IPv6 text of RFC 5952. */
    @Override
    public String toString() {
        return family == Family.IPV4 ? dottedQuad() : canonicalIpv6();
    }

    private String dottedQuad() {
        return (low >>> 24)
                + "."
                + (low >>> 16 & 0xff)
                + "."
                + (low >>> 8 & 0xff)
                + "."
                + (low & 0xff);
    }

    private int hextet(int index) {
        long half = index < 4 ? high : low;
        return (int) (half >>> (48 - 16 * (index % 4))) & 0xffff;
    }

    /**
     * RFC 5952 4.2: the longest run of two or more zero fields is shortened, the first of equals.
     */
    private String canonicalIpv6() {
        int bestStart = -1;
        int bestLength = 1;
        for (int start = 0; start < 8; start++) {
            int length = 0;
            while (start + length < 8 && hextet(start + length) == 0) {
                length++;
            }
            if (length > bestLength) {
                bestStart = start;
                bestLength = length;
            }
        }
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < 8; i++) {
            if (i == bestStart) {
                text.append("::");
                i += bestLength - 1;
                continue;
            }
            if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                text.append(':');
            }
            text.append(Integer.toHexString(hextet(i)));
        }
        return text.toString();
    }
}
