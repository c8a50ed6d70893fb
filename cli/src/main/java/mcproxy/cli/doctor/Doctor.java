package mcproxy.cli.doctor;

import mcproxy.config.Configuration;
import mcproxy.config.ConfigurationReader;
import mcproxy.config.Reading;
import mcproxy.control.Control;
import mcproxy.kernel.KernelException;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Looks for what is wrong with a system. Changes nothing. */
public final class Doctor {
    private static final List<Check> CHECKS =
            List.of(
                    new InterfaceCheck(),
                    new ForwardingCheck(),
                    new ReversePathFilterCheck(),
                    new TableCheck(),
                    new FirewallCheck(),
                    new QuerierCheck(),
                    new BridgeCheck(),
                    new VersionCheck(),
                    new HopLimitCheck(),
                    new BufferCheck());

    private static final List<String> LEVELS =
            Arrays.stream(Level.values()).map(Level::word).toList();

    private final Machine machine;

    /** A doctor for a system. */
    public Doctor(Machine machine) {
        this.machine = machine;
    }

    /** Looks at the system of a daemon that runs here. */
    public Examination examine(Control daemon) {
        Reading reading = ConfigurationReader.read("configuration", daemon.configuration());
        return examine(
                reading.configuration()
                        .orElseThrow(() ->
                                new IllegalArgumentException(
                                        "the daemon's configuration is of another version: "
                                                + reading.render().strip())),
                Optional.of(daemon));
    }

    /** Looks at a system on which no daemon runs yet that would have this configuration. */
    public Examination examine(Configuration configuration) {
        return examine(configuration, Optional.empty());
    }

    private Examination examine(Configuration configuration, Optional<Control> daemon) {
        Report report = new Report();
        Scene scene;
        try {
            scene = Scene.of(machine, configuration, daemon);
        } catch (KernelException e) {
            report.unseen("interfaces", String.valueOf(e.getMessage()));
            return new Examination(report.findings(), List.of(), report.unseen());
        }
        for (Check check : CHECKS) {
            try {
                check.look(scene, report);
            } catch (KernelException e) {
                report.unseen(check.kind(), String.valueOf(e.getMessage()));
            }
        }
        return new Examination(
                report.findings().stream().sorted(Comparator.comparingInt(Doctor::order)).toList(),
                CHECKS.stream().map(Check::kind).toList(),
                report.unseen());
    }

    private static int order(Finding finding) {
        return LEVELS.indexOf(finding.level());
    }
}
