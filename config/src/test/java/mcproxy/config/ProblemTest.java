package mcproxy.config;

import static mcproxy.config.Texts.assertRendered;
import static mcproxy.config.Texts.read;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How problems are printed. */
class ProblemTest {
    @Test
    void tabsStayTabsAndCarriageReturnsGo() {
        assertRendered(
                read("pinstance tv: a ==> b;", "\tset\trobustness\t9;\r"),
                "test.conf:2:17: error: robustness takes a number from 1 to 7, found '9'",
                "  \tset\trobustness\t9;",
                "  \t   \t          \t^",
                "  expected: a number from 1 to 7");
    }

    @Test
    void aTextCannotSteerTheTerminal() {
        Reading reading = read("pinstance tv: a ==> \"\u001b[31m\u202eb\u009b\";");
        assertThat(reading.render()).contains("\"?[31m?b?\"");
        assertThat(reading.render().codePoints().filter(c -> c != '\n'))
                .allMatch(c -> c >= ' ' && c < 0x7f);
    }

    @Test
    void aLongLineIsShownAroundTheProblem() {
        String names = "abcdefghi ".repeat(100);
        Reading reading = read("pinstance tv: a ==> b; # " + names, "table t {} " + names + "; x");
        String[] lines = reading.render().lines().toArray(String[]::new);
        assertThat(lines[0]).contains("test.conf:2:12: error: ");
        assertThat(lines[1]).hasSize(162).startsWith("  table t {} abcdefghi");
        assertThat(lines[2]).isEqualTo(" ".repeat(13) + "^~~~~~~~~");
        assertThat(lines[4]).contains("test.conf:2:1014: error: ");
        assertThat(lines[5]).endsWith("; x");
        assertThat(lines[6].indexOf('^')).isEqualTo(lines[5].length() - 1);
    }

    @Test
    void aStretchOfSeveralLinesIsMarkedToTheEndOfTheFirst() {
        assertRendered(
                read("pinstance tv: a ==> b;", "table t {(*|*) # all", "};"),
                "test.conf:2:1: error: tables are not carried out yet",
                "  table t {(*|*) # all",
                "  ^~~~~~~~~~~~~~~~~~~~");
    }

    @Test
    void endlessProblemsAreCounted() {
        Reading reading = read("x;\n".repeat(Problems.MAX_TOLD + 23));
        assertThat(reading.problems()).hasSize(Problems.MAX_TOLD + 1);
        assertThat(reading.problems().getLast().headline())
                .isEqualTo("test.conf:101:1: error: 23 more problems, of which this is the first");
    }

    @Test
    void anErrorBehindEndlessWarningsIsStillAnError() {
        String warnings = "set robustness 2;\n".repeat(Problems.MAX_TOLD + 5);
        assertThat(read("pinstance tv: a ==> b;", warnings).configuration()).isPresent();
        Reading reading = read("pinstance tv: a ==> b;", warnings, "pinstance tv: a ==> b;");
        assertThat(reading.configuration()).isEmpty();
        assertThat(reading.problems().getLast().severity()).isEqualTo(Severity.ERROR);
    }

    @ParameterizedTest
    @Timeout(20)
    @ValueSource(
            strings = {
                "a",
                "a-",
                "a ",
                "\"",
                "\"a\" ",
                "#",
                "#\n",
                ";",
                "x;",
                "\n",
                "\u00e4",
                "\u00e4 ",
                "=;",
                "1",
                "(table {",
                "pinstance tv: a ==> b;",
                "pinstance tv: ",
                "table {(*|1.",
                "set robustness 3;\n",
                "set robustness ",
                "protocol IGMPv3, ",
                "\"\n",
            })
    void aLongTextTakesNotMuchLongerThanAShortOne(String piece) {
        // What takes quadratic time would not end in time.
        Reading reading = read(piece.repeat(300_000 / piece.length()));
        assertThat(reading.configuration()).isEmpty();
        assertThat(reading.render()).isNotEmpty().hasSizeLessThan(100_000);
    }
}
