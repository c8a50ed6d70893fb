package mcproxy.config;

import io.avaje.json.JsonWriter;
import io.avaje.json.stream.BufferedJsonWriter;
import io.avaje.json.stream.JsonStream;

import java.util.function.Consumer;

/** Writes JSON text; the library has the escapes, we have the shape. */
final class Json {
    private static final JsonStream STREAM =
            JsonStream.builder().serializeEmpty(true).serializeNulls(true).build();

    private Json() {}

    /** One object, indented, with a line feed at its end. */
    static String object(Consumer<JsonWriter> members) {
        BufferedJsonWriter writer = STREAM.bufferedWriter();
        writer.pretty(true);
        writer.beginObject();
        members.accept(writer);
        writer.endObject();
        return writer.result() + "\n";
    }

    /** A member that is a list. */
    static <T> void list(JsonWriter to, String name, Iterable<T> things, Consumer<T> element) {
        to.name(name);
        to.beginArray();
        things.forEach(element);
        to.endArray();
    }

    /** A member that is a text. */
    static void text(JsonWriter to, String name, String value) {
        to.name(name);
        to.value(value);
    }

    /** A member that is a number. */
    static void number(JsonWriter to, String name, int value) {
        to.name(name);
        to.value(value);
    }
}
