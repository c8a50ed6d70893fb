package mcproxy.core;

import mcproxy.wire.IpAddress;
import mcproxy.wire.Packet;

import java.util.List;

/** What an engine wants done, in this order. Interfaces are named by their kernel index. */
public sealed interface Effect {
    /**
     * Send a membership message.
     *
     * @param ifindex the interface to send it on
     * @param packet the message with its addresses
     */
    record Send(int ifindex, Packet packet) implements Effect {}

    /**
     * Set the forwarding entry of (source, group), in place of an earlier one.
     *
     * @param incoming the interface that packets must arrive on
     * @param outgoing the interfaces to forward to, ascending, without the incoming one; empty in a
     *     negative entry, which drops packets without further questions
     */
    record SetRoute(IpAddress source, IpAddress group, int incoming, List<Integer> outgoing)
            implements Effect {
        /** Copies the list. */
        public SetRoute {
            outgoing = List.copyOf(outgoing);
        }
    }

    /** Delete the forwarding entry of (source, group). */
    record DeleteRoute(IpAddress source, IpAddress group) implements Effect {}

    /**
     * Tell, as {@link Input.RouteUsage}, how many packets have used the route of (source, group).
     */
    record AskUsage(IpAddress source, IpAddress group) implements Effect {}

    /** Something happened that people or programs may want to know. */
    record Tell(Event event) implements Effect {}
}
