package mcproxy.wire;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;

/**
 * IPv6 packets with an MLD message (RFC 8200 3, 4.3; RFC 2711), as a whole and in the parts that a
 * raw ICMPv6 socket gives and takes (RFC 3542, ipv6(7)).
 *
 * <pre>
 *      0       4               12              20      24              32
 *     +-------+---------------+-----------------------+---------------+
 *     |   6   | traffic class |              flow label               |
 *     +-------+---------------+-------+---------------+---------------+
 *     |        payload length         |  next header  |   hop limit   |
 *     +-------------------------------+---------------+---------------+
 *     |                   source address, 16 bytes                    |
 *     +---------------------------------------------------------------+
 *     |                 destination address, 16 bytes                 |
 *     +---------------+---------------+---------------+---------------+
 *     | next hdr (58) |   length (0)  |   05: alert   |   02: bytes   |   hop-by-hop
 *     +---------------+---------------+---------------+---------------+   options, here
 *     |     value 0: a packet of MLD  |   01: pad     |   00: bytes   |   with Router Alert
 *     +-------------------------------+---------------+---------------+
 *     |  ICMPv6 message                                               ...
 * </pre>
 *
 * <p>Whether hop limit, Router Alert and sender are what they should be is not judged here: that
 * depends on settings. The {@link Packet} says what they are.
 */
public final class Ipv6Envelope {
    private static final int PAYLOAD_LENGTH = 4;
    private static final int NEXT_HEADER = 6;
    private static final int HOP_LIMIT = 7;
    private static final int SOURCE = 8;
    private static final int DESTINATION = 24;
    private static final int PAYLOAD = 40;

    private static final int EXTENSION_NEXT_HEADER = 0;
    private static final int EXTENSION_LENGTH = 1;
    private static final int EXTENSION_OPTIONS = 2;

    private static final int VERSION = 6;
    private static final int LARGEST_PAYLOAD = 0xffff;

    private static final int HOP_BY_HOP = 0;
    private static final int FRAGMENT = 44;
    private static final int DESTINATION_OPTIONS = 60;

    private static final int OPTION_PAD1 = 0;
    private static final int OPTION_ROUTER_ALERT = 5;
    private static final int ROUTER_ALERT_DATA = 2;
    private static final int ROUTER_ALERT_MLD = 0;

    /** The hop-by-hop header behind its next-header byte: one unit, Router Alert 0, PadN of 0. */
    private static final byte[] ROUTER_ALERT = {0, 5, 2, 0, 0, 1, 0};

    private static final int HOP_BY_HOP_BYTES = 8;

    private Ipv6Envelope() {}

    /**
     * Decodes the whole packet between the buffer's position and limit, which stay where they are.
     * Bytes beyond the packet's payload length, such as the padding of an Ethernet frame, are
     * ignored. A hop-by-hop header and destination options may stand before the message.
     *
     * @return the packet, or why there is none: TOO_SHORT, IP_HEADER, FRAGMENT, NOT_MEMBERSHIP, or
     *     a reason of {@link Mld#decode}
     */
    public static Decoded<Packet> decode(ByteBuffer from) {
        ByteBuffer bytes = from.slice();
        if (bytes.limit() < PAYLOAD) {
            return new Decoded.Malformed<>(Reason.TOO_SHORT, bytes.limit());
        }
        int firstWord = bytes.getInt(0);
        if (firstWord >>> 28 != VERSION) {
            return new Decoded.Malformed<>(Reason.IP_HEADER, 0);
        }
        int end = PAYLOAD + Short.toUnsignedInt(bytes.getShort(PAYLOAD_LENGTH));
        if (end > bytes.limit()) {
            return new Decoded.Malformed<>(Reason.IP_HEADER, PAYLOAD_LENGTH);
        }
        int next = Byte.toUnsignedInt(bytes.get(NEXT_HEADER));
        int at = PAYLOAD;
        ByteBuffer hopByHop = bytes.slice(at, 0);
        // RFC 8200 4.1: hop-by-hop options stand first or nowhere.
        while ((next == HOP_BY_HOP && at == PAYLOAD) || next == DESTINATION_OPTIONS) {
            int length = extensionLength(bytes, at, end);
            if (length > end - at) {
                return new Decoded.Malformed<>(Reason.IP_HEADER, at);
            }
            if (next == HOP_BY_HOP) {
                hopByHop = bytes.slice(at, length);
            }
            next = Byte.toUnsignedInt(bytes.get(at + EXTENSION_NEXT_HEADER));
            at += length;
        }
        if (next != Mld.IP_PROTOCOL) {
            Reason reason = next == FRAGMENT ? Reason.FRAGMENT : Reason.NOT_MEMBERSHIP;
            return new Decoded.Malformed<>(reason, at);
        }
        return decode(
                IpAddress.read(Family.IPV6, bytes, SOURCE),
                IpAddress.read(Family.IPV6, bytes, DESTINATION),
                Byte.toUnsignedInt(bytes.get(HOP_LIMIT)),
                firstWord >>> 20 & 0xff,
                hopByHop,
                PAYLOAD,
                bytes.slice(at, end - at),
                at);
    }

    /** The bytes of an extension header as it says itself; more than there are when it is cut. */
    private static int extensionLength(ByteBuffer bytes, int at, int end) {
        return end - at < HOP_BY_HOP_BYTES
                ? HOP_BY_HOP_BYTES
                : 8 + 8 * Byte.toUnsignedInt(bytes.get(at + EXTENSION_LENGTH));
    }

    /**
     * Decodes what a raw ICMPv6 socket gives. The buffers' positions and limits stay where they
     * are.
     *
     * @param source the sender, from recvmsg(2)
     * @param destination from IPV6_RECVPKTINFO
     * @param hopLimit from IPV6_RECVHOPLIMIT, 0 to 255
     * @param trafficClass from IPV6_RECVTCLASS, 0 to 255
     * @param hopByHop from IPV6_RECVHOPOPTS, from the next-header byte on; empty when the packet
     *     has none
     * @param message the ICMPv6 message
     * @return the packet, or why there is none: IP_HEADER when the options contradict their
     *     lengths, with an offset in those, or a reason of {@link Mld#decode}
     */
    public static Decoded<Packet> decode(
            IpAddress source,
            IpAddress destination,
            int hopLimit,
            int trafficClass,
            ByteBuffer hopByHop,
            ByteBuffer message) {
        ByteBuffer options = hopByHop.slice();
        if (options.hasRemaining()
                && extensionLength(options, 0, options.limit()) > options.limit()) {
            return new Decoded.Malformed<>(Reason.IP_HEADER, 0);
        }
        return decode(source, destination, hopLimit, trafficClass, options, 0, message, 0);
    }

    private static Decoded<Packet> decode(
            IpAddress source,
            IpAddress destination,
            int hopLimit,
            int trafficClass,
            ByteBuffer hopByHop,
            int hopByHopOffset,
            ByteBuffer icmp,
            int icmpOffset) {
        boolean routerAlert = false;
        switch (routerAlert(hopByHop)) {
            case Decoded.Value<Boolean>(Boolean found) -> routerAlert = found;
            case Decoded.Malformed<Boolean>(Reason reason, int offset) -> {
                return new Decoded.Malformed<>(reason, hopByHopOffset + offset);
            }
        }
        return switch (Mld.decode(source, destination, icmp)) {
            case Decoded.Value<Message>(Message message) ->
                    new Decoded.Value<>(
                            new Packet(
                                    source,
                                    destination,
                                    hopLimit,
                                    trafficClass,
                                    routerAlert,
                                    message));
            case Decoded.Malformed<Message>(Reason reason, int offset) ->
                    new Decoded.Malformed<>(reason, icmpOffset + offset);
        };
    }

    private static Decoded<Boolean> routerAlert(ByteBuffer hopByHop) {
        boolean found = false;
        int at = EXTENSION_OPTIONS;
        while (at < hopByHop.limit()) {
            if (hopByHop.get(at) == OPTION_PAD1) {
                at++;
                continue;
            }
            int left = hopByHop.limit() - at - 2;
            int length = left < 0 ? 0 : Byte.toUnsignedInt(hopByHop.get(at + 1));
            if (length > left) {
                return new Decoded.Malformed<>(Reason.IP_HEADER, at);
            }
            if (hopByHop.get(at) == OPTION_ROUTER_ALERT && length == ROUTER_ALERT_DATA) {
                found |= hopByHop.getShort(at + 2) == ROUTER_ALERT_MLD;
            }
            at += 2 + length;
        }
        return new Decoded.Value<>(found);
    }

    /** The bytes that {@link #encode} writes. */
    public static int size(Packet packet) {
        return PAYLOAD + payload(packet);
    }

    private static int payload(Packet packet) {
        int options = packet.routerAlert() ? HOP_BY_HOP_BYTES : 0;
        return options + MessageSize.of(packet.message());
    }

    /**
     * Writes the whole packet at the buffer's position and moves the position behind it; the flow
     * label is 0.
     *
     * @throws IllegalArgumentException when a part is none of IPv6, see {@link Mld#encode}, or when
     *     the payload would be longer than 65,535 bytes
     * @throws BufferOverflowException when the buffer has too little room; it is unchanged then
     */
    public static void encode(Packet packet, ByteBuffer to) {
        int payload = payload(packet);
        if (payload > LARGEST_PAYLOAD) {
            throw new IllegalArgumentException(payload + " bytes in an IPv6 packet");
        }
        if (to.remaining() < PAYLOAD + payload) {
            throw new BufferOverflowException();
        }
        ByteBuffer out = to.slice(to.position(), PAYLOAD + payload);
        out.putInt(VERSION << 28 | (packet.trafficClass() & 0xff) << 20);
        out.putShort((short) payload);
        out.put((byte) (packet.routerAlert() ? HOP_BY_HOP : Mld.IP_PROTOCOL));
        out.put((byte) packet.hopLimit());
        packet.source().write(Family.IPV6, out);
        packet.destination().write(Family.IPV6, out);
        if (packet.routerAlert()) {
            out.put(routerAlertHeader(Mld.IP_PROTOCOL));
        }
        encodePayload(packet, out);
        to.position(to.position() + PAYLOAD + payload);
    }

    /**
     * Writes only the ICMPv6 message, {@link MessageSize#of(Message)} bytes, for a raw socket that
     * is told the rest by ancillary data; see {@link Mld#encode} for what it throws.
     */
    public static void encodePayload(Packet packet, ByteBuffer to) {
        Mld.encode(packet.source(), packet.destination(), packet.message(), to);
    }

    /**
     * The hop-by-hop options header with Router Alert 0, 8 bytes, as IPV6_HOPOPTS takes it.
     *
     * @param nextHeader what follows: 58 in a packet; in IPV6_HOPOPTS the kernel writes it, 0 will
     *     do
     */
    public static byte[] routerAlertHeader(int nextHeader) {
        byte[] header = new byte[HOP_BY_HOP_BYTES];
        header[EXTENSION_NEXT_HEADER] = (byte) nextHeader;
        System.arraycopy(ROUTER_ALERT, 0, header, EXTENSION_LENGTH, ROUTER_ALERT.length);
        return header;
    }
}
