package mcproxy.lab.sim;

import mcproxy.wire.Protocol;

/**
 * What the routers of a link are configured with, and what RFC 9776 8 makes of it; written anew
 * here, so that a wrong formula of the engine shows.
 *
 * @param protocol the version of the routers' queries
 * @param robustness RV
 * @param queryIntervalSeconds QI
 * @param queryResponseSeconds QRI
 * @param lastMemberMillis LMQI; LMQC is the robustness
 */
record Settings(
        Protocol protocol,
        int robustness,
        int queryIntervalSeconds,
        int queryResponseSeconds,
        int lastMemberMillis) {

    long queryIntervalNanos() {
        return queryIntervalSeconds * Agenda.SECOND;
    }

    long queryResponseNanos() {
        return queryResponseSeconds * Agenda.SECOND;
    }

    long lastMemberQueryNanos() {
        return lastMemberMillis * Agenda.MILLI;
    }

    /** LMQT, RFC 9776 8.10. */
    long lastMemberTimeNanos() {
        return lastMemberQueryNanos() * robustness;
    }

    /** GMI, RFC 9776 8.4: RV x QI + 2 x QRI. */
    long groupMembershipNanos() {
        return membershipNanos(robustness, queryIntervalSeconds);
    }

    /** GMI with another querier's values. */
    long membershipNanos(int querierRobustness, int querierIntervalSeconds) {
        return (long) querierRobustness * querierIntervalSeconds * Agenda.SECOND
                + 2 * queryResponseNanos();
    }

    /** The Other Querier Present Interval, RFC 9776 8.5: RV x QI + QRI / 2. */
    long otherQuerierNanos() {
        return robustness * queryIntervalNanos() + queryResponseNanos() / 2;
    }

    /** The Older Host Present Interval, RFC 9776 8.13, with another querier's values. */
    long olderHostNanos(int querierRobustness, int querierIntervalSeconds) {
        return (long) querierRobustness * querierIntervalSeconds * Agenda.SECOND
                + queryResponseNanos();
    }
}
