package mcproxy.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/** A file descriptor that is closed once. Always close-on-exec. */
final class Descriptor implements AutoCloseable {
    private static final int CLOSED = -1;

    private final AtomicInteger number;

    /** Takes over an open descriptor. */
    Descriptor(int number) {
        this.number = new AtomicInteger(number);
    }

    /**
     * Opens a non-blocking socket.
     *
     * @param text the arguments as the manual writes them, for messages
     */
    static Descriptor socket(int domain, int type, int protocol, String text)
            throws KernelException {
        int flags = Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC;
        int result = Libc.socket(domain, type | flags, protocol);
        if (result < 0) {
            throw Errno.failed("socket(" + text + ")", result);
        }
        return new Descriptor(result);
    }

    /** The number, or -1 once closed; the kernel refuses that one (EBADF) and poll(2) skips it. */
    int number() {
        return number.get();
    }

    /**
     * Sets an option that is an int.
     *
     * @param text the option's name and subject, for messages
     */
    void set(int level, int option, int value, String text) throws KernelException {
        check("setsockopt(" + text + ")", trySet(level, option, value));
    }

    /** Sets an option that is a structure. */
    void set(int level, int option, MemorySegment value, String text) throws KernelException {
        check("setsockopt(" + text + ")", Libc.setsockopt(number(), level, option, value));
    }

    /** Sets an option that is an int; gives 0 or the negative error number. */
    int trySet(int level, int option, int value) {
        try (Arena arena = Arena.ofConfined()) {
            return Libc.setsockopt(number(), level, option, arena.allocateFrom(JAVA_INT, value));
        }
    }

    /** Reads an option into a structure of exactly its size. */
    void read(int level, int option, MemorySegment into, String text) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment length = arena.allocateFrom(JAVA_INT, (int) into.byteSize());
            check(
                    "getsockopt(" + text + ")",
                    Libc.getsockopt(number(), level, option, into, length));
        }
    }

    /** The value of an option that is an int. */
    int read(int level, int option, String text) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(JAVA_INT);
            read(level, option, value, text);
            return value.get(JAVA_INT, 0);
        }
    }

    /**
     * Makes the receive buffer as large as asked, or as large as net.core.rmem_max allows when
     * CAP_NET_ADMIN is missing (socket(7)).
     *
     * @return the bytes that it holds now, without the kernel's own share
     */
    int growReceiveBuffer(int bytes) throws KernelException {
        if (trySet(Libc.SOL_SOCKET, Libc.SO_RCVBUFFORCE, bytes) < 0) {
            set(Libc.SOL_SOCKET, Libc.SO_RCVBUF, bytes, "SO_RCVBUF");
        }
        return read(Libc.SOL_SOCKET, Libc.SO_RCVBUF, "SO_RCVBUF") / 2; // the kernel doubles it
    }

    void bind(MemorySegment address, String text) throws KernelException {
        check("bind(" + text + ")", Libc.bind(number(), address));
    }

    private static void check(String call, int result) throws KernelException {
        if (result < 0) {
            throw Errno.failed(call, result);
        }
    }

    @Override
    public void close() {
        int open = number.getAndSet(CLOSED);
        if (open != CLOSED) {
            // close(2): the descriptor is gone whatever it returns.
            int _ = Libc.close(open);
        }
    }
}
