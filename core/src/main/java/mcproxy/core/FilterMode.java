package mcproxy.core;

/** The two filter modes of a subscription (RFC 9776 2). */
public enum FilterMode {
    /** Only the listed sources are wanted. */
    INCLUDE,
    /** All sources but the listed ones are wanted. */
    EXCLUDE
}
