package mcproxy.config;

import mcproxy.core.InterfacePattern;
import mcproxy.core.PolicySettings.InterfaceFilter;
import mcproxy.core.Rule;
import mcproxy.core.RuleMatching;
import mcproxy.core.Table;
import mcproxy.wire.Protocol;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Writes a configuration in its own language. Reading what was written gives an equal configuration
 * again, if its settings fit together as the reader asks.
 */
public final class ConfigurationWriter {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_]+");

    private final StringBuilder text = new StringBuilder();

    private ConfigurationWriter() {}

    /** The text; one statement in a line, each with its ';' and line feed. */
    public static String write(Configuration configuration) {
        ConfigurationWriter writer = new ConfigurationWriter();
        writer.configuration(configuration);
        return writer.text.toString();
    }

    /** A name as the language writes it: in quotes unless mcproxy 1.1 can read it without. */
    public static String name(String name) {
        boolean plain = PLAIN.matcher(name).matches() && Keyword.of(name).isEmpty();
        return plain ? name : "\"" + name + "\"";
    }

    private void configuration(Configuration configuration) {
        statement(
                "protocol "
                        + configuration.protocols().stream()
                                .map(Protocol::toString)
                                .collect(Collectors.joining(", ")));
        settings("", configuration.settings());
        configuration.ruleTables().forEach(this::table);
        configuration.instances().forEach(this::instance);
        if (configuration.disabled()) {
            statement("disable"); // last, as nothing behind it is read
        }
    }

    private void instance(InstanceConfig instance) {
        String subject = "pinstance " + name(instance.name());
        statement(
                subject
                        + instance.table().map(table -> "(" + table + ")").orElse("")
                        + ":"
                        + names(instance.upstreams())
                        + " ==>"
                        + names(instance.downstreams()));
        if (!instance.protocols().isEmpty()) {
            statement(
                    subject
                            + " protocol "
                            + instance.protocols().stream()
                                    .map(Protocol::toString)
                                    .collect(Collectors.joining(", ")));
        }
        settings(subject + " ", instance.settings());
        for (Side side : Side.values()) {
            for (InterfaceConfig on : instance.side(side)) {
                settings(subject + " " + side + " " + name(on.name()) + " ", on.settings());
            }
        }
        policy(subject, instance.policy());
    }

    private void policy(String subject, PolicyConfig policy) {
        policy.in().ifPresent(in -> statement(subject + " upstream * in " + matching(in)));
        policy.out().ifPresent(out -> statement(subject + " upstream * out " + matching(out)));
        for (InterfaceFilter filter : policy.filters()) {
            statement(
                    subject
                            + " "
                            + place(filter)
                            + " "
                            + filter.filter().kind().toString().toLowerCase(Locale.ROOT)
                            + " "
                            + used(filter.filter().table()));
        }
    }

    /** For instance {@code upstream wan0 in}. */
    static String place(InterfaceFilter filter) {
        String on = filter.on().equals(InterfacePattern.ANY) ? "*" : name(filter.on().text());
        return Side.of(filter.role())
                + " "
                + on
                + " "
                + filter.direction().toString().toLowerCase(Locale.ROOT);
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

    private void table(Table table) {
        text.append("table ").append(name(table.name().orElse(""))).append(" {\n");
        for (Rule rule : table.rules()) {
            text.append("    ").append(rule(rule)).append('\n');
        }
        text.append("};\n");
    }

    /** A table where it is used: its name, or its rules if it has none. */
    private static String used(Table table) {
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

    private static String names(List<InterfaceConfig> interfaces) {
        return interfaces.stream().map(on -> " " + name(on.name())).collect(Collectors.joining());
    }

    private void settings(String subject, Settings settings) {
        settings.values().forEach((key, value) -> statement(subject + "set " + key + " " + value));
    }

    private void statement(String statement) {
        text.append(statement).append(";\n");
    }
}
