package mcproxy.core;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

/**
 * An address with the length of its network's prefix, for instance 10.0.0.1/24.
 *
 * @param address an address in the network
 * @param length the prefix length in bits, 0 to 32 or 128
 */
public record Prefix(IpAddress address, int length) {
    /** Checks the length. */
    public Prefix {
        if (length < 0 || length > address.family().bits()) {
            throw new IllegalArgumentException("prefix length " + length + " of " + address);
        }
    }

    /** Is the other address in the same network? */
    public boolean contains(IpAddress other) {
        if (other.family() != address.family()) {
            return false;
        }
        int leftOut = address.family().bits() - length;
        return switch (address.family()) {
            case IPV4 -> sameAbove(address.low(), other.low(), leftOut);
            case IPV6 ->
                    leftOut >= Long.SIZE
                            ? sameAbove(address.high(), other.high(), leftOut - Long.SIZE)
                            : address.high() == other.high()
                                    && sameAbove(address.low(), other.low(), leftOut);
        };
    }

    private static boolean sameAbove(long one, long other, int bitsLeftOut) {
        return bitsLeftOut == Long.SIZE || one >>> bitsLeftOut == other >>> bitsLeftOut;
    }

    /** The prefix of a text such as {@code 10.0.0.1/24}; of an address alone, that one address. */
    public static Prefix of(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            IpAddress address = IpAddress.of(text);
            return new Prefix(address, address.family().bits());
        }
        return new Prefix(
                IpAddress.of(text.substring(0, slash)),
                Integer.parseInt(text.substring(slash + 1)));
    }

    /** Is this of the given family? */
    public boolean isOf(Family family) {
        return address.family() == family;
    }

    @Override
    public String toString() {
        return address + "/" + length;
    }
}
