package mcproxy.core;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

/** Addresses as the numbers that they are: their ends, their neighbours, their distances. */
final class Addresses {
    private static final long IPV4_LAST = 0xffff_ffffL;

    private Addresses() {}

    /** The lowest address of a family. */
    static IpAddress first(Family family) {
        return new IpAddress(family, 0, 0);
    }

    /** The highest address of a family. */
    static IpAddress last(Family family) {
        return switch (family) {
            case IPV4 -> new IpAddress(family, 0, IPV4_LAST);
            case IPV6 -> new IpAddress(family, -1, -1);
        };
    }

    /** The address after another one, which is not the last. */
    static IpAddress after(IpAddress address) {
        return switch (address.family()) {
            case IPV4 -> new IpAddress(Family.IPV4, 0, address.low() + 1);
            case IPV6 ->
                    IpAddress.ipv6(
                            address.low() == -1 ? address.high() + 1 : address.high(),
                            address.low() + 1);
        };
    }

    /** The address before another one, which is not the first. */
    static IpAddress before(IpAddress address) {
        return switch (address.family()) {
            case IPV4 -> new IpAddress(Family.IPV4, 0, address.low() - 1);
            case IPV6 ->
                    IpAddress.ipv6(
                            address.low() == 0 ? address.high() - 1 : address.high(),
                            address.low() - 1);
        };
    }

    /** How many addresses there are from one to another, both counted; at most {@code limit}. */
    static long count(IpAddress from, IpAddress to, long limit) {
        long low = to.low() - from.low();
        long borrow = Long.compareUnsigned(to.low(), from.low()) < 0 ? 1 : 0;
        boolean many = to.high() - from.high() - borrow != 0 || low < 0 || low >= limit;
        return many ? limit : low + 1;
    }

    /** The first address of a network. */
    static IpAddress first(Prefix prefix) {
        return masked(prefix, false);
    }

    /** The last address of a network. */
    static IpAddress last(Prefix prefix) {
        return masked(prefix, true);
    }

    private static IpAddress masked(Prefix prefix, boolean ones) {
        IpAddress address = prefix.address();
        int hostBits = address.family().bits() - prefix.length();
        long lowMask = hostMask(Math.min(hostBits, Long.SIZE));
        long highMask = hostMask(Math.max(0, hostBits - Long.SIZE));
        long low = ones ? address.low() | lowMask : address.low() & ~lowMask;
        long high = ones ? address.high() | highMask : address.high() & ~highMask;
        return new IpAddress(address.family(), high, low);
    }

    private static long hostMask(int bits) {
        return bits == Long.SIZE ? -1 : (1L << bits) - 1;
    }
}
