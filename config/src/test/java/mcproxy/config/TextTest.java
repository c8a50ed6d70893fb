package mcproxy.config;

import static mcproxy.config.Texts.assertError;
import static mcproxy.config.Texts.assertHeadlines;
import static mcproxy.config.Texts.assertRendered;
import static mcproxy.config.Texts.clean;
import static mcproxy.config.Texts.read;
import static mcproxy.config.Texts.warned;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Comments, statements, words and quotes: how mcproxy 1.1 cuts a text. */
class TextTest {
    private static final Configuration TV = clean("pinstance tv: wan0 ==> lan0;");

    @Test
    void commentsGoToTheEndOfTheLine() {
        assertThat(
                        clean(
                                "# pinstance no: a ==> b;",
                                "pinstance tv: # up; \"here",
                                "wan0 ==> lan0; # pinstance no: a ==> b;",
                                "# last"))
                .isEqualTo(TV);
    }

    @Test
    void theLastSemicolonIsOptionalAndEmptyStatementsAreNone() {
        assertThat(clean(";; ;", "pinstance tv: wan0 ==> lan0 ", "# end")).isEqualTo(TV);
    }

    @Test
    void blanksAreFreeAndNeedNotBe() {
        assertThat(clean("pinstance\ttv:wan0==>lan0\r", "\u000b\f;")).isEqualTo(TV);
    }

    @Test
    void keywordsHaveNoCaseButNamesDo() {
        assertThat(clean("PInstance tv: wan0 ==> lan0; PROTOCOL igmpV3;")).isEqualTo(TV);
        assertThat(clean("pinstance TV: wan0 ==> lan0;")).isNotEqualTo(TV);
        assertThat(clean("pinstance tv: wan0 ==> LAN0;")).isNotEqualTo(TV);
    }

    @Test
    void aQuotedNameIsTheNameInIt() {
        assertThat(clean("pinstance \"tv\": \"wan0\" ==> \"lan0\";")).isEqualTo(TV);
    }

    @Test
    void aKeywordIsANameInQuotesOnly() {
        assertThat(clean("pinstance \"table\": \"in\" ==> \"OUT\";").instances().getFirst().name())
                .isEqualTo("table");
        assertRendered(
                read("pinstance tv: wan0 ==> Out;"),
                "test.conf:1:24: error: expected a downstream interface, found the keyword 'Out'",
                "  pinstance tv: wan0 ==> Out;",
                "                         ^~~",
                "  expected: pinstance NAME [(TABLE)]: [UPSTREAM...] ==> DOWNSTREAM...;",
                "  hint: a name that is a keyword is written in quotes: \"Out\"");
    }

    @Test
    void namesWithDashDotOrAtNeedNoQuotesIfTheyTouch() {
        assertThat(clean("pinstance tv-1: eth0.4 veth0@if2 ==> br-lan;"))
                .isEqualTo(clean("pinstance \"tv-1\": \"eth0.4\" \"veth0@if2\" ==> \"br-lan\";"));
        assertThat(clean("pinstance tv: wan0 ==> in-lan;"))
                .isEqualTo(clean("pinstance tv: wan0 ==> \"in-lan\";"));
        assertError(
                read("pinstance tv: wan0 ==> br -lan;"),
                "1:27",
                "-",
                "expected a downstream interface, found '-'");
    }

    @Test
    void aHashCutsAQuotedNameAsInTheOriginal() {
        // Everything from '#' on is gone before the quote is looked at.
        Reading reading = read("pinstance tv: wan0 ==> \"lan0#1\"");
        assertThat(
                        warned(
                                reading,
                                "test.conf:1:24: warning: the quote is not closed: the name ends"
                                        + " with the statement"))
                .isEqualTo(TV);
    }

    @Test
    void aHashInAQuoteSwallowsTheSemicolonToo() {
        assertRendered(
                read("pinstance tv: wan0 ==> \"lan#1\";", "disable;"),
                "test.conf:1:24: error: a name cannot go on in the next line or hold control"
                        + " characters",
                "  pinstance tv: wan0 ==> \"lan#1\";",
                "                         ^~~~~~~~",
                "  hint: is the closing '\"' missing, or behind a '#' or a ';'?");
    }

    @Test
    void aSemicolonCutsAQuotedNameAsInTheOriginal() {
        assertHeadlines(
                read("pinstance tv: wan0 ==> \"lan0;\";"),
                "test.conf:1:24: warning: the quote is not closed: the name ends with the"
                        + " statement",
                "test.conf:1:30: warning: the quote is not closed: the name ends with the"
                        + " statement",
                "test.conf:1:30: error: expected a statement, found \"\"");
    }

    @Test
    void anOpenQuoteRunsToTheEndOfTheStatementWithoutItsBlanks() {
        assertThat(
                        warned(
                                read("pinstance tv: wan0 ==> \"lan0 ;"),
                                "test.conf:1:24: warning: the quote is not closed: the name ends"
                                        + " with the statement"))
                .isEqualTo(TV);
    }

    @Test
    void aLoneEqualsSignEndsTheStatementAsInTheOriginalButIsTold() {
        assertThat(
                        warned(
                                read(
                                        "pinstance tv: wan0 ==> lan0 = lan1 \u00a7 ( ; protocol IGMPv3;"),
                                "test.conf:1:29: warning: the statement ends at this '=', what"
                                        + " follows is not read"))
                .isEqualTo(TV);
        assertError(
                read("pinstance tv: wan0 => lan0;"),
                "1:20",
                "=",
                "expected an upstream interface or '==>', found '='");
    }

    @Test
    void otherCharactersAreErrorsWithTheirPlaceInCodePoints() {
        assertRendered(
                read("# \ud83d\ude00", "/* \ud83d\ude00 */ pinstance tv: wan0 ==> l\u00e4\u00f6n;"),
                "test.conf:2:4: error: the character '\ud83d\ude00' is not known here",
                "  /* \ud83d\ude00 */ pinstance tv: wan0 ==> l\u00e4\u00f6n;",
                "     ^",
                "  hint: a name with other characters than letters, digits and '_' is written in"
                        + " quotes",
                "test.conf:2:33: error: the character '\u00e4' is not known here",
                "  /* \ud83d\ude00 */ pinstance tv: wan0 ==> l\u00e4\u00f6n;",
                "                                  ^~",
                "  hint: a name with other characters than letters, digits and '_' is written in"
                        + " quotes");
    }

    @Test
    void theByteOrderMarkIsNamed() {
        assertHeadlines(
                read("\ufeffpinstance tv: wan0 ==> lan0;"),
                "test.conf:1:1: error: the character U+FEFF is not known here");
    }

    @Test
    void allProblemsOfATextAreToldAtOnce() {
        assertHeadlines(
                read(
                        "protcol IGMPv3;",
                        "pinstance tv wan0 ==> lan0;",
                        "pinstance tv set robustness 9;",
                        "pinstance radio: wan1 ==> ;",
                        "pinstance radio set robustness 3;",
                        "pinstance game: wan2 ==> lan2; pinstance game set speed 3;"),
                "test.conf:1:1: error: expected a statement, found 'protcol'",
                "test.conf:2:14: error: expected ':', 'upstream', 'downstream' or 'set', found"
                        + " 'wan0'",
                "test.conf:3:29: error: robustness takes a number from 1 to 7, found '9'",
                "test.conf:4:26: error: expected a downstream interface, found the end of the"
                        + " statement",
                "test.conf:6:51: error: there is no setting 'speed'");
    }

    @Test
    void aMisspeltStatementIsGuessed() {
        assertRendered(
                read("pinstnace tv: wan0 ==> lan0;"),
                "test.conf:1:1: error: expected a statement, found 'pinstnace'",
                "  pinstnace tv: wan0 ==> lan0;",
                "  ^~~~~~~~~",
                "  expected: protocol, pinstance, table, set or disable",
                "  hint: did you mean 'pinstance'?");
    }

    @Test
    void aForgottenSemicolonIsGuessed() {
        assertRendered(
                read("protocol IGMPv3", "pinstance tv: wan0 ==> lan0;"),
                "test.conf:2:1: error: expected ',' or the end of the statement, found"
                        + " 'pinstance'",
                "  pinstance tv: wan0 ==> lan0;",
                "  ^~~~~~~~~",
                "  expected: protocol IGMPv1|IGMPv2|IGMPv3|MLDv1|MLDv2 [, ...];",
                "  hint: is a ';' missing at the end of the statement before?");
        assertRendered(
                read("pinstance tv: wan0 ==> lan0", "pinstance radio: wan1 ==> lan1;"),
                "test.conf:2:1: error: expected a downstream interface, found the keyword"
                        + " 'pinstance'",
                "  pinstance radio: wan1 ==> lan1;",
                "  ^~~~~~~~~",
                "  expected: pinstance NAME [(TABLE)]: [UPSTREAM...] ==> DOWNSTREAM...;",
                "  hint: is a ';' missing at the end of the statement before?");
    }

    @Test
    void aTextWithoutAnInstanceHasNothingToDo() {
        assertRendered(
                read("protocol IGMPv3;", "# later"),
                "test.conf:2:8: error: there is no instance, so there is nothing to do",
                "  # later",
                "         ^",
                "  expected: pinstance NAME [(TABLE)]: [UPSTREAM...] ==> DOWNSTREAM...;");
        assertHeadlines(
                read(""), "test.conf:1:1: error: there is no instance, so there is nothing to do");
    }
}
