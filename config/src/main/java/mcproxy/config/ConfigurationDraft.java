package mcproxy.config;

import mcproxy.core.Filter;
import mcproxy.core.InterfacePattern;
import mcproxy.core.PolicySettings.InterfaceFilter;
import mcproxy.core.Rule;
import mcproxy.core.Table;
import mcproxy.wire.Protocol;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A configuration in pieces of its own language, to be changed and written. Whether the pieces make
 * sense is seen only when what is written is read.
 */
final class ConfigurationDraft {
    /** The settings of one scope: the entries of each key, of which only lists have several. */
    static final class SettingsDraft {
        private final Map<String, List<String>> values = new LinkedHashMap<>();

        private SettingsDraft() {}

        private SettingsDraft(Settings settings) {
            settings.values().forEach((key, value) -> values.put(key.toString(), entries(value)));
        }

        /** The keys with their entries; to be changed. */
        Map<String, List<String>> values() {
            return values;
        }

        private void write(String subject, StringBuilder text) {
            values.forEach((key, entries) ->
                    statement(
                            subject
                                    + "set "
                                    + key
                                    + " "
                                    + (entries.isEmpty() ? "none" : String.join(", ", entries)),
                            text));
        }
    }

    /** Names a filter. */
    record FilterPlace(Side side, String on, Filter.Direction direction) {}

    /** An instance. */
    static final class InstanceDraft {
        private final String name;
        private final Optional<String> table;
        private final Map<Side, List<String>> sides = new EnumMap<>(Side.class);
        private final Map<Side, Map<String, SettingsDraft>> linkSettings =
                new EnumMap<>(Side.class);
        private final SettingsDraft settings;

        /** Empty where that of the file holds. */
        Optional<String> protocols = Optional.empty();

        /** What follows the word {@code rulematching}. */
        final Map<Filter.Direction, String> matchings = new EnumMap<>(Filter.Direction.class);

        /** For instance {@code whitelist table tv}. */
        final Map<FilterPlace, String> filters = new LinkedHashMap<>();

        InstanceDraft(String name, Optional<String> table) {
            this(name, table, new SettingsDraft());
        }

        private InstanceDraft(String name, Optional<String> table, SettingsDraft settings) {
            this.name = name;
            this.table = table;
            this.settings = settings;
            for (Side side : Side.values()) {
                sides.put(side, new ArrayList<>());
                linkSettings.put(side, new LinkedHashMap<>());
            }
        }

        private static InstanceDraft of(InstanceConfig instance) {
            InstanceDraft draft =
                    new InstanceDraft(
                            instance.name(),
                            instance.table().map(String::valueOf),
                            new SettingsDraft(instance.settings()));
            for (Side side : Side.values()) {
                for (InterfaceConfig on : instance.side(side)) {
                    draft.links(side).add(on.name());
                    draft.linkSettings(side).put(on.name(), new SettingsDraft(on.settings()));
                }
            }
            if (!instance.protocols().isEmpty()) {
                draft.protocols = Optional.of(joined(instance.protocols()));
            }
            PolicyConfig policy = instance.policy();
            policy.in()
                    .ifPresent(in ->
                            draft.matchings.put(
                                    Filter.Direction.IN, ConfigurationWriter.matching(in)));
            policy.out()
                    .ifPresent(out ->
                            draft.matchings.put(
                                    Filter.Direction.OUT, ConfigurationWriter.matching(out)));
            for (InterfaceFilter filter : policy.filters()) {
                draft.filters.put(
                        new FilterPlace(
                                Side.of(filter.role()),
                                filter.on().equals(InterfacePattern.ANY) ? "*" : filter.on().text(),
                                filter.direction()),
                        filter.filter().kind().toString().toLowerCase(Locale.ROOT)
                                + " "
                                + ConfigurationWriter.used(filter.filter().table()));
            }
            return draft;
        }

        String name() {
            return name;
        }

        /** The interfaces of a side in their order; to be changed. */
        List<String> links(Side side) {
            return sides.getOrDefault(side, List.of());
        }

        SettingsDraft settings() {
            return settings;
        }

        /** The settings of an interface. */
        SettingsDraft settings(Side side, String link) {
            return linkSettings(side).computeIfAbsent(link, _ -> new SettingsDraft());
        }

        private Map<String, SettingsDraft> linkSettings(Side side) {
            return linkSettings.getOrDefault(side, Map.of());
        }

        /** Takes an interface out, with everything that was said about it. */
        void removeLink(Side side, String link) {
            links(side).remove(link);
            linkSettings(side).remove(link);
            filters.keySet()
                    .removeIf(place ->
                            place.side() == side
                                    && links(side).stream().noneMatch(left -> hits(place, left)));
        }

        private static boolean hits(FilterPlace place, String link) {
            return place.on().equals("*") || new InterfacePattern(link).matches(place.on());
        }

        private void write(StringBuilder text) {
            String subject = "pinstance " + ConfigurationWriter.name(name);
            statement(
                    subject
                            + table.map(number -> "(" + number + ")").orElse("")
                            + ":"
                            + names(links(Side.UPSTREAM))
                            + " ==>"
                            + names(links(Side.DOWNSTREAM)),
                    text);
            protocols.ifPresent(list -> statement(subject + " protocol " + list, text));
            settings.write(subject + " ", text);
            for (Side side : Side.values()) {
                for (String link : links(side)) {
                    settings(side, link)
                            .write(
                                    subject
                                            + " "
                                            + side
                                            + " "
                                            + ConfigurationWriter.name(link)
                                            + " ",
                                    text);
                }
            }
            matchings.forEach((direction, matching) ->
                    statement(subject + " upstream * " + lower(direction) + " " + matching, text));
            filters.forEach((place, filter) ->
                    statement(
                            subject
                                    + " "
                                    + place.side()
                                    + " "
                                    + ConfigurationWriter.on(place.on())
                                    + " "
                                    + lower(place.direction())
                                    + " "
                                    + filter,
                            text));
        }

        private static String names(List<String> links) {
            return links.stream()
                    .map(link -> " " + ConfigurationWriter.name(link))
                    .collect(Collectors.joining());
        }
    }

    /** For instance {@code IGMPv3, MLDv2}. */
    String protocols;

    /** Does the text say that the daemon shall not run? */
    private final boolean disabled;

    private final SettingsDraft settings;

    /** The rules of each table that has a name, each after those that it names. */
    final Map<String, List<String>> tables = new LinkedHashMap<>();

    /** The instances by name, in their order. */
    final Map<String, InstanceDraft> instances = new LinkedHashMap<>();

    private ConfigurationDraft(Configuration configuration) {
        protocols = joined(configuration.protocols());
        disabled = configuration.disabled();
        settings = new SettingsDraft(configuration.settings());
        for (Table table : configuration.ruleTables()) {
            List<String> rules = new ArrayList<>();
            for (Rule rule : table.rules()) {
                rules.add(ConfigurationWriter.rule(rule));
            }
            tables.put(table.name().orElse(""), rules);
        }
        configuration
                .instances()
                .forEach(instance -> instances.put(instance.name(), InstanceDraft.of(instance)));
    }

    static ConfigurationDraft of(Configuration configuration) {
        return new ConfigurationDraft(configuration);
    }

    /** The settings of the daemon. */
    SettingsDraft settings() {
        return settings;
    }

    /** The entries of a value, of which only lists have several, or none. */
    static List<String> entries(SettingValue value) {
        List<?> entries =
                switch (value) {
                    case SettingValue.Groups(var groups) -> groups;
                    case SettingValue.Channels(var channels) -> channels;
                    case SettingValue.SourceMap(var mappings) -> mappings;
                    case SettingValue.Count _,
                            SettingValue.Interval _,
                            SettingValue.Switch _,
                            SettingValue.Choice _,
                            SettingValue.Versions _,
                            SettingValue.Addresses _ ->
                            List.of(value);
                };
        return new ArrayList<>(entries.stream().map(Object::toString).toList());
    }

    /** The whole in the language; one statement in a line. */
    String text() {
        StringBuilder text = new StringBuilder();
        statement("protocol " + protocols, text);
        settings.write("", text);
        tables.forEach((name, rules) -> {
            text.append("table ").append(ConfigurationWriter.name(name)).append(" {\n");
            rules.forEach(rule -> text.append("    ").append(rule).append('\n'));
            text.append("};\n");
        });
        instances.values().forEach(instance -> instance.write(text));
        if (disabled) {
            statement("disable", text); // last, as nothing behind it is read
        }
        return text.toString();
    }

    private static String joined(Collection<Protocol> protocols) {
        return protocols.stream().map(Protocol::toString).collect(Collectors.joining(", "));
    }

    private static String lower(Filter.Direction direction) {
        return direction.toString().toLowerCase(Locale.ROOT);
    }

    private static void statement(String statement, StringBuilder text) {
        text.append(statement).append(";\n");
    }
}
