package mcproxy.wire;

/**
 * A membership message with what its IP packet says.
 *
 * @param source the IP source address
 * @param destination the IP destination address
 * @param hopLimit the TTL or hop limit, 0 to 255; 1 in every correct message
 * @param trafficClass the TOS or traffic class byte, 0 to 255; 0xc0 in IGMPv3
 * @param routerAlert whether the Router Alert option is there (RFC 2113; RFC 2711 value 0)
 * @param message the message
 */
public record Packet(
        IpAddress source,
        IpAddress destination,
        int hopLimit,
        int trafficClass,
        boolean routerAlert,
        Message message) {
    /** RFC 9776 4: IP precedence Internetwork Control. */
    public static final int INTERNETWORK_CONTROL = 0xc0;

    /** The packet in which we send a message: TTL 1, TOS 0xc0, Router Alert (RFC 9776 4). */
    public static Packet toSend(IpAddress source, IpAddress destination, Message message) {
        return new Packet(source, destination, 1, INTERNETWORK_CONTROL, true, message);
    }
}
