package mcproxy.config;

import static mcproxy.config.Texts.assertError;
import static mcproxy.config.Texts.assertRendered;
import static mcproxy.config.Texts.clean;
import static mcproxy.config.Texts.read;
import static mcproxy.config.Texts.warned;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.wire.Family;
import mcproxy.wire.Protocol;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.List;

/** {@code protocol}. */
class ProtocolTest {
    private static final String INSTANCE = "pinstance tv: wan0 ==> lan0;";

    // shows RFC9776-7.3.1-2, RFC9777-8.3.1-2
    @ParameterizedTest
    @EnumSource
    void oneProtocolServesItsFamilyOnly(Protocol protocol) {
        Configuration configuration = clean("protocol " + protocol + ";", INSTANCE);
        assertThat(configuration.protocols()).containsExactly(protocol);
        assertThat(configuration.protocol(protocol.family())).contains(protocol);
    }

    @Test
    void withoutTheStatementItIsIgmpv3AsInTheOriginal() {
        Configuration configuration = clean(INSTANCE);
        assertThat(configuration.protocol(Family.IPV4)).contains(Protocol.IGMPV3);
        assertThat(configuration.protocol(Family.IPV6)).isEmpty();
    }

    @Test
    void aListServesBothFamiliesInAnyOrder() {
        assertThat(clean("protocol MLDv2 , igmpv2;", INSTANCE).protocols())
                .isEqualTo(List.of(Protocol.IGMPV2, Protocol.MLDV2));
    }

    @Test
    void theLastStatementWinsAsInTheOriginalButIsTold() {
        Configuration configuration =
                warned(
                        read("protocol IGMPv2;", INSTANCE, "protocol MLDv1;"),
                        "test.conf:3:1: warning: this replaces the protocol statement of line 1");
        assertThat(configuration.protocols()).containsExactly(Protocol.MLDV1);
    }

    @Test
    void aFamilyHasOneVersion() {
        assertError(
                read("protocol IGMPv3, MLDv2, IGMPv2;", INSTANCE),
                "1:25",
                "IGMPv2",
                "expected at most one version of a family, found IGMPv2 after IGMPv3");
    }

    @Test
    void anUnknownVersionIsGuessed() {
        assertRendered(
                read("protocol MLDv2, IGMPv4;", INSTANCE),
                "test.conf:1:17: error: expected IGMPv1, IGMPv2, IGMPv3, MLDv1 or MLDv2, found"
                        + " 'IGMPv4'",
                "  protocol MLDv2, IGMPv4;",
                "                  ^~~~~~",
                "  expected: protocol IGMPv1|IGMPv2|IGMPv3|MLDv1|MLDv2 [, ...];",
                "  hint: did you mean 'IGMPv3'?");
    }

    @Test
    void whatFollowsIsAnErrorAsInTheOriginal() {
        assertError(
                read("protocol IGMPv3 MLDv2;", INSTANCE),
                "1:17",
                "MLDv2",
                "expected ',' or the end of the statement, found 'MLDv2'");
        assertError(
                read("protocol;", INSTANCE),
                "1:9",
                "",
                "expected IGMPv1, IGMPv2, IGMPv3, MLDv1 or MLDv2, found the end of the statement");
        assertError(
                read("protocol \"IGMPv3\";", INSTANCE),
                "1:10",
                "\"IGMPv3\"",
                "expected IGMPv1, IGMPv2, IGMPv3, MLDv1 or MLDv2, found \"IGMPv3\"");
    }
}
