package mcproxy.cli;

import mcproxy.control.Control;
import mcproxy.control.Explanation;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** {@code mcproxy explain}. */
@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        description = {
            "Tell why a group flows, or why it does not, step by step from the "
                    + "receiver's report to the kernel's route, with what decides and "
                    + "what to do."
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:it flows, from a source at least, to each downstream that wants it",
            "1:no daemon was reached, or it did not answer",
            "2:wrong arguments",
            "3:it does not flow"
        })
public final class ExplainCommand extends View<List<Explanation>> {
    @Parameters(index = "0", paramLabel = "GROUP", description = "The group.")
    String group = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "SOURCE",
            description = "The source; without it all that are known or wanted.")
    @Nullable String source;

    @Mixin LinkSelection selection = new LinkSelection();

    /** For the program. */
    public ExplainCommand() {
        this(Session.ofProcess());
    }

    ExplainCommand(Session session) {
        super(session);
    }

    @Override
    List<Explanation> read(Control control) {
        String wanted = Addresses.checked(group, true);
        return control.explain(
                wanted == null ? group : wanted,
                Optional.ofNullable(Addresses.checked(source, false)),
                selection.with(null));
    }

    @Override
    String json(List<Explanation> explanations) {
        return Documents.json(Explanation.class, explanations);
    }

    @Override
    int status(List<Explanation> explanations) {
        Map<List<Optional<String>>, Boolean> flowing =
                explanations.stream()
                        .filter(ExplainCommand::isWanted)
                        .collect(
                                Collectors.toMap(
                                        one ->
                                                List.of(
                                                        Optional.of(one.instance()),
                                                        Optional.ofNullable(one.link())),
                                        Explanation::flows,
                                        Boolean::logicalOr));
        return !flowing.isEmpty() && !flowing.containsValue(false)
                ? ExitStatus.OK
                : ExitStatus.STOPPED;
    }

    /** Does somebody on the downstream want the group? What nobody wants need not flow. */
    private static boolean isWanted(Explanation one) {
        return one.flows()
                || one.steps().stream()
                        .anyMatch(step ->
                                step.subject().equals("membership") && step.outcome().equals("ok"));
    }

    @Override
    void show(List<Explanation> explanations, Sheet sheet) {
        if (explanations.isEmpty()) {
            sheet.sentence(
                    "Nobody wants "
                            + group
                            + " and nobody sends it here. Who wants what? See: mcproxy groups");
        }
        for (Explanation one : explanations) {
            sheet.gap();
            sheet.sentence(
                    one.flows() ? "flows: " : "does not flow: ",
                    what(one) + ": " + one.verdict(),
                    one.flows() ? Paint.GOOD : Paint.BAD);
            int width = one.steps().stream().mapToInt(s -> s.subject().length()).max().orElse(0);
            one.steps().forEach(step -> show(step, width, sheet));
        }
    }

    private static String what(Explanation one) {
        String channel =
                one.source() == null ? one.group() : "(" + one.source() + ", " + one.group() + ")";
        return one.instance() + ", " + channel + (one.link() == null ? "" : " to " + one.link());
    }

    private static void show(Explanation.Step step, int width, Sheet sheet) {
        Paint paint =
                switch (step.outcome()) {
                    case "ok" -> Paint.GOOD;
                    case "stops" -> Paint.BAD;
                    default -> Paint.WARNING;
                };
        String start = "  %-5s  ".formatted(step.outcome());
        sheet.sentence(
                start + ("%-" + Math.max(1, width) + "s  ").formatted(step.subject()),
                step.text(),
                paint);
        String indent = " ".repeat(start.length() + width + 2);
        for (String[] more :
                Arrays.asList(
                        new String[] {"decided by: ", step.decidedBy()},
                        new String[] {"to do: ", step.remedy()})) {
            if (more[1] != null) {
                sheet.sentence(indent + more[0], more[1], Paint.PLAIN);
            }
        }
    }
}
