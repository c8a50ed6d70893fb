package mcproxy.wire;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * IGMP messages of all three versions as bytes (RFC 1112 appendix I, RFC 2236 2, RFC 9776 4).
 *
 * <p>IGMPv1 and IGMPv2 have one form for everything:
 *
 * <pre>
 *      0               8               16                              32
 *     +---------------+---------------+-------------------------------+
 *     |     type      |     code      |           checksum            |
 *     +---------------+---------------+-------------------------------+
 *     |                             group                             |
 *     +---------------------------------------------------------------+
 *
 *     type 0x11  query     code: maximum response time in 1/10 s, 0 in IGMPv1
 *          0x12  IGMPv1 report
 *          0x16  IGMPv2 report
 *          0x17  IGMPv2 leave
 * </pre>
 *
 * <p>The IGMPv3 query begins alike, with a {@link FloatingCode} for the time, and goes on with a
 * {@link QueryTail}; the IGMPv3 report, type 0x22, stands in {@link ReportCodec}.
 *
 * <p>What follows a complete message is ignored, but counts in the checksum (RFC 2236 2.5, RFC 9776
 * 4.1.10 and 4.2.12). Queries are the exception: their length tells their version (RFC 9776 7.1).
 */
public final class Igmp {
    /** The IP protocol number. */
    public static final int IP_PROTOCOL = 2;

    static final int TYPE_QUERY = 0x11;
    static final int TYPE_V1_REPORT = 0x12;
    static final int TYPE_V2_REPORT = 0x16;
    static final int TYPE_V2_LEAVE = 0x17;
    static final int TYPE_V3_REPORT = 0x22;

    private static final int TYPE = 0;
    private static final int CODE = 1;
    private static final int CHECKSUM = 2;
    private static final int GROUP = 4;
    private static final int TAIL = 8;

    /** The bytes that any message has; Multicast Router Solicitations have no more (RFC 4286). */
    private static final int SHORTEST = 4;

    private static final int OLD_BYTES = 8;
    private static final int V3_QUERY_BYTES = TAIL + QueryTail.BYTES;

    /** RFC 9776 7.2.1: what an IGMPv1 query, which says nothing, means. */
    private static final int V1_RESPONSE_MILLIS = 10_000;

    private static final int MILLIS_PER_TENTH = 100;

    private Igmp() {}

    /**
     * Decodes the message between the buffer's position and limit, which stay where they are.
     *
     * @return the message, or why there is none: TOO_SHORT, CHECKSUM, QUERY_LENGTH,
     *     COUNT_EXCEEDS_LENGTH, NOT_A_GROUP, or (in a query) NOT_A_SOURCE
     */
    public static Decoded<Message> decode(ByteBuffer from) {
        ByteBuffer bytes = from.slice(); // a slice is in network order, whatever the buffer is in
        if (bytes.limit() < SHORTEST) {
            return new Decoded.Malformed<>(Reason.TOO_SHORT, bytes.limit());
        }
        if (!InternetChecksum.isIntact(InternetChecksum.sum(bytes, 0, bytes.limit()))) {
            return new Decoded.Malformed<>(Reason.CHECKSUM, CHECKSUM);
        }
        int type = Byte.toUnsignedInt(bytes.get(TYPE));
        return switch (type) {
            case TYPE_QUERY -> query(bytes);
            case TYPE_V1_REPORT, TYPE_V2_REPORT, TYPE_V2_LEAVE -> aboutOneGroup(type, bytes);
            case TYPE_V3_REPORT -> ReportCodec.decode(Protocol.IGMPV3, bytes);
            default -> new Decoded.Value<>(new Message.Unknown(Family.IPV4, type));
        };
    }

    private static Decoded<Message> query(ByteBuffer bytes) {
        int length = bytes.limit();
        if (length != OLD_BYTES && length < V3_QUERY_BYTES) {
            return new Decoded.Malformed<>(Reason.QUERY_LENGTH, length);
        }
        int code = Byte.toUnsignedInt(bytes.get(CODE));
        IpAddress group = IpAddress.read(Family.IPV4, bytes, GROUP);
        if (length >= V3_QUERY_BYTES) {
            int maxResponseMillis = FloatingCode.BYTE.value(code) * MILLIS_PER_TENTH;
            return QueryTail.decode(Protocol.IGMPV3, group, maxResponseMillis, bytes, TAIL);
        }
        if (code == 0) {
            // RFC 1112 appendix I: the group of an IGMPv1 query is ignored when received.
            IpAddress any = Family.IPV4.unspecified();
            return old(Protocol.IGMPV1, any, V1_RESPONSE_MILLIS);
        }
        if (!group.isMulticast() && !group.isUnspecified()) {
            return new Decoded.Malformed<>(Reason.NOT_A_GROUP, GROUP);
        }
        return old(Protocol.IGMPV2, group, code * MILLIS_PER_TENTH); // RFC 9776 7.2.1: linear
    }

    private static Decoded<Message> old(Protocol protocol, IpAddress group, int maxMillis) {
        return new Decoded.Value<>(
                new Message.Query(protocol, group, maxMillis, false, 0, 0, List.of()));
    }

    private static Decoded<Message> aboutOneGroup(int type, ByteBuffer bytes) {
        if (bytes.limit() < OLD_BYTES) {
            return new Decoded.Malformed<>(Reason.TOO_SHORT, bytes.limit());
        }
        IpAddress group = IpAddress.read(Family.IPV4, bytes, GROUP);
        if (!group.isMulticast()) {
            return new Decoded.Malformed<>(Reason.NOT_A_GROUP, GROUP);
        }
        return new Decoded.Value<>(
                switch (type) {
                    case TYPE_V1_REPORT -> new Message.OldReport(Protocol.IGMPV1, group);
                    case TYPE_V2_REPORT -> new Message.OldReport(Protocol.IGMPV2, group);
                    default -> new Message.Leave(Protocol.IGMPV2, group);
                });
    }

    /**
     * Writes a message at the buffer's position, {@link MessageSize#of(Message)} bytes, and moves
     * the position behind it.
     *
     * <p>A maximum response time or query interval that has no code goes out as the next smaller
     * one that has, and a robustness above 7 as 0 (RFC 9776 4.1.6). An IGMPv2 query never carries
     * code 0, which would make it an IGMPv1 query: less than a tenth of a second goes out as one.
     *
     * @throws IllegalArgumentException when the message is none of IGMP: addresses or a protocol of
     *     IPv6, sources in an IGMPv1 or IGMPv2 query, an IGMPv1 leave, an unknown type that is
     *     known, more than 65,535 records or sources, a negative time
     * @throws BufferOverflowException when the buffer has too little room; it is unchanged then
     */
    public static void encode(Message message, ByteBuffer to) {
        int size = MessageSize.of(message);
        if (to.remaining() < size) {
            throw new BufferOverflowException();
        }
        ByteBuffer out = to.slice(to.position(), size);
        switch (message) {
            case Message.Query query -> encodeQuery(query, out);
            case Message.Report report when report.protocol() == Protocol.IGMPV3 ->
                    ReportCodec.encode(TYPE_V3_REPORT, report, out);
            case Message.OldReport(Protocol protocol, IpAddress group)
                    when protocol == Protocol.IGMPV1 ->
                    header(TYPE_V1_REPORT, 0, group, out);
            case Message.OldReport(Protocol protocol, IpAddress group)
                    when protocol == Protocol.IGMPV2 ->
                    header(TYPE_V2_REPORT, 0, group, out);
            case Message.Leave(Protocol protocol, IpAddress group)
                    when protocol == Protocol.IGMPV2 ->
                    header(TYPE_V2_LEAVE, 0, group, out);
            case Message.Unknown(Family family, int type)
                    when family == Family.IPV4 && !isKnown(type) ->
                    out.put((byte) type).put((byte) 0).putShort((short) 0);
            case Message.Report _, Message.OldReport _, Message.Leave _, Message.Unknown _ ->
                    throw new IllegalArgumentException("no message of IGMP: " + message);
        }
        out.putShort(CHECKSUM, InternetChecksum.of(InternetChecksum.sum(out, 0, size)));
        to.position(to.position() + size);
    }

    private static void encodeQuery(Message.Query query, ByteBuffer out) {
        int tenths = query.maxResponseMillis() / MILLIS_PER_TENTH;
        switch (query.protocol()) {
            case IGMPV1 -> header(TYPE_QUERY, 0, onlyGroup(query, query.isGeneral()), out);
            case IGMPV2 -> {
                int code = Math.clamp(tenths, 1, 0xff);
                header(TYPE_QUERY, code, onlyGroup(query, true), out);
            }
            case IGMPV3 -> {
                header(TYPE_QUERY, FloatingCode.BYTE.code(tenths), query.group(), out);
                QueryTail.encode(query, out);
            }
            case MLDV1, MLDV2 -> throw new IllegalArgumentException("no query of IGMP: " + query);
        }
    }

    /** The group of an old query, which can have no sources, and in IGMPv1 no group. */
    private static IpAddress onlyGroup(Message.Query query, boolean groupFits) {
        if (!groupFits || !query.sources().isEmpty()) {
            throw new IllegalArgumentException("more than the version can ask: " + query);
        }
        return query.group();
    }

    private static void header(int type, int code, IpAddress group, ByteBuffer out) {
        out.put((byte) type).put((byte) code).putShort((short) 0);
        group.write(Family.IPV4, out);
    }

    private static boolean isKnown(int type) {
        return switch (type) {
            case TYPE_QUERY, TYPE_V1_REPORT, TYPE_V2_REPORT, TYPE_V2_LEAVE, TYPE_V3_REPORT -> true;
            default -> false;
        };
    }
}
