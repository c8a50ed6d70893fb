package mcproxy.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import mcproxy.kernel.MulticastTable.Arrival;
import mcproxy.kernel.MulticastTable.LinkCounters;
import mcproxy.kernel.MulticastTable.RouteCounters;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * The socket that owns a multicast routing table (MRT_INIT). The options of both families have the
 * same numbers and different structures.
 */
abstract sealed class RoutingSocket implements AutoCloseable
        permits Ipv4RoutingSocket, Ipv6RoutingSocket {
    // linux/mroute.h; linux/mroute6.h has the same with other names (MRT6_ADD_MIF ...).
    static final int MRT_INIT = 200;
    static final int MRT_DONE = 201;
    static final int MRT_ADD_VIF = 202;
    static final int MRT_DEL_VIF = 203;
    static final int MRT_ADD_MFC = 204;
    static final int MRT_DEL_MFC = 205;
    static final int MRT_ASSERT = 207;
    static final int MRT_PIM = 208;
    static final int MRT_TABLE = 209;
    static final int MRT_ADD_MFC_PROXY = 210;
    static final int SIOCGETVIFCNT = 0x89e0; // SIOCPROTOPRIVATE
    static final int SIOCGETSGCNT = 0x89e1; // SIOCPROTOPRIVATE + 1

    static final int NOCACHE = 1;
    static final int WRONGVIF = 2;

    /** An upcall counts about 800 bytes: 20,000 new sources while nobody reads. */
    private static final int RECEIVE_BUFFER_BYTES = 16 << 20;

    // struct sioc_mif_req6 is laid out alike.
    private static final long VIF_VIFI = Structs.offset(Structs.sioc_vif_req, "vifi");
    private static final long VIF_ICOUNT = Structs.offset(Structs.sioc_vif_req, "icount");
    private static final long VIF_OCOUNT = Structs.offset(Structs.sioc_vif_req, "ocount");
    private static final long VIF_IBYTES = Structs.offset(Structs.sioc_vif_req, "ibytes");
    private static final long VIF_OBYTES = Structs.offset(Structs.sioc_vif_req, "obytes");

    private final Family family;
    private final int table;
    private final int level;
    final Descriptor socket;

    RoutingSocket(Family family, int table, int level, Descriptor socket) {
        this.family = family;
        this.table = table;
        this.level = level;
        this.socket = socket;
    }

    /** Opens the socket of a table and becomes the table's owner. */
    static RoutingSocket open(Family family, int table) throws KernelException {
        RoutingSocket opened =
                switch (family) {
                    case IPV4 -> Ipv4RoutingSocket.create(table);
                    case IPV6 -> Ipv6RoutingSocket.create(table);
                };
        try {
            opened.start();
            return opened;
        } catch (KernelException e) {
            opened.close();
            throw e;
        }
    }

    private void start() throws KernelException {
        int _ = socket.growReceiveBuffer(RECEIVE_BUFFER_BYTES);
        onlyUpcalls();
        if (table != 0) {
            control(MRT_TABLE, "TABLE", table);
        }
        control(MRT_INIT, "INIT", 1);
        // With MRT_ASSERT alone a packet on a wrong interface makes an upcall only when that
        // interface is among the outgoing ones (kernel: ip_mr_forward). A proxy needs to hear of a
        // source that moved to another upstream, which is none: MRT_PIM, which implies ASSERT and
        // besides only admits PIM register messages, for which there is no interface here. A kernel
        // without PIM (CONFIG_IP_PIMSM_V2) has the lesser.
        if (socket.trySet(level, MRT_PIM, 1) < 0) {
            control(MRT_ASSERT, "ASSERT", 1);
        }
    }

    final int descriptor() {
        return socket.number();
    }

    /** Keeps all but upcalls out of the receive queue. */
    abstract void onlyUpcalls() throws KernelException;

    abstract void addInterface(int vif, int ifindex) throws KernelException;

    abstract void deleteInterface(int vif) throws KernelException;

    abstract void setRoute(IpAddress source, IpAddress group, int incoming, int outgoing)
            throws KernelException;

    abstract void deleteRoute(IpAddress source, IpAddress group) throws KernelException;

    abstract Optional<RouteCounters> counters(IpAddress source, IpAddress group)
            throws KernelException;

    /** What was forwarded from and to a virtual interface; empty when there is none. */
    final Optional<LinkCounters> counters(int vif) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(Structs.sioc_vif_req);
            request.set(JAVA_SHORT, VIF_VIFI, (short) vif);
            int result = Libc.ioctl(socket.number(), SIOCGETVIFCNT, request);
            if (result == -Errno.EADDRNOTAVAIL || result == -Errno.EINVAL) {
                return Optional.empty(); // EINVAL: beyond the highest one there is
            }
            if (result < 0) {
                throw Errno.failed("ioctl(SIOCGETVIFCNT)", result);
            }
            return Optional.of(
                    new LinkCounters(
                            request.get(JAVA_LONG, VIF_ICOUNT),
                            request.get(JAVA_LONG, VIF_IBYTES),
                            request.get(JAVA_LONG, VIF_OCOUNT),
                            request.get(JAVA_LONG, VIF_OBYTES)));
        }
    }

    /** What an upcall that was received says. */
    abstract Arrival decode(MessageBuffer received);

    /** An upcall of a kind (IGMPMSG_*, MRT6MSG_*) that both families number alike. */
    static Arrival upcall(byte kind, int vif, IpAddress source, IpAddress group) {
        return switch (kind) {
            case NOCACHE -> new Arrival.CacheMiss(vif, source, group);
            case WRONGVIF -> new Arrival.WrongInterface(vif, source, group);
            default -> new Arrival.Other("upcall-" + kind);
        };
    }

    /** Reads an upcall without waiting; false when there is none. */
    boolean receive(MessageBuffer into) throws KernelException {
        long result = into.receive(socket.number());
        if (result >= 0) {
            return true;
        }
        return switch ((int) -result) {
            case Errno.EAGAIN, Errno.EINTR -> false;
            default -> throw Errno.failed("recvmsg(routing socket)", result);
        };
    }

    /** Sets an option of the table that is an int. */
    final void control(int option, String name, int value) throws KernelException {
        int result = socket.trySet(level, option, value);
        if (result < 0) {
            throw failed(name, "", result);
        }
    }

    /** Sets an option of the table; gives 0 or the negative error number. */
    final int tryControl(int option, MemorySegment value) {
        return Libc.setsockopt(socket.number(), level, option, value);
    }

    /**
     * The failure of an option of this table, with advice.
     *
     * @param name the option without MRT_ or MRT6_
     * @param subject what it was about, beginning with a comma; may be empty
     */
    final KernelException failed(String name, String subject, int negative) {
        String call =
                "setsockopt("
                        + prefix(family)
                        + name
                        + "), "
                        + family
                        + " table "
                        + table
                        + subject;
        return Errno.failed(call, negative, RoutingAdvice.of(family, table, name, -negative));
    }

    private static String prefix(Family family) {
        return switch (family) {
            case IPV4 -> "MRT_";
            case IPV6 -> "MRT6_";
        };
    }

    @Override
    public void close() {
        try (Arena arena = Arena.ofConfined()) {
            // Not left to close(2): a copy of the descriptor elsewhere would keep the table alive.
            int _ = tryControl(MRT_DONE, arena.allocateFrom(JAVA_INT, 1));
        }
        socket.close();
    }
}
