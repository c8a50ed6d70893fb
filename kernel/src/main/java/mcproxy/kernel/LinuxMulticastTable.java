package mcproxy.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Packet;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * {@link MulticastTable} on a {@link RoutingSocket}, which owns the table and hears the upcalls,
 * and a {@link LinkSocket} for each virtual interface, which hears the membership messages. An
 * epoll(7) descriptor stands for all of them.
 */
final class LinuxMulticastTable implements MulticastTable {
    private static final int EPOLL_CTL_ADD = 1;
    private static final int EPOLLIN = 0x1;
    private static final long EVENTS = Structs.offset(Structs.epoll_event, "events");
    private static final long DATA = Structs.offset(Structs.epoll_event, "data");
    private static final ValueLayout.OfLong DATA_LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    /** Stands for the routing socket where other numbers are those of virtual interfaces. */
    private static final int UPCALLS = MAX_INTERFACES;

    /** Arrivals taken from one socket before the others are looked at: a flood starves nobody. */
    private static final int TURN = 64;

    private static final int PACKET_BYTES = 1 << 16;

    private final Family family;
    private final int number;
    private final RoutingSocket routing;
    private final LinkSocket sender;
    private final Descriptor epoll;

    /** What was joined to {@link #epoll}, by number of the virtual interface. */
    private final @Nullable Link[] links = new @Nullable Link[MAX_INTERFACES];

    private final Arena arena = Arena.ofShared();
    private final MemorySegment events = arena.allocate(Structs.epoll_event, MAX_INTERFACES + 1);
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

    private record Link(int ifindex, LinkSocket socket) {}

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
    public void addInterface(int vif, int ifindex) throws KernelException {
        synchronized (routingLock) {
            routing.addInterface(vif, ifindex);
            try {
                LinkSocket socket =
                        LinuxNamespaces.where(
                                routing.socket, () -> LinkSocket.hearing(family, ifindex));
                synchronized (receiveLock) {
                    forget(vif); // of a device that went away without deleteInterface
                    links[vif] = new Link(ifindex, socket);
                    watch(socket.descriptor(), vif);
                }
            } catch (KernelException e) {
                deleteInterface(vif);
                throw e;
            }
        }
    }

    @Override
    public void deleteInterface(int vif) throws KernelException {
        synchronized (routingLock) {
            synchronized (receiveLock) {
                forget(vif);
            }
            routing.deleteInterface(vif);
        }
    }

    private void forget(int vif) {
        Link link = links[vif];
        if (link != null) {
            link.socket.close(); // which takes it out of epoll, too
            links[vif] = null;
            ready.remove(vif);
            taken = 0;
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
        int count = Libc.epoll_wait(epoll.number(), events, MAX_INTERFACES + 1, 0);
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

    private Optional<Arrival> membership(int vif) throws KernelException {
        Link link = links[vif];
        return link != null && link.socket.receive(received)
                ? Optional.of(
                        new Arrival.Membership(
                                link.ifindex,
                                link.socket.decode(received),
                                link.socket.sender(received)))
                : Optional.empty();
    }

    @Override
    public void close() {
        synchronized (routingLock) {
            synchronized (receiveLock) {
                synchronized (sendLock) {
                    for (int vif = 0; vif < MAX_INTERFACES; vif++) {
                        forget(vif);
                    }
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
