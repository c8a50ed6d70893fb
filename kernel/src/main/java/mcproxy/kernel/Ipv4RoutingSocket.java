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

/** {@link RoutingSocket} of {@code linux/mroute.h} (kernel: net/ipv4/ipmr.c). */
final class Ipv4RoutingSocket extends RoutingSocket {
    private static final int IPPROTO_IP = 0;
    private static final int IPPROTO_IGMP = 2;

    private static final int VIFF_USE_IFINDEX = 0x8;

    /** Forward packets that have one hop left behind us; the kernel compares TTL > threshold. */
    private static final byte THRESHOLD = 1;

    private static final long VIFC_VIFI = Structs.offset(Structs.vifctl, "vifc_vifi");
    private static final long VIFC_FLAGS = Structs.offset(Structs.vifctl, "vifc_flags");
    private static final long VIFC_THRESHOLD = Structs.offset(Structs.vifctl, "vifc_threshold");
    private static final long VIFC_IFINDEX = Structs.offset(Structs.vifctl, "vifc_lcl_ifindex");

    private static final long MFCC_ORIGIN = Structs.offset(Structs.mfcctl, "mfcc_origin");
    private static final long MFCC_MCASTGRP = Structs.offset(Structs.mfcctl, "mfcc_mcastgrp");
    private static final long MFCC_PARENT = Structs.offset(Structs.mfcctl, "mfcc_parent");
    private static final long MFCC_TTLS = Structs.offset(Structs.mfcctl, "mfcc_ttls");

    private static final long IM_MSGTYPE = Structs.offset(Structs.igmpmsg, "im_msgtype");
    private static final long IM_MBZ = Structs.offset(Structs.igmpmsg, "im_mbz");
    private static final long IM_VIF = Structs.offset(Structs.igmpmsg, "im_vif");
    private static final long IM_VIF_HI = Structs.offset(Structs.igmpmsg, "im_vif_hi");
    private static final long IM_SRC = Structs.offset(Structs.igmpmsg, "im_src");
    private static final long IM_DST = Structs.offset(Structs.igmpmsg, "im_dst");

    private static final long SG_SRC = Structs.offset(Structs.sioc_sg_req, "src");
    private static final long SG_GRP = Structs.offset(Structs.sioc_sg_req, "grp");
    private static final long SG_PKTCNT = Structs.offset(Structs.sioc_sg_req, "pktcnt");
    private static final long SG_BYTECNT = Structs.offset(Structs.sioc_sg_req, "bytecnt");
    private static final long SG_WRONG_IF = Structs.offset(Structs.sioc_sg_req, "wrong_if");

    private Ipv4RoutingSocket(int table, Descriptor socket) {
        super(Family.IPV4, table, IPPROTO_IP, socket);
    }

    static Ipv4RoutingSocket create(int table) throws KernelException {
        String text = "AF_INET, SOCK_RAW, IPPROTO_IGMP";
        return new Ipv4RoutingSocket(
                table, Descriptor.socket(Libc.AF_INET, Libc.SOCK_RAW, IPPROTO_IGMP, text));
    }

    @Override
    void onlyUpcalls() throws KernelException {
        SocketFilter.IPV4_UPCALLS.attach(socket);
    }

    @Override
    void addInterface(int vif, int ifindex) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment vifctl = arena.allocate(Structs.vifctl);
            vifctl.set(JAVA_SHORT, VIFC_VIFI, (short) vif);
            vifctl.set(JAVA_BYTE, VIFC_FLAGS, (byte) VIFF_USE_IFINDEX);
            vifctl.set(JAVA_BYTE, VIFC_THRESHOLD, THRESHOLD);
            vifctl.set(JAVA_INT, VIFC_IFINDEX, ifindex);
            int result = tryControl(MRT_ADD_VIF, vifctl);
            if (result < 0) {
                throw failed("ADD_VIF", ", vif " + vif + ", interface " + ifindex, result);
            }
        }
    }

    @Override
    void deleteInterface(int vif) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment vifctl = arena.allocate(Structs.vifctl);
            vifctl.set(JAVA_SHORT, VIFC_VIFI, (short) vif);
            int result = tryControl(MRT_DEL_VIF, vifctl);
            if (result < 0 && result != -Errno.EADDRNOTAVAIL) { // gone with its device
                throw failed("DEL_VIF", ", vif " + vif, result);
            }
        }
    }

    @Override
    void setRoute(IpAddress source, IpAddress group, int incoming, int outgoing)
            throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mfcctl = mfcctl(arena, source, group, incoming);
            for (int vif = 0; vif < MulticastTable.MAX_INTERFACES; vif++) {
                if ((outgoing >>> vif & 1) != 0) {
                    mfcctl.set(JAVA_BYTE, MFCC_TTLS + vif, THRESHOLD);
                }
            }
            int result = tryControl(MRT_ADD_MFC, mfcctl);
            if (result < 0) {
                throw failed("ADD_MFC", ", source " + source + ", group " + group, result);
            }
        }
    }

    @Override
    void deleteRoute(IpAddress source, IpAddress group) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            int result = tryControl(MRT_DEL_MFC, mfcctl(arena, source, group, 0));
            if (result < 0 && result != -Errno.ENOENT) {
                throw failed("DEL_MFC", ", source " + source + ", group " + group, result);
            }
        }
    }

    private static MemorySegment mfcctl(
            Arena arena, IpAddress source, IpAddress group, int incoming) {
        MemorySegment mfcctl = arena.allocate(Structs.mfcctl);
        Structs.put(mfcctl, MFCC_ORIGIN, source);
        Structs.put(mfcctl, MFCC_MCASTGRP, group);
        mfcctl.set(JAVA_SHORT, MFCC_PARENT, (short) incoming);
        return mfcctl;
    }

    @Override
    Optional<RouteCounters> counters(IpAddress source, IpAddress group) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(Structs.sioc_sg_req);
            Structs.put(request, SG_SRC, source);
            Structs.put(request, SG_GRP, group);
            int result = Libc.ioctl(socket.number(), SIOCGETSGCNT, request);
            if (result == -Errno.EADDRNOTAVAIL) {
                return Optional.empty();
            }
            if (result < 0) {
                throw Errno.failed("ioctl(SIOCGETSGCNT)", result);
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
        if (received.buffer().limit() < Structs.igmpmsg.byteSize()
                || message.get(JAVA_BYTE, IM_MBZ) != 0) {
            return new Arrival.Other("no-upcall");
        }
        int vif =
                Byte.toUnsignedInt(message.get(JAVA_BYTE, IM_VIF))
                        | Byte.toUnsignedInt(message.get(JAVA_BYTE, IM_VIF_HI)) << 8;
        IpAddress source = Structs.address(Family.IPV4, message, IM_SRC);
        IpAddress group = Structs.address(Family.IPV4, message, IM_DST);
        return upcall(message.get(JAVA_BYTE, IM_MSGTYPE), vif, source, group);
    }
}
