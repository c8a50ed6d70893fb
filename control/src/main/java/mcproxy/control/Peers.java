package mcproxy.control;

import jdk.net.UnixDomainPrincipal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.UserPrincipal;
import java.util.Arrays;
import java.util.Optional;

/** Who may make changes. */
final class Peers {
    private final UserPrincipal root;
    private final UserPrincipal owner;
    private final Optional<GroupPrincipal> group;
    private final boolean everyoneConnects;
    private final Path groups;

    /**
     * Peers of a socket.
     *
     * @param owner the user that the daemon runs as
     * @param group whose members may make changes
     * @param everyoneConnects may others than owner and group connect?
     * @param groups the file with the members of groups (group(5))
     */
    Peers(
            UserPrincipal root,
            UserPrincipal owner,
            Optional<GroupPrincipal> group,
            boolean everyoneConnects,
            Path groups) {
        this.root = root;
        this.owner = owner;
        this.group = group;
        this.everyoneConnects = everyoneConnects;
        this.groups = groups;
    }

    /**
     * May this peer make changes?
     *
     * <p>Its credentials (SO_PEERCRED, unix(7)) name one group only, so its others are looked up.
     * Where only the group can connect at all, the kernel has already done that.
     */
    boolean mayChange(UnixDomainPrincipal peer) {
        if (peer.user().equals(root) || peer.user().equals(owner)) {
            return true;
        }
        return group.isPresent()
                && (peer.group().equals(group.get())
                        || !everyoneConnects
                        || isListed(peer.user().getName(), group.get().getName()));
    }

    private boolean isListed(String user, String groupName) {
        try (var lines = Files.lines(groups)) {
            return lines.map(line -> line.split(":", -1))
                    .filter(fields -> fields.length == 4 && fields[0].equals(groupName))
                    .anyMatch(fields -> Arrays.asList(fields[3].split(",")).contains(user));
        } catch (IOException | java.io.UncheckedIOException _) {
            return false; // who cannot be looked up is nobody's member
        }
    }
}
