package mcproxy.core;

import mcproxy.wire.IpAddress;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The answers to specific queries that are still to be given: when, and for which sources (RFC 9776
 * 5.2).
 */
final class PendingAnswers {
    /** An answer that is due: for these sources, or with none for the whole group. */
    record Answer(IpAddress group, SourceSet asked) {}

    /** RFC 9776 9.1 asks for limits; beyond them a group is answered for as a whole. */
    private static final int MAX_SOURCES_PER_GROUP = 1024;

    private static final int MAX_SOURCES = 65_536;

    private final Agenda agenda = new Agenda();
    private final Map<IpAddress, SourceSet> asked = new HashMap<>();
    private int sourceCount;

    /** Rules 3 to 5 of RFC 9776 5.2. */
    void plan(IpAddress group, SourceSet sources, long atNanos) {
        SourceSet pending = asked.get(group);
        if (pending == null) {
            remember(group, sources); // rule 3
        } else if (sources.isEmpty() || pending.isEmpty()) {
            remember(group, SourceSet.EMPTY); // rule 4
        } else {
            remember(group, pending.plus(sources)); // rule 5
        }
        agenda.setIfEarlier(group, atNanos);
    }

    /** Plans an answer for the whole group, in place of what was planned for it. */
    void replan(IpAddress group, long atNanos) {
        remember(group, SourceSet.EMPTY);
        agenda.set(group, atNanos);
    }

    private void remember(IpAddress group, SourceSet sources) {
        drop(group);
        boolean tooMany =
                sources.size() > MAX_SOURCES_PER_GROUP
                        || sourceCount + sources.size() > MAX_SOURCES;
        SourceSet kept = tooMany ? SourceSet.EMPTY : sources;
        asked.put(group, kept);
        sourceCount += kept.size();
    }

    private void drop(IpAddress group) {
        SourceSet before = asked.remove(group);
        sourceCount -= before == null ? 0 : before.size();
    }

    /** When the answer for a group is due; {@link ProxyEngine#NO_DEADLINE} when there is none. */
    long at(IpAddress group) {
        return agenda.at(group);
    }

    /** When the first answer is due; {@link ProxyEngine#NO_DEADLINE} when there is none. */
    long first() {
        return agenda.first();
    }

    /** Takes out the first answer that is due. */
    Optional<Answer> pollDue(long nowNanos) {
        Optional<IpAddress> group = agenda.pollDue(nowNanos);
        if (group.isEmpty()) {
            return Optional.empty();
        }
        SourceSet sources = asked.getOrDefault(group.get(), SourceSet.EMPTY);
        drop(group.get());
        return Optional.of(new Answer(group.get(), sources));
    }

    /** The group has been answered for otherwise, or is no longer wanted. */
    void cancel(IpAddress group) {
        agenda.remove(group);
        drop(group);
    }

    void clear() {
        agenda.clear();
        asked.clear();
        sourceCount = 0;
    }
}
