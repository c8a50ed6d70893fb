package mcproxy.cli;

import io.avaje.json.JsonException;

import mcproxy.control.Change;
import mcproxy.daemon.Subcommand;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code mcproxy change}. */
@Command(
        name = "change",
        mixinStandardHelpOptions = true,
        description = {
            "Make several changes of the running configuration at once, all or "
                    + "none, from a file with a list of the control API's JSON documents."
        },
        footer = {
            "",
            "Example of a file:",
            "  [{\"action\": \"add\", \"kind\": \"table\", \"table\": \"sport\",",
            "    \"text\": \"(239.1.1.0/24 | *)\"},",
            "   {\"action\": \"add\", \"kind\": \"filter\", \"instance\": \"tv\",",
            "    \"side\": \"downstream\", \"link\": \"lan0\", \"direction\": \"out\",",
            "    \"text\": \"whitelist table sport\"}]"
        })
public final class ChangeCommand implements Subcommand, Callable<Integer> {
    private final Session session;

    @Mixin ChangeOptions change = new ChangeOptions();

    @Parameters(paramLabel = "FILE", description = "The file; - is standard input.")
    String file = "";

    /** For the program. */
    public ChangeCommand() {
        this(Session.ofProcess());
    }

    ChangeCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        String text;
        try {
            text =
                    new String(
                            file.equals("-")
                                    ? session.in().readAllBytes()
                                    : Files.readAllBytes(session.folder().resolve(file)),
                            StandardCharsets.UTF_8);
        } catch (IOException e) {
            return change.wrong(session, "the file " + file + " cannot be read: " + e);
        }
        List<Change> changes;
        try {
            changes = Documents.read(Change.class, text);
        } catch (JsonException | IllegalArgumentException | IllegalStateException e) {
            return change.wrong(session, file + " is no JSON list of changes: " + e.getMessage());
        }
        return change.make(session, changes);
    }
}
