package mcproxy.daemon;

import mcproxy.kernel.Kernel;
import mcproxy.kernel.KernelException;
import mcproxy.kernel.MulticastRules;
import mcproxy.kernel.MulticastRules.Rule;
import mcproxy.kernel.MulticastTable;
import mcproxy.wire.Family;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The rules for multicast tables that are there before an instance begins: those of others, which
 * are left alone, and those that a run of ours left when it was killed.
 */
final class ExistingRules {
    private final MulticastRules kernel;
    private final List<Rule> ours = new ArrayList<>();
    private final Set<Integer> usedByOthers = new TreeSet<>();

    private ExistingRules(MulticastRules kernel) {
        this.kernel = kernel;
    }

    /** Reads what there is. */
    static ExistingRules read(MulticastRules kernel) throws KernelException {
        ExistingRules existing = new ExistingRules(kernel);
        for (Family family : Family.values()) {
            for (Rule rule : kernel.rules(family)) {
                if (rule.protocol() == TableRules.PROTOCOL) {
                    existing.ours.add(rule);
                } else {
                    existing.usedByOthers.add(rule.table());
                }
            }
        }
        return existing;
    }

    /** The tables that rules of others name. */
    Set<Integer> usedByOthers() {
        return Set.copyOf(usedByOthers);
    }

    /**
     * The rules of a table that is ours now. What an earlier run left for an interface of the
     * instance stays, so that a stream that still flows goes on; the rest of that table goes.
     */
    TableRules of(InstancePlan plan, Family family) throws KernelException {
        Set<String> kept = new LinkedHashSet<>();
        for (Rule rule : List.copyOf(ours)) {
            if (rule.family() == family && rule.table() == plan.table()) {
                ours.remove(rule);
                String name = rule.incoming() + rule.outgoing();
                if (!plan.of(name).isEmpty()
                        && TableRules.of(family, name, plan.table()).contains(rule)) {
                    kept.add(name);
                } else {
                    boolean _ = kernel.delRule(rule);
                }
            }
        }
        return new TableRules(kernel, family, plan.table(), kept);
    }

    /**
     * Deletes our rules of tables that nobody owns any more; they would have the kernel look where
     * nothing is. To be called when all tables of ours are open.
     */
    void deleteOrphans(Kernel tables) throws KernelException {
        for (Rule rule : ours) {
            if (!isOwned(tables, rule.family(), rule.table())) {
                boolean _ = kernel.delRule(rule);
            }
        }
        ours.clear();
    }

    private static boolean isOwned(Kernel tables, Family family, int table) throws KernelException {
        try (MulticastTable _ = tables.openTable(family, table)) {
            return false;
        } catch (KernelException e) {
            if (e.errnoName().equals("EADDRINUSE")) {
                return true; // of another mcproxy, or an instance that runs
            }
            throw e;
        }
    }
}
