/**
 * The protocol without I/O: the router side on downstreams, the host side on upstreams, the merge
 * between them, and the forwarding decision.
 *
 * <p>Nothing here knows a clock, a thread, a random source, a socket or a bit of a packet: time and
 * randomness are arguments, inputs and effects are values. The same inputs give the same effects.
 */
@NullMarked
package mcproxy.core;

import org.jspecify.annotations.NullMarked;
