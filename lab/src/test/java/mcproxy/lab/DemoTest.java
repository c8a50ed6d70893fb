package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.avaje.jsonb.Jsonb;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** The demo tells the truth: it succeeds with the daemon, and fails without. */
@InSandbox
class DemoTest {
    private final PrintStream out = System.out;
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    @BeforeEach
    void keepTheOutput() {
        System.setOut(new PrintStream(written, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void giveTheOutputBack() {
        System.setOut(out);
        System.clearProperty("mcproxy.launcher");
    }

    private DemoReport run(int expectedStatus) {
        int status = new CommandLine(new DemoCommand()).execute("--seconds", "3", "--json");
        String json = written.toString(StandardCharsets.UTF_8);
        assertThat(status).as(json).isEqualTo(expectedStatus);
        return Jsonb.instance().type(DemoReport.class).fromJson(json);
    }

    @Test
    void streamsCrossTheDaemon() {
        DemoReport report = run(0);
        assertThat(report.ok()).isTrue();
        assertThat(report.problems()).isEmpty();
        assertThat(written.toString(StandardCharsets.UTF_8)).contains("232.1.1.1", "ff3e::8000:1");
    }

    @Test
    void aDaemonThatDoesNothingIsFoundOut(@TempDir Path folder) throws Exception {
        Path idle =
                Files.writeString(
                        folder.resolve("idle"),
                        "#!/bin/sh\nexec sleep 60\n",
                        StandardCharsets.UTF_8);
        Files.setPosixFilePermissions(idle, PosixFilePermissions.fromString("rwxr-xr-x"));
        System.setProperty("mcproxy.launcher", idle.toString());
        DemoReport report = run(1);
        assertThat(report.ok()).isFalse();
        assertThat(report.problems()).isNotEmpty();
    }
}
