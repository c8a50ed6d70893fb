package mcproxy.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

class IpAddressTest {
    /** The examples of RFC 5952 4 and 5, and the edges of its rules. */
    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, 0.0.0.0",
        "255.255.255.255, 255.255.255.255",
        "239.1.2.3, 239.1.2.3",
        "::, ::",
        "::1, ::1",
        "1::, 1::",
        "0:0:0:0:0:0:0:0, ::",
        "2001:0db8::0001, 2001:db8::1",
        "2001:db8:0:0:0:0:2:1, 2001:db8::2:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1", // a single zero is not shortened
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1", // the first of equals
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1", // the longest
        "2001:DB8::AAAA, 2001:db8::aaaa",
        "2001:db8:1:1:1:1:0:0, 2001:db8:1:1:1:1::",
        "0:0:1:1:1:1:1:1, ::1:1:1:1:1:1",
        "0:00a:0010::10.0.0.10, 0:a:10::a00:a",
        "::ffff:192.0.2.1, ::ffff:c000:201", // stays an IPv6 address
        "64:ff9b::192.0.2.33, 64:ff9b::c000:221",
        "FF02::1:FF00:2, ff02::1:ff00:2",
    })
    void textAndCanonicalText(String text, String canonical) {
        IpAddress address = IpAddress.of(text);
        assertThat(address).hasToString(canonical);
        assertThat(IpAddress.of(canonical)).isEqualTo(address);
        assertThat(address.family()).isEqualTo(text.contains(":") ? Family.IPV6 : Family.IPV4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "1",
                "1.2",
                "1.2.3",
                "1.2.3.4.5",
                "1.2.3.256",
                "1.2.3.",
                ".1.2.3",
                "1.2.3.-4",
                "1.2.3.+4",
                "0x1.2.3.4",
                "01.2.3.4",
                "1.2.3.010",
                "1.02.3.4",
                "::ffff:01.2.3.4",
                "::ffff:1.2.3.04",
                " 1.2.3.4",
                "1.2.3.4 ",
                "1.2.3.4/24",
                "1.2.3.\u0664",
                "\uff11.2.3.4",
                "localhost",
                ":",
                ":::",
                "::1::",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7:8::",
                "12345::",
                "::g",
                "::1.2.3",
                "::1.2.3.256",
                "1.2.3.4::",
                "fe80::1%eth0",
                "fe80::1%1",
                "[::1]",
                "::1]",
                "::1/64",
            })
    void noAddress(String text) {
        assertThat(IpAddress.parse(text)).isEmpty();
        assertThatThrownBy(() -> IpAddress.of(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void textOfRandomAddressesIsReadBack() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 20_000; i++) {
            // Some fields are cleared, so that runs of zeros of all lengths come about.
            long high = random.nextLong();
            long low = random.nextLong();
            for (int field = random.nextInt(8); field > 0; field--) {
                high &= ~(0xffffL << (16 * random.nextInt(4)));
                low &= ~(0xffffL << (16 * random.nextInt(4)));
            }
            IpAddress v6 = IpAddress.ipv6(high, low);
            assertThat(IpAddress.of(v6.toString())).isEqualTo(v6);
            assertThat(IpAddress.of(v6.bytes())).isEqualTo(v6);
            IpAddress v4 = IpAddress.ipv4(random.nextInt());
            assertThat(IpAddress.of(v4.toString())).isEqualTo(v4);
            assertThat(IpAddress.of(v4.bytes())).isEqualTo(v4);
            assertThat(IpAddress.of(v4.toInetAddress())).isEqualTo(v4);
        }
    }

    @Test
    void theOrderIsThatOfUnsignedNumbersIpv4First() {
        List<IpAddress> ordered =
                Stream.of(
                                "0.0.0.0",
                                "0.0.0.1",
                                "127.255.255.255",
                                "128.0.0.0",
                                "255.255.255.255",
                                "::",
                                "::1",
                                "::7fff:ffff:ffff:ffff",
                                "::8000:0:0:0",
                                "0:0:0:1::",
                                "7fff::",
                                "8000::",
                                "ff02::1",
                                "ffff::")
                        .map(IpAddress::of)
                        .toList();
        List<IpAddress> shuffled = new ArrayList<>(ordered);
        Collections.reverse(shuffled);
        Collections.sort(shuffled);
        assertThat(shuffled).isEqualTo(ordered);
        for (IpAddress address : ordered) {
            assertThat(address.compareTo(IpAddress.of(address.bytes()))).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "223.255.255.255, false, false",
        "224.0.0.0, true, true",
        "224.0.0.255, true, true",
        "224.0.1.0, true, false",
        "239.255.255.255, true, false",
        "240.0.0.0, false, false",
        "0.0.0.0, false, false",
        "ff00::1, true, true",
        "ff01::1, true, true",
        "ff02::1, true, true",
        "ff12::1, true, true", // flags do not matter
        "fff2::1, true, true",
        "ff03::1, true, false",
        "ff05::2, true, false",
        "ff0e::1, true, false",
        "ff35::8000:1, true, false",
        "fe80::1, false, false",
        "fe02::1, false, false",
        "::, false, false",
    })
    void groupsAndTheirScope(String text, boolean multicast, boolean linkScope) {
        IpAddress address = IpAddress.of(text);
        assertThat(address.isMulticast()).isEqualTo(multicast);
        assertThat(address.isLinkScopeGroup()).isEqualTo(linkScope);
        assertThat(address.isSource()).isEqualTo(!multicast && !address.isUnspecified());
    }

    @ParameterizedTest
    @CsvSource({
        "126.255.255.255, true",
        "127.0.0.1, false",
        "127.255.255.255, false",
        "128.0.0.1, true",
        "255.255.255.255, false",
        "255.255.255.254, true",
        "::1, false",
        "::2, true",
        "1::1, true",
    })
    void whatNoPacketComesFrom(String text, boolean source) {
        assertThat(IpAddress.of(text).isSource()).isEqualTo(source);
    }

    @ParameterizedTest
    @CsvSource({
        "169.253.255.255, false",
        "169.254.0.0, true",
        "169.254.255.255, true",
        "169.255.0.0, false",
        "fe7f:ffff::1, false",
        "fe80::, true",
        "febf:ffff::1, true",
        "fec0::1, false",
    })
    void linkLocalUnicast(String text, boolean linkLocal) {
        assertThat(IpAddress.of(text).isLinkLocalUnicast()).isEqualTo(linkLocal);
    }

    @Test
    void bytesAreInNetworkOrderWhateverTheBuffersOrderIs() throws Exception {
        for (String text : List.of("192.0.2.1", "2001:db8::1:2")) {
            IpAddress address = IpAddress.of(text);
            byte[] expected = InetAddress.getByName(text).getAddress();
            assertThat(address.bytes()).isEqualTo(expected);
            for (ByteOrder order : List.of(ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN)) {
                ByteBuffer buffer = ByteBuffer.allocate(expected.length + 2).order(order);
                buffer.position(1);
                address.write(buffer);
                assertThat(buffer.position()).isEqualTo(1 + expected.length);
                assertThat(buffer.slice(1, expected.length)).isEqualTo(ByteBuffer.wrap(expected));
                buffer.position(1);
                assertThat(IpAddress.read(address.family(), buffer)).isEqualTo(address);
                assertThat(buffer.position()).isEqualTo(1 + expected.length);
            }
        }
    }

    @Test
    void whatIsNoAddressIsOurOwnMistake() {
        assertThatThrownBy(() -> new IpAddress(Family.IPV4, 0, 1L << 32))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new IpAddress(Family.IPV4, 1, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> IpAddress.of(new byte[5]))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
