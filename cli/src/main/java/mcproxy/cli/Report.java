package mcproxy.cli;

import mcproxy.config.ConfigCheck;
import mcproxy.config.Position;
import mcproxy.config.Problem;
import mcproxy.config.Severity;
import mcproxy.config.SourceText;
import mcproxy.config.Span;
import mcproxy.control.Outcome;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;

/** Tells what came of a change of the configuration. */
final class Report {
    private final Session session;
    private final CommonOptions common;

    Report(Session session, CommonOptions common) {
        this.session = session;
        this.common = common;
    }

    /**
     * Prints it and gives the exit status.
     *
     * @param name what the problems are in: a file, or the changes
     * @param text the text that they are in; null when it is not known here
     */
    int tell(Outcome outcome, boolean dryRun, String name, @Nullable String text) {
        if (common.json) {
            session.out().println(Documents.json(Outcome.class, outcome));
        }
        List<Problem> problems = outcome.problems().stream().map(at -> problem(name, at)).toList();
        boolean wrong = problems.stream().anyMatch(p -> p.severity() == Severity.ERROR);
        if (!problems.isEmpty() && !common.json) {
            session.out().flush();
            session.err().print(rendered(name, text, problems));
            session.err().flush();
        }
        String failure = outcome.failure();
        if (failure != null && !common.json) {
            session.err().println("mcproxy: error: " + Words.printable(failure));
        }
        if (!common.json && !wrong && failure == null) {
            differences(outcome, dryRun);
        }
        if (wrong) {
            if (!common.json) {
                session.err().println("mcproxy: nothing was changed");
            }
            return ExitStatus.USER;
        }
        return failure != null ? ExitStatus.FAILED : ExitStatus.OK;
    }

    private void differences(Outcome outcome, boolean dryRun) {
        if (outcome.differences().isEmpty()) {
            session.out()
                    .println(
                            dryRun
                                    ? "Nothing would change: it is so already."
                                    : "Nothing changed: it was so already.");
            return;
        }
        session.out().println(dryRun ? "This would change:" : "Changed:");
        outcome.differences().forEach(line -> session.out().println("  " + Words.printable(line)));
    }

    private static Problem problem(String name, Outcome.ProblemAt at) {
        Position place = new Position(Math.max(1, at.line()), Math.max(1, at.column()));
        return new Problem(
                at.severity().equals("error") ? Severity.ERROR : Severity.WARNING,
                name,
                new Span(place, place),
                at.message(),
                Optional.ofNullable(at.expected()),
                Optional.ofNullable(at.hint()));
    }

    private static String rendered(String name, @Nullable String text, List<Problem> problems) {
        if (text != null) {
            return new ConfigCheck(new SourceText(name, text), problems).text();
        }
        StringBuilder told = new StringBuilder();
        for (Problem problem : problems) {
            // The place is one in a text that nobody has seen.
            told.append("mcproxy: ")
                    .append(problem.severity() == Severity.ERROR ? "error: " : "warning: ")
                    .append(Words.printable(problem.message()))
                    .append('\n');
            problem.expected().ifPresent(form -> add(told, "expected", form));
            problem.hint().ifPresent(advice -> add(told, "hint", advice));
        }
        return told.toString();
    }

    private static void add(StringBuilder told, String what, String text) {
        told.append("  ").append(what).append(": ").append(Words.printable(text)).append('\n');
    }
}
