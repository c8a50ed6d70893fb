package mcproxy.daemon;

import mcproxy.kernel.Kernel;
import mcproxy.kernel.KernelException;
import mcproxy.kernel.Linux;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The program. Without a subcommand it takes the options of mcproxy 1.1: {@code mcproxy [-h] [-c]
 * [-r] [-d] [-s] [-v [-v]] [-f FILE]}.
 */
@Command(
        name = "mcproxy",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "[COMMAND]",
        description = "A multicast proxy for IGMP and MLD (RFC 4605).",
        footer = {
            "",
            "Without a command it runs the proxy, as mcproxy 1.1 did; without -f then from",
            "./mcproxy.conf if that exists, else from /etc/mcproxy/mcproxy.conf.",
            "",
            "Exit status: 0 when it ends as asked, 1 when the system lacks something,",
            "2 when the command line or the configuration is wrong."
        })
public final class Main implements Callable<Integer> {
    private static final Path FILE_OF_THE_ORIGINAL = Path.of("mcproxy.conf");

    private final Surroundings surroundings;

    @Mixin RunOptions options = new RunOptions();

    @Option(
            names = {"-c", "--check"},
            description = "The same as the command check.")
    boolean check;

    private Main(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** Runs the program and ends the process with its exit status. */
    public static void main(String[] arguments) {
        Thread.setDefaultUncaughtExceptionHandler((thread, bug) -> {
            // Loudly, and at once: the kernel takes the process's routes back by itself.
            System.err.println("mcproxy: a bug in " + thread.getName() + "; please report it:");
            bug.printStackTrace();
            Runtime.getRuntime().halt(ExitStatus.BUG);
        });
        Surroundings surroundings =
                new Surroundings(
                        startsAtOnce(arguments) ? linking() : Linux::kernel,
                        System.out,
                        System.err,
                        Path.of(""),
                        Path.of("/"),
                        System.getenv("JOURNAL_STREAM") != null,
                        Main::onStopSignal,
                        taker -> Signals.handle("HUP", _ -> taker.run()));
        System.exit(execute(surroundings, arguments));
    }

    /**
     * The kernel's functions take as long to link as the command line and the configuration to
     * read, so both are done at once: opening a poller links them all and has no effect.
     */
    private static Supplier<Kernel> linking() {
        Thread linker =
                Thread.ofPlatform()
                        .name("linker")
                        .daemon()
                        .start(() -> {
                            try {
                                Linux.kernel().openPoller().close();
                            } catch (KernelException _) {
                                // it will fail again where it is told
                            }
                        });
        return () -> {
            try {
                linker.join();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt(); // then it is linked when it is used
            }
            return Linux.kernel();
        };
    }

    private static void onStopSignal(Consumer<String> taker) {
        List.of("TERM", "INT").forEach(name -> Signals.handle(name, taker));
    }

    /** Runs the program in these surroundings; gives its exit status. */
    static int execute(Surroundings surroundings, String... arguments) {
        CommandLine line = new CommandLine(new Main(surroundings));
        line.addSubcommand(new RunCommand(surroundings));
        line.addSubcommand(new CheckCommand(surroundings));
        if (!startsAtOnce(arguments)) {
            line.addSubcommand(new HelpCommand());
            line.addSubcommand(new ConfigCommand(surroundings));
            othersCommands(arguments).forEach(line::addSubcommand);
        }
        line.setOut(writer(surroundings.out()));
        line.setErr(writer(surroundings.err()));
        line.setExecutionStrategy(Main::executeLast);
        line.setExecutionExceptionHandler((bug, _, _) -> {
            surroundings.err().println("mcproxy: a bug; please report it:");
            bug.printStackTrace(surroundings.err());
            return ExitStatus.BUG;
        });
        return line.execute(arguments);
    }

    /** The one that is called, if it is one of these and about itself; else all of them. */
    private static List<Subcommand> othersCommands(String[] arguments) {
        List<ServiceLoader.Provider<Subcommand>> all =
                ServiceLoader.load(Subcommand.class).stream().toList();
        return all.stream()
                .filter(command -> isCalled(command.type(), arguments))
                .findFirst()
                .map(List::of)
                .orElse(all)
                .stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }

    private static boolean isCalled(Class<? extends Subcommand> type, String[] arguments) {
        Command command = type.getAnnotation(Command.class);
        return arguments.length > 0
                && command != null
                && command.name().equals(arguments[0])
                && !Subcommand.OfAll.class.isAssignableFrom(type);
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(stream, true, StandardCharsets.UTF_8);
    }

    /** The way to the first query is not the time to look for other commands. */
    private static boolean startsAtOnce(String[] arguments) {
        return arguments.length > 0 && arguments[0].equals("run");
    }

    /** An option before a command would be ignored without a word; it is an error instead. */
    private static int executeLast(ParseResult result) {
        if (result.hasSubcommand()
                && !result.matchedOptions().isEmpty()
                && !result.isUsageHelpRequested()
                && !result.isVersionHelpRequested()) {
            throw new ParameterException(
                    result.commandSpec().commandLine(),
                    result.matchedOptions().getFirst().longestName()
                            + " stands before the command "
                            + result.subcommand().commandSpec().name()
                            + "; options of a command follow it");
        }
        return new CommandLine.RunLast().execute(result);
    }

    @Override
    public Integer call() throws InterruptedException {
        if (check) {
            return new CheckCommand(surroundings).call();
        }
        return new Run(surroundings, options).run(file());
    }

    private Path file() {
        Path named = options.file;
        if (named != null) {
            return named;
        }
        Path here = surroundings.folder().resolve(FILE_OF_THE_ORIGINAL);
        return Files.exists(here) ? here : surroundings.system().resolve(RunCommand.DEFAULT_FILE);
    }
}
