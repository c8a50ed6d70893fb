package mcproxy.core;

import mcproxy.wire.Family;
import mcproxy.wire.Message;
import mcproxy.wire.Protocol;

import java.time.Duration;

/**
 * The Older Version Querier Present timers of an upstream, and the version that follows from them
 * (RFC 9776 7.2.1, RFC 9777 8.2.1).
 */
final class OlderQueriers {
    private final LinkAt link;
    private final Deadlines deadlines;

    /** The Query Interval in the last MLDv2 query. */
    private Duration queryInterval = Timers.DEFAULT_QUERY_INTERVAL;

    OlderQueriers(LinkAt link, Deadlines deadlines) {
        this.link = link;
        this.deadlines = deadlines;
    }

    /** Takes note of the version of a query. */
    void heard(Message.Query query, int robustness, long nowNanos) {
        int generation = query.protocol().generation();
        if (generation == 3) {
            adoptQueryInterval(query);
        } else if (tellsVersion(query)) {
            Duration interval =
                    switch (link.family()) {
                        case IPV4 -> presentInterval(query);
                        case IPV6 -> presentTimeout(query, robustness);
                    };
            deadlines.set(timer(generation), nowNanos + interval.toNanos());
        }
    }

    /**
     * IGMP goes by General Queries, which all queries of version 1 are (RFC 9776 7.2.1); MLD by any
     * query (RFC 9777 8.2.1).
     */
    private static boolean tellsVersion(Message.Query query) {
        return query.isGeneral()
                || query.protocol() == Protocol.IGMPV1
                || query.family() == Family.IPV6;
    }

    /** RFC 9776 8.12: from the default values, as an older query does not tell its own. */
    private static Duration presentInterval(Message.Query query) {
        return Timers.DEFAULT_QUERY_INTERVAL
                .multipliedBy(Timers.DEFAULT_ROBUSTNESS)
                .plusMillis(10L * query.maxResponseMillis());
    }

    /** RFC 9777 9.12: from the Query Interval last heard of, and one response interval. */
    private Duration presentTimeout(Message.Query query, int robustness) {
        Duration response =
                query.isGeneral()
                        ? Duration.ofMillis(query.maxResponseMillis())
                        : Timers.DEFAULT_QUERY_RESPONSE_INTERVAL;
        return queryInterval.multipliedBy(robustness).plus(response);
    }

    private void adoptQueryInterval(Message.Query query) {
        queryInterval =
                query.queryIntervalSeconds() == 0
                        ? Timers.DEFAULT_QUERY_INTERVAL
                        : Duration.ofSeconds(query.queryIntervalSeconds());
    }

    /** The version to speak: no newer than the configured one, and the oldest heard lately. */
    Protocol spoken() {
        LinkSettings settings = link.settings();
        if (!settings.host().fallback()) {
            return settings.protocol();
        }
        int heard = deadlines.isSet(timer(1)) ? 1 : deadlines.isSet(timer(2)) ? 2 : 3;
        return Protocol.of(link.family(), Math.min(settings.protocol().generation(), heard));
    }

    void forget() {
        deadlines.cancel(timer(1));
        deadlines.cancel(timer(2));
    }

    private Reminder timer(int generation) {
        return new Reminder.OlderQuerier(link.ifindex(), link.family(), generation);
    }
}
