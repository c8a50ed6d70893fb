package mcproxy.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import mcproxy.wire.Family;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** {@link MulticastRules} by rtnetlink (kernel: net/core/fib_rules.c). */
final class LinuxMulticastRules implements MulticastRules {
    private static final int RTM_NEWRULE = 32;
    private static final int RTM_DELRULE = 33;
    private static final int RTM_GETRULE = 34;

    private static final int RTNL_FAMILY_IPMR = 128;
    private static final int RTNL_FAMILY_IP6MR = 129;

    private static final int FRA_IIFNAME = 3;
    private static final int FRA_PRIORITY = 6;
    private static final int FRA_TABLE = 15;
    private static final int FRA_OIFNAME = 17;
    private static final int FRA_PROTOCOL = 21;
    private static final byte FR_ACT_TO_TBL = 1;

    private static final long FAMILY = Structs.offset(Structs.fib_rule_hdr, "family");
    private static final long TABLE = Structs.offset(Structs.fib_rule_hdr, "table");
    private static final long ACTION = Structs.offset(Structs.fib_rule_hdr, "action");
    private static final long BODY = Structs.fib_rule_hdr.byteSize();

    /** The kernel makes dump messages of up to 32 KiB. */
    private static final int MESSAGE_BYTES = 64 << 10;

    private static final int REPLY_TIMEOUT_MILLIS = 5_000;
    private static final int MOST_ATTEMPTS = 20;

    private final Descriptor socket;
    private final MessageBuffer buffer =
            new MessageBuffer(Structs.sockaddr_nl.byteSize(), MESSAGE_BYTES, 0);
    private int sequence;

    private LinuxMulticastRules(Descriptor socket) {
        this.socket = socket;
    }

    static LinuxMulticastRules open() throws KernelException {
        return new LinuxMulticastRules(
                Descriptor.socket(
                        Libc.AF_NETLINK,
                        Libc.SOCK_RAW,
                        Netlink.NETLINK_ROUTE,
                        "AF_NETLINK, NETLINK_ROUTE"));
    }

    @Override
    public synchronized boolean newRule(Rule rule) throws KernelException {
        int flags = Netlink.NLM_F_ACK | Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL;
        String call = "RTM_NEWRULE, " + rule;
        send(RTM_NEWRULE, flags, rule.family(), message -> write(rule, message), call);
        return !acknowledged(rule.family(), call, Errno.EEXIST);
    }

    @Override
    public synchronized boolean delRule(Rule rule) throws KernelException {
        String call = "RTM_DELRULE, " + rule;
        send(RTM_DELRULE, Netlink.NLM_F_ACK, rule.family(), message -> write(rule, message), call);
        return !acknowledged(rule.family(), call, Errno.ENOENT);
    }

    @Override
    public synchronized List<Rule> rules(Family family) throws KernelException {
        String call = "RTM_GETRULE, " + family;
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            send(RTM_GETRULE, Netlink.NLM_F_DUMP, family, _ -> BODY, call);
            List<Rule> rules = new ArrayList<>();
            if (readDump(family, call, rules)) {
                return List.copyOf(rules);
            }
        }
        throw Errno.failed(
                call,
                -Errno.ENOBUFS,
                "the rules change faster than they can be read, tried " + MOST_ATTEMPTS + " times");
    }

    /** Writes the body of a message, from its first byte; gives its length. */
    private interface Body {
        long write(MemorySegment to);
    }

    private static long write(Rule rule, MemorySegment to) {
        to.set(JAVA_BYTE, ACTION, FR_ACT_TO_TBL);
        long at = BODY;
        if (!rule.incoming().isEmpty()) {
            at = Netlink.put(to, at, FRA_IIFNAME, rule.incoming());
        }
        if (!rule.outgoing().isEmpty()) {
            at = Netlink.put(to, at, FRA_OIFNAME, rule.outgoing());
        }
        at = Netlink.put(to, at, FRA_TABLE, rule.table());
        at = Netlink.put(to, at, FRA_PRIORITY, rule.priority());
        return Netlink.put(to, at, FRA_PROTOCOL, (byte) rule.protocol());
    }

    private void send(int type, int flags, Family family, Body body, String call)
            throws KernelException {
        sequence++;
        buffer.clear();
        MemorySegment data = buffer.data().fill((byte) 0);
        MemorySegment content = data.asSlice(Netlink.HEADER);
        content.set(JAVA_BYTE, FAMILY, (byte) number(family));
        long length = Netlink.HEADER + body.write(content);
        data.set(JAVA_INT, Netlink.NLMSG_LEN, (int) length);
        data.set(JAVA_SHORT, Netlink.NLMSG_TYPE, (short) type);
        data.set(JAVA_SHORT, Netlink.NLMSG_FLAGS, (short) (Netlink.NLM_F_REQUEST | flags));
        data.set(JAVA_INT, Netlink.NLMSG_SEQ, sequence);
        buffer.buffer().position((int) length);
        buffer.name().fill((byte) 0).set(JAVA_SHORT, Netlink.NL_FAMILY, (short) Libc.AF_NETLINK);
        long sent = buffer.send(socket.number());
        if (sent < 0) {
            throw Errno.failed(call, sent);
        }
    }

    private static int number(Family family) {
        return switch (family) {
            case IPV4 -> RTNL_FAMILY_IPMR;
            case IPV6 -> RTNL_FAMILY_IP6MR;
        };
    }

    /** Reads what is there into the buffer, after waiting for it; false when it is cut. */
    private boolean receive(String call) throws KernelException {
        while (true) {
            if (!LinuxPoller.await(socket, REPLY_TIMEOUT_MILLIS)) {
                throw Errno.failed(call, -Errno.ETIMEDOUT);
            }
            long result = buffer.receive(socket.number());
            if (result >= 0) {
                return !buffer.isTruncated();
            }
            if (result == -Errno.ENOBUFS) {
                return false;
            }
            if (result != -Errno.EAGAIN && result != -Errno.EINTR) {
                throw Errno.failed(call, result);
            }
        }
    }

    /** Takes the answer to the last request; true when it failed with the one tolerable error. */
    private boolean acknowledged(Family family, String call, int tolerable) throws KernelException {
        while (true) {
            boolean whole = receive(call);
            MemorySegment data = buffer.data();
            boolean answer =
                    whole
                            && buffer.buffer().limit() >= Netlink.HEADER + Integer.BYTES
                            && data.get(JAVA_INT, Netlink.NLMSG_SEQ) == sequence
                            && data.get(JAVA_SHORT, Netlink.NLMSG_TYPE) == Netlink.NLMSG_ERROR;
            if (answer) {
                int error = data.get(JAVA_INT, Netlink.HEADER);
                if (error < 0 && error != -tolerable) {
                    throw Errno.failed(call, error, advice(family, -error));
                }
                return error != 0;
            }
        }
    }

    private boolean readDump(Family family, String call, List<Rule> into) throws KernelException {
        boolean intact = true;
        while (true) {
            intact &= receive(call);
            MemorySegment data = buffer.data();
            long end = buffer.buffer().limit();
            long at = 0;
            while (at + Netlink.HEADER <= end) {
                long length = Integer.toUnsignedLong(data.get(JAVA_INT, at + Netlink.NLMSG_LEN));
                if (length < Netlink.HEADER || length > end - at) {
                    break;
                }
                if (data.get(JAVA_INT, at + Netlink.NLMSG_SEQ) == sequence) {
                    int flags = data.get(JAVA_SHORT, at + Netlink.NLMSG_FLAGS);
                    intact &= (flags & Netlink.NLM_F_DUMP_INTR) == 0;
                    MemorySegment body = data.asSlice(at + Netlink.HEADER, length - Netlink.HEADER);
                    switch (data.get(JAVA_SHORT, at + Netlink.NLMSG_TYPE)) {
                        case RTM_NEWRULE -> into.add(read(family, body));
                        case Netlink.NLMSG_DONE -> {
                            return intact;
                        }
                        case Netlink.NLMSG_ERROR -> {
                            int error = body.get(JAVA_INT, 0);
                            if (error == -Errno.EAFNOSUPPORT || error == -Errno.EOPNOTSUPP) {
                                return true; // the kernel has no such rules
                            }
                            throw Errno.failed(call, error, advice(family, -error));
                        }
                        default -> {} // nothing that was asked for
                    }
                }
                at += Netlink.aligned(length);
            }
        }
    }

    private static Rule read(Family family, MemorySegment message) {
        String incoming = "";
        String outgoing = "";
        int table = Byte.toUnsignedInt(message.get(JAVA_BYTE, TABLE));
        int priority = 0;
        int protocol = 0;
        long at = BODY;
        while (Netlink.isAttribute(message, at)) {
            MemorySegment value = Netlink.value(message, at);
            switch (Netlink.type(message, at)) {
                case FRA_IIFNAME -> incoming = value.getString(0);
                case FRA_OIFNAME -> outgoing = value.getString(0);
                case FRA_TABLE -> table = value.get(JAVA_INT, 0);
                case FRA_PRIORITY -> priority = value.get(JAVA_INT, 0);
                case FRA_PROTOCOL -> protocol = Byte.toUnsignedInt(value.get(JAVA_BYTE, 0));
                default -> {}
            }
            at = Netlink.next(message, at);
        }
        return new Rule(family, incoming, outgoing, table, priority, protocol);
    }

    private static String advice(Family family, int errno) {
        return switch (errno) {
            case Errno.EAFNOSUPPORT, Errno.EOPNOTSUPP ->
                    RoutingAdvice.of(family, 0, "TABLE", Errno.ENOPROTOOPT);
            default -> "";
        };
    }

    @Override
    public synchronized void close() {
        socket.close();
        buffer.close();
    }
}
