package mcproxy.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Packet;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@link MulticastTable} on a {@link RoutingSocket}, which owns the table and hears the upcalls,
 * and a {@link LinkSocket} for each device that is listened to, which hears the membership
 * messages. An epoll(7) descriptor stands for all of them.
 */
final class LinuxMulticastTable implements MulticastTable {
    private static final int EPOLL_CTL_ADD = 1;
    private static final int EPOLLIN = 0x1;
    private static final long EVENTS = Structs.offset(Structs.epoll_event, "events");
    private static final long DATA = Structs.offset(Structs.epoll_event, "data");
    private static final ValueLayout.OfLong DATA_LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    /** Stands for the routing socket where other numbers are those of devices. */
    private static final int UPCALLS = 0;

    /** How many sockets are looked at in one go; the others come after them. */
    private static final int MAX_EVENTS = 64;

    /** Arrivals taken from one socket before the others are looked at: a flood starves nobody. */
    private static final int TURN = 64;

    private static final int PACKET_BYTES = 1 << 16;

    private final Family family;
    private final int number;
    private final RoutingSocket routing;
    private final LinkSocket sender;
    private final Descriptor epoll;

    /** What hears on a device, by its index. */
    private final Map<Integer, LinkSocket> links = new HashMap<>();

    private final Arena arena = Arena.ofShared();
    private final MemorySegment events = arena.allocate(Structs.epoll_event, MAX_EVENTS);
    private final MessageBuffer received = buffer();
    private final MessageBuffer sent = buffer();

    /** Sockets that had something at the last look, of which some may still have more. */
    private final Deque<Integer> ready = new ArrayDeque<>();

    /** Arrivals taken in a row from the first of {@link #ready}. */
    private int taken;

    // Each guards a buffer; all together, close. Taken in this order.
    private final Object routingLock = new Object();
    private final Object receiveLock = new Object();
    private final Object sendLock = new Object();

    private LinuxMulticastTable(
            Family family, int number, RoutingSocket routing, LinkSocket sender, Descriptor epoll) {
        this.family = family;
        this.number = number;
        this.routing = routing;
        this.sender = sender;
        this.epoll = epoll;
    }

    private static MessageBuffer buffer() {
        return new MessageBuffer(Structs.sockaddr_ll.byteSize(), PACKET_BYTES, 0);
    }

    static LinuxMulticastTable open(Family family, int number) throws KernelException {
        RoutingSocket routing = RoutingSocket.open(family, number);
        try {
            LinkSocket sender = LinkSocket.sending(family);
            try {
                int result = Libc.epoll_create1(Libc.SOCK_CLOEXEC);
                if (result < 0) {
                    throw Errno.failed("epoll_create1", result);
                }
                LinuxMulticastTable table =
                        new LinuxMulticastTable(
                                family, number, routing, sender, new Descriptor(result));
                table.watch(routing.descriptor(), UPCALLS);
                return table;
            } catch (KernelException e) {
                sender.close();
                throw e;
            }
        } catch (KernelException e) {
            routing.close();
            throw e;
        }
    }

    private void watch(int descriptor, int which) throws KernelException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment event = call.allocate(Structs.epoll_event);
            event.set(JAVA_INT, EVENTS, EPOLLIN);
            event.set(DATA_LONG, DATA, which);
            int result = Libc.epoll_ctl(epoll.number(), EPOLL_CTL_ADD, descriptor, event);
            if (result < 0) {
                throw Errno.failed("epoll_ctl(EPOLL_CTL_ADD)", result);
            }
        }
    }

    @Override
    public Family family() {
        return family;
    }

    @Override
    public int number() {
        return number;
    }

    @Override
    public int descriptor() {
        return epoll.number();
    }

    @Override
    public void listen(int ifindex) throws KernelException {
        synchronized (routingLock) {
            LinkSocket socket =
                    LinuxNamespaces.where(
                            routing.socket, () -> LinkSocket.hearing(family, ifindex));
            synchronized (receiveLock) {
                forget(ifindex); // of a device that had this index before
                links.put(ifindex, socket);
                try {
                    watch(socket.descriptor(), ifindex);
                } catch (KernelException e) {
                    forget(ifindex);
                    throw e;
                }
            }
        }
    }

    @Override
    public void ignore(int ifindex) {
        synchronized (receiveLock) {
            forget(ifindex);
        }
    }

    private void forget(int ifindex) {
        LinkSocket socket = links.remove(ifindex);
        if (socket != null) {
            socket.close(); // which takes it out of epoll, too
            if (ready.remove(ifindex)) {
                taken = 0;
            }
        }
    }

    @Override
    public void addInterface(int vif, int ifindex) throws KernelException {
        synchronized (routingLock) {
            routing.addInterface(vif, ifindex);
        }
    }

    @Override
    public void deleteInterface(int vif) throws KernelException {
        synchronized (routingLock) {
            routing.deleteInterface(vif);
        }
    }

    @Override
    public void setRoute(IpAddress source, IpAddress group, int incoming, int outgoing)
            throws KernelException {
        synchronized (routingLock) {
            routing.setRoute(source, group, incoming, outgoing);
        }
    }

    @Override
    public void deleteRoute(IpAddress source, IpAddress group) throws KernelException {
        synchronized (routingLock) {
            routing.deleteRoute(source, group);
        }
    }

    @Override
    public Optional<RouteCounters> counters(IpAddress source, IpAddress group)
            throws KernelException {
        synchronized (routingLock) {
            return routing.counters(source, group);
        }
    }

    @Override
    public Optional<LinkCounters> counters(int vif) throws KernelException {
        synchronized (routingLock) {
            return routing.counters(vif);
        }
    }

    @Override
    public void send(int ifindex, Packet packet) throws KernelException {
        synchronized (sendLock) {
            sender.send(ifindex, packet, sent);
        }
    }

    @Override
    public Optional<Arrival> receive() throws KernelException {
        synchronized (receiveLock) {
            while (!ready.isEmpty() || look()) {
                int which = ready.getFirst();
                Optional<Arrival> arrival = which == UPCALLS ? upcall() : membership(which);
                taken++;
                if (arrival.isEmpty() || taken == TURN) {
                    ready.removeFirst();
                    taken = 0;
                }
                if (arrival.isPresent()) {
                    return arrival;
                }
            }
            return Optional.empty();
        }
    }

    /** Finds the sockets that have something; false when none has. */
    private boolean look() throws KernelException {
        int count = Libc.epoll_wait(epoll.number(), events, MAX_EVENTS, 0);
        if (count < 0) {
            if (count == -Errno.EINTR) {
                return false;
            }
            throw Errno.failed("epoll_wait", count);
        }
        for (int i = 0; i < count; i++) {
            long at = i * Structs.epoll_event.byteSize();
            int which = (int) events.get(DATA_LONG, at + DATA);
            if (which == UPCALLS) {
                ready.addFirst(which); // a stream is waiting
            } else {
                ready.addLast(which);
            }
        }
        return count > 0;
    }

    private Optional<Arrival> upcall() throws KernelException {
        return routing.receive(received) ? Optional.of(routing.decode(received)) : Optional.empty();
    }

    private Optional<Arrival> membership(int ifindex) throws KernelException {
        LinkSocket socket = links.get(ifindex);
        if (socket == null || !socket.receive(received)) {
            return Optional.empty();
        }
        return socket.lastHop(ifindex, received)
                .or(() ->
                        Optional.of(
                                new Arrival.Membership(
                                        ifindex,
                                        socket.decode(received),
                                        socket.sender(received),
                                        received.copy())));
    }

    @Override
    public void close() {
        synchronized (routingLock) {
            synchronized (receiveLock) {
                synchronized (sendLock) {
                    List.copyOf(links.keySet()).forEach(this::forget);
                    routing.close();
                    sender.close();
                    epoll.close();
                    received.close();
                    sent.close();
                    if (arena.scope().isAlive()) {
                        arena.close();
                    }
                }
            }
        }
    }
}
