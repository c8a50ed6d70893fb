package mcproxy.control;

import io.avaje.jsonb.JsonType;

/** What a request is answered with when all is well. */
sealed interface Answer {
    /** A document, whose media type is one of JSON. */
    record Document<T>(String mediaType, JsonType<T> type, T value) implements Answer {
        /** A document of ours. */
        Document(JsonType<T> type, T value) {
            this(Route.JSON, type, value);
        }
    }

    /** A text. */
    record Text(String mediaType, String text) implements Answer {}

    /** What happens after a cursor, for as long as somebody listens. */
    record Events(long after) implements Answer {}
}
