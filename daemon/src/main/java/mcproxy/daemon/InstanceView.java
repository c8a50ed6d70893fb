package mcproxy.daemon;

import mcproxy.core.EngineView;
import mcproxy.core.LinkSettings.Role;
import mcproxy.kernel.MulticastTable;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.function.BiPredicate;

/**
 * An instance at one moment, to be shown; what was not asked for is empty.
 *
 * @param plan what the configuration says about it
 * @param upNanos how long it has been running, in nanoseconds
 * @param engine the state of its engine
 * @param kernelLinks the interfaces in its kernel tables, by virtual interface
 * @param kernelLinksInUse how many of them cannot be without their place, by family; others give it
 *     up when it is needed
 * @param waitingByKind how many messages wait in its mailbox, by kind
 * @param counts what it has counted
 * @param links its interfaces, those that are missing, too; upstreams first
 * @param tables its kernel tables, to read counters from; any thread
 * @param endsHere did packets of a source to a group come in with a TTL or hop limit of 1 lately?
 *     any thread
 * @param reactions how long it took to do what it has done
 */
record InstanceView(
        InstancePlan plan,
        long upNanos,
        EngineView engine,
        Map<Family, SortedMap<Integer, String>> kernelLinks,
        Map<Family, Integer> kernelLinksInUse,
        Map<Mail.Kind, Integer> waitingByKind,
        List<Counters.Count> counts,
        List<LinkView> links,
        Map<Family, MulticastTable> tables,
        BiPredicate<IpAddress, IpAddress> endsHere,
        Map<Reactions.Kind, Durations.Counted> reactions) {
    /** What an interface is good for now. */
    enum LinkState {
        /** It takes part. */
        UP,
        /** It is down, or cannot multicast. */
        DOWN,
        /** There is none. */
        MISSING,
        /** The kernel's table has no room for it, or does not take it for another reason. */
        REFUSED
    }

    /**
     * An interface on one side, for one family.
     *
     * @param name the device; what is configured if there is none
     * @param ifindex its index; empty when there is none
     * @param address where messages come from; unspecified when there is none
     * @param mtu in bytes; 0 when there is no device
     */
    record LinkView(
            String name,
            Role role,
            Family family,
            LinkState state,
            OptionalInt ifindex,
            IpAddress address,
            int mtu) {
        private LinkView refused() {
            return new LinkView(name, role, family, LinkState.REFUSED, ifindex, address, mtu);
        }

        /** The same, refused if it is among those that are. */
        LinkView unless(boolean isRefused) {
            return isRefused ? refused() : this;
        }
    }

    /** Its name. */
    String name() {
        return plan.name();
    }

    /** The number of its kernel tables. */
    int table() {
        return plan.table();
    }

    /** How many messages wait in its mailbox. */
    int waiting() {
        return waitingByKind.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** What it has counted, for people. */
    SortedMap<String, Long> counters() {
        return Counters.texts(counts);
    }

    /** What it has counted by name and label, wherever that was, or on one interface. */
    long counted(String name, Optional<String> link, String label) {
        return counts.stream()
                .filter(count -> count.key().name().equals(name))
                .filter(count -> count.key().label().equals(label))
                .filter(count -> link.isEmpty() || link.get().equals(count.key().link()))
                .mapToLong(Counters.Count::value)
                .sum();
    }
}
