package mcproxy.config;

import static org.assertj.core.api.Assertions.assertThat;

/** Reads texts for tests; each argument is a line. */
final class Texts {
    private static final String FILE = "test.conf";

    private Texts() {}

    static Reading read(String... lines) {
        return ConfigurationReader.read(FILE, String.join("\n", lines));
    }

    /** The configuration of a text without any problem. */
    static Configuration clean(String... lines) {
        Reading reading = read(lines);
        assertThat(reading.render()).isEmpty();
        return reading.configuration().orElseThrow();
    }

    /** The configuration of a text that has warnings, which are exactly the given headlines. */
    static Configuration warned(Reading reading, String... headlines) {
        assertThat(reading.problems().stream().map(Problem::headline)).containsExactly(headlines);
        return reading.configuration().orElseThrow(() -> new AssertionError(reading.render()));
    }

    /** Checks all problems of a text in full. */
    static void assertRendered(Reading reading, String... lines) {
        assertThat(reading.render().lines()).containsExactly(lines);
    }

    /** Checks the first lines of all problems of a text. */
    static void assertHeadlines(Reading reading, String... headlines) {
        assertThat(reading.problems().stream().map(Problem::headline)).containsExactly(headlines);
    }

    /** Checks the only error of a text, and the stretch that its underlining covers. */
    static void assertError(Reading reading, String place, String marked, String message) {
        assertThat(reading.problems()).as(reading.render()).hasSize(1);
        Problem problem = reading.problems().getFirst();
        assertThat(problem.headline()).isEqualTo(FILE + ":" + place + ": error: " + message);
        Span span = problem.span();
        assertThat(span.end().line()).isEqualTo(span.start().line());
        String line = reading.source().line(span.start().line());
        assertThat(line.substring(span.start().column() - 1, span.end().column() - 1))
                .isEqualTo(marked);
        assertThat(reading.configuration()).isEmpty();
    }
}
