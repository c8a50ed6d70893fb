package mcproxy.daemon;

import mcproxy.core.Effect;
import mcproxy.core.Input;
import mcproxy.kernel.KernelException;
import mcproxy.kernel.MulticastTable;
import mcproxy.kernel.MulticastTable.RouteCounters;
import mcproxy.wire.IpAddress;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
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
 * table equal, and gives each interface that needs one its number in that table.
 *
 * <p>The engine speaks of interface indexes, the kernel of virtual interfaces. A route is in the
 * kernel as far as its interfaces have a number; it is set anew when one gets it, as the kernel
 * looks at an entry's interfaces only when it is added (ipmr_mfc_add in net/ipv4/ipmr.c). What the
 * kernel refuses is told and tried again by {@link #retry}.
 */
final class Routing {
    private record Key(IpAddress source, IpAddress group) {}

    private final String instance;
    private final MulticastTable table;
    private final TableRules rules;
    private final IntFunction<String> nameOf;
    private final EventLog log;
    private final Counters counters;

    private final Vifs vifs = new Vifs();
    private final Map<Key, Effect.SetRoute> wanted = new HashMap<>();
    private final Set<Key> inKernel = new HashSet<>();
    private final Set<Key> unequal = new HashSet<>();
    private final Set<Integer> refusedLinks = new LinkedHashSet<>();

    /** Interfaces that need a number and have none, the longest waiting first. */
    private final Set<Integer> waiting = new LinkedHashSet<>();

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
     * Hears an interface, and takes it into the table if there is room; then sets the routes that
     * name it.
     *
     * @param upstream is it one? These must have a place in the table
     * @return whether the kernel takes it; if not it was told once, and may be tried again. That it
     *     waits for a place is no reason against
     */
    boolean linkUp(int ifindex, boolean upstream) {
        boolean isNew = !vifs.isUp(ifindex);
        vifs.up(ifindex, upstream);
        if (!isNew) {
            provideLater(ifindex);
            return true;
        }
        try {
            table.listen(ifindex);
            if (provide(ifindex)) {
                refusedLinks.remove(ifindex);
            }
            return true;
        } catch (KernelException e) {
            tellRefused(ifindex, e);
            table.ignore(ifindex);
            vifs.down(ifindex);
            waiting.remove(ifindex);
            return false;
        }
    }

    private void tellRefused(int ifindex, KernelException e) {
        counters.count("interface-refused", nameOf.apply(ifindex), e.errnoName());
        if (refusedLinks.add(ifindex)) {
            log.tell(
                    new DaemonEvent.InterfaceRefused(
                            instance,
                            table.family(),
                            nameOf.apply(ifindex),
                            String.valueOf(e.getMessage())));
        }
    }

    /**
     * Sees to it that an interface has a number, if that is possible.
     *
     * @return false when all numbers are taken and it can or must wait
     */
    private boolean provide(int ifindex) throws KernelException {
        if (vifs.of(ifindex).isPresent() || addTo(vifs.free(), ifindex)) {
            waiting.remove(ifindex);
            return true;
        }
        if (!vifs.needsOne(ifindex)) {
            waiting.remove(ifindex);
            return false;
        }
        Optional<Integer> other = vifs.leastNeeding();
        if (other.isPresent()) {
            List<Integer> freed = vifs.of(other.get()).stream().boxed().toList();
            takeFrom(other.get());
            counters.count("interfaces-taken-out", nameOf.apply(other.get()), "");
            if (addInPlaceOf(other.get(), freed, ifindex)) {
                waiting.remove(ifindex);
                return true;
            }
        }
        if (waiting.add(ifindex)) {
            counters.count(
                    "interfaces-exhausted", nameOf.apply(ifindex), table.family().toString());
            log.tell(
                    new DaemonEvent.InterfacesExhausted(
                            instance,
                            table.family(),
                            nameOf.apply(ifindex),
                            MulticastTable.MAX_INTERFACES,
                            waiting.size()));
        }
        return false;
    }

    /** What gave up its place gets it back when the kernel refuses the other. */
    private boolean addInPlaceOf(int other, List<Integer> freed, int ifindex)
            throws KernelException {
        try {
            return addTo(freed, ifindex);
        } catch (KernelException e) {
            try {
                var _ = addTo(freed, other);
            } catch (KernelException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    private boolean addTo(List<Integer> free, int ifindex) throws KernelException {
        for (int vif : free) {
            try {
                table.addInterface(vif, ifindex);
            } catch (KernelException e) {
                if (e.errnoName().equals("EADDRINUSE")) {
                    continue; // the number is taken, by an interface that the kernel kept
                }
                throw e;
            }
            vifs.give(vif, ifindex);
            change(() -> rules.linkUp(ifindex, nameOf.apply(ifindex)));
            applyRoutesOf(ifindex);
            return true;
        }
        return false;
    }

    /** Takes an interface out of the table, and out of the kernel's routes. */
    void linkDown(int ifindex) {
        refusedLinks.remove(ifindex);
        waiting.remove(ifindex);
        table.ignore(ifindex);
        boolean had = vifs.of(ifindex).isPresent();
        takeFrom(ifindex);
        vifs.down(ifindex);
        if (had) {
            share();
        }
    }

    private void takeFrom(int ifindex) {
        change(() -> rules.linkDown(ifindex));
        OptionalInt vif = vifs.of(ifindex);
        if (vif.isEmpty()) {
            return;
        }
        vifs.take(ifindex);
        try {
            table.deleteInterface(vif.getAsInt());
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
    }

    /** A place may be free: who needs one gets it, then who could do with one. */
    private void share() {
        for (int ifindex : List.copyOf(waiting)) {
            provideLater(ifindex);
        }
        if (vifs.free().isEmpty()) {
            return;
        }
        for (int ifindex : vifs.all()) {
            if (vifs.of(ifindex).isEmpty()) {
                provideLater(ifindex);
            }
        }
    }

    /** As {@link #provide}; what the kernel refuses is tried again by {@link #retry}. */
    private void provideLater(int ifindex) {
        try {
            if (provide(ifindex)) {
                refusedLinks.remove(ifindex);
            }
        } catch (KernelException e) {
            tellRefused(ifindex, e);
        }
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
        return vifs.at(vif);
    }

    /** Sets a route. */
    void set(Effect.SetRoute route) {
        Effect.SetRoute before = wanted.put(new Key(route.source(), route.group()), route);
        vifs.count(route, 1);
        if (before != null) {
            vifs.count(before, -1);
        }
        provideFor(route.incoming());
        route.outgoing().forEach(this::provideFor);
        apply(route);
        shareWithWaiting(before);
    }

    private void provideFor(int ifindex) {
        if (vifs.isUp(ifindex) && vifs.of(ifindex).isEmpty()) {
            provideLater(ifindex);
        }
    }

    /** Deletes a route. */
    void delete(Effect.DeleteRoute route) {
        Key key = new Key(route.source(), route.group());
        Effect.SetRoute before = wanted.remove(key);
        remove(key);
        if (before != null) {
            vifs.count(before, -1);
            shareWithWaiting(before);
        }
    }

    /** An interface that a route has named may do without its place now. */
    private void shareWithWaiting(Effect.@Nullable SetRoute before) {
        waiting.removeIf(ifindex -> !vifs.needsOne(ifindex));
        if (before != null && !waiting.isEmpty() && vifs.leastNeeding().isPresent()) {
            share();
        }
    }

    private void applyRoutesOf(int ifindex) {
        if (!vifs.isNamed(ifindex)) {
            return;
        }
        for (Effect.SetRoute route : List.copyOf(wanted.values())) {
            if (route.incoming() == ifindex || route.outgoing().contains(ifindex)) {
                apply(route);
            }
        }
    }

    private void apply(Effect.SetRoute route) {
        Key key = new Key(route.source(), route.group());
        OptionalInt incoming = vifs.of(route.incoming());
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
            OptionalInt vif = vifs.of(ifindex);
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
        return !unequal.isEmpty() || !refusedLinks.isEmpty() || rules.isUnequal();
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
        for (int ifindex : List.copyOf(refusedLinks)) {
            if (vifs.isUp(ifindex)) {
                provideLater(ifindex);
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
                    table.counters(ask.source(), ask.group()).map(WrongArrivals::right).orElse(-1L);
            return Optional.of(new Input.RouteUsage(ask.source(), ask.group(), packets));
        } catch (KernelException e) {
            failed(ask, e);
            return Optional.empty();
        }
    }

    /** The kernel's counters of a route; empty when there is none, or the kernel does not say. */
    Optional<RouteCounters> counters(IpAddress source, IpAddress group) {
        try {
            return table.counters(source, group);
        } catch (KernelException e) {
            failed(new Effect.AskUsage(source, group), e);
            return Optional.empty();
        }
    }

    private void failed(Effect.AskUsage ask, KernelException e) {
        counters.count("usage-failed", e.errnoName());
        log.tell(new DaemonEvent.RouteRefused(instance, ask, String.valueOf(e.getMessage())));
    }

    /** The interfaces in the table, by virtual interface. */
    SortedMap<Integer, String> links() {
        SortedMap<Integer, String> links = new TreeMap<>();
        for (int ifindex : vifs.holders()) {
            vifs.of(ifindex).ifPresent(vif -> links.put(vif, nameOf.apply(ifindex)));
        }
        return links;
    }

    /** How many of them cannot be without their place. */
    int linksInUse() {
        return (int) vifs.holders().stream().filter(vifs::needsOne).count();
    }

    /** Does an interface need a place that there is not? */
    boolean isWaiting(int ifindex) {
        return waiting.contains(ifindex);
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
        waiting.clear();
        vifs.holders().forEach(this::takeFrom);
        vifs.all().forEach(this::linkDown);
        change(rules::clear);
    }
}
