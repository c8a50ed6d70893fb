package mcproxy.kernel;

import mcproxy.wire.Decoded;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.LinkAddress;
import mcproxy.wire.Packet;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * One multicast routing table of the kernel, owned by this process: virtual interfaces, forwarding
 * entries, upcalls, and the sockets that hear and send membership messages (MRT_* of {@code
 * linux/mroute.h}, MRT6_* of {@code linux/mroute6.h}).
 *
 * <p>Virtual interfaces have numbers 0 to 31 that the caller chooses; the kernel calls them VIFs in
 * IPv4 and MIFs in IPv6. {@link #receive} is for one thread; the other methods may be called by
 * another one at the same time.
 */
public interface MulticastTable extends Pollable {
    /** The most virtual interfaces in a table (MAXVIFS, MAXMIFS). */
    int MAX_INTERFACES = 32;

    /** The family that this table routes. */
    Family family();

    /** The table's number; 0 is the default table. */
    int number();

    /**
     * Hears every membership message that arrives on a device from now on, which is put into
     * all-multicast mode (PACKET_MR_ALLMULTI) and need be no virtual interface. Nothing is joined,
     * so nothing is sent. The device needs no address and may be down.
     *
     * @throws KernelException ENODEV when there is no such device, and others as socket(2)
     */
    void listen(int ifindex) throws KernelException;

    /** Hears nothing more on a device. No error when it has gone, or was not listened to. */
    void ignore(int ifindex);

    /**
     * Adds a virtual interface (MRT_ADD_VIF with VIFF_USE_IFINDEX, MRT6_ADD_MIF), which packets may
     * be forwarded from and to, and puts the device into all-multicast mode. The device needs no
     * address and may be down.
     *
     * <p>Routes that were set before do not know it: {@link #setRoute} must be called again for
     * those that are to use it.
     *
     * @param vif the virtual interface's number, 0 to 31
     * @param ifindex the device, in IPv6 up to 65,535
     * @throws KernelException EADDRINUSE when the number is taken, EADDRNOTAVAIL when there is no
     *     such device or it has this family switched off, and others as setsockopt(2)
     */
    void addInterface(int vif, int ifindex) throws KernelException;

    /**
     * Removes a virtual interface. No error when the device, and with it the virtual interface, has
     * gone already.
     *
     * @throws KernelException when the kernel refuses
     */
    void deleteInterface(int vif) throws KernelException;

    /**
     * Sets the forwarding entry of (source, group), new or in place of an earlier one
     * (MRT_ADD_MFC). Packets are forwarded when their TTL is 2 or more; the counters of an earlier
     * route go on.
     *
     * @param incoming the virtual interface that packets must arrive on
     * @param outgoing the virtual interfaces to forward to, one bit each (bit 0 is interface 0); 0
     *     makes a negative entry, which drops packets without an upcall
     * @throws KernelException ENFILE and others as setsockopt(2)
     */
    void setRoute(IpAddress source, IpAddress group, int incoming, int outgoing)
            throws KernelException;

    /**
     * Deletes the forwarding entry of (source, group) (MRT_DEL_MFC). No error when there is none.
     *
     * @throws KernelException as setsockopt(2)
     */
    void deleteRoute(IpAddress source, IpAddress group) throws KernelException;

    /**
     * The packets of (source, group) so far (SIOCGETSGCNT); empty when there is no such entry.
     *
     * @throws KernelException as ioctl(2)
     */
    Optional<RouteCounters> counters(IpAddress source, IpAddress group) throws KernelException;

    /**
     * What was forwarded from and to a virtual interface since it was added (SIOCGETVIFCNT,
     * SIOCGETMIFCNT_IN6); empty when there is none of this number.
     *
     * @throws KernelException as ioctl(2)
     */
    Optional<LinkCounters> counters(int vif) throws KernelException;

    /**
     * Sends a membership message out of a device, which need be no virtual interface, exactly as
     * the packet says: with its source address (also 0.0.0.0 or {@code ::}, or one that the device
     * does not have), hop limit, traffic class and Router Alert option. Not looped back to this
     * host, and not seen by its firewall.
     *
     * @throws KernelException EMSGSIZE when it is larger than the MTU; ENETDOWN when the device is
     *     down, ENXIO when there is none, ENOBUFS when its queue is full
     * @throws IllegalArgumentException when the packet is none of this family, or its destination
     *     is no group
     */
    void send(int ifindex, Packet packet) throws KernelException;

    /**
     * Reads one arrival without waiting; empty when there is none.
     *
     * @throws KernelException when the socket fails
     */
    Optional<Arrival> receive() throws KernelException;

    /**
     * Ends multicast routing on this table (MRT_DONE): the kernel drops its interfaces and entries.
     */
    @Override
    void close();

    /** What the routing socket hears. */
    sealed interface Arrival {
        /**
         * A membership message, or what was meant to be one.
         *
         * @param ifindex the device on which it arrived; under a VRF the true one
         * @param packet the packet, or why it is none
         * @param linkAddress the sender's address on the link, from the frame's header; none where
         *     links have no such addresses, as tun devices have not
         * @param bytes what arrived, from the IP header on; not to be written to
         */
        record Membership(
                int ifindex, Decoded<Packet> packet, LinkAddress linkAddress, ByteBuffer bytes)
                implements Arrival {}

        /**
         * The first packet of a source without a forwarding entry (IGMPMSG_NOCACHE,
         * MRT6MSG_NOCACHE).
         *
         * @param vif the virtual interface on which it arrived
         */
        record CacheMiss(int vif, IpAddress source, IpAddress group) implements Arrival {}

        /**
         * A packet with a forwarding entry, on another interface than that entry's
         * (IGMPMSG_WRONGVIF, MRT6MSG_WRONGMIF); at most one in three seconds for each entry.
         *
         * @param vif the virtual interface on which it arrived
         */
        record WrongInterface(int vif, IpAddress source, IpAddress group) implements Arrival {}

        /**
         * One in about 16 packets of a stream that the kernel does not forward, as its TTL or hop
         * limit is 1 or 0, which is to be told to whoever wants it.
         *
         * @param ifindex the device on which it arrived
         */
        record LastHop(int ifindex, IpAddress source, IpAddress group) implements Arrival {}

        /**
         * Something that is neither, for instance a whole-packet upcall; to be counted.
         *
         * @param what a label for the counter, lower case with hyphens
         */
        record Other(String what) implements Arrival {}
    }

    /**
     * The kernel's counters of a forwarding entry.
     *
     * @param packets packets that arrived, <em>including</em> those on a wrong interface
     * @param bytes their bytes
     * @param wrongInterface packets that arrived on a wrong interface
     */
    record RouteCounters(long packets, long bytes, long wrongInterface) {}

    /**
     * The kernel's counters of a virtual interface.
     *
     * @param packetsIn packets that came in there and had a forwarding entry
     * @param bytesIn their bytes
     * @param packetsOut packets that were forwarded onto it
     * @param bytesOut their bytes
     */
    record LinkCounters(long packetsIn, long bytesIn, long packetsOut, long bytesOut) {}
}
