package mcproxy.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;

/**
 * The C library's system calls, each under its own name.
 *
 * <p>They return what the call returns, or the negative error number when it failed, as the kernel
 * itself does: errno is read together with the call into memory of the calling thread and nowhere
 * shared.
 */
final class Libc {
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;
    static final int AF_NETLINK = 16;
    static final int AF_PACKET = 17;

    static final int SOCK_DGRAM = 2;
    static final int SOCK_RAW = 3;
    static final int SOCK_NONBLOCK = 0x800;
    static final int SOCK_CLOEXEC = 0x8_0000;

    static final int O_CLOEXEC = 0x8_0000;
    static final int CLONE_NEWNET = 0x4000_0000;

    static final int SOL_SOCKET = 1;
    static final int SO_RCVBUF = 8;
    static final int SO_ATTACH_FILTER = 26;
    static final int SO_RCVBUFFORCE = 33;

    static final int MSG_TRUNC = 0x20;
    static final int MSG_DONTWAIT = 0x40;

    private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
    private static final long ERRNO =
            CAPTURED.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
    private static final ThreadLocal<MemorySegment> ERRNO_OF_THREAD =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(CAPTURED));

    private static final MethodHandle bind = handle("bind", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle close = handle("close", JAVA_INT, JAVA_INT);
    private static final MethodHandle epoll_create1 = handle("epoll_create1", JAVA_INT, JAVA_INT);
    private static final MethodHandle epoll_ctl =
            handle("epoll_ctl", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS);
    private static final MethodHandle epoll_wait =
            handle("epoll_wait", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
    private static final MethodHandle eventfd = handle("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle geteuid = handle("geteuid", JAVA_INT);
    private static final MethodHandle getsockopt =
            handle("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
    private static final MethodHandle ioctl =
            variadicHandle("ioctl", 2, JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS);
    private static final MethodHandle open = variadicHandle("open", 2, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle poll = handle("poll", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle read =
            handle("read", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle recvmsg =
            handle("recvmsg", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle sendmsg =
            handle("sendmsg", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle setns = handle("setns", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle setsockopt =
            handle("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle socket =
            handle("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle write =
            handle("write", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);

    private Libc() {}

    private static MethodHandle handle(
            String function, MemoryLayout result, MemoryLayout... arguments) {
        return linked(function, FunctionDescriptor.of(result, arguments));
    }

    private static MethodHandle variadicHandle(
            String function, int fixed, MemoryLayout result, MemoryLayout... arguments) {
        return linked(
                function,
                FunctionDescriptor.of(result, arguments),
                Linker.Option.firstVariadicArg(fixed));
    }

    @SuppressWarnings("restricted") // the descriptors above are those of the manual pages
    private static MethodHandle linked(
            String function, FunctionDescriptor descriptor, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        Linker.Option[] all = new Linker.Option[options.length + 1];
        System.arraycopy(options, 0, all, 0, options.length);
        all[options.length] = Linker.Option.captureCallState("errno");
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(function), descriptor, all);
    }

    private static int result(int returned, MemorySegment captured) {
        return returned >= 0 ? returned : -captured.get(JAVA_INT, ERRNO);
    }

    private static long result(long returned, MemorySegment captured) {
        return returned >= 0 ? returned : -captured.get(JAVA_INT, ERRNO);
    }

    /** A handle throws only what its types, which are written here, would be wrong about. */
    private static AssertionError impossible(Throwable thrown) {
        return new AssertionError(thrown);
    }

    /** bind(2). */
    static int bind(int fd, MemorySegment address) {
        MemorySegment captured = ERRNO_OF_THREAD.get();
        try {
            return result(
                    (int) bind.invokeExact(captured, fd, address, (int) address.byteSize()),
                    captured);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** close(2). */
    static int close(int fd) {
        MemorySegment captured = ERRNO_OF_THREAD.get();
        try {
            return result((int) close.invokeExact(captured, fd), captured);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** epoll_create(2). */
    static int epoll_create1(int flags) {
        MemorySegment captured = ERRNO_OF_THREAD.get();
        try {
            return result((int) epoll_create1.invokeExact(captured, flags), captured);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** epoll_ctl(2). */
    static int epoll_ctl(int epoll, int operation, int fd, MemorySegment event) {
        MemorySegment captured = ERRNO_OF_THREAD.get();
        try {
            return result(
                    (int) epoll_ctl.invokeExact(captured, epoll, operation, fd, event), captured);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** epoll_wait(2). */
    static int epoll_wait(int epoll, MemorySegment events, int most, int timeoutMillis) {
        MemorySegment captured = ERRNO_OF_THREAD.get();
        try {
            return result(
                    (int) epoll_wait.invokeExact(captured, epoll, events, most, timeoutMillis),
                    captured);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** eventfd(2). */
    static int eventfd(int initial, int flags) {
        MemorySegment captured = ERRNO_OF_THREAD.get();
        try {
            return result((int) eventfd.invokeExact(captured, initial, flags), captured);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** geteuid(2), which cannot fail. */
    static int geteuid() {
        try {
            return (int) geteuid.invokeExact(ERRNO_OF_THREAD.get());
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** getsockopt(2). */
    static int getsockopt(
            int fd, int level, int name, MemorySegment value, MemorySegment valueLength) {
        MemorySegment captured = ERRNO_OF_THREAD.get();
        try {
            return result(
                    (int) getsockopt.invokeExact(captured, fd, level, name, value, valueLength),
                    captured);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** ioctl(2) with a pointer. */
    static int ioctl(int fd, long request, MemorySegment argument) {
        MemorySegment captured = ERRNO_OF_THREAD.get();
        try {
            return result((int) ioctl.invokeExact(captured, fd, request, argument), captured);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** open(2) of a file that exists. */
    static int open(MemorySegment path, int flags) {
        MemorySegment captured = ERRNO_OF_THREAD.get();
        try {
            return result((int) open.invokeExact(captured, path, flags), captured);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** poll(2). */
    static int poll(MemorySegment pollfds, long count, int timeoutMillis) {
        MemorySegment captured = ERRNO_OF_THREAD.get();
        try {
            return result(
                    (int) poll.invokeExact(captured, pollfds, count, timeoutMillis), captured);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** read(2). */
    static long read(int fd, MemorySegment into) {
        MemorySegment captured = ERRNO_OF_THREAD.get();
        try {
            return result((long) read.invokeExact(captured, fd, into, into.byteSize()), captured);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** recvmsg(2). */
    static long recvmsg(int fd, MemorySegment msghdr, int flags) {
        MemorySegment captured = ERRNO_OF_THREAD.get();
        try {
            return result((long) recvmsg.invokeExact(captured, fd, msghdr, flags), captured);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** sendmsg(2). */
    static long sendmsg(int fd, MemorySegment msghdr, int flags) {
        MemorySegment captured = ERRNO_OF_THREAD.get();
        try {
            return result((long) sendmsg.invokeExact(captured, fd, msghdr, flags), captured);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** setns(2), for the calling thread. */
    static int setns(int fd, int kind) {
        MemorySegment captured = ERRNO_OF_THREAD.get();
        try {
            return result((int) setns.invokeExact(captured, fd, kind), captured);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** setsockopt(2). */
    static int setsockopt(int fd, int level, int name, MemorySegment value) {
        MemorySegment captured = ERRNO_OF_THREAD.get();
        try {
            return result(
                    (int)
                            setsockopt.invokeExact(
                                    captured, fd, level, name, value, (int) value.byteSize()),
                    captured);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** socket(2). */
    static int socket(int domain, int type, int protocol) {
        MemorySegment captured = ERRNO_OF_THREAD.get();
        try {
            return result((int) socket.invokeExact(captured, domain, type, protocol), captured);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** write(2). */
    static long write(int fd, MemorySegment from) {
        MemorySegment captured = ERRNO_OF_THREAD.get();
        try {
            return result((long) write.invokeExact(captured, fd, from, from.byteSize()), captured);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }
}
