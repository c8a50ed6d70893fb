package mcproxy.wire;

import java.util.List;

/**
 * A group membership message of either family and any version.
 *
 * <p>The same types serve IGMP and MLD: an MLDv1 Done is a {@link Leave}, a Multicast Address
 * Record is a {@link GroupRecord}. The messages by which routers and snooping switches find each
 * other travel the same way and are {@link RouterDiscovery}.
 */
public sealed interface Message {
    /** The address family of the addresses inside. */
    Family family();

    /**
     * A query: General, group-specific, or group-and-source-specific (RFC 9776 4.1, RFC 9777 5.1).
     *
     * @param protocol the version, which the length (and in IGMPv1 the code) tells
     * @param group the group asked for; unspecified in a General Query
     * @param maxResponseMillis the maximum response time in milliseconds, 0 to 8,387,584; IGMP
     *     carries tenths of a second up to 3174.4 s. An IGMPv1 query carries none: then 10,000
     * @param suppressRouterSide the S flag: routers must not lower their timers
     * @param robustness the Querier's Robustness Variable, 0 to 7; 0 also for "more than 7"
     * @param queryIntervalSeconds the Querier's Query Interval in seconds, 0 to 31,744
     * @param sources the sources asked for; empty unless group-and-source-specific
     * @param extension what follows the sources (RFC 9279); only received, never sent
     */
    record Query(
            Protocol protocol,
            IpAddress group,
            int maxResponseMillis,
            boolean suppressRouterSide,
            int robustness,
            int queryIntervalSeconds,
            List<IpAddress> sources,
            Extension extension)
            implements Message {
        /** Copies the list. */
        public Query {
            sources = List.copyOf(sources);
        }

        /** A query without extension. */
        public Query(
                Protocol protocol,
                IpAddress group,
                int maxResponseMillis,
                boolean suppressRouterSide,
                int robustness,
                int queryIntervalSeconds,
                List<IpAddress> sources) {
            this(
                    protocol,
                    group,
                    maxResponseMillis,
                    suppressRouterSide,
                    robustness,
                    queryIntervalSeconds,
                    sources,
                    Extension.NONE);
        }

        @Override
        public Family family() {
            return protocol.family();
        }

        /** Does this query ask for all groups? */
        public boolean isGeneral() {
            return group.isUnspecified();
        }
    }

    /**
     * An IGMPv3 or MLDv2 report (RFC 9776 4.2, RFC 9777 5.2).
     *
     * @param protocol IGMPv3 or MLDv2
     * @param records the group records in the order of the packet
     * @param extension what follows the records (RFC 9279); only received, never sent
     */
    record Report(Protocol protocol, List<ReportRecord> records, Extension extension)
            implements Message {
        /** Copies the list. */
        public Report {
            records = List.copyOf(records);
        }

        /** A report without extension. */
        public Report(Protocol protocol, List<ReportRecord> records) {
            this(protocol, records, Extension.NONE);
        }

        @Override
        public Family family() {
            return protocol.family();
        }
    }

    /**
     * An IGMPv1, IGMPv2 or MLDv1 report: "somebody here listens to the group".
     *
     * @param protocol IGMPv1, IGMPv2 or MLDv1
     * @param group the group
     */
    record OldReport(Protocol protocol, IpAddress group) implements Message {
        @Override
        public Family family() {
            return protocol.family();
        }
    }

    /**
     * An IGMPv2 Leave Group or MLDv1 Done.
     *
     * @param protocol IGMPv2 or MLDv1
     * @param group the group that the sender leaves
     */
    record Leave(Protocol protocol, IpAddress group) implements Message {
        @Override
        public Family family() {
            return protocol.family();
        }
    }

    /** A message of Multicast Router Discovery (RFC 4286). */
    sealed interface RouterDiscovery extends Message {}

    /**
     * "A multicast router is here" (RFC 4286 3).
     *
     * @param family the family it is sent in
     * @param intervalSeconds how often it is sent, in seconds, 4 to 180
     * @param queryIntervalSeconds the Query Interval in use, in seconds, 0 to 65,535; 0 without
     *     IGMP or MLD
     * @param robustness the Robustness Variable in use, 0 to 65,535; 0 in IGMPv1 and without IGMP
     *     or MLD
     */
    record RouterAdvertisement(
            Family family, int intervalSeconds, int queryIntervalSeconds, int robustness)
            implements RouterDiscovery {}

    /** "Which multicast routers are here?" (RFC 4286 4). */
    record RouterSolicitation(Family family) implements RouterDiscovery {}

    /** "This is no multicast router any longer" (RFC 4286 5). */
    record RouterTermination(Family family) implements RouterDiscovery {}

    /**
     * A message of a type that is none of the above; ignored by rule (RFC 9776 4, RFC 9777 5).
     *
     * @param family the family it came in
     * @param type the type field, 0 to 255
     */
    record Unknown(Family family, int type) implements Message {}
}
