package mcproxy.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import mcproxy.core.Input;
import mcproxy.core.Limits;
import mcproxy.core.ProxySettings;
import mcproxy.core.RouterSettings;
import mcproxy.daemon.JournalLine.Call;
import mcproxy.daemon.JournalLine.Outcome;
import mcproxy.wire.Family;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** Lines as text and back. */
final class JournalLineTest {
    private static List<JournalLine> lines(int seed) {
        RandomCalls calls = new RandomCalls(seed);
        List<JournalLine> lines = new ArrayList<>();
        lines.add(
                new JournalLine.Head(
                        1, "2.0", Instant.EPOCH, "# \"quoted\" \\ ä \u2028\n\t;\u0001"));
        lines.add(new JournalLine.Configured(1, ""));
        lines.add(
                new JournalLine.Began(
                        2,
                        "t \"v",
                        7,
                        Long.MIN_VALUE + seed,
                        new Limits(1, 2, 3),
                        calls.settings()));
        lines.add(new JournalLine.Gap(3, "tv#2", Long.MAX_VALUE));
        lines.add(new JournalLine.Full(4, 1L << 60));
        lines.add(called(new Call.Accept(new Input.Stop()), new Outcome.Failure("a\nb")));
        for (Family family : Family.values()) {
            lines.add(called(new Call.Accept(calls.linkUp(1 + seed % 4, family)), effects()));
        }
        for (int i = 0; i < 200; i++) {
            lines.add(called(calls.call(), effects()));
        }
        return lines;
    }

    private static Outcome effects() {
        return new Outcome.Effects("00c0ffee");
    }

    private static JournalLine called(Call call, Outcome outcome) {
        return new JournalLine.Called(1L << 53 | 1, "tv", call, outcome);
    }

    @Test
    void everyKindOfLineIsReadAsItWasWritten() throws Exception {
        Set<String> kinds = new HashSet<>();
        for (int seed = 0; seed < 50; seed++) {
            for (JournalLine line : lines(seed)) {
                String text = line.text();
                assertThat(text).doesNotContain("\n").startsWith("{\"kind\":\"");
                assertThat(JournalLine.of(text)).as(text).isEqualTo(line);
                kinds.add(text.split("\"", 5)[3]);
            }
        }
        Set<String> all = new HashSet<>(JournalLine.INPUTS.keySet());
        all.addAll(
                List.of("journal", "configuration", "instance", "heard", "expire", "gap", "full"));
        assertThat(kinds).isEqualTo(all);
    }

    @Test
    void aSettingThatAnOlderJournalLacksHasItsDefault() throws Exception {
        String text =
                new JournalLine.Began(0, "tv", 0, 1, Limits.DEFAULT, ProxySettings.DEFAULT).text();
        String older = text.replaceAll("\"peeringWait\":\"[^\"]*\",?", "");
        assertThat(older).isNotEqualTo(text);
        assertThat(JournalLine.of(older)).isEqualTo(JournalLine.of(text));

        Input.LinkUp up = new RandomCalls(1).linkUp(2, Family.IPV4);
        String link = called(new Call.Accept(up), effects()).text();
        String withoutLimits = link.replaceAll("\"hosts\":[0-9]+", "\"unknown\":[{}]");
        assertThat(withoutLimits).isNotEqualTo(link);
        JournalLine.Called read = (JournalLine.Called) JournalLine.of(withoutLimits);
        Input.LinkUp again = (Input.LinkUp) ((Call.Accept) read.call()).input();
        assertThat(again.settings().router().limits()).isEqualTo(RouterSettings.LinkLimits.DEFAULT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "[]",
                "{",
                "{}",
                "{}{}",
                "{\"kind\":\"expire\",\"at\":1,\"instance\":\"tv\",\"effects\":\"0\"} {}",
                "{\"kind\":\"expire\",\"at\":1,\"instance\":\"tv\"}",
                "{\"kind\":\"expire\",\"at\":-1,\"instance\":\"tv\",\"effects\":\"0\"}",
                "{\"kind\":\"expire\",\"at\":9223372036854775807,\"instance\":\"tv\",\"effects\":\"0\"}",
                "{\"kind\":\"expire\",\"at\":\"1\",\"instance\":\"tv\",\"effects\":\"0\"}",
                "{\"kind\":\"expire\",\"at\":1,\"instance\":null,\"effects\":\"0\"}",
                "{\"kind\":\"other\",\"at\":1,\"instance\":\"tv\",\"effects\":\"0\"}",
                "{\"kind\":\"journal\",\"format\":2,\"version\":\"9\",\"started\":\"1970-01-01T00:00:00Z\",\"configuration\":\"\"}",
                "{\"kind\":\"journal\",\"format\":1,\"version\":\"9\",\"started\":\"now\",\"configuration\":\"\"}",
                "{\"kind\":\"heard\",\"at\":1,\"instance\":\"tv\",\"ifindex\":1,\"family\":\"ipv4\",\"bytes\":\"4\",\"effects\":\"0\"}",
                "{\"kind\":\"heard\",\"at\":1,\"instance\":\"tv\",\"ifindex\":4294967296,\"family\":\"ipv4\",\"bytes\":\"45\",\"effects\":\"0\"}",
                "{\"kind\":\"heard\",\"at\":1,\"instance\":\"tv\",\"ifindex\":1,\"family\":\"ipv5\",\"bytes\":\"45\",\"effects\":\"0\"}",
                "{\"kind\":\"usage\",\"at\":1,\"instance\":\"tv\",\"source\":\"10.0.0.1.2\",\"group\":\"239.1.1.1\",\"rightPackets\":1,\"effects\":\"0\"}",
            })
    void whatIsNoLineIsRefusedWithTheReason(String text) {
        assertThatThrownBy(() -> JournalLine.of(text))
                .isInstanceOf(DamagedLineException.class)
                .message()
                .isNotBlank();
    }

    @Test
    void nestingIsBounded() {
        for (String open : List.of("[", "{\"a\":")) {
            assertThatThrownBy(() -> JournalLine.of("{\"a\":" + open.repeat(200_000) + "}"))
                    .isInstanceOf(DamagedLineException.class);
        }
    }

    /** Whatever bytes are changed, added or left out: a line or a reason. */
    @Test
    void hostileTextsAreRefusedNotThrown() {
        SplittableRandom random = new SplittableRandom(5);
        List<JournalLine> lines = lines(3);
        for (int i = 0; i < 30_000; i++) {
            byte[] text =
                    lines.get(random.nextInt(lines.size())).text().getBytes(StandardCharsets.UTF_8);
            for (int changes = random.nextInt(1, 4); changes > 0; changes--) {
                text[random.nextInt(text.length)] =
                        (byte)
                                (random.nextBoolean()
                                        ? random.nextInt(256)
                                        : "{}[]\",:0-e\\u".charAt(random.nextInt(12)));
            }
            int end = random.nextInt(3) == 0 ? random.nextInt(text.length) : text.length;
            String hostile = new String(text, 0, end, StandardCharsets.UTF_8);
            assertThatCode(
                            () -> {
                                try {
                                    var _ = JournalLine.of(hostile);
                                } catch (DamagedLineException _) {
                                    // as it should be
                                }
                            })
                    .as(hostile)
                    .doesNotThrowAnyException();
        }
    }
}
