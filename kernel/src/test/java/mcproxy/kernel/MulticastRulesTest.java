package mcproxy.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import mcproxy.kernel.MulticastRules.Rule;
import mcproxy.wire.Family;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Our rules as {@code ip mrule} sees them, and its rules as we see them. */
class MulticastRulesTest {
    private static final int OURS = 109;
    private static final int LARGEST_TABLE = 99_999_999;

    private final Kernel kernel = Linux.kernel();

    private static String[] ip(Family family, String... arguments) {
        return family == Family.IPV4
                ? arguments
                : Stream.concat(Stream.of("-6"), Arrays.stream(arguments)).toArray(String[]::new);
    }

    private static Rule in(Family family, String link, int table) {
        return new Rule(family, link, "", table, 32_000, OURS);
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void whatIsAddedIsWhatIpShowsAndGoesAgain(Family family) throws KernelException {
        try (TestNet net = new TestNet()) {
            String a = net.namespace("a");
            try (MulticastRules rules = net.in(a, kernel::openRules)) {
                List<Rule> first = rules.rules(family);
                assertThat(first).hasSize(1);
                assertThat(first.getFirst().priority()).isEqualTo(32_767);
                assertThat(first.getFirst().incoming()).isEmpty();

                Rule wan = in(family, "wan0", 10);
                Rule longest = in(family, "fifteen-letters", LARGEST_TABLE);
                Rule out = new Rule(family, "", "wan0", 10, 32_000, OURS);
                assertThat(rules.newRule(wan)).isTrue();
                assertThat(rules.newRule(longest)).isTrue();
                assertThat(rules.newRule(out)).isTrue();
                assertThat(rules.newRule(wan)).as("a second time").isFalse();
                assertThat(net.output(a, ip(family, "mrule")).lines().map(String::strip))
                        .hasSize(4)
                        .contains(
                                "32000:\tfrom all iif wan0 [detached] lookup 10 proto 109",
                                "32000:\tfrom all iif fifteen-letters [detached] lookup "
                                        + LARGEST_TABLE
                                        + " proto 109",
                                "32000:\tfrom all oif wan0 [detached] lookup 10 proto 109");
                assertThat(rules.rules(family))
                        .containsExactly(wan, longest, out, first.getFirst());

                assertThat(rules.delRule(wan)).isTrue();
                assertThat(rules.delRule(wan)).as("a second time").isFalse();
                assertThat(rules.rules(family)).containsExactly(longest, out, first.getFirst());
                for (Family other : Family.values()) {
                    if (other != family) {
                        assertThat(rules.rules(other)).hasSize(1);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void theSameRuleOfSomebodyElseIsAnotherAndStays(Family family) throws KernelException {
        try (TestNet net = new TestNet()) {
            String a = net.namespace("a");
            try (MulticastRules rules = net.in(a, kernel::openRules)) {
                String add = "mrule add iif wan0 lookup 10 pref 32000 proto 4";
                TestNet.run(net.command(a, ip(family, add.split(" "))));
                Rule theirs = new Rule(family, "wan0", "", 10, 32_000, 4);
                Rule ours = in(family, "wan0", 10);
                assertThat(rules.delRule(ours)).isFalse();
                assertThat(rules.newRule(ours)).isTrue();
                assertThat(rules.rules(family)).contains(theirs, ours);
                assertThat(rules.delRule(ours)).isTrue();
                assertThat(rules.rules(family)).contains(theirs).doesNotContain(ours);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void manyRulesAreReadWhole(Family family) throws KernelException {
        try (TestNet net = new TestNet()) {
            String a = net.namespace("a");
            try (MulticastRules rules = net.in(a, kernel::openRules)) {
                int count = 2_000; // more than a message of a dump holds
                for (int i = 0; i < count; i++) {
                    assertThat(rules.newRule(in(family, "v" + i, i))).isTrue();
                }
                assertThat(rules.rules(family)).hasSize(count + 1);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void aRefusalNamesTheCallTheErrorAndWhatToDo(Family family) throws KernelException {
        try (TestNet net = new TestNet()) {
            String a = net.namespace("a");
            try (MulticastRules rules = net.in(a, kernel::openRules)) {
                assertThatThrownBy(() -> rules.newRule(in(family, "sixteen-letters-", 10)))
                        .isInstanceOf(KernelException.class)
                        .hasMessage(
                                "RTM_NEWRULE, "
                                        + family
                                        + " iif sixteen-letters- lookup 10: ERANGE");
                assertThat(rules.rules(family)).as("the socket goes on").hasSize(1);
            }
        }
    }
}
