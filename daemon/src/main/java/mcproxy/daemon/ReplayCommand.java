package mcproxy.daemon;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code mcproxy replay}. */
@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        description = {
            "Repeat what run --journal recorded, without network and in no time, and print what",
            "the instances do, as run -v -v does."
        },
        footer = {
            "",
            "Exit status: 0 when the instances do what they did when it was recorded,",
            "1 when they do not, or when the recording has a gap,",
            "2 when the command line is wrong or a line of the file is damaged."
        })
final class ReplayCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Parameters(paramLabel = "FILE", description = "The journal.")
    Path file = Path.of("");

    @Option(names = "--instance", paramLabel = "NAME", description = "Repeat this instance only.")
    @Nullable String instance;

    @Option(
            names = "--until",
            paramLabel = "TIME",
            description = {
                "Repeat only what was before: seconds from the daemon's start (12.5)",
                "or a time of day (2026-11-25T10:00:00Z)."
            },
            converter = Replay.Until.Reader.class)
    Replay.@Nullable Until until;

    @Option(names = "--state", description = "Print the state of each instance at the end.")
    boolean state;

    @Option(names = "--json", description = "Print a JSON object for each call of an engine.")
    boolean json;

    ReplayCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        Path path = surroundings.folder().resolve(file);
        Replay replay =
                new Replay(
                        file.toString(),
                        surroundings.out(),
                        surroundings.err(),
                        json,
                        Optional.ofNullable(instance),
                        Optional.ofNullable(until));
        try (InputStream from = new BufferedInputStream(Files.newInputStream(path))) {
            int status = replay.run(from);
            if (state) {
                replay.printState();
            }
            return status;
        } catch (NoSuchFileException _) {
            surroundings.err().println("mcproxy: error: there is no journal " + file);
        } catch (IOException e) {
            surroundings
                    .err()
                    .println(
                            "mcproxy: error: the journal "
                                    + file
                                    + " cannot be read: "
                                    + e.getMessage());
        }
        return ExitStatus.USER;
    }
}
