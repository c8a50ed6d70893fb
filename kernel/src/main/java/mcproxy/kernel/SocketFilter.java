package mcproxy.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Programs of the classic packet filter (BPF): they let the kernel throw away what a socket is not
 * meant for, before it wakes anybody (socket(7) SO_ATTACH_FILTER, {@code
 * Documentation/networking/filter.rst}).
 */
final class SocketFilter {
    private static final int LOAD_WORD = 0x20; // BPF_LD | BPF_W | BPF_ABS
    private static final int LOAD_BYTE = 0x30; // BPF_LD | BPF_B | BPF_ABS
    private static final int AND = 0x54; // BPF_ALU | BPF_AND | BPF_K
    private static final int IF_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    private static final int IF_GREATER = 0x25; // BPF_JMP | BPF_JGT | BPF_K
    private static final int IF_ANY_OF = 0x45; // BPF_JMP | BPF_JSET | BPF_K
    private static final int RETURN = 0x06; // BPF_RET | BPF_K

    private static final int ALL_BYTES = -1;
    private static final int NOTHING = 0;

    /** SKF_AD_OFF + SKF_AD_PKTTYPE: to whom the frame was, PACKET_*. */
    private static final int PACKET_TYPE = 0xffff_f000 + 4;

    private static final int PACKET_OTHERHOST = 3;

    /** SKF_AD_OFF + SKF_AD_RANDOM: a number that nobody can foresee. */
    private static final int RANDOM = 0xffff_f000 + 56;

    /** Of streams one packet in so many is taken, less one; a power of two. */
    private static final int SAMPLE_MASK = 15;

    /**
     * On an IPv4 routing socket: only upcalls, which have 0 where a packet has its protocol ({@code
     * struct igmpmsg}, im_mbz). The membership messages come through link sockets.
     */
    static final SocketFilter IPV4_UPCALLS =
            new SocketFilter(
                    List.of(
                            new Instruction(LOAD_BYTE, 0, 0, 9),
                            new Instruction(IF_EQUAL, 0, 1, 0),
                            new Instruction(RETURN, 0, 0, ALL_BYTES),
                            new Instruction(RETURN, 0, 0, NOTHING)));

    /**
     * On a link socket, from the IPv4 header on: IGMP, and one in 16 packets whose TTL ends here to
     * a group that is forwarded otherwise; unless it is for another host. Nothing else tells of
     * those: where the TTL was, an upcall has its type ({@code struct igmpmsg}).
     */
    static final SocketFilter IGMP =
            new SocketFilter(
                    List.of(
                            /* 0 */ new Instruction(LOAD_BYTE, 0, 0, 9), // protocol
                            /* 1 */ new Instruction(IF_EQUAL, 10, 0, 2), // IGMP: to 12
                            /* 2 */ new Instruction(LOAD_BYTE, 0, 0, 8), // TTL
                            /* 3 */ new Instruction(IF_GREATER, 11, 0, 1), // to 15
                            /* 4 */ new Instruction(LOAD_WORD, 0, 0, 16), // destination
                            /* 5 */ new Instruction(AND, 0, 0, 0xf000_0000),
                            /* 6 */ new Instruction(IF_EQUAL, 0, 8, 0xe000_0000), // or to 15
                            /* 7 */ new Instruction(LOAD_WORD, 0, 0, 16),
                            /* 8 */ new Instruction(AND, 0, 0, 0xffff_ff00),
                            /* 9 */ new Instruction(IF_EQUAL, 5, 0, 0xe000_0000), // to 15
                            /* 10 */ new Instruction(LOAD_WORD, 0, 0, RANDOM),
                            /* 11 */ new Instruction(IF_ANY_OF, 3, 0, SAMPLE_MASK), // to 15
                            /* 12 */ new Instruction(LOAD_WORD, 0, 0, PACKET_TYPE),
                            /* 13 */ new Instruction(IF_EQUAL, 1, 0, PACKET_OTHERHOST),
                            /* 14 */ new Instruction(RETURN, 0, 0, ALL_BYTES),
                            /* 15 */ new Instruction(RETURN, 0, 0, NOTHING)));

    /**
     * On a link socket, from the IPv6 header on: MLD (130, 131, 132, 143) and Multicast Router
     * Discovery (151, 152, 153; RFC 4286); behind hop-by-hop options whatever could be one of
     * these, so that also those are counted that cannot be read, as fragments; of other packets one
     * in 16 whose hop limit ends here to a group of more than link scope; unless it is for another
     * host.
     */
    static final SocketFilter MLD =
            new SocketFilter(
                    List.of(
                            /* 0 */ new Instruction(LOAD_BYTE, 0, 0, 6), // next header
                            /* 1 */ new Instruction(IF_EQUAL, 6, 0, 58), // ICMPv6: to 8
                            /* 2 */ new Instruction(IF_EQUAL, 0, 17, 0), // hop-by-hop, or to 20
                            /* 3 */ new Instruction(LOAD_BYTE, 0, 0, 40), // next header
                            /* 4 */ new Instruction(IF_EQUAL, 11, 0, 58), // ICMPv6: to 16
                            /* 5 */ new Instruction(IF_EQUAL, 10, 0, 44), // fragment
                            /* 6 */ new Instruction(IF_EQUAL, 9, 0, 60), // destination options
                            /* 7 */ new Instruction(RETURN, 0, 0, NOTHING),
                            /* 8 */ new Instruction(LOAD_BYTE, 0, 0, 40), // ICMPv6 type
                            /* 9 */ new Instruction(IF_EQUAL, 6, 0, 130), // to 16
                            /* 10 */ new Instruction(IF_EQUAL, 5, 0, 131),
                            /* 11 */ new Instruction(IF_EQUAL, 4, 0, 132),
                            /* 12 */ new Instruction(IF_EQUAL, 3, 0, 143),
                            /* 13 */ new Instruction(IF_EQUAL, 2, 0, 151),
                            /* 14 */ new Instruction(IF_EQUAL, 1, 0, 152),
                            /* 15 */ new Instruction(IF_EQUAL, 0, 3, 153), // or to 19
                            /* 16 */ new Instruction(LOAD_WORD, 0, 0, PACKET_TYPE),
                            /* 17 */ new Instruction(IF_EQUAL, 1, 0, PACKET_OTHERHOST),
                            /* 18 */ new Instruction(RETURN, 0, 0, ALL_BYTES),
                            /* 19 */ new Instruction(RETURN, 0, 0, NOTHING),
                            /* 20 */ new Instruction(LOAD_BYTE, 0, 0, 7), // hop limit
                            /* 21 */ new Instruction(IF_GREATER, 10, 0, 1), // to 32
                            /* 22 */ new Instruction(LOAD_BYTE, 0, 0, 24), // destination
                            /* 23 */ new Instruction(IF_EQUAL, 0, 8, 0xff), // or to 32
                            /* 24 */ new Instruction(LOAD_BYTE, 0, 0, 25),
                            /* 25 */ new Instruction(AND, 0, 0, 0xf), // scope
                            /* 26 */ new Instruction(IF_GREATER, 0, 5, 2), // or to 32
                            /* 27 */ new Instruction(LOAD_WORD, 0, 0, RANDOM),
                            /* 28 */ new Instruction(IF_ANY_OF, 3, 0, SAMPLE_MASK), // to 32
                            /* 29 */ new Instruction(LOAD_WORD, 0, 0, PACKET_TYPE),
                            /* 30 */ new Instruction(IF_EQUAL, 1, 0, PACKET_OTHERHOST),
                            /* 31 */ new Instruction(RETURN, 0, 0, ALL_BYTES),
                            /* 32 */ new Instruction(RETURN, 0, 0, NOTHING)));

    private static final long CODE = Structs.offset(Structs.sock_filter, "code");
    private static final long JT = Structs.offset(Structs.sock_filter, "jt");
    private static final long JF = Structs.offset(Structs.sock_filter, "jf");
    private static final long K = Structs.offset(Structs.sock_filter, "k");
    private static final long LEN = Structs.offset(Structs.sock_fprog, "len");
    private static final long FILTER = Structs.offset(Structs.sock_fprog, "filter");

    private final List<Instruction> program;

    private SocketFilter(List<Instruction> program) {
        this.program = program;
    }

    /** Puts this filter onto a socket. */
    void attach(Descriptor socket) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment instructions = arena.allocate(Structs.sock_filter, program.size());
            long at = 0;
            for (Instruction each : program) {
                instructions.set(JAVA_SHORT, at + CODE, (short) each.code);
                instructions.set(JAVA_BYTE, at + JT, (byte) each.ifTrue);
                instructions.set(JAVA_BYTE, at + JF, (byte) each.ifFalse);
                instructions.set(JAVA_INT, at + K, each.operand);
                at += Structs.sock_filter.byteSize();
            }
            MemorySegment whole = arena.allocate(Structs.sock_fprog);
            whole.set(JAVA_SHORT, LEN, (short) program.size());
            whole.set(ADDRESS, FILTER, instructions);
            socket.set(Libc.SOL_SOCKET, Libc.SO_ATTACH_FILTER, whole, "SO_ATTACH_FILTER");
        }
    }

    /** An instruction; jumps count from the following one. */
    private record Instruction(int code, int ifTrue, int ifFalse, int operand) {}
}
