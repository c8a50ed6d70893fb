package mcproxy.daemon;

import io.avaje.json.JsonReader;
import io.avaje.json.JsonReader.Token;
import io.avaje.json.JsonWriter;
import io.avaje.json.stream.BufferedJsonWriter;
import io.avaje.json.stream.JsonStream;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * JSON objects in one line, as maps; the library has the syntax. The values are maps, lists, texts,
 * whole numbers of 64 bits, truth values and null.
 */
final class JsonLine {
    /** Deeper than any journal nests; the reading is recursive. */
    private static final int MAX_DEPTH = 64;

    private static final JsonStream STREAM =
            JsonStream.builder().serializeEmpty(true).serializeNulls(true).build();

    private JsonLine() {}

    /** The text of an object, without a line feed. */
    static String write(Map<String, ? extends @Nullable Object> object) {
        BufferedJsonWriter writer = STREAM.bufferedWriter();
        write(object, writer);
        return writer.result();
    }

    private static void write(@Nullable Object value, JsonWriter to) {
        switch (value) {
            case null -> to.nullValue();
            case Map<?, ?> members -> {
                to.beginObject();
                members.forEach((name, member) -> {
                    to.name(String.valueOf(name));
                    write(member, to);
                });
                to.endObject();
            }
            case List<?> elements -> {
                to.beginArray();
                elements.forEach(element -> write(element, to));
                to.endArray();
            }
            case Boolean truth -> to.value(truth);
            case Number number -> to.value(number.longValue());
            default -> to.value(value.toString());
        }
    }

    /** Reads a text that is an object and nothing else. */
    static Map<String, @Nullable Object> read(String text) throws DamagedLineException {
        // The library is content with less: it neither looks behind the object nor for its end.
        String stripped = text.strip();
        if (!stripped.startsWith("{") || !stripped.endsWith("}")) {
            throw new DamagedLineException("this is no JSON object in one line");
        }
        try (JsonReader reader = STREAM.reader("[" + stripped + "]")) {
            reader.beginArray();
            if (!reader.hasNextElement()) {
                throw new DamagedLineException("this is no JSON object in one line");
            }
            Map<String, @Nullable Object> object = object(reader, 0);
            if (reader.hasNextElement()) {
                throw new DamagedLineException("something follows the JSON object");
            }
            reader.endArray();
            return object;
        } catch (RuntimeException e) { // of many types, as the library's reading stumbles
            throw new DamagedLineException("this is no JSON: " + e.getMessage());
        }
    }

    private static Map<String, @Nullable Object> object(JsonReader from, int depth)
            throws DamagedLineException {
        if (from.currentToken() != Token.BEGIN_OBJECT) {
            throw new DamagedLineException("this is no JSON object in one line");
        }
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        from.beginObject();
        while (from.hasNextField()) {
            object.put(from.nextField(), value(from, depth + 1));
        }
        from.endObject();
        return object;
    }

    private static @Nullable Object value(JsonReader from, int depth) throws DamagedLineException {
        if (depth > MAX_DEPTH) {
            throw new DamagedLineException("nested deeper than " + MAX_DEPTH);
        }
        if (from.isNullValue()) {
            return null;
        }
        return switch (from.currentToken()) {
            case BEGIN_OBJECT -> object(from, depth);
            case BEGIN_ARRAY -> {
                List<@Nullable Object> elements = new ArrayList<>();
                from.beginArray();
                while (from.hasNextElement()) {
                    elements.add(value(from, depth + 1));
                }
                from.endArray();
                yield elements;
            }
            case STRING -> from.readString();
            case NUMBER -> from.readLong();
            case BOOLEAN -> from.readBoolean();
            case NULL -> null;
        };
    }
}
