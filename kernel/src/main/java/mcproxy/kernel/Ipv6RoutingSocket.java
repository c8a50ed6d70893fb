package mcproxy.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import mcproxy.kernel.MulticastTable.Arrival;
import mcproxy.kernel.MulticastTable.RouteCounters;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** {@link RoutingSocket} of {@code linux/mroute6.h} (kernel: net/ipv6/ip6mr.c). */
final class Ipv6RoutingSocket extends RoutingSocket {
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPPROTO_ICMPV6 = 58;
    private static final int ICMP6_FILTER = 1;

    private static final byte THRESHOLD = 1;

    private static final long MIF6C_MIFI = Structs.offset(Structs.mif6ctl, "mif6c_mifi");
    private static final long MIF6C_THRESHOLD = Structs.offset(Structs.mif6ctl, "vifc_threshold");
    private static final long MIF6C_PIFI = Structs.offset(Structs.mif6ctl, "mif6c_pifi");

    private static final long SIN6_FAMILY = Structs.offset(Structs.sockaddr_in6, "sin6_family");
    private static final long SIN6_ADDR = Structs.offset(Structs.sockaddr_in6, "sin6_addr");

    private static final long MF6CC_ORIGIN = Structs.offset(Structs.mf6cctl, "mf6cc_origin");
    private static final long MF6CC_MCASTGRP = Structs.offset(Structs.mf6cctl, "mf6cc_mcastgrp");
    private static final long MF6CC_PARENT = Structs.offset(Structs.mf6cctl, "mf6cc_parent");
    private static final long MF6CC_IFSET = Structs.offset(Structs.mf6cctl, "mf6cc_ifset");

    private static final long IM6_MBZ = Structs.offset(Structs.mrt6msg, "im6_mbz");
    private static final long IM6_MSGTYPE = Structs.offset(Structs.mrt6msg, "im6_msgtype");
    private static final long IM6_MIF = Structs.offset(Structs.mrt6msg, "im6_mif");
    private static final long IM6_SRC = Structs.offset(Structs.mrt6msg, "im6_src");
    private static final long IM6_DST = Structs.offset(Structs.mrt6msg, "im6_dst");

    private static final long SG_SRC = Structs.offset(Structs.sioc_sg_req6, "src");
    private static final long SG_GRP = Structs.offset(Structs.sioc_sg_req6, "grp");
    private static final long SG_PKTCNT = Structs.offset(Structs.sioc_sg_req6, "pktcnt");
    private static final long SG_BYTECNT = Structs.offset(Structs.sioc_sg_req6, "bytecnt");
    private static final long SG_WRONG_IF = Structs.offset(Structs.sioc_sg_req6, "wrong_if");

    private Ipv6RoutingSocket(int table, Descriptor socket) {
        super(Family.IPV6, table, IPPROTO_IPV6, socket);
    }

    static Ipv6RoutingSocket create(int table) throws KernelException {
        String text = "AF_INET6, SOCK_RAW, IPPROTO_ICMPV6";
        return new Ipv6RoutingSocket(
                table, Descriptor.socket(Libc.AF_INET6, Libc.SOCK_RAW, IPPROTO_ICMPV6, text));
    }

    @Override
    void onlyUpcalls() throws KernelException {
        // The filter names the ICMPv6 types to refuse: all. Upcalls do not pass through it.
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment refused = arena.allocate(Structs.icmp6_filter).fill((byte) 0xff);
            socket.set(IPPROTO_ICMPV6, ICMP6_FILTER, refused, "ICMP6_FILTER");
        }
    }

    @Override
    void addInterface(int vif, int ifindex) throws KernelException {
        String subject = ", mif " + vif + ", interface " + ifindex;
        if (ifindex > 0xffff) {
            throw failed("ADD_MIF", subject, -Errno.EADDRNOTAVAIL); // mif6c_pifi has 16 bits
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mif6ctl = arena.allocate(Structs.mif6ctl);
            mif6ctl.set(JAVA_SHORT, MIF6C_MIFI, (short) vif);
            mif6ctl.set(JAVA_BYTE, MIF6C_THRESHOLD, THRESHOLD);
            mif6ctl.set(JAVA_SHORT, MIF6C_PIFI, (short) ifindex);
            int result = tryControl(MRT_ADD_VIF, mif6ctl);
            if (result < 0) {
                throw failed("ADD_MIF", subject, result);
            }
        }
    }

    @Override
    void deleteInterface(int vif) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            int result = tryControl(MRT_DEL_VIF, arena.allocateFrom(JAVA_SHORT, (short) vif));
            if (result < 0 && result != -Errno.EADDRNOTAVAIL) { // gone with its device
                throw failed("DEL_MIF", ", mif " + vif, result);
            }
        }
    }

    @Override
    void setRoute(IpAddress source, IpAddress group, int incoming, int outgoing)
            throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mf6cctl = mf6cctl(arena, source, group, incoming);
            mf6cctl.set(JAVA_INT, MF6CC_IFSET, outgoing); // its first 32 bits
            int result = tryControl(MRT_ADD_MFC, mf6cctl);
            if (result < 0) {
                throw failed("ADD_MFC", ", source " + source + ", group " + group, result);
            }
        }
    }

    @Override
    void deleteRoute(IpAddress source, IpAddress group) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            int result = tryControl(MRT_DEL_MFC, mf6cctl(arena, source, group, 0));
            if (result < 0 && result != -Errno.ENOENT) {
                throw failed("DEL_MFC", ", source " + source + ", group " + group, result);
            }
        }
    }

    private static MemorySegment mf6cctl(
            Arena arena, IpAddress source, IpAddress group, int incoming) {
        MemorySegment mf6cctl = arena.allocate(Structs.mf6cctl);
        sockaddr(mf6cctl, MF6CC_ORIGIN, source);
        sockaddr(mf6cctl, MF6CC_MCASTGRP, group);
        mf6cctl.set(JAVA_SHORT, MF6CC_PARENT, (short) incoming);
        return mf6cctl;
    }

    private static void sockaddr(MemorySegment to, long offset, IpAddress address) {
        to.set(JAVA_SHORT, offset + SIN6_FAMILY, (short) Libc.AF_INET6);
        Structs.put(to, offset + SIN6_ADDR, address);
    }

    @Override
    Optional<RouteCounters> counters(IpAddress source, IpAddress group) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(Structs.sioc_sg_req6);
            sockaddr(request, SG_SRC, source);
            sockaddr(request, SG_GRP, group);
            int result = Libc.ioctl(socket.number(), SIOCGETSGCNT, request);
            if (result == -Errno.EADDRNOTAVAIL) {
                return Optional.empty();
            }
            if (result < 0) {
                throw Errno.failed("ioctl(SIOCGETSGCNT_IN6)", result);
            }
            return Optional.of(
                    new RouteCounters(
                            request.get(JAVA_LONG, SG_PKTCNT),
                            request.get(JAVA_LONG, SG_BYTECNT),
                            request.get(JAVA_LONG, SG_WRONG_IF)));
        }
    }

    @Override
    Arrival decode(MessageBuffer received) {
        MemorySegment message = received.data();
        if (received.buffer().limit() < Structs.mrt6msg.byteSize()
                || message.get(JAVA_BYTE, IM6_MBZ) != 0) {
            return new Arrival.Other("no-upcall");
        }
        int mif = Short.toUnsignedInt(message.get(JAVA_SHORT, IM6_MIF));
        IpAddress source = Structs.address(Family.IPV6, message, IM6_SRC);
        IpAddress group = Structs.address(Family.IPV6, message, IM6_DST);
        return upcall(message.get(JAVA_BYTE, IM6_MSGTYPE), mif, source, group);
    }
}
