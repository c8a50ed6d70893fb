package mcproxy.wire;

import java.nio.ByteBuffer;

/**
 * What follows the sources of a query or the records of a report when the E flag announces
 * extensions (RFC 9279 3): type-length-value fields, which are checked, and of which none is known.
 *
 * <pre>
 *      0                               16                              32
 *     +-------------------------------+-------------------------------+
 *     |             type              |            length             |
 *     +-------------------------------+-------------------------------+
 *     |   value of that many bytes, without padding; then the next    ...
 * </pre>
 */
public enum Extension {
    /** The E flag is clear: whatever follows is ignored. */
    NONE,
    /** One or more fields, all of them whole; ignored, as none is known (RFC 9279 5). */
    VALID,
    /** The fields contradict the message's length: all of it is ignored (RFC 9279 5). */
    BROKEN;

    private static final int HEADER = 4;
    private static final int LENGTH = 2;

    /** Walks through the fields between an offset and the message's end. */
    static Extension of(boolean announced, ByteBuffer bytes, int from) {
        if (!announced) {
            return NONE;
        }
        int at = from;
        while (bytes.limit() - at >= HEADER) {
            at += HEADER + Short.toUnsignedInt(bytes.getShort(at + LENGTH));
        }
        return at == bytes.limit() && at > from ? VALID : BROKEN;
    }
}
