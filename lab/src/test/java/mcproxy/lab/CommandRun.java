package mcproxy.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A command that a user typed on a host where mcproxy is installed, and what came of it.
 *
 * @param status its exit status
 * @param out what it wrote to standard output
 * @param err what it wrote to standard error
 */
record CommandRun(int status, String out, String err) {
    private static final long PATIENCE_SECONDS = 60;

    /** Runs a line of the shell. */
    static CommandRun shell(Host host, Path socket, String line) {
        Path out = host.lab().folder().resolve("command.out");
        Path err = host.lab().folder().resolve("command.err");
        try {
            Process process =
                    new ProcessBuilder(command(host, socket, line))
                            .redirectInput(Path.of("/dev/null").toFile())
                            .redirectOutput(out.toFile())
                            .redirectError(err.toFile())
                            .start();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
                throw new LabException(line + ": did not end in " + PATIENCE_SECONDS + " s");
            }
            return new CommandRun(
                    process.exitValue(), Files.readString(out), Files.readString(err));
        } catch (IOException e) {
            throw new LabException(line + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException(line + ": interrupted", e);
        }
    }

    /** What has a shell run a line on a host, with mcproxy as one of its commands. */
    static List<String> command(Host host, Path socket, String line) {
        return List.of(
                "nsenter", "--net=" + host.namespace(), "--", "sh", "-c", script(socket, line));
    }

    /** A shell's script of a line, with mcproxy as one of its commands. */
    static String script(Path socket, String line) {
        String program =
                DaemonCommand.program().stream()
                        .map(word -> "'" + word.replace("'", "'\\''") + "'")
                        .collect(Collectors.joining(" "));
        return """
        mcproxy() { %s "$@"; }
        export MCPROXY_SOCKET='%s'
        %s
        """
                .formatted(program, socket, line);
    }
}
