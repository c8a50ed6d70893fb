package mcproxy.lab.sim;

import mcproxy.wire.IpAddress;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/** A kernel's multicast forwarding cache (Linux net/ipv4/ipmr.c, net/ipv6/ip6mr.c). */
final class KernelModel {
    /** ipmr.c: MFC_ASSERT_THRESH. */
    private static final long WRONG_REPORT_NANOS = 3 * Agenda.SECOND;

    /** ipmr.c: what nobody resolves is dropped ten seconds after its first packet. */
    static final long UNRESOLVED_NANOS = 10 * Agenda.SECOND;

    /** ipmr.c: ipmr_cache_unresolved keeps no more than four packets. */
    private static final int UNRESOLVED_PACKETS = 4;

    /** What becomes of a packet. */
    enum Upcall {
        NONE,
        MISS,
        WRONG_INTERFACE
    }

    /** A forwarding entry. */
    static final class Entry {
        final int incoming;
        final List<Integer> outgoing;
        long right;
        long lastWrongReport = Long.MIN_VALUE / 2;

        Entry(int incoming, List<Integer> outgoing) {
            this.incoming = incoming;
            this.outgoing = outgoing;
        }
    }

    record Key(IpAddress group, IpAddress source) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int byGroup = group.compareTo(other.group);
            return byGroup != 0 ? byGroup : source.compareTo(other.source);
        }
    }

    private record Waiting(int incoming, DataPacket packet) {}

    /** An entry that the daemon has been asked for. */
    private static final class Unresolved {
        final long sinceNanos;
        final List<Waiting> waiting = new ArrayList<>();

        Unresolved(long sinceNanos) {
            this.sinceNanos = sinceNanos;
        }

        boolean isOver(long now) {
            return now - sinceNanos >= UNRESOLVED_NANOS;
        }
    }

    private final TreeMap<Key, Entry> entries = new TreeMap<>();
    private final TreeMap<Key, Unresolved> unresolved = new TreeMap<>();

    Map<Key, Entry> entries() {
        return entries;
    }

    /** How many packets went the right way; -1 when there is no such entry. */
    long usage(IpAddress source, IpAddress group) {
        Entry entry = entries.get(new Key(group, source));
        return entry == null ? -1 : entry.right;
    }

    @Nullable Entry find(IpAddress source, IpAddress group) {
        return entries.get(new Key(group, source));
    }

    /** Sets an entry; what waited for it is handed to the forwarder with its outgoing interface. */
    void set(
            IpAddress source,
            IpAddress group,
            int incoming,
            List<Integer> outgoing,
            BiConsumer<Integer, DataPacket> forwarder,
            long now) {
        Key key = new Key(group, source);
        Entry entry = new Entry(incoming, outgoing);
        Entry before = entries.put(key, entry);
        if (before != null) {
            entry.right = before.right;
            entry.lastWrongReport = before.lastWrongReport;
        }
        Unresolved asked = unresolved.remove(key);
        if (asked != null && !asked.isOver(now)) {
            for (Waiting one : asked.waiting) {
                if (one.incoming() == incoming) {
                    forward(entry, one.packet(), forwarder);
                }
            }
        }
    }

    private static void forward(
            Entry entry, DataPacket packet, BiConsumer<Integer, DataPacket> forwarder) {
        entry.right++;
        entry.outgoing.forEach(ifindex -> forwarder.accept(ifindex, packet));
    }

    void delete(IpAddress source, IpAddress group) {
        entries.remove(new Key(group, source));
    }

    void clear() {
        entries.clear();
        unresolved.clear();
    }

    /** A packet comes in. */
    Upcall arrived(
            int ifindex, DataPacket packet, BiConsumer<Integer, DataPacket> forwarder, long now) {
        Key key = new Key(packet.group(), packet.source());
        Entry entry = entries.get(key);
        if (entry == null) {
            Unresolved asked = unresolved.get(key);
            boolean first = false;
            if (asked == null || asked.isOver(now)) {
                first = true;
                asked = new Unresolved(now);
                unresolved.put(key, asked);
            }
            if (asked.waiting.size() < UNRESOLVED_PACKETS) {
                asked.waiting.add(new Waiting(ifindex, packet));
            }
            return first ? Upcall.MISS : Upcall.NONE;
        }
        if (entry.incoming == ifindex) {
            forward(entry, packet, forwarder);
            return Upcall.NONE;
        }
        if (now - entry.lastWrongReport >= WRONG_REPORT_NANOS) {
            entry.lastWrongReport = now;
            return Upcall.WRONG_INTERFACE;
        }
        return Upcall.NONE;
    }
}
