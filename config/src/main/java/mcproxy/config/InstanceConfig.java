package mcproxy.config;

import mcproxy.core.InterfacePattern;
import mcproxy.wire.Protocol;

import java.util.Comparator;
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
 * @param downstreams towards the receivers; 1 or more, one that is an upstream too is a peering
 *     link (RFC 7287 5)
 * @param protocols the newest protocol spoken in each family, at most one for a family, IPv4 first;
 *     empty where {@link Configuration#protocols()} holds
 * @param settings what is set for the whole instance
 * @param policy what may go where
 */
public record InstanceConfig(
        String name,
        Optional<Integer> table,
        List<InterfaceConfig> upstreams,
        List<InterfaceConfig> downstreams,
        List<Protocol> protocols,
        Settings settings,
        PolicyConfig policy) {
    /** The largest number of a table: ipmr_new_table in net/ipv4/ipmr.c refuses 1,000,000,000. */
    public static final int MAX_TABLE = 999_999_999;

    /** And that of an IPv6 table: ip6_mroute_setsockopt in net/ipv6/ip6mr.c has a digit less. */
    public static final int MAX_IPV6_TABLE = 99_999_999;

    /** Checks what the parameters say. */
    public InstanceConfig {
        upstreams = List.copyOf(upstreams);
        downstreams = List.copyOf(downstreams);
        protocols = protocols.stream().sorted(Comparator.comparing(Protocol::family)).toList();
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
        requireDistinct(name, upstreams);
        requireDistinct(name, downstreams);
        if (protocols.stream().map(Protocol::family).distinct().count() < protocols.size()) {
            throw new IllegalArgumentException("two protocols of a family: " + protocols);
        }
    }

    private static void requireDistinct(String name, List<InterfaceConfig> interfaces) {
        Set<String> seen = new HashSet<>();
        interfaces.stream()
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

    /**
     * What is said about a device on a side: under its own name, else under the first pattern that
     * it matches. A device that one side lists by its name is none of the other's patterns.
     */
    public Optional<InterfaceConfig> on(Side side, String device) {
        boolean here = side(side).stream().anyMatch(on -> on.name().equals(device));
        if (!here && interfaces().stream().anyMatch(on -> on.name().equals(device))) {
            return Optional.empty();
        }
        List<InterfaceConfig> candidates =
                side(side).stream()
                        .filter(on -> new InterfacePattern(on.name()).matches(device))
                        .toList();
        return candidates.stream()
                .filter(on -> on.name().equals(device))
                .findFirst()
                .or(() -> candidates.stream().findFirst());
    }

    /** Is there an interface on both sides? */
    public boolean isPeering() {
        return upstreams.stream()
                .anyMatch(up -> downstreams.stream().anyMatch(d -> d.name().equals(up.name())));
    }
}
