package mcproxy.cli;

import mcproxy.control.LogLevel;
import mcproxy.daemon.Subcommand;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.util.concurrent.Callable;

/** {@code mcproxy log-level}. */
@Command(
        name = "log-level",
        mixinStandardHelpOptions = true,
        description = {
            "Say how much the daemon logs, until it ends; without a level tell how much it does.",
            "debug has memberships and routes as they change, trace every message."
        })
public final class LogLevelCommand implements Subcommand, Callable<Integer> {
    private final Session session;

    @Mixin CommonOptions common = new CommonOptions();

    /** The levels, most important first. */
    enum Level {
        error,
        warning,
        info,
        debug,
        trace
    }

    @Parameters(arity = "0..1", paramLabel = "LEVEL", description = "${COMPLETION-CANDIDATES}.")
    @Nullable Level level;

    /** For the program. */
    public LogLevelCommand() {
        this(Session.ofProcess());
    }

    LogLevelCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        return new Call(session, common)
                .with(control -> {
                    if (level != null) {
                        control.logLevel(level.name());
                    }
                    String now = level != null ? level.name() : control.status().logLevel();
                    session.out()
                            .println(
                                    common.json
                                            ? Documents.json(LogLevel.class, new LogLevel(now))
                                            : now);
                    return ExitStatus.OK;
                });
    }
}
