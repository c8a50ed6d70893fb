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

    private static String example(SettingKey key) {
        return "set " + key + " " + key.kind().example() + ";";
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
