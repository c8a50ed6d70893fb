package mcproxy.cli;

import mcproxy.control.ControlException;
import mcproxy.control.EventFeed;
import mcproxy.control.Happening;
import mcproxy.daemon.Subcommand;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code mcproxy events}. */
@Command(
        name = "events",
        mixinStandardHelpOptions = true,
        description = {
            "Print what happened, a line for each event: those that the daemon "
                    + "keeps and, with --follow, those to come.",
            "With --json each is one JSON document on a line; its cursor is "
                    + "what --since takes."
        })
public final class EventsCommand implements Subcommand, Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration BETWEEN_TRIES = Duration.ofSeconds(1);

    private final Session session;

    @Mixin CommonOptions common = new CommonOptions();

    @Option(
            names = "--since",
            paramLabel = "CURSOR",
            description =
                    "Only events after this one. By default all that are kept, and with --follow"
                            + " none of these.")
    @Nullable Long since;

    @Option(
            names = "--kind",
            paramLabel = "KIND",
            split = ",",
            description =
                    "Only events of these kinds, for instance querier-elected; several with"
                            + " commas.")
    List<String> kinds = List.of();

    @Option(names = "--instance", paramLabel = "NAME", description = "Only of this instance.")
    @Nullable String instance;

    @Option(
            names = {"-f", "--follow"},
            description = "Go on with what happens from now on, also when the daemon restarts.")
    boolean follow;

    /** For the program. */
    public EventsCommand() {
        this(Session.ofProcess());
    }

    EventsCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws InterruptedException {
        Call call = new Call(session, common);
        if (since != null && since < 0) {
            return call.wrong("--since takes the cursor of an event, 0 or more");
        }
        Path socket = common.socket(session.environment());
        EventFeed feed;
        long cursor;
        long newest;
        try {
            feed = session.connector().connect(socket).events();
            newest = feed.cursor();
            cursor = since != null ? since : follow ? newest : 0;
        } catch (ControlException e) {
            return call.failed(String.valueOf(e.getMessage()));
        }
        boolean told = false;
        while (follow || cursor < newest) {
            try {
                List<Happening> more = feed.after(cursor, PATIENCE);
                for (Happening happening : more) {
                    cursor = Math.max(cursor, happening.cursor());
                    print(happening);
                }
                if (more.isEmpty()) {
                    newest = feed.cursor();
                    cursor = newest < cursor ? 0 : cursor; // it was restarted and counts anew
                }
                told = false;
            } catch (ControlException e) {
                if (!follow || e.kind() == ControlException.Kind.FORBIDDEN) {
                    return call.failed(String.valueOf(e.getMessage()));
                }
                if (!told) {
                    call.failed(e.getMessage() + "; trying again");
                    told = true;
                }
                session.pause().take(BETWEEN_TRIES);
                cursor = afterRestart(feed, cursor);
            }
            session.out().flush();
            if (session.out().checkError()) {
                return ExitStatus.FAILED; // the reader has gone
            }
        }
        return ExitStatus.OK;
    }

    /** A daemon that was restarted counts anew, and all that it tells is new. */
    private static long afterRestart(EventFeed feed, long cursor) {
        try {
            return feed.cursor() < cursor ? 0 : cursor;
        } catch (ControlException _) {
            return cursor; // it is not there yet
        }
    }

    /** A gap is told whatever is selected: there may have been something in it. */
    private boolean isWanted(Happening happening) {
        if (happening.kind().equals("gap")) {
            return true;
        }
        return (kinds.isEmpty() || kinds.contains(happening.kind()))
                && (instance == null || instance.equals(happening.instance()));
    }

    private void print(Happening happening) {
        if (!isWanted(happening)) {
            return;
        }
        if (common.json) {
            session.out().println(Documents.json(Happening.class, happening));
            return;
        }
        boolean colour = common.isColoured(session);
        Paint paint =
                switch (happening.level()) {
                    case "error" -> Paint.BAD;
                    case "warning" -> Paint.WARNING;
                    case "debug", "trace" -> Paint.MINOR;
                    default -> Paint.PLAIN;
                };
        session.out()
                .println(
                        new Cell(happening.at(), Paint.MINOR).render(colour)
                                + " "
                                + new Cell(happening.kind(), Paint.HEADING).render(colour)
                                + " "
                                + new Cell(happening.text(), paint).render(colour));
    }
}
