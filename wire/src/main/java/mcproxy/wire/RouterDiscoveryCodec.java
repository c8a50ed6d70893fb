package mcproxy.wire;

import java.nio.ByteBuffer;

/**
 * The messages of Multicast Router Discovery, of IGMP and of ICMPv6 alike (RFC 4286 3.2, 4.1, 5.1).
 *
 * <pre>
 *      0               8               16                              32
 *     +---------------+---------------+-------------------------------+
 *     |     type      |   interval    |           checksum            |
 *     +---------------+---------------+-------------------------------+
 *     |        query interval         |          robustness           |
 *     +-------------------------------+-------------------------------+
 *
 *     type 0x30, in ICMPv6 151  advertisement: as above
 *          0x31, in ICMPv6 152  solicitation: the first line only, interval 0
 *          0x32, in ICMPv6 153  termination: the first line only, interval 0
 * </pre>
 *
 * <p>What follows a complete message is ignored, but counts in the checksum (RFC 4286 2).
 */
final class RouterDiscoveryCodec {
    private static final int IGMP_ADVERTISEMENT = 0x30;
    private static final int ICMPV6_ADVERTISEMENT = 151;

    /** The types of a family are consecutive. */
    private static final int SOLICITATION = 1;

    private static final int TERMINATION = 2;

    private static final int INTERVAL = 1;
    private static final int QUERY_INTERVAL = 4;
    private static final int ROBUSTNESS = 6;

    private static final int SHORT_BYTES = 4;
    private static final int ADVERTISEMENT_BYTES = 8;

    private RouterDiscoveryCodec() {}

    private static int advertisement(Family family) {
        return family == Family.IPV4 ? IGMP_ADVERTISEMENT : ICMPV6_ADVERTISEMENT;
    }

    /** Is this one of the three types in the family? */
    static boolean isKnown(Family family, int type) {
        int kind = type - advertisement(family);
        return kind >= 0 && kind <= TERMINATION;
    }

    /** Decodes a message of at least four bytes; any other type gives {@link Message.Unknown}. */
    static Decoded<Message> decode(Family family, int type, ByteBuffer bytes) {
        if (!isKnown(family, type)) {
            return new Decoded.Value<>(new Message.Unknown(family, type));
        }
        return switch (type - advertisement(family)) {
            case SOLICITATION -> new Decoded.Value<>(new Message.RouterSolicitation(family));
            case TERMINATION -> new Decoded.Value<>(new Message.RouterTermination(family));
            default ->
                    bytes.limit() < ADVERTISEMENT_BYTES
                            ? new Decoded.Malformed<>(Reason.TOO_SHORT, bytes.limit())
                            : new Decoded.Value<>(
                                    new Message.RouterAdvertisement(
                                            family,
                                            Byte.toUnsignedInt(bytes.get(INTERVAL)),
                                            Short.toUnsignedInt(bytes.getShort(QUERY_INTERVAL)),
                                            Short.toUnsignedInt(bytes.getShort(ROBUSTNESS))));
        };
    }

    /** The bytes of a message. */
    static int size(Message.RouterDiscovery message) {
        return switch (message) {
            case Message.RouterAdvertisement _ -> ADVERTISEMENT_BYTES;
            case Message.RouterSolicitation _, Message.RouterTermination _ -> SHORT_BYTES;
        };
    }

    /** Writes a message at the buffer's position, its checksum still zero. */
    static void encode(Message.RouterDiscovery message, ByteBuffer out) {
        int first = advertisement(message.family());
        switch (message) {
            case Message.RouterAdvertisement advertisement -> {
                header(first, advertisement.intervalSeconds(), out);
                out.putShort((short) clamp(advertisement.queryIntervalSeconds()));
                out.putShort((short) clamp(advertisement.robustness()));
            }
            case Message.RouterSolicitation _ -> header(first + SOLICITATION, 0, out);
            case Message.RouterTermination _ -> header(first + TERMINATION, 0, out);
        }
    }

    private static void header(int type, int interval, ByteBuffer out) {
        out.put((byte) type).put((byte) Math.clamp(interval, 0, 0xff)).putShort((short) 0);
    }

    private static int clamp(int value) {
        return Math.clamp(value, 0, 0xffff);
    }
}
