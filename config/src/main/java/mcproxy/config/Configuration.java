package mcproxy.config;

import mcproxy.core.Timers;
import mcproxy.wire.Family;
import mcproxy.wire.Protocol;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What a configuration text says, as values without places: equal texts and differently written
 * ones that mean the same give equal configurations.
 *
 * @param protocols the newest protocol spoken in each family; 1 or 2, at most one for a family,
 *     IPv4 first. A family without one is not proxied
 * @param disabled whether the text says that the daemon shall not run
 * @param settings what is set for the whole daemon
 * @param instances the proxies in the order of the text; no name and no interface twice
 */
public record Configuration(
        List<Protocol> protocols,
        boolean disabled,
        Settings settings,
        List<InstanceConfig> instances) {
    /** What is spoken where the text does not say: IPv4 only, as in mcproxy 1.1. */
    public static final List<Protocol> DEFAULT_PROTOCOLS = List.of(Protocol.IGMPV3);

    /** The kernel's local, main and default tables: 253 is another name of 0 in IPv4. */
    private static final int FIRST_RESERVED_TABLE = 253;

    private static final int LAST_RESERVED_TABLE = 255;

    /** Checks what the parameters say; a wrong order of the protocols is put right. */
    public Configuration {
        protocols = protocols.stream().sorted(Comparator.comparing(Protocol::family)).toList();
        instances = List.copyOf(instances);
        if (protocols.isEmpty()) {
            throw new IllegalArgumentException("no protocol");
        }
        requireDistinct("protocols of a family", protocols.stream().map(Protocol::family).toList());
        requireDistinct("instance", instances.stream().map(InstanceConfig::name).toList());
        requireDistinct(
                "interface",
                instances.stream()
                        .flatMap(instance -> instance.interfaces().stream())
                        .map(InterfaceConfig::name)
                        .toList());
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
        InstanceConfig instance =
                instance(instanceName)
                        .orElseThrow(() -> new IllegalArgumentException("no " + instanceName));
        InterfaceConfig on =
                instance.side(side).stream()
                        .filter(candidate -> candidate.name().equals(interfaceName))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException("no " + interfaceName));
        return on.settings().over(instance.settings()).over(settings);
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
     * The kernel's multicast routing table of each instance, by name: the one it asked for; 0 for a
     * single instance that did not ask; else the free numbers from 1 on in the order of the names.
     */
    public SortedMap<String, Integer> tables() {
        SortedMap<String, Integer> tables = new TreeMap<>();
        Map<String, Integer> asked = new HashMap<>();
        instances.forEach(
                instance -> instance.table().ifPresent(table -> asked.put(instance.name(), table)));
        tables.putAll(asked);
        Set<Integer> taken = new HashSet<>(asked.values());
        List<String> others =
                instances.stream()
                        .map(InstanceConfig::name)
                        .filter(name -> !asked.containsKey(name))
                        .sorted()
                        .collect(Collectors.toList());
        int number = instances.size() == 1 ? 0 : 1;
        for (String name : others) {
            while (taken.contains(number)
                    || (number >= FIRST_RESERVED_TABLE && number <= LAST_RESERVED_TABLE)) {
                number++;
            }
            tables.put(name, number++);
        }
        return tables;
    }
}
