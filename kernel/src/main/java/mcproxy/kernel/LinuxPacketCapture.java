package mcproxy.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** {@link PacketCapture} on a packet socket. */
final class LinuxPacketCapture implements PacketCapture {
    static final long SLL_FAMILY = Structs.offset(Structs.sockaddr_ll, "sll_family");
    static final long SLL_PROTOCOL = Structs.offset(Structs.sockaddr_ll, "sll_protocol");
    static final long SLL_IFINDEX = Structs.offset(Structs.sockaddr_ll, "sll_ifindex");

    private static final long SLL_PKTTYPE = Structs.offset(Structs.sockaddr_ll, "sll_pkttype");
    private static final long TV_SEC = Structs.offset(Structs.timespec, "tv_sec");
    private static final long TV_NSEC = Structs.offset(Structs.timespec, "tv_nsec");
    private static final long TP_DROPS = Structs.offset(Structs.tpacket_stats, "tp_drops");

    private static final int ETH_P_ALL = 0x0003;
    static final int SOL_PACKET = 263;
    private static final int PACKET_STATISTICS = 6;
    private static final int PACKET_OUTGOING = 4;
    static final int SO_TIMESTAMPNS = 35;
    private static final int SCM_TIMESTAMPNS = SO_TIMESTAMPNS;

    /** The kernel counts a small frame as about 800 bytes: room for 80,000 of them. */
    private static final int RECEIVE_BUFFER_BYTES = 64 << 20;

    /** The largest frame is a segmentation offload's: 64 KiB and the headers of the link. */
    private static final int FRAME_BYTES = (64 << 10) + 256;

    private static final int CONTROL_BYTES = 128;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final Descriptor socket;
    private final int ifindex;
    private final MessageBuffer buffer;

    private LinuxPacketCapture(Descriptor socket, int ifindex) {
        this.socket = socket;
        this.ifindex = ifindex;
        this.buffer = new MessageBuffer(Structs.sockaddr_ll.byteSize(), FRAME_BYTES, CONTROL_BYTES);
    }

    static LinuxPacketCapture open(int ifindex) throws KernelException {
        // Protocol 0 hears nothing: no frame of another device comes in before bind(2).
        Descriptor socket =
                Descriptor.socket(Libc.AF_PACKET, Libc.SOCK_RAW, 0, "AF_PACKET, SOCK_RAW");
        try (Arena arena = Arena.ofConfined()) {
            int _ = socket.growReceiveBuffer(RECEIVE_BUFFER_BYTES);
            socket.set(Libc.SOL_SOCKET, SO_TIMESTAMPNS, 1, "SO_TIMESTAMPNS");
            MemorySegment address = arena.allocate(Structs.sockaddr_ll);
            address.set(JAVA_SHORT, SLL_FAMILY, (short) Libc.AF_PACKET);
            address.set(Structs.NETWORK_SHORT, SLL_PROTOCOL, (short) ETH_P_ALL);
            address.set(JAVA_INT, SLL_IFINDEX, ifindex);
            socket.bind(address, "AF_PACKET, interface " + ifindex);
            return new LinuxPacketCapture(socket, ifindex);
        } catch (KernelException e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public int descriptor() {
        return socket.number();
    }

    @Override
    public Optional<Captured> receive() throws KernelException {
        long result = buffer.receive(socket.number());
        if (result == -Errno.EAGAIN || result == -Errno.EINTR || result == -Errno.ENETDOWN) {
            return Optional.empty(); // a device that went down may be up again, and heard
        }
        if (result < 0) {
            throw Errno.failed("recvmsg(AF_PACKET)", result);
        }
        byte[] frame = new byte[buffer.buffer().remaining()];
        buffer.buffer().get(frame);
        return Optional.of(
                new Captured(
                        epochNanos(),
                        buffer.name().get(JAVA_INT, SLL_IFINDEX),
                        buffer.name().get(JAVA_BYTE, SLL_PKTTYPE) == PACKET_OUTGOING,
                        frame));
    }

    private long epochNanos() {
        long at = buffer.find(Libc.SOL_SOCKET, SCM_TIMESTAMPNS);
        if (at < 0) {
            return 0;
        }
        MemorySegment control = buffer.control();
        return control.get(JAVA_LONG, at + TV_SEC) * NANOS_PER_SECOND
                + control.get(JAVA_LONG, at + TV_NSEC);
    }

    @Override
    public void send(byte[] frame) throws KernelException {
        MemorySegment name = buffer.name();
        name.fill((byte) 0);
        name.set(JAVA_SHORT, SLL_FAMILY, (short) Libc.AF_PACKET);
        name.set(JAVA_INT, SLL_IFINDEX, ifindex);
        buffer.clear();
        buffer.buffer().put(frame);
        long result = buffer.send(socket.number());
        if (result < 0) {
            throw Errno.failed("sendmsg(AF_PACKET), interface " + ifindex, result);
        }
    }

    @Override
    public long lost() throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment statistics = arena.allocate(Structs.tpacket_stats);
            socket.read(SOL_PACKET, PACKET_STATISTICS, statistics, "PACKET_STATISTICS");
            return Integer.toUnsignedLong(statistics.get(JAVA_INT, TP_DROPS));
        }
    }

    @Override
    public void close() {
        socket.close();
        buffer.close();
    }
}
