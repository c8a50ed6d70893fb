package mcproxy.config;

import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Which of the kernel's multicast routing tables each instance gets. */
public final class TableNumbers {
    /** The kernel's default, main and local tables: other names of 0. */
    private static final int FIRST_RESERVED = 253;

    private static final int LAST_RESERVED = 255;

    private TableNumbers() {}

    /**
     * The number of each instance's table, by name: the one that the text gives; else the one that
     * the instance has while it runs; else 0 for a single instance; else the free numbers from 1 on
     * in the order of the names.
     *
     * @param running the numbers of instances that run; one whose number the text now gives to
     *     another gets a new number, and one that is no longer in the text keeps none
     * @param usedByOthers numbers that are not ours to take, unless the text gives them; 0 is not
     *     passed over, since whoever asks for nothing expects it
     */
    public static SortedMap<String, Integer> assign(
            Configuration configuration,
            Map<String, Integer> running,
            Collection<Integer> usedByOthers) {
        SortedMap<String, Integer> tables = new TreeMap<>();
        Set<Integer> taken = new HashSet<>();
        for (InstanceConfig instance : configuration.instances()) {
            if (instance.table().isPresent()) {
                tables.put(instance.name(), instance.table().get());
                taken.add(instance.table().get());
            }
        }
        for (InstanceConfig instance : configuration.instances()) {
            Integer before = running.get(instance.name());
            if (before != null && !tables.containsKey(instance.name()) && taken.add(before)) {
                tables.put(instance.name(), before);
            }
        }
        taken.addAll(usedByOthers);
        int number = 1;
        for (String name :
                configuration.instances().stream().map(InstanceConfig::name).sorted().toList()) {
            if (tables.containsKey(name)) {
                continue;
            }
            if (configuration.instances().size() == 1) {
                tables.put(name, 0);
                continue;
            }
            while (!taken.add(number) || (number >= FIRST_RESERVED && number <= LAST_RESERVED)) {
                number++;
            }
            tables.put(name, number);
        }
        return tables;
    }
}
