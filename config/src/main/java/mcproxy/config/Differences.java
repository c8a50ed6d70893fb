package mcproxy.config;

import mcproxy.core.PolicySettings.InterfaceFilter;
import mcproxy.core.Table;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What is different between two configurations, in words. */
public final class Differences {
    private final List<String> found = new ArrayList<>();

    private Differences() {}

    /**
     * The differences, one sentence each, for instance {@code instance tv: downstream lan1 added};
     * none exactly if the two are equal.
     */
    public static List<String> between(Configuration before, Configuration after) {
        Differences differences = new Differences();
        differences.compare(before, after);
        return List.copyOf(differences.found);
    }

    private void compare(Configuration before, Configuration after) {
        change(
                "disable",
                before.disabled() ? "set" : "not set",
                after.disabled() ? "set" : "not set");
        change("protocol", written(before.protocols()), written(after.protocols()));
        settings("", before.settings(), after.settings());
        tables(before.ruleTables(), after.ruleTables());
        for (InstanceConfig instance : before.instances()) {
            Optional<InstanceConfig> now = after.instance(instance.name());
            now.ifPresentOrElse(
                    other -> compare(instance, other),
                    () -> found.add("instance " + instance.name() + " removed"));
        }
        after.instances().stream()
                .filter(instance -> before.instance(instance.name()).isEmpty())
                .forEach(instance -> found.add("instance " + instance.name() + " added"));
        order("order of instances", names(before), names(after));
    }

    private static List<String> names(Configuration configuration) {
        return configuration.instances().stream().map(InstanceConfig::name).toList();
    }

    private void compare(InstanceConfig before, InstanceConfig after) {
        String subject = "instance " + before.name() + ": ";
        change(subject + "table", table(before), table(after));
        change(subject + "protocol", protocols(before), protocols(after));
        settings(subject, before.settings(), after.settings());
        for (Side side : Side.values()) {
            compare(subject + side + " ", before.side(side), after.side(side));
            order(
                    subject + "order of " + side + "s",
                    before.side(side).stream().map(InterfaceConfig::name).toList(),
                    after.side(side).stream().map(InterfaceConfig::name).toList());
        }
        compare(subject, before.policy(), after.policy());
    }

    private static String table(InstanceConfig instance) {
        return instance.table().map(String::valueOf).orElse("chosen");
    }

    private static String protocols(InstanceConfig instance) {
        return instance.protocols().isEmpty() ? "of the file" : written(instance.protocols());
    }

    private static String written(List<?> things) {
        return things.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    private void compare(
            String subject, List<InterfaceConfig> before, List<InterfaceConfig> after) {
        Map<String, InterfaceConfig> left = new TreeMap<>();
        after.forEach(on -> left.put(on.name(), on));
        for (InterfaceConfig on : before) {
            InterfaceConfig now = left.remove(on.name());
            if (now == null) {
                found.add(subject + on.name() + " removed");
            } else {
                settings(subject + on.name() + ": ", on.settings(), now.settings());
            }
        }
        left.keySet().forEach(name -> found.add(subject + name + " added"));
    }

    private void compare(String subject, PolicyConfig before, PolicyConfig after) {
        change(
                subject + "upstream * in",
                before.in().map(ConfigurationWriter::matching).orElse("by default"),
                after.in().map(ConfigurationWriter::matching).orElse("by default"));
        change(
                subject + "upstream * out",
                before.out().map(ConfigurationWriter::matching).orElse("by default"),
                after.out().map(ConfigurationWriter::matching).orElse("by default"));
        Map<String, InterfaceFilter> filtersBefore = filters(before);
        Map<String, InterfaceFilter> filtersAfter = filters(after);
        compare(subject, "filter", filtersBefore, filtersAfter);
        order(
                subject + "order of filters",
                before.filters().stream().map(ConfigurationWriter::place).toList(),
                after.filters().stream().map(ConfigurationWriter::place).toList());
    }

    private static Map<String, InterfaceFilter> filters(PolicyConfig policy) {
        Map<String, InterfaceFilter> filters = new TreeMap<>();
        policy.filters().forEach(filter -> filters.put(ConfigurationWriter.place(filter), filter));
        return filters;
    }

    private void tables(List<Table> before, List<Table> after) {
        compare("", "table", byName(before), byName(after));
        order("order of tables", List.copyOf(names(before)), List.copyOf(names(after)));
    }

    private static List<String> names(List<Table> tables) {
        return tables.stream().map(table -> table.name().orElse("")).toList();
    }

    private static Map<String, Table> byName(List<Table> tables) {
        Map<String, Table> byName = new TreeMap<>();
        tables.forEach(table -> byName.put(table.name().orElse(""), table));
        return byName;
    }

    private void compare(String subject, String what, Map<String, ?> before, Map<String, ?> after) {
        TreeSet<String> names = new TreeSet<>(before.keySet());
        names.addAll(after.keySet());
        for (String name : names) {
            if (!after.containsKey(name)) {
                found.add(subject + what + " " + name + " removed");
            } else if (!before.containsKey(name)) {
                found.add(subject + what + " " + name + " added");
            } else if (!Objects.equals(before.get(name), after.get(name))) {
                found.add(subject + what + " " + name + " changed");
            }
        }
    }

    private void settings(String subject, Settings before, Settings after) {
        for (SettingKey key : SettingKey.values()) {
            change(subject + key, value(before, key), value(after, key));
        }
    }

    private static String value(Settings settings, SettingKey key) {
        return settings.value(key).map(SettingValue::toString).orElse("not set");
    }

    private void change(String what, String before, String after) {
        if (!before.equals(after)) {
            found.add(what + " " + before + " -> " + after);
        }
    }

    /** What both have stands in another order. */
    private void order(String what, List<String> before, List<String> after) {
        List<String> kept = before.stream().filter(after::contains).toList();
        List<String> keptNow = after.stream().filter(before::contains).toList();
        change(what, String.join(" ", kept), String.join(" ", keptNow));
    }
}
