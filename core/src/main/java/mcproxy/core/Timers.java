package mcproxy.core;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The timers and counts of RFC 9776 8 and RFC 9777 9, which have the same defaults.
 *
 * @param robustness the Robustness Variable, 1 to 7 (8.1: must not be 0, should not be 1); default
 *     2
 * @param queryInterval the Query Interval (8.2), 1 s to 31,744 s; default 125 s
 * @param queryResponseInterval the Query Response Interval (8.3), 100 ms up to less than the Query
 *     Interval; default 10 s
 * @param startupQueryInterval the Startup Query Interval (8.6); default a quarter of the Query
 *     Interval
 * @param startupQueryCount the Startup Query Count (8.7), 1 or more; default the robustness
 * @param lastMemberQueryInterval the Last Member Query Interval (8.8), 100 ms or more; default 1 s
 * @param lastMemberQueryCount the Last Member Query Count (8.9), 1 or more; default the robustness
 */
public record Timers(
        int robustness,
        Duration queryInterval,
        Duration queryResponseInterval,
        Duration startupQueryInterval,
        int startupQueryCount,
        Duration lastMemberQueryInterval,
        int lastMemberQueryCount) {
    /** RFC 9776 8.1. */
    public static final int DEFAULT_ROBUSTNESS = 2;

    /** RFC 9776 8.2. */
    public static final Duration DEFAULT_QUERY_INTERVAL = Duration.ofSeconds(125);

    /** RFC 9776 8.3. */
    public static final Duration DEFAULT_QUERY_RESPONSE_INTERVAL = Duration.ofSeconds(10);

    /** RFC 9776 8.8. */
    public static final Duration DEFAULT_LAST_MEMBER_QUERY_INTERVAL = Duration.ofSeconds(1);

    /** The RFCs' defaults. */
    public static final Timers DEFAULT =
            with(
                    DEFAULT_ROBUSTNESS,
                    DEFAULT_QUERY_INTERVAL,
                    DEFAULT_QUERY_RESPONSE_INTERVAL,
                    Optional.empty(),
                    OptionalInt.empty(),
                    DEFAULT_LAST_MEMBER_QUERY_INTERVAL,
                    OptionalInt.empty());

    /**
     * Timers of which those that are left empty follow from the others, as RFC 9776 8.6, 8.7 and
     * 8.9 say.
     */
    public static Timers with(
            int robustness,
            Duration queryInterval,
            Duration queryResponseInterval,
            Optional<Duration> startupQueryInterval,
            OptionalInt startupQueryCount,
            Duration lastMemberQueryInterval,
            OptionalInt lastMemberQueryCount) {
        return new Timers(
                robustness,
                queryInterval,
                queryResponseInterval,
                startupQueryInterval.orElse(queryInterval.dividedBy(4)),
                startupQueryCount.orElse(robustness),
                lastMemberQueryInterval,
                lastMemberQueryCount.orElse(robustness));
    }

    /**
     * These timers with what the elected querier tells of its own. Zero means that it tells
     * nothing: then our robustness stays (RFC 9776 4.1.6), and the query interval is the default
     * (4.1.7). A Last Member Query Count that is our robustness, as by default, follows it (8.9).
     */
    Timers adopting(int querierRobustness, int querierIntervalSeconds) {
        int adopted = querierRobustness == 0 ? robustness : querierRobustness;
        return new Timers(
                adopted,
                querierIntervalSeconds == 0
                        ? DEFAULT_QUERY_INTERVAL
                        : Duration.ofSeconds(querierIntervalSeconds),
                queryResponseInterval,
                startupQueryInterval,
                startupQueryCount,
                lastMemberQueryInterval,
                lastMemberQueryCount == robustness ? adopted : lastMemberQueryCount);
    }

    /** How long a membership lives without a report: RV x QI + 2 x QRI (8.4), 270 s. */
    public Duration groupMembershipInterval() {
        return queryInterval.multipliedBy(robustness).plus(queryResponseInterval.multipliedBy(2));
    }

    /** How long another querier is believed in: RV x QI + QRI / 2 (8.5), 255 s. */
    public Duration otherQuerierPresentInterval() {
        return queryInterval.multipliedBy(robustness).plus(queryResponseInterval.dividedBy(2));
    }

    /** How long older hosts are believed in: RV x QI + QRI (8.13), 260 s. */
    public Duration olderHostPresentInterval() {
        return queryInterval.multipliedBy(robustness).plus(queryResponseInterval);
    }

    /** How long a member has to answer after a leave: LMQI x LMQC (8.10), 2 s. */
    public Duration lastMemberQueryTime() {
        return lastMemberQueryInterval.multipliedBy(lastMemberQueryCount);
    }
}
