package mcproxy.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import mcproxy.kernel.Link.Address;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@link LinkMonitor} by rtnetlink (netlink(7), rtnetlink(7)). */
final class LinuxLinkMonitor implements LinkMonitor {
    private static final int RTMGRP_LINK = 0x1;
    private static final int RTMGRP_IPV4_IFADDR = 0x10;
    private static final int RTMGRP_IPV6_IFADDR = 0x100;

    private static final int RTM_NEWLINK = 16;
    private static final int RTM_DELLINK = 17;
    private static final int RTM_GETLINK = 18;
    private static final int RTM_NEWADDR = 20;
    private static final int RTM_DELADDR = 21;
    private static final int RTM_GETADDR = 22;

    private static final int IFLA_ADDRESS = 1;
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_MTU = 4;
    private static final int IFA_ADDRESS = 1;
    private static final int IFA_LOCAL = 2;
    private static final int IFA_FLAGS = 8;

    private static final int IFF_UP = 0x1;
    private static final int IFF_RUNNING = 0x40;
    private static final int IFF_MULTICAST = 0x1000;
    private static final int IFA_F_DADFAILED = 0x08;
    private static final int IFA_F_TENTATIVE = 0x40;

    private static final long NL_GROUPS = Structs.offset(Structs.sockaddr_nl, "nl_groups");
    private static final long IFI_FAMILY = Structs.offset(Structs.ifinfomsg, "ifi_family");
    private static final long IFI_INDEX = Structs.offset(Structs.ifinfomsg, "ifi_index");
    private static final long IFI_FLAGS = Structs.offset(Structs.ifinfomsg, "ifi_flags");
    private static final long IFA_FAMILY = Structs.offset(Structs.ifaddrmsg, "ifa_family");
    private static final long IFA_PREFIXLEN = Structs.offset(Structs.ifaddrmsg, "ifa_prefixlen");
    private static final long IFA_OLD_FLAGS = Structs.offset(Structs.ifaddrmsg, "ifa_flags");
    private static final long IFA_INDEX = Structs.offset(Structs.ifaddrmsg, "ifa_index");

    private static final int RECEIVE_BUFFER_BYTES = 4 << 20;

    /** The kernel makes dump messages of up to 32 KiB. */
    private static final int MESSAGE_BYTES = 64 << 10;

    /** A dump that is disturbed is begun again; so often before giving up. */
    private static final int MOST_ATTEMPTS = 20;

    private static final int REPLY_TIMEOUT_MILLIS = 5_000;

    private final Descriptor socket;
    private final MessageBuffer buffer =
            new MessageBuffer(Structs.sockaddr_nl.byteSize(), MESSAGE_BYTES, 0);

    /** What the kernel has told, by index. Addresses may come before their device. */
    private final Map<Integer, Device> devices = new TreeMap<>();

    private final Map<Integer, List<Address>> addresses = new TreeMap<>();

    /** What the last readChanges gave. */
    private Map<Integer, Link> reported = Map.of();

    private int sequence;

    /** Did something change while the kernel was dumping (NLM_F_DUMP_INTR)? */
    private boolean disturbed;

    private record Device(int flags, int mtu, String name, String hardwareAddress) {}

    private LinuxLinkMonitor(Descriptor socket) {
        this.socket = socket;
    }

    static LinuxLinkMonitor open() throws KernelException {
        return open(RECEIVE_BUFFER_BYTES);
    }

    /** Opens one with a small receive buffer, in bytes, that a test can make overflow. */
    static LinuxLinkMonitor open(int receiveBufferBytes) throws KernelException {
        Descriptor socket =
                Descriptor.socket(
                        Libc.AF_NETLINK,
                        Libc.SOCK_RAW,
                        Netlink.NETLINK_ROUTE,
                        "AF_NETLINK, NETLINK_ROUTE");
        LinuxLinkMonitor opened = new LinuxLinkMonitor(socket);
        try (Arena arena = Arena.ofConfined()) {
            int _ = socket.growReceiveBuffer(receiveBufferBytes);
            MemorySegment address = arena.allocate(Structs.sockaddr_nl);
            address.set(JAVA_SHORT, Netlink.NL_FAMILY, (short) Libc.AF_NETLINK);
            address.set(JAVA_INT, NL_GROUPS, RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR);
            socket.bind(address, "AF_NETLINK");
            opened.readAll();
            opened.reported = opened.now();
            return opened;
        } catch (KernelException e) {
            opened.close();
            throw e;
        }
    }

    @Override
    public int descriptor() {
        return socket.number();
    }

    @Override
    public List<Link> links() {
        return List.copyOf(now().values());
    }

    @Override
    public Changes readChanges() throws KernelException {
        while (true) {
            long result = buffer.receive(socket.number());
            if (result == -Errno.EAGAIN) {
                break;
            }
            if (result == -Errno.ENOBUFS || (result >= 0 && buffer.isTruncated())) {
                readAll();
            } else if (result >= 0) {
                apply(0);
            } else if (result != -Errno.EINTR) {
                throw Errno.failed("recvmsg(AF_NETLINK)", result);
            }
        }
        Map<Integer, Link> now = now();
        List<Link> changed = new ArrayList<>();
        for (Link link : now.values()) {
            if (!link.equals(reported.get(link.index()))) {
                changed.add(link);
            }
        }
        List<Integer> gone = new ArrayList<>(reported.keySet());
        gone.removeAll(now.keySet());
        reported = now;
        return new Changes(changed, gone);
    }

    private Map<Integer, Link> now() {
        Map<Integer, Link> links = new TreeMap<>();
        devices.forEach((index, device) ->
                links.put(
                        index,
                        new Link(
                                index,
                                device.name,
                                (device.flags & IFF_UP) != 0 && (device.flags & IFF_RUNNING) != 0,
                                (device.flags & IFF_MULTICAST) != 0,
                                device.mtu,
                                device.hardwareAddress,
                                addresses.getOrDefault(index, List.of()))));
        return links;
    }

    // Reading everything

    private void readAll() throws KernelException {
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            devices.clear();
            addresses.clear();
            if (dump(RTM_GETLINK, Structs.ifinfomsg.byteSize())
                    && dump(RTM_GETADDR, Structs.ifaddrmsg.byteSize())) {
                return;
            }
        }
        throw Errno.failed(
                "netlink dump",
                -Errno.ENOBUFS,
                "the interfaces change faster than they can be read, tried "
                        + MOST_ATTEMPTS
                        + " times");
    }

    /** Asks for all links or addresses; false when something was lost on the way. */
    private boolean dump(int request, long bodyBytes) throws KernelException {
        sequence++;
        disturbed = false;
        long length = Netlink.HEADER + bodyBytes;
        buffer.clear();
        MemorySegment message = buffer.data().asSlice(0, length).fill((byte) 0); // AF_UNSPEC
        message.set(JAVA_INT, Netlink.NLMSG_LEN, (int) length);
        message.set(JAVA_SHORT, Netlink.NLMSG_TYPE, (short) request);
        message.set(
                JAVA_SHORT,
                Netlink.NLMSG_FLAGS,
                (short) (Netlink.NLM_F_REQUEST | Netlink.NLM_F_DUMP));
        message.set(JAVA_INT, Netlink.NLMSG_SEQ, sequence);
        buffer.buffer().position((int) length);
        buffer.name().fill((byte) 0).set(JAVA_SHORT, Netlink.NL_FAMILY, (short) Libc.AF_NETLINK);
        long sent = buffer.send(socket.number());
        if (sent < 0) {
            throw Errno.failed("sendmsg(AF_NETLINK)", sent);
        }
        boolean intact = true;
        while (true) {
            waitForReply();
            long result = buffer.receive(socket.number());
            if (result == -Errno.ENOBUFS || (result >= 0 && buffer.isTruncated())) {
                // The dump goes on behind the gap; it must end before the next can be asked for.
                intact = false;
            } else if (result >= 0) {
                if (apply(sequence)) {
                    return intact && !disturbed;
                }
            } else if (result != -Errno.EAGAIN && result != -Errno.EINTR) {
                throw Errno.failed("recvmsg(AF_NETLINK)", result);
            }
        }
    }

    private void waitForReply() throws KernelException {
        if (!LinuxPoller.await(socket, REPLY_TIMEOUT_MILLIS)) {
            throw Errno.failed("netlink dump", -Errno.ETIMEDOUT);
        }
    }

    // Reading messages

    /** Takes in the messages in the buffer; tells whether the dump of this number has ended. */
    private boolean apply(int dump) throws KernelException {
        MemorySegment data = buffer.data();
        long end = buffer.buffer().limit();
        long at = 0;
        while (at + Netlink.HEADER <= end) {
            long length = Integer.toUnsignedLong(data.get(JAVA_INT, at + Netlink.NLMSG_LEN));
            if (length < Netlink.HEADER || length > end - at) {
                break;
            }
            boolean ours = dump != 0 && data.get(JAVA_INT, at + Netlink.NLMSG_SEQ) == dump;
            if (ours
                    && (data.get(JAVA_SHORT, at + Netlink.NLMSG_FLAGS) & Netlink.NLM_F_DUMP_INTR)
                            != 0) {
                disturbed = true;
            }
            long body = at + Netlink.HEADER;
            MemorySegment message = data.asSlice(body, at + length - body);
            switch (data.get(JAVA_SHORT, at + Netlink.NLMSG_TYPE)) {
                case RTM_NEWLINK -> link(message, true);
                case RTM_DELLINK -> link(message, false);
                case RTM_NEWADDR -> address(message, true);
                case RTM_DELADDR -> address(message, false);
                case Netlink.NLMSG_ERROR -> {
                    int error = message.get(JAVA_INT, 0);
                    if (ours && error < 0) {
                        throw Errno.failed("netlink dump", error);
                    }
                }
                case Netlink.NLMSG_DONE -> {
                    if (ours) {
                        return true;
                    }
                }
                default -> {} // nothing that was asked for
            }
            at += Netlink.aligned(length);
        }
        return false;
    }

    private void link(MemorySegment message, boolean there) {
        // Ports of a bridge tell of that under AF_BRIDGE; the device itself comes as AF_UNSPEC.
        if (message.byteSize() < Structs.ifinfomsg.byteSize()
                || message.get(JAVA_BYTE, IFI_FAMILY) != 0) {
            return;
        }
        int index = message.get(JAVA_INT, IFI_INDEX);
        if (!there) {
            devices.remove(index);
            addresses.remove(index);
            return;
        }
        String name = "";
        String hardwareAddress = "";
        int mtu = 0;
        long at = Structs.ifinfomsg.byteSize();
        while (Netlink.isAttribute(message, at)) {
            MemorySegment value = Netlink.value(message, at);
            switch (Netlink.type(message, at)) {
                case IFLA_IFNAME -> name = value.getString(0);
                case IFLA_MTU -> mtu = value.get(JAVA_INT, 0);
                case IFLA_ADDRESS ->
                        hardwareAddress =
                                HexFormat.ofDelimiter(":").formatHex(value.toArray(JAVA_BYTE));
                default -> {}
            }
            at = Netlink.next(message, at);
        }
        int flags = message.get(JAVA_INT, IFI_FLAGS);
        devices.put(index, new Device(flags, mtu, name, hardwareAddress));
    }

    private void address(MemorySegment message, boolean there) {
        if (message.byteSize() < Structs.ifaddrmsg.byteSize()) {
            return;
        }
        Family family;
        switch (message.get(JAVA_BYTE, IFA_FAMILY)) {
            case Libc.AF_INET -> family = Family.IPV4;
            case Libc.AF_INET6 -> family = Family.IPV6;
            default -> {
                return;
            }
        }
        int flags = Byte.toUnsignedInt(message.get(JAVA_BYTE, IFA_OLD_FLAGS));
        IpAddress address = family.unspecified();
        boolean hasLocal = false;
        long at = Structs.ifaddrmsg.byteSize();
        while (Netlink.isAttribute(message, at)) {
            MemorySegment value = Netlink.value(message, at);
            switch (Netlink.type(message, at)) {
                case IFA_LOCAL -> {
                    address = Structs.address(family, value, 0);
                    hasLocal = true;
                }
                case IFA_ADDRESS -> {
                    // the peer's on a point-to-point link, which has IFA_LOCAL as well
                    address = hasLocal ? address : Structs.address(family, value, 0);
                }
                case IFA_FLAGS -> flags = value.get(JAVA_INT, 0);
                default -> {}
            }
            at = Netlink.next(message, at);
        }
        int index = message.get(JAVA_INT, IFA_INDEX);
        int prefixLength = Byte.toUnsignedInt(message.get(JAVA_BYTE, IFA_PREFIXLEN));
        boolean usable = (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) == 0;
        set(index, new Address(address, prefixLength, usable), there);
    }

    private void set(int index, Address address, boolean there) {
        if (!there && !addresses.containsKey(index)) {
            return; // told after its device had gone
        }
        List<Address> all = addresses.computeIfAbsent(index, _ -> new ArrayList<>());
        int at = 0;
        while (at < all.size() && !isSame(all.get(at), address)) {
            at++;
        }
        if (at == all.size()) {
            if (there) {
                all.add(address);
            }
        } else if (there) {
            all.set(at, address);
        } else {
            all.remove(at);
        }
    }

    /** The kernel tells addresses apart by prefix length, too; usable may change. */
    private static boolean isSame(Address a, Address b) {
        return a.address().equals(b.address()) && a.prefixLength() == b.prefixLength();
    }

    @Override
    public void close() {
        socket.close();
        buffer.close();
    }
}
