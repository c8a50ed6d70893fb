package mcproxy.core;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message.Query;
import mcproxy.wire.Protocol;

import java.time.Duration;
import java.util.List;

/**
 * Who asks the General Queries on a downstream, and when (RFC 9776 6.1, 6.6.2; RFC 9777 7.1,
 * 7.6.2).
 */
final class Querier {
    private final LinkAt link;
    private final Deadlines deadlines;
    private final Reminder nextQuery;
    private final Reminder otherGone;

    private boolean self;
    private IpAddress elected;
    private int startupQueriesLeft;
    private Timers timers;

    Querier(LinkAt link, Deadlines deadlines) {
        this.link = link;
        this.deadlines = deadlines;
        this.nextQuery = new Reminder.GeneralQuery(link.ifindex(), link.family());
        this.otherGone = new Reminder.OtherQuerierGone(link.ifindex(), link.family());
        this.elected = link.address();
        this.timers = link.settings().timers();
    }

    /** Are we the querier of this link? Only then do we forward onto it (RFC 4605 3). */
    boolean isSelf() {
        return self;
    }

    /** The address of the querier. */
    IpAddress elected() {
        return elected;
    }

    /** The timers in force: ours, or with the elected querier's robustness and interval. */
    Timers timers() {
        return timers;
    }

    /** The version that queries are sent in. */
    Protocol protocol() {
        return link.settings().protocol();
    }

    /** A router starts as querier, with the startup queries (RFC 9776 6.1). */
    void start(Cycle cycle) {
        become(link.address(), true, cycle);
        timers = link.settings().timers();
        startupQueriesLeft = timers.startupQueryCount();
        sendGeneralQuery(cycle);
    }

    /** The link's address changed; as querier we go on under the new one. */
    void addressChanged(Cycle cycle) {
        if (self) {
            become(link.address(), true, cycle);
            deadlines.setIfEarlier(nextQuery, cycle.now());
        }
    }

    /** Sends a General Query, and plans the next one. */
    void sendGeneralQuery(Cycle cycle) {
        link.send(link.allHosts(), generalQuery(), cycle);
        startupQueriesLeft = Math.max(0, startupQueriesLeft - 1);
        Duration pause =
                startupQueriesLeft > 0 ? timers.startupQueryInterval() : timers.queryInterval();
        deadlines.set(nextQuery, cycle.now() + pause.toNanos());
    }

    private Query generalQuery() {
        return query(link.family().unspecified(), timers.queryResponseInterval(), false, List.of());
    }

    /** A query in the version of this link, with our robustness and interval. */
    Query query(IpAddress group, Duration maxResponse, boolean suppress, List<IpAddress> sources) {
        return new Query(
                protocol(),
                group,
                (int) maxResponse.toMillis(),
                suppress,
                timers.robustness(),
                (int) timers.queryInterval().toSeconds(),
                sources);
    }

    /**
     * Another router's query: the lower address becomes querier (RFC 9776 6.6.2). In IGMP only
     * General Queries count; queries from 0.0.0.0 come from snooping switches and never do (RFC
     * 4541 2.1.1).
     */
    void heard(Query query, IpAddress sender, Cycle cycle) {
        boolean counts = query.isGeneral() || link.family() == Family.IPV6;
        if (!counts || sender.isUnspecified() || !precedes(sender, link.address())) {
            return;
        }
        if (self || sender.equals(elected) || precedes(sender, elected)) {
            if (self || !sender.equals(elected)) {
                become(sender, false, cycle);
                deadlines.cancel(nextQuery);
            }
            adopt(query);
            deadlines.set(otherGone, cycle.now() + timers.otherQuerierPresentInterval().toNanos());
        }
    }

    /** The elected querier has fallen silent: we take over (RFC 9776 6.6.2). */
    void otherGone(Cycle cycle) {
        become(link.address(), true, cycle);
        timers = link.settings().timers();
        sendGeneralQuery(cycle);
    }

    /**
     * Robustness and query interval of the elected querier hold, where it tells them (8.1, 8.2).
     */
    private void adopt(Query query) {
        Timers own = link.settings().timers();
        timers =
                query.protocol().generation() < 3
                        ? own
                        : own.adopting(query.robustness(), query.queryIntervalSeconds());
    }

    private void become(IpAddress querier, boolean isSelf, Cycle cycle) {
        boolean change = self != isSelf || !elected.equals(querier);
        self = isSelf;
        elected = querier;
        if (change) {
            cycle.tell(new Event.QuerierElected(link.name(), link.family(), querier, isSelf));
            cycle.touchLinks(link.family());
        }
    }

    /** Is one querier preferred to another? IPv6 compares the lower 64 bits (RFC 9777 7.6.2). */
    private static boolean precedes(IpAddress one, IpAddress other) {
        if (other.isUnspecified()) {
            return true; // who has no address cannot be elected
        }
        return one.family() == Family.IPV6
                ? Long.compareUnsigned(one.low(), other.low()) < 0
                : one.compareTo(other) < 0;
    }

    void stop() {
        deadlines.cancel(nextQuery);
        deadlines.cancel(otherGone);
    }
}
