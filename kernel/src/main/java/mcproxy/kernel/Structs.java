package mcproxy.kernel;

import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The structures of the kernel's headers on 64-bit Linux, under the headers' own names. A test
 * compares sizes and offsets with the C compiler's.
 */
final class Structs {
    static final ValueLayout.OfShort NETWORK_SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    static final ValueLayout.OfInt NETWORK_INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    static final ValueLayout.OfLong NETWORK_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private static final MemoryLayout IN6_ADDR = sequenceLayout(4, JAVA_INT);

    // sys/socket.h, sys/uio.h, time.h, poll.h

    static final StructLayout iovec =
            structLayout(ADDRESS.withName("iov_base"), JAVA_LONG.withName("iov_len"))
                    .withName("iovec");

    static final StructLayout msghdr =
            structLayout(
                            ADDRESS.withName("msg_name"),
                            JAVA_INT.withName("msg_namelen"),
                            paddingLayout(4),
                            ADDRESS.withName("msg_iov"),
                            JAVA_LONG.withName("msg_iovlen"),
                            ADDRESS.withName("msg_control"),
                            JAVA_LONG.withName("msg_controllen"),
                            JAVA_INT.withName("msg_flags"),
                            paddingLayout(4))
                    .withName("msghdr");

    static final StructLayout cmsghdr =
            structLayout(
                            JAVA_LONG.withName("cmsg_len"),
                            JAVA_INT.withName("cmsg_level"),
                            JAVA_INT.withName("cmsg_type"))
                    .withName("cmsghdr");

    static final StructLayout timespec =
            structLayout(JAVA_LONG.withName("tv_sec"), JAVA_LONG.withName("tv_nsec"))
                    .withName("timespec");

    static final StructLayout pollfd =
            structLayout(
                            JAVA_INT.withName("fd"),
                            JAVA_SHORT.withName("events"),
                            JAVA_SHORT.withName("revents"))
                    .withName("pollfd");

    // sys/epoll.h; packed on x86-64 alone, so that a 32-bit program has the same form there

    static final StructLayout epoll_event =
            (System.getProperty("os.arch").equals("amd64")
                            ? structLayout(
                                    JAVA_INT.withName("events"),
                                    ValueLayout.JAVA_LONG_UNALIGNED.withName("data"))
                            : structLayout(
                                    JAVA_INT.withName("events"),
                                    paddingLayout(4),
                                    JAVA_LONG.withName("data")))
                    .withName("epoll_event");

    // linux/filter.h

    static final StructLayout sock_filter =
            structLayout(
                            JAVA_SHORT.withName("code"),
                            JAVA_BYTE.withName("jt"),
                            JAVA_BYTE.withName("jf"),
                            JAVA_INT.withName("k"))
                    .withName("sock_filter");

    static final StructLayout sock_fprog =
            structLayout(JAVA_SHORT.withName("len"), paddingLayout(6), ADDRESS.withName("filter"))
                    .withName("sock_fprog");

    // linux/if_packet.h

    static final StructLayout sockaddr_ll =
            structLayout(
                            JAVA_SHORT.withName("sll_family"),
                            JAVA_SHORT.withName("sll_protocol"),
                            JAVA_INT.withName("sll_ifindex"),
                            JAVA_SHORT.withName("sll_hatype"),
                            JAVA_BYTE.withName("sll_pkttype"),
                            JAVA_BYTE.withName("sll_halen"),
                            sequenceLayout(8, JAVA_BYTE).withName("sll_addr"))
                    .withName("sockaddr_ll");

    static final StructLayout packet_mreq =
            structLayout(
                            JAVA_INT.withName("mr_ifindex"),
                            JAVA_SHORT.withName("mr_type"),
                            JAVA_SHORT.withName("mr_alen"),
                            sequenceLayout(8, JAVA_BYTE).withName("mr_address"))
                    .withName("packet_mreq");

    static final StructLayout tpacket_stats =
            structLayout(JAVA_INT.withName("tp_packets"), JAVA_INT.withName("tp_drops"))
                    .withName("tpacket_stats");

    // netinet/in.h

    static final StructLayout sockaddr_in =
            structLayout(
                            JAVA_SHORT.withName("sin_family"),
                            JAVA_SHORT.withName("sin_port"),
                            JAVA_INT.withName("sin_addr"),
                            paddingLayout(8))
                    .withName("sockaddr_in");

    static final StructLayout sockaddr_in6 =
            structLayout(
                            JAVA_SHORT.withName("sin6_family"),
                            JAVA_SHORT.withName("sin6_port"),
                            JAVA_INT.withName("sin6_flowinfo"),
                            IN6_ADDR.withName("sin6_addr"),
                            JAVA_INT.withName("sin6_scope_id"))
                    .withName("sockaddr_in6");

    // linux/mroute.h

    static final StructLayout vifctl =
            structLayout(
                            JAVA_SHORT.withName("vifc_vifi"),
                            JAVA_BYTE.withName("vifc_flags"),
                            JAVA_BYTE.withName("vifc_threshold"),
                            JAVA_INT.withName("vifc_rate_limit"),
                            JAVA_INT.withName("vifc_lcl_ifindex"),
                            JAVA_INT.withName("vifc_rmt_addr"))
                    .withName("vifctl");

    static final StructLayout mfcctl =
            structLayout(
                            JAVA_INT.withName("mfcc_origin"),
                            JAVA_INT.withName("mfcc_mcastgrp"),
                            JAVA_SHORT.withName("mfcc_parent"),
                            sequenceLayout(32, JAVA_BYTE).withName("mfcc_ttls"),
                            paddingLayout(2),
                            JAVA_INT.withName("mfcc_pkt_cnt"),
                            JAVA_INT.withName("mfcc_byte_cnt"),
                            JAVA_INT.withName("mfcc_wrong_if"),
                            JAVA_INT.withName("mfcc_expire"))
                    .withName("mfcctl");

    static final StructLayout igmpmsg =
            structLayout(
                            JAVA_INT.withName("unused1"),
                            JAVA_INT.withName("unused2"),
                            JAVA_BYTE.withName("im_msgtype"),
                            JAVA_BYTE.withName("im_mbz"),
                            JAVA_BYTE.withName("im_vif"),
                            JAVA_BYTE.withName("im_vif_hi"),
                            JAVA_INT.withName("im_src"),
                            JAVA_INT.withName("im_dst"))
                    .withName("igmpmsg");

    static final StructLayout sioc_sg_req =
            structLayout(
                            JAVA_INT.withName("src"),
                            JAVA_INT.withName("grp"),
                            JAVA_LONG.withName("pktcnt"),
                            JAVA_LONG.withName("bytecnt"),
                            JAVA_LONG.withName("wrong_if"))
                    .withName("sioc_sg_req");

    static final StructLayout sioc_vif_req =
            structLayout(
                            JAVA_SHORT.withName("vifi"),
                            paddingLayout(6),
                            JAVA_LONG.withName("icount"),
                            JAVA_LONG.withName("ocount"),
                            JAVA_LONG.withName("ibytes"),
                            JAVA_LONG.withName("obytes"))
                    .withName("sioc_vif_req");

    // linux/mroute6.h

    static final StructLayout mif6ctl =
            structLayout(
                            JAVA_SHORT.withName("mif6c_mifi"),
                            JAVA_BYTE.withName("mif6c_flags"),
                            JAVA_BYTE.withName("vifc_threshold"),
                            JAVA_SHORT.withName("mif6c_pifi"),
                            paddingLayout(2),
                            JAVA_INT.withName("vifc_rate_limit"))
                    .withName("mif6ctl");

    static final StructLayout if_set =
            structLayout(sequenceLayout(8, JAVA_INT).withName("ifs_bits")).withName("if_set");

    static final StructLayout mf6cctl =
            structLayout(
                            sockaddr_in6.withName("mf6cc_origin"),
                            sockaddr_in6.withName("mf6cc_mcastgrp"),
                            JAVA_SHORT.withName("mf6cc_parent"),
                            paddingLayout(2),
                            if_set.withName("mf6cc_ifset"))
                    .withName("mf6cctl");

    static final StructLayout mrt6msg =
            structLayout(
                            JAVA_BYTE.withName("im6_mbz"),
                            JAVA_BYTE.withName("im6_msgtype"),
                            JAVA_SHORT.withName("im6_mif"),
                            JAVA_INT.withName("im6_pad"),
                            IN6_ADDR.withName("im6_src"),
                            IN6_ADDR.withName("im6_dst"))
                    .withName("mrt6msg");

    static final StructLayout sioc_sg_req6 =
            structLayout(
                            sockaddr_in6.withName("src"),
                            sockaddr_in6.withName("grp"),
                            JAVA_LONG.withName("pktcnt"),
                            JAVA_LONG.withName("bytecnt"),
                            JAVA_LONG.withName("wrong_if"))
                    .withName("sioc_sg_req6");

    static final StructLayout sioc_mif_req6 =
            structLayout(
                            JAVA_SHORT.withName("mifi"),
                            paddingLayout(6),
                            JAVA_LONG.withName("icount"),
                            JAVA_LONG.withName("ocount"),
                            JAVA_LONG.withName("ibytes"),
                            JAVA_LONG.withName("obytes"))
                    .withName("sioc_mif_req6");

    // linux/icmpv6.h

    static final StructLayout icmp6_filter =
            structLayout(sequenceLayout(8, JAVA_INT).withName("icmp6_filt"))
                    .withName("icmp6_filter");

    // linux/netlink.h, linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h

    static final StructLayout sockaddr_nl =
            structLayout(
                            JAVA_SHORT.withName("nl_family"),
                            JAVA_SHORT.withName("nl_pad"),
                            JAVA_INT.withName("nl_pid"),
                            JAVA_INT.withName("nl_groups"))
                    .withName("sockaddr_nl");

    static final StructLayout nlmsghdr =
            structLayout(
                            JAVA_INT.withName("nlmsg_len"),
                            JAVA_SHORT.withName("nlmsg_type"),
                            JAVA_SHORT.withName("nlmsg_flags"),
                            JAVA_INT.withName("nlmsg_seq"),
                            JAVA_INT.withName("nlmsg_pid"))
                    .withName("nlmsghdr");

    static final StructLayout nlmsgerr =
            structLayout(JAVA_INT.withName("error"), nlmsghdr.withName("msg")).withName("nlmsgerr");

    static final StructLayout ifinfomsg =
            structLayout(
                            JAVA_BYTE.withName("ifi_family"),
                            paddingLayout(1),
                            JAVA_SHORT.withName("ifi_type"),
                            JAVA_INT.withName("ifi_index"),
                            JAVA_INT.withName("ifi_flags"),
                            JAVA_INT.withName("ifi_change"))
                    .withName("ifinfomsg");

    static final StructLayout ifaddrmsg =
            structLayout(
                            JAVA_BYTE.withName("ifa_family"),
                            JAVA_BYTE.withName("ifa_prefixlen"),
                            JAVA_BYTE.withName("ifa_flags"),
                            JAVA_BYTE.withName("ifa_scope"),
                            JAVA_INT.withName("ifa_index"))
                    .withName("ifaddrmsg");

    static final StructLayout rtattr =
            structLayout(JAVA_SHORT.withName("rta_len"), JAVA_SHORT.withName("rta_type"))
                    .withName("rtattr");

    // linux/fib_rules.h

    static final StructLayout fib_rule_hdr =
            structLayout(
                            JAVA_BYTE.withName("family"),
                            JAVA_BYTE.withName("dst_len"),
                            JAVA_BYTE.withName("src_len"),
                            JAVA_BYTE.withName("tos"),
                            JAVA_BYTE.withName("table"),
                            JAVA_BYTE.withName("res1"),
                            JAVA_BYTE.withName("res2"),
                            JAVA_BYTE.withName("action"),
                            JAVA_INT.withName("flags"))
                    .withName("fib_rule_hdr");

    /** All of them, for the test. */
    static final List<StructLayout> ALL =
            List.of(
                    iovec,
                    msghdr,
                    cmsghdr,
                    timespec,
                    pollfd,
                    epoll_event,
                    sock_filter,
                    sock_fprog,
                    sockaddr_ll,
                    packet_mreq,
                    tpacket_stats,
                    sockaddr_in,
                    sockaddr_in6,
                    vifctl,
                    mfcctl,
                    igmpmsg,
                    sioc_sg_req,
                    sioc_vif_req,
                    mif6ctl,
                    if_set,
                    mf6cctl,
                    mrt6msg,
                    sioc_sg_req6,
                    sioc_mif_req6,
                    icmp6_filter,
                    sockaddr_nl,
                    nlmsghdr,
                    nlmsgerr,
                    ifinfomsg,
                    ifaddrmsg,
                    rtattr,
                    fib_rule_hdr);

    private Structs() {}

    /** Where a member of a structure, or of a structure inside it, begins. */
    static long offset(StructLayout structure, String... members) {
        PathElement[] path = new PathElement[members.length];
        for (int i = 0; i < members.length; i++) {
            path[i] = PathElement.groupElement(members[i]);
        }
        return structure.byteOffset(path);
    }

    /** Writes an address, which is in network order in every structure. */
    static void put(MemorySegment to, long offset, IpAddress address) {
        switch (address.family()) {
            case IPV4 -> to.set(NETWORK_INT, offset, (int) address.low());
            case IPV6 -> {
                to.set(NETWORK_LONG, offset, address.high());
                to.set(NETWORK_LONG, offset + 8, address.low());
            }
        }
    }

    /** Reads an address. */
    static IpAddress address(Family family, MemorySegment from, long offset) {
        return switch (family) {
            case IPV4 -> IpAddress.ipv4(from.get(NETWORK_INT, offset));
            case IPV6 ->
                    IpAddress.ipv6(
                            from.get(NETWORK_LONG, offset), from.get(NETWORK_LONG, offset + 8));
        };
    }
}
