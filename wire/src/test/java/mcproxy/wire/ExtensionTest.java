package mcproxy.wire;

import static mcproxy.wire.Bytes.hex;
import static mcproxy.wire.Bytes.value;
import static mcproxy.wire.Bytes.withIgmpChecksum;
import static mcproxy.wire.Bytes.withMldChecksum;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.ByteBuffer;

/** RFC 9279 5: extensions are validated as a whole, and the message counts whatever they are. */
class ExtensionTest {
    private static final IpAddress FROM = IpAddress.of("fe80::1");
    private static final IpAddress TO = IpAddress.of("ff02::16");

    // shows RFC9279-4-1, RFC9279-4-2, RFC9279-5-1, RFC9279-5-2, RFC9279-5-3, RFC9279-5-4,
    // RFC9279-5-5, RFC9279-5-6
    @ParameterizedTest(name = "E flag {0}, {1}")
    @CsvSource({
        "false, '', NONE", // RFC 9279 5: only applies when the E flag is set
        "false, 00000000, NONE",
        "true, '', BROKEN", // at least one field
        "true, 00000000, VALID", // No-op, RFC 9279 4
        "true, ffff0003aabbcc, VALID", // unknown type, no padding
        "true, 0000000000010001aa, VALID",
        "true, 00000000aa, BROKEN", // a rest of less than four bytes
        "true, 0000000000aabb, BROKEN",
        "true, 000000, BROKEN",
        "true, 00000001, BROKEN", // longer than the message
        "true, 00010002aa, BROKEN",
        "true, 0000ffff, BROKEN",
    })
    void validatedAsAWhole(boolean announced, String fields, Extension expected) {
        String query = announced ? "fa7d" : "7a7d";
        String report = announced ? "8000" : "7fff";
        Message igmpQuery = igmp("1164 0000 ef010203" + query + "0001 c0000201" + fields);
        assertThat(igmpQuery)
                .isInstanceOfSatisfying(
                        Message.Query.class,
                        q -> {
                            assertThat(q.extension()).isEqualTo(expected);
                            assertThat(q.sources()).containsExactly(IpAddress.of("192.0.2.1"));
                            assertThat(q.suppressRouterSide()).isTrue();
                        });
        Message igmpReport = igmp("2200 0000" + report + "0001 04000000 ef010203" + fields);
        assertThat(igmpReport)
                .isInstanceOfSatisfying(
                        Message.Report.class,
                        r -> {
                            assertThat(r.extension()).isEqualTo(expected);
                            assertThat(r.records()).hasSize(1);
                        });
        String group = "ff1e0000000000000000000000000001";
        assertThat(mld("8200 0000 03e8 0000" + group + query + "0000" + fields))
                .isInstanceOfSatisfying(
                        Message.Query.class, q -> assertThat(q.extension()).isEqualTo(expected));
        assertThat(mld("8f00 0000" + report + "0001 04000000" + group + fields))
                .isInstanceOfSatisfying(
                        Message.Report.class,
                        r -> {
                            assertThat(r.extension()).isEqualTo(expected);
                            assertThat(r.records()).hasSize(1);
                        });
    }

    private static Message igmp(String digits) {
        return value(Igmp.decode(ByteBuffer.wrap(withIgmpChecksum(hex(digits)))));
    }

    private static Message mld(String digits) {
        byte[] bytes = withMldChecksum(FROM, TO, hex(digits));
        return value(Mld.decode(FROM, TO, ByteBuffer.wrap(bytes)));
    }
}
