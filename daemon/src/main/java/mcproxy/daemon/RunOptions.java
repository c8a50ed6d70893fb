package mcproxy.daemon;

import mcproxy.control.ControlSocket;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;

/** The options of {@code run}, which are also those of mcproxy 1.1. */
final class RunOptions {
    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "The configuration.")
    @Nullable Path file;

    @Option(
            names = {"-v", "--verbose"},
            description =
                    "Log more: once for memberships and routes as they change, twice for every"
                            + " message too.")
    boolean[] verbose = {};

    @Option(
            names = {"-d", "--debug"},
            description = "Log everything.")
    boolean debug;

    @Option(
            names = {"-s", "--status"},
            description = "Print the state of each instance every 2 seconds.")
    boolean status;

    @Option(
            names = {"-r", "--reset-rp-filter"},
            description =
                    "Switch the kernel's IPv4 reverse path filter off on the interfaces of the"
                            + " configuration, and back at the end.")
    boolean resetRpFilter;

    @Option(
            names = "--control",
            paramLabel = "PATH",
            description = {
                "The socket through which the daemon is controlled;",
                "default: /run/mcproxy/control.sock; none: there is none."
            })
    @Nullable String control;

    @Option(
            names = "--control-group",
            paramLabel = "GROUP",
            description = "Whose members may use it for changes, beside root and the own user.")
    @Nullable String controlGroup;

    @Option(
            names = "--journal",
            paramLabel = "FILE",
            description = {
                "Record in this file, or add to it, whatever the instances are told;",
                "mcproxy replay FILE repeats it."
            })
    @Nullable Path journal;

    @Option(
            names = "--journal-limit",
            paramLabel = "SIZE",
            defaultValue = "1G",
            converter = ByteCount.class,
            description = "The journal ends at this size, for instance 100M (default: 1G).")
    long journalLimitBytes;

    @Option(
            names = "--metrics",
            paramLabel = "[ADDRESS:]PORT",
            arity = "0..1",
            fallbackValue = "9842",
            converter = MetricsAddress.class,
            description = {
                "Offer metrics for Prometheus at http://ADDRESS:PORT/metrics too;",
                "default: port 9842 of 127.0.0.1. Whoever reaches it can read them."
            })
    @Nullable InetSocketAddress metrics;

    /**
     * Where the control is offered, if it is.
     *
     * @param system the root of the file system
     */
    Optional<ControlSocket> controlSocket(Path system) {
        String named = control;
        if (named == null) {
            // Not DEFAULT_PATH itself: a test has a file system of its own.
            Path path = system.resolve(Path.of("/").relativize(ControlSocket.DEFAULT_PATH));
            return Optional.of(socket(path));
        }
        return named.equals("none") ? Optional.empty() : Optional.of(socket(Path.of(named)));
    }

    private ControlSocket socket(Path path) {
        return new ControlSocket(
                path, ControlSocket.DEFAULT_PERMISSIONS, Optional.ofNullable(controlGroup));
    }

    Level level() {
        return debug ? Level.TRACE : Level.ofVerbosity(verbose.length);
    }
}
