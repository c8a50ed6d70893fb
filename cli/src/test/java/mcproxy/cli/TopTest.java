package mcproxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.control.Selection;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The live picture, and the terminal that it is shown on. */
class TopTest {
    private static final Screen.Size USUAL = new Screen.Size(80, 24);
    private final Traffic traffic = Traffic.read(new FakeControl(), Selection.ALL, _ -> {});

    @TempDir Path folder = Path.of("");

    private List<String> lines(TopState state, Screen.Size size) {
        return TopView.lines(traffic, state, null, size, false);
    }

    private static TopState typed(TopState state, String characters) {
        TopState now = state;
        for (int character : characters.codePoints().toArray()) {
            now = now.after(Key.of(character));
        }
        return now;
    }

    @ParameterizedTest
    @CsvSource({"80,24", "200,60", "40,10", "20,4", "1,1"})
    void thePictureHasTheScreensSize(int columns, int rows) {
        List<String> lines = lines(TopState.START, new Screen.Size(columns, rows));
        assertThat(lines).hasSize(rows);
        assertThat(lines)
                .allSatisfy(line ->
                        assertThat(line.codePointCount(0, line.length()))
                                .isLessThanOrEqualTo(Math.max(columns, 20)));
    }

    @Test
    void theUsualPicture() {
        assertThat(String.join("\n", lines(TopState.START, USUAL).subList(0, 10)))
                .isEqualTo(
                        """
                        mcproxy 2.0.0, up 3d05h: 5 groups, 3 flows, 17.9 Mbit/s, 1,662 pkt/s
                        in:  wan0 17.9 Mbit/s
                        out: lan0 17.9 Mbit/s, lan1 10.0 Mbit/s

                        GROUP        SOURCE             RATE  PKT/S  TO          WATCHED BY        SINCE
                        239.1.1.1    192.0.2.20  10.0 Mbit/s    950  lan0, lan1  3: 10.0.0.5, 1…   4m12s
                        232.1.1.1    192.0.2.10   7.9 Mbit/s    712  lan0        10.0.0.5         42m00s
                        239.9.9.9    192.0.2.99            -      -  nowhere     -                 350ms
                        239.255.0.1  -                     -      -  not sent    static            3d05h
                        ff05::1:3    -                     -      -  not sent    fe80::5           2h05m\
                        """);
    }

    @Test
    void keysSortFilterPauseAndEnd() {
        TopState state = TopState.START;
        assertThat(groups(state)).first().isEqualTo("239.1.1.1");
        state = typed(state, "s");
        assertThat(state.sort()).isEqualTo(TopState.Sort.MEMBERS);
        state = typed(state, "s");
        assertThat(groups(state)).first().isEqualTo("239.9.9.9");
        state = typed(state, "s");
        assertThat(groups(state)).first().isEqualTo("232.1.1.1");
        assertThat(groups(state)).last().isEqualTo("ff05::1:3");
        state = typed(state, "s /fe80::5x");
        assertThat(state.paused()).isTrue();
        assertThat(groups(state)).isEmpty();
        assertThat(lines(state, USUAL)).anyMatch(line -> line.startsWith("Nothing has this"));
        state = state.after(Key.of(127));
        assertThat(groups(state)).containsExactly("ff05::1:3");
        state = state.after(Key.of('\r'));
        assertThat(lines(state, USUAL)).contains("paused, only 'fe80::5': 1 of 5");
        state = typed(state, " ");
        assertThat(state.paused()).isFalse();
        state = state.after(Key.ofSequence(""));
        assertThat(groups(state)).hasSize(5);
        assertThat(typed(state, "q").over()).isTrue();
        assertThat(typed(state, "/q").over()).isFalse();
        assertThat(typed(state, "/\u0003").over()).isTrue();
    }

    private List<String> groups(TopState state) {
        return state.chosen(traffic.channels()).stream().map(Traffic.Channel::group).toList();
    }

    @Test
    void arrowsScrollAndStopAtTheEnds() {
        Screen.Size small = new Screen.Size(80, 8); // room for two
        TopState state = TopState.START.after(Key.ofSequence("[A"));
        assertThat(state.first()).isZero();
        state = state.after(Key.ofSequence("[B")).after(Key.ofSequence("OB"));
        assertThat(lines(state, small).get(5)).startsWith("239.9.9.9");
        state = state.after(Key.ofSequence("[6~"));
        assertThat(lines(state, small).get(6)).startsWith("ff05::1:3");
        assertThat(state.within(5, TopView.room(small)).first()).isEqualTo(3);
        assertThat(state.after(Key.ofSequence("[H")).first()).isZero();
        assertThat(state.after(Key.ofSequence("[200~"))).isEqualTo(state);
    }

    @Test
    void troubleIsShownInThePicture() {
        assertThat(TopView.lines(traffic, TopState.START, "no daemon", USUAL, false))
                .contains("waiting: no daemon");
    }

    /** Waits until the program has printed this. */
    private static String until(InputStream in, String printed, StringBuilder all)
            throws IOException {
        byte[] buffer = new byte[4096];
        while (all.indexOf(printed) < 0) {
            int count = in.read(buffer);
            if (count < 0) {
                break;
            }
            all.append(new String(buffer, 0, count, StandardCharsets.UTF_8));
        }
        assertThat(all.toString()).contains(printed);
        return all.toString();
    }

    /** Through script(1), which has a real terminal. */
    @ParameterizedTest
    @ValueSource(strings = {"q", "\u0003", "TERM"})
    void theTerminalIsAsBeforeHoweverItEnds(String end) throws Exception {
        Shell.needs("script");
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Path pid = folder.resolve("pid");
        Path program = folder.resolve("program.sh");
        Files.writeString(
                program,
                """
                trap : INT # what Control-C does is the program's matter alone
                stty rows 24 columns 80
                stty -g >%1$s/before
                sh -c 'echo $$ >%1$s/pid; exec "$0" "$@"' %2$s --enable-native-access=ALL-UNNAMED \
                    -cp '%3$s' mcproxy.cli.TopProgram
                echo "status $?"
                stty -g >%1$s/after
                """
                        .formatted(folder, java, System.getProperty("java.class.path")));
        Process process =
                // Whatever runs the tests in the background has Control-C ignored.
                new ProcessBuilder(
                                "env",
                                "--default-signal=INT",
                                "script",
                                "-qec",
                                "sh " + program,
                                "/dev/null")
                        .redirectErrorStream(true)
                        .start();
        var _ =
                process.onExit()
                        .orTimeout(60, TimeUnit.SECONDS)
                        .whenComplete((_, late) -> {
                            if (late != null) {
                                process.destroyForcibly();
                            }
                        });
        StringBuilder all = new StringBuilder();
        until(process.getInputStream(), "arrows scroll", all);
        if (end.equals("TERM")) {
            ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow().destroy();
        } else {
            process.getOutputStream().write(end.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        }
        String printed = until(process.getInputStream(), "status ", all);
        assertThat(process.waitFor(Duration.ofSeconds(60))).isTrue();
        assertThat(printed).contains("\033[?1049h", "239.1.1.1", "wan0 17.9 Mbit/s");
        // What is printed after the picture is printed on the screen as it was before.
        assertThat(printed.lastIndexOf("\033[?1049l")).isGreaterThan(printed.lastIndexOf("wan0"));
        assertThat(printed.lastIndexOf("\033[?25h"))
                .isGreaterThan(printed.lastIndexOf("\033[?25l"));
        assertThat(printed).doesNotContain("Exception");
        assertThat(folder.resolve("after")).hasSameTextualContentAs(folder.resolve("before"));
    }
}
