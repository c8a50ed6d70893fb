package mcproxy.config;

import static mcproxy.config.Texts.read;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.core.PolicySettings;
import mcproxy.core.RuleMatching;
import mcproxy.wire.Family;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** {@code mcproxy config check} and {@code show}, without their command lines. */
class ConfigCheckTest {
    private static final Reading WRONG =
            read(
                    "pinstance tv: wan0 ==> lan0;",
                    "table t { (239.1.1.1 | 0.0.0.0)",
                    "          (239.0.0.0/33 | *) };");

    @Test
    void peopleGetWhatCompilersPrint() {
        ConfigCheck check = ConfigCheck.of(WRONG);
        assertThat(check.status()).isEqualTo(2);
        assertThat(check.text())
                .isEqualTo(
                        """
                        test.conf:2:24: warning: 0.0.0.0 stands for every address of its family here
                          table t { (239.1.1.1 | 0.0.0.0)
                                                 ^~~~~~~
                          hint: write '*' or 0.0.0.0/0
                        test.conf:3:22: error: a prefix of IPv4 has at most 32 bits, found 33
                                    (239.0.0.0/33 | *) };
                                               ^~
                        test.conf: 1 error, 1 warning
                        """);
    }

    @Test
    void programsGetAnObject() {
        assertThat(ConfigCheck.of(WRONG).json().replaceAll("\\s+", ""))
                .isEqualTo(
                        """
                        {"file":"test.conf","errors":1,"warnings":1,"problems":[
                        {"severity":"warning","line":2,"column":24,"end-line":2,"end-column":31,
                        "message":"0.0.0.0 stands for every address of its family here",
                        "hint":"write '*' or 0.0.0.0/0"},
                        {"severity":"error","line":3,"column":22,"end-line":3,"end-column":24,
                        "message":"a prefix of IPv4 has at most 32 bits, found 33"}]}
                        """
                                .replaceAll("\\s+", ""));
    }

    @Test
    void whatTheSystemDoesNotHaveYetIsAWarning() {
        ConfigCheck check =
                ConfigCheck.of(
                        read("pinstance tv: wan0 ==> lan0 \"tun*\";"),
                        Set.of("wan1", "lan0", "wan"));
        assertThat(check.status()).isZero();
        assertThat(check.text())
                .isEqualTo(
                        """
                        test.conf:1:15: warning: there is no interface 'wan0' yet
                          pinstance tv: wan0 ==> lan0 "tun*";
                                        ^~~~
                          hint: did you mean 'lan0'?
                        test.conf: 0 errors, 1 warning
                        """);
    }

    @Test
    void whatIsShownReadsBackToTheSame() {
        for (long seed = 0; seed < 200; seed++) {
            Configuration configuration = new RandomConfiguration(seed).next();
            Reading again = read(new ConfigShow(configuration).text());
            assertThat(again.configuration()).as("seed %d", seed).contains(configuration);
        }
    }

    @Test
    void everyDefaultIsShownWithItsSource() {
        String shown =
                new ConfigShow(
                                Texts.clean(
                                        "pinstance tv: wan0 ==> lan0;", "set query-interval 60s;"))
                        .text();
        assertThat(shown)
                .startsWith("protocol IGMPv3;\nset query-interval 60s;\n")
                .contains("# set robustness 2;  (RFC 9776 8.1, RFC 9777 9.1)\n")
                .contains("# startup-query-interval is a quarter of query-interval  (RFC 9776 8.6")
                .contains("# kernel table 0, which is the default one\n")
                .contains("# pinstance tv upstream * in rulematching first;  (mcproxy 1.1)\n")
                .contains("# pinstance tv upstream wan0 set join-group none;  (RFC 8652 join-group")
                .contains("# without a filter everything passes  (mcproxy 1.1)\n")
                .contains("# without a protocol statement, IGMPv3 and no IPv6  (mcproxy 1.1)\n")
                .doesNotContain("# set query-interval");
        for (SettingKey key : SettingKey.values()) {
            assertThat(shown).contains(key.toString());
        }
        String peering = new ConfigShow(Texts.clean("pinstance a: ap wan0 ==> ap lan0;")).text();
        assertThat(peering)
                .contains("# pinstance a upstream * in rulematching mutex 50;  (RFC 7287 5.4)\n");
    }

    @Test
    void theDefaultsThatAreShownAreThoseThatHold() {
        int statements = 0;
        for (long seed = 0; seed < 200; seed++) {
            Configuration configuration = new RandomConfiguration(seed).next();
            if (configuration.disabled()) {
                continue; // nothing behind that is read
            }
            String shown = new ConfigShow(configuration).text();
            String said = shown.replaceAll("(?m)^# ([a-z].*;)  \\(.*\\)$", "$1");
            statements += said.split(";\n", -1).length - shown.split(";\n", -1).length;
            Reading reading = read(said);
            assertThat(reading.configuration())
                    .as("seed %d: %s", seed, reading.render())
                    .isPresent();
            assertThat(meaning(reading.configuration().orElseThrow()))
                    .as("seed %d", seed)
                    .isEqualTo(meaning(configuration));
        }
        assertThat(statements).isGreaterThan(3_000);
    }

    /** All that the engine is told, by what it is about. */
    private static Map<String, Object> meaning(Configuration configuration) {
        Map<String, Object> meaning = new TreeMap<>();
        meaning.put("tables", configuration.tables());
        for (InstanceConfig instance : configuration.instances()) {
            String name = instance.name() + " ";
            PolicySettings policy = configuration.proxy(instance).policy();
            // Where nothing is said the default is the engine's, unless there is a peering link.
            RuleMatching silent =
                    instance.isPeering()
                            ? new RuleMatching.Mutex(Duration.ofMillis(50))
                            : RuleMatching.FIRST;
            meaning.put(name + "in", policy.in().orElse(silent));
            meaning.put(name + "policy", List.of(policy.out(), policy.filters(), policy.joins()));
            meaning.put(name + "waits", policy.peeringWait());
            meaning.put(name + "linger", configuration.proxy(instance).linger());
            for (Side side : Side.values()) {
                for (InterfaceConfig on : instance.side(side)) {
                    for (Family family : Family.values()) {
                        meaning.put(
                                name + side + on.name() + family,
                                configuration.link(instance, side, on.name(), family));
                    }
                }
            }
        }
        return meaning;
    }

    @Test
    void theJsonFormTellsWhereEachValueComesFrom() {
        Configuration configuration =
                Texts.clean(
                        "table t {(239.1.1.1|*) (table {\"tun*\"(*|10.0.0.0/8)})};",
                        "pinstance tv: wan0 ==> lan0 \"tun*\"; set robustness 3;",
                        "pinstance tv set linger 2s; pinstance tv downstream lan0 set querier off;",
                        "pinstance tv downstream lan0 out blacklist table t;",
                        "pinstance tv upstream * in rulematching mutex 10;");
        String json = new ConfigShow(configuration).json().replaceAll("\\s+", "");
        assertThat(json)
                .startsWith("{\"disabled\":false,\"protocols\":[\"IGMPv3\"],\"tables\":[{")
                .contains("\"rules\":[{\"group\":\"239.1.1.1\",\"source\":\"*\"},{\"table\":{")
                .contains("{\"input\":\"tun*\",\"group\":\"*\",\"source\":\"10.0.0.0/8\"}")
                .contains("\"in\":{\"rulematching\":\"mutex\",\"milliseconds\":10}")
                .contains("\"linger\":{\"value\":\"2s\",\"from\":\"instance\"}")
                .contains("\"robustness\":{\"value\":\"3\",\"from\":\"daemon\"}")
                .contains("\"querier\":{\"value\":\"off\",\"from\":\"interface\"}")
                .contains(
                        "\"query-interval\":{\"value\":\"125s\",\"from\":\"default\",\"standard\":"
                                + "\"RFC97768.2,RFC97779.2\"}")
                .contains(
                        "\"filters\":[{\"side\":\"downstream\",\"interface\":\"lan0\",\"direction\":"
                                + "\"out\",\"kind\":\"blacklist\",\"table\":\"t\"}]");
    }
}
