package mcproxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.SplittableRandom;

/** Any text at all gives a configuration or an error with a place in the text. */
class AnyTextTest {
    private static final int TEXTS = 20_000;

    private static final List<String> PIECES =
            List.of(
                    "protocol",
                    "IGMPv3",
                    "MLDv2",
                    "pinstance",
                    "tv",
                    "wan0",
                    "lan0",
                    "upstream",
                    "downstream",
                    "in",
                    "out",
                    "whitelist",
                    "blacklist",
                    "rulematching",
                    "all",
                    "first",
                    "mutex",
                    "table",
                    "disable",
                    "set",
                    "robustness",
                    "query-interval",
                    "2",
                    "125s",
                    "200ms",
                    ":",
                    ".",
                    "==>",
                    "=",
                    "{",
                    "}",
                    "(",
                    ")",
                    "-",
                    "/",
                    "*",
                    "|",
                    ",",
                    "@",
                    "\"",
                    ";",
                    "#",
                    "\n",
                    "\r\n",
                    "\t",
                    " ",
                    "239.1.1.1",
                    "ff05::1",
                    "::",
                    "0.0.0.0/33",
                    "\u00e4",
                    "\ud83d\ude00",
                    "\ud83d",
                    "\ude00",
                    "\0",
                    "\u001b[2J",
                    "\ufeff",
                    "\u2028",
                    "99999999999999999999");

    private static final List<String> SEEDS =
            List.of(
                    """
                    protocol IGMPv3, MLDv2;
                    pinstance tv(5): wan0 ==> lan0 "br-lan";
                    pinstance tv set query-interval 60s; # often
                    set robustness 3;
                    """,
                    """
                    pinstance tv: wan0 wan1 ==> lan0 lan1 lan2; # the only one
                    """,
                    """
                    pinstance A: ap a1 ==> ap a2;
                    table peers { ap(*|*) };
                    pinstance A upstream * in rulematching mutex 10;
                    pinstance A upstream a1 out blacklist table peers;
                    """,
                    """
                    table x {(239.0.0.0/8 | 10.0.0.1 - 10.0.0.9) (table {(ff05::/16|*)})};
                    pinstance s: a ==> b;
                    pinstance s downstream b out whitelist table x;
                    """,
                    """
                    pinstance tv: wan0 ==> lan0;
                    pinstance tv downstream lan0 set last-member-query-interval 200ms;
                    disable;
                    """);

    @Test
    void piecesInAnyOrder() {
        for (long seed = 0; seed < TEXTS / 4; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            StringBuilder text = new StringBuilder();
            int pieces = random.nextInt(60);
            for (int i = 0; i < pieces; i++) {
                text.append(pick(PIECES, random)).append(random.nextInt(3) == 0 ? "" : " ");
            }
            check(text.toString(), seed);
        }
    }

    @Test
    void charactersInAnyOrder() {
        for (long seed = 0; seed < TEXTS / 4; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(200);
            for (int i = 0; i < length; i++) {
                text.append((char) random.nextInt(random.nextBoolean() ? 0x80 : 0x1_0000));
            }
            check(text.toString(), seed);
        }
    }

    @Test
    void mutatedConfigurations() {
        int accepted = 0;
        for (long seed = 0; seed < TEXTS / 2; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            StringBuilder text =
                    new StringBuilder(
                            random.nextBoolean()
                                    ? pick(SEEDS, random)
                                    : ConfigurationWriter.write(
                                            new RandomConfiguration(seed).next()));
            int mutations = random.nextInt(1, 4);
            for (int i = 0; i < mutations && !text.isEmpty(); i++) {
                mutate(text, random);
            }
            accepted += check(text.toString(), seed) ? 1 : 0;
        }
        // Were none or all of them accepted, the mutations would test nothing.
        assertThat(accepted).isBetween(TEXTS / 40, TEXTS / 3);
    }

    private static void mutate(StringBuilder text, SplittableRandom random) {
        int from = random.nextInt(text.length());
        int to = Math.min(text.length(), from + random.nextInt(1, 12));
        int lineStart = text.lastIndexOf("\n", from) + 1;
        int nextLine = text.indexOf("\n", from) + 1;
        int lineEnd = nextLine == 0 ? text.length() : nextLine;
        switch (random.nextInt(7)) {
            case 0 -> text.delete(from, to);
            case 1 -> text.insert(from, pick(PIECES, random));
            case 2 -> text.insert(from, text.substring(from, to));
            case 3 -> text.replace(from, from + 1, pick(PIECES, random));
            case 4 -> text.insert(lineStart, text.substring(lineStart, lineEnd));
            case 5 -> text.delete(lineStart, lineEnd);
            default -> text.insert(lineStart, pick(PIECES, random) + "\n");
        }
    }

    /** Was the text accepted? */
    private static boolean check(String text, long seed) {
        Reading reading;
        try {
            reading = ConfigurationReader.read("test.conf", text);
            assertThat(reading.render()).isNotNull();
        } catch (RuntimeException | StackOverflowError | AssertionError thrown) {
            return fail("seed " + seed + ": " + text, thrown);
        }
        for (Problem problem : reading.problems()) {
            boolean inside =
                    reading.source().contains(problem.span().start())
                            && reading.source().contains(problem.span().end());
            assertThat(inside).as("seed %d, %s in: %s", seed, problem, text).isTrue();
        }
        reading.configuration().ifPresent(configuration -> checkWritten(configuration, text, seed));
        return reading.configuration().isPresent();
    }

    private static void checkWritten(Configuration configuration, String text, long seed) {
        Reading again =
                ConfigurationReader.read("test.conf", ConfigurationWriter.write(configuration));
        assertThat(again.configuration()).as("seed %d: %s", seed, text).contains(configuration);
    }

    private static <T> T pick(List<T> from, SplittableRandom random) {
        return from.get(random.nextInt(from.size()));
    }
}
