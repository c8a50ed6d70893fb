package mcproxy.control;

/** A {@link Control} could not do what was asked; the message is a sentence for people. */
public final class ControlException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What kind of failure it is. */
    public enum Kind {
        /** There is no such thing, for instance no instance of that name. */
        NOT_FOUND,
        /** It exists but does not answer in time, or too much is asked for at once. */
        BUSY,
        /** Whoever asks may not do that. */
        FORBIDDEN,
        /** No daemon was reached. Only clients throw it. */
        UNREACHABLE,
        /** The daemon does not take the request, for instance because it is too large. */
        REFUSED,
        /** The daemon failed, or its answer makes no sense. */
        BROKEN
    }

    private final Kind kind;

    /** A failure with a sentence that says what is wrong and what to do. */
    public ControlException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** A failure with what caused it. */
    public ControlException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** What kind of failure it is. */
    public Kind kind() {
        return kind;
    }
}
