package mcproxy.control;

import io.avaje.jsonb.Json;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Why a request was not carried out (RFC 9457).
 *
 * @param type which problem it is; it begins with {@link #TYPE}
 * @param title the problem in a few words, the same for all of its kind
 * @param status the HTTP status
 * @param detail what was wrong this time, and what to do about it
 * @param line where in the body, 1 for the first line; null when it is no matter of a place
 * @param column where in the line, 1 for the first character; null as the line is
 * @param known the names that would have been known in this place; none where that does not help
 * @param outcome what came of the change of the configuration; null when there was none
 */
@Json
public record ProblemDocument(
        String type,
        String title,
        int status,
        String detail,
        @Nullable Integer line,
        @Nullable Integer column,
        List<String> known,
        @Nullable Outcome outcome) {
    /** What all types begin with. */
    static final String TYPE = "urn:mcproxy:problem:";

    /** The media type of RFC 9457. */
    static final String MEDIA_TYPE = "application/problem+json";
}
