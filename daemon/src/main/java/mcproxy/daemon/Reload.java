package mcproxy.daemon;

import mcproxy.config.Configuration;
import mcproxy.config.ConfigurationReader;
import mcproxy.config.Reading;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Has a running daemon read its configuration again. What is wrong changes nothing and is told as
 * {@code config check} tells it. For any thread.
 */
final class Reload {
    private final Path file;
    private final Proxy proxy;
    private final PrintStream err;
    private final EventLog log;

    /** What came of it. */
    sealed interface Outcome {
        /**
         * The file is carried out.
         *
         * @param differences to the earlier configuration in words; none when there are none
         * @param warnings what is odd about the file, as {@code config check} prints it
         */
        record Applied(List<String> differences, String warnings) implements Outcome {
            /** Copies the list. */
            public Applied {
                differences = List.copyOf(differences);
            }
        }

        /**
         * Nothing has changed.
         *
         * @param why in one sentence
         * @param problems of the file, as {@code config check} prints them; empty when it has none
         */
        record Refused(String why, String problems) implements Outcome {}
    }

    /** Reloading of a file into a daemon that runs. */
    Reload(Path file, Proxy proxy, PrintStream err, EventLog log) {
        this.file = file;
        this.proxy = proxy;
        this.err = err;
        this.log = log;
    }

    /** Reads the file and applies it; tells what came of it in the log, too. */
    Outcome run() throws InterruptedException {
        Outcome outcome = attempt();
        switch (outcome) {
            case Outcome.Applied(_, String warnings) -> err.print(warnings);
            case Outcome.Refused(String why, String problems) -> {
                err.print(problems);
                log.tell(new DaemonEvent.ReloadRefused(why));
            }
        }
        return outcome;
    }

    private Outcome attempt() throws InterruptedException {
        StringBuilder unreadable = new StringBuilder();
        Optional<String> text = text(file, unreadable::append);
        if (text.isEmpty()) {
            return new Outcome.Refused(unreadable.toString(), "");
        }
        Reading reading = ConfigurationReader.read(file.toString(), text.get());
        if (reading.configuration().isEmpty()) {
            return new Outcome.Refused(file + " has errors", reading.render());
        }
        Configuration next = reading.configuration().get();
        if (next.disabled()) {
            return new Outcome.Refused(
                    file + " says \"disable;\"; to end the daemon, stop it", reading.render());
        }
        try {
            return new Outcome.Applied(proxy.apply(next), reading.render());
        } catch (StartFailure e) {
            return new Outcome.Refused(String.valueOf(e.getMessage()), reading.render());
        }
    }

    /**
     * The text of a configuration.
     *
     * @param error takes why there is none, in one sentence
     */
    static Optional<String> text(Path file, Consumer<String> error) {
        try {
            // Bytes that are not UTF-8 become a character that the reader then tells the place of.
            return Optional.of(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
        } catch (NoSuchFileException _) {
            error.accept("there is no configuration " + file + "; name one with -f FILE");
        } catch (AccessDeniedException _) {
            error.accept("the configuration " + file + " may not be read by this user");
        } catch (IOException e) {
            boolean folder = Files.isDirectory(file);
            error.accept(
                    folder
                            ? "the configuration " + file + " is a folder"
                            : "the configuration " + file + " cannot be read: " + e.getMessage());
        }
        return Optional.empty();
    }
}
