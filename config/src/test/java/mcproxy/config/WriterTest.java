package mcproxy.config;

import static mcproxy.config.Texts.clean;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** From a configuration to its text and back. */
class WriterTest {
    @Test
    void eachPartHasItsStatement() {
        String text =
                """
                protocol IGMPv2, MLDv2;
                set robustness 3;
                pinstance tv(5): wan0 "wan0.7" ==> "br-lan" set "out";
                pinstance tv set query-interval 60s;
                pinstance tv set last-member-query-interval 200ms;
                pinstance tv downstream "out" set robustness 4;
                pinstance "my tv": ==> lan1;
                disable;
                """;
        assertThat(ConfigurationWriter.write(clean(text))).isEqualTo(text);
    }

    @Test
    void whatIsWrittenReadsBackTheSame() {
        for (long seed = 0; seed < 3000; seed++) {
            Configuration configuration = new RandomConfiguration(seed).next();
            String text = ConfigurationWriter.write(configuration);
            Reading reading = ConfigurationReader.read("test.conf", text);
            assertThat(reading.render()).as("seed %d: %s", seed, text).isEmpty();
            assertThat(reading.configuration())
                    .as("seed %d: %s", seed, text)
                    .contains(configuration);
        }
    }

    @Test
    void differencesAreWritten() {
        for (long seed = 0; seed < 1000; seed++) {
            Configuration one = new RandomConfiguration(seed).next();
            Configuration other = new RandomConfiguration(seed + 1).next();
            assertThat(ConfigurationWriter.write(one).equals(ConfigurationWriter.write(other)))
                    .as("seed %d", seed)
                    .isEqualTo(one.equals(other));
        }
    }
}
