package mcproxy.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import mcproxy.kernel.MulticastTable.Arrival;
import mcproxy.wire.Decoded;
import mcproxy.wire.EthernetFrame;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Ipv4Envelope;
import mcproxy.wire.Ipv6Envelope;
import mcproxy.wire.LinkAddress;
import mcproxy.wire.Packet;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Membership messages on and off a link through a packet socket (packet(7), SOCK_DGRAM: from the IP
 * header on).
 *
 * <p>Why not the raw socket that the routing table has anyway? What that one heard of hand-made
 * messages from a neighbour, with a virtual interface on the device and nothing joined, on Linux
 * 6.18, with and without Router Alert alike unless noted:
 *
 * <pre>
 *     IGMPv1/v2 report to a group           yes    MLDv1 report to a group     yes (without RA: no)
 *     IGMPv3 report to 224.0.0.22           NO     MLDv2 report to ff02::16    NO
 *     leave, solicitation to 224.0.0.2      NO     done to ff02::2             NO
 *     general query to 224.0.0.1            yes    general query to ff02::1    yes
 *     query to a group                      yes    query to a group            yes (without RA: no)
 * </pre>
 *
 * <p>Joining 224.0.0.22, 224.0.0.2, ff02::16 and ff02::2 mends the "NO" lines, but then the kernel
 * reports those joins on every link, upstreams too, two or three times and again after each query,
 * with a source and a version of its own choice; and 20 joins is the most a socket may have. A
 * packet socket hears all of the table, joins nothing and changes nothing on the link, once it has
 * put the device into all-multicast mode; it needs no virtual interface. It tells the true device
 * also under a VRF, where IP_PKTINFO tells the VRF's. In the other direction it takes any source,
 * also 0.0.0.0 without an address on the device, where IP_HDRINCL fills in an address of another
 * device (kernel: net/ipv4/raw.c, raw_send_hdrinc). What it does not hear: this host's own
 * messages, and it passes by the firewall's tables.
 */
final class LinkSocket implements AutoCloseable {
    private static final long SLL_HALEN = Structs.offset(Structs.sockaddr_ll, "sll_halen");
    private static final long SLL_ADDR = Structs.offset(Structs.sockaddr_ll, "sll_addr");
    private static final long MR_IFINDEX = Structs.offset(Structs.packet_mreq, "mr_ifindex");
    private static final long MR_TYPE = Structs.offset(Structs.packet_mreq, "mr_type");
    private static final int PACKET_ADD_MEMBERSHIP = 1;
    private static final short PACKET_MR_ALLMULTI = 2;
    private static final String TEXT = "AF_PACKET, SOCK_DGRAM";

    /** A message counts about 800 bytes or its size: 5,000 of them while nobody reads. */
    private static final int RECEIVE_BUFFER_BYTES = 4 << 20;

    private static final int IPV4_HEADER = 20;
    private static final int IPV6_HEADER = 40;
    private static final byte IGMP = 2;
    private static final byte ICMPV6 = 58;

    private final Family family;
    private final Descriptor socket;

    private LinkSocket(Family family, Descriptor socket) {
        this.family = family;
        this.socket = socket;
    }

    /** A socket that hears the membership messages that arrive on a device. */
    static LinkSocket hearing(Family family, int ifindex) throws KernelException {
        LinkSocket opened = sending(family);
        try (Arena arena = Arena.ofConfined()) {
            int _ = opened.socket.growReceiveBuffer(RECEIVE_BUFFER_BYTES);
            filter(family).attach(opened.socket);
            MemorySegment address = arena.allocate(Structs.sockaddr_ll);
            opened.address(address, ifindex);
            opened.socket.bind(address, TEXT + ", interface " + ifindex);
            // Ends with the socket. Reports go to groups that we are no member of.
            MemorySegment all = arena.allocate(Structs.packet_mreq);
            all.set(JAVA_INT, MR_IFINDEX, ifindex);
            all.set(JAVA_SHORT, MR_TYPE, PACKET_MR_ALLMULTI);
            opened.socket.set(
                    LinuxPacketCapture.SOL_PACKET,
                    PACKET_ADD_MEMBERSHIP,
                    all,
                    "PACKET_ADD_MEMBERSHIP, PACKET_MR_ALLMULTI, interface " + ifindex);
            return opened;
        } catch (KernelException e) {
            opened.close();
            throw e;
        }
    }

    /** A socket that hears nothing and can send out of any device. */
    static LinkSocket sending(Family family) throws KernelException {
        // Protocol 0 hears nothing.
        return new LinkSocket(family, Descriptor.socket(Libc.AF_PACKET, Libc.SOCK_DGRAM, 0, TEXT));
    }

    private static SocketFilter filter(Family family) {
        return switch (family) {
            case IPV4 -> SocketFilter.IGMP;
            case IPV6 -> SocketFilter.MLD;
        };
    }

    private void address(MemorySegment address, int ifindex) {
        int etherType =
                switch (family) {
                    case IPV4 -> EthernetFrame.IPV4;
                    case IPV6 -> EthernetFrame.IPV6;
                };
        address.set(JAVA_SHORT, LinuxPacketCapture.SLL_FAMILY, (short) Libc.AF_PACKET);
        address.set(Structs.NETWORK_SHORT, LinuxPacketCapture.SLL_PROTOCOL, (short) etherType);
        address.set(JAVA_INT, LinuxPacketCapture.SLL_IFINDEX, ifindex);
    }

    int descriptor() {
        return socket.number();
    }

    /** Reads a message without waiting; false when there is none. */
    boolean receive(MessageBuffer into) throws KernelException {
        long result = into.receive(socket.number());
        if (result >= 0) {
            return true;
        }
        return switch ((int) -result) {
            // ENETDOWN: the device went down or away, told once. The link monitor tells it, too.
            case Errno.EAGAIN, Errno.EINTR, Errno.ENETDOWN -> false;
            default -> throw Errno.failed("recvmsg(" + TEXT + ")", result);
        };
    }

    /**
     * The packet that was received, if it is one of a stream that ends here; the filter lets no
     * other through that is no membership message.
     */
    Optional<Arrival> lastHop(int ifindex, MessageBuffer received) {
        ByteBuffer packet = received.buffer().duplicate();
        return switch (family) {
            case IPV4 ->
                    packet.limit() >= IPV4_HEADER && packet.get(9) != IGMP
                            ? Optional.of(lastHop(ifindex, packet.position(12)))
                            : Optional.empty();
            case IPV6 ->
                    packet.limit() >= IPV6_HEADER && packet.get(6) != ICMPV6 && packet.get(6) != 0
                            ? Optional.of(lastHop(ifindex, packet.position(8)))
                            : Optional.empty();
        };
    }

    private Arrival lastHop(int ifindex, ByteBuffer addresses) {
        IpAddress source = IpAddress.read(family, addresses);
        return new Arrival.LastHop(ifindex, source, IpAddress.read(family, addresses));
    }

    /** What a message that was received says. */
    Decoded<Packet> decode(MessageBuffer received) {
        return switch (family) {
            case IPV4 -> Ipv4Envelope.decode(received.buffer());
            case IPV6 -> Ipv6Envelope.decode(received.buffer());
        };
    }

    /**
     * Who sent the message that was received, on the link (packet(7), sll_addr). Links whose
     * addresses are longer than sll_addr tell none.
     */
    LinkAddress sender(MessageBuffer received) {
        MemorySegment name = received.name();
        int length = Byte.toUnsignedInt(name.get(JAVA_BYTE, SLL_HALEN));
        if (length > LinkAddress.MAX_BYTES) {
            return LinkAddress.NONE;
        }
        return LinkAddress.of(name.asSlice(SLL_ADDR, length).toArray(JAVA_BYTE));
    }

    /** Sends a packet to its group's address on the link; on links without addresses, to it. */
    void send(int ifindex, Packet packet, MessageBuffer with) throws KernelException {
        with.clear();
        ByteBuffer bytes = with.buffer();
        switch (family) {
            case IPV4 -> Ipv4Envelope.encode(packet, bytes);
            case IPV6 -> Ipv6Envelope.encode(packet, bytes);
        }
        byte[] mac = EthernetFrame.groupMac(packet.destination());
        address(with.name(), ifindex);
        with.name().set(JAVA_BYTE, SLL_HALEN, (byte) mac.length);
        MemorySegment.copy(mac, 0, with.name(), JAVA_BYTE, SLL_ADDR, mac.length);
        long result = with.send(socket.number());
        if (result < 0) {
            throw Errno.failed("sendmsg(" + TEXT + "), interface " + ifindex, result);
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
