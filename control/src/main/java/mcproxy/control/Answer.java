package mcproxy.control;

import io.avaje.jsonb.JsonType;

/** What a request is answered with when all is well. */
sealed interface Answer {
    /** A document as JSON. */
    record Document<T>(JsonType<T> type, T value) implements Answer {}

    /** A text. */
    record Text(String mediaType, String text) implements Answer {}

    /** What happens after a cursor, for as long as somebody listens. */
    record Events(long after) implements Answer {}
}
