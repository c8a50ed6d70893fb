package mcproxy.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** {@link Poller} by poll(2), woken by an eventfd(2). */
final class LinuxPoller implements Poller {
    private static final long FD = Structs.offset(Structs.pollfd, "fd");
    private static final long EVENTS = Structs.offset(Structs.pollfd, "events");
    private static final long REVENTS = Structs.offset(Structs.pollfd, "revents");
    private static final long POLLFD_BYTES = Structs.pollfd.byteSize();

    private static final short POLLIN = 0x1;
    private static final int EFD_NONBLOCK = Libc.SOCK_NONBLOCK;
    private static final int EFD_CLOEXEC = Libc.SOCK_CLOEXEC;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment one = arena.allocateFrom(JAVA_LONG, 1);
    private final MemorySegment count = arena.allocate(JAVA_LONG);
    private final Descriptor event;
    private MemorySegment pollfds = arena.allocate(Structs.pollfd, 8);

    /** Guards the event's descriptor against use after close, as a number is soon used again. */
    private final Object eventLock = new Object();

    private LinuxPoller(Descriptor event) {
        this.event = event;
    }

    static LinuxPoller open() throws KernelException {
        int result = Libc.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        if (result < 0) {
            throw Errno.failed("eventfd", result);
        }
        return new LinuxPoller(new Descriptor(result));
    }

    @Override
    public Set<Pollable> await(Collection<? extends Pollable> waitFor, int timeoutMillis)
            throws KernelException {
        int size = waitFor.size() + 1;
        if (pollfds.byteSize() < size * POLLFD_BYTES) {
            // Grown memory stays until close; twice the need keeps that under twice the largest.
            pollfds = arena.allocate(Structs.pollfd, 2L * size);
        }
        ask(pollfds, 0, event.number());
        int at = 1;
        for (Pollable each : waitFor) {
            ask(pollfds, at++, each.descriptor());
        }
        int ready = poll(pollfds, size, timeoutMillis);
        if (ready == 0) {
            return Set.of();
        }
        if (isReady(0)) {
            long _ = Libc.read(event.number(), count); // back to 0
        }
        Set<Pollable> result = new LinkedHashSet<>();
        at = 1;
        for (Pollable each : waitFor) {
            if (isReady(at++)) {
                result.add(each);
            }
        }
        return result;
    }

    /** Waits for one descriptor without a poller; false when the time is over. */
    static boolean await(Descriptor descriptor, int timeoutMillis) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pollfds = arena.allocate(Structs.pollfd);
            ask(pollfds, 0, descriptor.number());
            return poll(pollfds, 1, timeoutMillis) > 0;
        }
    }

    private static void ask(MemorySegment pollfds, long index, int fd) {
        pollfds.set(JAVA_INT, index * POLLFD_BYTES + FD, fd);
        pollfds.set(JAVA_SHORT, index * POLLFD_BYTES + EVENTS, POLLIN);
        pollfds.set(JAVA_SHORT, index * POLLFD_BYTES + REVENTS, (short) 0);
    }

    private boolean isReady(long index) {
        return pollfds.get(JAVA_SHORT, index * POLLFD_BYTES + REVENTS) != 0;
    }

    /** poll(2), again with what is left of the time when a signal ends it early. */
    private static int poll(MemorySegment pollfds, int size, int timeoutMillis)
            throws KernelException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        int left = timeoutMillis;
        while (true) {
            int result = Libc.poll(pollfds, size, left);
            if (result >= 0) {
                return result;
            }
            if (result != -Errno.EINTR) {
                throw Errno.failed("poll", result);
            }
            if (timeoutMillis >= 0) {
                long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                left = (int) Math.max(0, millis);
            }
        }
    }

    @Override
    public void wakeup() {
        synchronized (eventLock) {
            if (event.number() >= 0) {
                // EAGAIN: the counter is full, so the poller will wake anyway.
                long _ = Libc.write(event.number(), one);
            }
        }
    }

    @Override
    public void close() {
        synchronized (eventLock) {
            event.close();
            if (arena.scope().isAlive()) {
                arena.close();
            }
        }
    }
}
