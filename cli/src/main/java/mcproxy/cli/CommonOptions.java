package mcproxy.cli;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.Map;

/** What every command that speaks to the daemon takes. */
final class CommonOptions {
    /** Where the daemon listens by default. */
    static final Path DEFAULT_SOCKET = Path.of("/run/mcproxy/control.sock");

    /** The variable that says it otherwise. */
    static final String SOCKET_VARIABLE = "MCPROXY_SOCKET";

    /** When to colour. */
    enum Colour {
        auto,
        always,
        never
    }

    @Option(
            names = "--socket",
            paramLabel = "PATH",
            description =
                    "The daemon's control socket; by default the environment's MCPROXY_SOCKET or"
                            + " /run/mcproxy/control.sock.")
    @Nullable Path socket;

    @Option(
            names = "--json",
            description = "Print the control API's document as it is, for programs.")
    boolean json;

    @Option(
            names = "--color",
            paramLabel = "WHEN",
            defaultValue = "auto",
            description =
                    "When to colour: ${COMPLETION-CANDIDATES}. auto is on a terminal, unless"
                            + " NO_COLOR is set.")
    Colour colour = Colour.auto;

    Path socket(Map<String, String> environment) {
        if (socket != null) {
            return socket;
        }
        String named = environment.getOrDefault(SOCKET_VARIABLE, "");
        return named.isEmpty() ? DEFAULT_SOCKET : Path.of(named);
    }

    /** Is the output coloured? NO_COLOR counts when it is not empty (no-color.org). */
    boolean isColoured(Session session) {
        return switch (colour) {
            case always -> true;
            case never -> false;
            case auto ->
                    session.screen().size().isPresent()
                            && session.environment().getOrDefault("NO_COLOR", "").isEmpty()
                            && !session.environment().getOrDefault("TERM", "").equals("dumb");
        };
    }
}
