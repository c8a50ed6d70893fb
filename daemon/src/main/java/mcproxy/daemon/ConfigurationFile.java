package mcproxy.daemon;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/** The file that a configuration is in. */
final class ConfigurationFile {
    private ConfigurationFile() {}

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
