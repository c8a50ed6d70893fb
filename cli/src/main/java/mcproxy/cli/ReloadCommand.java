package mcproxy.cli;

import mcproxy.control.Control;
import mcproxy.control.Outcome;
import mcproxy.daemon.Subcommand;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code mcproxy reload}. */
@Command(
        name = "reload",
        mixinStandardHelpOptions = true,
        description = {
            "Make the daemon read its configuration file again, as SIGHUP does, "
                    + "and tell what became different.",
            "Only that is touched; streams that both have flow on. With an "
                    + "error in the file nothing changes."
        })
public final class ReloadCommand implements Subcommand, Callable<Integer> {
    private final Session session;

    @Mixin ChangeOptions change = new ChangeOptions();

    @Parameters(
            arity = "0..1",
            paramLabel = "FILE",
            description = "Run this text instead, until the next reload; - is standard input.")
    @Nullable String file;

    /** For the program. */
    public ReloadCommand() {
        this(Session.ofProcess());
    }

    ReloadCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Call call = new Call(session, change.common);
        return call.with(control -> reload(control, call));
    }

    private int reload(Control control, Call call) {
        String named = file;
        String name = named != null ? named : control.status().file();
        Optional<String> text = text(name);
        Report report = new Report(session, change.common);
        if (named == null && !change.dryRun) {
            return report.tell(control.reload(), false, name, text.orElse(null));
        }
        if (text.isEmpty()) {
            return call.wrong("the file " + name + " cannot be read");
        }
        Outcome outcome = control.replace(text.get(), change.dryRun);
        return report.tell(outcome, change.dryRun, name, text.get());
    }

    /** The daemon reads it itself; here it only serves to show the lines with problems. */
    private Optional<String> text(String name) {
        try {
            byte[] bytes =
                    name.equals("-")
                            ? session.in().readAllBytes()
                            : Files.readAllBytes(session.folder().resolve(Path.of(name)));
            return Optional.of(new String(bytes, StandardCharsets.UTF_8));
        } catch (IOException _) {
            return Optional.empty();
        }
    }
}
