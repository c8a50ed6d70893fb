package mcproxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Does the documented grammar speak of the parser that is there? */
class GrammarTest {
    private static final Pattern RULE = Pattern.compile("(?m)^ \\* ([a-z]+) +=");
    private static final Pattern KEYWORDS =
            Pattern.compile("The keywords are ([^.]*)\\.", Pattern.DOTALL);

    private static String document = "";

    @BeforeAll
    static void read() throws IOException {
        document = Files.readString(Path.of("src/main/java/mcproxy/config/package-info.java"));
    }

    @Test
    void eachRuleIsAMethodOfTheParser() {
        Set<String> rules = new TreeSet<>();
        Matcher matcher = RULE.matcher(document);
        while (matcher.find()) {
            rules.add(matcher.group(1));
        }
        Set<String> methods =
                Arrays.stream(Parser.class.getDeclaredMethods())
                        .map(Method::getName)
                        .collect(Collectors.toSet());
        assertThat(rules).hasSizeGreaterThan(10).allMatch(methods::contains);
    }

    @Test
    void theKeywordsAreTheDocumentedOnes() {
        Matcher matcher = KEYWORDS.matcher(document);
        assertThat(matcher.find()).isTrue();
        Set<String> documented =
                Arrays.stream(Pattern.compile("[\\s*,]+").split(matcher.group(1)))
                        .filter(word -> !word.equals("and"))
                        .collect(Collectors.toSet());
        assertThat(documented)
                .isEqualTo(
                        Arrays.stream(Keyword.values())
                                .map(Keyword::text)
                                .collect(Collectors.toSet()));
    }
}
