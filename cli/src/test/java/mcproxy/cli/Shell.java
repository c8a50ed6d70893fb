package mcproxy.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** Other people's programs. */
final class Shell {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Shell() {}

    /** Skips the test where a program is not installed. */
    static void needs(String program) {
        boolean found =
                Stream.of(System.getenv("PATH").split(":", -1))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
        assumeTrue(found, program + " is not installed");
    }

    /** What a program prints on both of its outputs; it must end with 0. */
    static String printed(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(PATIENCE)).as(List.of(command).toString()).isTrue();
        assertThat(process.exitValue()).as(text).isZero();
        return text;
    }
}
