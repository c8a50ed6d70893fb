package mcproxy.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.stream.Stream;

class LinkAddressTest {
    @ParameterizedTest
    @ValueSource(
            strings = {"", "ff", "0a:00:01:05", "02:00:5e:10:00:ff", "ff:fe:00:00:00:00:00:01"})
    void textIsReadAndWritten(String text) {
        assertThat(LinkAddress.of(text)).hasToString(text);
        assertThat(LinkAddress.of(text).length()).isEqualTo((text.length() + 1) / 3);
    }

    @Test
    void bytesAreInTheirOrder() {
        byte[] mac = {2, 0, (byte) 0x80, 0, 0, (byte) 0xfe};
        assertThat(LinkAddress.of(mac)).isEqualTo(LinkAddress.of("02:00:80:00:00:fe"));
        assertThat(LinkAddress.of(mac).bits()).isEqualTo(0x0200_8000_00feL);
    }

    @Test
    void zerosAreNobodys() {
        assertThat(LinkAddress.of(new byte[6])).isEqualTo(LinkAddress.NONE);
        assertThat(LinkAddress.NONE.isNone()).isTrue();
        assertThat(LinkAddress.of("00:00:00:00:00:01").isNone()).isFalse();
        assertThat(LinkAddress.of("00:00:00:00:00:01")).isNotEqualTo(LinkAddress.of("01"));
    }

    @Test
    void theyAreOrderedAsUnsignedNumbers() {
        assertThat(
                        Stream.of("ff:00", "7f:ff", "01", "80:00:00:00:00:00:00:01", "")
                                .map(LinkAddress::of)
                                .sorted()
                                .map(LinkAddress::toString))
                .containsExactly("", "01", "7f:ff", "ff:00", "80:00:00:00:00:00:00:01");
    }

    @Test
    void whatIsNoAddressIsRefused() {
        assertThatThrownBy(() -> LinkAddress.of(new byte[9]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new LinkAddress(0x100, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LinkAddress.of("02-00"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
