package mcproxy.config;

import mcproxy.core.InterfacePattern;
import mcproxy.core.PolicySettings.InterfaceFilter;
import mcproxy.core.Rule;
import mcproxy.core.RuleMatching;
import mcproxy.core.Table;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Writes a configuration in its own language. Reading what was written gives an equal configuration
 * again, if its settings fit together as the reader asks.
 */
public final class ConfigurationWriter {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_]+");

    private ConfigurationWriter() {}

    /** The text; one statement in a line, each with its ';' and line feed. */
    public static String write(Configuration configuration) {
        return ConfigurationDraft.of(configuration).text();
    }

    /** A name as the language writes it: in quotes unless mcproxy 1.1 can read it without. */
    public static String name(String name) {
        boolean plain = PLAIN.matcher(name).matches() && Keyword.of(name).isEmpty();
        return plain ? name : "\"" + name + "\"";
    }

    /** For instance {@code upstream wan0 in}. */
    static String place(InterfaceFilter filter) {
        return Side.of(filter.role())
                + " "
                + on(filter.on().text())
                + " "
                + filter.direction().toString().toLowerCase(Locale.ROOT);
    }

    /** The interface of a filter: its name, a pattern in quotes, or {@code *}. */
    static String on(String interfaceText) {
        return interfaceText.equals(InterfacePattern.ANY.text()) ? "*" : name(interfaceText);
    }

    /** For instance {@code rulematching mutex 10}. */
    static String matching(RuleMatching matching) {
        return "rulematching "
                + switch (matching) {
                    case RuleMatching.All _ -> "all";
                    case RuleMatching.First _ -> "first";
                    case RuleMatching.Mutex(Duration silence) -> "mutex " + silence.toMillis();
                };
    }

    /** A table where it is used: its name, or its rules if it has none. */
    static String used(Table table) {
        return table.name()
                .map(name -> "table " + name(name))
                .orElseGet(() ->
                        table.rules().stream()
                                .map(ConfigurationWriter::rule)
                                .collect(Collectors.joining(" ", "table {", "}")));
    }

    /** For instance {@code wan0(239.0.0.0/8 | *)}. */
    static String rule(Rule rule) {
        return switch (rule) {
            case Rule.Nested(Table inner) -> "(" + used(inner) + ")";
            case Rule.Match match ->
                    match.input().map(input -> name(input.text())).orElse("")
                            + "("
                            + match.group()
                            + " | "
                            + match.source()
                            + ")";
        };
    }
}
