package mcproxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

import java.nio.ByteBuffer;

/** Plain test runs replay the corpus; JAZZER_FUZZ=1 looks for new inputs. */
class MldFuzzTest {
    private static final IpAddress FROM = IpAddress.of("fe80::1");
    private static final IpAddress TO = IpAddress.of("ff02::16");

    /** Any bytes are refused or mean what they encode to again. */
    @FuzzTest(maxDuration = "60s")
    void message(byte[] bytes) {
        byte[] summed = Bytes.withMldChecksum(FROM, TO, bytes);
        assertThat(Mld.decode(FROM, TO, ByteBuffer.wrap(bytes))).isNotNull();
        if (Mld.decode(FROM, TO, ByteBuffer.wrap(summed))
                instanceof Decoded.Value<Message>(Message value)) {
            int size = MessageSize.of(value);
            byte[] again = Bytes.encoded(size, to -> Mld.encode(FROM, TO, value, to));
            assertThat(again.length).isLessThanOrEqualTo(bytes.length);
            assertThat(Bytes.value(Mld.decode(FROM, TO, ByteBuffer.wrap(again)))).isEqualTo(value);
        }
    }
}
