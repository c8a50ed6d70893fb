package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Every requirement of the RFCs has a test or a reason why not, and the page says so. */
class ConformanceTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().resolveSibling(".").normalize();
    private static final Path TABLES = ROOT.resolve("lab/src/test/resources/requirements");
    private static final Path PAGE = ROOT.resolve("docs/conformance.md");

    /** A system property: write the page instead of comparing it. */
    private static final String WRITE = "conformance.write";

    private static final String COMMAND =
            "./mvnw test -pl lab -am -Dtest=ConformanceTest"
                    + " -Dsurefire.failIfNoSpecifiedTests=false -D"
                    + WRITE
                    + "=true";

    private static List<Requirements> rfcs = List.of();
    private static List<Mark> marks = List.of();

    @BeforeAll
    static void readTheTree() throws IOException {
        rfcs = Requirements.all(TABLES);
        marks = Mark.all(ROOT);
    }

    private static List<Requirements.Requirement> rows() {
        return rfcs.stream().flatMap(rfc -> rfc.rows().stream()).toList();
    }

    private static Set<String> shown() {
        return marks.stream().map(Mark::id).collect(Collectors.toSet());
    }

    @Test
    void everyRequirementHasATestOrAReason() {
        assertThat(rows())
                .filteredOn(row -> row.reason().isEmpty() && !shown().contains(row.id()))
                .as("neither a test that says '// shows ID' nor a reason in " + TABLES)
                .isEmpty();
    }

    @Test
    void noRequirementHasBoth() {
        assertThat(rows())
                .filteredOn(row -> row.reason().isPresent() && shown().contains(row.id()))
                .as("a reason why no test shows it, and a test that shows it")
                .isEmpty();
    }

    @Test
    void everyTestNamesRequirementsThatThereAreAndOnce() {
        Set<String> known =
                rows().stream().map(Requirements.Requirement::id).collect(Collectors.toSet());
        assertThat(marks).filteredOn(mark -> !known.contains(mark.id())).isEmpty();
        assertThat(marks).doesNotHaveDuplicates();
        assertThat(rows()).extracting(Requirements.Requirement::id).doesNotHaveDuplicates();
    }

    @Test
    void thePageIsUpToDate() throws IOException {
        String page = new ConformancePage(rfcs, marks).text();
        if (Boolean.getBoolean(WRITE)) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, page);
        }
        assertThat(PAGE).as("the page is made by: " + COMMAND).exists();
        assertThat(Files.readString(PAGE))
                .as("the page is made anew by: " + COMMAND)
                .isEqualTo(page);
    }

    @Test
    void aMarkBelongsToTheTestBelowIt() {
        List<String> source =
                """
                    // RFC 9776 8.4
                    // shows RFC9776-8.4-1, RFC1112-I-2,
                    // RFC9777-9.4-1
                    @ParameterizedTest
                    @CsvSource({
                        "a", // shows nothing
                    })
                    void one(String value) {
                    }

                    static void helper() {
                    }

                    @Test
                    void two() {
                    }
                """
                        .lines()
                        .toList();
        Path file = Path.of("core/SomeTest.java");
        assertThat(Mark.in(file, source))
                .containsExactly(
                        new Mark("RFC9776-8.4-1", file, "one"),
                        new Mark("RFC1112-I-2", file, "one"),
                        new Mark("RFC9777-9.4-1", file, "one"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "    // shows RFC9776-8.4-1",
                "    // shows RFC9776-8.4-1\n    void helper() {\n    }\n    @Test\n    void a() {",
                "    // shows RFC9776-8.4\n    @Test\n    void a() {",
            })
    void aMarkOfNoTestIsFound(String source) {
        Path file = Path.of("core/SomeTest.java");
        assertThatThrownBy(() -> Mark.in(file, source.lines().toList()))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("RFC9776-8.4");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RFC9776-8.4-1 | MUST | router",
                "RFC9777-8.4-1 | MUST | router | A demand.",
                "RFC9776-8.4 | MUST | router | A demand.",
                "RFC9776-8.4-1 | MUSTN'T | router | A demand.",
                "RFC9776-8.4-1 | MUST | switch | A demand.",
                "RFC9776-8.4-1 | MUST | router | A demand. | no time",
            })
    void aWrongLineOfATableIsFound(String line) {
        assertThatThrownBy(() -> Requirements.of("RFC9776", List.of("# RFC 9776", line)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining(line);
    }
}
