package mcproxy.config;

import static mcproxy.config.Texts.assertError;
import static mcproxy.config.Texts.assertHeadlines;
import static mcproxy.config.Texts.read;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.config.Statement.Direction;
import mcproxy.config.Statement.Matching;
import mcproxy.config.Statement.Part;
import mcproxy.config.Statement.Rule;
import mcproxy.config.Statement.Table;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Optional;

/** Tables, filters and rule matching: read whole, and refused by name as they do not act yet. */
class PolicyTest {
    private static final String TV = "pinstance tv: wan0 wan1 ==> lan0;";

    private static Statement parse(String text) {
        Problems problems = new Problems("test.conf");
        List<Statement> statements = Parser.file(new SourceText("test.conf", text), problems);
        assertThat(problems.inOrder()).isEmpty();
        assertThat(statements).hasSize(1);
        return statements.getFirst();
    }

    private static Table.Rules table(String text) {
        if (parse(text) instanceof Statement.TableStatement(Span _, Table.Rules rules)) {
            return rules;
        }
        throw new AssertionError("no table: " + text);
    }

    /** A rule in a form that a test can spell. */
    private static String words(Rule rule) {
        return switch (rule) {
            case Rule.Nested(Span _, Optional<Name> input, Table.Reference(Span _, Name name)) ->
                    input.map(Name::text).orElse("") + "@" + name.text();
            case Rule.Nested(Span _, Optional<Name> input, Table.Rules inner) ->
                    input.map(Name::text).orElse("")
                            + inner.rules().stream().map(PolicyTest::words).toList();
            case Rule.Match(Span _, Optional<Name> input, Part group, Part source) ->
                    input.map(Name::text).orElse("") + words(group) + "," + words(source);
        };
    }

    private static String words(Part part) {
        return switch (part) {
            case Part.Single single -> single.address().text().orElse("any");
            case Part.Prefix prefix ->
                    prefix.address().text().orElse("any") + "/" + prefix.length().digits();
            case Part.Range range ->
                    range.from().text().orElse("any") + ".." + range.to().text().orElse("any");
        };
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "(*|*); any,any",
                "(239.0.0.0/8 | 10.0.0.1); 239.0.0.0/8,10.0.0.1",
                "(239 . 0 . 0 . 0 - 239.0.0.9|*); 239.0.0.0..239.0.0.9,any",
                "(239.0.0.0-239.0.0.9|*/8); 239.0.0.0..239.0.0.9,any/8",
                "(* - 239.0.0.9|*); any..239.0.0.9,any",
                "(ff05::1 | fe80: :1); ff05::1,fe80::1",
                "(::/0 | ::); ::/0,::",
                "(\"239.1.1.1\"|*); 239.1.1.1,any",
                "wan0(*|0.0.0.0); wan0any,0.0.0.0",
                "br-lan(*|*); br-lanany,any",
                "(table other); @other",
                "wan0 (table {(*|*) (table a)}); wan0[any,any, @a]",
            })
    void rulesAreRead(String rule, String words) {
        assertThat(table("table t {" + rule + "}").rules().stream().map(PolicyTest::words))
                .containsExactly(words);
    }

    @Test
    void tablesMayBeEmptyOrNameless() {
        assertThat(table("table t {}").rules()).isEmpty();
        assertThat(table("table {(*|*)}").name()).isEmpty();
        assertThat(table("table t {(*|*) (*|*)\n(table{})}").rules()).hasSize(3);
        assertThat(parse("table t"))
                .isInstanceOfSatisfying(
                        Statement.TableStatement.class,
                        t -> assertThat(t.table()).isInstanceOf(Table.Reference.class));
    }

    @Test
    void filtersAreRead() {
        assertThat(parse("pinstance tv upstream wan0 in whitelist table iptv"))
                .isInstanceOfSatisfying(
                        Statement.Filter.class,
                        filter -> {
                            assertThat(filter.instance().text()).isEqualTo("tv");
                            assertThat(filter.on().side()).isEqualTo(Side.UPSTREAM);
                            assertThat(filter.on().name().map(Name::text)).contains("wan0");
                            assertThat(filter.direction()).isEqualTo(Direction.IN);
                            assertThat(filter.whitelist()).isTrue();
                            assertThat(filter.table()).isInstanceOf(Table.Reference.class);
                        });
        assertThat(parse("PINSTANCE tv Downstream set OUT blacklist TABLE {(*|*)}"))
                .isInstanceOfSatisfying(
                        Statement.Filter.class,
                        filter -> {
                            assertThat(filter.on().side()).isEqualTo(Side.DOWNSTREAM);
                            assertThat(filter.on().name().map(Name::text)).contains("set");
                            assertThat(filter.direction()).isEqualTo(Direction.OUT);
                            assertThat(filter.whitelist()).isFalse();
                            assertThat(filter.table()).isInstanceOf(Table.Rules.class);
                        });
    }

    @Test
    void ruleMatchingIsRead() {
        assertThat(parse("pinstance tv upstream * in rulematching mutex 10"))
                .isInstanceOfSatisfying(
                        Statement.RuleMatching.class,
                        matching -> {
                            assertThat(matching.on().name()).isEmpty();
                            assertThat(matching.matching())
                                    .isInstanceOfSatisfying(
                                            Matching.Mutex.class,
                                            mutex ->
                                                    assertThat(mutex.milliseconds().digits())
                                                            .isEqualTo("10"));
                        });
        assertThat(parse("pinstance tv upstream wan0 out rulematching ALL"))
                .isInstanceOfSatisfying(
                        Statement.RuleMatching.class,
                        m -> assertThat(m.matching()).isEqualTo(new Matching.All()));
        assertThat(parse("pinstance tv downstream lan0 in rulematching first"))
                .isInstanceOfSatisfying(
                        Statement.RuleMatching.class,
                        m -> assertThat(m.matching()).isEqualTo(new Matching.First()));
    }

    @Test
    void noneOfThemIsSwallowed() {
        assertHeadlines(
                read(
                        "table iptv {(239.0.0.0/8 | *)};",
                        TV,
                        "pinstance tv upstream wan0 in whitelist table iptv;",
                        "pinstance tv downstream lan0 out blacklist table {};",
                        "pinstance tv upstream * in rulematching first;"),
                "test.conf:1:1: error: tables are not carried out yet",
                "test.conf:3:1: error: whitelists are not carried out yet",
                "test.conf:4:1: error: blacklists are not carried out yet",
                "test.conf:5:1: error: rulematching is not carried out yet");
    }

    @Test
    void aBindingNeedsItsInstance() {
        assertError(
                read(
                        "pinstance tw upstream wan0 in whitelist table iptv;",
                        "pinstance tv: a ==> b;"),
                "1:11",
                "tw",
                "there is no instance 'tw'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "table t {(239.0.0.256|*)}; 1:11; 239.0.0.256; '239.0.0.256' is not an IPv4 or IPv6"
                        + " address",
                "table t {(*)}; 1:12; ); expected '|', found ')'",
                "table t {(*|*}; 1:14; }; expected ')', found '}'",
                "table t {(*|*); 1:15; ``; expected a rule or '}', found the end of the statement",
                "table t {(*|1.2.3.4/x)}; 1:21; x; expected the length of a prefix, found 'x'",
                "table t {(|*)}; 1:11; |; expected an address or '*', found '|'",
                "table t {} x; 1:12; x; expected the end of the statement, found 'x'",
                "table; 1:6; ``; expected the name of a table or '{', found the end of the statement",
                "pinstance tv upstream wan0 whitelist; 1:28; whitelist; expected 'in', 'out' or"
                        + " 'set', found 'whitelist'",
                "pinstance tv upstream wan0 in table; 1:31; table; expected 'whitelist',"
                        + " 'blacklist' or 'rulematching', found 'table'",
                "pinstance tv upstream wan0 in whitelist iptv; 1:41; iptv; expected 'table', found"
                        + " 'iptv'",
                "pinstance tv upstream wan0 in rulematching mutex; 1:49; ``; expected a number of"
                        + " milliseconds, found the end of the statement",
                "pinstance tv upstream wan0 in rulematching mutex 10ms; 1:50; 10ms; expected a"
                        + " number of milliseconds, found '10ms'",
                "pinstance tv upstream wan0 in rulematching any; 1:44; any; expected 'all', 'first'"
                        + " or 'mutex', found 'any'",
            })
    void mistakesHaveTheirPlace(String text, String place, String marked, String message) {
        assertError(read(text), place, marked, message);
    }

    @ParameterizedTest
    @ValueSource(ints = {Parser.MAX_NESTING + 1, 100_000})
    void nestingHasALimit(int depth) {
        Reading reading =
                read("table {" + "(table {".repeat(depth - 1) + "})".repeat(depth - 1) + "}");
        assertThat(reading.problems()).hasSize(1);
        assertThat(reading.problems().getFirst().message())
                .isEqualTo("tables nest at most 32 deep");
        parse(
                "table {"
                        + "(table {".repeat(Parser.MAX_NESTING - 1)
                        + "})".repeat(Parser.MAX_NESTING - 1)
                        + "}");
    }
}
