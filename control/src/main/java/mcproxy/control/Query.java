package mcproxy.control;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The parts of a request's target, in percent-encoding (RFC 3986 2.1), in UTF-8. */
final class Query {
    private Query() {}

    /**
     * The parameters of a query; each is known, once there at most, and has a value that it can
     * have.
     */
    static Map<Parameter, String> read(@Nullable String query, List<Parameter> known) {
        Map<Parameter, String> values = new EnumMap<>(Parameter.class);
        if (query == null || query.isEmpty()) {
            return values;
        }
        for (String pair : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            String name = decode(equals < 0 ? pair : pair.substring(0, equals), true);
            String value = equals < 0 ? "" : decode(pair.substring(equals + 1), true);
            Parameter parameter =
                    known.stream()
                            .filter(one -> one.toString().equals(name))
                            .findFirst()
                            .orElseThrow(() -> unknown(name, known));
            parameter.check(value);
            if (values.put(parameter, value) != null) {
                throw Refused.with(Refusal.PARAMETER, "the parameter " + name + " is there twice");
            }
        }
        return values;
    }

    private static Refused unknown(String name, List<Parameter> known) {
        List<String> names = known.stream().map(Parameter::toString).toList();
        return Refused.knowing(
                Refusal.PARAMETER,
                "there is no parameter '"
                        + name
                        + "' here; "
                        + (names.isEmpty()
                                ? "there is none at all"
                                : names.stream().collect(Collectors.joining(", ", "known: ", ""))),
                names);
    }

    /**
     * Decodes a part of a target.
     *
     * @param form does a plus sign stand for a space, as HTML forms write it?
     */
    static String decode(String text, boolean form) {
        ByteBuffer bytes = ByteBuffer.allocate(text.length() * 4);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%') {
                bytes.put((byte) (digit(text, i + 1) << 4 | digit(text, i + 2)));
                i += 2;
            } else if (form && c == '+') {
                bytes.put((byte) ' ');
            } else if (c < 0x80) {
                bytes.put((byte) c);
            } else {
                throw Refused.with(Refusal.MALFORMED, "the target has a character beyond ASCII");
            }
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
        } catch (CharacterCodingException _) {
            throw Refused.with(Refusal.MALFORMED, "'" + text + "' is not UTF-8");
        }
    }

    private static int digit(String text, int place) {
        int value = place < text.length() ? Character.digit(text.charAt(place), 16) : -1;
        if (value < 0 || text.charAt(place) > 'f') {
            throw Refused.with(
                    Refusal.MALFORMED,
                    "'" + text + "': a % needs two hexadecimal digits behind it");
        }
        return value;
    }
}
