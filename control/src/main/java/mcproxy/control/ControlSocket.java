package mcproxy.control;

import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/**
 * The socket that the daemon is controlled through, and who may use it. Whoever can connect may
 * read; changes are for root, for the user that the daemon runs as, and for members of the group.
 *
 * @param path where it is, 107 bytes at most (unix(7))
 * @param permissions of the socket: who may write to it can connect
 * @param group whose members may make changes, by name or number; empty for none
 */
public record ControlSocket(
        Path path, Set<PosixFilePermission> permissions, Optional<String> group) {
    /** Where it is when nobody says otherwise. */
    public static final Path DEFAULT_PATH = Path.of("/run/mcproxy/control.sock");

    /** {@code 0660}. */
    public static final Set<PosixFilePermission> DEFAULT_PERMISSIONS =
            Set.copyOf(PosixFilePermissions.fromString("rw-rw----"));

    /** Copies the set. */
    public ControlSocket {
        permissions = Set.copyOf(permissions);
    }

    /** The default, at another place. */
    public static ControlSocket at(Path path) {
        return new ControlSocket(path, DEFAULT_PERMISSIONS, Optional.empty());
    }
}
