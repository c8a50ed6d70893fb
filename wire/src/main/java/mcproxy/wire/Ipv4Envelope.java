package mcproxy.wire;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;

/**
 * IPv4 packets with an IGMP message, as a raw socket gives and (with IP_HDRINCL) takes them (RFC
 * 791 3.1, raw(7)).
 *
 * <pre>
 *      0       4       8               16    19                        32
 *     +-------+-------+---------------+-------------------------------+
 *     |   4   |  IHL  |      TOS      |         total length          |
 *     +-------+-------+---------------+-----+-------------------------+
 *     |        identification         |0|D|M|     fragment offset     |
 *     +---------------+---------------+-----+-------------------------+
 *     |      TTL      | protocol (2)  |        header checksum        |
 *     +---------------+---------------+-------------------------------+
 *     |                        source address                         |
 *     +---------------------------------------------------------------+
 *     |                      destination address                      |
 *     +---------------------------------------------------------------+
 *     |  options, (IHL - 5) times 4 bytes; Router Alert: 94 04 00 00  |
 *     +---------------------------------------------------------------+
 * </pre>
 *
 * <p>Whether TTL, Router Alert and sender are what they should be is not judged here: that depends
 * on settings. The {@link Packet} says what they are.
 */
public final class Ipv4Envelope {
    private static final int VERSION_AND_IHL = 0;
    private static final int TOS = 1;
    private static final int TOTAL_LENGTH = 2;
    private static final int FRAGMENT = 6;
    private static final int TTL = 8;
    private static final int PROTOCOL = 9;
    private static final int HEADER_CHECKSUM = 10;
    private static final int SOURCE = 12;
    private static final int DESTINATION = 16;
    private static final int OPTIONS = 20;

    private static final int VERSION = 4;
    private static final short DONT_FRAGMENT = 0x4000;
    private static final int MORE_FRAGMENTS_AND_OFFSET = 0x3fff;
    private static final int LARGEST_TOTAL_LENGTH = 0xffff;

    private static final int OPTION_END = 0;
    private static final int OPTION_NOTHING = 1;
    private static final int OPTION_ROUTER_ALERT = 0x94;
    private static final int ROUTER_ALERT_LENGTH = 4;

    /** RFC 2113 2.1, value 0: every router examines the packet. Other values mean nothing here. */
    private static final int ROUTER_ALERT = 0x9404_0000;

    private Ipv4Envelope() {}

    /**
     * Decodes the packet between the buffer's position and limit, which stay where they are. Bytes
     * beyond the packet's total length, such as the padding of a short Ethernet frame, are ignored.
     *
     * @return the packet, or why there is none: TOO_SHORT, IP_HEADER, IP_CHECKSUM, FRAGMENT,
     *     NOT_MEMBERSHIP, or a reason of {@link Igmp#decode}
     */
    public static Decoded<Packet> decode(ByteBuffer from) {
        ByteBuffer bytes = from.slice();
        if (bytes.limit() < OPTIONS) {
            return new Decoded.Malformed<>(Reason.TOO_SHORT, bytes.limit());
        }
        int versionAndIhl = Byte.toUnsignedInt(bytes.get(VERSION_AND_IHL));
        int header = (versionAndIhl & 0xf) * 4;
        if (versionAndIhl >> 4 != VERSION || header < OPTIONS || header > bytes.limit()) {
            return new Decoded.Malformed<>(Reason.IP_HEADER, VERSION_AND_IHL);
        }
        if (!InternetChecksum.isIntact(InternetChecksum.sum(bytes, 0, header))) {
            return new Decoded.Malformed<>(Reason.IP_CHECKSUM, HEADER_CHECKSUM);
        }
        int total = Short.toUnsignedInt(bytes.getShort(TOTAL_LENGTH));
        if (total < header || total > bytes.limit()) {
            return new Decoded.Malformed<>(Reason.IP_HEADER, TOTAL_LENGTH);
        }
        if ((bytes.getShort(FRAGMENT) & MORE_FRAGMENTS_AND_OFFSET) != 0) {
            return new Decoded.Malformed<>(Reason.FRAGMENT, FRAGMENT);
        }
        if (bytes.get(PROTOCOL) != Igmp.IP_PROTOCOL) {
            return new Decoded.Malformed<>(Reason.NOT_MEMBERSHIP, PROTOCOL);
        }
        return switch (routerAlert(bytes, header)) {
            case Decoded.Value<Boolean>(Boolean alert) -> message(bytes, header, total, alert);
            case Decoded.Malformed<Boolean>(Reason reason, int offset) ->
                    new Decoded.Malformed<>(reason, offset);
        };
    }

    private static Decoded<Packet> message(
            ByteBuffer bytes, int header, int total, boolean routerAlert) {
        return switch (Igmp.decode(bytes.slice(header, total - header))) {
            case Decoded.Value<Message>(Message message) ->
                    new Decoded.Value<>(
                            new Packet(
                                    IpAddress.read(Family.IPV4, bytes, SOURCE),
                                    IpAddress.read(Family.IPV4, bytes, DESTINATION),
                                    Byte.toUnsignedInt(bytes.get(TTL)),
                                    Byte.toUnsignedInt(bytes.get(TOS)),
                                    routerAlert,
                                    message));
            case Decoded.Malformed<Message>(Reason reason, int offset) ->
                    new Decoded.Malformed<>(reason, header + offset);
        };
    }

    private static Decoded<Boolean> routerAlert(ByteBuffer bytes, int header) {
        boolean found = false;
        int at = OPTIONS;
        while (at < header) {
            int option = Byte.toUnsignedInt(bytes.get(at));
            if (option == OPTION_END) {
                break;
            }
            if (option == OPTION_NOTHING) {
                at++;
                continue;
            }
            int length = at + 1 < header ? Byte.toUnsignedInt(bytes.get(at + 1)) : 0;
            if (length < 2 || length > header - at) {
                return new Decoded.Malformed<>(Reason.IP_HEADER, at);
            }
            if (option == OPTION_ROUTER_ALERT && length == ROUTER_ALERT_LENGTH) {
                found |= bytes.getInt(at) == ROUTER_ALERT;
            }
            at += length;
        }
        return new Decoded.Value<>(found);
    }

    /** The bytes that {@link #encode} writes. */
    public static int size(Packet packet) {
        return header(packet) + MessageSize.of(packet.message());
    }

    private static int header(Packet packet) {
        return packet.routerAlert() ? OPTIONS + ROUTER_ALERT_LENGTH : OPTIONS;
    }

    /**
     * Writes the whole packet at the buffer's position and moves the position behind it. "Don't
     * fragment" is set and the identification 0, as RFC 6864 4.1 has it for packets that are never
     * fragmented; a raw socket with IP_HDRINCL fills an identification in.
     *
     * @throws IllegalArgumentException when a part is none of IPv4, see {@link Igmp#encode}, or
     *     when the packet would be longer than 65,535 bytes
     * @throws BufferOverflowException when the buffer has too little room; it is unchanged then
     */
    public static void encode(Packet packet, ByteBuffer to) {
        int total = size(packet);
        if (total > LARGEST_TOTAL_LENGTH) {
            throw new IllegalArgumentException(total + " bytes in an IPv4 packet");
        }
        if (to.remaining() < total) {
            throw new BufferOverflowException();
        }
        int header = header(packet);
        ByteBuffer out = to.slice(to.position(), total);
        out.put((byte) (VERSION << 4 | header / 4)).put((byte) packet.trafficClass());
        out.putShort((short) total);
        out.putShort((short) 0).putShort(DONT_FRAGMENT);
        out.put((byte) packet.hopLimit()).put((byte) Igmp.IP_PROTOCOL).putShort((short) 0);
        packet.source().write(Family.IPV4, out);
        packet.destination().write(Family.IPV4, out);
        if (packet.routerAlert()) {
            out.putInt(ROUTER_ALERT);
        }
        short checksum = InternetChecksum.of(InternetChecksum.sum(out, 0, header));
        out.putShort(HEADER_CHECKSUM, checksum);
        Igmp.encode(packet.message(), out);
        to.position(to.position() + total);
    }
}
