package mcproxy.config;

import static mcproxy.config.Texts.assertError;
import static mcproxy.config.Texts.assertHeadlines;
import static mcproxy.config.Texts.assertRendered;
import static mcproxy.config.Texts.clean;
import static mcproxy.config.Texts.read;
import static mcproxy.config.Texts.warned;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.core.HostSettings;
import mcproxy.core.LinkSettings;
import mcproxy.core.ProxySettings;
import mcproxy.core.RouterSettings;
import mcproxy.core.SsmRange;
import mcproxy.core.Timers;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Protocol;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.Map;

/** {@code set}, in its three forms. */
class SettingTest {
    private static final String TV = "pinstance tv: wan0 ==> lan0 lan1; ";

    private static Timers timers(String... lines) {
        return clean(lines).timers("tv", "lan0");
    }

    @Test
    void nothingSetIsTheDefaultOfTheRfcs() {
        assertThat(timers(TV)).isEqualTo(Timers.DEFAULT);
    }

    @Test
    void eachKeySetsItsTimer() {
        assertThat(
                        timers(
                                TV,
                                "pinstance tv set robustness 3;",
                                "pinstance tv set query-interval 100s;",
                                "pinstance tv set query-response-interval 5s;",
                                "pinstance tv set startup-query-interval 7s;",
                                "pinstance tv set startup-query-count 4;",
                                "pinstance tv set last-member-query-interval 200ms;",
                                "pinstance tv set last-member-query-count 5;"))
                .isEqualTo(
                        new Timers(
                                3,
                                Duration.ofSeconds(100),
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(7),
                                4,
                                Duration.ofMillis(200),
                                5));
    }

    // shows RFC9776-8.6-1, RFC9776-8.7-1, RFC9776-8.9-1, RFC9777-9.6-1, RFC9777-9.7-1,
    // RFC9777-9.9-1
    @Test
    void whatIsNotSetFollowsFromWhatIs() {
        Timers timers = timers(TV, "set robustness 4; set query-interval 60s;");
        assertThat(timers.startupQueryCount()).isEqualTo(4);
        assertThat(timers.lastMemberQueryCount()).isEqualTo(4);
        assertThat(timers.startupQueryInterval()).isEqualTo(Duration.ofSeconds(15));
    }

    @Test
    void theNarrowerScopeWins() {
        Configuration configuration =
                clean(
                        TV + "pinstance radio: wan1 ==> lan2;",
                        "pinstance tv downstream lan1 set robustness 5;",
                        "pinstance tv set robustness 4;",
                        "set robustness 3;");
        assertThat(configuration.timers("tv", "lan1").robustness()).isEqualTo(5);
        assertThat(configuration.timers("tv", "lan0").robustness()).isEqualTo(4);
        assertThat(configuration.timers("radio", "lan2").robustness()).isEqualTo(3);
    }

    @Test
    void keysAndUnitsHaveNoCase() {
        assertThat(clean(TV, "SET Query-Interval 60S;"))
                .isEqualTo(clean(TV, "set query-interval 1m;"));
    }

    @ParameterizedTest
    @CsvSource({
        "100ms, 100",
        "125s, 125000",
        "2m, 120000",
        "0052s, 52000",
        "00000000000000000000052m, 3120000"
    })
    void timesHaveUnits(String text, long millis) {
        assertThat(timers(TV, "set startup-query-interval " + text).startupQueryInterval())
                .isEqualTo(Duration.ofMillis(millis));
    }

    @Test
    void hoursAreTimesToo() {
        assertThat(timers(TV, "set query-interval 1h").queryInterval())
                .isEqualTo(Duration.ofHours(1));
    }

    @Test
    void aTimeWithoutUnitIsAnError() {
        assertRendered(
                read(TV, "pinstance tv set query-interval 125;"),
                "test.conf:2:33: error: query-interval takes a time with a unit, found '125'",
                "  pinstance tv set query-interval 125;",
                "                                  ^~~",
                "  expected: a time from 1s to 31744s, written as 125s, 200ms, 2m or 1h",
                "  hint: did you mean 125s?");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "5sec | 'sec' is not a unit of time, expected ms, s, m or h",
                "5days | 'days' is not a unit of time, expected ms, s, m or h",
                "s | query-interval takes a time from 1s to 31744s, found 's'",
                "999ms | query-interval takes a time from 1s to 31744s, found '999ms'",
                "31745s | query-interval takes a time from 1s to 31744s, found '31745s'",
                "99999999999999999999999h | query-interval takes a time from 1s to 31744s, found"
                        + " '99999999999999999999999h'",
                "- 5s | query-interval takes a time from 1s to 31744s, found '- 5s'",
                "1.5s | query-interval takes whole numbers, found '1.5s'",
                "5 s | query-interval takes a time from 1s to 31744s, found '5 s'",
            })
    void otherTimesAreErrors(String value, String message) {
        assertError(read("set query-interval " + value + ";", TV), "1:20", value, message);
    }

    // shows RFC9776-8.1-1, RFC9777-9.1-1, RFC2236-8.1-1, RFC2710-7.1-1
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "0 | robustness takes a number from 1 to 7, found '0'",
                "8 | robustness takes a number from 1 to 7, found '8'",
                "4294967298 | robustness takes a number from 1 to 7, found '4294967298'",
                "99999999999999999999999 | robustness takes a number from 1 to 7, found"
                        + " '99999999999999999999999'",
                "2s | robustness takes a number without a unit, found '2s'",
                "two | robustness takes a number from 1 to 7, found 'two'",
                "2 3 | robustness takes a number from 1 to 7, found '2 3'",
            })
    void otherNumbersAreErrors(String value, String message) {
        assertError(read("set robustness " + value + ";", TV), "1:16", value, message);
    }

    @Test
    void aQuotedValueIsNone() {
        assertError(
                read("set robustness \"2\";", TV),
                "1:16",
                "\"2\"",
                "robustness takes a number from 1 to 7, found '2'");
    }

    // shows RFC9776-8.1-2, RFC9777-9.1-2, RFC2236-8.1-2, RFC2710-7.1-2
    @Test
    void robustnessOneIsAWarning() {
        Configuration configuration =
                warned(
                        read(TV, "set robustness 1;"),
                        "test.conf:2:16: warning: robustness should not be 1: one lost packet then"
                                + " ends a stream (RFC 9776 8.1)");
        assertThat(configuration.timers("tv", "lan0").robustness()).isEqualTo(1);
    }

    @Test
    void anUnknownKeyIsGuessed() {
        assertRendered(
                read(TV, "pinstance tv set querry-interval 125s;"),
                "test.conf:2:18: error: there is no setting 'querry-interval'",
                "  pinstance tv set querry-interval 125s;",
                "                   ^~~~~~~~~~~~~~~",
                "  hint: did you mean 'query-interval'?");
    }

    @Test
    void anUnknownInstanceIsGuessed() {
        assertRendered(
                read("pinstance radio: wan0 ==> lan0;", "pinstance raido set robustness 3;"),
                "test.conf:2:11: error: there is no instance 'raido'",
                "  pinstance raido set robustness 3;",
                "            ^~~~~",
                "  hint: did you mean 'radio'?");
    }

    @Test
    void anInstanceStandsBeforeItsSettings() {
        assertRendered(
                read("pinstance tv set robustness 3;", TV),
                "test.conf:1:11: error: instance 'tv' is defined only below, in line 2",
                "  pinstance tv set robustness 3;",
                "            ^~",
                "  hint: move the definition before the first statement about its instance");
    }

    @Test
    void anUnknownInstanceIsToldOnce() {
        assertHeadlines(
                read(
                        "pinstance tv: a ==> b;",
                        "pinstance x set robustness 3;",
                        "pinstance x downstream b set robustness 9;",
                        "pinstance x set query-interval 60s;"),
                "test.conf:2:11: error: there is no instance 'x'",
                "test.conf:3:41: error: robustness takes a number from 1 to 7, found '9'");
    }

    @Test
    void theInterfaceIsOneOfThatSideOfTheInstance() {
        assertRendered(
                read(TV, "pinstance tv downstream lan3 set robustness 3;"),
                "test.conf:2:25: error: instance 'tv' has no downstream 'lan3'",
                "  pinstance tv downstream lan3 set robustness 3;",
                "                          ^~~~",
                "  hint: did you mean 'lan0'?");
        assertError(
                read(TV, "pinstance tv downstream wan0 set robustness 3;"),
                "2:25",
                "wan0",
                "instance 'tv' has no downstream 'wan0'");
        assertThat(
                        read(TV, "pinstance tv downstream wan0 set robustness 3;")
                                .problems()
                                .getFirst()
                                .hint())
                .contains("it is an upstream");
        assertError(
                read(TV, "pinstance tv downstream * set robustness 3;"),
                "2:25",
                "*",
                "expected the name of an interface, found '*'");
    }

    @Test
    void aKeyHasItsScopes() {
        assertRendered(
                read(TV, "pinstance tv upstream wan0 set query-interval 60s;"),
                "test.conf:2:32: error: query-interval cannot be set for an upstream interface",
                "  pinstance tv upstream wan0 set query-interval 60s;",
                "                                 ^~~~~~~~~~~~~~",
                "  expected: the daemon, an instance, a downstream interface");
    }

    @Test
    void theLastSettingWinsButIsTold() {
        Configuration configuration =
                warned(
                        read(
                                TV,
                                "pinstance tv set robustness 3;",
                                "pinstance tv set robustness 4;"),
                        "test.conf:3:1: warning: this replaces the setting of line 2");
        assertThat(configuration.timers("tv", "lan0").robustness()).isEqualTo(4);
    }

    @Test
    void aValueIsNeeded() {
        assertError(
                read(TV, "set robustness ;"),
                "2:15",
                "",
                "expected a value, found the end of the statement");
        assertError(
                read(TV, "set ;"),
                "2:4",
                "",
                "expected the key of a setting, found the end of the statement");
        assertError(read(TV, "set robustness = 3;"), "2:16", "=", "expected a value, found '='");
    }

    @Test
    void aForgottenSemicolonIsGuessed() {
        Reading reading = read("set robustness 3", TV);
        assertHeadlines(
                reading,
                "test.conf:1:16: error: robustness takes one value, found more in the next line");
        assertThat(reading.problems().getFirst().hint())
                .contains("is a ';' missing at the end of the statement?");
    }

    // shows RFC9776-8.3-1, RFC9776-8.14.2-1, RFC9777-9.3-1, RFC9777-9.14.2-1, RFC2236-8.3-1,
    // RFC2710-7.3-1
    @Test
    void answersComeBeforeTheNextQuery() {
        assertError(
                read(TV, "set query-response-interval 60s;", "set query-interval 60s;"),
                "3:20",
                "60s",
                "query-response-interval must be less than query-interval, found 60s and 60s");
        assertError(
                read(TV, "set query-response-interval 130s;"),
                "2:29",
                "130s",
                "query-response-interval must be less than query-interval, found 130s and 125s");
        assertError(
                read(
                        TV,
                        "pinstance tv downstream lan1 set query-interval 5s;",
                        "set query-response-interval 1s;",
                        "pinstance tv set query-response-interval 9s;"),
                "4:42",
                "9s",
                "query-response-interval must be less than query-interval, found 9s and 5s");
    }

    @Test
    void aValueThatOnlyADownstreamOverridesIsFine() {
        clean(
                "pinstance tv: wan0 ==> lan0;",
                "set query-interval 5s;",
                "pinstance tv downstream lan0 set query-response-interval 2s;");
    }

    @Test
    void theOldProtocolsAnnounceLess() {
        assertError(
                read("protocol IGMPv2;", TV, "set query-response-interval 26s;"),
                "3:29",
                "26s",
                "IGMPv2 cannot announce a query-response-interval over 25500ms, found 26s");
        assertError(
                read("protocol MLDv1;", TV, "set last-member-query-interval 66s;"),
                "3:32",
                "66s",
                "MLDv1 cannot announce a last-member-query-interval over 65535ms, found 66s");
        clean("protocol IGMPv3, MLDv2;", TV, "set query-response-interval 66s;");
    }

    @ParameterizedTest
    @EnumSource
    void theRegistryIsWhole(SettingKey key) {
        assertThat(SettingKey.of(key.toString())).contains(key);
        assertThat(key.doc()).endsWith(".");
        assertThat(key.source()).matches("(RFC|TR-124) .*|mcproxy");
        assertThat(key.scopes()).isNotEmpty().allMatch(key::fits);
        if (key.fallback() instanceof SettingDefault.Fixed(SettingValue value)) {
            assertThat(key.kind().accepts(value)).isTrue();
        }
    }

    @Test
    void theRegistrysDefaultsAreTheEnginesDefaults() {
        Settings fixed = Settings.NONE;
        for (SettingKey key : SettingKey.values()) {
            if (key.fallback() instanceof SettingDefault.Fixed(SettingValue value)) {
                fixed = new Settings(Map.of(key, value)).over(fixed);
            }
        }
        assertThat(fixed.values()).hasSizeGreaterThan(20);
        assertThat(fixed.timers()).isEqualTo(Timers.DEFAULT);
        assertThat(fixed.ssmRange()).isEqualTo(SsmRange.IANA);
        assertThat(fixed.proxy()).isEqualTo(ProxySettings.DEFAULT);
        for (Family family : Family.values()) {
            assertThat(fixed.host(family)).isEqualTo(HostSettings.DEFAULT);
            assertThat(fixed.router(family)).isEqualTo(RouterSettings.DEFAULT);
            assertThat(Settings.NONE.router(family)).isEqualTo(RouterSettings.DEFAULT);
        }
    }

    // ---- the other kinds of values ----

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "immediate-leave | ON | on",
                "querier | Off | off",
                "version | auto | auto",
                "version | mldv1 , IGMPv2 | IGMPv2, MLDv1",
                "ssm-range | none | none",
                "ssm-range | 232.1.2.3/16,ff3e::/32 , 233.0.0.1 | 232.1.0.0/16, ff3e::/32, 233.0.0.1/32",
                "ssm-map | 232.1.1.1 10.0.0.1, ff3e::/32 2001:db8::1 | 232.1.1.1/32 10.0.0.1, ff3e::/32 2001:db8::1",
                "local-groups | 239.0.0.0/8 | 239.0.0.0/8",
                "linger | 0s | 0s",
                "rp-filter | reset | reset",
            })
    void valuesAreReadAndWritten(String key, String value, String written) {
        Settings settings =
                read(TV, "set " + key + " " + value + ";").configuration().orElseThrow().settings();
        assertThat(settings.values().values()).hasToString("[" + written + "]");
    }

    @Test
    void everyExampleOfARegistryKeyIsRead() {
        for (SettingKey key : SettingKey.values()) {
            String target =
                    switch (key.scopes().getLast()) {
                        case DAEMON -> "";
                        case INSTANCE -> "pinstance tv ";
                        case UPSTREAM -> "pinstance tv upstream wan0 ";
                        case DOWNSTREAM -> "pinstance tv downstream lan0 ";
                    };
            Reading reading =
                    read(
                            "protocol IGMPv3, MLDv2;",
                            TV,
                            "set query-response-interval 1s;",
                            target + "set " + key + " " + key.kind().example() + ";");
            assertThat(reading.configuration()).as(reading.render()).isPresent();
        }
    }

    @Test
    void listsGrow() {
        Configuration configuration =
                clean(
                        TV,
                        "pinstance tv downstream lan0 set static-group 239.1.1.1;",
                        "pinstance tv downstream lan0 set static-group 232.1.1.1 10.0.0.1,"
                                + " 232.1.1.1 10.0.0.2;",
                        "set ssm-range 232.0.0.0/8; pinstance tv set ssm-range 233.0.0.0/8;");
        Settings settings = configuration.effective("tv", Side.DOWNSTREAM, "lan0");
        assertThat(settings.router(Family.IPV4).staticGroups())
                .extracting(Object::toString)
                .containsExactly(
                        "StaticGroup[group=232.1.1.1, sources=[10.0.0.1, 10.0.0.2]]",
                        "StaticGroup[group=239.1.1.1, sources=[]]");
        assertThat(settings.ssmRange().prefixes()).hasToString("[233.0.0.0/8]");
        warned(
                read(TV, "set ssm-range 233.0.0.0/8; set ssm-range none;"),
                "test.conf:2:28: warning: this replaces the setting of line 2");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "querier | yes | 13 | yes",
                "immediate-leave | 1 | 21 | 1",
                "version | IGMPv4 | 13 | IGMPv4",
                "version | IGMPv2, IGMPv3 | 13 | IGMPv2, IGMPv3",
                "version | IGMPv2 MLDv2 | 13 | IGMPv2 MLDv2",
                "ssm-range | 10.0.0.0/8 | 15 | 10.0.0.0/8",
                "ssm-range | 224.0.0.0/3 | 15 | 224.0.0.0/3",
                "ssm-range | 232.0.0.0/8, | 15 | 232.0.0.0/8,",
                "ssm-range | 232.0.0.0/x | 15 | 232.0.0.0/x",
                "ssm-map | 232.1.1.1 | 13 | 232.1.1.1",
                "ssm-map | 232.1.1.1 2001:db8::1 | 13 | 232.1.1.1 2001:db8::1",
                "ssm-map | 232.1.1.1 232.1.1.2 | 13 | 232.1.1.1 232.1.1.2",
            })
    void otherValuesAreErrors(String key, String value, int column, String marked) {
        assertError(
                read("set " + key + " " + value + ";", TV),
                "1:" + column,
                marked,
                key
                        + " takes "
                        + SettingKey.of(key).orElseThrow().kind().words()
                        + ", found '"
                        + value
                        + "'");
    }

    // shows RFC9777-7.6.2-4
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "ssm-range | 232.0.0.0/8, 10.0.0.0/8 | 1:28 | 10.0.0.0/8",
                "local-groups | 239.0.0.0/8, x, 239.1.1.1 | 1:31 | x",
                "version | IGMPv2, IGMPv4 | 1:21 | IGMPv4",
                "ssm-map | 232.1.1.1 10.0.0.1, 232.1.1.2 239.1.1.1 | 1:33 | 232.1.1.2 239.1.1.1",
                "static-group | 239.1.1.1, 224.0.0.5 | 2:58 | 224.0.0.5",
                "static-group | 239.1.1.1, 232.1.1.1 2001:db8::1 | 2:58 | 232.1.1.1 2001:db8::1",
                "source-address | 192.0.2.1, 2001:db8::1 | 2:60 | 2001:db8::1",
                "source-address | fe80:1::5 | 2:49 | fe80:1::5",
            })
    void anErrorInAListIsToldWhereItStands(String key, String value, String place, String marked) {
        boolean ofAll = SettingKey.of(key).orElseThrow().fits(Scope.DAEMON);
        String set = "set " + key + " " + value + ";";
        assertError(
                ofAll ? read(set, TV) : read(TV, "pinstance tv downstream lan0 " + set),
                place,
                marked,
                key
                        + " takes "
                        + SettingKey.of(key).orElseThrow().kind().words()
                        + ", found '"
                        + marked
                        + "'");
    }

    @Test
    void anErrorInAListOfSeveralLinesIsToldInItsLine() {
        assertError(
                read(TV, "set local-groups 239.0.0.0/8,", "    10.0.0.0/8,", "    239.1.1.1;"),
                "3:5",
                "10.0.0.0/8",
                "local-groups takes none, or groups such as 239.0.0.0/8, ff05::1, found"
                        + " '10.0.0.0/8'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "unsolicited-report-interval | 200 | did you mean 200ms?",
                "last-member-query-interval | 200 | did you mean 200s or 200ms?",
                "mrdisc-interval | 020 | did you mean 20s?",
                "query-interval | 5sec | did you mean 5s?",
                "query-interval | 5Minutes | did you mean 5m?",
                "query-interval | 5millis | did you mean 5ms?",
                "query-interval | 1hour | did you mean 1h?",
                "immediate-leave | yes | did you mean 'on'?",
                "immediate-leave | 0 | did you mean 'off'?",
                "immediate-leave | onn | did you mean 'on'?",
                "rp-filter | rest | did you mean 'reset'?",
            })
    void whatWasMeantIsGuessed(String key, String value, String hint) {
        assertThat(read("set " + key + " " + value + ";", TV).problems().getFirst().hint())
                .contains(hint);
    }

    @ParameterizedTest
    @CsvSource({"query-interval, 99999999", "linger, 50000000", "query-interval, 5days"})
    void nothingIsGuessedThatIsWrongToo(String key, String value) {
        assertThat(read("set " + key + " " + value + ";", TV).problems().getFirst().hint())
                .isEmpty();
    }

    // RFC 4286 3.1.1
    // shows RFC4286-3.1.1-1
    @ParameterizedTest
    @CsvSource({"3s, false", "3999ms, false", "4s, true", "180s, true", "181s, false"})
    void theAdvertisementIntervalHasItsRange(String value, boolean good) {
        assertThat(read("set mrdisc-interval " + value + ";", TV).problems().isEmpty())
                .isEqualTo(good);
    }

    @Test
    void aPrefixHasTheBitsOfItsFamily() {
        assertError(
                read("set ssm-range 232.0.0.0/33;", TV),
                "1:15",
                "232.0.0.0/33",
                "a prefix of 232.0.0.0 has at most 32 bits, found 33");
    }

    @Test
    void settingsThatDoNotFitTogether() {
        warned(
                read(TV, "set immediate-leave on; set explicit-tracking off;"),
                "test.conf:2:21: warning: immediate-leave has no effect without explicit-tracking");
        warned(
                read(TV, "pinstance tv downstream lan1 set version MLDv1;"),
                "test.conf:2:42: warning: instance 'tv' speaks no protocol of IPv6, so its version"
                        + " has no effect");
        assertError(
                read(TV, "pinstance tv upstream wan0 set join-group 232.1.1.1;"),
                "2:43",
                "232.1.1.1",
                "232.1.1.1 is in ssm-range, so join-group needs a source for it");
        assertError(
                read(TV, "set version IGMPv2;", "set query-response-interval 26s;"),
                "3:29",
                "26s",
                "IGMPv2 cannot announce a query-response-interval over 25500ms, found 26s");
    }

    @Test
    void theEngineIsToldAll() {
        Configuration configuration =
                clean(
                        "protocol IGMPv3, MLDv2;",
                        TV,
                        "set mrdisc-interval 30s; set max-groups 5; set linger 2s;",
                        "pinstance tv set version IGMPv2;",
                        "pinstance tv downstream lan1 set querier off;",
                        "pinstance tv downstream lan1 set source-address 192.0.2.7;",
                        "pinstance tv upstream wan0 set unsolicited-report-interval 500ms;");
        InstanceConfig tv = configuration.instances().getFirst();
        LinkSettings lan1 =
                configuration.link(tv, Side.DOWNSTREAM, "lan1", Family.IPV4).orElseThrow();
        assertThat(lan1.order()).isEqualTo(1);
        assertThat(lan1.protocol()).isEqualTo(Protocol.IGMPV2);
        assertThat(lan1.router().querying())
                .isEqualTo(new RouterSettings.Querying(false, false, false));
        assertThat(lan1.router().limits().groups()).isEqualTo(5);
        assertThat(lan1.router().advertising().orElseThrow().interval())
                .isEqualTo(Duration.ofSeconds(30));
        assertThat(configuration.link(tv, Side.DOWNSTREAM, "lan1", Family.IPV6))
                .map(LinkSettings::protocol)
                .contains(Protocol.MLDV2);
        assertThat(configuration.link(tv, Side.UPSTREAM, "wan0", Family.IPV4))
                .map(LinkSettings::host)
                .contains(new HostSettings(false, Duration.ofMillis(500), 250));
        assertThat(configuration.link(tv, Side.UPSTREAM, "lan0", Family.IPV4)).isEmpty();
        assertThat(configuration.effective(tv).proxy().linger()).isEqualTo(Duration.ofSeconds(2));
        assertThat(
                        configuration
                                .effective("tv", Side.DOWNSTREAM, "lan1")
                                .sourceAddress(Family.IPV4))
                .contains(IpAddress.of("192.0.2.7"));
    }
}
