package mcproxy.cli;

import mcproxy.control.Control;
import mcproxy.control.ControlException;
import mcproxy.control.Flow;
import mcproxy.control.Selection;
import mcproxy.daemon.Subcommand;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;

/** {@code mcproxy top}. */
@Command(
        name = "top",
        mixinStandardHelpOptions = true,
        description = {
            "Show live what flows: groups by rate, who watches them, since "
                    + "when, and how much goes through each interface.",
            "Where standard output is no terminal it is shown once."
        },
        footer = {
            "",
            "Keys: q quit, s sort by rate, members, newest or group, / filter, Escape no",
            "filter, space pause, arrows and page keys scroll."
        })
public final class TopCommand implements Subcommand, Callable<Integer> {
    private static final long KEY_MILLIS = 100;
    private static final double LEAST_SECONDS = 0.1;
    private static final double MOST_SECONDS = 3600;

    private final Session session;

    @Mixin CommonOptions common = new CommonOptions();
    @Mixin LinkSelection selection = new LinkSelection();

    @Option(
            names = {"-d", "--delay"},
            paramLabel = "SECONDS",
            defaultValue = "1",
            description = "The time between two pictures (default: ${DEFAULT-VALUE}).")
    double delaySeconds = 1;

    /** For the program. */
    public TopCommand() {
        this(Session.ofProcess());
    }

    TopCommand(Session session) {
        this.session = session;
    }

    /**
     * What was read last.
     *
     * @param trouble why the last attempt failed; null when it did not
     */
    private record Reading(Traffic traffic, @Nullable String trouble) {}

    /** Where the reading thread puts it and the drawing one takes it. */
    private static final class Latest {
        private volatile Reading reading;

        Latest(Traffic first) {
            reading = new Reading(first, null);
        }
    }

    @Override
    public Integer call() throws IOException {
        Call call = new Call(session, common);
        if (!(delaySeconds >= LEAST_SECONDS && delaySeconds <= MOST_SECONDS)) {
            return call.wrong("--delay takes a time from 0.1 to 3600 seconds");
        }
        Selection wanted = selection.with(null);
        if (common.json) {
            return call.with(control -> {
                session.out()
                        .println(
                                Documents.json(
                                        Flow.class,
                                        FlowsCommand.fastestFirst(
                                                FlowsCommand.measured(
                                                        control, wanted, session.pause()))));
                return ExitStatus.OK;
            });
        }
        if (session.screen().size().isEmpty()) {
            return call.with(control -> {
                Sheet sheet = call.sheet();
                TopView.show(Traffic.read(control, wanted, session.pause()), sheet);
                call.print(sheet);
                return ExitStatus.OK;
            });
        }
        AtomicReference<Traffic> first = new AtomicReference<>();
        int status =
                call.with(control -> {
                    first.set(Traffic.read(control, wanted, session.pause()));
                    return ExitStatus.OK;
                });
        Traffic traffic = first.get();
        return traffic == null ? status : live(traffic, wanted);
    }

    private int live(Traffic first, Selection wanted) throws IOException {
        Latest latest = new Latest(first);
        boolean colour = common.isColoured(session);
        // Not in the thread of the keys, which must not wait for a daemon that is busy.
        Thread reader =
                Thread.ofPlatform().name("reader").daemon().start(() -> readOn(latest, wanted));
        try (TopTerminal terminal = TopTerminal.open(session.out())) {
            try {
                show(terminal, latest, colour);
            } catch (IllegalStateException e) {
                // A signal ends the program, and JLine's hook was faster than this thread.
                if (!terminal.isGone()) {
                    throw e;
                }
            }
        } finally {
            reader.interrupt();
        }
        return ExitStatus.OK;
    }

    private static void show(TopTerminal terminal, Latest latest, boolean colour)
            throws IOException {
        TopState state = TopState.START;
        Reading shown = latest.reading;
        while (!state.over()) {
            Reading now = latest.reading;
            shown = state.paused() ? shown : now;
            Screen.Size size = terminal.size();
            state =
                    state.within(
                            state.chosen(shown.traffic().channels()).size(), TopView.room(size));
            terminal.draw(TopView.lines(shown.traffic(), state, now.trouble(), size, colour), size);
            Optional<Key> key = terminal.key(KEY_MILLIS);
            state = key.map(state::after).orElse(state);
        }
    }

    private void readOn(Latest latest, Selection wanted) {
        Path socket = common.socket(session.environment());
        Duration delay = Duration.ofMillis(Math.round(delaySeconds * 1000));
        try {
            while (true) {
                session.pause().take(delay);
                try {
                    Control control = session.connector().connect(socket);
                    latest.reading =
                            new Reading(Traffic.read(control, wanted, session.pause()), null);
                } catch (ControlException e) {
                    latest.reading =
                            new Reading(latest.reading.traffic(), String.valueOf(e.getMessage()));
                }
            }
        } catch (InterruptedException _) {
            // nobody looks any more
        }
    }
}
