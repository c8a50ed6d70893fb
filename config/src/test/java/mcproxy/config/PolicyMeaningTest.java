package mcproxy.config;

import static mcproxy.config.Texts.assertError;
import static mcproxy.config.Texts.assertRendered;
import static mcproxy.config.Texts.clean;
import static mcproxy.config.Texts.read;
import static mcproxy.config.Texts.warned;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.core.AddressSet;
import mcproxy.core.PolicySettings;
import mcproxy.core.Rule;
import mcproxy.core.RuleMatching;
import mcproxy.core.Table;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.util.List;

/** What tables, filters and rule matching mean, and what is told about them. */
class PolicyMeaningTest {
    private static final String TV = "pinstance tv: wan0 wan1 ==> lan0;";

    private static PolicySettings policy(String... lines) {
        Configuration configuration = clean(lines);
        return configuration.policy(configuration.instances().getFirst());
    }

    private static List<String> filters(String... lines) {
        return policy(lines).filters().stream().map(Object::toString).toList();
    }

    @Test
    void everyPlaceHasItsFilter() {
        assertThat(
                        filters(
                                TV,
                                "table t {(239.0.0.0/8|10.0.0.1)};",
                                "pinstance tv upstream wan0 in whitelist table t;",
                                "pinstance tv upstream wan1 out blacklist table t;",
                                "pinstance tv downstream lan0 in whitelist table {};",
                                "pinstance tv downstream * out blacklist table {wan1(*|*)};"))
                .containsExactly(
                        "InterfaceFilter[role=UPSTREAM, on=wan0, direction=IN,"
                                + " filter=Filter[kind=WHITELIST, table=Table[name=Optional[t],"
                                + " rules=[(239.0.0.0/8 | 10.0.0.1)]]]]",
                        "InterfaceFilter[role=UPSTREAM, on=wan1, direction=OUT,"
                                + " filter=Filter[kind=BLACKLIST, table=Table[name=Optional[t],"
                                + " rules=[(239.0.0.0/8 | 10.0.0.1)]]]]",
                        "InterfaceFilter[role=DOWNSTREAM, on=lan0, direction=IN,"
                                + " filter=Filter[kind=WHITELIST, table=Table[name=Optional.empty,"
                                + " rules=[]]]]",
                        "InterfaceFilter[role=DOWNSTREAM, on=*, direction=OUT,"
                                + " filter=Filter[kind=BLACKLIST, table=Table[name=Optional.empty,"
                                + " rules=[wan1(* | *)]]]]");
    }

    private static AddressSet group(String part) {
        Configuration configuration =
                clean("protocol IGMPv3, MLDv2;", TV, "table t {(" + part + "|*)};");
        Table table = configuration.ruleTables().getFirst();
        return ((Rule.Match) table.rules().getFirst()).group();
    }

    @ParameterizedTest
    @CsvSource({
        "239.1.2.3, 239.1.2.3, 239.1.2.3",
        "239 . 1 . 2 . 3, 239.1.2.3, 239.1.2.3",
        "239.1.2.3/8, 239.0.0.0, 239.255.255.255",
        "239.1.2.3 - 239.1.2.9, 239.1.2.3, 239.1.2.9",
        "* - 239.0.0.9, 0.0.0.0, 239.0.0.9",
        "239.0.0.9 - *, 239.0.0.9, 255.255.255.255",
        "0.0.0.0/0, 0.0.0.0, 255.255.255.255",
        "ff05::/16, ff05::, ff05:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "ff05::9 - *, ff05::9, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    })
    void partsAreRanges(String part, String from, String to) {
        assertThat(group(part)).isEqualTo(AddressSet.range(IpAddress.of(from), IpAddress.of(to)));
    }

    @Test
    void aStarIsEveryAddressOfBothFamilies() {
        assertThat(group("*")).isEqualTo(AddressSet.ANY);
        assertThat(group("* - *")).isEqualTo(AddressSet.ANY);
    }

    @Test
    void tablesNest() {
        Configuration configuration =
                clean(
                        TV,
                        "table a {(239.1.1.1|*)};",
                        "table b {(table a) (table {(239.1.1.2|*) (table c {(239.1.1.3|*)})})};",
                        "pinstance tv upstream wan0 in whitelist table c;");
        assertThat(configuration.ruleTables())
                .extracting(table -> table.name().orElse("") + table.size())
                .containsExactly("a1", "c1", "b3");
        assertThat(ConfigurationWriter.write(configuration))
                .contains("(table {(239.1.1.2 | *) (table c)})");
    }

    @Test
    void matchingsAreTheInstances() {
        assertThat(policy(TV).in()).isEmpty();
        assertThat(policy(TV).out()).isEqualTo(RuleMatching.ALL);
        PolicySettings policy =
                policy(
                        TV,
                        "pinstance tv upstream * in rulematching mutex 10;",
                        "pinstance tv upstream * out rulematching first;",
                        "pinstance tv set peering-wait 25ms;");
        assertThat(policy.in()).contains(new RuleMatching.Mutex(Duration.ofMillis(10)));
        assertThat(policy.out()).isEqualTo(RuleMatching.FIRST);
        assertThat(policy.peeringWait()).isEqualTo(Duration.ofMillis(25));
        assertThat(policy(TV, "pinstance tv upstream * in rulematching all;").in())
                .contains(RuleMatching.ALL);
    }

    @Test
    void anInstanceMaySpeakOtherProtocols() {
        Configuration configuration =
                clean(
                        "protocol IGMPv3, MLDv2;",
                        TV,
                        "pinstance six: wan2 ==> lan2;",
                        "pinstance six protocol MLDv1;");
        InstanceConfig six = configuration.instances().getLast();
        assertThat(configuration.protocols(six)).hasToString("[MLDv1]");
        assertThat(configuration.protocols(configuration.instances().getFirst())).hasSize(2);
        assertThat(configuration.link(six, Side.UPSTREAM, "wan2", Family.IPV4)).isEmpty();
        warned(
                read(TV, "pinstance tv protocol IGMPv2;", "pinstance tv protocol IGMPv3;"),
                "test.conf:3:1: warning: this replaces the protocol statement of line 2");
    }

    // ---- errors ----

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "(239.0.0.0/33|*); 1:22; 33; a prefix of IPv4 has at most 32 bits, found 33",
                "(ff05::/129|*); 1:19; 129; a prefix of IPv6 has at most 128 bits, found 129",
                "(*/129|*); 1:14; 129; a prefix has at most 128 bits, found 129",
                "(239.1.1.1|ff05::1); 1:22; ff05::1; the group is of IPv4 and the source of IPv6, a"
                        + " rule has one family",
                "(239.1.1.1 - ff05::1|*); 1:12; 239.1.1.1 - ff05::1; a range has one family, found"
                        + " 239.1.1.1 and ff05::1",
                "(table nix); 1:18; nix; there is no table 'nix'",
                "(table below); 1:18; below; there is no table 'below' yet, it is defined only in"
                        + " line 3",
                "(table in {} ) ; 1:18; in; expected the name of a table or '{', found the keyword"
                        + " 'in'",
                "\"a b\"(*|*); 1:11; \"a b\"; expected the name of an interface: the name contains"
                        + " ' '",
            })
    void mistakesInRulesHaveTheirPlace(String rule, String place, String marked, String message) {
        assertError(
                read("table t { " + rule + "};", TV, "table below {(239.1.1.1|*)};"),
                place,
                marked,
                message);
    }

    @Test
    void aLineOfALongTableIsToldNotItsBeginning() {
        assertRendered(
                read(TV, "table t {", "  (239.0.0.0/8 | *)", "  (239.0.0.0/40 | *)", "};"),
                "test.conf:4:14: error: a prefix of IPv4 has at most 32 bits, found 40",
                "    (239.0.0.0/40 | *)",
                "               ^~");
    }

    @Test
    void bindingsNeedWhatTheyName() {
        assertError(
                read(TV, "pinstance tv upstream wan2 in whitelist table {};"),
                "2:23",
                "wan2",
                "instance 'tv' has no upstream 'wan2'");
        assertError(
                read(TV, "pinstance tv upstream lan0 in whitelist table {};"),
                "2:23",
                "lan0",
                "instance 'tv' has no upstream 'lan0'");
        assertError(
                read("pinstance q: ==> lan0;", "pinstance q upstream * in blacklist table {};"),
                "2:22",
                "*",
                "instance 'q' has no upstream");
        assertError(
                read(
                        TV,
                        "pinstance tv upstream wan0 in whitelist table {};",
                        "pinstance tv upstream wan0 in blacklist table {(*|*)};"),
                "3:1",
                "pinstance tv upstream wan0 in blacklist table {(*|*)}",
                "'upstream wan0 in' has a filter already, in line 2");
        assertError(
                read(TV, "pinstance tv upstream * in rulematching mutex 0;"),
                "2:47",
                "0",
                "mutex takes 1 to 3600000 milliseconds, found 0");
        assertError(
                read(TV, "table t {};", "table t {(*|*)};"),
                "3:7",
                "t",
                "expected a new name, table 't' is already defined in line 2");
        clean(
                "pinstance a: wan0 ==> \"tun*\";",
                "pinstance a downstream tun7 out blacklist table {};");
    }

    @Test
    void tablesCannotGrowWithoutEnd() {
        StringBuilder text = new StringBuilder(TV + "table t0 {(239.1.1.1|*)};");
        for (int i = 1; i <= 40; i++) {
            text.append("table t%d {(table t%d)(table t%d)};".formatted(i, i - 1, i - 1));
        }
        Reading reading = read(text.toString());
        assertThat(reading.configuration()).isEmpty();
        assertThat(reading.problems().getFirst().message())
                .isEqualTo("a table has at most 100000 rules, those of the tables in it counted");
    }

    // ---- warnings ----

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "(0.0.0.0|*); 2:12; 0.0.0.0 stands for every address of its family here",
                "(239.1.1.1|0.0.0.0); 2:22; 0.0.0.0 stands for every address of its family here",
                "(239.0.0.9 - 239.0.0.1|*); 2:12; this rule never matches: the range is reversed",
                "(*/8|*); 2:14; '*' is every address, the length after it has no effect",
                "wan0 (table {(239.1.1.1|*)}); 2:11; an interface before a table has no effect",
                "(10.0.0.0/8|239.1.1.1); 2:12; this rule never matches: 10.0.0.0/8 is no group",
                "(224.0.0.251|*); 2:12; this rule never matches: groups of link scope are never"
                        + " forwarded",
                "(ff05::1|*); 2:11; this rule never matches: no protocol of IPv6 is spoken",
                "(239.0.0.0/8|*) (239.1.1.1|10.0.0.1); 2:27; this rule has no effect: all that it"
                        + " matches is matched by the one in line 2",
            })
    void whatTheOriginalSwallowedIsTold(String rule, String place, String message) {
        List<String> told =
                read(TV, "table t { " + rule + "};").problems().stream()
                        .map(Problem::headline)
                        .toList();
        assertThat(told).contains("test.conf:" + place + ": warning: " + message);
    }

    @Test
    void rulesBesideAWrongOneAreCheckedAllTheSame() {
        Reading reading =
                read(
                        TV,
                        "table t { (239.0.0.0/8 | *)",
                        "          (239.0.0.0/33 | *)",
                        "          (239.1.1.1 | *) };");
        assertThat(reading.problems().stream().map(Problem::headline))
                .containsExactly(
                        "test.conf:3:22: error: a prefix of IPv4 has at most 32 bits, found 33",
                        "test.conf:4:11: warning: this rule has no effect: all that it matches is"
                                + " matched by the one in line 2");
    }

    @Test
    void aTableThatCannotBeReadIsToldOnce() {
        Reading reading =
                read(
                        TV,
                        "table t { (239.1.1.1) };",
                        "table u { (table t) };",
                        "pinstance tv downstream lan0 out whitelist table t;",
                        "pinstance tv downstream lan0 out whitelist table x;");
        assertThat(reading.problems().stream().map(Problem::headline))
                .containsExactly(
                        "test.conf:2:21: error: expected '|', found ')'",
                        "test.conf:5:50: error: there is no table 'x'");
        assertThat(reading.configuration()).isEmpty();
    }

    @Test
    void bindingsThatMeanLessThanTheySay() {
        warned(
                read(
                        TV,
                        "pinstance tv upstream wan0 in rulematching all;",
                        "pinstance tv downstream lan0 in rulematching all;",
                        "pinstance tv upstream * out rulematching mutex 10;",
                        "pinstance tv upstream * in rulematching first;",
                        "table {(*|*)};",
                        "table t {};",
                        "table t;"),
                "test.conf:2:23: warning: rulematching is for all upstreams, the name of one has no"
                        + " effect",
                "test.conf:3:1: warning: rulematching chooses among upstreams, for a downstream it"
                        + " has no effect",
                "test.conf:4:1: warning: mutex chooses by what comes in from upstreams, for 'out'"
                        + " it means first",
                "test.conf:5:1: warning: this replaces the rulematching of line 2",
                "test.conf:6:1: warning: a table without a name cannot be used by anything",
                "test.conf:8:1: warning: a table that is only named here has no effect");
    }

    @Test
    void rulesWhoseInterfaceCannotBe() {
        warned(
                read(
                        TV,
                        "table t { wan9(*|*) };",
                        "pinstance tv upstream wan0 in whitelist table t;",
                        "pinstance tv downstream lan0 out whitelist table t;",
                        "pinstance tv upstream wan1 in whitelist table { wan1(*|*) };"),
                "test.conf:2:11: warning: this rule never matches in 'upstream wan0 in' of instance"
                        + " 'tv': packets come in on wan0 there, not on wan9",
                "test.conf:2:11: warning: this rule never matches in 'downstream lan0 out' of"
                        + " instance 'tv', which has no interface 'wan9'");
    }

    // ---- the original's own examples, rebuilt ----

    @Test
    void thePeeringExampleOfTheOriginal() {
        Configuration configuration =
                clean(
                        "protocol MLDv2;",
                        "pinstance A: ap a1 ==> ap a2;",
                        "table allways { (*|*) }; table peers { ap(*|*) }; table ups { a1(*|*) };",
                        "pinstance A upstream   *  in  rulematching mutex 10;",
                        "pinstance A upstream   ap out blacklist table allways;",
                        "pinstance A upstream   a1 out blacklist table peers;",
                        "pinstance A downstream ap in  blacklist table allways;",
                        "pinstance A downstream ap out blacklist table ups;");
        assertThat(configuration.instances().getFirst().policy().filters()).hasSize(4);
    }

    @Test
    void aPlanOfSeveralUpstreamsAsTheOriginalShowsIt() {
        Configuration configuration =
                clean(
                        "# all in one",
                        "PROTOCOL igmpv3;",
                        "table monday {",
                        "  (239.99.99.99 | *) # a comment",
                        "  (239.0.0.0 - 239.0.0.9 | 10.0.0.0/8)",
                        "  (table { (* | 141.22.26.249) })",
                        "};",
                        "pinstance multi(7): eth0 \"tun0\" \"br-lan\" ==> eth1 eth2;",
                        "pinstance multi upstream eth0 in whitelist table monday;",
                        "pinstance multi upstream tun0 in blacklist table {(table monday)};",
                        "pinstance multi downstream eth1 out whitelist table"
                                + " {eth0(*|*) tun0(239.1.0.0/16|*)};",
                        "pinstance multi upstream * in rulematching first;",
                        "pinstance multi upstream * out rulematching all");
        assertThat(configuration.instances().getFirst().table()).contains(7);
        assertThat(read(ConfigurationWriter.write(configuration)).configuration())
                .contains(configuration);
    }
}
