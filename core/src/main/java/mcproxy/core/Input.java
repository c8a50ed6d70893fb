package mcproxy.core;

import mcproxy.wire.Decoded;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.LinkAddress;
import mcproxy.wire.Packet;

import java.util.List;
import java.util.Optional;

/** What an engine is told. Interfaces are named by their kernel index. */
public sealed interface Input {
    /**
     * An interface can be used for a family, or something about it is new: its address, its MTU.
     * The state of the interface is kept when it was up before.
     *
     * @param ifindex its index
     * @param name its name, for people
     * @param family the family that it can be used for
     * @param settings what the configuration says about it; while it stays up they may change, all
     *     but the role
     * @param address the source address for our messages: in IPv6 a valid link-local address;
     *     {@link IpAddress#isUnspecified unspecified} when there is none (yet)
     * @param subnets the networks of its addresses, this family's only
     * @param mtu its MTU in bytes
     * @param linkAddress its link-layer address; none where links have none
     */
    record LinkUp(
            int ifindex,
            String name,
            Family family,
            LinkSettings settings,
            IpAddress address,
            List<Prefix> subnets,
            int mtu,
            LinkAddress linkAddress)
            implements Input {
        /** Copies the list. */
        public LinkUp {
            subnets = List.copyOf(subnets);
        }

        /** An interface without a link-layer address. */
        public LinkUp(
                int ifindex,
                String name,
                Family family,
                LinkSettings settings,
                IpAddress address,
                List<Prefix> subnets,
                int mtu) {
            this(ifindex, name, family, settings, address, subnets, mtu, LinkAddress.NONE);
        }
    }

    /**
     * An interface can no longer be used for a family: it is down, gone, or no longer ours.
     *
     * @param ifindex its index
     * @param family the family
     */
    record LinkDown(int ifindex, Family family) implements Input {}

    /**
     * An interface that could still be used is to be used no longer for a family: what we asked for
     * there is left, and switches are told that we route no longer. The leaves are said as often as
     * they need to be, at once.
     *
     * @param ifindex its index
     * @param family the family
     */
    record LinkReleased(int ifindex, Family family) implements Input {}

    /**
     * Something arrived that is, or was meant to be, a membership message.
     *
     * @param ifindex where it arrived
     * @param family whether it was an IPv4 or an IPv6 packet
     * @param packet the packet, or why it is none
     * @param linkAddress the sender's address on the link
     */
    record Heard(int ifindex, Family family, Decoded<Packet> packet, LinkAddress linkAddress)
            implements Input {
        /** Something that arrived on a link without link-layer addresses. */
        public Heard(int ifindex, Family family, Decoded<Packet> packet) {
            this(ifindex, family, packet, LinkAddress.NONE);
        }
    }

    /**
     * The kernel has a packet of (source, group) and no route for it.
     *
     * @param ifindex where the packet arrived
     */
    record CacheMiss(int ifindex, IpAddress source, IpAddress group) implements Input {}

    /**
     * A packet of (source, group) arrived on another interface than its route's.
     *
     * @param ifindex where the packet arrived
     * @param rightPackets how many packets have used the route so far, those on wrong interfaces
     *     not counted
     */
    record WrongInterface(int ifindex, IpAddress source, IpAddress group, long rightPackets)
            implements Input {}

    /**
     * The answer to {@link Effect.AskUsage}.
     *
     * @param rightPackets how many packets have used the route so far, those on wrong interfaces
     *     not counted; -1 when the kernel has no such route
     */
    record RouteUsage(IpAddress source, IpAddress group, long rightPackets) implements Input {}

    /**
     * Somebody wants what receivers have reported to be forgotten, and them to be asked again:
     * hosts are forgotten at once, groups and sources when nobody has answered for them. Streams to
     * receivers that answer go on all the time.
     *
     * @param ifindex only on this downstream; empty: on all
     * @param group only this group; empty: all
     */
    record AskAgain(Optional<Integer> ifindex, Optional<IpAddress> group) implements Input {}

    /** The settings of the instance as a whole are new. */
    record Configure(ProxySettings settings) implements Input {}

    /**
     * Several inputs at once: upstream memberships and routes follow when all are taken, so that
     * nothing is said of what lies between.
     *
     * @param inputs the inputs in their order
     */
    record Together(List<Input> inputs) implements Input {
        /** Copies the list. */
        public Together {
            inputs = List.copyOf(inputs);
        }
    }

    /**
     * The instance ends: leave upstream, delete routes. No other input may follow.
     *
     * <p>The leaves are said at once, and repeated as RFC 9776 5.1 has it. Whoever has a second or
     * two goes on with {@link ProxyEngine#expire} until nothing is due; whoever has not need not.
     */
    record Stop() implements Input {}
}
