package mcproxy.core;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

/** What a deadline is for. */
sealed interface Reminder {
    /** The family that it concerns. */
    Family family();

    /** Belongs to the router side of a link. */
    sealed interface OfRouter extends Reminder {
        int ifindex();
    }

    /** Belongs to the host side of a link. */
    sealed interface OfHost extends Reminder {
        int ifindex();
    }

    /** The next General Query is to be sent. */
    record GeneralQuery(int ifindex, Family family) implements OfRouter {}

    /** The other querier has not been heard for the Other Querier Present Interval. */
    record OtherQuerierGone(int ifindex, Family family) implements OfRouter {}

    /** The group timer (RFC 9776 6.2.2); in RFC 9777 the filter timer. */
    record GroupTimer(int ifindex, IpAddress group) implements OfRouter {
        @Override
        public Family family() {
            return group.family();
        }
    }

    /** A source timer (RFC 9776 6.2.3). */
    record SourceTimer(int ifindex, IpAddress group, IpAddress source) implements OfRouter {
        @Override
        public Family family() {
            return group.family();
        }
    }

    /** Specific queries for the group are to be sent again (RFC 9776 6.6.3). */
    record SpecificQuery(int ifindex, IpAddress group) implements OfRouter {
        @Override
        public Family family() {
            return group.family();
        }
    }

    /** The Older Host Present timer of a group for hosts of a generation (RFC 9776 7.3.2). */
    record OlderHosts(int ifindex, IpAddress group, int generation) implements OfRouter {
        @Override
        public Family family() {
            return group.family();
        }
    }

    /** A host has not reported the group for the Group Membership Interval. */
    record HostGone(int ifindex, IpAddress group, Reporter host) implements OfRouter {
        @Override
        public Family family() {
            return group.family();
        }
    }

    /** No querier of a generation has been heard on a downstream for long (RFC 9776 6.6.2). */
    record OlderRouter(int ifindex, Family family, int generation) implements OfRouter {}

    /** We are to advertise ourselves to snooping switches (RFC 4286 3.4). */
    record Advertisement(int ifindex, Family family) implements OfRouter {}

    /** State-Change Reports are to be sent again (RFC 9776 5.1). */
    record ChangeReport(int ifindex, Family family) implements OfHost {}

    /** The answer to a General Query is to be sent (RFC 9776 5.2, the interface timer). */
    record GeneralResponse(int ifindex, Family family) implements OfHost {}

    /** Answers to specific queries are to be sent (RFC 9776 5.2, the group timers). */
    record GroupResponses(int ifindex, Family family) implements OfHost {}

    /** The Older Version Querier Present timer of a generation (RFC 9776 7.2.1). */
    record OlderQuerier(int ifindex, Family family, int generation) implements OfHost {}

    /** A group that nobody wants any longer is to be left upstream. */
    record LingerEnds(IpAddress group) implements Reminder {
        @Override
        public Family family() {
            return group.family();
        }
    }

    /** The kernel's counters tell which sources of {@link RuleMatching.Mutex} still send. */
    record SilenceCheck(Family family) implements Reminder {}

    /** Peers had their time to bring a group (RFC 7287 5.4). */
    record PeeringWaitEnds(IpAddress group) implements Reminder {
        @Override
        public Family family() {
            return group.family();
        }
    }

    /** The kernel's counters are to be looked at for routes that nobody uses. */
    record IdleRoutes(Family family) implements Reminder {}
}
