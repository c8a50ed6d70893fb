package mcproxy.wire;

import java.util.List;

/**
 * A record of a known type (RFC 9776 4.2.12, RFC 9777 5.2.12).
 *
 * @param type what the record says
 * @param group the group
 * @param sources the source list, in the order of the packet
 */
public record GroupRecord(RecordType type, IpAddress group, List<IpAddress> sources)
        implements ReportRecord {
    /** Copies the list. */
    public GroupRecord {
        sources = List.copyOf(sources);
    }
}
