package mcproxy.wire;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * What the queries of IGMPv3 and MLDv2 have after the group, in the same form (RFC 9776 4.1.4 to
 * 4.1.9, RFC 9777 5.1.6 to 5.1.11).
 *
 * <pre>
 *      0       4 5     8               16                              32
 *     +-------+-+-----+---------------+-------------------------------+
 *     | Flags |S| QRV |     QQIC      |        sources, N of them     |
 *     +-------+-+-----+---------------+-------------------------------+
 *     |   N addresses of 4 or 16 bytes                                ...
 * </pre>
 *
 * <p>The flags belong to extensions (RFC 9778): ignored here, and never sent.
 */
final class QueryTail {
    /** The bytes before the sources. */
    static final int BYTES = 4;

    private static final int S_AND_QRV = 0;
    private static final int QQIC = 1;
    private static final int COUNT = 2;

    private static final int S_FLAG = 0x08;
    private static final int LARGEST_QRV = 7;

    private QueryTail() {}

    /**
     * Decodes the rest of a query whose first fields are known.
     *
     * <p>A query of which any source is none is refused: without that source it might ask for the
     * whole group.
     *
     * @param bytes the message, at least {@code at + 4} bytes, in network order
     * @param at where the tail begins; the group ends there
     */
    static Decoded<Message> decode(
            Protocol protocol, IpAddress group, int maxResponseMillis, ByteBuffer bytes, int at) {
        Family family = protocol.family();
        int count = Short.toUnsignedInt(bytes.getShort(at + COUNT));
        int firstSource = at + BYTES;
        if (count * family.bytes() > bytes.limit() - firstSource) {
            return new Decoded.Malformed<>(Reason.COUNT_EXCEEDS_LENGTH, at + COUNT);
        }
        // RFC 9776 4.1.11: no General Query has sources, and nothing else goes without a group.
        boolean general = group.isUnspecified() && count == 0;
        if (!general && !group.isMulticast()) {
            return new Decoded.Malformed<>(Reason.NOT_A_GROUP, at - family.bytes());
        }
        IpAddress[] sources = new IpAddress[count];
        for (int i = 0; i < count; i++) {
            int offset = firstSource + i * family.bytes();
            sources[i] = IpAddress.read(family, bytes, offset);
            if (!sources[i].isSource()) {
                return new Decoded.Malformed<>(Reason.NOT_A_SOURCE, offset);
            }
        }
        int flags = bytes.get(at + S_AND_QRV);
        return new Decoded.Value<>(
                new Message.Query(
                        protocol,
                        group,
                        maxResponseMillis,
                        (flags & S_FLAG) != 0,
                        flags & LARGEST_QRV,
                        FloatingCode.BYTE.value(Byte.toUnsignedInt(bytes.get(at + QQIC))),
                        List.of(sources)));
    }

    /** Writes the tail at the buffer's position. */
    static void encode(Message.Query query, ByteBuffer out) {
        // RFC 9776 4.1.6: more than the field can say is sent as 0.
        int qrv = query.robustness() > LARGEST_QRV ? 0 : query.robustness();
        out.put((byte) (query.suppressRouterSide() ? S_FLAG | qrv : qrv));
        out.put((byte) FloatingCode.BYTE.code(query.queryIntervalSeconds()));
        out.putShort(ReportCodec.count(query.sources().size()));
        for (IpAddress source : query.sources()) {
            source.write(query.family(), out);
        }
    }
}
