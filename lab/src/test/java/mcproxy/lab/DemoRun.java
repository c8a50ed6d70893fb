package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.avaje.jsonb.Jsonb;

import picocli.CommandLine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Runs demos in this process, and keeps what they print. */
final class DemoRun implements AutoCloseable {
    private static final String LAUNCHER = "mcproxy.launcher";

    private final PrintStream out = System.out;
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    DemoRun() {
        System.setOut(new PrintStream(written, true, StandardCharsets.UTF_8));
    }

    /** From now on the daemon is a program that does nothing. */
    void withoutDaemon(Path folder) throws IOException {
        Path idle = Files.writeString(folder.resolve("idle"), "#!/bin/sh\nexec sleep 60\n");
        Files.setPosixFilePermissions(idle, PosixFilePermissions.fromString("rwxr-xr-x"));
        System.setProperty(LAUNCHER, idle.toString());
    }

    /** The report of a demo, which must end with a status. */
    <T> T report(Class<T> type, int expectedStatus, String... arguments) {
        int status = new CommandLine(new DemoCommand()).execute(arguments);
        assertThat(status).as(written()).isEqualTo(expectedStatus);
        return Jsonb.instance().type(type).fromJson(written());
    }

    String written() {
        return written.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        System.setOut(out);
        System.clearProperty(LAUNCHER);
    }
}
