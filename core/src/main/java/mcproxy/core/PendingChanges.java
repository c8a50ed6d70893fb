package mcproxy.core;

import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The groups of an upstream whose changes are still to be reported, with the time for each. */
final class PendingChanges {
    /** Changes of more groups than this are not remembered; the queriers' timers tell leaves. */
    static final int MAX_GROUPS = 262_144;

    private final Map<IpAddress, PendingChange> changes = new HashMap<>();
    private final Agenda agenda = new Agenda();

    /**
     * Merges a change with what is pending, to be reported now.
     *
     * @return was there room for it?
     */
    boolean merge(
            IpAddress group, Membership before, Membership after, int robustness, long nowNanos) {
        if (changes.size() >= MAX_GROUPS && !changes.containsKey(group)) {
            return false;
        }
        changes.computeIfAbsent(group, _ -> new PendingChange()).merge(before, after, robustness);
        agenda.setIfEarlier(group, nowNanos);
        return true;
    }

    /** When the first report is due; {@link ProxyEngine#NO_DEADLINE} when there is none. */
    long first() {
        return agenda.first();
    }

    /** Takes out the first group that is due; it has to be {@link #repeat}ed or it is not again. */
    Optional<IpAddress> pollDue(long nowNanos) {
        return agenda.pollDue(nowNanos);
    }

    /** The records to report of a group that was taken out, counted down. */
    List<GroupRecord> transmit(IpAddress group, Membership now) {
        PendingChange change = changes.get(group);
        return change == null ? List.of() : change.transmit(group, now);
    }

    /** A group that was taken out has been reported otherwise. */
    void countDown(IpAddress group) {
        PendingChange change = changes.get(group);
        if (change != null) {
            change.countDown();
        }
    }

    /** How often something about a group is still to be said. */
    int left(IpAddress group) {
        PendingChange change = changes.get(group);
        return change == null ? 0 : change.left();
    }

    /** Groups that were taken out and reported are reported once more, as often as it takes. */
    void repeat(List<IpAddress> groups, long atNanos) {
        for (IpAddress group : groups) {
            PendingChange change = changes.get(group);
            if (change != null && change.isOver()) {
                changes.remove(group);
            } else if (change != null) {
                agenda.set(group, atNanos);
            }
        }
    }

    /** Whatever waits is due now. */
    void hasten(long nowNanos) {
        changes.keySet().forEach(group -> agenda.setIfEarlier(group, nowNanos));
    }

    /** Nothing more is to be said about a group. */
    void cancel(IpAddress group) {
        changes.remove(group);
        agenda.remove(group);
    }

    void clear() {
        changes.clear();
        agenda.clear();
    }
}
