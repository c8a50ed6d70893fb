package mcproxy.core;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Protocol;
import mcproxy.wire.Reason;

import java.util.List;

/**
 * What happened, as a value; one renderer makes a line for people of it, others make data.
 *
 * <p>Interfaces are given by name.
 */
public sealed interface Event {
    /** An interface takes part. */
    record LinkStarted(String link, Family family, LinkSettings.Role role, IpAddress address)
            implements Event {}

    /** An interface no longer takes part. */
    record LinkEnded(String link, Family family, LinkSettings.Role role) implements Event {}

    /** Who asks the questions on a downstream has changed (RFC 9776 6.6.2). */
    record QuerierElected(String link, Family family, IpAddress querier, boolean self)
            implements Event {}

    /**
     * We are not querier, and the one that is speaks an older version than we could:
     * source-specific members get nothing there (RFC 4604 3.6 demands that this is logged).
     */
    record ElectionLostToOlderVersion(String link, IpAddress querier, Protocol protocol)
            implements Event {}

    /**
     * A querier on a downstream speaks another version than is configured (RFC 9776 7.3.1); told at
     * most once a minute.
     */
    record OtherVersionQuerier(String link, IpAddress sender, Protocol heard, Protocol configured)
            implements Event {}

    /** Our queries on a downstream are of another version than before (RFC 9776 6.6.2). */
    record DownstreamVersion(String link, Family family, Protocol protocol) implements Event {}

    /** Another node on the link uses our address; told at most once a minute. */
    record DuplicateAddress(String link, IpAddress address) implements Event {}

    /**
     * What we sent on one interface has come in on another: the two are one link, or there is a
     * loop. Told at most once a minute.
     *
     * @param link where it came in
     * @param sentOn where it was sent
     */
    record OwnMessageHeard(String link, String sentOn, IpAddress address) implements Event {}

    /**
     * A stream arrives on two interfaces, because of a loop or of two senders with one address; its
     * route stays where it is. Told at most once a minute for each interface.
     *
     * @param incoming the interface that it is taken from
     * @param alsoOn the interface where it is not
     */
    record StreamOnTwoLinks(IpAddress source, IpAddress group, String incoming, String alsoOn)
            implements Event {}

    /** What the receivers on a downstream want of a group has changed. */
    record DownstreamMembership(String link, IpAddress group, Membership membership)
            implements Event {}

    /** The members of so many groups were asked whether they are still there. */
    record MembersAskedAgain(String link, Family family, int groups) implements Event {}

    /** What we report of a group on an upstream has changed. */
    record UpstreamMembership(String link, IpAddress group, Membership membership)
            implements Event {}

    /** A forwarding entry was set. */
    record RouteSet(IpAddress source, IpAddress group, String incoming, List<String> outgoing)
            implements Event {
        /** Copies the list. */
        public RouteSet {
            outgoing = List.copyOf(outgoing);
        }
    }

    /** A forwarding entry was deleted. */
    record RouteDeleted(IpAddress source, IpAddress group) implements Event {}

    /** The upstream's querier speaks another version than before (RFC 9776 7.2.1). */
    record UpstreamVersion(String link, Family family, Protocol protocol) implements Event {}

    /**
     * An upstream's querier asks in a version that knows no sources, while a source-specific group
     * is wanted (RFC 4604 2.2.3, 2.2.5): its channels may not arrive. Told once a minute at most.
     */
    record OlderQueryForSsm(String link, Protocol protocol, IpAddress group) implements Event {}

    /**
     * A packet, or a part of one, was refused; {@code sender} is unspecified when it could not be
     * read. There is one for each, to be counted by reason rather than written down.
     */
    record Refused(String link, Reason reason, IpAddress sender) implements Event {}

    /** The limits that can be reached. */
    enum Limit {
        /** {@link Limits#groupsPerLink} or {@link RouterSettings.LinkLimits#groups}. */
        GROUPS_PER_LINK,
        /** {@link Limits#sourcesPerLink}. */
        SOURCES_PER_LINK,
        /** {@link RouterSettings.LinkLimits#groupSources}. */
        SOURCES_PER_GROUP,
        /** {@link RouterSettings.LinkLimits#hosts}: the host is served, but not tracked. */
        HOSTS_PER_LINK,
        /** {@link Limits#routes}. */
        ROUTES,
        /** Groups whose changes an upstream still has to report: 262,144. */
        CHANGES_PER_UPSTREAM
    }

    /** Something about a group was not taken in because a limit is reached. */
    record LimitReached(String link, IpAddress group, Limit limit) implements Event {}
}
