package mcproxy.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The bridges of this namespace, read by rtnetlink (kernel: br_fill_info in net/bridge/
 * br_netlink.c). {@code /sys/class/net} shows the namespace that it was mounted in, which need not
 * be this one.
 */
final class LinuxBridges {
    private static final int RTM_NEWLINK = 16;
    private static final int RTM_GETLINK = 18;

    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_LINKINFO = 18;
    private static final int IFLA_INFO_KIND = 1;
    private static final int IFLA_INFO_DATA = 2;
    private static final int IFLA_BR_MCAST_ROUTER = 22;
    private static final int IFLA_BR_MCAST_SNOOPING = 23;
    private static final int IFLA_BR_MCAST_QUERIER_STATE = 47;
    private static final int BRIDGE_QUERIER_IP_ADDRESS = 1;
    private static final int BRIDGE_QUERIER_IPV6_ADDRESS = 5;

    /** The bit of an attribute's type that says that there are others in it (NLA_F_NESTED). */
    private static final int NESTED = 0x8000;

    private static final int MESSAGE_BYTES = 64 << 10;
    private static final int REPLY_TIMEOUT_MILLIS = 5_000;

    private LinuxBridges() {}

    static List<Bridge> read() throws KernelException {
        try (Descriptor socket =
                        Descriptor.socket(
                                Libc.AF_NETLINK,
                                Libc.SOCK_RAW,
                                Netlink.NETLINK_ROUTE,
                                "AF_NETLINK, NETLINK_ROUTE");
                MessageBuffer buffer =
                        new MessageBuffer(Structs.sockaddr_nl.byteSize(), MESSAGE_BYTES, 0)) {
            ask(socket, buffer);
            List<Bridge> bridges = new ArrayList<>();
            boolean more = true;
            while (more) {
                if (!LinuxPoller.await(socket, REPLY_TIMEOUT_MILLIS)) {
                    throw Errno.failed("RTM_GETLINK", -Errno.ETIMEDOUT);
                }
                long result = buffer.receive(socket.number());
                if (result >= 0) {
                    more = take(buffer, bridges);
                } else if (result != -Errno.EAGAIN && result != -Errno.EINTR) {
                    throw Errno.failed("recvmsg(AF_NETLINK)", result);
                }
            }
            return List.copyOf(bridges);
        }
    }

    private static void ask(Descriptor socket, MessageBuffer buffer) throws KernelException {
        long length = Netlink.HEADER + Structs.ifinfomsg.byteSize();
        buffer.clear();
        MemorySegment message = buffer.data().asSlice(0, length).fill((byte) 0);
        message.set(JAVA_INT, Netlink.NLMSG_LEN, (int) length);
        message.set(JAVA_SHORT, Netlink.NLMSG_TYPE, (short) RTM_GETLINK);
        message.set(
                JAVA_SHORT,
                Netlink.NLMSG_FLAGS,
                (short) (Netlink.NLM_F_REQUEST | Netlink.NLM_F_DUMP));
        buffer.buffer().position((int) length);
        buffer.name().fill((byte) 0).set(JAVA_SHORT, Netlink.NL_FAMILY, (short) Libc.AF_NETLINK);
        long sent = buffer.send(socket.number());
        if (sent < 0) {
            throw Errno.failed("sendmsg(AF_NETLINK)", sent);
        }
    }

    /** Takes the bridges out of a part of the answer; tells whether there is more. */
    private static boolean take(MessageBuffer buffer, List<Bridge> into) throws KernelException {
        MemorySegment data = buffer.data();
        long end = buffer.buffer().limit();
        long at = 0;
        while (at + Netlink.HEADER <= end) {
            long length = Integer.toUnsignedLong(data.get(JAVA_INT, at + Netlink.NLMSG_LEN));
            if (length < Netlink.HEADER || length > end - at) {
                break;
            }
            MemorySegment body = data.asSlice(at + Netlink.HEADER, length - Netlink.HEADER);
            switch (data.get(JAVA_SHORT, at + Netlink.NLMSG_TYPE)) {
                case RTM_NEWLINK -> bridge(body).ifPresent(into::add);
                case Netlink.NLMSG_ERROR ->
                        throw Errno.failed("RTM_GETLINK", body.get(JAVA_INT, 0));
                case Netlink.NLMSG_DONE -> {
                    return false;
                }
                default -> {} // nothing that was asked for
            }
            at += Netlink.aligned(length);
        }
        return true;
    }

    private interface Taker {
        void take(int type, MemorySegment value);
    }

    private static void each(MemorySegment message, long from, Taker taker) {
        for (long at = from; Netlink.isAttribute(message, at); at = Netlink.next(message, at)) {
            taker.take(Netlink.type(message, at) & ~NESTED, Netlink.value(message, at));
        }
    }

    private static Optional<Bridge> bridge(MemorySegment message) {
        StringBuilder name = new StringBuilder();
        StringBuilder kind = new StringBuilder();
        List<MemorySegment> about = new ArrayList<>();
        each(
                message,
                Structs.ifinfomsg.byteSize(),
                (type, value) -> {
                    switch (type) {
                        case IFLA_IFNAME -> name.append(value.getString(0));
                        case IFLA_LINKINFO ->
                                each(
                                        value,
                                        0,
                                        (inner, part) -> {
                                            switch (inner) {
                                                case IFLA_INFO_KIND ->
                                                        kind.append(part.getString(0));
                                                case IFLA_INFO_DATA -> about.add(part);
                                                default -> {}
                                            }
                                        });
                        default -> {}
                    }
                });
        return kind.toString().equals("bridge") && !about.isEmpty()
                ? Optional.of(bridge(name.toString(), about.getFirst()))
                : Optional.empty();
    }

    private static Bridge bridge(String name, MemorySegment about) {
        int[] numbers = new int[IFLA_BR_MCAST_SNOOPING + 1];
        Map<Family, IpAddress> queriers = new EnumMap<>(Family.class);
        each(
                about,
                0,
                (type, value) -> {
                    switch (type) {
                        case IFLA_BR_MCAST_ROUTER, IFLA_BR_MCAST_SNOOPING ->
                                numbers[type] = value.get(JAVA_BYTE, 0);
                        case IFLA_BR_MCAST_QUERIER_STATE ->
                                each(
                                        value,
                                        0,
                                        (inner, part) -> {
                                            switch (inner) {
                                                case BRIDGE_QUERIER_IP_ADDRESS ->
                                                        queriers.put(
                                                                Family.IPV4,
                                                                Structs.address(
                                                                        Family.IPV4, part, 0));
                                                case BRIDGE_QUERIER_IPV6_ADDRESS ->
                                                        queriers.put(
                                                                Family.IPV6,
                                                                Structs.address(
                                                                        Family.IPV6, part, 0));
                                                default -> {}
                                            }
                                        });
                        default -> {}
                    }
                });
        return new Bridge(
                name,
                numbers[IFLA_BR_MCAST_SNOOPING] != 0,
                numbers[IFLA_BR_MCAST_ROUTER],
                queriers);
    }
}
