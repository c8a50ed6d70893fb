package mcproxy.control;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Objects;
import java.util.Optional;

/** The file of the control socket: made without a moment in which the wrong peers can connect. */
final class SocketFile {
    /** What sun_path holds, without the zero at its end (unix(7)). */
    private static final int MAX_PATH_BYTES = 107;

    private static final Path GROUPS = Path.of("/etc/group");

    private final ControlSocket socket;
    private final Path path;
    private final Path folder;
    private final Optional<GroupPrincipal> group;
    private @Nullable Object key;

    private SocketFile(
            ControlSocket socket, Path path, Path folder, Optional<GroupPrincipal> group) {
        this.socket = socket;
        this.path = path;
        this.folder = folder;
        this.group = group;
    }

    /**
     * Makes a private folder for the socket to be bound in, beside the place where it will be.
     *
     * @throws ControlStartException when the place is taken or cannot be used
     */
    static SocketFile prepare(ControlSocket socket) throws ControlStartException {
        Path path = socket.path().toAbsolutePath();
        Path parent = Objects.requireNonNullElse(path.getParent(), path);
        try {
            Optional<GroupPrincipal> group = group(socket, path);
            makeFolder(parent);
            checkFree(path);
            Path folder = Files.createTempDirectory(parent, ".");
            SocketFile file = new SocketFile(socket, path, folder, group);
            int length = file.bindPath().toString().getBytes(StandardCharsets.UTF_8).length;
            if (length > MAX_PATH_BYTES) {
                file.discard();
                throw new ControlStartException(
                        "the path of the control socket "
                                + path
                                + " is too long; choose one that is at least "
                                + (length - MAX_PATH_BYTES)
                                + " bytes shorter");
            }
            return file;
        } catch (IOException e) {
            throw failure(path, e);
        }
    }

    static ControlStartException failure(Path path, IOException e) {
        String reason =
                e instanceof FileSystemException file && file.getReason() != null
                        ? file.getReason() + " (" + file.getFile() + ")"
                        : e.getClass().getSimpleName() + ": " + e.getMessage();
        return new ControlStartException(
                "the control socket "
                        + path
                        + " cannot be made: "
                        + reason
                        + "; may this user write there?",
                e);
    }

    private static Optional<GroupPrincipal> group(ControlSocket socket, Path path)
            throws IOException, ControlStartException {
        if (socket.group().isEmpty()) {
            return Optional.empty();
        }
        String name = socket.group().get();
        try {
            UserPrincipalLookupService lookup =
                    path.getFileSystem().getUserPrincipalLookupService();
            return Optional.of(lookup.lookupPrincipalByGroupName(name));
        } catch (UserPrincipalNotFoundException e) {
            throw new ControlStartException(
                    "there is no group '"
                            + name
                            + "' for the control socket; make it with: groupadd "
                            + name,
                    e);
        }
    }

    private static void makeFolder(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(
                    folder,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwxr-xr-x")));
        }
    }

    /** A socket that nobody listens on is what a daemon that was killed leaves; it may be taken. */
    private static void checkFree(Path path) throws IOException, ControlStartException {
        BasicFileAttributes attributes;
        try {
            attributes =
                    Files.readAttributes(
                            path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException _) {
            return;
        }
        if (!attributes.isOther()) {
            throw new ControlStartException(
                    path
                            + " is there but is no socket; remove it or choose another control socket");
        }
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            // Without waiting: a daemon that has no time to accept is alive, too.
            probe.configureBlocking(false);
            probe.connect(UnixDomainSocketAddress.of(path));
        } catch (ConnectException _) {
            return;
        } catch (IOException _) {
            // whatever it is, somebody may be listening
        }
        throw new ControlStartException(
                "another daemon listens on the control socket "
                        + path
                        + "; stop it, or give this one another control socket");
    }

    /** Where the socket is to be bound. */
    Path bindPath() {
        return folder.resolve("s");
    }

    /** Where it will be. */
    Path path() {
        return path;
    }

    /** Gives the bound socket its group and permissions, and then its place. */
    void publish() throws ControlStartException {
        try {
            if (group.isPresent()) {
                setGroup(group.get());
            }
            Files.setPosixFilePermissions(bindPath(), socket.permissions());
            key = key(bindPath());
            Files.move(bindPath(), path, StandardCopyOption.ATOMIC_MOVE);
            Files.delete(folder);
        } catch (IOException e) {
            throw failure(path, e);
        }
    }

    private void setGroup(GroupPrincipal wanted) throws ControlStartException {
        try {
            Files.getFileAttributeView(bindPath(), PosixFileAttributeView.class).setGroup(wanted);
        } catch (IOException e) {
            throw new ControlStartException(
                    "the control socket cannot be given to the group "
                            + wanted
                            + ": the daemon's user has to be a member of it",
                    e);
        }
    }

    private static Object key(Path file) throws IOException {
        return Objects.requireNonNull(
                Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                        .fileKey());
    }

    /** Is the file at the place still ours? Another daemon may have thought that we are dead. */
    boolean isOurs() {
        try {
            return key(path).equals(key);
        } catch (IOException _) {
            return false;
        }
    }

    /** Removes what there is before it was published. */
    void discard() {
        try {
            Files.deleteIfExists(bindPath());
            Files.deleteIfExists(folder);
        } catch (IOException _) {
            // an empty folder may be left; nothing depends on it
        }
    }

    /** Who may do what at the published socket. */
    Peers peers() throws ControlStartException {
        try {
            // A name of digits that is nobody's is the number of the user.
            var root =
                    path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("0");
            return new Peers(
                    root,
                    Files.getOwner(folder),
                    group,
                    socket.permissions().contains(PosixFilePermission.OTHERS_WRITE),
                    GROUPS);
        } catch (IOException e) {
            throw failure(path, e);
        }
    }
}
