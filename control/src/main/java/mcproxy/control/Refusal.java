package mcproxy.control;

import java.util.Locale;

/** Why a request is not carried out. The name is that of the counter and of the problem's type. */
enum Refusal {
    /** It is no HTTP, or its target, query or body cannot be read. */
    MALFORMED(400, "The request cannot be read"),
    /** A parameter that the resource does not have, one twice, or a needed one missing. */
    PARAMETER(400, "A parameter is wrong"),
    /** The peer may not do that. */
    FORBIDDEN(403, "Not allowed"),
    /** There is no such resource, or no instance of that name. */
    NOT_FOUND(404, "Not found"),
    /** The resource does not have the method. */
    METHOD(405, "The method is not allowed here"),
    /** What is asked for cannot be had in the wanted form. */
    NOT_ACCEPTABLE(406, "No such form"),
    /** The body did not arrive in time. */
    SLOW(408, "The request took too long to arrive"),
    /** The system does not allow the change. */
    CONFLICT(409, "The system does not allow it"),
    /** The body is larger than the limit. */
    BODY_TOO_LARGE(413, "The body is too large"),
    /** The body has another media type. */
    MEDIA_TYPE(415, "The body is of another media type"),
    /** The configuration has errors. */
    CONFIGURATION(422, "The configuration has errors"),
    /** Target and header are larger than the limit. */
    HEADER_TOO_LARGE(431, "The header is too large"),
    /** Our bug. */
    FAILED(500, "The daemon failed to answer"),
    /** Too many requests at once, or an instance that does not answer. */
    BUSY(503, "Busy"),
    /** Too many connections at once. */
    CONNECTIONS(503, "Too many connections"),
    /** Too many readers of events at once. */
    READERS(503, "Too many readers of events"),
    /** HTTP of a version that we do not speak. */
    VERSION(505, "Not this version of HTTP");

    private final int status;
    private final String title;

    Refusal(int status, String title) {
        this.status = status;
        this.title = title;
    }

    /** The HTTP status. */
    int status() {
        return status;
    }

    /** The problem's title. */
    String title() {
        return title;
    }

    /** The refusal for a status that Jetty has chosen for a message that it cannot read. */
    static Refusal of(int status) {
        return switch (status) {
            case 408 -> SLOW;
            case 413 -> BODY_TOO_LARGE;
            case 414, 431 -> HEADER_TOO_LARGE;
            case 505 -> VERSION;
            default -> status >= 500 ? FAILED : MALFORMED;
        };
    }

    /** Its name as counters and problem types have it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
