package mcproxy.control;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What is asked of a {@link Route}, as far as it has been understood. */
final class Call {
    private final List<String> names;
    private final Map<Parameter, String> parameters;
    private final String gives;
    private final @Nullable String lastEventId;
    private final byte[] body;

    /**
     * A call.
     *
     * @param names what stands for the parts of the path in braces
     * @param parameters those of the query
     * @param gives which of the route's media types the peer wants
     * @param lastEventId the header field of that name (HTML 9.2.4); null when there is none
     * @param body of the request
     */
    Call(
            List<String> names,
            Map<Parameter, String> parameters,
            String gives,
            @Nullable String lastEventId,
            byte[] body) {
        this.names = names;
        this.parameters = parameters;
        this.gives = gives;
        this.lastEventId = lastEventId;
        this.body = body;
    }

    List<String> names() {
        return names;
    }

    String gives() {
        return gives;
    }

    @Nullable String lastEventId() {
        return lastEventId;
    }

    byte[] body() {
        return body;
    }

    /** What is selected. */
    Selection selection() {
        return new Selection(
                parameters.get(Parameter.INSTANCE),
                parameters.get(Parameter.LINK),
                parameters.get(Parameter.GROUP),
                parameters.get(Parameter.SOURCE));
    }

    /** A parameter that the route requires. */
    String need(Parameter parameter) {
        return find(parameter)
                .orElseThrow(() ->
                        Refused.with(
                                Refusal.PARAMETER, "the parameter " + parameter + " is needed"));
    }

    /** A parameter that may be missing. */
    Optional<String> find(Parameter parameter) {
        return Optional.ofNullable(parameters.get(parameter));
    }

    boolean isDryRun() {
        return find(Parameter.DRY_RUN).map("true"::equals).orElse(false);
    }

    /** The body as text. */
    String text() {
        ByteBuffer bytes = ByteBuffer.wrap(body);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException _) {
            throw Refused.with(
                    Refusal.MALFORMED,
                    "the body is not UTF-8 from byte " + bytes.position() + " on");
        }
    }
}
