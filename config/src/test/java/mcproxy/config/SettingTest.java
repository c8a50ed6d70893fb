package mcproxy.config;

import static mcproxy.config.Texts.assertError;
import static mcproxy.config.Texts.assertHeadlines;
import static mcproxy.config.Texts.assertRendered;
import static mcproxy.config.Texts.clean;
import static mcproxy.config.Texts.read;
import static mcproxy.config.Texts.warned;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.core.Timers;

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
                "  hint: a unit: 125s");
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
                "  expected: one of robustness, query-interval, query-response-interval,"
                        + " startup-query-interval, startup-query-count,"
                        + " last-member-query-interval, last-member-query-count",
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
        assertError(
                read(TV, "pinstance tv downstream * set robustness 3;"),
                "2:25",
                "*",
                "expected the name of an interface, found '*'");
    }

    @Test
    void aKeyHasItsScopes() {
        assertRendered(
                read(TV, "pinstance tv upstream wan0 set robustness 3;"),
                "test.conf:2:32: error: robustness cannot be set for an upstream interface",
                "  pinstance tv upstream wan0 set robustness 3;",
                "                                 ^~~~~~~~~~",
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
        assertThat(key.source()).startsWith("RFC ");
        assertThat(key.scopes()).isNotEmpty().allMatch(key::fits);
        if (key.fallback() instanceof SettingDefault.Fixed(SettingValue value)) {
            assertThat(key.kind().accepts(value)).isTrue();
        }
    }

    @Test
    void theRegistrysDefaultsAreTheTimersDefaults() {
        Settings fixed = Settings.NONE;
        for (SettingKey key : SettingKey.values()) {
            if (key.fallback() instanceof SettingDefault.Fixed(SettingValue value)) {
                fixed = new Settings(Map.of(key, value)).over(fixed);
            }
        }
        assertThat(fixed.values()).hasSize(4);
        assertThat(fixed.timers()).isEqualTo(Timers.DEFAULT);
    }
}
