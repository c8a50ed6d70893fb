package mcproxy.config;

import io.avaje.json.JsonWriter;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What {@code mcproxy config check} tells about a text.
 *
 * @param source the text
 * @param problems all that is wrong, in the order of the text
 */
public record ConfigCheck(SourceText source, List<Problem> problems) {
    /** The exit status when nothing or only warnings were found. */
    public static final int FINE = 0;

    /** The exit status when one of the problems is an error. */
    public static final int WRONG = 2;

    /** Copies the list. */
    public ConfigCheck {
        problems = List.copyOf(problems);
    }

    /** What a reading has found. */
    public static ConfigCheck of(Reading reading) {
        return new ConfigCheck(reading.source(), reading.problems());
    }

    /**
     * What a reading has found, with a warning for each interface that the system does not have.
     *
     * @param devices the names of the system's network devices
     */
    public static ConfigCheck of(Reading reading, Set<String> devices) {
        List<Problem> problems = new ArrayList<>(reading.problems());
        Set<String> sorted = new TreeSet<>(devices);
        new TreeMap<>(reading.interfaces())
                .forEach((name, span) -> {
                    if (!devices.contains(name)) {
                        problems.add(
                                Problem.warning(
                                                reading.source().file(),
                                                span,
                                                "there is no interface '" + name + "' yet")
                                        .hinting(Suggestion.among(sorted, name)));
                    }
                });
        problems.sort(Comparator.comparing(problem -> problem.span().start()));
        return new ConfigCheck(reading.source(), problems);
    }

    /** {@link #WRONG} or {@link #FINE}. */
    public int status() {
        return count(Severity.ERROR) > 0 ? WRONG : FINE;
    }

    private int count(Severity severity) {
        return (int) problems.stream().filter(p -> p.severity() == severity).count();
    }

    /**
     * For people, as compilers do: each problem with its line underlined, what was expected and a
     * hint; then how many there are.
     */
    public String text() {
        String told =
                problems.stream()
                        .map(problem -> problem.render(source))
                        .collect(Collectors.joining());
        return told
                + source.file()
                + ": "
                + counted(count(Severity.ERROR), "error")
                + ", "
                + counted(count(Severity.WARNING), "warning")
                + "\n";
    }

    private static String counted(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    /** The same for programs, as one JSON object. Lines and columns count from 1. */
    public String json() {
        return Json.object(to -> {
            Json.text(to, "file", source.file());
            Json.number(to, "errors", count(Severity.ERROR));
            Json.number(to, "warnings", count(Severity.WARNING));
            Json.list(to, "problems", problems, problem -> write(problem, to));
        });
    }

    private static void write(Problem problem, JsonWriter to) {
        to.beginObject();
        Json.text(to, "severity", problem.severity().toString());
        Json.number(to, "line", problem.span().start().line());
        Json.number(to, "column", problem.span().start().column());
        Json.number(to, "end-line", problem.span().end().line());
        Json.number(to, "end-column", problem.span().end().column());
        Json.text(to, "message", problem.message());
        problem.expected().ifPresent(expected -> Json.text(to, "expected", expected));
        problem.hint().ifPresent(hint -> Json.text(to, "hint", hint));
        to.endObject();
    }
}
