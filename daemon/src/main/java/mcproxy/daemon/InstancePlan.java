package mcproxy.daemon;

import mcproxy.config.Configuration;
import mcproxy.config.InstanceConfig;
import mcproxy.config.InterfaceConfig;
import mcproxy.config.SettingKey;
import mcproxy.config.Settings;
import mcproxy.config.Side;
import mcproxy.core.InterfacePattern;
import mcproxy.core.LinkSettings;
import mcproxy.core.LinkSettings.Role;
import mcproxy.core.ProxySettings;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Protocol;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the configuration says about one instance, in the engine's words.
 *
 * @param name the instance's name
 * @param table the number of its kernel tables
 * @param families the families that it proxies
 * @param settings what holds for it as a whole
 * @param links what each interface shall be, upstreams first
 * @param rpFilter what to do about the kernel's reverse path filter on its interfaces
 */
record InstancePlan(
        String name,
        int table,
        List<Family> families,
        ProxySettings settings,
        List<PlannedLink> links,
        RpFilter.Care rpFilter) {
    /**
     * What an interface, or all that match a pattern, shall be on one side of the proxy.
     *
     * @param settings by family
     * @param senders the addresses to send from, where they are set
     */
    record PlannedLink(
            InterfacePattern on,
            Role role,
            Map<Family, LinkSettings> settings,
            Map<Family, IpAddress> senders) {}

    /**
     * The plans of all instances, in the order of the text, with the tables that they get if nobody
     * else uses one.
     */
    static List<InstancePlan> of(Configuration configuration) {
        Map<String, Integer> tables = configuration.tables();
        List<InstancePlan> plans = new ArrayList<>();
        for (InstanceConfig instance : configuration.instances()) {
            List<Family> families =
                    configuration.protocols(instance).stream().map(Protocol::family).toList();
            plans.add(
                    new InstancePlan(
                            instance.name(),
                            tables.getOrDefault(instance.name(), 0),
                            families,
                            configuration.proxy(instance),
                            links(configuration, instance),
                            configuration
                                    .effective(instance)
                                    .choice(SettingKey.RP_FILTER)
                                    .map(RpFilter.Care::of)
                                    .orElse(RpFilter.Care.CHECK)));
        }
        return plans;
    }

    /** The same with another table. */
    InstancePlan withTable(int number) {
        return new InstancePlan(name, number, families, settings, links, rpFilter);
    }

    private static List<PlannedLink> links(Configuration configuration, InstanceConfig instance) {
        List<PlannedLink> links = new ArrayList<>();
        for (Side side : Side.values()) {
            for (InterfaceConfig on : instance.side(side)) {
                Settings effective = configuration.effective(instance.name(), side, on.name());
                Map<Family, LinkSettings> settings = new EnumMap<>(Family.class);
                Map<Family, IpAddress> senders = new EnumMap<>(Family.class);
                for (Family family : Family.values()) {
                    configuration
                            .link(instance, side, on.name(), family)
                            .ifPresent(link -> settings.put(family, link));
                    effective
                            .sourceAddress(family)
                            .ifPresent(address -> senders.put(family, address));
                }
                links.add(
                        new PlannedLink(
                                new InterfacePattern(on.name()), role(side), settings, senders));
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

    /**
     * What a device shall be: nothing, one link, or on a peering link two. A name goes before a
     * pattern, on both sides.
     */
    List<PlannedLink> of(String device) {
        List<PlannedLink> named =
                links.stream().filter(link -> link.on().text().equals(device)).toList();
        if (!named.isEmpty()) {
            return named;
        }
        List<PlannedLink> matching = new ArrayList<>();
        for (Role role : Role.values()) {
            links.stream()
                    .filter(link -> link.role() == role && link.on().matches(device))
                    .findFirst()
                    .ifPresent(matching::add);
        }
        return matching;
    }

    /** The interfaces that are named, patterns left out. */
    Set<String> names() {
        Set<String> names = new LinkedHashSet<>();
        links.stream()
                .filter(link -> !link.on().isPattern())
                .forEach(link -> names.add(link.on().text()));
        return names;
    }

    /** For instance {@code tv (wan0 ==> lan0 lan1)}. */
    String summary() {
        return name + " (" + names(Role.UPSTREAM) + " ==> " + names(Role.DOWNSTREAM) + ")";
    }

    private String names(Role role) {
        List<String> names =
                links.stream()
                        .filter(link -> link.role() == role)
                        .map(link -> link.on().text())
                        .toList();
        return names.isEmpty() ? "-" : String.join(" ", names);
    }
}
