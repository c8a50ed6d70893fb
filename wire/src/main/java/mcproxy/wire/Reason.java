package mcproxy.wire;

import java.util.Locale;

/** Why a packet was refused. Each reason has its own counter. */
public enum Reason {
    /** The packet ends before its fixed part does. */
    TOO_SHORT,
    /** The IP version, header length or total length contradicts the packet. */
    IP_HEADER,
    /** The IPv4 header's checksum is wrong. */
    IP_CHECKSUM,
    /** The packet is a fragment. */
    FRAGMENT,
    /** The packet carries another protocol than IGMP or ICMPv6. */
    NOT_MEMBERSHIP,
    /** The IGMP or ICMPv6 checksum is wrong. */
    CHECKSUM,
    /** A number of sources or records that the packet's length contradicts. */
    COUNT_EXCEEDS_LENGTH,
    /** A length that RFC 9776 7.1 and RFC 9777 8.1 give no version: such queries are ignored. */
    QUERY_LENGTH,
    /** A group that is no multicast address (nor unspecified, in a General Query). */
    NOT_A_GROUP,
    /** A source that is a multicast or unspecified address. */
    NOT_A_SOURCE,
    /** A TTL or hop limit other than 1 (RFC 9776 4, RFC 9777 6.2 and 7.4). */
    HOP_LIMIT,
    /** No Router Alert option where one is demanded. */
    NO_ROUTER_ALERT,
    /** A source address that the message must not come from. */
    BAD_SENDER,
    /** A destination that the message must not be sent to. */
    BAD_DESTINATION,
    /** A message of a type that this protocol does not know; ignored, and no fault. */
    UNKNOWN_TYPE,
    /** A record of an unknown type, or of no group; the other records of its report are taken. */
    UNKNOWN_RECORD,
    /** A report from an address of another network than the interface's (RFC 9776 9.2). */
    OFF_SUBNET,
    /** A version that the configuration says to ignore (RFC 9776 9.2). */
    IGNORED_VERSION,
    /** A request for any source of a source-specific group (RFC 4604 3.1, 3.5, 3.7). */
    SOURCE_SPECIFIC_GROUP,
    /**
     * A message from our own address: of ours on another link, a loop, or of a node that has it.
     */
    OWN_MESSAGE,
    /** Extensions that contradict the message's length; the message without them is taken. */
    BAD_EXTENSION;

    /** The reason as a counter's label: lower case with hyphens. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
