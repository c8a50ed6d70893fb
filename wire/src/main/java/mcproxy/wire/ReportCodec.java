package mcproxy.wire;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * The reports of IGMPv3 and MLDv2, which differ in nothing but the length of an address (RFC 9776
 * 4.2, RFC 9777 5.2).
 *
 * <pre>
 *      0               8               16                              32
 *     +---------------+---------------+-------------------------------+
 *     | 0x22 or 143   |   reserved    |           checksum            |
 *     +---------------+---------------+-------------------------------+
 *     |             flags             |        records, M of them     |
 *     +---------------+---------------+-------------------------------+
 *     |   M records, each:                                            |
 *     |                                                               |
 *     |  +------------+---------------+----------------------------+  |
 *     |  |    type    | aux data len  |     sources, N of them     |  |
 *     |  +------------+---------------+----------------------------+  |
 *     |  |  group: 4 or 16 bytes                                   |  |
 *     |  |  N sources of 4 or 16 bytes                             |  |
 *     |  |  auxiliary data: (aux data len) times 4 bytes, skipped  |  |
 *     |  +---------------------------------------------------------+  |
 *     +---------------------------------------------------------------+
 *     |   additional data: in the checksum, otherwise ignored         |
 *     +---------------------------------------------------------------+
 * </pre>
 *
 * <p>What is wrong in one record does not cost the others, because the RFCs ask for the same where
 * they speak of it (an unknown record type): a record whose group is no multicast address becomes
 * an {@link UnknownRecord}, and a source that is multicast or unspecified is left out of its list.
 * Leaving it out does not change what the record asks for, since no packet can come from there;
 * keeping it could, for 0.0.0.0 stands for "any source" in a kernel's routing table. Only numbers
 * that contradict the message's length refuse the whole report, for then nothing can be trusted.
 */
final class ReportCodec {
    private static final int COUNT = 6;

    private static final int RECORD_TYPE = 0;
    private static final int RECORD_AUX_WORDS = 1;
    private static final int RECORD_COUNT = 2;
    private static final int RECORD_GROUP = 4;

    private static final RecordType[] TYPES = RecordType.values();

    private ReportCodec() {}

    /** Decodes a report, given as a whole and in network order. */
    static Decoded<Message> decode(Protocol protocol, ByteBuffer bytes) {
        if (bytes.limit() < MessageSize.REPORT_HEADER) {
            return new Decoded.Malformed<>(Reason.TOO_SHORT, bytes.limit());
        }
        Family family = protocol.family();
        int header = MessageSize.ofRecord(family, 0);
        int count = Short.toUnsignedInt(bytes.getShort(COUNT));
        if (count * header > bytes.limit() - MessageSize.REPORT_HEADER) {
            return new Decoded.Malformed<>(Reason.COUNT_EXCEEDS_LENGTH, COUNT);
        }
        ReportRecord[] records = new ReportRecord[count];
        int at = MessageSize.REPORT_HEADER;
        for (int i = 0; i < count; i++) {
            int left = bytes.limit() - at;
            if (left < header) {
                return new Decoded.Malformed<>(Reason.COUNT_EXCEEDS_LENGTH, at);
            }
            int sources = Short.toUnsignedInt(bytes.getShort(at + RECORD_COUNT));
            int auxiliary = 4 * Byte.toUnsignedInt(bytes.get(at + RECORD_AUX_WORDS));
            int size = MessageSize.ofRecord(family, sources) + auxiliary;
            if (left < size) {
                return new Decoded.Malformed<>(Reason.COUNT_EXCEEDS_LENGTH, at);
            }
            records[i] = record(family, bytes, at, sources);
            at += size;
        }
        return new Decoded.Value<>(new Message.Report(protocol, List.of(records)));
    }

    private static ReportRecord record(Family family, ByteBuffer bytes, int at, int count) {
        int code = Byte.toUnsignedInt(bytes.get(at + RECORD_TYPE));
        RecordType type = type(code);
        IpAddress group = IpAddress.read(family, bytes, at + RECORD_GROUP);
        if (type == null || !group.isMulticast()) {
            return new UnknownRecord(code, group);
        }
        IpAddress[] sources = new IpAddress[count];
        int kept = 0;
        int offset = at + MessageSize.ofRecord(family, 0);
        for (int i = 0; i < count; i++, offset += family.bytes()) {
            IpAddress source = IpAddress.read(family, bytes, offset);
            if (source.isSource()) {
                sources[kept++] = source;
            }
        }
        List<IpAddress> all = kept == count ? List.of(sources) : firstOf(sources, kept);
        return new GroupRecord(type, group, all);
    }

    private static List<IpAddress> firstOf(IpAddress[] sources, int count) {
        return List.of(Arrays.copyOf(sources, count));
    }

    private static @Nullable RecordType type(int code) {
        return code >= 1 && code <= TYPES.length ? TYPES[code - 1] : null;
    }

    /** Writes a report at the buffer's position, its checksum still zero. */
    static void encode(int messageType, Message.Report report, ByteBuffer out) {
        out.put((byte) messageType).put((byte) 0).putShort((short) 0);
        out.putShort((short) 0).putShort(count(report.records().size()));
        for (ReportRecord record : report.records()) {
            switch (record) {
                case GroupRecord(RecordType type, IpAddress group, List<IpAddress> sources) -> {
                    recordHeader(type.code(), report.family(), group, sources.size(), out);
                    for (IpAddress source : sources) {
                        source.write(report.family(), out);
                    }
                }
                case UnknownRecord(int type, IpAddress group) ->
                        recordHeader(type, report.family(), group, 0, out);
            }
        }
    }

    private static void recordHeader(
            int type, Family family, IpAddress group, int sources, ByteBuffer out) {
        out.put((byte) type).put((byte) 0).putShort(count(sources));
        group.write(family, out);
    }

    /** A number of records or sources as its field holds it. */
    static short count(int number) {
        if (number > 0xffff) {
            throw new IllegalArgumentException(number + " do not fit a 16-bit count");
        }
        return (short) number;
    }
}
