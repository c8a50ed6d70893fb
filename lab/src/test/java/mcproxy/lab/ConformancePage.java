package mcproxy.lab;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code docs/conformance.md}: the requirements with the tests that show them. */
final class ConformancePage {
    private final List<Requirements> rfcs;
    private final Map<String, List<Mark>> marks;

    ConformancePage(List<Requirements> rfcs, List<Mark> marks) {
        this.rfcs = rfcs;
        this.marks = marks.stream().collect(Collectors.groupingBy(Mark::id));
    }

    String text() {
        StringBuilder text = new StringBuilder();
        text.append(
                """
                # Conformance

                What the RFCs ask of a proxy's router side, host side and messages, and the tests that
                show it. A level in small letters is a demand that the RFC words without capitals. This
                page is generated from `lab/src/test/resources/requirements` and from the comments
                `// shows` above the tests; `ConformanceTest` fails when it is out of date, when a
                requirement has neither a test nor a reason, and when a test names one that there is not.

                """);
        text.append("| | all | shown by tests | not for a test | not fulfilled |\n");
        text.append("| --- | ---: | ---: | ---: | ---: |\n");
        for (Requirements rfc : rfcs) {
            text.append(counts(rfc.title(), rfc.rows()));
        }
        for (String level : Requirements.LEVELS) {
            text.append(counts(level, rows().filter(row -> row.level().equals(level)).toList()));
        }
        text.append(counts("**all**", rows().toList()));
        text.append("\n## Not fulfilled\n\n");
        rows().filter(row -> !row.isFulfilled())
                .forEach(row ->
                        text.append(
                                "- %s, %s: %s *%s*%n"
                                        .formatted(
                                                row.id(),
                                                row.level(),
                                                row.demand(),
                                                row.reason()
                                                        .orElseThrow()
                                                        .substring(
                                                                Requirements.NOT_FULFILLED
                                                                        .length()))));
        for (Requirements rfc : rfcs) {
            text.append("\n## ").append(rfc.title()).append("\n\n");
            text.append("| requirement | level | part | demand | shown by, or why not |\n");
            text.append("| --- | --- | --- | --- | --- |\n");
            rfc.rows().forEach(row -> text.append(line(row)));
        }
        return text.toString();
    }

    private Stream<Requirements.Requirement> rows() {
        return rfcs.stream().flatMap(rfc -> rfc.rows().stream());
    }

    private String counts(String name, List<Requirements.Requirement> rows) {
        long shown = rows.stream().filter(row -> marks.containsKey(row.id())).count();
        long open = rows.stream().filter(row -> !row.isFulfilled()).count();
        return "| %s | %d | %d | %d | %d |%n"
                .formatted(name, rows.size(), shown, rows.size() - shown - open, open);
    }

    private String line(Requirements.Requirement row) {
        String evidence =
                marks.getOrDefault(row.id(), List.of()).stream()
                        .map(mark ->
                                "[%s](../%s).%s"
                                        .formatted(mark.className(), mark.file(), mark.test()))
                        .collect(Collectors.joining("<br>"));
        return "| %s | %s | %s | %s | %s |%n"
                .formatted(
                        row.id(),
                        row.level(),
                        row.part(),
                        row.demand(),
                        row.reason().orElse(evidence));
    }
}
