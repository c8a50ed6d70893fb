package mcproxy.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class FloatingCodeTest {
    private static int codes(FloatingCode kind) {
        return switch (kind) {
            case BYTE -> 0x100;
            case SHORT -> 0x10000;
        };
    }

    /** Worked out by hand from RFC 9776 4.1.1 and RFC 9777 5.1.3. */
    // shows RFC9776-4.1.1-1, RFC9777-5.1.3-1
    @ParameterizedTest
    @CsvSource({
        "BYTE, 0, 0",
        "BYTE, 127, 127",
        "BYTE, 128, 128", // 0x80: (0 | 16) << 3
        "BYTE, 129, 136", // 0x81: 17 << 3
        "BYTE, 143, 248", // 0x8f: 31 << 3
        "BYTE, 144, 256", // 0x90: 16 << 4
        "BYTE, 174, 960", // 0xae: 30 << 5
        "BYTE, 255, 31744", // 0xff: 31 << 10
        "SHORT, 32767, 32767",
        "SHORT, 32768, 32768", // 0x8000: 4096 << 3
        "SHORT, 32769, 32776",
        "SHORT, 36864, 65536", // 0x9000: 4096 << 4
        "SHORT, 65535, 8387584", // 0xffff: 8191 << 10
    })
    void knownCodes(FloatingCode kind, int code, int value) {
        assertThat(kind.value(code)).isEqualTo(value);
        assertThat(kind.code(value)).isEqualTo(code);
    }

    @ParameterizedTest
    @EnumSource
    void everyCodeSurvivesAndIsLargerThanTheOneBefore(FloatingCode kind) {
        int before = -1;
        for (int code = 0; code < codes(kind); code++) {
            int value = kind.value(code);
            assertThat(value).as("code %d", code).isGreaterThan(before);
            assertThat(kind.code(value)).as("code of %d", value).isEqualTo(code);
            before = value;
        }
        assertThat(kind.largest()).isEqualTo(before);
    }

    /** Exhaustive: every value from one code to the next gets the lower of the two. */
    // shows RFC9776-8.8-2, RFC9777-9.8-2
    @ParameterizedTest
    @EnumSource
    void whatHasNoCodeIsRoundedDown(FloatingCode kind) {
        for (int code = 0; code + 1 < codes(kind); code++) {
            for (int value = kind.value(code); value < kind.value(code + 1); value++) {
                if (kind.code(value) != code) {
                    assertThat(kind.code(value)).as("code of %d", value).isEqualTo(code);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsTooLargeGetsTheLargestCode(FloatingCode kind) {
        int last = codes(kind) - 1;
        assertThat(kind.code(kind.largest() + 1)).isEqualTo(last);
        assertThat(kind.code(Integer.MAX_VALUE)).isEqualTo(last);
    }

    @ParameterizedTest
    @EnumSource
    void negativeTimesAreOurOwnMistake(FloatingCode kind) {
        assertThatThrownBy(() -> kind.code(-1)).isInstanceOf(IllegalArgumentException.class);
    }
}
