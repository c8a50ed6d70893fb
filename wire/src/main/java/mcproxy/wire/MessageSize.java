package mcproxy.wire;

import java.util.List;

/**
 * How many bytes messages take, so that whoever builds them can split them at an MTU.
 *
 * <p>All sizes are in bytes. The payload is what follows the IP header and its options: the IGMP
 * message, or the ICMPv6 message.
 */
public final class MessageSize {
    /** The fixed part of an IGMPv3 or MLDv2 report, before its first record. */
    public static final int REPORT_HEADER = 8;

    /** The IPv4 header and the Router Alert option (RFC 9776 4.1.8). */
    private static final int IPV4_OVERHEAD = 24;

    /** The IPv6 header and the hop-by-hop header with Router Alert (RFC 9777 5.1.10). */
    private static final int IPV6_OVERHEAD = 48;

    /** The length fields of both IP headers have 16 bits. */
    private static final int LARGEST_LENGTH = 0xffff;

    private static final int LARGEST_COUNT = 0xffff;

    private MessageSize() {}

    /** The payload bytes of a message. */
    public static int of(Message message) {
        return switch (message) {
            case Message.Query query ->
                    queryHeader(query.protocol()) + query.sources().size() * query.family().bytes();
            case Message.Report report -> REPORT_HEADER + ofRecords(report.records());
            case Message.OldReport old -> fixed(old.family());
            case Message.Leave leave -> fixed(leave.family());
            case Message.RouterDiscovery discovery -> RouterDiscoveryCodec.size(discovery);
            case Message.Unknown _ -> 4;
        };
    }

    /** The bytes of a record in a report. */
    public static int of(ReportRecord record) {
        return switch (record) {
            case GroupRecord known -> ofRecord(known.group().family(), known.sources().size());
            case UnknownRecord unknown -> ofRecord(unknown.group().family(), 0);
        };
    }

    /** The bytes of a record with a number of sources. */
    public static int ofRecord(Family family, int sources) {
        return 4 + family.bytes() * (1 + sources);
    }

    /**
     * The payload bytes that fit into one packet with Router Alert.
     *
     * @param mtu the link's MTU; what an IP packet cannot hold (64 KiB and more) counts as that
     * @return 0 or more
     */
    public static int budget(Family family, int mtu) {
        return switch (family) {
            case IPV4 -> Math.max(0, Math.min(mtu, LARGEST_LENGTH) - IPV4_OVERHEAD);
            // The IPv6 header is not in the payload length, the hop-by-hop header is.
            case IPV6 -> Math.max(0, Math.min(mtu, LARGEST_LENGTH + 40) - IPV6_OVERHEAD);
        };
    }

    /** How many sources fit into one IGMPv3 or MLDv2 query: 366 and 89 at an MTU of 1500. */
    public static int sourcesPerQuery(Family family, int mtu) {
        int room = budget(family, mtu) - queryHeader(Protocol.newest(family));
        return count(room / family.bytes());
    }

    /** How many sources fit into a record alone in its report: 365 and 89 at an MTU of 1500. */
    public static int sourcesPerRecord(Family family, int mtu) {
        int room = budget(family, mtu) - REPORT_HEADER - ofRecord(family, 0);
        return count(room / family.bytes());
    }

    /** How many records without sources fit into one report: 183 and 72 at an MTU of 1500. */
    public static int recordsPerReport(Family family, int mtu) {
        int room = budget(family, mtu) - REPORT_HEADER;
        return count(room / ofRecord(family, 0));
    }

    /** The bytes of a query before its sources. */
    static int queryHeader(Protocol protocol) {
        int fixed = fixed(protocol.family());
        return protocol.generation() == 3 ? fixed + 4 : fixed;
    }

    /** The bytes of the messages that hold nothing but one group, and of the old queries. */
    static int fixed(Family family) {
        return switch (family) {
            case IPV4 -> 8;
            case IPV6 -> 24;
        };
    }

    private static int ofRecords(List<ReportRecord> records) {
        int bytes = 0;
        for (ReportRecord record : records) {
            bytes += of(record);
        }
        return bytes;
    }

    private static int count(int fitting) {
        return Math.clamp(fitting, 0, LARGEST_COUNT);
    }
}
