package mcproxy.cli;

import mcproxy.cli.doctor.Doctor;
import mcproxy.cli.doctor.Examination;
import mcproxy.cli.doctor.Finding;
import mcproxy.config.ConfigurationReader;
import mcproxy.config.Reading;
import mcproxy.control.Control;
import mcproxy.control.ControlException;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code mcproxy doctor}. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description = {
            "Look for what is wrong with the system.",
            "It looks at interfaces, settings of the kernel (rp_filter, forwarding, forced versions,"
                    + " buffers), rules and owners of multicast tables, firewalls, bridges, other"
                    + " queriers, and streams whose TTL ends here. Each finding has the command that"
                    + " mends it. Nothing is changed.",
            "",
            "Run it as the daemon's user, in its network namespace: what may not be seen is told."
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:nothing was found, or only notes",
            "1:no daemon was reached, or it did not answer",
            "2:wrong arguments or configuration",
            "3:something was found"
        })
public final class DoctorCommand extends View<Examination> {
    private final Doctor doctor;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "FILE",
            description =
                    "Look at what a daemon with this configuration would find, rather than ask the"
                            + " one that runs.")
    @Nullable Path file;

    /** For the program. */
    public DoctorCommand() {
        this(Session.ofProcess());
    }

    DoctorCommand(Session session) {
        super(session);
        this.doctor = new Doctor(session.machine());
    }

    @Override
    Examination read(Control control) {
        if (file != null) {
            return doctor.examine(configuration(file).configuration().orElseThrow());
        }
        try {
            return doctor.examine(control);
        } catch (ControlException e) {
            if (e.kind() != ControlException.Kind.UNREACHABLE) {
                throw e;
            }
            throw new ControlException(
                    e.kind(), e.getMessage() + "; without a daemon: mcproxy doctor FILE");
        }
    }

    private Reading configuration(Path named) {
        Path path = session.folder().resolve(named);
        try {
            Reading reading =
                    ConfigurationReader.read(
                            named.toString(),
                            new String(Files.readAllBytes(path), StandardCharsets.UTF_8));
            if (reading.configuration().isEmpty()) {
                throw new IllegalArgumentException(
                        named + " has errors; see: mcproxy config check " + named);
            }
            return reading;
        } catch (IOException e) {
            throw new IllegalArgumentException("cannot read " + named + ": " + e.getMessage(), e);
        }
    }

    @Override
    String json(Examination examination) {
        return Documents.json(Examination.class, examination);
    }

    @Override
    int status(Examination examination) {
        return examination.hasProblems() ? ExitStatus.STOPPED : ExitStatus.OK;
    }

    @Override
    void show(Examination examination, Sheet sheet) {
        for (Finding finding : examination.findings()) {
            sheet.gap();
            show(finding, sheet);
        }
        sheet.gap();
        sheet.sentence(
                (examination.findings().isEmpty() ? "Nothing was found. " : "")
                        + "Looked at: "
                        + String.join(", ", examination.looked())
                        + ".");
        for (Examination.Unseen one : examination.unseen()) {
            sheet.sentence("Not looked at: ", one.what() + ": " + one.why(), Paint.WARNING);
        }
    }

    private static void show(Finding finding, Sheet sheet) {
        Paint paint =
                switch (finding.level()) {
                    case "error" -> Paint.BAD;
                    case "warning" -> Paint.WARNING;
                    default -> Paint.PLAIN;
                };
        sheet.sentence(finding.level() + ": ", where(finding) + finding.text(), paint);
        sheet.sentence("  seen:   ", finding.evidence(), Paint.PLAIN);
        sheet.sentence("  why:    ", finding.why(), Paint.PLAIN);
        sheet.sentence("  to fix: ", finding.fix(), Paint.PLAIN);
    }

    private static String where(Finding finding) {
        return (finding.instance() == null ? "" : finding.instance() + ": ");
    }
}
