package mcproxy.wire;

/**
 * A record that is ignored while the others of its message are not: its type is unknown (RFC 9776
 * 4.2.13, RFC 9777 5.2.12), or its group is no multicast address.
 *
 * @param type the type field, 0 to 255; 1 to 6, the known types, only when the group is at fault
 * @param group the group field
 */
public record UnknownRecord(int type, IpAddress group) implements ReportRecord {
    /** Checks that there is something unknown. */
    public UnknownRecord {
        if (type < 0 || type > 255 || (type >= 1 && type <= 6 && group.isMulticast())) {
            throw new IllegalArgumentException("known: record of type " + type + " for " + group);
        }
    }
}
