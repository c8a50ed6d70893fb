package mcproxy.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a command of the system and waits for its end. */
final class Command {
    private static final long PATIENCE_SECONDS = 20;

    private Command() {}

    /**
     * Runs a command.
     *
     * @return what it wrote, standard output and errors together
     * @throws LabException when it is not found, fails or does not end; with what it wrote
     */
    static String run(List<String> command) {
        String text = String.join(" ", command);
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            byte[] output = process.getInputStream().readAllBytes();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new LabException(text + ": did not end in " + PATIENCE_SECONDS + " s");
            }
            String written = new String(output, StandardCharsets.UTF_8);
            if (process.exitValue() != 0) {
                throw new LabException(
                        text + ": exit status " + process.exitValue() + ": " + written.strip());
            }
            return written;
        } catch (IOException e) {
            throw new LabException(text + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException(text + ": interrupted", e);
        }
    }

    static String run(String... command) {
        return run(List.of(command));
    }
}
