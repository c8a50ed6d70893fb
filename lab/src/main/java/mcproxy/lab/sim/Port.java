package mcproxy.lab.sim;

import mcproxy.wire.Decoded;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Packet;

import java.util.HashMap;
import java.util.Map;

/** Where something is attached to a link. */
final class Port {
    /** Who is behind a port. */
    interface Owner {
        /**
         * A membership message, or what damage left of it, arrived.
         *
         * @param illegal must this be refused, whatever it says?
         */
        void heard(Port port, Decoded<Packet> packet, boolean illegal);

        /** A packet of a stream arrived. */
        void arrived(Port port, DataPacket packet);
    }

    private final Segment segment;
    private final Owner owner;
    private final Map<Port, Long> lastDelivery = new HashMap<>();
    private IpAddress address;
    private boolean up = true;

    Port(Segment segment, IpAddress address, Owner owner) {
        this.segment = segment;
        this.address = address;
        this.owner = owner;
    }

    Segment segment() {
        return segment;
    }

    Owner owner() {
        return owner;
    }

    IpAddress address() {
        return address;
    }

    void address(IpAddress newAddress) {
        address = newAddress;
    }

    boolean isUp() {
        return up;
    }

    void up(boolean isUp) {
        up = isUp;
    }

    /** When a packet that could arrive at a time may arrive: not before the sender's last one. */
    long inOrder(Port from, long atNanos) {
        return lastDelivery.merge(from, atNanos, (last, next) -> Math.max(last + 1, next));
    }
}
