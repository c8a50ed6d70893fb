package mcproxy.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The namespaces of our own in which the lab works; {@code dist/src/sh/sandbox} makes them. */
public final class Sandbox {
    /** The name under which the script mounts its tmpfs: only inside is there such a mount. */
    private static final String MARK = " - tmpfs mcproxy-sandbox ";

    private Sandbox() {}

    /** Why this process is not in a sandbox, with what to do about it; empty when it is in one. */
    public static Optional<String> refusal() {
        try {
            if (Files.readString(Path.of("/proc/self/mountinfo")).contains(MARK)) {
                return Optional.empty();
            }
        } catch (IOException e) {
            return Optional.of("cannot read /proc/self/mountinfo: " + e);
        }
        String refused = System.getenv("MCPROXY_SANDBOX_REFUSED");
        return Optional.of(
                refused == null
                        ? "not started through dist/src/sh/sandbox (./mcproxy demo does that)"
                        : "no network namespaces to work in: "
                                + refused
                                + "\n  run it as root, or allow user namespaces");
    }
}
