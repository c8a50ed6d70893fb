package mcproxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Does docs/configuration.md speak of the language that is there? */
class DocumentTest {
    private static final Path DOCUMENT = Path.of("../docs/configuration.md");
    private static final Pattern EXAMPLE = Pattern.compile("(?ms)^```mcproxy\n(.*?)^```$");
    private static final Pattern GRAMMAR =
            Pattern.compile("(?ms)snippet lang=\"text\" :\n(.*?)^ \\* }$");
    private static final Pattern GRAMMAR_SECTION =
            Pattern.compile("(?ms)(^<!-- grammar: [^\n]*\n).*?(^<!-- end of grammar -->$)");
    private static final Pattern KEYS =
            Pattern.compile("(?ms)(^<!-- keys: [^\n]*\n).*?(^<!-- end of keys -->$)");

    private static String document() throws IOException {
        return Files.readString(DOCUMENT);
    }

    /** The instance that the examples of keys speak of. */
    private static final String TV = "protocol IGMPv3, MLDv2; pinstance tv: wan0 ==> lan0; ";

    private static String example(SettingKey key) {
        String of = "";
        if (!key.fits(Scope.DAEMON)) {
            of =
                    key.fits(Scope.UPSTREAM)
                            ? "pinstance tv upstream wan0 "
                            : "pinstance tv downstream lan0 ";
        }
        return of + "set " + key + " " + key.kind().example() + ";";
    }

    private static String fallback(SettingKey key) {
        return switch (key.fallback()) {
            case SettingDefault.Fixed(SettingValue value) -> "`" + value + "`";
            case SettingDefault.Derived(String rule) -> rule;
        };
    }

    /** The table of all keys, as it has to stand in the document. */
    private static String table() {
        StringBuilder table =
                new StringBuilder(
                        """
                        | key | what it does | values | default | for | from | example |
                        | --- | --- | --- | --- | --- | --- | --- |
                        """);
        for (SettingKey key : SettingKey.values()) {
            String scopes =
                    key.scopes().stream().map(Scope::toString).collect(Collectors.joining(", "));
            table.append(
                    "| `%s` | %s | %s | %s | %s | %s | `%s` |\n"
                            .formatted(
                                    key,
                                    key.doc(),
                                    key.kind().words(),
                                    fallback(key),
                                    scopes,
                                    key.source(),
                                    example(key)));
        }
        return table.toString();
    }

    /** The grammar that the parser is held against. */
    private static String grammar() throws IOException {
        String documentation =
                Files.readString(Path.of("src/main/java/mcproxy/config/package-info.java"));
        Matcher matcher = GRAMMAR.matcher(documentation);
        assertThat(matcher.find()).isTrue();
        return "```text\n" + matcher.group(1).replaceAll("(?m)^ \\* ?", "") + "```\n";
    }

    private static void assertUpToDate(Pattern section, String text) throws IOException {
        Matcher matcher = section.matcher(document());
        assertThat(matcher.find()).isTrue();
        String upToDate = matcher.replaceFirst("$1" + Matcher.quoteReplacement(text) + "$2");
        if (Boolean.getBoolean("mcproxy.docs.write")) {
            Files.writeString(DOCUMENT, upToDate);
        }
        assertThat(document())
                .as("make it anew with -Dmcproxy.docs.write=true")
                .isEqualTo(upToDate);
    }

    @Test
    void theTableOfKeysIsTheRegistrys() throws IOException {
        assertUpToDate(KEYS, table());
    }

    @Test
    void theGrammarIsTheParsers() throws IOException {
        assertUpToDate(GRAMMAR_SECTION, grammar());
    }

    @Test
    void everyExampleIsReadWithoutAProblem() throws IOException {
        List<String> examples = new ArrayList<>();
        EXAMPLE.matcher(document()).results().forEach(found -> examples.add(found.group(1)));
        assertThat(examples).hasSizeGreaterThan(15);
        for (String example : examples) {
            assertThat(ConfigurationReader.read("example", example).render()).as(example).isEmpty();
        }
    }

    @Test
    void theExampleOfEachKeyIsReadWithoutAProblem() throws IOException {
        String document = document();
        for (SettingKey key : SettingKey.values()) {
            String example = example(key);
            assertThat(document).contains("`" + example + "`");
            assertThat(ConfigurationReader.read("example", TV + example).render())
                    .as(example)
                    .isEmpty();
        }
    }

    @Test
    void theRecipesThatPeopleNeedAreThere() throws IOException {
        String recipes = section("## Recipes");
        List<String> headings =
                Pattern.compile("(?m)^### (.*)$")
                        .matcher(recipes)
                        .results()
                        .map(found -> found.group(1))
                        .toList();
        assertThat(headings)
                .contains(
                        "IPTV with one LAN",
                        "Two WANs with a whitelist",
                        "A bridge with snooping",
                        "Containers",
                        "PMIPv6: one instance for each LMA",
                        "Peering of two proxies",
                        "An upstream without an address");
        for (String heading : headings) {
            assertThat(after(recipes, "### " + heading, "### "))
                    .as(heading)
                    .containsPattern(EXAMPLE);
        }
    }

    /** Each statement has its default or says that there is none, and an example. */
    @Test
    void everyStatementHasItsSection() throws IOException {
        for (String statement :
                List.of(
                        "protocol",
                        "pinstance",
                        "disable",
                        "table",
                        "whitelist and blacklist",
                        "rulematching",
                        "set")) {
            assertThat(section("## " + statement)).as(statement).containsPattern(EXAMPLE);
        }
    }

    private static String section(String heading) throws IOException {
        return after(document(), heading, "## ");
    }

    /** From a heading to the next of its level. */
    private static String after(String text, String heading, String next) {
        int start = text.indexOf("\n" + heading + "\n");
        assertThat(start).as(heading).isNotNegative();
        int end = text.indexOf("\n" + next, start + 1);
        return text.substring(start, end < 0 ? text.length() : end);
    }

    @Test
    void everyExampleForMobileNodesIsReadWithoutAProblem() throws IOException {
        List<String> examples = new ArrayList<>();
        EXAMPLE.matcher(Files.readString(Path.of("../docs/pmipv6.md")))
                .results()
                .forEach(found -> examples.add(found.group(1)));
        assertThat(examples).hasSizeGreaterThan(1);
        for (String example : examples) {
            assertThat(ConfigurationReader.read("example", example).render()).as(example).isEmpty();
        }
    }

    @Test
    void everyKeywordIsTold() throws IOException {
        String document = document().toLowerCase(Locale.ROOT);
        for (Keyword keyword : Keyword.values()) {
            assertThat(document).contains(keyword.text());
        }
    }
}
