package mcproxy.config;

import static mcproxy.config.Texts.assertError;
import static mcproxy.config.Texts.assertHeadlines;
import static mcproxy.config.Texts.assertRendered;
import static mcproxy.config.Texts.clean;
import static mcproxy.config.Texts.read;
import static mcproxy.config.Texts.warned;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code pinstance NAME: UP ==> DOWN}. */
class InstanceTest {
    private static List<String> names(List<InterfaceConfig> interfaces) {
        return interfaces.stream().map(InterfaceConfig::name).toList();
    }

    @Test
    void interfacesKeepTheirOrderAsItIsTheirPriority() {
        InstanceConfig tv = clean("pinstance tv: b a c ==> z y;").instances().getFirst();
        assertThat(tv.name()).isEqualTo("tv");
        assertThat(tv.table()).isEmpty();
        assertThat(names(tv.upstreams())).containsExactly("b", "a", "c");
        assertThat(names(tv.downstreams())).containsExactly("z", "y");
    }

    @Test
    void anInstanceWithoutUpstreamIsAQuerier() {
        InstanceConfig querier = clean("pinstance q: ==> eth8;").instances().getFirst();
        assertThat(querier.upstreams()).isEmpty();
        assertThat(names(querier.downstreams())).containsExactly("eth8");
    }

    @Test
    void aDownstreamIsNeeded() {
        assertRendered(
                read("pinstance tv: wan0 ==> ;"),
                "test.conf:1:23: error: expected a downstream interface, found the end of the"
                        + " statement",
                "  pinstance tv: wan0 ==> ;",
                "                        ^",
                "  expected: pinstance NAME [(TABLE)]: [UPSTREAM...] ==> DOWNSTREAM...;");
    }

    @Test
    void severalArrowsAreOneTooMany() {
        assertError(
                read("pinstance tv: a ==> b ==> c;"),
                "1:23",
                "==>",
                "expected a downstream interface, found '==>'");
    }

    @Test
    void theWordsThatAreNewInTheLanguageStayFreeAsNames() {
        Configuration configuration =
                clean(
                        "pinstance set: a ==> b;",
                        "pinstance set set robustness 3;",
                        "pinstance x: set ==> reload robustness;",
                        "pinstance x downstream reload set robustness 4;");
        assertThat(configuration.timers("set", "b").robustness()).isEqualTo(3);
        assertThat(configuration.timers("x", "reload").robustness()).isEqualTo(4);
        assertThat(configuration.timers("x", "robustness").robustness()).isEqualTo(2);
        assertThat(configuration.effective("x", Side.UPSTREAM, "set").values()).isEmpty();
    }

    @Test
    void anInterfaceCalledSetThatStartsALineIsSuspicious() {
        warned(
                read("pinstance tv: wan0 ==> lan0", "set robustness 3;"),
                "test.conf:2:1: warning: 'set' is read as the name of an interface");
    }

    @Test
    void tablesAreTheUsersOrNumberedInTheOrderOfNames() {
        assertThat(clean("pinstance one: a ==> b;").tables()).isEqualTo(Map.of("one", 0));
        assertThat(clean("pinstance one(10): a ==> b;").tables()).isEqualTo(Map.of("one", 10));
        assertThat(clean("pinstance z: a ==> b; pinstance y: c ==> d;").tables())
                .isEqualTo(Map.of("y", 1, "z", 2));
        // The original gave d the table 1 as well, and died of it.
        assertThat(
                        clean(
                                        "pinstance d: a ==> b;",
                                        "pinstance c(1): e ==> f;",
                                        "pinstance b (0): g ==> h;",
                                        "pinstance a: i ==> j;")
                                .tables())
                .isEqualTo(Map.of("a", 2, "b", 0, "c", 1, "d", 3));
    }

    @Test
    void anInstanceThatRunsKeepsItsTableWhenOthersComeAndGo() {
        Configuration two = clean("pinstance tv: a ==> b; pinstance radio: c ==> d;");
        assertThat(TableNumbers.assign(two, Map.of("tv", 0), Set.of()))
                .isEqualTo(Map.of("tv", 0, "radio", 1));
        assertThat(TableNumbers.assign(two, Map.of("tv", 1, "gone", 2), Set.of()))
                .isEqualTo(Map.of("tv", 1, "radio", 2));
        Configuration one = clean("pinstance radio: c ==> d;");
        assertThat(TableNumbers.assign(one, Map.of("tv", 0), Set.of()))
                .isEqualTo(Map.of("radio", 0));
        assertThat(TableNumbers.assign(one, Map.of("radio", 3), Set.of(3)))
                .isEqualTo(Map.of("radio", 3));
        Configuration given = clean("pinstance tv: a ==> b; pinstance radio(1): c ==> d;");
        assertThat(TableNumbers.assign(given, Map.of("tv", 1), Set.of()))
                .isEqualTo(Map.of("radio", 1, "tv", 2));
        assertThat(TableNumbers.assign(given, Map.of("radio", 5), Set.of()))
                .isEqualTo(Map.of("radio", 1, "tv", 2));
    }

    @Test
    void whatOthersUseIsPassedOverUnlessTheTextGivesIt() {
        Configuration two = clean("pinstance tv: a ==> b; pinstance radio: c ==> d;");
        assertThat(TableNumbers.assign(two, Map.of(), Set.of(1, 2, 4)))
                .isEqualTo(Map.of("radio", 3, "tv", 5));
        Configuration given = clean("pinstance tv: a ==> b; pinstance radio(7): c ==> d;");
        assertThat(TableNumbers.assign(given, Map.of(), Set.of(1, 7)))
                .isEqualTo(Map.of("radio", 7, "tv", 2));
    }

    @Test
    void automaticNumbersPassOverTheKernelsOwnTables() {
        StringBuilder text = new StringBuilder();
        for (int i = 100; i < 400; i++) {
            text.append("pinstance p" + i + ": ==> e" + i + ";");
        }
        assertThat(clean(text.toString()).tables())
                .containsEntry("p351", 252)
                .containsEntry("p352", 256)
                .containsEntry("p399", 303);
    }

    @Test
    void aTableIsAWholeNumberNotItsFirstDigits() {
        assertError(
                read("pinstance tv(10abc): a ==> b;"),
                "1:14",
                "10abc",
                "expected the number of a kernel table, found '10abc'");
        assertError(
                read("pinstance tv(1000000000): a ==> b;"),
                "1:14",
                "1000000000",
                "expected a kernel table from 0 to 999999999, found 1000000000");
        assertError(
                read("pinstance tv(99999999999999999999): a ==> b;"),
                "1:14",
                "99999999999999999999",
                "expected a kernel table from 0 to 999999999, found 99999999999999999999");
        assertError(read("pinstance tv(1: a ==> b;"), "1:15", ":", "expected ')', found ':'");
        assertThat(clean("pinstance tv(0000000000000010): a ==> b;").tables())
                .containsEntry("tv", 10);
    }

    @Test
    void anIpv6TableHasADigitLess() {
        assertError(
                read("pinstance tv(100000000): a ==> b;", "protocol IGMPv3, MLDv2;"),
                "1:14",
                "100000000",
                "expected a kernel table from 0 to 99999999, the largest that IPv6 has, found"
                        + " 100000000");
        assertError(
                read("pinstance tv(100000000): a ==> b;", "pinstance tv protocol MLDv1;"),
                "1:14",
                "100000000",
                "expected a kernel table from 0 to 99999999, the largest that IPv6 has, found"
                        + " 100000000");
        assertThat(clean("protocol MLDv2;", "pinstance tv(99999999): a ==> b;").tables())
                .containsEntry("tv", 99_999_999);
        assertThat(clean("protocol IGMPv3;", "pinstance tv(999999999): a ==> b;").tables())
                .containsEntry("tv", 999_999_999);
    }

    @Test
    void aTableBelongsToOneInstance() {
        assertError(
                read("pinstance tv(7): a ==> b;", "pinstance radio(07): c ==> d;"),
                "2:17",
                "07",
                "expected a table of its own, table 7 belongs to instance 'tv' of line 1");
    }

    @Test
    void aNameBelongsToOneInstance() {
        assertError(
                read("pinstance tv: a ==> b;", "", "pinstance tv: c ==> d;"),
                "3:11",
                "tv",
                "expected a new name, instance 'tv' is already defined in line 1");
    }

    @Test
    void anInterfaceStandsInAnInstanceOnce() {
        assertError(
                read("pinstance tv: a ==> b c b;"), "1:25", "b", "downstream 'b' is listed twice");
        assertError(read("pinstance tv: a a ==> b;"), "1:17", "a", "upstream 'a' is listed twice");
    }

    @Test
    void anInterfaceOnBothSidesIsAPeeringLink() {
        InstanceConfig peering = clean("pinstance tv: ap a1 ==> ap a2;").instances().getFirst();
        assertThat(peering.isPeering()).isTrue();
        assertThat(names(peering.upstreams())).containsExactly("ap", "a1");
        assertThat(names(peering.downstreams())).containsExactly("ap", "a2");
        assertThat(clean("pinstance tv: a1 ==> a2;").instances().getFirst().isPeering()).isFalse();
    }

    @Test
    void anInterfaceBelongsToOneInstanceAndBothAreNamed() {
        assertRendered(
                read("pinstance tv: wan0 ==> lan0;", "pinstance radio: wan1 ==> lan1 lan0;"),
                "test.conf:2:32: error: interface 'lan0' belongs to instance 'tv' of line 1, it"
                        + " cannot belong to instance 'radio' too",
                "  pinstance radio: wan1 ==> lan1 lan0;",
                "                                 ^~~~");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a/b",
                "a b",
                "a:b",
                "\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4",
                "..",
                ""
            })
    void noDeviceHasSuchAName(String name) {
        Reading reading = read("pinstance tv: wan0 ==> \"" + name + "\";");
        assertThat(reading.problems()).hasSize(1);
        assertThat(reading.problems().getFirst().headline())
                .startsWith("test.conf:1:24: error: expected the name of an interface: ");
    }

    @Test
    void aNameGoesBeforeAPattern() {
        Configuration configuration =
                clean(
                        "pinstance tv: wan0 ==> \"tun*\" tun5;",
                        "pinstance tv downstream \"tun*\" set robustness 3;",
                        "pinstance tv downstream tun5 set robustness 4;");
        assertThat(configuration.timers("tv", "tun5").robustness()).isEqualTo(4);
        assertThat(configuration.timers("tv", "tun51").robustness()).isEqualTo(3);
        assertThat(configuration.instances().getFirst().on(Side.DOWNSTREAM, "eth0")).isEmpty();
        assertThat(configuration.instances().getFirst().on(Side.UPSTREAM, "tun5")).isEmpty();
    }

    @Test
    void patternsOfTwoInstancesMayMeet() {
        clean("pinstance a: wan0 ==> \"tun*\";", "pinstance b: wan1 ==> tun1 \"veth*\";");
        warned(
                read("pinstance a: wan0 ==> \"tun*\";", "pinstance b: wan1 ==> \"*1\";"),
                "test.conf:2:23: warning: an interface that matches 'tun*' too belongs to instance"
                        + " 'a' of line 1");
        assertError(
                read("pinstance a: wan0 ==> \"tun*\";", "pinstance b: wan1 ==> \"tun*\";"),
                "2:23",
                "\"tun*\"",
                "interface 'tun*' belongs to instance 'a' of line 1, it cannot belong to instance"
                        + " 'b' too");
    }

    @Test
    void anInstanceHasAName() {
        assertError(
                read("pinstance \"\": a ==> b;"),
                "1:11",
                "\"\"",
                "expected the name of an instance: the name is empty");
        assertError(
                read("pinstance : a ==> b;"),
                "1:11",
                ":",
                "expected the name of an instance, found ':'");
    }

    @Test
    void interfacesAreKnownByTheirFirstPlace() {
        Reading reading = read("pinstance tv: wan0", "==> \"lan0\" lan1;");
        assertThat(reading.interfaces()).containsOnlyKeys("wan0", "lan0", "lan1");
        assertThat(reading.interfaces().get("lan0"))
                .isEqualTo(new Span(new Position(2, 5), new Position(2, 11)));
    }

    @Test
    void whatFollowsTheNameIsGuessed() {
        Reading reading =
                read("pinstance tv: a ==> b;", "pinstance tv upsteram a set robustness 2;");
        assertHeadlines(
                reading,
                "test.conf:2:14: error: expected ':', 'upstream', 'downstream', 'protocol' or"
                        + " 'set', found 'upsteram'");
        assertThat(reading.problems().getFirst().hint()).contains("did you mean 'upstream'?");
    }
}
