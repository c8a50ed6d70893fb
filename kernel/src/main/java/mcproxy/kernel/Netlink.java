package mcproxy.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** The form of netlink's messages (netlink(7), netlink(3)) and their attributes (rtnetlink(3)). */
final class Netlink {
    static final int NETLINK_ROUTE = 0;

    static final int NLMSG_ERROR = 2;
    static final int NLMSG_DONE = 3;

    static final int NLM_F_REQUEST = 0x1;
    static final int NLM_F_ACK = 0x4;
    static final int NLM_F_DUMP_INTR = 0x10;
    static final int NLM_F_EXCL = 0x200;
    static final int NLM_F_DUMP = 0x300;
    static final int NLM_F_CREATE = 0x400;

    static final long NL_FAMILY = Structs.offset(Structs.sockaddr_nl, "nl_family");
    static final long NLMSG_LEN = Structs.offset(Structs.nlmsghdr, "nlmsg_len");
    static final long NLMSG_TYPE = Structs.offset(Structs.nlmsghdr, "nlmsg_type");
    static final long NLMSG_FLAGS = Structs.offset(Structs.nlmsghdr, "nlmsg_flags");
    static final long NLMSG_SEQ = Structs.offset(Structs.nlmsghdr, "nlmsg_seq");
    static final long HEADER = Structs.nlmsghdr.byteSize();

    private static final long RTA_LEN = Structs.offset(Structs.rtattr, "rta_len");
    private static final long RTA_TYPE = Structs.offset(Structs.rtattr, "rta_type");
    private static final long ATTRIBUTE_HEADER = Structs.rtattr.byteSize();

    private Netlink() {}

    /** NLMSG_ALIGN, RTA_ALIGN. */
    static long aligned(long length) {
        return (length + 3) & ~3L;
    }

    /** Does a whole attribute begin there? */
    static boolean isAttribute(MemorySegment message, long at) {
        return at + ATTRIBUTE_HEADER <= message.byteSize()
                && length(message, at) >= ATTRIBUTE_HEADER
                && at + length(message, at) <= message.byteSize();
    }

    private static int length(MemorySegment message, long at) {
        return Short.toUnsignedInt(message.get(JAVA_SHORT, at + RTA_LEN));
    }

    /** The type of the attribute there. */
    static int type(MemorySegment message, long at) {
        return Short.toUnsignedInt(message.get(JAVA_SHORT, at + RTA_TYPE));
    }

    /** The value of the attribute there. */
    static MemorySegment value(MemorySegment message, long at) {
        return message.asSlice(at + ATTRIBUTE_HEADER, length(message, at) - ATTRIBUTE_HEADER);
    }

    /** Where the next attribute begins. */
    static long next(MemorySegment message, long at) {
        return at + aligned(length(message, at));
    }

    /** Writes an attribute's header; gives where the value of so many bytes goes. */
    private static long begin(MemorySegment message, long at, int type, long bytes) {
        message.set(JAVA_SHORT, at + RTA_LEN, (short) (ATTRIBUTE_HEADER + bytes));
        message.set(JAVA_SHORT, at + RTA_TYPE, (short) type);
        return at + ATTRIBUTE_HEADER;
    }

    /** Writes a number of 32 bits; gives where the next attribute goes. */
    static long put(MemorySegment message, long at, int type, int value) {
        long to = begin(message, at, type, Integer.BYTES);
        message.set(JAVA_INT, to, value);
        return to + Integer.BYTES;
    }

    /** Writes a number of 8 bits; gives where the next attribute goes. */
    static long put(MemorySegment message, long at, int type, byte value) {
        long to = begin(message, at, type, Byte.BYTES);
        message.set(JAVA_BYTE, to, value);
        return aligned(to + Byte.BYTES);
    }

    /** Writes a text with its end of 0; gives where the next attribute goes. */
    static long put(MemorySegment message, long at, int type, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        long to = begin(message, at, type, bytes.length + 1L);
        message.setString(to, value);
        return aligned(to + bytes.length + 1L);
    }
}
