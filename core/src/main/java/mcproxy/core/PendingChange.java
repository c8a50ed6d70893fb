package mcproxy.core;

import mcproxy.wire.GroupRecord;
import mcproxy.wire.IpAddress;
import mcproxy.wire.RecordType;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * The retransmission state of one group: what State-Change Reports still have to say about it (RFC
 * 9776 5.1, RFC 9777 6.1 and 6.3).
 */
final class PendingChange {
    /**
     * More changes of sources than this are told as a change of the filter mode, which tells the
     * whole list: a limit on what we remember of sources that come and go.
     */
    private static final int MAX_SOURCES = 4096;

    /** The Filter Mode Retransmission Counter. */
    private int modeChangesLeft;

    /** The Retransmission List with its counters. */
    private final TreeMap<IpAddress, Integer> sourcesLeft = new TreeMap<>();

    /** Adds the difference between two states to what is pending. */
    void merge(Membership before, Membership after, int robustness) {
        if (before.mode() != after.mode()) {
            modeChangesLeft = robustness;
            return;
        }
        SourceSet added = after.sources().minus(before.sources());
        SourceSet removed = before.sources().minus(after.sources());
        for (IpAddress source : added.plus(removed)) {
            sourcesLeft.put(source, robustness);
        }
        if (sourcesLeft.size() > MAX_SOURCES) {
            sourcesLeft.clear();
            modeChangesLeft = robustness;
        }
    }

    /**
     * The records of the next State-Change Report, counted down: a filter-mode change as long as
     * one is pending, source-list changes otherwise.
     *
     * @param now the state as it is now
     */
    List<GroupRecord> transmit(IpAddress group, Membership now) {
        List<GroupRecord> records = new ArrayList<>();
        if (modeChangesLeft > 0) {
            RecordType type =
                    switch (now.mode()) {
                        case INCLUDE -> RecordType.TO_IN;
                        case EXCLUDE -> RecordType.TO_EX;
                    };
            records.add(new GroupRecord(type, group, now.sources().toList()));
        } else {
            SourceSet sources = SourceSet.of(sourcesLeft.keySet());
            SourceSet listed = sources.and(now.sources());
            SourceSet unlisted = sources.minus(now.sources());
            boolean include = now.mode() == FilterMode.INCLUDE;
            add(records, RecordType.ALLOW, group, include ? listed : unlisted);
            add(records, RecordType.BLOCK, group, include ? unlisted : listed);
        }
        countDown();
        return records;
    }

    private static void add(
            List<GroupRecord> records, RecordType type, IpAddress group, SourceSet sources) {
        if (!sources.isEmpty()) {
            records.add(new GroupRecord(type, group, sources.toList()));
        }
    }

    /** One transmission more has been made. */
    void countDown() {
        modeChangesLeft = Math.max(0, modeChangesLeft - 1);
        sourcesLeft.replaceAll((_, left) -> left - 1);
        sourcesLeft.values().removeIf(left -> left <= 0);
    }

    /** How often something is still to be said. */
    int left() {
        return sourcesLeft.values().stream().reduce(modeChangesLeft, Math::max);
    }

    /** Has everything been said often enough? */
    boolean isOver() {
        return modeChangesLeft == 0 && sourcesLeft.isEmpty();
    }
}
