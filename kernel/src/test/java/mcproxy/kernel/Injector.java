package mcproxy.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import mcproxy.wire.Family;

import java.lang.foreign.MemorySegment;

/** Sends any bytes as an IP packet out of a device, to any link-layer address. */
final class Injector implements AutoCloseable {
    private final Descriptor socket;
    private final MessageBuffer buffer = new MessageBuffer(Structs.sockaddr_ll.byteSize(), 2048, 0);

    Injector() throws KernelException {
        socket = Descriptor.socket(Libc.AF_PACKET, Libc.SOCK_DGRAM, 0, "AF_PACKET, SOCK_DGRAM");
    }

    void send(Family family, int ifindex, byte[] mac, byte[] packet) {
        MemorySegment name = buffer.name();
        int etherType = family == Family.IPV4 ? 0x0800 : 0x86dd;
        name.set(JAVA_SHORT, LinuxPacketCapture.SLL_FAMILY, (short) Libc.AF_PACKET);
        name.set(Structs.NETWORK_SHORT, LinuxPacketCapture.SLL_PROTOCOL, (short) etherType);
        name.set(JAVA_INT, LinuxPacketCapture.SLL_IFINDEX, ifindex);
        name.set(JAVA_BYTE, Structs.offset(Structs.sockaddr_ll, "sll_halen"), (byte) mac.length);
        long at = Structs.offset(Structs.sockaddr_ll, "sll_addr");
        MemorySegment.copy(mac, 0, name, JAVA_BYTE, at, mac.length);
        buffer.clear();
        buffer.buffer().put(packet);
        long result = buffer.send(socket.number());
        if (result != packet.length) {
            throw new AssertionError("sendmsg: " + result);
        }
    }

    @Override
    public void close() {
        socket.close();
        buffer.close();
    }
}
