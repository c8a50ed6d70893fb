package mcproxy.config;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * One proxy.
 *
 * @param name its name; not empty, without '"', ';', '#' and control characters
 * @param table the kernel's multicast routing table that was asked for, 0 to {@link #MAX_TABLE};
 *     empty where {@link Configuration#tables()} chooses
 * @param upstreams towards the sources, the preferred one first; none where it is only a querier
 * @param downstreams towards the receivers; 1 or more, none of them an upstream too
 * @param settings what is set for the whole instance
 */
public record InstanceConfig(
        String name,
        Optional<Integer> table,
        List<InterfaceConfig> upstreams,
        List<InterfaceConfig> downstreams,
        Settings settings) {
    /** The largest number of a table: ipmr_new_table in net/ipv4/ipmr.c refuses 1,000,000,000. */
    public static final int MAX_TABLE = 999_999_999;

    /** Checks what the parameters say. */
    public InstanceConfig {
        upstreams = List.copyOf(upstreams);
        downstreams = List.copyOf(downstreams);
        if (nameFault(name).isPresent()) {
            throw new IllegalArgumentException(
                    "instance \"" + name + "\": " + nameFault(name).get());
        }
        if (table.isPresent() && (table.get() < 0 || table.get() > MAX_TABLE)) {
            throw new IllegalArgumentException("table " + table.get());
        }
        if (downstreams.isEmpty()) {
            throw new IllegalArgumentException("instance " + name + " has no downstream");
        }
        Set<String> seen = new HashSet<>();
        Stream.concat(upstreams.stream(), downstreams.stream())
                .filter(on -> !seen.add(on.name()))
                .findFirst()
                .ifPresent(twice -> {
                    throw new IllegalArgumentException(
                            "interface " + twice.name() + " twice in instance " + name);
                });
    }

    /** Why an instance cannot have this name; empty if it can. */
    static Optional<String> nameFault(String name) {
        if (name.isEmpty()) {
            return Optional.of("the name is empty");
        }
        boolean unwritable =
                name.codePoints()
                        .anyMatch(
                                c -> c == '"' || c == ';' || c == '#' || Character.isISOControl(c));
        return unwritable ? Optional.of("the name cannot be written") : Optional.empty();
    }

    /** The interfaces of one side. */
    public List<InterfaceConfig> side(Side side) {
        return switch (side) {
            case UPSTREAM -> upstreams;
            case DOWNSTREAM -> downstreams;
        };
    }

    /** All interfaces, upstreams first. */
    public List<InterfaceConfig> interfaces() {
        return Stream.concat(upstreams.stream(), downstreams.stream()).toList();
    }
}
