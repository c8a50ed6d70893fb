package mcproxy.cli;

import mcproxy.daemon.Subcommand;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;

/** {@code mcproxy generate}, for the build. */
@Command(
        name = "generate",
        hidden = true,
        mixinStandardHelpOptions = true,
        description = "Write the manual pages and the shells' completion scripts into a folder.")
public final class GenerateCommand implements Subcommand.OfAll, Callable<Integer> {
    private final Session session;

    @Spec CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "FOLDER", description = "Where to; it is made if need be.")
    Path folder = Path.of("");

    /** For the program. */
    public GenerateCommand() {
        this(Session.ofProcess());
    }

    GenerateCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException {
        CommandLine program = spec.root().commandLine();
        Path to = session.folder().resolve(folder);
        write(to.resolve("completion/bash/" + program.getCommandName()), Completion.bash(program));
        write(to.resolve("completion/zsh/_" + program.getCommandName()), Completion.zsh(program));
        for (Map.Entry<String, String> page : ManPage.all(spec.root()).entrySet()) {
            write(to.resolve("man/man8").resolve(page.getKey()), page.getValue());
        }
        return ExitStatus.OK;
    }

    private static void write(Path file, String text) throws IOException {
        Path parent = file.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        Files.writeString(file, text);
    }
}
