package mcproxy.daemon;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.util.ServiceLoader;

/** The program. */
@Command(name = "mcproxy", subcommands = Main.Run.class)
public final class Main {
    private Main() {}

    @Command(name = "run")
    static final class Run implements Runnable {
        @Option(names = "-f")
        String file = "";

        @Override
        public void run() {}
    }

    /** Runs a subcommand. */
    public static void main(String[] arguments) {
        CommandLine line = new CommandLine(new Main());
        ServiceLoader.load(Subcommand.class).forEach(line::addSubcommand);
        System.exit(line.execute(arguments));
    }
}
