package mcproxy.cli;

import mcproxy.control.Cleared;
import mcproxy.daemon.Subcommand;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.util.concurrent.Callable;

/** {@code mcproxy clear}. */
@Command(
        name = "clear",
        mixinStandardHelpOptions = true,
        description = {
            "Forget what receivers have reported, and ask them again.",
            "Streams to receivers that answer go on all the time; others stop when nobody has"
                    + " answered. Without an option it is about all groups."
        })
public final class ClearCommand implements Subcommand, Callable<Integer> {
    private final Session session;

    @Mixin CommonOptions common = new CommonOptions();
    @Mixin SelectionOptions selection = new SelectionOptions();

    @Parameters(arity = "0..1", paramLabel = "GROUP", description = "Only this group.")
    @Nullable String group;

    /** For the program. */
    public ClearCommand() {
        this(Session.ofProcess());
    }

    ClearCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        return new Call(session, common)
                .with(control -> {
                    int groups = control.clear(selection.with(group, null));
                    session.out()
                            .println(
                                    common.json
                                            ? Documents.json(Cleared.class, new Cleared(groups))
                                            : told(groups));
                    return ExitStatus.OK;
                });
    }

    private static String told(int groups) {
        return groups == 0
                ? "There was no such group to forget. See: mcproxy groups"
                : "Forgot " + Words.counted(groups, "group") + "; the receivers are asked again.";
    }
}
