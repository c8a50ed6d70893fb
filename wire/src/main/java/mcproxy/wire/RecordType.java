package mcproxy.wire;

/** The types of a group record (RFC 9776 4.2.12, RFC 9777 5.2.12). */
public enum RecordType {
    /** MODE_IS_INCLUDE: the current state, answering a query. */
    IS_IN(1),
    /** MODE_IS_EXCLUDE: the current state, answering a query. */
    IS_EX(2),
    /** CHANGE_TO_INCLUDE_MODE. */
    TO_IN(3),
    /** CHANGE_TO_EXCLUDE_MODE. */
    TO_EX(4),
    /** ALLOW_NEW_SOURCES. */
    ALLOW(5),
    /** BLOCK_OLD_SOURCES. */
    BLOCK(6);

    private final int code;

    RecordType(int code) {
        this.code = code;
    }

    /** The number on the wire, 1 to 6. */
    public int code() {
        return code;
    }
}
