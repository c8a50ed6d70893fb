package mcproxy.lab;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How the program is started as a process of its own. */
final class DaemonCommand {
    private DaemonCommand() {}

    private static final String CONTROL = "--control";

    /**
     * The command with which a user would run the daemon on a configuration file; without a control
     * socket unless the options name one, as several daemons here share one file system.
     */
    static List<String> run(Path configuration, String... options) {
        List<String> command = new ArrayList<>(program());
        command.addAll(List.of("run", "-f", configuration.toString()));
        command.addAll(List.of(options));
        if (!command.contains(CONTROL)) {
            command.addAll(List.of(CONTROL, "none"));
        }
        return command;
    }

    /** How the program is called, with arguments to follow. */
    static List<String> program() {
        // Set by the launcher, which then must not build again in the middle of a run.
        String launcher = System.getProperty("mcproxy.launcher");
        if (launcher != null) {
            return List.of("env", "MCPROXY_BUILD=never", launcher);
        }
        Optional<String> java = ProcessHandle.current().info().command();
        return List.of(
                java.orElse("java"),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "mcproxy.daemon.Main");
    }
}
