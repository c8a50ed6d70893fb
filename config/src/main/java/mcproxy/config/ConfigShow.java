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

/** What {@code mcproxy config show} prints: a configuration with all that it does not say. */
public final class ConfigShow {
    /** Where a default comes from that no RFC has. */
    private static final String ORIGINAL = "  (mcproxy 1.1)\n";

    private final Configuration configuration;

    /** Shows a configuration. */
    public ConfigShow(Configuration configuration) {
        this.configuration = configuration;
    }

    /**
     * In the language itself: what was set as statements, and every default as a comment with where
     * it comes from. Reading it gives the same configuration again, and so does reading it with its
     * comments that end a statement made statements.
     */
    public String text() {
        StringBuilder text = new StringBuilder(ConfigurationWriter.write(configuration));
        text.append("\n# What holds where nothing else is set above:\n");
        if (configuration.protocols().equals(Configuration.DEFAULT_PROTOCOLS)) {
            text.append("# without a protocol statement, IGMPv3 and no IPv6").append(ORIGINAL);
        }
        for (SettingKey key : SettingKey.values()) {
            switch (key.fallback()) {
                case SettingDefault.Fixed(SettingValue value) -> {
                    if (key.fits(Scope.DAEMON) && configuration.settings().value(key).isEmpty()) {
                        text.append(fallback("", key, value));
                    }
                }
                case SettingDefault.Derived(String rule) -> {
                    if (configuration.settings().value(key).isEmpty()) {
                        text.append("# " + key + " is " + rule + source(key));
                    }
                }
            }
        }
        configuration.instances().forEach(instance -> text.append(defaults(instance)));
        return text.toString();
    }

    /** What holds for an instance where the text is silent. */
    private String defaults(InstanceConfig instance) {
        StringBuilder text = new StringBuilder();
        String pinstance = "pinstance " + ConfigurationWriter.name(instance.name()) + " ";
        text.append("\n# Instance ").append(instance.name()).append(":\n");
        if (instance.table().isEmpty()) {
            text.append("# kernel table ")
                    .append(configuration.tables().get(instance.name()))
                    .append(
                            configuration.instances().size() == 1
                                    ? ", which is the default one\n"
                                    : " or, if somebody else uses it, the next that is"
                                            + " free; an instance that runs keeps its own\n");
        }
        String upstreams = "# " + pinstance + "upstream * ";
        if (instance.policy().in().isEmpty()) {
            text.append(upstreams + "in " + ConfigurationWriter.matching(in(instance)) + ";")
                    .append(instance.isPeering() ? "  (RFC 7287 5.4)\n" : ORIGINAL);
        }
        if (instance.policy().out().isEmpty()) {
            text.append(upstreams + "out " + ConfigurationWriter.matching(RuleMatching.ALL) + ";")
                    .append(ORIGINAL);
        }
        text.append("# without a filter everything passes").append(ORIGINAL);
        for (Side side : Side.values()) {
            for (InterfaceConfig on : instance.side(side)) {
                String where = pinstance + side + " " + ConfigurationWriter.name(on.name()) + " ";
                for (SettingKey key : SettingKey.values()) {
                    if (key.fits(scope(side))
                            && !key.fits(Scope.DAEMON)
                            && on.settings().value(key).isEmpty()
                            && key.fallback() instanceof SettingDefault.Fixed(SettingValue value)) {
                        text.append(fallback(where, key, value));
                    }
                }
            }
        }
        return text.toString();
    }

    private static String fallback(String where, SettingKey key, SettingValue value) {
        return "# " + where + "set " + key + " " + value + ";" + source(key);
    }

    private static String source(SettingKey key) {
        return "  (" + key.source() + ")\n";
    }

    private static Scope scope(Side side) {
        return switch (side) {
            case UPSTREAM -> Scope.UPSTREAM;
            case DOWNSTREAM -> Scope.DOWNSTREAM;
        };
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
                        settings(scope(side), instance, Optional.of(on), to);
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
