package mcproxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

import java.nio.ByteBuffer;

/** Plain test runs replay the corpus; JAZZER_FUZZ=1 looks for new inputs. */
class IgmpFuzzTest {
    /** Any bytes are refused or mean what they encode to again. */
    @FuzzTest(maxDuration = "60s")
    void message(byte[] bytes) {
        byte[] summed = Bytes.withIgmpChecksum(bytes);
        assertThat(Igmp.decode(ByteBuffer.wrap(bytes))).isNotNull();
        if (Igmp.decode(ByteBuffer.wrap(summed)) instanceof Decoded.Value<Message>(Message value)) {
            int size = MessageSize.of(value);
            byte[] again = Bytes.encoded(size, to -> Igmp.encode(value, to));
            assertThat(again.length).isLessThanOrEqualTo(bytes.length);
            assertThat(Bytes.value(Igmp.decode(ByteBuffer.wrap(again)))).isEqualTo(value);
        }
    }
}
