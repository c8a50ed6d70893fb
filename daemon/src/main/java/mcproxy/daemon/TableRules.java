package mcproxy.daemon;

import mcproxy.kernel.KernelException;
import mcproxy.kernel.MulticastRules;
import mcproxy.kernel.MulticastRules.Rule;
import mcproxy.wire.Family;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The rules by which the kernel looks into one table for an instance's interfaces: two for each,
 * one for what arrives on it and one for what programs of this host send out of it, which the
 * kernel forwards as well. Table 0 needs none, as the kernel has a rule for it.
 *
 * <p>For one thread at a time.
 */
final class TableRules {
    /**
     * Before the kernel's own rule for table 0 at 32767, and behind what an administrator is likely
     * to give.
     */
    static final int PRIORITY = 32_000;

    /** By this value our rules are known (rtnetlink.h's RTPROT_*; nobody registered has it). */
    static final int PROTOCOL = 109;

    private final MulticastRules kernel;
    private final Family family;
    private final int table;

    /** The interfaces that want their rules, by index; the kernel knows them by name. */
    private final Map<Integer, String> wanted = new HashMap<>();

    /** The names whose rules are, or may be, in the kernel. */
    private final Set<String> inKernel;

    /** The names whose rules the kernel did not give up. */
    private final Set<String> unwanted = new LinkedHashSet<>();

    /**
     * The rules of a table.
     *
     * @param leftovers names whose rules an earlier run of ours has left in the kernel
     */
    TableRules(MulticastRules kernel, Family family, int table, Collection<String> leftovers) {
        this.kernel = kernel;
        this.family = family;
        this.table = table;
        this.inKernel = new LinkedHashSet<>(leftovers);
    }

    /** The rules for an interface in a table other than 0. */
    static List<Rule> of(Family family, String link, int table) {
        return List.of(
                new Rule(family, link, "", table, PRIORITY, PROTOCOL),
                new Rule(family, "", link, table, PRIORITY, PROTOCOL));
    }

    /** An interface needs its rules from now on. */
    void linkUp(int ifindex, String name) throws KernelException {
        wanted.put(ifindex, name);
        add(name);
    }

    /** An interface no longer needs them. */
    void linkDown(int ifindex) throws KernelException {
        String name = wanted.remove(ifindex);
        if (name != null && !wanted.containsValue(name)) {
            delete(name);
        }
    }

    /** Is something in the kernel that should not be, or the other way round? */
    boolean isUnequal() {
        return table != 0 && (!unwanted.isEmpty() || !inKernel.containsAll(wanted.values()));
    }

    private void add(String name) throws KernelException {
        if (table == 0) {
            return;
        }
        for (Rule rule : of(family, name, table)) {
            boolean _ = kernel.newRule(rule); // false: left by a run of ours that was killed
        }
        inKernel.add(name);
        unwanted.remove(name);
    }

    private void delete(String name) throws KernelException {
        if (!inKernel.contains(name)) {
            return;
        }
        unwanted.add(name);
        for (Rule rule : of(family, name, table)) {
            boolean _ = kernel.delRule(rule); // false: somebody was faster
        }
        inKernel.remove(name);
        unwanted.remove(name);
    }

    /** Tries again what failed. */
    void retry() throws KernelException {
        for (String name : List.copyOf(unwanted)) {
            delete(name);
        }
        for (String name : Set.copyOf(wanted.values())) {
            if (!inKernel.contains(name)) {
                add(name);
            }
        }
    }

    /** Deletes all of them. */
    void clear() throws KernelException {
        wanted.clear();
        for (String name : List.copyOf(inKernel)) {
            delete(name);
        }
    }
}
