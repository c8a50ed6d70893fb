package mcproxy.wire;

/**
 * A record of an unknown type, which is ignored while the others of its message are not (RFC 9776
 * 4.2.12).
 *
 * @param type the type field, 0 or 7 to 255
 * @param group the group field
 */
public record UnknownRecord(int type, IpAddress group) implements ReportRecord {}
