package mcproxy.core;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.wire.IpAddress;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;

/** Address sets and interface patterns. */
class PolicyValuesTest {
    @ParameterizedTest
    @CsvSource({
        "10.0.0.0, 10.255.255.255, 10.0.0.0/8",
        "10.0.0.1, 10.0.0.1, 10.0.0.1",
        "0.0.0.0, 0.0.0.0, 0.0.0.0/32",
        "0.0.0.0, 255.255.255.255, 0.0.0.0/0",
        "10.0.0.1, 10.0.0.2, 10.0.0.1 - 10.0.0.2",
        "0.0.0.0, 239.0.0.9, 0.0.0.0 - 239.0.0.9",
        "ff05::, ff05:ffff:ffff:ffff:ffff:ffff:ffff:ffff, ff05::/16",
        "2001:db8::, 2001:db8::ffff:ffff:ffff:ffff, 2001:db8::/64",
        "2001:db8::, 2001:db8:0:1:ffff:ffff:ffff:ffff, 2001:db8::/63",
        "2001:db8::, 2001:db8:0:1::, 2001:db8:: - 2001:db8:0:1::",
        "::, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, ::/0",
    })
    void aRangeIsWrittenAsShortAsItCanBe(String from, String to, String text) {
        AddressSet set = AddressSet.range(IpAddress.of(from), IpAddress.of(to));
        assertThat(set).hasToString(text);
        if (text.contains("/")) {
            assertThat(AddressSet.of(Prefix.of(text))).isEqualTo(set);
        }
    }

    @Test
    void setsCoverAndMeetAsTheirAddressesDo() {
        List<AddressSet> sets = new ArrayList<>(List.of(AddressSet.ANY));
        List<IpAddress> points = new ArrayList<>(List.of(IpAddress.of("10.0.0.0")));
        for (int i = 1; i < 5; i++) {
            points.add(Addresses.after(points.getLast()));
        }
        for (int from = 0; from < points.size(); from++) {
            for (int to = from; to < points.size(); to++) {
                sets.add(AddressSet.range(points.get(from), points.get(to)));
            }
        }
        sets.add(AddressSet.one(IpAddress.of("2001:db8::1")));
        points.add(IpAddress.of("2001:db8::1"));
        points.add(IpAddress.of("192.0.2.1"));
        for (AddressSet one : sets) {
            for (AddressSet other : sets) {
                assertThat(one.covers(other))
                        .as("%s covers %s", one, other)
                        .isEqualTo(
                                points.stream()
                                        .allMatch(p -> !other.contains(p) || one.contains(p)));
                assertThat(one.meets(other))
                        .as("%s meets %s", one, other)
                        .isEqualTo(
                                points.stream()
                                        .anyMatch(p -> other.contains(p) && one.contains(p)));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "lan0, lan0, true",
        "lan0, lan01, false",
        "tun*, tun, true",
        "tun*, tun15, true",
        "tun*, xtun1, false",
        "*, anything, true",
        "*a*b, xaxxb, true",
        "*a*b, xaxxbc, false",
        "a**b, ab, true",
        "veth*a*, vethaaaa, true",
        "*.100, eth0.100, true",
        "*.100, eth0.1001, false",
    })
    void aStarStandsForAnyCharacters(String pattern, String name, boolean matches) {
        assertThat(new InterfacePattern(pattern).matches(name)).isEqualTo(matches);
    }
}
