package mcproxy.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What came of reading a text.
 *
 * @param source the text
 * @param configuration what it says; empty exactly if a problem is an error
 * @param problems all that is wrong, in the order of the text
 * @param interfaces where each interface is first named, for what is found out about them later;
 *     those of the configuration and perhaps more
 */
public record Reading(
        SourceText source,
        Optional<Configuration> configuration,
        List<Problem> problems,
        Map<String, Span> interfaces) {
    /** Checks that there is a configuration exactly if there is no error. */
    public Reading {
        problems = List.copyOf(problems);
        interfaces = Map.copyOf(interfaces);
        boolean errors = problems.stream().anyMatch(p -> p.severity() == Severity.ERROR);
        if (errors == configuration.isPresent()) {
            throw new IllegalArgumentException("a configuration or an error");
        }
    }

    /** All problems as {@link Problem#render} gives them. */
    public String render() {
        return problems.stream()
                .map(problem -> problem.render(source))
                .collect(Collectors.joining());
    }
}
