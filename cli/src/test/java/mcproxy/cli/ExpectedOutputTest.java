package mcproxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What commands print, to the letter. With {@code -Dcli.write=true} the texts and the page are
 * written anew, to be looked at.
 */
class ExpectedOutputTest {
    static final boolean WRITE = Boolean.getBoolean("cli.write");
    private static final Path FOLDER = Path.of("src/test/resources/expected");

    /**
     * A call.
     *
     * @param columns of the terminal; 0 when there is none
     */
    private record Case(String file, int status, int columns, List<String> arguments) {}

    private static Case piped(String file, String... arguments) {
        return new Case(file, 0, 0, List.of(arguments));
    }

    private static Case narrow(String file, int columns, String... arguments) {
        return new Case(file, 0, columns, List.of(arguments));
    }

    private static List<Case> cases() {
        return List.of(
                piped("status", "status"),
                piped("status.json", "status", "--json"),
                narrow("status-80", 80, "status", "--color=never"),
                narrow("status-40", 40, "status", "--color=never"),
                piped("status-colour", "status", "--color=always"),
                piped("instances", "instances"),
                piped("instances.json", "instances", "--json"),
                piped("instances-tv", "instances", "tv"),
                piped("interfaces", "interfaces"),
                piped("interfaces.json", "interfaces", "--json"),
                piped("interfaces-lan0", "interfaces", "lan0"),
                piped("interfaces-wan0", "interfaces", "--interface", "wan0"),
                narrow("interfaces-60", 60, "interfaces", "--color=never"),
                piped("groups", "groups"),
                piped("groups.json", "groups", "--json"),
                piped("groups-one", "groups", "239.1.1.1"),
                piped("groups-lan1", "groups", "--interface", "lan1"),
                narrow("groups-80", 80, "groups", "--color=never"),
                piped("hosts", "hosts"),
                piped("hosts.json", "hosts", "--json"),
                piped("hosts-one", "hosts", "02:00:00:00:00:05"),
                narrow("hosts-80", 80, "hosts", "--color=never"),
                piped("memberships", "memberships"),
                piped("memberships.json", "memberships", "--json"),
                piped("flows", "flows"),
                piped("flows.json", "flows", "--json"),
                piped("flows-one", "flows", "232.1.1.1", "192.0.2.10"),
                piped("rules", "rules"),
                piped("rules.json", "rules", "--json"),
                piped("counters", "counters"),
                piped("counters.json", "counters", "--json"),
                piped("counters-refused", "counters", "refused", "--all"),
                piped("events", "events"),
                piped("events.json", "events", "--json"),
                piped("events-some", "events", "--since", "40", "--kind", "interface-gone"),
                piped("top", "top"),
                piped("explain", "explain", "239.1.1.1", "--interface", "lan0"),
                new Case("explain-stops", 3, 0, List.of("explain", "239.1.1.1")),
                new Case("explain-stops.json", 3, 0, List.of("explain", "239.1.1.1", "--json")),
                new Case("explain-60", 3, 60, List.of("explain", "239.1.1.1", "--color=never")),
                new Case("doctor", 3, 0, List.of("doctor")),
                new Case("doctor.json", 3, 0, List.of("doctor", "--json")),
                new Case("doctor-60", 3, 60, List.of("doctor", "--color=never")),
                piped("reload", "reload"),
                piped("set", "set", "tv", "query-interval", "60s"),
                piped("set.json", "set", "tv", "query-interval", "60s", "--json"),
                piped("set-dry", "set", "--dry-run", "tv", "query-interval", "60s"),
                piped("set-keys", "set", "--keys"),
                piped("clear", "clear", "239.1.1.1"),
                piped("clear.json", "clear", "--json"),
                piped("log-level", "log-level"),
                piped("log-level-debug", "log-level", "debug"));
    }

    @TestFactory
    Stream<DynamicTest> eachCommand() {
        return cases().stream().map(one -> DynamicTest.dynamicTest(one.file(), () -> check(one)));
    }

    private static void check(Case one) throws IOException {
        CommandRun run = new CommandRun(new FakeControl());
        if (one.columns() > 0) {
            run.on(one.columns(), 24);
        }
        assertThat(run.run(one.arguments().toArray(String[]::new)))
                .as(run.err())
                .isEqualTo(one.status());
        assertThat(run.err()).isEmpty();
        if (one.columns() > 0) {
            assertThat(run.out().lines())
                    .allSatisfy(line ->
                            assertThat(line.codePointCount(0, line.length()))
                                    .isLessThanOrEqualTo(one.columns()));
        }
        compare(FOLDER.resolve(one.file() + (one.file().contains(".") ? "" : ".txt")), run.out());
    }

    /** The file says this, or is made to. */
    static void compare(Path file, String text) throws IOException {
        if (WRITE) {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.writeString(file, text);
        }
        assertThat(file).content().as(file + "; see ExpectedOutputTest").isEqualTo(text);
    }

    @Test
    void noFileIsLeftOver() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            assertThat(files.map(file -> file.getFileName().toString().replace(".txt", "")))
                    .containsExactlyInAnyOrderElementsOf(
                            cases().stream().map(Case::file).collect(Collectors.toList()));
        }
    }
}
