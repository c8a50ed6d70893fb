package mcproxy.cli;

import mcproxy.control.Control;
import mcproxy.control.ControlException;
import mcproxy.control.Interface;
import mcproxy.control.Selection;
import mcproxy.daemon.Subcommand;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;

/** {@code mcproxy names}, for the shells' completion. */
@Command(
        name = "names",
        hidden = true,
        mixinStandardHelpOptions = true,
        description = "Print the names that can be completed; none when no daemon answers.")
public final class NamesCommand implements Subcommand, Callable<Integer> {
    /** A shell expands what it completes, so a name must not be able to hold a command. */
    private static final Pattern HARMLESS = Pattern.compile("[A-Za-z0-9_.@:*-]+");

    private final Session session;

    @Mixin CommonOptions common = new CommonOptions();

    /** What can be completed. */
    enum Kind {
        instances("instance"),
        interfaces("interface");

        private final String option;

        Kind(String option) {
            this.option = option;
        }

        /** The option that takes such a name. */
        String option() {
            return option;
        }
    }

    @Parameters(paramLabel = "KIND", description = "${COMPLETION-CANDIDATES}.")
    Kind kind = Kind.instances;

    /** For the program. */
    public NamesCommand() {
        this(Session.ofProcess());
    }

    NamesCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        try {
            Control control = session.connector().connect(common.socket(session.environment()));
            names(control).stream()
                    .distinct()
                    .filter(name -> HARMLESS.matcher(name).matches())
                    .forEach(session.out()::println);
            session.out().flush();
            return ExitStatus.OK;
        } catch (ControlException _) {
            return ExitStatus.FAILED; // nobody wants to read about it while typing
        }
    }

    private List<String> names(Control control) {
        return switch (kind) {
            case instances -> control.status().instances();
            case interfaces ->
                    control.interfaces(Selection.ALL).stream().map(Interface::name).toList();
        };
    }
}
