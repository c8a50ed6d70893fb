package mcproxy.cli;

import mcproxy.cli.doctor.FakeMachine;
import mcproxy.cli.doctor.Machine;
import mcproxy.control.Control;
import mcproxy.daemon.Subcommand;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** Runs a command against a daemon in memory, and keeps what it prints. */
final class CommandRun {
    /** The program without the commands of other modules. */
    @Command(
            name = "mcproxy",
            version = "mcproxy 2.0.0",
            mixinStandardHelpOptions = true,
            description = "A multicast proxy for IGMP and MLD (RFC 4605).")
    static final class Program {}

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Map<String, String> environment = new HashMap<>(Map.of("TERM", "xterm"));
    private final Connector connector;
    private Screen screen = Screen.NONE;
    private Path folder = Path.of("");
    private InputStream in = InputStream.nullInputStream();
    private Machine machine = illMachine();
    private Session.Pause pause =
            _ -> {
                throw new AssertionError("nothing to wait for");
            };

    CommandRun(Control control) {
        this(_ -> control);
    }

    CommandRun(Connector connector) {
        this.connector = connector;
    }

    CommandRun on(int columns, int rows) {
        screen = () -> Optional.of(new Screen.Size(columns, rows));
        return this;
    }

    CommandRun with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    CommandRun in(Path where) {
        folder = where;
        return this;
    }

    CommandRun reading(String text) {
        in = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    CommandRun on(Machine another) {
        machine = another;
        return this;
    }

    /** The system of the daemon in memory, with something wrong of each level. */
    private static Machine illMachine() {
        return new FakeMachine("wan0", "lan0")
                .with("proc/sys/net/ipv4/conf/all/rp_filter", "1")
                .with("proc/sys/net/ipv4/conf/all/forwarding", "0")
                .without("nft", "-j", "list", "ruleset")
                .program(
                        "*filter\n:FORWARD DROP [0:0]\n-A FORWARD -i docker0 -j ACCEPT\nCOMMIT\n",
                        "iptables-nft-save");
    }

    CommandRun pausing(Session.Pause how) {
        pause = how;
        return this;
    }

    private Session session() {
        return new Session(
                in,
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                environment,
                folder,
                screen,
                connector,
                machine,
                pause);
    }

    /** All commands of this module. */
    static List<Subcommand> commands(Session session) {
        return List.of(
                new StatusCommand(session),
                new InstancesCommand(session),
                new InterfacesCommand(session),
                new GroupsCommand(session),
                new HostsCommand(session),
                new MembershipsCommand(session),
                new FlowsCommand(session),
                new RulesCommand(session),
                new CountersCommand(session),
                new EventsCommand(session),
                new ExplainCommand(session),
                new DoctorCommand(session),
                new TopCommand(session),
                new ReloadCommand(session),
                new SetCommand(session),
                new AddCommand(session),
                new RemoveCommand(session),
                new ChangeCommand(session),
                new ClearCommand(session),
                new LogLevelCommand(session),
                new CompletionCommand(session),
                new GenerateCommand(session),
                new NamesCommand(session));
    }

    CommandLine program() {
        CommandLine line = new CommandLine(new Program());
        line.addSubcommand(new HelpCommand());
        commands(session()).forEach(line::addSubcommand);
        line.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
        return line;
    }

    /** Gives the exit status; what a command throws is the cause of an error. */
    int run(String... arguments) {
        CommandLine line = program();
        AtomicReference<Exception> bug = new AtomicReference<>();
        line.setExecutionExceptionHandler((thrown, _, _) -> {
            bug.set(thrown);
            return -1;
        });
        int status = line.execute(arguments);
        if (bug.get() != null) {
            throw new AssertionError(bug.get());
        }
        return status;
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    /** What a command prints that succeeds, or ends with this status. */
    static String printed(Control control, int status, String... arguments) {
        CommandRun run = new CommandRun(control);
        int ended = run.run(arguments);
        if (ended != status) {
            throw new AssertionError("status " + ended + ": " + run.err() + run.out());
        }
        return run.out() + run.err();
    }
}
