package mcproxy.daemon;

import mcproxy.config.Configuration;
import mcproxy.config.InstanceConfig;
import mcproxy.config.Side;
import mcproxy.core.LinkSettings;
import mcproxy.core.LinkSettings.Role;
import mcproxy.wire.Family;
import mcproxy.wire.Protocol;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the configuration says about one instance, in the engine's words.
 *
 * @param name the instance's name
 * @param table the number of its kernel tables
 * @param families the families that it proxies
 * @param links what each interface shall be, by name, upstreams first
 */
record InstancePlan(
        String name,
        int table,
        List<Family> families,
        Map<String, Map<Family, LinkSettings>> links) {
    /** The plans of all instances, in the order of the text. */
    static List<InstancePlan> of(Configuration configuration) {
        Map<String, Integer> tables = configuration.tables();
        List<InstancePlan> plans = new ArrayList<>();
        for (InstanceConfig instance : configuration.instances()) {
            plans.add(
                    new InstancePlan(
                            instance.name(),
                            tables.getOrDefault(instance.name(), 0),
                            configuration.protocols().stream().map(Protocol::family).toList(),
                            links(configuration, instance)));
        }
        return plans;
    }

    private static Map<String, Map<Family, LinkSettings>> links(
            Configuration configuration, InstanceConfig instance) {
        Map<String, Map<Family, LinkSettings>> links = new LinkedHashMap<>();
        for (Side side : Side.values()) {
            int order = 0;
            for (var on : instance.side(side)) {
                var timers = configuration.effective(instance.name(), side, on.name()).timers();
                Map<Family, LinkSettings> settings = new EnumMap<>(Family.class);
                for (Protocol protocol : configuration.protocols()) {
                    settings.put(
                            protocol.family(),
                            new LinkSettings(role(side), order, protocol, timers));
                }
                links.put(on.name(), settings);
                order++;
            }
        }
        return links;
    }

    private static Role role(Side side) {
        return switch (side) {
            case UPSTREAM -> Role.UPSTREAM;
            case DOWNSTREAM -> Role.DOWNSTREAM;
        };
    }

    /** For instance {@code tv (wan0 ==> lan0 lan1)}. */
    String summary() {
        return name + " (" + names(Role.UPSTREAM) + " ==> " + names(Role.DOWNSTREAM) + ")";
    }

    private String names(Role role) {
        List<String> names = new ArrayList<>();
        links.forEach((link, settings) -> {
            if (settings.values().stream().anyMatch(one -> one.role() == role)) {
                names.add(link);
            }
        });
        return names.isEmpty() ? "-" : String.join(" ", names);
    }
}
