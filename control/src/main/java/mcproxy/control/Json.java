package mcproxy.control;

import io.avaje.json.JsonException;
import io.avaje.jsonb.JsonType;
import io.avaje.jsonb.Jsonb;

import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Our documents as JSON. */
final class Json {
    /** What a daemon reads; a name that it does not know is a mistake that somebody should see. */
    private static final Jsonb STRICT = build(true);

    /** What a client reads; a newer daemon may tell more than the client knows. */
    private static final Jsonb LENIENT = build(false);

    /** Data of YANG modules: empty lists are left out. */
    private static final Jsonb YANG =
            Jsonb.builder().serializeNulls(false).serializeEmpty(false).build();

    private static final Pattern PLACE = Pattern.compile("( at)? at position: (\\d+)");

    private Json() {}

    private static Jsonb build(boolean failOnUnknown) {
        return Jsonb.builder()
                .serializeNulls(false)
                .serializeEmpty(true)
                .failOnUnknown(failOnUnknown)
                .build();
    }

    /** The type for a record, for writing it and for reading it as clients do. */
    static <T> JsonType<T> type(Class<T> record) {
        return LENIENT.type(record);
    }

    /** The type for a list of them. */
    static <T> JsonType<List<T>> list(Class<T> record) {
        return type(record).list();
    }

    /** The type for data of YANG modules. */
    static JsonType<YangData> yang() {
        return YANG.type(YangData.class);
    }

    /** Reads a document that a peer has sent, whatever it is. */
    static <T> T read(Class<T> record, byte[] body) {
        return read(record, STRICT.type(record), body);
    }

    /** Reads a list of documents that a peer has sent. */
    static <T> List<T> readList(Class<T> record, byte[] body) {
        List<T> list = read(record, STRICT.type(record).list(), body);
        if (list.stream().anyMatch(Objects::isNull)) {
            throw Refused.with(Refusal.MALFORMED, "there is a null where a document must be");
        }
        return list;
    }

    private static <T> T read(Class<?> record, JsonType<T> type, byte[] body) {
        JsonShape.check(body);
        try {
            T value = type.fromJson(body);
            if (value == null) {
                throw Refused.with(Refusal.MALFORMED, "there is a null where something must be");
            }
            return value;
        } catch (JsonException | IllegalArgumentException | IllegalStateException e) {
            throw malformed(e, record, body);
        }
    }

    private static Refused malformed(RuntimeException e, Class<?> record, byte[] body) {
        String message = e.getMessage() == null ? "the body is no such document" : e.getMessage();
        Matcher place = PLACE.matcher(message);
        if (!place.find()) {
            return Refused.with(Refusal.MALFORMED, message);
        }
        String sentence = message.substring(0, place.start());
        if (sentence.startsWith("Unknown property")) {
            sentence +=
                    Stream.of(record.getRecordComponents())
                            .map(RecordComponent::getName)
                            .collect(Collectors.joining(", ", "; known: ", ""));
        }
        return JsonShape.at(body, Integer.parseInt(place.group(2)), sentence);
    }
}
