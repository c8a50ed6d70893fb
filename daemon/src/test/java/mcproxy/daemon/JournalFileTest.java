package mcproxy.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import mcproxy.core.Effect;
import mcproxy.core.Input;
import mcproxy.core.ProxyEngine;
import mcproxy.daemon.JournalLine.Call;
import mcproxy.wire.Family;
import mcproxy.wire.Ipv4Envelope;
import mcproxy.wire.Ipv6Envelope;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** What is recorded is in the file, and is replayed with the same effects. */
@Timeout(120)
final class JournalFileTest {
    private static final InstancePlan PLAN = Examples.plan("wan0", "lan0");

    private final ManualClock clock = new ManualClock();
    private final List<DaemonEvent> told = new ArrayList<>();
    private final LogText out = new LogText();
    private final LogText err = new LogText();

    @TempDir Path folder = Path.of("");

    private Path file() {
        return folder.resolve("a.journal");
    }

    private JournalFile open(long limitBytes) throws IOException {
        return JournalFile.open(file(), limitBytes, "protocol IGMPv3;\n", clock, told::add);
    }

    private static List<Effect> make(JournaledEngine engine, Call call, long now) {
        return switch (call) {
            case Call.Accept(Input input) -> engine.accept(input, now);
            case Call.Hear hear ->
                    engine.hear(
                            new Mail.Heard(
                                    hear.ifindex(),
                                    hear.family(),
                                    hear.family() == Family.IPV4
                                            ? Ipv4Envelope.decode(hear.bytes())
                                            : Ipv6Envelope.decode(hear.bytes()),
                                    hear.linkAddress(),
                                    hear.bytes()),
                            now);
            case Call.Expire() -> engine.expire(now);
        };
    }

    /** Hours of random calls; gives how many effects they had. */
    private static int run(JournaledEngine engine, long seed, int calls) {
        RandomCalls random = new RandomCalls(seed);
        long now = 0;
        int effects = 0;
        for (Family family : Family.values()) {
            for (int link = 1; link <= 4; link++) {
                effects += engine.accept(random.linkUp(link, family), now).size();
            }
        }
        for (int i = 0; i < calls; i++) {
            long next = now + random.pause();
            while (engine.nextDeadlineNanos() <= next) {
                now = Math.max(now, engine.nextDeadlineNanos());
                effects += engine.expire(now).size();
            }
            now = next;
            effects += make(engine, random.call(), now).size();
        }
        return effects + engine.accept(new Input.Stop(), now).size();
    }

    private int replay(String text) throws IOException {
        return replay(text, false, Optional.empty(), Optional.empty());
    }

    private int replay(
            String text, boolean json, Optional<String> only, Optional<Replay.Until> until)
            throws IOException {
        Replay replay = new Replay("a.journal", out.stream(), err.stream(), json, only, until);
        int status = replay.run(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
        replay.printState();
        return status;
    }

    private String record(int instances, int calls) throws IOException {
        try (JournalFile journal = open(Long.MAX_VALUE)) {
            for (int i = 0; i < instances; i++) {
                assertThat(run(journal.engine(PLAN, i + 40, 0), i, calls)).isGreaterThan(calls);
            }
        }
        return Files.readString(file());
    }

    @Test
    void aLongRunIsReplayedWithTheSameEffects() throws Exception {
        String text = record(4, 1000);
        assertThat(text.lines().count()).isGreaterThan(4000);
        assertThat(text).contains("\"instance\":\"tv\"", "\"instance\":\"tv#4\"");
        assertThat(replay(text)).as(err.text()).isZero();
        assertThat(err.text()).endsWith(" calls had the effects that were recorded\n");
        assertThat(out.text()).contains("IGMPv3 report", "MLDv2 general query", "no longer takes");
    }

    @Test
    void anotherBehaviourIsFoundAtItsLine() throws Exception {
        String text = record(1, 300);
        List<String> lines = text.lines().toList();
        String changed = text.replace("\"seed\":\"40\"", "\"seed\":\"41\"");
        assertThat(changed).isNotEqualTo(text);
        assertThat(replay(changed)).isEqualTo(1);
        assertThat(err.text())
                .containsPattern("a.journal:[0-9]+: other effects than recorded, for the first")
                .containsPattern("[0-9]+ of [0-9]+ calls had other effects\n");

        int last = lines.size() - 1; // the engine stops
        String digest = lines.get(last).replaceAll(".*\"effects\":\"(.*)\"}", "$1");
        assertThat(digest).hasSize(8);
        assertThat(replay(text.replace(lines.get(last), lines.get(last).replace(digest, "0"))))
                .isEqualTo(1);
        assertThat(err.text())
                .contains("a.journal:" + (last + 1) + ": other effects", digest + ", not 0");
    }

    @Test
    void aPacketThatIsMissingIsFound() throws Exception {
        List<String> lines = record(1, 300).lines().toList();
        int found = 0;
        for (int heard = 0; heard < lines.size(); heard++) {
            if (lines.get(heard).contains("\"heard\"")
                    && !lines.get(heard).contains("\"effects\":\"00000000\"")) {
                List<String> without = new ArrayList<>(lines);
                without.remove(heard);
                found += replay(String.join("\n", without));
            }
        }
        // One that was only refused is missed by nobody.
        assertThat(found).isGreaterThan(20);
    }

    @Test
    void theFileIsForItsOwnerOnlyAndFurtherRecordingsAreAdded() throws Exception {
        String first = record(1, 20);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
        Files.writeString(file(), "{\"kind\":\"expi", StandardOpenOption.APPEND); // kill -9
        String both = record(1, 20);
        assertThat(both).startsWith(first).hasSizeGreaterThan(2 * first.length());
        assertThat(replay(both)).as(err.text()).isZero();
        assertThat(err.text()).containsPattern("a.journal:[0-9]+: the recording was cut off here");
    }

    @Test
    void aLastLineThatIsCutOffIsAcceptedAtEveryLength() throws Exception {
        String text = record(1, 5);
        for (int length = text.indexOf('\n') + 1; length < text.length(); length += 101) {
            assertThat(replay(text.substring(0, length))).as(err.text()).isZero();
        }
    }

    @Test
    void aDamagedLineIsAnErrorWithItsNumber() throws Exception {
        List<String> lines = new ArrayList<>(record(1, 20).lines().toList());
        lines.set(6, lines.get(6).replace("\"at\"", "at"));
        assertThat(replay(String.join("\n", lines))).isEqualTo(2);
        assertThat(err.text()).contains("a.journal:8: error: the line before this one is damaged");
        assertThat(replay(String.join("\n", lines.subList(0, 7)) + "\n")).isEqualTo(2);
        assertThat(err.text()).contains("a.journal:7: error: this is no JSON");
        assertThat(replay("")).isEqualTo(2);
        assertThat(replay(lines.get(1))).isEqualTo(2);
        assertThat(err.text()).contains("a.journal:1: error: the journal does not begin with");
    }

    @Test
    void timeThatGoesBackAndInstancesThatAreNotThereAreErrors() throws Exception {
        List<String> lines = new ArrayList<>(record(1, 20).lines().toList());
        lines.add(lines.get(lines.size() - 1).replaceAll("\"at\":[0-9]+", "\"at\":1"));
        assertThat(replay(String.join("\n", lines))).isEqualTo(2);
        assertThat(err.text()).contains("time goes back in instance tv");
        lines.remove(1);
        assertThat(replay(String.join("\n", lines))).isEqualTo(2);
        assertThat(err.text()).contains("a.journal:2: error: instance tv has not begun");
    }

    /** Whatever a journal says, the replay ends, and never with an exception of its own. */
    @Test
    void hostileJournalsAreReplayedOrRefused() throws Exception {
        List<String> lines = record(1, 60).lines().toList();
        java.util.SplittableRandom random = new java.util.SplittableRandom(2);
        for (int i = 0; i < 60; i++) {
            List<String> changed = new ArrayList<>(lines);
            for (int changes = random.nextInt(1, 5); changes > 0; changes--) {
                int at = random.nextInt(2, lines.size());
                String number = Long.toString(random.nextLong() >>> random.nextInt(64));
                int target = random.nextInt(8);
                int[] count = {0};
                changed.set(
                        at,
                        java.util.regex.Pattern.compile(":-?[0-9]+")
                                .matcher(lines.get(at))
                                .replaceAll(found ->
                                        count[0]++ == target ? ":" + number : found.group()));
            }
            assertThat(replay(String.join("\n", changed))).isBetween(0, 2);
        }
        assertThat(err.text()).contains("other effects", "error: ");
    }

    @Test
    void oneInstanceAndTheTimeBeforeAMomentCanBeReplayed() throws Exception {
        String text = record(2, 300);
        long all = text.lines().filter(line -> line.contains("\"effects\"")).count();
        assertThat(replay(text, false, Optional.of("x"), Optional.empty())).isEqualTo(2);
        assertThat(err.lines()).last().isEqualTo("mcproxy: error: a.journal has no instance x");

        assertThat(replay(text, true, Optional.of("tv#2"), Optional.empty())).isZero();
        long second = out.text().lines().filter(line -> line.startsWith("{\"line\":")).count();
        assertThat(second).isBetween(300L, all - 300);
        assertThat(out.text())
                .contains("\"effect\":\"send\"")
                .doesNotContain("\"instance\":\"tv\"");

        var until = new Replay.Until.After(20_000_000_000L);
        LogText before = new LogText();
        assertThat(
                        new Replay(
                                        "a",
                                        before.stream(),
                                        err.stream(),
                                        true,
                                        Optional.empty(),
                                        Optional.of(until))
                                .run(
                                        new ByteArrayInputStream(
                                                text.getBytes(StandardCharsets.UTF_8))))
                .isZero();
        assertThat(before.lines().size()).isBetween(16, (int) all - 300);
    }

    @Test
    void theStateIsPrintedAtTheEnd() throws Exception {
        List<String> lines = record(1, 300).lines().toList();
        assertThat(replay(String.join("\n", lines.subList(0, lines.size() - 1)) + "\n")).isZero();
        assertThat(out.text()).contains("instance tv (table 0, up ", "downstream if\"2, IGMPv3");
    }

    // ---- too much, too large, and failing disks ----

    private FileChannel channel(StandardOpenOption... options) throws IOException {
        return FileChannel.open(file(), options);
    }

    @Test
    void whatIsTooMuchIsLostAndTold() throws Exception {
        JournalFile journal =
                JournalFile.begin(
                        "a",
                        channel(
                                StandardOpenOption.CREATE_NEW,
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE),
                        Long.MAX_VALUE,
                        100,
                        "",
                        clock,
                        told::add);
        JournaledEngine engine = journal.engine(PLAN, 1, 0);
        int calls = 200; // nobody writes yet: two lines and 98 calls fit
        for (int i = 0; i < calls; i++) {
            var _ = engine.expire(i);
        }
        Thread writer = Thread.ofPlatform().start(journal);
        Eventually.isTrue(() -> size() > 0, this::size);
        var _ = engine.expire(calls);
        journal.close();
        writer.join();
        String text = Files.readString(file());
        assertThat(text.lines().filter(line -> line.contains("\"gap\"")))
                .singleElement()
                .asString()
                .contains("\"lost\":102}");
        assertThat(text.lines().count()).isEqualTo(2 + 98 + 1 + 1);
        assertThat(replay(text)).isEqualTo(1);
        assertThat(err.text())
                .contains("a.journal:101: the recording lost 102 calls of tv here; what follows")
                .contains("98 calls had the effects");
    }

    private long size() {
        try {
            return Files.size(file());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void theLimitEndsTheJournalAndIsToldOnce() throws Exception {
        try (JournalFile journal = open(20_000)) {
            JournaledEngine engine = journal.engine(PLAN, 1, 0);
            assertThat(run(engine, 1, 500)).isPositive();
            Eventually.isTrue(() -> told.size() > 1, () -> told);
            assertThat(run(engine, 1, 1)).isNotNegative();
        }
        assertThat(told)
                .containsExactly(
                        new DaemonEvent.JournalOpened(file().toString()),
                        new DaemonEvent.JournalFull(file().toString(), 20_000));
        assertThat(size()).isBetween(15_000L, 20_000L);
        String text = Files.readString(file());
        assertThat(text.lines()).last().asString().startsWith("{\"kind\":\"full\",");
        assertThat(replay(text)).as(err.text()).isZero();
        assertThat(err.text()).contains("the recording ended at its limit of 20000 bytes");
    }

    @Test
    void aDiskThatFailsIsToldOnceAndTheEngineGoesOn() throws Exception {
        // Every write to it fails with ENOSPC.
        JournalFile journal =
                JournalFile.begin(
                        "/dev/full",
                        FileChannel.open(
                                Path.of("/dev/full"),
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE),
                        Long.MAX_VALUE,
                        1000,
                        "",
                        clock,
                        told::add);
        Thread writer = Thread.ofPlatform().start(journal);
        JournaledEngine engine = journal.engine(PLAN, 1, 0);
        writer.join();
        assertThat(run(engine, 1, 3000)).isPositive();
        journal.close();
        assertThat(told)
                .containsExactly(
                        new DaemonEvent.JournalFailed("/dev/full", "No space left on device"));
    }

    @Test
    void whatIsNoFileIsRefused() {
        for (Path path : List.of(folder, Path.of("/dev/null"), folder.resolve("no/folder"))) {
            assertThatThrownBy(() -> JournalFile.open(path, Long.MAX_VALUE, "", clock, told::add))
                    .isInstanceOf(IOException.class);
        }
    }

    /** The last thing that an engine was told before a bug is what the bug report needs. */
    @Test
    void aBugIsRecordedWithItsInput() throws Exception {
        try (JournalFile journal = open(Long.MAX_VALUE)) {
            var _ = journal.engine(PLAN, 1, 0);
            RandomGenerator broken =
                    () -> {
                        throw new IllegalStateException("no numbers");
                    };
            JournaledEngine engine =
                    new JournaledEngine(new ProxyEngine(broken), journal.track("tv"));
            RandomCalls calls = new RandomCalls(1);
            Input.LinkUp up = calls.linkUp(1, Family.IPV4);
            assertThatThrownBy(
                            () -> {
                                assertThat(engine.accept(up, 1)).isNotNull();
                                for (long i = 2; i < 1000; i++) {
                                    assertThat(make(engine, calls.call(), i)).isNotNull();
                                }
                            })
                    .isInstanceOf(IllegalStateException.class);
            assertThat(Files.readString(file())) // before it is closed
                    .endsWith("\"failure\":\"java.lang.IllegalStateException: no numbers\"}\n");
        }
        assertThat(replay(Files.readString(file()))).isEqualTo(1);
        assertThat(err.text()).contains(", not java.lang.IllegalStateException: no numbers");
    }
}
