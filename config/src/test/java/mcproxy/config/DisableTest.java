package mcproxy.config;

import static mcproxy.config.Texts.assertHeadlines;
import static mcproxy.config.Texts.clean;
import static mcproxy.config.Texts.read;
import static mcproxy.config.Texts.warned;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** {@code disable}. */
class DisableTest {
    @Test
    void itDisablesAndNeedsNoInstance() {
        assertThat(clean("disable;").disabled()).isTrue();
        assertThat(clean("pinstance tv: wan0 ==> lan0; DISABLE").disabled()).isTrue();
        assertThat(clean("pinstance tv: wan0 ==> lan0;").disabled()).isFalse();
    }

    @Test
    void nothingBehindItIsReadAsInTheOriginal() {
        assertThat(clean("disable;", "this is ? no statement; \"", "pinstance tv:").instances())
                .isEmpty();
    }

    @Test
    void whatStandsBeforeItIsCheckedAsInTheOriginal() {
        assertHeadlines(
                read("protocol IGMPv9;", "disable;"),
                "test.conf:1:10: error: expected IGMPv1, IGMPv2, IGMPv3, MLDv1 or MLDv2, found"
                        + " 'IGMPv9'");
    }

    @Test
    void theRestOfItsStatementMeansNothingAsInTheOriginalButIsTold() {
        assertThat(
                        warned(
                                        read("disable tv radio;"),
                                        "test.conf:1:9: warning: what follows 'disable' is not"
                                                + " read")
                                .disabled())
                .isTrue();
    }
}
