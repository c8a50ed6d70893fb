package mcproxy.core;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Every operation on every pair of sets over a small universe, at the edges of both families. */
class SourceRangesTest {
    private static final int POINTS = 6;

    /** Sets are bits: one for each point, and one for all other addresses together. */
    private static final int SETS = 1 << (POINTS + 1);

    private static List<IpAddress> points(String first) {
        List<IpAddress> points = new ArrayList<>(List.of(IpAddress.of(first)));
        while (points.size() < POINTS) {
            points.add(Addresses.after(points.getLast()));
        }
        return points;
    }

    private static boolean has(int bits, int point) {
        return ((bits >> point) & 1) == 1;
    }

    private static SourceRanges set(int bits, List<IpAddress> points) {
        Family family = points.getFirst().family();
        SourceSet listed =
                SourceSet.of(
                        IntStream.range(0, POINTS)
                                .filter(i -> has(bits, i) != has(bits, POINTS))
                                .mapToObj(points::get)
                                .toList());
        boolean others = has(bits, POINTS);
        return SourceRanges.of(
                family, others ? Membership.exclude(listed) : Membership.include(listed));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "10.0.0.254",
                "255.255.255.250",
                "::",
                "2001:db8::ffff:ffff:ffff:fffd",
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffa"
            })
    void theAlgebraIsThatOfSets(String first) {
        List<IpAddress> points = points(first);
        int all = SETS - 1;
        for (int a = 0; a < SETS; a++) {
            SourceRanges one = set(a, points);
            assertThat(one.complement()).isEqualTo(set(~a & all, points));
            assertThat(one.isNone()).isEqualTo(a == 0);
            assertThat(one.isAll()).isEqualTo(a == all);
            for (int i = 0; i < POINTS; i++) {
                assertThat(one.contains(points.get(i))).isEqualTo(has(a, i));
            }
            for (int b = 0; b < SETS; b++) {
                SourceRanges other = set(b, points);
                assertThat(one.plus(other)).isEqualTo(set(a | b, points));
                assertThat(one.and(other)).isEqualTo(set(a & b, points));
                assertThat(one.minus(other)).isEqualTo(set(a & ~b, points));
                assertThat(one.meets(other)).isEqualTo((a & b) != 0);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.254", "2001:db8::ffff:ffff:ffff:fffd"})
    void aMembershipIsExactWhereTheLimitAllowsItAndElseAsksForMore(String first) {
        List<IpAddress> points = points(first);
        Family family = points.getFirst().family();
        for (int bits = 0; bits < SETS; bits++) {
            SourceRanges wanted = set(bits, points);
            int listed = Integer.bitCount(has(bits, POINTS) ? ~bits & (SETS - 1) : bits);
            for (int limit = 0; limit <= POINTS; limit++) {
                Membership asked = wanted.membership(limit);
                SourceRanges gets = SourceRanges.of(family, asked);
                assertThat(wanted.minus(gets).isNone()).isTrue();
                assertThat(asked.sources().size()).isLessThanOrEqualTo(limit);
                if (listed <= limit) {
                    assertThat(gets).isEqualTo(wanted);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0/8", "2001:db8::/32", "::/0", "0.0.0.0/0", "::/64"})
    void networksThatCannotBeListedStayOut(String text) {
        Prefix prefix = Prefix.of(text);
        Family family = prefix.address().family();
        SourceRanges network = SourceRanges.of(family, AddressSet.of(prefix));
        boolean all = prefix.length() == 0;
        assertThat(network.membership(256)).isEqualTo(Membership.ANY_SOURCE);
        assertThat(network.complement().membership(256))
                .isEqualTo(all ? Membership.NONE : Membership.ANY_SOURCE);
        IpAddress alone = IpAddress.of(family == Family.IPV4 ? "9.9.9.9" : "2001:db7::1");
        SourceRanges one = SourceRanges.of(family, SourceSet.of(alone));
        // Of two gaps, one too wide to be listed, the other one is.
        assertThat(network.complement().minus(one).membership(256))
                .isEqualTo(all ? Membership.NONE : Membership.exclude(SourceSet.of(alone)));
    }
}
