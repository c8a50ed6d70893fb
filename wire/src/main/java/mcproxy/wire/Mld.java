package mcproxy.wire;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * MLD messages of both versions as bytes (RFC 2710 3, RFC 9777 5): ICMPv6 messages, from the type
 * field on, with what their checksum covers of the IPv6 header as arguments.
 *
 * <p>MLDv1 has one form for everything:
 *
 * <pre>
 *      0               8               16                              32
 *     +---------------+---------------+-------------------------------+
 *     |     type      |   code (0)    |           checksum            |
 *     +---------------+---------------+-------------------------------+
 *     |     maximum response code     |           reserved            |
 *     +-------------------------------+-------------------------------+
 *     |                                                               |
 *     +-                                                             -+
 *     |                       group, 16 bytes                         |
 *     +-                                                             -+
 *     |                                                               |
 *     +-                                                             -+
 *     |                                                               |
 *     +---------------------------------------------------------------+
 *
 *     type 130  query     maximum response code: milliseconds
 *          131  MLDv1 report
 *          132  MLDv1 done
 * </pre>
 *
 * <p>The MLDv2 query begins alike, with a {@link FloatingCode} for the time, and goes on with a
 * {@link QueryTail}; the MLDv2 report, type 143, stands in {@link ReportCodec}.
 *
 * <p>What follows a complete message is ignored, but counts in the checksum (RFC 2710 3.7, RFC 9777
 * 5.1.12 and 5.2.12). Queries are the exception: their length tells their version (RFC 9777 8.1).
 */
public final class Mld {
    /** The next header number of ICMPv6. */
    public static final int IP_PROTOCOL = 58;

    static final int TYPE_QUERY = 130;
    static final int TYPE_V1_REPORT = 131;
    static final int TYPE_V1_DONE = 132;
    static final int TYPE_V2_REPORT = 143;

    private static final int TYPE = 0;
    private static final int CHECKSUM = 2;
    private static final int MAX_RESPONSE_CODE = 4;
    private static final int GROUP = 8;
    private static final int TAIL = 24;

    /** The bytes that any ICMPv6 message has. */
    private static final int SHORTEST = 4;

    private static final int OLD_BYTES = 24;
    private static final int V2_QUERY_BYTES = TAIL + QueryTail.BYTES;

    private Mld() {}

    /**
     * Decodes the message between the buffer's position and limit, which stay where they are.
     *
     * @param source the IPv6 source address
     * @param destination the IPv6 destination address
     * @return the message ({@link Message.Unknown} for every ICMPv6 type that is not MLD's), or why
     *     there is none: TOO_SHORT, CHECKSUM, QUERY_LENGTH, COUNT_EXCEEDS_LENGTH, NOT_A_GROUP, or
     *     (in a query) NOT_A_SOURCE
     */
    public static Decoded<Message> decode(
            IpAddress source, IpAddress destination, ByteBuffer from) {
        ByteBuffer bytes = from.slice(); // a slice is in network order, whatever the buffer is in
        if (bytes.limit() < SHORTEST) {
            return new Decoded.Malformed<>(Reason.TOO_SHORT, bytes.limit());
        }
        if (!InternetChecksum.isIntact(sum(source, destination, bytes))) {
            return new Decoded.Malformed<>(Reason.CHECKSUM, CHECKSUM);
        }
        int type = Byte.toUnsignedInt(bytes.get(TYPE));
        return switch (type) {
            case TYPE_QUERY -> query(bytes);
            case TYPE_V1_REPORT, TYPE_V1_DONE -> aboutOneGroup(type, bytes);
            case TYPE_V2_REPORT -> ReportCodec.decode(Protocol.MLDV2, bytes);
            default -> new Decoded.Value<>(new Message.Unknown(Family.IPV6, type));
        };
    }

    /**
     * The sum over the message and the pseudo-header (RFC 8200 8.1).
     *
     * <pre>
     *     +---------------------------------------------------------------+
     *     |  source, 16 bytes; destination, 16 bytes                      |
     *     +---------------------------------------------------------------+
     *     |  length of the ICMPv6 message, 4 bytes                        |
     *     +-----------------------------------------------+---------------+
     *     |                       0                       |      58       |
     *     +-----------------------------------------------+---------------+
     * </pre>
     */
    private static long sum(IpAddress source, IpAddress destination, ByteBuffer bytes) {
        return InternetChecksum.sum(source)
                + InternetChecksum.sum(destination)
                + bytes.limit()
                + IP_PROTOCOL
                + InternetChecksum.sum(bytes, 0, bytes.limit());
    }

    private static Decoded<Message> query(ByteBuffer bytes) {
        int length = bytes.limit();
        if (length != OLD_BYTES && length < V2_QUERY_BYTES) {
            return new Decoded.Malformed<>(Reason.QUERY_LENGTH, length);
        }
        int code = Short.toUnsignedInt(bytes.getShort(MAX_RESPONSE_CODE));
        IpAddress group = IpAddress.read(Family.IPV6, bytes, GROUP);
        if (length >= V2_QUERY_BYTES) {
            int maxResponseMillis = FloatingCode.SHORT.value(code);
            return QueryTail.decode(Protocol.MLDV2, group, maxResponseMillis, bytes, TAIL);
        }
        if (!group.isMulticast() && !group.isUnspecified()) {
            return new Decoded.Malformed<>(Reason.NOT_A_GROUP, GROUP);
        }
        // RFC 9777 8.2.1: the code of an MLDv1 query is linear over its full range.
        return new Decoded.Value<>(
                new Message.Query(Protocol.MLDV1, group, code, false, 0, 0, List.of()));
    }

    private static Decoded<Message> aboutOneGroup(int type, ByteBuffer bytes) {
        if (bytes.limit() < OLD_BYTES) {
            return new Decoded.Malformed<>(Reason.TOO_SHORT, bytes.limit());
        }
        IpAddress group = IpAddress.read(Family.IPV6, bytes, GROUP);
        if (!group.isMulticast()) {
            return new Decoded.Malformed<>(Reason.NOT_A_GROUP, GROUP);
        }
        return new Decoded.Value<>(
                type == TYPE_V1_REPORT
                        ? new Message.OldReport(Protocol.MLDV1, group)
                        : new Message.Leave(Protocol.MLDV1, group));
    }

    /**
     * Writes a message at the buffer's position, {@link MessageSize#of(Message)} bytes, and moves
     * the position behind it.
     *
     * <p>A maximum response time or query interval that has no code goes out as the next smaller
     * one that has, and a robustness above 7 as 0 (RFC 9777 5.1.8).
     *
     * @param source the IPv6 source address of the packet
     * @param destination the IPv6 destination address of the packet
     * @throws IllegalArgumentException when the message is none of MLD: addresses or a protocol of
     *     IPv4, sources in an MLDv1 query, an unknown type that is known, more than 65,535 records
     *     or sources, a negative time
     * @throws BufferOverflowException when the buffer has too little room; it is unchanged then
     */
    public static void encode(
            IpAddress source, IpAddress destination, Message message, ByteBuffer to) {
        int size = MessageSize.of(message);
        if (to.remaining() < size) {
            throw new BufferOverflowException();
        }
        ByteBuffer out = to.slice(to.position(), size);
        switch (message) {
            case Message.Query query -> encodeQuery(query, out);
            case Message.Report report when report.protocol() == Protocol.MLDV2 ->
                    ReportCodec.encode(TYPE_V2_REPORT, report, out);
            case Message.OldReport(Protocol protocol, IpAddress group)
                    when protocol == Protocol.MLDV1 ->
                    header(TYPE_V1_REPORT, 0, group, out);
            case Message.Leave(Protocol protocol, IpAddress group)
                    when protocol == Protocol.MLDV1 ->
                    header(TYPE_V1_DONE, 0, group, out);
            case Message.Unknown(Family family, int type)
                    when family == Family.IPV6 && !isKnown(type) ->
                    out.put((byte) type).put((byte) 0).putShort((short) 0);
            case Message.Report _, Message.OldReport _, Message.Leave _, Message.Unknown _ ->
                    throw new IllegalArgumentException("no message of MLD: " + message);
        }
        out.putShort(CHECKSUM, InternetChecksum.of(sum(source, destination, out)));
        to.position(to.position() + size);
    }

    private static void encodeQuery(Message.Query query, ByteBuffer out) {
        int millis = query.maxResponseMillis();
        switch (query.protocol()) {
            case MLDV1 -> {
                if (!query.sources().isEmpty()) {
                    throw new IllegalArgumentException("more than MLDv1 can ask: " + query);
                }
                header(TYPE_QUERY, Math.clamp(millis, 0, 0xffff), query.group(), out);
            }
            case MLDV2 -> {
                header(TYPE_QUERY, FloatingCode.SHORT.code(millis), query.group(), out);
                QueryTail.encode(query, out);
            }
            case IGMPV1, IGMPV2, IGMPV3 ->
                    throw new IllegalArgumentException("no query of MLD: " + query);
        }
    }

    private static void header(int type, int maxResponseCode, IpAddress group, ByteBuffer out) {
        out.put((byte) type).put((byte) 0).putShort((short) 0);
        out.putShort((short) maxResponseCode).putShort((short) 0);
        group.write(Family.IPV6, out);
    }

    private static boolean isKnown(int type) {
        return switch (type) {
            case TYPE_QUERY, TYPE_V1_REPORT, TYPE_V1_DONE, TYPE_V2_REPORT -> true;
            default -> false;
        };
    }
}
