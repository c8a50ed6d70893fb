/**
 * Bytes and values: IGMPv1, v2 and v3, MLDv1 and v2, and the IP packets they travel in.
 *
 * <p>Decoding is total: it returns a value or a named reason why there is none, and never throws on
 * input. Nothing here knows a clock, a thread, a socket or a state.
 */
@NullMarked
package mcproxy.wire;

import org.jspecify.annotations.NullMarked;
