package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.wire.IpAddress;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a daemon among real kernels records is repeated with the same effects. */
@InSandbox
class JournalTest {
    private static final Path JOURNALS = Path.of("src/test/resources/journals");
    private static final IpAddress GROUP = IpAddress.of("239.1.1.1");
    private static final IpAddress GROUP_6 = IpAddress.of("ff0e::1:1");
    private static final IpAddress CHANNEL = IpAddress.of("232.1.1.1");

    /** What the engine does and hears, in the daemon's log and in a replay alike. */
    private static final Pattern OF_THE_ENGINE =
            Pattern.compile(
                    "^\\S+Z (tv: (?:sent on|heard on|asking|leaving|lan\\d wants|nobody on"
                            + "|forwarding|dropping|no route any more|we are the|upstream wan"
                            + "|downstream lan\\d) .*)$");

    /** A command on the page, its options, its file, and what it prints. */
    private static final Pattern SHOWN =
            Pattern.compile("(?s)```\n\\$ mcproxy replay ([^\n]*?)(\\S+)\n(.*?)```");

    /** How a replay ended, and what it printed. */
    private record Replayed(int status, String text) {}

    private static Replayed replay(Path journal, String... options) throws Exception {
        Process process =
                new ProcessBuilder(DaemonCommand.replay(journal, options))
                        .redirectErrorStream(true)
                        .start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Replayed(process.waitFor(), text);
    }

    /** {@link #GROUP} as it stands in a report. */
    private static final String GROUP_BYTES = "ef010101";

    private static List<String> ofTheEngine(String text) {
        List<String> lines = new ArrayList<>();
        text.lines()
                .forEach(line -> {
                    Matcher matcher = OF_THE_ENGINE.matcher(line);
                    if (matcher.matches()) {
                        lines.add(matcher.group(1));
                    }
                });
        return lines;
    }

    /** Receivers come and go in both families, a stream is blocked, a downstream goes down. */
    private static void live(ProxyNetwork net) throws IOException {
        List<StreamReceiver> receivers = new ArrayList<>();
        for (IpAddress group : List.of(GROUP, GROUP_6, CHANNEL)) {
            IpAddress source = ProxyNetwork.node(group, 1, 10);
            var _ = net.send(net.up, source, group);
            for (Host host : List.of(net.tv1, net.tv3)) {
                StreamReceiver receiver =
                        group.equals(CHANNEL)
                                ? net.join(host, source, group)
                                : net.join(host, group);
                receivers.add(receiver);
                ProxyNetwork.awaitPackets(receiver, 20);
            }
        }
        receivers.get(0).leave();
        receivers.get(2).leave();
        ProxyNetwork.awaitSilence(net.atTv1, ProxyNetwork.node(GROUP, 1, 10), GROUP);
        ProxyNetwork.awaitSilence(net.atTv1, ProxyNetwork.node(GROUP_6, 1, 10), GROUP_6);
        net.proxy.ip("link", "set", "lan2", "down");
        ProxyNetwork.await(
                net.atUp,
                "leave",
                seen -> seen.packet().message().toString().contains("TO_IN, group=" + GROUP));
        ProxyNetwork.awaitPackets(receivers.get(4), 20);
    }

    @Test
    void aDayInTheLifeIsRepeatedToTheLetterAndAnotherSeedIsFound() throws Exception {
        try (ProxyNetwork net = new ProxyNetwork()) {
            Path journal = net.lab.folder().resolve("day.journal");
            LabProcess daemon = net.startDaemonWith(List.of("--journal", journal.toString()));
            live(net);
            assertThat(daemon.stop(ProxyNetwork.PATIENCE).status()).isZero();
            record(journal);

            Replayed same = replay(journal);
            assertThat(same.status()).as(same.text()).isZero();
            List<String> lived = ofTheEngine(Files.readString(daemon.output()));
            assertThat(lived)
                    .anyMatch(line -> line.contains("sent on wan: "))
                    .anyMatch(line -> line.contains("forwarding ("))
                    .anyMatch(line -> line.contains("downstream lan2 no longer takes part"));
            assertThat(ofTheEngine(same.text())).isEqualTo(lived);

            // Delays are drawn at random: with other numbers the engine is another one.
            String text = Files.readString(journal);
            String changed = text.replaceFirst("\"seed\":\"-?[0-9]+\"", "\"seed\":\"1\"");
            assertThat(changed).isNotEqualTo(text);
            Replayed other = replay(Files.writeString(journal, changed));
            assertThat(other.status()).as(other.text()).isOne();
            assertThat(other.text()).contains("other effects than recorded");

            // A message that is missing, too.
            String heard =
                    text.lines()
                            .filter(line -> line.contains("\"heard\"") && !isWithoutEffect(line))
                            .findFirst()
                            .orElseThrow();
            Replayed less = replay(Files.writeString(journal, text.replace(heard + "\n", "")));
            assertThat(less.status()).as(less.text()).isOne();
        }
    }

    private static boolean isWithoutEffect(String line) {
        return line.contains("\"effects\":\"00000000\"");
    }

    /** Keeps the journal for {@link #everyJournalIsRepeated}, if asked for. */
    private static void record(Path journal) throws IOException {
        String name = System.getProperty("journals.record");
        if (name != null) {
            Files.writeString(JOURNALS.resolve(name + ".journal"), Files.readString(journal));
        }
    }

    @Test
    void whatADaemonRecordedUntilItWasKilledIsRepeated() throws Exception {
        try (ProxyNetwork net = new ProxyNetwork()) {
            Path journal = net.lab.folder().resolve("killed.journal");
            LabProcess daemon = net.startDaemonWith(List.of("--journal", journal.toString()));
            var _ = net.send(net.up, ProxyNetwork.node(GROUP, 1, 10), GROUP);
            ProxyNetwork.awaitPackets(net.join(net.tv1, GROUP), 20);
            Await.until(
                    Duration.ofSeconds(5),
                    "the cache miss and the report in the journal",
                    () -> contains(journal, "cache-miss") && contains(journal, GROUP_BYTES));
            daemon.kill();
            Replayed same = replay(journal, "--state");
            assertThat(same.status()).as(same.text()).isZero();
            assertThat(same.text())
                    .contains("instance tv (table 0, up ")
                    .contains("(10.0.1.10, 239.1.1.1) wan ==> lan1");
        }
    }

    private static boolean contains(Path file, String text) {
        try {
            return Files.readString(file).contains(text);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * The regression suite: journals from the field and from here; its README says how to add one.
     */
    @TestFactory
    List<DynamicTest> everyJournalIsRepeated() throws IOException {
        try (Stream<Path> files = Files.list(JOURNALS)) {
            List<DynamicTest> tests =
                    files.filter(file -> file.toString().endsWith(".journal"))
                            .sorted()
                            .map(file ->
                                    DynamicTest.dynamicTest(
                                            file.getFileName().toString(), () -> repeat(file)))
                            .toList();
            assertThat(tests).isNotEmpty();
            return tests;
        }
    }

    @Test
    void thePageShowsWhatReplayPrints() throws Exception {
        String page = Files.readString(Path.of("../docs/journal.md"));
        // The page's reader is in the root of the tree, this test in its module.
        List<MatchResult> shown =
                SHOWN.matcher(page.replace("lab/src/test/", "src/test/")).results().toList();
        assertThat(shown).hasSizeGreaterThan(2);
        for (MatchResult example : shown) {
            Replayed replayed = replay(Path.of(example.group(2)), words(example.group(1)));
            assertThat(replayed.status()).as(replayed.text()).isZero();
            assertThat(replayed.text())
                    .contains(
                            List.of(
                                    example.group(3)
                                            .replaceFirst("^\\.\\.\\.\n", "")
                                            .split("\\.\\.\\.\n")));
        }
    }

    private static String[] words(String text) {
        return Stream.of(text.split(" ")).filter(word -> !word.isEmpty()).toArray(String[]::new);
    }

    private static void repeat(Path file) throws Exception {
        if (Boolean.getBoolean("journals.write")) {
            Replayed now = replay(file, "--json");
            List<String> lines = new ArrayList<>(Files.readAllLines(file));
            Pattern.compile("(?m)^\\{\"line\":(\\d+),.*?\"digest\":\"(\\w+)\"")
                    .matcher(now.text())
                    .results()
                    .forEach(found -> {
                        int at = Integer.parseInt(found.group(1)) - 1;
                        String digest = "\"effects\":\"" + found.group(2) + "\"}";
                        lines.set(
                                at, lines.get(at).replaceFirst("\"effects\":\"\\w+\"\\}$", digest));
                    });
            Files.write(file, lines);
        }
        Replayed same = replay(file);
        assertThat(same.status()).as(same.text()).isZero();
    }
}
