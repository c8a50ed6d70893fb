package mcproxy.config;

import mcproxy.wire.Protocol;

import java.util.List;
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
        settings(subject + " ", instance.settings());
        for (Side side : Side.values()) {
            for (InterfaceConfig on : instance.side(side)) {
                settings(subject + " " + side + " " + name(on.name()) + " ", on.settings());
            }
        }
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
