package mcproxy.control;

import static org.assertj.core.api.Assertions.assertThat;

import jdk.net.UnixDomainPrincipal;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.UserPrincipal;
import java.util.Optional;

class PeersTest {
    private record User(String getName) implements UserPrincipal {}

    private record Group(String getName) implements GroupPrincipal {}

    private static final Optional<GroupPrincipal> GROUP = Optional.of(new Group("mcproxy"));

    private final Path groups;

    PeersTest(@TempDir Path folder) throws IOException {
        groups =
                Files.writeString(
                        folder.resolve("group"),
                        """
                        root:x:0:
                        wheel:x:10:carol
                        # no line of the file's form
                        mcproxy:x:990:alice,bob
                        """);
    }

    private boolean mayChange(
            String user, String group, Optional<GroupPrincipal> configured, boolean everyone) {
        return new Peers(new User("root"), new User("daemon"), configured, everyone, groups)
                .mayChange(new UnixDomainPrincipal(new User(user), new Group(group)));
    }

    @Test
    void rootAndTheDaemonsUserMay() {
        assertThat(mayChange("root", "root", Optional.empty(), true)).isTrue();
        assertThat(mayChange("daemon", "daemon", Optional.empty(), true)).isTrue();
    }

    @Test
    void withoutAGroupNobodyElseMay() {
        assertThat(mayChange("alice", "mcproxy", Optional.empty(), true)).isFalse();
        assertThat(mayChange("alice", "root", Optional.empty(), false)).isFalse();
    }

    @Test
    void membersOfTheGroupMayBeItTheirFirstOrAnother() {
        assertThat(mayChange("dave", "mcproxy", GROUP, true)).isTrue();
        assertThat(mayChange("bob", "users", GROUP, true)).isTrue();
        assertThat(mayChange("carol", "wheel", GROUP, true)).isFalse();
        assertThat(mayChange("dave", "users", GROUP, true)).isFalse();
    }

    @Test
    void whereOnlyTheGroupConnectsTheKernelHasLooked() {
        assertThat(mayChange("dave", "users", GROUP, false)).isTrue();
    }

    @Test
    void withoutAFileOfGroupsOthersMayNot() throws IOException {
        Files.delete(groups);
        assertThat(mayChange("bob", "users", GROUP, true)).isFalse();
    }
}
