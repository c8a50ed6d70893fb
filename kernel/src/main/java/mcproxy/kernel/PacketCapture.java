package mcproxy.kernel;

import java.util.Optional;

/**
 * Whole frames as they pass a device in either direction (packet(7), AF_PACKET with SOCK_RAW and
 * ETH_P_ALL).
 *
 * <p>Three things differ from the wire: the kernel has taken off an outer VLAN tag, several packets
 * may be one large one (segmentation offload), and packets that this host sends may carry checksums
 * that the device was to fill in (UDP and TCP; never IGMP and ICMPv6).
 *
 * <p>Not safe for use by several threads.
 */
public interface PacketCapture extends Pollable {
    /**
     * The next frame, without waiting; empty when there is none yet. A device that goes down is no
     * error: it may come up again.
     *
     * @throws KernelException as recvmsg(2)
     */
    Optional<Captured> receive() throws KernelException;

    /**
     * Sends a frame as it is, right or wrong, out of the device of the capture (packet(7)): for
     * tests of what others do with it. This capture does not see it.
     *
     * @param frame the bytes from the link-layer header on, not longer than the device takes
     * @throws KernelException EMSGSIZE when it is, ENETDOWN when the device is down, ENXIO when the
     *     capture is one of all devices, and others as sendmsg(2)
     */
    void send(byte[] frame) throws KernelException;

    /**
     * Frames that did not fit into the receive buffer since the last call (PACKET_STATISTICS).
     *
     * @throws KernelException as getsockopt(2)
     */
    long lost() throws KernelException;

    /**
     * A frame.
     *
     * @param epochNanos when it passed, by the kernel's clock (SO_TIMESTAMPNS): nanoseconds since
     *     1970
     * @param ifindex the device
     * @param outgoing whether this host sent it (PACKET_OUTGOING)
     * @param frame the bytes from the link-layer header on
     */
    @SuppressWarnings("ArrayRecordComponent") // the receiver's own copy; nobody compares frames
    record Captured(long epochNanos, int ifindex, boolean outgoing, byte[] frame) {}
}
