package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;

/** The demo tells the truth: it succeeds with the daemon, and fails without. */
@InSandbox
class DemoTest {
    private final DemoRun demo = new DemoRun();

    @AfterEach
    void end() {
        demo.close();
    }

    private DemoReport run(int expectedStatus) {
        return demo.report(DemoReport.class, expectedStatus, "--seconds", "3", "--json");
    }

    @Test
    void streamsCrossTheDaemon() {
        DemoReport report = run(0);
        assertThat(report.ok()).isTrue();
        assertThat(report.problems()).isEmpty();
        assertThat(demo.written()).contains("232.1.1.1", "ff3e::8000:1");
    }

    @Test
    void aDaemonThatDoesNothingIsFoundOut(@TempDir Path folder) throws IOException {
        demo.withoutDaemon(folder);
        DemoReport report = run(1);
        assertThat(report.ok()).isFalse();
        assertThat(report.problems()).isNotEmpty();
    }
}
