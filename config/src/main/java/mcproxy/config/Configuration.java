package mcproxy.config;

import mcproxy.core.InterfacePattern;
import mcproxy.core.LinkSettings;
import mcproxy.core.PolicySettings;
import mcproxy.core.ProxySettings;
import mcproxy.core.RuleMatching;
import mcproxy.core.Table;
import mcproxy.core.Timers;
import mcproxy.wire.Family;
import mcproxy.wire.Protocol;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/**
 * What a configuration text says, as values without places: equal texts and differently written
 * ones that mean the same give equal configurations.
 *
 * @param protocols the newest protocol spoken in each family; 1 or 2, at most one for a family,
 *     IPv4 first. A family without one is not proxied
 * @param disabled whether the text says that the daemon shall not run
 * @param settings what is set for the whole daemon
 * @param ruleTables the tables that have names, each after those that it names
 * @param instances the proxies in the order of the text; no name twice, and no interface in two
 */
public record Configuration(
        List<Protocol> protocols,
        boolean disabled,
        Settings settings,
        List<Table> ruleTables,
        List<InstanceConfig> instances) {
    /** What is spoken where the text does not say: IPv4 only, as in mcproxy 1.1. */
    public static final List<Protocol> DEFAULT_PROTOCOLS = List.of(Protocol.IGMPV3);

    /** Checks what the parameters say; a wrong order of the protocols is put right. */
    public Configuration {
        protocols = protocols.stream().sorted(Comparator.comparing(Protocol::family)).toList();
        instances = List.copyOf(instances);
        ruleTables = List.copyOf(ruleTables);
        if (protocols.isEmpty()) {
            throw new IllegalArgumentException("no protocol");
        }
        requireDistinct("protocols of a family", protocols.stream().map(Protocol::family).toList());
        requireDistinct("instance", instances.stream().map(InstanceConfig::name).toList());
        requireDistinct(
                "interface",
                instances.stream()
                        .flatMap(instance ->
                                instance.interfaces().stream()
                                        .map(InterfaceConfig::name)
                                        .distinct())
                        .toList());
        requireDistinct("rule table", ruleTables.stream().map(Table::name).toList());
        requireDistinct(
                "table",
                instances.stream().flatMap(instance -> instance.table().stream()).toList());
    }

    private static void requireDistinct(String what, Collection<?> things) {
        Set<Object> seen = new HashSet<>();
        for (Object thing : things) {
            if (!seen.add(thing)) {
                throw new IllegalArgumentException(what + " twice: " + thing);
            }
        }
    }

    /** The newest protocol spoken in a family; empty if the family is not proxied. */
    public Optional<Protocol> protocol(Family family) {
        return protocols.stream().filter(protocol -> protocol.family() == family).findFirst();
    }

    /** The instance of a name. */
    public Optional<InstanceConfig> instance(String name) {
        return instances.stream().filter(instance -> instance.name().equals(name)).findFirst();
    }

    /**
     * The settings that hold for an interface: its own, else those of its instance, else those of
     * the daemon. What is not among them has its key's default.
     *
     * @throws IllegalArgumentException when there is no such instance or interface
     */
    public Settings effective(String instanceName, Side side, String interfaceName) {
        InstanceConfig instance = known(instanceName);
        InterfaceConfig on =
                instance.on(side, interfaceName)
                        .orElseThrow(() -> new IllegalArgumentException("no " + interfaceName));
        return on.settings().over(instance.settings()).over(settings);
    }

    private InstanceConfig known(String instanceName) {
        return instance(instanceName)
                .orElseThrow(() -> new IllegalArgumentException("no " + instanceName));
    }

    /** The settings that hold for an instance as a whole: its own, else those of the daemon. */
    public Settings effective(InstanceConfig instance) {
        return instance.settings().over(settings);
    }

    /** The protocols of an instance: its own, else those of the file. */
    public List<Protocol> protocols(InstanceConfig instance) {
        return instance.protocols().isEmpty() ? protocols : instance.protocols();
    }

    /**
     * What the engine has to know about a device for one family; empty where the instance has no
     * such interface or does not proxy the family.
     *
     * @param device the name of the device, which a pattern may match
     */
    public Optional<LinkSettings> link(
            InstanceConfig instance, Side side, String device, Family family) {
        Optional<InterfaceConfig> on = instance.on(side, device);
        Optional<Protocol> protocol =
                protocols(instance).stream().filter(p -> p.family() == family).findFirst();
        if (on.isEmpty() || protocol.isEmpty()) {
            return Optional.empty();
        }
        Settings effective = on.get().settings().over(effective(instance));
        return Optional.of(
                new LinkSettings(
                        side.role(),
                        instance.side(side).indexOf(on.get()),
                        effective.version(family).orElse(protocol.get()),
                        effective.timers(),
                        effective.ssmRange(),
                        effective.host(family),
                        effective.router(family)));
    }

    /** What the engine has to know about what may go where. */
    public PolicySettings policy(InstanceConfig instance) {
        return new PolicySettings(
                instance.policy().in(),
                instance.policy().out().orElse(RuleMatching.ALL),
                instance.policy().filters(),
                effective(instance)
                        .interval(SettingKey.PEERING_WAIT)
                        .orElse(PolicySettings.DEFAULT_PEERING_WAIT),
                joins(instance));
    }

    private List<PolicySettings.Join> joins(InstanceConfig instance) {
        List<PolicySettings.Join> joins = new ArrayList<>();
        for (InterfaceConfig upstream : instance.upstreams()) {
            for (Family family : Family.values()) {
                InterfacePattern on = new InterfacePattern(upstream.name());
                upstream.settings()
                        .joins(family)
                        .forEach((group, membership) ->
                                joins.add(new PolicySettings.Join(on, group, membership)));
            }
        }
        return joins;
    }

    /** What the engine has to know about an instance as a whole. */
    public ProxySettings proxy(InstanceConfig instance) {
        ProxySettings proxy = effective(instance).proxy();
        return new ProxySettings(proxy.linger(), proxy.localGroups(), policy(instance));
    }

    /**
     * The timers of a downstream.
     *
     * @throws IllegalArgumentException when there is no such instance or downstream
     */
    public Timers timers(String instanceName, String downstream) {
        return effective(instanceName, Side.DOWNSTREAM, downstream).timers();
    }

    /**
     * The kernel's multicast routing table that each instance gets, by name, if nobody else uses
     * one.
     *
     * @see TableNumbers#assign
     */
    public SortedMap<String, Integer> tables() {
        return TableNumbers.assign(this, Map.of(), Set.of());
    }
}
