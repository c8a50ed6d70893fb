package mcproxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DifferencesTest {
    private static final String TV = "pinstance tv: wan0 wan1 ==> lan0 lan1;";

    private static Configuration read(String text) {
        Reading reading = ConfigurationReader.read("test.conf", text);
        return reading.configuration().orElseThrow(() -> new AssertionError(reading.render()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '@',
            value = {
                "set robustness 3; TV @ TV @ robustness 3 -> not set",
                "TV @ TV pinstance b: ==> lan2; @ instance b added",
                "TV pinstance b: ==> lan2; @ TV @ instance b removed",
                "TV @ pinstance tv(4): wan0 wan1 ==> lan0 lan1; @ instance tv: table chosen -> 4",
                "TV @ pinstance tv: wan0 wan1 ==> lan0; @ instance tv: downstream lan1 removed",
                "TV @ pinstance tv: wan0 wan1 ==> lan0 lan1 lan2; @ instance tv: downstream lan2"
                        + " added",
                "TV @ pinstance tv: wan1 wan0 ==> lan0 lan1; @ instance tv: order of upstreams wan0"
                        + " wan1 -> wan1 wan0",
                "TV @ TV pinstance tv set query-interval 60s; @ instance tv: query-interval not set"
                        + " -> 60s",
                "TV @ TV pinstance tv downstream lan0 set querier off; @ instance tv: downstream"
                        + " lan0: querier not set -> off",
                "TV @ TV pinstance tv protocol MLDv2; @ instance tv: protocol of the file -> MLDv2",
                "TV @ protocol MLDv2; TV @ protocol IGMPv3 -> MLDv2",
                "TV @ TV table t {}; @ table t added",
                "TV table t {(239.0.0.0/8 | *)}; @ TV table t {}; @ table t changed",
                "TV @ TV pinstance tv upstream * in rulematching all; @ instance tv: upstream * in by"
                        + " default -> rulematching all",
                "TV @ TV pinstance tv upstream wan0 in whitelist table {}; @ instance tv: filter"
                        + " upstream wan0 in added",
            })
    void eachDifferenceInWords(String before, String after, String words) {
        assertThat(
                        Differences.between(
                                read(before.replace("TV", TV)), read(after.replace("TV", TV))))
                .containsExactly(words.strip());
    }

    @Test
    void commentsAndSpacesAreNone() {
        assertThat(Differences.between(read(TV), read("# new\n  " + TV + "\n"))).isEmpty();
    }
}
