package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.InstanceOfAssertFactories.DOUBLE;

import mcproxy.lab.PmipReport.Attachment;
import mcproxy.lab.PmipReport.Departure;
import mcproxy.lab.PmipReport.MobileSource;
import mcproxy.lab.PmipReport.Viewer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** RFC 6224: streams follow a mobile node with the daemon, and do not without. */
@InSandbox
class PmipDemoTest {
    /**
     * Without proxies that ask at once it would be the query interval, 60 s; typical are 200 ms.
     */
    private static final double LONGEST_INTERRUPTION_MILLIS = 4000;

    /** Without a look at the kernel's counters it would be 3 s and more; typical are 200 ms. */
    private static final double LONGEST_SOURCE_INTERRUPTION_MILLIS = 2500;

    private final DemoRun demo = new DemoRun();

    @AfterEach
    void end() {
        demo.close();
    }

    private PmipReport run(int expectedStatus) {
        return demo.report(PmipReport.class, expectedStatus, "pmipv6", "--seconds", "3", "--json");
    }

    @Test
    void theStreamsFollowTheNode() {
        PmipReport report = run(0);
        assertThat(report.ok()).isTrue();
        assertThat(report.problems()).isEmpty();
        List<Attachment> handovers =
                report.attachments().stream().filter(Attachment::handover).toList();
        assertThat(handovers)
                .extracting(at -> at.node() + " " + at.gateway() + " " + at.protocol())
                .containsExactly(
                        "mn-a mag2 MLDv2",
                        "mn-a mag2 IGMPv3",
                        "mn-a mag1 MLDv2",
                        "mn-a mag1 IGMPv3");
        for (Attachment at : report.attachments()) {
            assertThat(at.queryMillis()).as("%s", at).isPositive();
            assertThat(at.reportMillis()).as("%s", at).isGreaterThan(at.queryMillis());
            assertThat(at.reportUpMillis()).as("%s", at).isGreaterThan(at.reportMillis());
        }
        for (Attachment at : handovers) {
            assertThat(at.interruptionMillis())
                    .as("%s", at)
                    .isGreaterThan(at.withoutLinkMillis())
                    .isLessThan(LONGEST_INTERRUPTION_MILLIS);
            assertThat(at.lost()).as("%s", at).isPositive();
        }
        assertThat(report.departures()).hasSize(4);
        for (Departure from : report.departures()) {
            assertThat(from.reportUpMillis()).as("%s", from).isPositive();
            assertThat(from.routesGoneMillis()).as("%s", from).isPositive();
        }
        assertThat(report.viewers())
                .extracting(Viewer::node, Viewer::foreign, Viewer::unwanted, Viewer::duplicates)
                .containsExactly(tuple("mn-a", 0L, 0L, 0L), tuple("mn-b", 0L, 0L, 0L));
        assertThat(report.viewers()).allMatch(viewer -> viewer.packets() > 500);
        assertThat(report.mobileSource())
                .isNotNull()
                .extracting(MobileSource::interruptionMillis, DOUBLE)
                .isPositive()
                .isLessThan(LONGEST_SOURCE_INTERRUPTION_MILLIS);
    }

    @Test
    void daemonsThatDoNothingAreFoundOut(@TempDir Path folder) throws IOException {
        demo.withoutDaemon(folder);
        PmipReport report = run(1);
        assertThat(report.ok()).isFalse();
        assertThat(report.problems()).isNotEmpty();
        assertThat(report.viewers()).allMatch(viewer -> viewer.packets() == 0);
    }

    @Test
    void theDocumentHasTheConfigurations() throws IOException {
        assertThat(Files.readString(Path.of("../docs/pmipv6.md")))
                .contains("```mcproxy\n" + PmipDemo.ANCHOR_CONFIGURATION + "```")
                .contains("```mcproxy\n" + PmipDemo.GATEWAY_CONFIGURATION + "```");
    }
}
