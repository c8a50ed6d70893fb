package mcproxy.wire;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;

/**
 * An Ethernet frame with up to two VLAN tags, for captures and packet sockets.
 *
 * <pre>
 *     +-----------------------+-----------------------+
 *     |  destination, 6 bytes |    source, 6 bytes    |
 *     +-----------+-----------+-----------------------+
 *     | TPID 8100 | VLAN tag  |   none, one or two of these
 *     +-----------+-----------+
 *     | EtherType |  payload ...
 * </pre>
 *
 * @param etherType what the payload is: 0x0800 is IPv4, 0x86dd is IPv6
 * @param payload the bytes behind the EtherType, with the frame's padding if it has any; a view of
 *     the decoded buffer, in network order
 */
public record EthernetFrame(int etherType, ByteBuffer payload) {
    /** The EtherType of IPv4. */
    public static final int IPV4 = 0x0800;

    /** The EtherType of IPv6. */
    public static final int IPV6 = 0x86dd;

    private static final int SOURCE = 6;
    private static final int ETHER_TYPE = 12;
    private static final int HEADER_BYTES = 14;
    private static final int TAG_BYTES = 4;
    private static final int MOST_TAGS = 2;

    /**
     * Decodes the frame between the buffer's position and limit, which stay where they are.
     *
     * @return the frame, or TOO_SHORT
     */
    public static Decoded<EthernetFrame> decode(ByteBuffer from) {
        ByteBuffer bytes = from.slice();
        int at = ETHER_TYPE;
        for (int tags = 0; ; tags++, at += TAG_BYTES) {
            if (bytes.limit() < at + 2) {
                return new Decoded.Malformed<>(Reason.TOO_SHORT, bytes.limit());
            }
            int etherType = Short.toUnsignedInt(bytes.getShort(at));
            if (tags == MOST_TAGS || !isTag(etherType)) {
                ByteBuffer payload = bytes.slice(at + 2, bytes.limit() - at - 2);
                return new Decoded.Value<>(new EthernetFrame(etherType, payload));
            }
        }
    }

    private static boolean isTag(int etherType) {
        return switch (etherType) {
            case 0x8100, 0x88a8, 0x9100 -> true; // 802.1Q, 802.1ad, and QinQ before it
            default -> false;
        };
    }

    /** The membership packet inside, or why there is none; offsets count from the IP header. */
    public Decoded<Packet> packet() {
        return switch (etherType) {
            case IPV4 -> Ipv4Envelope.decode(payload);
            case IPV6 -> Ipv6Envelope.decode(payload);
            default -> new Decoded.Malformed<>(Reason.NOT_MEMBERSHIP, 0);
        };
    }

    /**
     * The MAC address to which a group's packets go: 01:00:5e and the group's low 23 bits (RFC 1112
     * 6.4), or 33:33 and its low 32 bits (RFC 2464 7).
     *
     * @throws IllegalArgumentException for an address that is no group
     */
    public static byte[] groupMac(IpAddress group) {
        if (!group.isMulticast()) {
            throw new IllegalArgumentException(group + " is no group");
        }
        long mac =
                switch (group.family()) {
                    case IPV4 -> 0x01_00_5e_00_00_00L | (group.low() & 0x7f_ffff);
                    case IPV6 -> 0x33_33_00_00_00_00L | (group.low() & 0xffff_ffffL);
                };
        byte[] bytes = new byte[SOURCE];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (mac >> (40 - 8 * i));
        }
        return bytes;
    }

    /** The bytes that {@link #encode} writes. */
    public static int size(Packet packet) {
        return HEADER_BYTES
                + switch (packet.destination().family()) {
                    case IPV4 -> Ipv4Envelope.size(packet);
                    case IPV6 -> Ipv6Envelope.size(packet);
                };
    }

    /**
     * Writes a packet to a group as an untagged frame, without padding, at the buffer's position,
     * and moves the position behind it.
     *
     * @param sourceMac 6 bytes
     * @throws IllegalArgumentException when the destination is no group or the packet cannot be
     *     encoded
     * @throws BufferOverflowException when the buffer has too little room; it is unchanged then
     */
    public static void encode(Packet packet, byte[] sourceMac, ByteBuffer to) {
        int size = size(packet);
        if (sourceMac.length != SOURCE) {
            throw new IllegalArgumentException(sourceMac.length + " bytes in a MAC address");
        }
        if (to.remaining() < size) {
            throw new BufferOverflowException();
        }
        ByteBuffer out = to.slice(to.position(), size);
        out.put(groupMac(packet.destination())).put(sourceMac);
        switch (packet.destination().family()) {
            case IPV4 -> Ipv4Envelope.encode(packet, out.putShort((short) IPV4));
            case IPV6 -> Ipv6Envelope.encode(packet, out.putShort((short) IPV6));
        }
        to.position(to.position() + size);
    }
}
