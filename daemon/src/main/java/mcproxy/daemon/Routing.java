package mcproxy.daemon;

import mcproxy.core.Effect;
import mcproxy.core.Input;
import mcproxy.kernel.KernelException;
import mcproxy.kernel.MulticastTable;
import mcproxy.kernel.MulticastTable.RouteCounters;
import mcproxy.wire.IpAddress;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntFunction;

/**
 * The forwarding of an instance in one family: keeps the wanted routes and those of the kernel's
 * table equal, and gives each interface its number in that table.
 *
 * <p>The engine speaks of interface indexes, the kernel of virtual interfaces. A route is in the
 * kernel as far as its interfaces have a number; it is set anew when one gets it, as the kernel
 * looks at an entry's interfaces only when it is added (ipmr_mfc_add in net/ipv4/ipmr.c). What the
 * kernel refuses is told and tried again by {@link #retry}.
 */
final class Routing {
    private static final int FREE = 0; // no interface has the index 0

    private record Key(IpAddress source, IpAddress group) {}

    private final String instance;
    private final MulticastTable table;
    private final TableRules rules;
    private final IntFunction<String> nameOf;
    private final EventLog log;
    private final Counters counters;

    private final int[] ifindexes = new int[MulticastTable.MAX_INTERFACES];
    private final Map<Key, Effect.SetRoute> wanted = new HashMap<>();
    private final Set<Key> inKernel = new HashSet<>();
    private final Set<Key> unequal = new HashSet<>();
    private final Set<Integer> refusedLinks = new HashSet<>();

    /**
     * The routing of a table.
     *
     * @param rules what makes the kernel look into the table
     * @param nameOf the name of an interface index, for people
     */
    Routing(
            String instance,
            MulticastTable table,
            TableRules rules,
            IntFunction<String> nameOf,
            EventLog log,
            Counters counters) {
        this.instance = instance;
        this.table = table;
        this.rules = rules;
        this.nameOf = nameOf;
        this.log = log;
        this.counters = counters;
    }

    /** The table. */
    MulticastTable table() {
        return table;
    }

    /**
     * Takes an interface into the table, unless it is there; then sets the routes that name it.
     *
     * @return whether it is in the table now; if not it was told once, and may be tried again
     */
    boolean linkUp(int ifindex) {
        if (vif(ifindex).isPresent()) {
            return true;
        }
        for (int vif = 0; vif < ifindexes.length; vif++) {
            if (ifindexes[vif] != FREE) {
                continue;
            }
            try {
                table.addInterface(vif, ifindex);
                ifindexes[vif] = ifindex;
                refusedLinks.remove(ifindex);
                change(() -> rules.linkUp(ifindex, nameOf.apply(ifindex)));
                applyRoutesOf(ifindex);
                return true;
            } catch (KernelException e) {
                if (e.errnoName().equals("EADDRINUSE")) {
                    continue; // the number is taken, by an interface that the kernel kept
                }
                counters.count("interface-refused", nameOf.apply(ifindex), e.errnoName());
                if (refusedLinks.add(ifindex)) {
                    log.tell(
                            new DaemonEvent.InterfaceRefused(
                                    instance,
                                    table.family(),
                                    nameOf.apply(ifindex),
                                    String.valueOf(e.getMessage())));
                }
                return false;
            }
        }
        counters.count("interfaces-exhausted", nameOf.apply(ifindex), "" + table.family());
        if (refusedLinks.add(ifindex)) {
            log.tell(
                    new DaemonEvent.InterfacesExhausted(
                            instance, table.family(), nameOf.apply(ifindex), ifindexes.length));
        }
        return false;
    }

    /** Takes an interface out of the table, and out of the kernel's routes. */
    void linkDown(int ifindex) {
        refusedLinks.remove(ifindex);
        change(() -> rules.linkDown(ifindex));
        vif(ifindex)
                .ifPresent(vif -> {
                    ifindexes[vif] = FREE;
                    try {
                        table.deleteInterface(vif);
                    } catch (KernelException e) {
                        counters.count("interface-refused", nameOf.apply(ifindex), e.errnoName());
                        log.tell(
                                new DaemonEvent.InterfaceRefused(
                                        instance,
                                        table.family(),
                                        nameOf.apply(ifindex),
                                        String.valueOf(e.getMessage())));
                    }
                    applyRoutesOf(ifindex);
                });
    }

    private interface RuleChange {
        void run() throws KernelException;
    }

    private void change(RuleChange change) {
        try {
            change.run();
        } catch (KernelException e) {
            counters.count("rule-refused", e.errnoName());
            log.tell(
                    new DaemonEvent.RuleRefused(
                            instance, table.family(), String.valueOf(e.getMessage())));
        }
    }

    /** The interface index of a virtual interface; empty when there is none (any more). */
    OptionalInt link(int vif) {
        boolean known = vif >= 0 && vif < ifindexes.length && ifindexes[vif] != FREE;
        return known ? OptionalInt.of(ifindexes[vif]) : OptionalInt.empty();
    }

    private OptionalInt vif(int ifindex) {
        for (int vif = 0; vif < ifindexes.length; vif++) {
            if (ifindexes[vif] == ifindex) {
                return OptionalInt.of(vif);
            }
        }
        return OptionalInt.empty();
    }

    /** Sets a route. */
    void set(Effect.SetRoute route) {
        wanted.put(new Key(route.source(), route.group()), route);
        apply(route);
    }

    /** Deletes a route. */
    void delete(Effect.DeleteRoute route) {
        Key key = new Key(route.source(), route.group());
        wanted.remove(key);
        remove(key);
    }

    private void applyRoutesOf(int ifindex) {
        for (Effect.SetRoute route : List.copyOf(wanted.values())) {
            if (route.incoming() == ifindex || route.outgoing().contains(ifindex)) {
                apply(route);
            }
        }
    }

    private void apply(Effect.SetRoute route) {
        Key key = new Key(route.source(), route.group());
        OptionalInt incoming = vif(route.incoming());
        if (incoming.isEmpty()) {
            remove(key); // set again when the interface comes
            return;
        }
        try {
            table.setRoute(key.source, key.group, incoming.getAsInt(), bits(route.outgoing()));
            inKernel.add(key);
            unequal.remove(key);
        } catch (KernelException e) {
            refused(key, route, e);
        }
    }

    private int bits(List<Integer> outgoing) {
        int bits = 0;
        for (int ifindex : outgoing) {
            OptionalInt vif = vif(ifindex);
            bits |= vif.isPresent() ? 1 << vif.getAsInt() : 0;
        }
        return bits;
    }

    private void remove(Key key) {
        if (!inKernel.contains(key)) {
            unequal.remove(key);
            return;
        }
        try {
            table.deleteRoute(key.source, key.group);
            inKernel.remove(key);
            unequal.remove(key);
        } catch (KernelException e) {
            refused(key, new Effect.DeleteRoute(key.source, key.group), e);
        }
    }

    private void refused(Key key, Effect route, KernelException e) {
        unequal.add(key);
        counters.count("route-refused", e.errnoName());
        log.tell(new DaemonEvent.RouteRefused(instance, route, String.valueOf(e.getMessage())));
    }

    /** Is there something that the kernel has refused, so that {@link #retry} is worth while? */
    boolean hasRefused() {
        return !unequal.isEmpty() || rules.isUnequal();
    }

    /** Tries again what the kernel has refused. */
    void retry() {
        for (Key key : List.copyOf(unequal)) {
            Effect.SetRoute route = wanted.get(key);
            if (route == null) {
                remove(key);
            } else {
                apply(route);
            }
        }
        if (rules.isUnequal()) {
            change(rules::retry);
        }
    }

    /** How much a route is used; empty when the kernel does not say. */
    Optional<Input.RouteUsage> usage(Effect.AskUsage ask) {
        try {
            long packets =
                    table.counters(ask.source(), ask.group()).map(Routing::right).orElse(-1L);
            return Optional.of(new Input.RouteUsage(ask.source(), ask.group(), packets));
        } catch (KernelException e) {
            counters.count("usage-failed", e.errnoName());
            log.tell(new DaemonEvent.RouteRefused(instance, ask, String.valueOf(e.getMessage())));
            return Optional.empty();
        }
    }

    /** The kernel counts packets on wrong interfaces among all packets. */
    private static long right(RouteCounters counters) {
        return counters.packets() - counters.wrongInterface();
    }

    /** The interfaces in the table, by virtual interface. */
    SortedMap<Integer, String> links() {
        SortedMap<Integer, String> links = new TreeMap<>();
        for (int vif = 0; vif < ifindexes.length; vif++) {
            if (ifindexes[vif] != FREE) {
                links.put(vif, nameOf.apply(ifindexes[vif]));
            }
        }
        return links;
    }

    /** The wanted routes. */
    Collection<Effect.SetRoute> wanted() {
        return List.copyOf(wanted.values());
    }

    /** Is a stream to be forwarded that comes in on this interface? */
    boolean forwards(int ifindex, IpAddress source, IpAddress group) {
        Effect.SetRoute route = wanted.get(new Key(source, group));
        return route != null && route.incoming() == ifindex && !route.outgoing().isEmpty();
    }

    /** Takes everything out of the kernel's table, and the rules for it. */
    void clear() {
        wanted.clear();
        List.copyOf(inKernel).forEach(this::remove);
        for (int ifindex : ifindexes.clone()) {
            if (ifindex != FREE) {
                linkDown(ifindex);
            }
        }
        change(rules::clear);
    }
}
