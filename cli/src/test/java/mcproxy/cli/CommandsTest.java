package mcproxy.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import mcproxy.cli.doctor.FakeMachine;
import mcproxy.control.Change;
import mcproxy.control.Control;
import mcproxy.control.ControlException;
import mcproxy.control.Flow;
import mcproxy.control.Happening;
import mcproxy.control.Outcome;
import mcproxy.daemon.Subcommand;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/** What commands do besides showing what there is. */
class CommandsTest {
    private static final String ESCAPE = "\033";
    private final FakeControl control = new FakeControl();

    @TempDir Path folder = Path.of("");

    private CommandRun run() {
        return new CommandRun(control).in(folder);
    }

    private static Control unreachable(Path socket) {
        throw new ControlException(
                ControlException.Kind.UNREACHABLE, "there is no socket " + socket);
    }

    private static Stream<String> views() {
        return Stream.of(
                "status",
                "instances",
                "interfaces",
                "groups",
                "hosts",
                "memberships",
                "flows",
                "rules",
                "counters",
                "top");
    }

    @Test
    void theServicesAreAllCommands() {
        List<Class<?>> loaded = new ArrayList<>();
        ServiceLoader.load(Subcommand.class).stream()
                .map(ServiceLoader.Provider::type)
                .filter(type -> type.getPackageName().equals("mcproxy.cli"))
                .forEach(loaded::add);
        assertThat(loaded)
                .containsExactlyElementsOf(
                        CommandRun.commands(Session.ofProcess()).stream()
                                .<Class<?>>map(Object::getClass)
                                .toList());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "status", "instances", "interfaces", "groups", "hosts", "memberships", "flows",
                "rules", "counters", "events", "top", "explain 239.1.1.1", "reload", "clear",
                "set robustness 3", "add upstream tv wan1", "remove instance tv", "log-level debug"
            })
    void withoutADaemonASentenceAndStatusOne(String line) {
        CommandRun run = new CommandRun(CommandsTest::unreachable);
        assertThat(run.run((line + " --socket /nowhere/s").split(" "))).isEqualTo(1);
        assertThat(run.err()).isEqualTo("mcproxy: error: there is no socket /nowhere/s\n");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void theDoctorNeedsNoDaemonForAConfiguration() throws Exception {
        Files.writeString(folder.resolve("m.conf"), "pinstance tv: wan0 ==> lan0;");
        CommandRun none =
                new CommandRun(
                        (Control)
                                java.lang.reflect.Proxy.newProxyInstance(
                                        Control.class.getClassLoader(),
                                        new Class<?>[] {Control.class},
                                        (_, _, _) -> unreachable(Path.of("/s"))));
        assertThat(none.in(folder).on(new FakeMachine("wan0", "lan0")).run("doctor", "m.conf"))
                .as(none.err())
                .isZero();
        assertThat(none.out()).startsWith("Nothing was found. Looked at: interface, ");
        assertThat(none.run("doctor")).isEqualTo(1);
        assertThat(none.err())
                .isEqualTo(
                        "mcproxy: error: there is no socket /s; without a daemon: mcproxy doctor"
                                + " FILE\n");
    }

    @Test
    void theSocketIsTheOptionsElseTheEnvironmentsElseTheUsualOne() {
        List<Path> asked = new ArrayList<>();
        Connector connector =
                socket -> {
                    asked.add(socket);
                    return control;
                };
        new CommandRun(connector).with("MCPROXY_SOCKET", "/e").run("rules", "--socket", "/o");
        new CommandRun(connector).with("MCPROXY_SOCKET", "/e").run("rules");
        new CommandRun(connector).with("MCPROXY_SOCKET", "").run("rules");
        assertThat(asked)
                .containsExactly(
                        Path.of("/o"), Path.of("/e"), Path.of("/run/mcproxy/control.sock"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "groups 10.0.0.1",
                "groups nonsense",
                "flows 239.1.1.1 239.1.1.2",
                "explain 239.1.1",
                "explain",
                "status --nonsense",
                "status --color=sometimes",
                "status --watch=0",
                "status --watch=x",
                "top --delay 0",
                "instances nowhere",
                "events --since -1",
                "log-level loud",
                "doctor nowhere.conf",
                "set",
                "set robustnes 3",
                "set tv robustness",
                "set tv downstream lan0",
                "set tv downstream lan0 nonsense 3",
                "add",
                "add instance tv",
                "add filter tv sideways lan0 out whitelist x",
                "remove nothing",
                "change nowhere.json",
                "completion fish"
            })
    void wrongArgumentsAreStatusTwoAndChangeNothing(String line) {
        CommandRun run = run();
        assertThat(run.run(line.split(" "))).as(run.err()).isEqualTo(2);
        assertThat(run.err()).isNotBlank();
        assertThat(run.out()).isEmpty();
        assertThat(control.changes).isEmpty();
    }

    @Test
    void aSettingThatIsMisspeltIsGuessed() {
        CommandRun run = run();
        run.run("set", "robustnes", "3");
        assertThat(run.err())
                .isEqualTo(
                        "mcproxy: error: 'robustnes' is no setting, but these are: robustness; all"
                                + " of them: mcproxy set --keys\n");
    }

    @Test
    void colourIsForTerminalsOnly() {
        assertThat(coloured(run())).isFalse();
        assertThat(coloured(run().on(80, 24))).isTrue();
        assertThat(coloured(run().on(80, 24).with("NO_COLOR", "1"))).isFalse();
        assertThat(coloured(run().on(80, 24).with("NO_COLOR", ""))).isTrue();
        assertThat(coloured(run().on(80, 24).with("TERM", "dumb"))).isFalse();
        assertThat(coloured(run().on(80, 24), "--color=never")).isFalse();
        assertThat(coloured(run().with("NO_COLOR", "1"), "--color=always")).isTrue();
    }

    private static boolean coloured(CommandRun run, String... options) {
        List<String> arguments = new ArrayList<>(List.of("groups"));
        arguments.addAll(List.of(options));
        assertThat(run.run(arguments.toArray(String[]::new))).isZero();
        return run.out().contains(ESCAPE);
    }

    @Test
    void nothingFromTheNetworkSteersTheTerminal() {
        String evil = "evil" + ESCAPE + "]0;x\u0007\u009b2J\u202e\r\n";
        control.flows =
                List.of(
                        new Flow(
                                evil,
                                "IPv4",
                                evil,
                                evil,
                                evil,
                                List.of(evil),
                                1,
                                1,
                                0,
                                1.0,
                                1.0,
                                1));
        control.happenings = List.of(new Happening(1, evil, evil, "info", evil, evil, Map.of()));
        control.outcome =
                new Outcome(
                        false,
                        List.of(evil),
                        List.of(new Outcome.ProblemAt("warning", 1, 1, evil, evil, evil)),
                        null);
        for (String command : List.of("flows", "events", "reload", "top --color=never")) {
            CommandRun run = run();
            run.run(command.split(" "));
            assertThat(run.out() + run.err())
                    .contains("evil")
                    .doesNotContain(ESCAPE, "\u0007", "\u009b", "\u202e", "\r");
        }
    }

    @Test
    void nothingThereIsToldInASentenceThatSaysWhereToLook() {
        control.flows = List.of();
        control.groups = List.of();
        control.interfaces = List.of();
        control.instances = List.of();
        control.rules = List.of();
        control.counters = List.of();
        control.memberships = List.of();
        control.explanations = List.of();
        views().filter(view -> !view.equals("status"))
                .forEach(view -> {
                    CommandRun run = run();
                    assertThat(run.run(view)).isZero();
                    assertThat(run.out()).as(view).contains(". ", "mcproxy ").endsWith("\n");
                });
        CommandRun run = run();
        assertThat(run.run("explain", "239.1.1.1")).isEqualTo(3);
        assertThat(run.out()).contains("Nobody wants 239.1.1.1");
    }

    @Test
    void emptyListsAreJsonToo() {
        control.flows = List.of();
        CommandRun run = run();
        assertThat(run.run("flows", "--json")).isZero();
        assertThat(run.out()).isEqualTo("[]\n");
    }

    @Test
    void addressesAreUnderstoodInAnySpelling() {
        CommandRun run = run();
        assertThat(run.run("groups", "FF05:0:0:0:0:0:1:3")).isZero();
        assertThat(run.out()).contains("ff05::1:3").doesNotContain("239.1.1.1");
    }

    @Test
    void explainNeedsASourceToEachDownstream() {
        assertThat(run().run("explain", "239.1.1.1", "--interface", "lan0")).isZero();
        assertThat(run().run("explain", "239.1.1.1")).isEqualTo(3);
        assertThat(run().run("explain", "239.1.1.1", "192.0.2.20")).isEqualTo(3);
        assertThat(run().run("explain", "239.7.7.7")).isEqualTo(3);
    }

    /** Ends a watch after some pictures, as Control-C does. */
    private static final class Enough extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private static CommandRun pausing(CommandRun run, int times) {
        int[] left = {times};
        return run.pausing(_ -> {
            if (left[0]-- == 0) {
                throw new Enough();
            }
        });
    }

    @Test
    void watchedOnATerminalItIsDrawnInPlace() {
        CommandRun run = pausing(run().on(80, 5), 1);
        assertThatThrownBy(() -> run.run("groups", "--watch", "--color=never", "239.1.1.1"))
                .hasCauseInstanceOf(Enough.class);
        assertThat(run.out()).startsWith(ESCAPE + "[H" + ESCAPE + "[2J" + "INSTANCE");
        String[] pictures = run.out().split(ESCAPE + "\\[H", -1);
        assertThat(pictures).hasSize(3);
        assertThat(pictures[2].lines()).hasSize(5); // four, and the end of the screen
        assertThat(pictures[2]).endsWith(ESCAPE + "[J");
    }

    @Test
    void watchedAsJsonItIsALineForEach() {
        CommandRun run = pausing(run(), 2);
        assertThatThrownBy(() -> run.run("flows", "--watch=0.5", "--json"))
                .hasCauseInstanceOf(Enough.class);
        assertThat(run.out().lines()).hasSize(3).allMatch(line -> line.startsWith("[{"));
    }

    @Test
    void aWatchOutlivesTheDaemon() {
        int[] calls = {0};
        Connector sometimes =
                socket -> ++calls[0] == 2 || calls[0] == 3 ? unreachable(socket) : control;
        CommandRun run = pausing(new CommandRun(sometimes), 3);
        assertThatThrownBy(() -> run.run("rules", "--watch", "--socket=/s"))
                .hasCauseInstanceOf(Enough.class);
        assertThat(run.err()).isEqualTo("mcproxy: error: there is no socket /s\n");
        assertThat(run.out().lines().filter(line -> line.startsWith("INSTANCE"))).hasSize(2);
    }

    @Test
    void followedEventsGoOnAfterARestart() {
        int[] calls = {0};
        FakeControl restarted = new FakeControl();
        restarted.happenings =
                List.of(
                        new Happening(
                                1,
                                "2026-11-23T14:00:00Z",
                                "started",
                                "info",
                                null,
                                "new",
                                Map.of()));
        mcproxy.control.EventFeed feed =
                new mcproxy.control.EventFeed() {
                    @Override
                    public long cursor() {
                        return calls[0] < 2 ? 42 : 1;
                    }

                    @Override
                    public List<Happening> after(long cursor, java.time.Duration wait) {
                        calls[0]++;
                        if (calls[0] == 2) {
                            unreachable(Path.of("/s"));
                        }
                        List<Happening> all =
                                calls[0] < 2 ? control.happenings : restarted.happenings;
                        if (calls[0] == 4) {
                            throw new Enough();
                        }
                        return all.stream().filter(one -> one.cursor() > cursor).toList();
                    }
                };
        CommandRun run =
                new CommandRun(
                                (Control)
                                        java.lang.reflect.Proxy.newProxyInstance(
                                                Control.class.getClassLoader(),
                                                new Class<?>[] {Control.class},
                                                (_, _, _) -> feed))
                        .pausing(_ -> {});
        assertThatThrownBy(() -> run.run("events", "--follow", "--since", "41"))
                .hasCauseInstanceOf(Enough.class);
        assertThat(run.out()).contains("interface-gone").endsWith(" started new\n");
        assertThat(run.err()).isEqualTo("mcproxy: error: there is no socket /s; trying again\n");
    }

    private Change changed(String... arguments) {
        CommandRun run = run();
        assertThat(run.run(arguments)).as(run.err()).isZero();
        assertThat(control.changes).hasSize(1);
        return control.changes.removeFirst();
    }

    private static String words(Change change) {
        StringBuilder words = new StringBuilder(change.action() + " " + change.kind());
        String[][] parts = {
            {"instance", change.instance()},
            {"side", change.side()},
            {"link", change.link()},
            {"direction", change.direction()},
            {"table", change.table()},
            {"number", change.number() == null ? null : change.number().toString()},
            {"key", change.key()},
            {"value", change.value()},
            {"text", change.text()}
        };
        for (String[] part : parts) {
            if (part[1] != null) {
                words.append(", ").append(part[0]).append(' ').append(part[1]);
            }
        }
        return words.toString();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "set robustness 3 ~ add setting, key robustness, value 3",
                "set tv robustness 3 ~ add setting, instance tv, key robustness, value 3",
                "set robustness robustness 3 ~ add setting, instance robustness, key robustness,"
                        + " value 3",
                "set tv downstream lan0 version IGMPv2, MLDv1 ~ add setting, instance tv, side"
                        + " downstream, link lan0, key version, value IGMPv2, MLDv1",
                "add instance tv -u wan0 -u wan1 -d lan0,tun* --table 7 ~ add instance, instance"
                        + " tv, value 7, text wan0 wan1 ==> lan0 \"tun*\"",
                "add instance asker -d lan2 ~ add instance, instance asker, text ==> lan2",
                "add upstream tv wan1 --place 1 ~ add upstream, instance tv, link wan1, number 1",
                "add downstream tv lan2 ~ add downstream, instance tv, link lan2",
                "add protocol IGMPv3, MLDv2 ~ add protocol, value IGMPv3, MLDv2",
                "add protocol tv IGMPv2 MLDv1 ~ add protocol, instance tv, value IGMPv2, MLDv1",
                "add table sport 239.1.1.0/24 (232.1.1.1|192.0.2.1) ~ add table, table sport, text"
                        + " (239.1.1.0/24 | *) (232.1.1.1|192.0.2.1)",
                "add rule sport 232.1.1.1 192.0.2.10 --place 2 ~ add rule, table sport, number 2,"
                        + " text (232.1.1.1 | 192.0.2.10)",
                "add filter tv downstream * out whitelist sport ~ add filter, instance tv, side"
                        + " downstream, link *, direction out, text whitelist table sport",
                "add filter tv upstream wan0 in blacklist table {(239.1.1.1|*)} ~ add filter,"
                        + " instance tv, side upstream, link wan0, direction in, text blacklist"
                        + " table {(239.1.1.1|*)}",
                "add matching tv in mutex 500 ~ add matching, instance tv, direction in, value"
                        + " mutex 500",
                "add entry tv downstream lan0 static-group 239.1.1.1 ~ add entry, instance tv, side"
                        + " downstream, link lan0, key static-group, value 239.1.1.1",
                "remove instance tv ~ remove instance, instance tv",
                "remove upstream tv wan0 ~ remove upstream, instance tv, link wan0",
                "remove downstream tv lan0 ~ remove downstream, instance tv, link lan0",
                "remove protocol tv ~ remove protocol, instance tv",
                "remove table sport ~ remove table, table sport",
                "remove rule sport 2 ~ remove rule, table sport, number 2",
                "remove rule sport (239.1.1.1|*) ~ remove rule, table sport, text (239.1.1.1|*)",
                "remove filter tv downstream lan0 out ~ remove filter, instance tv, side"
                        + " downstream, link lan0, direction out",
                "remove matching tv in ~ remove matching, instance tv, direction in",
                "remove setting robustness ~ remove setting, key robustness",
                "remove setting tv downstream lan0 robustness ~ remove setting, instance tv, side"
                        + " downstream, link lan0, key robustness",
                "remove entry tv upstream wan0 join-group 232.1.1.1 192.0.2.1 ~ remove entry,"
                        + " instance tv, side upstream, link wan0, key join-group, value 232.1.1.1"
                        + " 192.0.2.1"
            })
    void aChangeIsMadeOfTheWords(String line, String change) {
        assertThat(words(changed(line.split(" ")))).isEqualTo(change);
        assertThat(control.asked).containsExactly("change");
    }

    @Test
    void severalChangesComeFromAFileOrStandardInput() throws Exception {
        String json =
                """
                [{"action": "add", "kind": "table", "table": "t", "text": "(239.1.1.1 | *)"},
                 {"action": "remove", "kind": "rule", "table": "s", "number": 2}]
                """;
        Files.writeString(folder.resolve("c.json"), json);
        assertThat(run().run("change", "c.json", "--dry-run")).isZero();
        assertThat(run().reading(json).run("change", "-")).isZero();
        assertThat(control.asked).containsExactly("dry change", "change");
        assertThat(control.changes.stream().map(CommandsTest::words))
                .containsExactly(
                        "add table, table t, text (239.1.1.1 | *)",
                        "remove rule, table s, number 2",
                        "add table, table t, text (239.1.1.1 | *)",
                        "remove rule, table s, number 2");
        for (String wrong : List.of("", "{", "[{\"action\": \"add\"}]", "[{\"kind\": 3}]", "7")) {
            CommandRun run = run().reading(wrong);
            assertThat(run.run("change", "-")).as(wrong).isEqualTo(2);
            assertThat(run.err()).startsWith("mcproxy: error: - is no JSON list of changes");
        }
    }

    private static final Outcome WRONG =
            new Outcome(
                    false,
                    List.of(),
                    List.of(
                            new Outcome.ProblemAt(
                                    "error",
                                    2,
                                    3,
                                    "unknown word 'pinstanc'",
                                    "a statement",
                                    "did you mean 'pinstance'?")),
                    null);

    @Test
    void aReloadWithAnErrorShowsTheLineAsTheCheckDoes() throws Exception {
        Path file = folder.resolve("mcproxy.conf");
        Files.writeString(file, "# tv\n  pinstanc tv: a ==> b;\n");
        control.status = statusWithFile(file.toString());
        control.outcome = WRONG;
        CommandRun run = run();
        assertThat(run.run("reload")).isEqualTo(2);
        assertThat(run.err())
                .isEqualTo(
                        file
                                + """
                                :2:3: error: unknown word 'pinstanc'
                                    pinstanc tv: a ==> b;
                                    ^
                                  expected: a statement
                                  hint: did you mean 'pinstance'?
                                """
                                + file
                                + ": 1 error, 0 warnings\nmcproxy: nothing was changed\n");
        assertThat(run.out()).isEmpty();
        assertThat(control.asked).containsExactly("reload");
    }

    private mcproxy.control.Status statusWithFile(String file) {
        var status = control.status;
        return new mcproxy.control.Status(
                status.version(),
                status.pid(),
                status.startedAt(),
                status.upMillis(),
                file,
                status.loadedAt(),
                status.changed(),
                status.reloadFailure(),
                status.logLevel(),
                status.instances(),
                status.cursor(),
                status.limits());
    }

    @Test
    void aReloadCanBeTriedAndTakeAnotherText() throws Exception {
        Path file = folder.resolve("other.conf");
        Files.writeString(file, "pinstance x: a ==> b;\n");
        control.status = statusWithFile(file.toString());
        assertThat(run().run("reload", "--dry-run")).isZero();
        assertThat(run().run("reload", "other.conf")).isZero();
        assertThat(run().reading("pinstance y: a ==> b;").run("reload", "-")).isZero();
        assertThat(run().run("reload", "nowhere.conf")).isEqualTo(2);
        assertThat(control.asked)
                .containsExactly(
                        "replace pinstance x: a ==> b; dry",
                        "replace pinstance x: a ==> b;",
                        "replace pinstance y: a ==> b;");
    }

    @Test
    void aChangeWithAnErrorSaysWhatAndThatNothingHappened() {
        control.outcome = WRONG;
        CommandRun run = run();
        assertThat(run.run("set", "robustness", "9")).isEqualTo(2);
        assertThat(run.err())
                .isEqualTo(
                        """
                        mcproxy: error: unknown word 'pinstanc'
                          expected: a statement
                          hint: did you mean 'pinstance'?
                        mcproxy: nothing was changed
                        """);
        CommandRun json = run();
        assertThat(json.run("set", "robustness", "9", "--json")).isEqualTo(2);
        assertThat(json.out()).startsWith("{\"applied\":false").endsWith("}\n");
        assertThat(json.err()).isEmpty();
    }

    @Test
    void whatTheSystemDoesNotAllowIsStatusOne() {
        control.outcome =
                new Outcome(false, List.of("x"), List.of(), "socket(IGMP): EPERM: run as root");
        CommandRun run = run();
        assertThat(run.run("add", "instance", "b", "-d", "lan9")).isEqualTo(1);
        assertThat(run.err()).isEqualTo("mcproxy: error: socket(IGMP): EPERM: run as root\n");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void noDifferenceIsToldAsSuch() {
        control.outcome = new Outcome(true, List.of(), List.of(), null);
        CommandRun run = run();
        assertThat(run.run("reload")).isZero();
        assertThat(run.out()).isEqualTo("Nothing changed: it was so already.\n");
    }

    @Test
    void namesForCompletionHoldNoCommands() {
        control.interfaces =
                List.of(
                        control.interfaces.getFirst(),
                        new mcproxy.control.Interface(
                                "tv",
                                "$(reboot)",
                                "upstream",
                                "IPv4",
                                "missing",
                                null,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null));
        CommandRun run = run();
        assertThat(run.run("names", "interfaces")).isZero();
        assertThat(run.out()).isEqualTo("wan0\n");
        CommandRun none = new CommandRun(CommandsTest::unreachable);
        assertThat(none.run("names", "instances")).isEqualTo(1);
        assertThat(none.out() + none.err()).isEmpty();
    }

    @Test
    void aListOfManyInterfacesIsCutInTheStatus() {
        var up = control.interfaces.getFirst();
        List<mcproxy.control.Interface> many = new ArrayList<>(control.interfaces);
        for (int i = 0; i < 40; i++) {
            many.add(up);
        }
        control.interfaces = many;
        CommandRun run = run();
        assertThat(run.run("status")).isZero();
        assertThat(run.out())
                .contains("and 44 interfaces more; see: mcproxy interfaces")
                .contains("missing", "down");
    }

    @Test
    void helpNamesEachCommandThatIsNotHidden() {
        CommandRun run = run();
        assertThat(run.run("--help")).isZero();
        String help = run.out();
        views().forEach(view -> assertThat(help).contains("  " + view));
        assertThat(help).doesNotContain("generate ").doesNotContain("names ");
    }
}
