package mcproxy.core;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Message.Query;
import mcproxy.wire.Protocol;

import java.time.Duration;
import java.util.List;

/**
 * Who asks the General Queries on a downstream, when, and in which version (RFC 9776 6.1, 6.6.2,
 * 7.3.1; RFC 9777 7.1, 7.6.2, 8.3.1).
 */
final class Querier {
    private final LinkAt link;
    private final Deadlines deadlines;
    private final Pace pace;
    private final Reminder nextQuery;
    private final Reminder otherGone;

    private boolean self;
    private IpAddress elected;

    /** By when the elected querier has to ask again, unless that are we. */
    private long electedUntilNanos = Long.MIN_VALUE;

    private int electedGeneration;
    private int startupQueriesLeft;

    /** Hosts that were asked shall not be asked again before they have answered. */
    private long nextContradictionNanos = Long.MIN_VALUE;

    private Timers timers;
    private Protocol spoken;

    Querier(LinkAt link, Deadlines deadlines, Pace pace) {
        this.link = link;
        this.deadlines = deadlines;
        this.pace = pace;
        this.nextQuery = new Reminder.GeneralQuery(link.ifindex(), link.family());
        this.otherGone = new Reminder.OtherQuerierGone(link.ifindex(), link.family());
        this.elected = link.family().unspecified();
        this.timers = link.settings().timers();
        this.spoken = link.settings().protocol();
        this.electedGeneration = spoken.generation();
    }

    /** Are we the querier of this link? */
    boolean isSelf() {
        return self;
    }

    /** Do we forward onto this link? Only the querier does, unless set otherwise (RFC 4605 3). */
    boolean isForwarder() {
        return self || settings().forwardWhenNotQuerier();
    }

    /** Can and may we ask specific queries? */
    boolean isAsking() {
        return self && canAsk();
    }

    /**
     * Can specific queries that are under way go on? They do when another becomes querier meanwhile
     * (RFC 2236 3, RFC 2710 4).
     */
    boolean canAsk() {
        return settings().enabled() && link.canSend();
    }

    /** The address of the querier; unspecified when there is none that we know of. */
    IpAddress elected() {
        return elected;
    }

    /** The timers in force: ours, or with the elected querier's robustness and interval. */
    Timers timers() {
        return timers;
    }

    /** The version that queries are sent in. */
    Protocol protocol() {
        return spoken;
    }

    private RouterSettings.Querying settings() {
        return link.settings().router().querying();
    }

    /** A router starts as querier, with the startup queries (RFC 9776 6.1). */
    void start(Cycle cycle) {
        deadlines.cancel(otherGone);
        electedUntilNanos = Long.MIN_VALUE;
        timers = link.settings().timers();
        if (!settings().enabled()) {
            become(link.family().unspecified(), false, cycle);
            deadlines.cancel(nextQuery);
            return;
        }
        become(link.address(), true, cycle);
        startupQueriesLeft = timers.startupQueryCount();
        sendGeneralQuery(cycle);
    }

    /** The link's address changed; as querier we go on under the new one. */
    void addressChanged(boolean couldSend, Cycle cycle) {
        if (self && !couldSend) {
            start(cycle); // the startup queries could not go out until now
        } else if (self) {
            become(link.address(), true, cycle);
            deadlines.setIfEarlier(nextQuery, cycle.now());
        }
    }

    /** The link's settings changed: what is new holds at once, and all hosts are asked. */
    void settingsChanged(LinkSettings before, Cycle cycle) {
        LinkSettings now = link.settings();
        if (before.router().querying().enabled() != settings().enabled()) {
            start(cycle);
        } else if (!before.timers().equals(now.timers()) || before.protocol() != now.protocol()) {
            if (self) {
                timers = now.timers();
                deadlines.setIfEarlier(nextQuery, cycle.now());
            }
        }
        adoptVersion(cycle);
        cycle.touchLinks(link.family()); // forwarding may depend on another rule now
    }

    /** Sends a General Query, and plans the next one. */
    void sendGeneralQuery(Cycle cycle) {
        link.send(link.allHosts(), generalQuery(), cycle);
        startupQueriesLeft = Math.max(0, startupQueriesLeft - 1);
        Duration pause =
                startupQueriesLeft > 0 ? timers.startupQueryInterval() : timers.queryInterval();
        deadlines.set(nextQuery, cycle.now() + pause.toNanos());
    }

    /** Asks everybody now, and again when the answers are in, in case that one is lost. */
    void askTwice(Cycle cycle) {
        link.send(link.allHosts(), generalQuery(), cycle);
        deadlines.setIfEarlier(nextQuery, cycle.now() + timers.queryResponseInterval().toNanos());
    }

    private Query generalQuery() {
        return query(link.family().unspecified(), timers.queryResponseInterval(), false, List.of());
    }

    /**
     * A query in the version of this link, with our robustness and interval; the older versions
     * have no such fields and no S flag (RFC 9776 7.3.1).
     */
    Query query(IpAddress group, Duration maxResponse, boolean suppress, List<IpAddress> sources) {
        int maxResponseMillis = (int) maxResponse.toMillis();
        if (spoken.generation() < 3) {
            return new Query(spoken, group, maxResponseMillis, false, 0, 0, List.of());
        }
        return new Query(
                spoken,
                group,
                maxResponseMillis,
                suppress,
                timers.robustness(),
                (int) timers.queryInterval().toSeconds(),
                sources);
    }

    // ---- election: RFC 9776 6.6.2, RFC 9777 7.6.2 ----

    /**
     * Another router's query: the lower address becomes querier. In IGMP only General Queries
     * count; queries from 0.0.0.0 come from snooping switches and never do (RFC 4541 2.1.1).
     */
    void heard(Query query, IpAddress sender, Cycle cycle) {
        if (query.isGeneral()) {
            heardVersion(query, sender, cycle);
        }
        if (self && query.isGeneral() && isRival(sender)) {
            contradict(cycle);
        }
        boolean counts = query.isGeneral() || link.family() == Family.IPV6;
        if (!counts || sender.isUnspecified() || !precedesUs(sender)) {
            return;
        }
        boolean isNew = !sender.equals(elected);
        boolean isSilent = cycle.now() >= electedUntilNanos;
        if (self || !isNew || isSilent || precedes(sender, elected)) {
            int generation = query.protocol().generation();
            boolean older = generation < link.settings().protocol().generation();
            if (older && (self || isNew || generation < electedGeneration)) {
                lostToOlder(query.protocol(), sender, cycle);
            }
            electedGeneration = generation;
            become(sender, false, cycle);
            deadlines.cancel(nextQuery);
            adopt(query);
            electedUntilNanos = otherPresentUntil(cycle);
        }
        // Whoever precedes us keeps us from asking, also when it has to yield to a third one.
        deadlines.set(otherGone, otherPresentUntil(cycle));
    }

    private long otherPresentUntil(Cycle cycle) {
        return cycle.now() + timers.otherQuerierPresentInterval().toNanos();
    }

    /** Does it ask although it would have to leave that to us, as it has not heard of us yet? */
    private boolean isRival(IpAddress sender) {
        return !sender.isUnspecified() && precedes(link.address(), sender);
    }

    /**
     * Two that think they are querier both forward: packets are on the link twice, or circle if
     * both join the same two links. Our next query could be minutes away, so the other one hears
     * one now (not demanded by RFC 9776 6.6.2, which only bounds the time). The plan of our queries
     * stays as it is.
     */
    private void contradict(Cycle cycle) {
        if (cycle.now() >= nextContradictionNanos) {
            nextContradictionNanos = cycle.now() + timers.queryResponseInterval().toNanos();
            link.send(link.allHosts(), generalQuery(), cycle);
        }
    }

    /** RFC 4604 3.6. */
    private void lostToOlder(Protocol protocol, IpAddress sender, Cycle cycle) {
        if (pace.allows(Pace.Kind.ELECTION_LOST, cycle.now())) {
            cycle.tell(new Event.ElectionLostToOlderVersion(link.name(), sender, protocol));
        }
    }

    /** The elected querier has fallen silent: we take over (RFC 9776 6.6.2). */
    void otherGone(Cycle cycle) {
        timers = link.settings().timers();
        electedUntilNanos = Long.MIN_VALUE;
        if (settings().enabled()) {
            become(link.address(), true, cycle);
            sendGeneralQuery(cycle);
        } else {
            become(link.family().unspecified(), false, cycle);
        }
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

    /** Who may not be querier is preceded by anybody. */
    private boolean precedesUs(IpAddress sender) {
        return !settings().enabled() || precedes(sender, link.address());
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

    // ---- older queriers: RFC 9776 7.3.1, RFC 9777 8.3.1 ----

    /**
     * A querier of another version is worth a warning. The oldest version on the link is to be used
     * (6.6.2), which the configuration has to assure (7.3.1), or which we follow by ourselves until
     * the older querier has been silent for the time that hosts wait, too (8.12).
     */
    private void heardVersion(Query query, IpAddress sender, Cycle cycle) {
        Protocol configured = link.settings().protocol();
        if (query.protocol() != configured
                && pace.allows(Pace.Kind.ofQuerier(query.protocol()), cycle.now())) {
            cycle.tell(
                    new Event.OtherVersionQuerier(
                            link.name(), sender, query.protocol(), configured));
        }
        if (query.protocol().generation() < configured.generation()) {
            Timers own = link.settings().timers();
            long silence =
                    own.queryInterval()
                            .multipliedBy(own.robustness())
                            .plusMillis(10L * query.maxResponseMillis())
                            .toNanos();
            deadlines.set(olderRouter(query.protocol().generation()), cycle.now() + silence);
        }
        adoptVersion(cycle);
    }

    /** Speaks the version that the settings and the queriers heard lately ask for. */
    void adoptVersion(Cycle cycle) {
        int configured = link.settings().protocol().generation();
        int oldest = deadlines.isSet(olderRouter(1)) ? 1 : deadlines.isSet(olderRouter(2)) ? 2 : 3;
        Protocol now =
                Protocol.of(
                        link.family(),
                        settings().followOlderQueriers()
                                ? Math.min(configured, oldest)
                                : configured);
        if (now != spoken) {
            spoken = now;
            cycle.tell(new Event.DownstreamVersion(link.name(), link.family(), now));
        }
    }

    void stop() {
        deadlines.cancel(nextQuery);
        deadlines.cancel(otherGone);
        deadlines.cancel(olderRouter(1));
        deadlines.cancel(olderRouter(2));
    }

    private Reminder olderRouter(int generation) {
        return new Reminder.OlderRouter(link.ifindex(), link.family(), generation);
    }
}
