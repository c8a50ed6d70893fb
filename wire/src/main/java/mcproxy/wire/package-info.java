/**
 * Bytes and values: IGMPv1, v2 and v3, MLDv1 and v2, and the IP packets they travel in.
 *
 * <p>Decoding is total: it returns a value or a named reason why there is none, and never throws on
 * input. Nothing here knows a clock, a thread, a socket or a state.
 *
 * <p>To read: {@link mcproxy.wire.Message} says what can be said, {@link mcproxy.wire.Igmp} and
 * {@link mcproxy.wire.Mld} how it looks in bytes, with the parts that both have in common in {@link
 * mcproxy.wire.ReportCodec}, {@link mcproxy.wire.QueryTail} and {@link mcproxy.wire.FloatingCode}.
 * {@link mcproxy.wire.Ipv4Envelope} and {@link mcproxy.wire.Ipv6Envelope} put a message into a
 * {@link mcproxy.wire.Packet} and take it out, {@link mcproxy.wire.MessageSize} tells beforehand
 * what fits.
 */
@NullMarked
package mcproxy.wire;

import org.jspecify.annotations.NullMarked;
