package mcproxy.cli;

import io.avaje.jsonb.Jsonb;

import java.util.List;

/** Documents as the control API writes them. */
final class Documents {
    /** What is null is left out, an empty list is not. */
    private static final Jsonb JSON =
            Jsonb.builder().serializeNulls(false).serializeEmpty(true).build();

    private Documents() {}

    /** A document on one line. */
    static <T> String json(Class<T> type, T document) {
        return JSON.type(type).toJson(document);
    }

    /** A list of documents on one line. */
    static <T> String json(Class<T> type, List<T> documents) {
        return JSON.type(type).list().toJson(documents);
    }

    /**
     * A list of documents that somebody wrote.
     *
     * @throws io.avaje.json.JsonException when it is none
     */
    static <T> List<T> read(Class<T> type, String text) {
        return JSON.type(type).list().fromJson(text);
    }
}
