package mcproxy.config;

import io.avaje.json.JsonWriter;

import mcproxy.core.Filter;
import mcproxy.core.PolicySettings.InterfaceFilter;
import mcproxy.core.Rule;
import mcproxy.core.RuleMatching;
import mcproxy.core.Table;
import mcproxy.wire.Protocol;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;

/** What {@code mcproxy config show} prints: a configuration with all that it does not say. */
public final class ConfigShow {
    private final Configuration configuration;

    /** Shows a configuration. */
    public ConfigShow(Configuration configuration) {
        this.configuration = configuration;
    }

    /**
     * In the language itself: what was set as statements, and every default as a comment with where
     * it comes from. Reading it gives the same configuration again.
     */
    public String text() {
        StringBuilder text = new StringBuilder(ConfigurationWriter.write(configuration));
        text.append("\n# Of each key that is not set above, what holds instead:\n");
        for (SettingKey key : SettingKey.values()) {
            if (configuration.settings().value(key).isEmpty()) {
                String holds =
                        switch (key.fallback()) {
                            case SettingDefault.Fixed(SettingValue value) ->
                                    "set " + key + " " + value + ";";
                            case SettingDefault.Derived(String rule) -> key + " is " + rule;
                        };
                text.append("# ").append(holds).append("  (").append(key.source()).append(")\n");
            }
        }
        SortedMap<String, Integer> tables = configuration.tables();
        for (InstanceConfig instance : configuration.instances()) {
            text.append("\n# Instance ").append(instance.name()).append(":\n");
            if (instance.table().isEmpty()) {
                text.append("# kernel table ")
                        .append(tables.get(instance.name()))
                        .append(
                                configuration.instances().size() == 1
                                        ? ", which is the default one\n"
                                        : " or, if somebody else uses it, the next that is"
                                                + " free; an instance that runs keeps its own\n");
            }
            if (instance.policy().in().isEmpty()) {
                text.append("# upstream * in ")
                        .append(ConfigurationWriter.matching(in(instance)))
                        .append(instance.isPeering() ? "  (RFC 7287 5.4)\n" : "\n");
            }
            if (instance.policy().out().isEmpty()) {
                text.append("# upstream * out rulematching all\n");
            }
        }
        return text.toString();
    }

    private static RuleMatching in(InstanceConfig instance) {
        return instance.policy()
                .in()
                .orElse(
                        instance.isPeering()
                                ? new RuleMatching.Mutex(RuleMatching.Mutex.DEFAULT_SILENCE)
                                : RuleMatching.FIRST);
    }

    /**
     * As one JSON object: for each interface every setting with its value and where that comes
     * from, which is {@code interface}, {@code instance}, {@code daemon} or {@code default}.
     */
    public String json() {
        return Json.object(to -> {
            to.name("disabled");
            to.value(configuration.disabled());
            protocols(configuration.protocols(), to);
            Json.list(to, "tables", configuration.ruleTables(), table -> table(table, to));
            Json.list(
                    to, "instances", configuration.instances(), instance -> instance(instance, to));
        });
    }

    private static void protocols(List<Protocol> protocols, JsonWriter to) {
        Json.list(to, "protocols", protocols, protocol -> to.value(protocol.toString()));
    }

    private void instance(InstanceConfig instance, JsonWriter to) {
        to.beginObject();
        Json.text(to, "name", instance.name());
        Json.number(to, "table", configuration.tables().getOrDefault(instance.name(), 0));
        to.name("table-given");
        to.value(instance.table().isPresent());
        protocols(configuration.protocols(instance), to);
        matching("in", in(instance), to);
        matching("out", instance.policy().out().orElse(RuleMatching.ALL), to);
        settings(Scope.INSTANCE, instance, Optional.empty(), to);
        for (Side side : Side.values()) {
            Json.list(
                    to,
                    side + "s",
                    instance.side(side),
                    on -> {
                        to.beginObject();
                        Json.text(to, "name", on.name());
                        settings(
                                side == Side.UPSTREAM ? Scope.UPSTREAM : Scope.DOWNSTREAM,
                                instance,
                                Optional.of(on),
                                to);
                        to.endObject();
                    });
        }
        Json.list(to, "filters", instance.policy().filters(), filter -> filter(filter, to));
        to.endObject();
    }

    private static void matching(String name, RuleMatching matching, JsonWriter to) {
        to.name(name);
        to.beginObject();
        switch (matching) {
            case RuleMatching.All _ -> Json.text(to, "rulematching", "all");
            case RuleMatching.First _ -> Json.text(to, "rulematching", "first");
            case RuleMatching.Mutex(Duration silence) -> {
                Json.text(to, "rulematching", "mutex");
                Json.number(to, "milliseconds", (int) silence.toMillis());
            }
        }
        to.endObject();
    }

    private void settings(
            Scope scope, InstanceConfig instance, Optional<InterfaceConfig> on, JsonWriter to) {
        to.name("settings");
        to.beginObject();
        for (SettingKey key : SettingKey.values()) {
            if (!key.fits(scope)) {
                continue;
            }
            to.name(key.toString());
            to.beginObject();
            Optional<SettingValue> own = on.flatMap(one -> one.settings().value(key));
            Optional<SettingValue> instances = instance.settings().value(key);
            Optional<SettingValue> daemons = configuration.settings().value(key);
            if (own.isPresent()) {
                setting(own.get(), "interface", to);
            } else if (instances.isPresent()) {
                setting(instances.get(), "instance", to);
            } else if (daemons.isPresent()) {
                setting(daemons.get(), "daemon", to);
            } else {
                switch (key.fallback()) {
                    case SettingDefault.Fixed(SettingValue value) -> setting(value, "default", to);
                    case SettingDefault.Derived(String rule) -> {
                        Json.text(to, "rule", rule);
                        Json.text(to, "from", "default");
                    }
                }
                Json.text(to, "standard", key.source());
            }
            to.endObject();
        }
        to.endObject();
    }

    private static void setting(SettingValue value, String from, JsonWriter to) {
        Json.text(to, "value", value.toString());
        Json.text(to, "from", from);
    }

    private static void filter(InterfaceFilter filter, JsonWriter to) {
        to.beginObject();
        Json.text(to, "side", Side.of(filter.role()).toString());
        Json.text(to, "interface", filter.on().text());
        Json.text(to, "direction", lower(filter.direction()));
        Json.text(to, "kind", lower(filter.filter().kind()));
        to.name("table");
        used(filter.filter(), to);
        to.endObject();
    }

    private static void used(Filter filter, JsonWriter to) {
        if (filter.table().name().isPresent()) {
            to.value(filter.table().name().get());
        } else {
            table(filter.table(), to);
        }
    }

    private static void table(Table table, JsonWriter to) {
        to.beginObject();
        table.name().ifPresent(name -> Json.text(to, "name", name));
        Json.list(to, "rules", table.rules(), rule -> rule(rule, to));
        to.endObject();
    }

    private static void rule(Rule rule, JsonWriter to) {
        switch (rule) {
            case Rule.Match match -> {
                to.beginObject();
                match.input().ifPresent(input -> Json.text(to, "input", input.text()));
                Json.text(to, "group", match.group().toString());
                Json.text(to, "source", match.source().toString());
                to.endObject();
            }
            case Rule.Nested(Table inner) -> {
                to.beginObject();
                if (inner.name().isPresent()) {
                    Json.text(to, "table", inner.name().get());
                } else {
                    to.name("table");
                    table(inner, to);
                }
                to.endObject();
            }
        }
    }

    private static String lower(Enum<?> word) {
        return word.toString().toLowerCase(Locale.ROOT);
    }
}
