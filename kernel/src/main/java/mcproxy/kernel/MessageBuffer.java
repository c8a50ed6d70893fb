package mcproxy.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Memory for recvmsg(2) and sendmsg(2), allocated once and used for every packet: a msghdr with an
 * address, one piece of data and ancillary data (cmsg(3)).
 *
 * <p>For one thread at a time.
 */
final class MessageBuffer implements AutoCloseable {
    private static final long MSG_NAME = Structs.offset(Structs.msghdr, "msg_name");
    private static final long MSG_NAMELEN = Structs.offset(Structs.msghdr, "msg_namelen");
    private static final long MSG_IOV = Structs.offset(Structs.msghdr, "msg_iov");
    private static final long MSG_IOVLEN = Structs.offset(Structs.msghdr, "msg_iovlen");
    private static final long MSG_CONTROL = Structs.offset(Structs.msghdr, "msg_control");
    private static final long MSG_CONTROLLEN = Structs.offset(Structs.msghdr, "msg_controllen");
    private static final long MSG_FLAGS = Structs.offset(Structs.msghdr, "msg_flags");
    private static final long IOV_BASE = Structs.offset(Structs.iovec, "iov_base");
    private static final long IOV_LEN = Structs.offset(Structs.iovec, "iov_len");
    private static final long CMSG_LEN = Structs.offset(Structs.cmsghdr, "cmsg_len");
    private static final long CMSG_LEVEL = Structs.offset(Structs.cmsghdr, "cmsg_level");
    private static final long CMSG_TYPE = Structs.offset(Structs.cmsghdr, "cmsg_type");
    private static final long CMSG_DATA = Structs.cmsghdr.byteSize();
    private static final int CMSG_ALIGNMENT = 8;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment message;
    private final MemorySegment vector;
    private final MemorySegment name;
    private final MemorySegment data;
    private final MemorySegment control;
    private final ByteBuffer dataView;

    /** Bytes of ancillary data: given by the kernel, or put for it. */
    private long controlBytes;

    /** Memory for an address, data and ancillary data of these sizes in bytes. */
    MessageBuffer(long nameBytes, long dataBytes, long controlBytes) {
        message = arena.allocate(Structs.msghdr);
        vector = arena.allocate(Structs.iovec);
        name = arena.allocate(nameBytes, CMSG_ALIGNMENT);
        data = arena.allocate(dataBytes, CMSG_ALIGNMENT);
        control = arena.allocate(controlBytes, CMSG_ALIGNMENT);
        dataView = data.asByteBuffer();
        vector.set(ADDRESS, IOV_BASE, data);
        message.set(ADDRESS, MSG_NAME, name);
        message.set(ADDRESS, MSG_IOV, vector);
        message.set(JAVA_LONG, MSG_IOVLEN, 1);
        message.set(ADDRESS, MSG_CONTROL, control);
    }

    /** The address: of the sender of what was received, or of the receiver. */
    MemorySegment name() {
        return name;
    }

    /** The data as memory, in its full size. */
    MemorySegment data() {
        return data;
    }

    /** The data as a buffer: what was received, or empty room in its full size. */
    ByteBuffer buffer() {
        return dataView;
    }

    /** What was received, for longer than until the next call. */
    ByteBuffer copy() {
        byte[] bytes = new byte[dataView.remaining()];
        dataView.get(dataView.position(), bytes);
        return ByteBuffer.wrap(bytes);
    }

    /** The ancillary data as memory, in its full size. */
    MemorySegment control() {
        return control;
    }

    /** Receives without waiting; the packet's length (even if longer than the room), or -errno. */
    long receive(int fd) {
        message.set(JAVA_INT, MSG_NAMELEN, (int) name.byteSize());
        message.set(JAVA_LONG, MSG_CONTROLLEN, control.byteSize());
        vector.set(JAVA_LONG, IOV_LEN, data.byteSize());
        long result = Libc.recvmsg(fd, message, Libc.MSG_DONTWAIT | Libc.MSG_TRUNC);
        controlBytes = result < 0 ? 0 : message.get(JAVA_LONG, MSG_CONTROLLEN);
        dataView.clear().limit((int) Math.clamp(result, 0, data.byteSize()));
        return result;
    }

    /** Was the last packet longer than the room? */
    boolean isTruncated() {
        return (message.get(JAVA_INT, MSG_FLAGS) & Libc.MSG_TRUNC) != 0;
    }

    /** Where the data of an ancillary message begins in {@link #control}, or -1. */
    long find(int level, int type) {
        long at = 0;
        while (at + CMSG_DATA <= controlBytes) {
            long length = control.get(JAVA_LONG, at + CMSG_LEN);
            if (control.get(JAVA_INT, at + CMSG_LEVEL) == level
                    && control.get(JAVA_INT, at + CMSG_TYPE) == type) {
                return at + CMSG_DATA;
            }
            at += aligned(Math.max(length, CMSG_DATA));
        }
        return -1;
    }

    /** The bytes of the ancillary message whose data begins there. */
    long found(long at) {
        return control.get(JAVA_LONG, at - CMSG_DATA + CMSG_LEN) - CMSG_DATA;
    }

    /** Makes room for a packet to send: no data, no ancillary data. */
    void clear() {
        dataView.clear();
        controlBytes = 0;
    }

    /** Adds an ancillary message of so many bytes; gives where its data goes. */
    long put(int level, int type, long bytes) {
        long at = controlBytes;
        control.set(JAVA_LONG, at + CMSG_LEN, CMSG_DATA + bytes);
        control.set(JAVA_INT, at + CMSG_LEVEL, level);
        control.set(JAVA_INT, at + CMSG_TYPE, type);
        controlBytes = at + aligned(CMSG_DATA + bytes);
        return at + CMSG_DATA;
    }

    /** Sends what was written into {@link #buffer}, without waiting; the bytes sent, or -errno. */
    long send(int fd) {
        message.set(JAVA_INT, MSG_NAMELEN, (int) name.byteSize());
        message.set(JAVA_LONG, MSG_CONTROLLEN, controlBytes);
        vector.set(JAVA_LONG, IOV_LEN, dataView.position());
        return Libc.sendmsg(fd, message, Libc.MSG_DONTWAIT);
    }

    private static long aligned(long bytes) {
        return (bytes + CMSG_ALIGNMENT - 1) / CMSG_ALIGNMENT * CMSG_ALIGNMENT;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
