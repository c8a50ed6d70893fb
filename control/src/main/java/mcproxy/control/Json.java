package mcproxy.control;

import io.avaje.json.JsonException;
import io.avaje.jsonb.JsonType;
import io.avaje.jsonb.Jsonb;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Our documents as JSON. */
final class Json {
    /** What a daemon reads; a name that it does not know is a mistake that somebody should see. */
    private static final Jsonb STRICT = build(true);

    /** What a client reads; a newer daemon may tell more than the client knows. */
    private static final Jsonb LENIENT = build(false);

    private static final Pattern PLACE = Pattern.compile("at position: (\\d+)");

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

    /** Reads what a peer has sent, whatever it is. */
    static <T> T read(JsonType<T> type, byte[] body) {
        try {
            T value = type.fromJson(body);
            if (value == null) {
                throw Refused.with(Refusal.MALFORMED, "there is a null where something must be");
            }
            return value;
        } catch (JsonException | IllegalArgumentException | IllegalStateException e) {
            throw malformed(e, body);
        } catch (StackOverflowError _) {
            throw Refused.with(Refusal.MALFORMED, "the body is nested too deeply");
        }
    }

    /** The type of a list of what a peer may send. */
    static <T> JsonType<List<T>> sentList(Class<T> record) {
        return STRICT.type(record).list();
    }

    /** The type of what a peer may send. */
    static <T> JsonType<T> sent(Class<T> record) {
        return STRICT.type(record);
    }

    private static Refused malformed(RuntimeException e, byte[] body) {
        String message = e.getMessage() == null ? "the body is no such document" : e.getMessage();
        Matcher place = PLACE.matcher(message);
        if (!place.find()) {
            return Refused.with(Refusal.MALFORMED, message);
        }
        int end = Math.min(Integer.parseInt(place.group(1)), body.length);
        int line = 1;
        int column = 1;
        for (int i = 0; i < end; i++) {
            boolean feed = body[i] == '\n';
            line += feed ? 1 : 0;
            column = feed ? 1 : column + ((body[i] & 0xC0) == 0x80 ? 0 : 1);
        }
        return Refused.at(line, column, message);
    }
}
