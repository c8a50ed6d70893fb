package mcproxy.daemon;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.nio.file.Path;
import java.util.concurrent.Callable;

/** {@code mcproxy run}. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = "Run the proxy in the foreground until SIGTERM or SIGINT.",
        footer = "Without -f the configuration is /etc/mcproxy/mcproxy.conf.")
final class RunCommand implements Callable<Integer> {
    /** Where the configuration is by default, below the root of the file system. */
    static final Path DEFAULT_FILE = Path.of("etc/mcproxy/mcproxy.conf");

    private final Surroundings surroundings;

    @Mixin RunOptions options = new RunOptions();

    RunCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws InterruptedException {
        Path file = options.file;
        return new Run(surroundings, options)
                .run(file != null ? file : surroundings.system().resolve(DEFAULT_FILE));
    }
}
