package mcproxy.cli;

import mcproxy.control.Control;
import mcproxy.control.ControlException;
import mcproxy.daemon.Subcommand;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Stack;
import java.util.concurrent.Callable;

/**
 * A command that shows a document.
 *
 * @param <D> what it reads from the daemon
 */
abstract class View<D> implements Subcommand, Callable<Integer> {
    private static final String CLEAR = "\033[H\033[2J";
    private static final String HOME = "\033[H";
    private static final String END_OF_LINE = "\033[K\n";
    private static final String END_OF_SCREEN = "\033[J";

    final Session session;

    @Mixin CommonOptions common = new CommonOptions();

    @Option(
            names = "--watch",
            paramLabel = "SECONDS",
            arity = "0..1",
            fallbackValue = "2",
            preprocessor = AttachedOnly.class,
            description =
                    "Show it again and again, every 2 seconds or as given with --watch=SECONDS.")
    @Nullable Double watchSeconds;

    View(Session session) {
        this.session = session;
    }

    /** A word after an option that may stand alone is an argument, not the option's value. */
    static final class AttachedOnly implements IParameterPreprocessor {
        @Override
        @SuppressWarnings("JdkObsolete") // picocli's
        public boolean preprocess(
                Stack<String> arguments,
                CommandSpec command,
                ArgSpec option,
                Map<String, Object> about) {
            if (" ".equals(about.get("separator"))) {
                arguments.push(((OptionSpec) option).fallbackValue());
            }
            return false;
        }
    }

    /** Asks the daemon. */
    abstract D read(Control control);

    /** The control API's document. */
    abstract String json(D document);

    /** The same for people, and what belongs to it. */
    abstract void show(D document, Sheet sheet);

    /** The exit status; a document that was read is no failure. */
    int status(D document) {
        return ExitStatus.OK;
    }

    @Override
    public Integer call() throws InterruptedException {
        Call call = new Call(session, common);
        Double seconds = watchSeconds;
        if (seconds == null) {
            return call.with(control -> {
                D document = read(control);
                print(call, document);
                return status(document);
            });
        }
        if (!(seconds >= 0.1 && seconds <= 86_400)) {
            return call.wrong("--watch takes a time from 0.1 to 86400 seconds");
        }
        return watch(call, Duration.ofMillis(Math.round(seconds * 1000)));
    }

    private void print(Call call, D document) {
        if (common.json) {
            session.out().println(json(document));
        } else {
            Sheet sheet = call.sheet();
            show(document, sheet);
            call.print(sheet);
        }
    }

    /** A daemon that was there once may be restarting, so it is waited for. */
    private int watch(Call call, Duration every) throws InterruptedException {
        boolean live = session.screen().size().isPresent() && !common.json;
        String start = live ? CLEAR : "";
        boolean seen = false;
        boolean toldFailure = false;
        while (true) {
            Path socket = common.socket(session.environment());
            try {
                D document = read(session.connector().connect(socket));
                if (live) {
                    Sheet sheet = call.sheet();
                    show(document, sheet);
                    redraw(start, sheet.lines());
                } else {
                    if (seen && !common.json) {
                        session.out().println();
                    }
                    print(call, document);
                }
                seen = true;
                toldFailure = false;
            } catch (ControlException e) {
                if (!seen || e.kind() == ControlException.Kind.FORBIDDEN) {
                    return call.failed(String.valueOf(e.getMessage()));
                }
                if (live) {
                    Sheet sheet = call.sheet();
                    sheet.sentence("waiting: ", String.valueOf(e.getMessage()), Paint.WARNING);
                    redraw(start, sheet.lines());
                } else if (!toldFailure) {
                    call.failed(String.valueOf(e.getMessage()));
                }
                toldFailure = true;
            } catch (IllegalArgumentException e) {
                return call.wrong(String.valueOf(e.getMessage()));
            }
            start = live ? HOME : "";
            session.out().flush();
            if (session.out().checkError()) {
                return ExitStatus.FAILED;
            }
            session.pause().take(every);
        }
    }

    private void redraw(String start, List<String> lines) {
        int rows = session.screen().size().orElse(Screen.Size.USUAL).rows();
        StringBuilder text = new StringBuilder(start);
        lines.stream()
                .limit(Math.max(1, rows - 1))
                .forEach(line -> text.append(line).append(END_OF_LINE));
        session.out().print(text.append(END_OF_SCREEN));
    }
}
