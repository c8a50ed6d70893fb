package mcproxy.daemon;

import mcproxy.core.LinkSettings.Role;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The kernel's reverse path filter (net.ipv4.conf.*.rp_filter), which drops streams whose source is
 * not routed back through the interface that they come from. Tells where it would, or switches it
 * off and puts back what was there before. IPv6 has no such filter.
 */
final class RpFilter {
    /** Where the kernel keeps the settings of its interfaces, below the root of the file system. */
    private static final Path SETTINGS = Path.of("proc/sys/net/ipv4/conf");

    /** The main routing table, below the root of the file system. */
    private static final Path ROUTES = Path.of("proc/net/route");

    /** A source has to be routed over the interface on which it arrives (ip-sysctl, rp_filter). */
    static final int STRICT = 1;

    /** A source has to be routed somewhere. */
    private static final int LOOSE = 2;

    private static final String ALL = "all";
    private static final String OFF = "0";

    /** What an instance wants done about the filter. */
    enum Care {
        /** Told where it would drop streams. */
        CHECK,
        /** Switched off while we run. */
        RESET,
        /** Left alone. */
        LEAVE;

        /** The one that the configuration calls by this name. */
        static Care of(String name) {
            return switch (name) {
                case "check" -> CHECK;
                case "reset" -> RESET;
                case "leave" -> LEAVE;
                case String other -> throw new IllegalArgumentException(other);
            };
        }
    }

    private record Change(String link, Path path, String before) {}

    private record Upstream(String instance, String link) {}

    /** Tells where streams would be dropped. */
    interface Drops {
        /**
         * The filter that drops what comes in on an interface.
         *
         * @param source where it comes from; empty when that is not known
         * @return 1 strict or 2 loose; 0 when it drops nothing, as far as the main routing table
         *     tells
         */
        int inForce(String link, Optional<IpAddress> source);
    }

    /**
     * A route of the main routing table.
     *
     * @param destination as a number
     * @param mask as a number
     */
    private record Route(String link, int destination, int mask) {
        boolean isTo(int address) {
            return (address & mask) == destination;
        }
    }

    /** The main routing table; what all of it is, is not known where it cannot be read. */
    private record Routes(List<Route> all, boolean known) {
        boolean isDefault(String link) {
            return !known || all.stream().anyMatch(one -> one.mask == 0 && one.link.equals(link));
        }

        boolean isEmpty() {
            return known && all.isEmpty();
        }

        /** The interfaces of the most special routes to an address. */
        Set<String> to(int address) {
            Set<String> links = new TreeSet<>();
            int longest = -1;
            for (Route route : all) {
                int length = Integer.bitCount(route.mask);
                if (route.isTo(address) && length >= longest) {
                    if (length > longest) {
                        links.clear();
                    }
                    longest = length;
                    links.add(route.link);
                }
            }
            return links;
        }
    }

    private final Path settings;
    private final Path routes;
    private final boolean resetsAll;
    private final Consumer<DaemonEvent> log;
    private final Deque<Change> changes = new ArrayDeque<>();
    private final Map<Upstream, Integer> told = new HashMap<>();

    /**
     * Nothing is changed yet.
     *
     * @param system the root of the file system
     * @param resetsAll whether it is switched off for every instance, whatever that wants
     */
    RpFilter(Path system, boolean resetsAll, Consumer<DaemonEvent> log) {
        this.settings = system.resolve(SETTINGS);
        this.routes = system.resolve(ROUTES);
        this.resetsAll = resetsAll;
        this.log = log;
    }

    /**
     * Does for each instance what it wants, on all interfaces that it has by now; what nobody wants
     * off any more is put back.
     */
    void tend(List<InstancePlan> plans) {
        if (changes.isEmpty() && plans.stream().allMatch(plan -> care(plan) == Care.LEAVE)) {
            return;
        }
        Set<String> links = links();
        Map<Upstream, Integer> filtered = new HashMap<>();
        Set<String> off = new LinkedHashSet<>();
        for (InstancePlan plan : plans) {
            switch (care(plan)) {
                case CHECK -> filtered.putAll(filtered(plan, links));
                case RESET -> {
                    off.add(ALL);
                    links.stream().filter(link -> !plan.of(link).isEmpty()).forEach(off::add);
                }
                case LEAVE -> {}
            }
        }
        restore(change -> !off.contains(change.link));
        off.forEach(this::switchOff);
        tell(filtered);
    }

    private Care care(InstancePlan plan) {
        return resetsAll ? Care.RESET : plan.rpFilter();
    }

    /** The names of all interfaces. */
    private Set<String> links() {
        Set<String> links = new TreeSet<>();
        try (DirectoryStream<Path> each = Files.newDirectoryStream(settings)) {
            each.forEach(path -> links.add(String.valueOf(path.getFileName())));
        } catch (IOException | DirectoryIteratorException _) {
            return Set.of(); // without IPv4 there is no filter
        }
        links.removeAll(Set.of(ALL, "default"));
        return links;
    }

    private Map<Upstream, Integer> filtered(InstancePlan plan, Set<String> links) {
        Map<Upstream, Integer> filtered = new HashMap<>();
        if (!plan.families().contains(Family.IPV4)) {
            return filtered;
        }
        List<String> upstreams = links.stream().filter(link -> isUpstream(plan, link)).toList();
        if (upstreams.isEmpty()) {
            return filtered;
        }
        Routes known = readRoutes();
        for (String link : upstreams) {
            int filter = inForce(link);
            if (drops(link, filter, Optional.empty(), known)) {
                filtered.put(new Upstream(plan.name(), link), filter);
            }
        }
        return filtered;
    }

    private static boolean drops(
            String link, int filter, Optional<IpAddress> source, Routes routes) {
        if (source.isEmpty() || !routes.known) {
            return switch (filter) {
                case STRICT -> !routes.isDefault(link);
                case LOOSE -> routes.isEmpty();
                default -> false;
            };
        }
        Set<String> back = routes.to(ByteBuffer.wrap(source.get().bytes()).getInt());
        return switch (filter) {
            case STRICT -> !back.contains(link);
            case LOOSE -> back.isEmpty();
            default -> false;
        };
    }

    /** As {@link Drops}, for IPv4. */
    int drops(String link, Optional<IpAddress> source) {
        int filter = inForce(link);
        return filter != 0 && drops(link, filter, source, readRoutes()) ? filter : 0;
    }

    private static boolean isUpstream(InstancePlan plan, String link) {
        return plan.of(link).stream().anyMatch(planned -> planned.role() == Role.UPSTREAM);
    }

    /** Tells what is new. What is no longer so is forgotten, and told when it is so again. */
    private void tell(Map<Upstream, Integer> filtered) {
        filtered.forEach((upstream, filter) -> {
            if (!filter.equals(told.get(upstream))) {
                log.accept(
                        new DaemonEvent.SourcesFiltered(upstream.instance, upstream.link, filter));
            }
        });
        told.clear();
        told.putAll(filtered);
    }

    /** The filter in force on an interface: the larger of its own and that of all (ip-sysctl). */
    int inForce(String link) {
        return Math.max(number(ALL), number(link));
    }

    /** The filter of an interface; 0 when there is none. */
    private int number(String link) {
        try {
            return Integer.parseInt(Files.readString(path(link)).strip());
        } catch (IOException | NumberFormatException _) {
            return 0; // gone meanwhile
        }
    }

    /**
     * Reads the main routing table: a line of headings, then one for each route, with the interface
     * and the destination in the first two columns and the mask in the eighth (fib_route_seq_show
     * in net/ipv4/fib_trie.c). Where it cannot be read every interface has a default route, so that
     * nothing is told that is not known.
     */
    private Routes readRoutes() {
        List<String> lines;
        try {
            lines = Files.readAllLines(routes);
        } catch (IOException _) {
            return new Routes(List.of(), false);
        }
        List<Route> all = new ArrayList<>();
        for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
            String[] columns = line.strip().split("\\s+", -1);
            try {
                if (columns.length >= 8) {
                    all.add(new Route(columns[0], number(columns, 1), number(columns, 7)));
                }
            } catch (NumberFormatException _) {
                return new Routes(List.of(), false); // a format of later
            }
        }
        return new Routes(all, true);
    }

    /** The kernel writes the bytes of an address as a number of this machine. */
    private static int number(String[] columns, int index) {
        int written = Integer.parseUnsignedInt(columns[index], 16);
        return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN
                ? Integer.reverseBytes(written)
                : written;
    }

    private Path path(String link) {
        return settings.resolve(link).resolve("rp_filter");
    }

    private void switchOff(String link) {
        Path path = path(link);
        if (!Files.exists(path)) {
            return;
        }
        try {
            String before = Files.readString(path).strip();
            if (!before.equals(OFF)) {
                Files.writeString(path, OFF);
                changes.push(new Change(link, path, before));
                log.accept(new DaemonEvent.SettingChanged(path.toString(), before, OFF));
            }
        } catch (IOException e) {
            log.accept(new DaemonEvent.SettingFailed(path.toString(), e.toString()));
        }
    }

    /** Puts back what was there before, last change first. */
    void restore() {
        restore(_ -> true);
    }

    private void restore(Predicate<Change> which) {
        for (Change change : changes) {
            if (!which.test(change)) {
                continue;
            }
            try {
                if (Files.exists(change.path)) {
                    Files.writeString(change.path, change.before);
                    log.accept(
                            new DaemonEvent.SettingChanged(
                                    change.path.toString(), OFF, change.before));
                }
            } catch (IOException e) {
                log.accept(new DaemonEvent.SettingFailed(change.path.toString(), e.toString()));
            }
        }
        changes.removeIf(which);
    }
}
