package mcproxy.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import mcproxy.control.testing.FakeControl;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

class ControlSocketTest {
    private static final String NOBODY = "65534";

    private final Path folder;
    private final FakeControl control = new FakeControl();
    private final Queue<ControlEvent> told = new ConcurrentLinkedQueue<>();

    ControlSocketTest(@TempDir Path folder) {
        this.folder = folder;
    }

    private ControlServer start(ControlSocket socket) throws ControlStartException {
        return ControlServer.start(control, socket, ControlLimits.DEFAULT, told::add);
    }

    private static boolean answers(Path socket) {
        try (ControlClient client = new ControlClient(socket)) {
            return client.status().pid() == 4711;
        }
    }

    private static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private List<String> names(Path parent) throws IOException {
        try (Stream<Path> files = Files.list(parent)) {
            return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
        }
    }

    @Test
    void theFolderIsMadeAndTheSocketIsForOwnerAndGroup() throws Exception {
        Path socket = folder.resolve("run/mcproxy/control.sock");
        try (ControlServer server = start(ControlSocket.at(socket))) {
            assertThat(server.path()).isEqualTo(socket);
            assertThat(answers(socket)).isTrue();
            assertThat(permissions(socket)).isEqualTo("rw-rw----");
            assertThat(permissions(folder.resolve("run/mcproxy"))).isEqualTo("rwxr-xr-x");
            assertThat(names(folder.resolve("run/mcproxy"))).containsExactly("control.sock");
        }
        assertThat(names(folder.resolve("run/mcproxy"))).isEmpty();
    }

    @Test
    void permissionsAndGroupAreThoseThatAreAskedFor() throws Exception {
        Path socket = folder.resolve("s");
        String group =
                Files.readAttributes(folder, java.nio.file.attribute.PosixFileAttributes.class)
                        .group()
                        .getName();
        try (ControlServer _ =
                start(
                        new ControlSocket(
                                socket,
                                PosixFilePermissions.fromString("rw-rw-rw-"),
                                Optional.of(group)))) {
            assertThat(permissions(socket)).isEqualTo("rw-rw-rw-");
        }
        assertThatThrownBy(() ->
                        start(
                                new ControlSocket(
                                        socket,
                                        ControlSocket.DEFAULT_PERMISSIONS,
                                        Optional.of("no-such-group"))))
                .isInstanceOf(ControlStartException.class)
                .hasMessageContaining("no group 'no-such-group'")
                .hasMessageContaining("groupadd");
        assertThat(names(folder)).isEmpty();
    }

    @Test
    void whatADeadDaemonLeftIsTakenOver() throws Exception {
        Path socket = folder.resolve("s");
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket));
        }
        assertThat(socket).exists();
        try (ControlServer _ = start(ControlSocket.at(socket))) {
            assertThat(answers(socket)).isTrue();
        }
        assertThat(socket).doesNotExist();
    }

    @Test
    void aLivingDaemonKeepsItsSocket() throws Exception {
        Path socket = folder.resolve("s");
        try (ControlServer _ = start(ControlSocket.at(socket))) {
            assertThatThrownBy(() -> start(ControlSocket.at(socket)))
                    .isInstanceOf(ControlStartException.class)
                    .hasMessageContaining("another daemon listens on the control socket " + socket);
            assertThat(answers(socket)).isTrue();
            assertThat(names(folder)).containsExactly("s");
        }
    }

    @Test
    void aDaemonWithoutTimeIsAlive() throws Exception {
        Path socket = folder.resolve("s");
        try (ServerSocketChannel busy = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            busy.bind(UnixDomainSocketAddress.of(socket), 1);
            for (int i = 0; i < 5; i++) { // fills its queue
                assertThatThrownBy(() -> start(ControlSocket.at(socket)))
                        .hasMessageContaining("another daemon");
            }
        }
    }

    @Test
    void anotherKindOfFileIsLeftAlone() throws Exception {
        Path file = Files.writeString(folder.resolve("s"), "precious");
        assertThatThrownBy(() -> start(ControlSocket.at(file)))
                .isInstanceOf(ControlStartException.class)
                .hasMessageContaining("is no socket");
        assertThat(file).hasContent("precious");
    }

    @Test
    void aPathThatIsTooLongOrCannotBeIsToldSo() throws Exception {
        Path deep = folder.resolve("x".repeat(120)).resolve("s");
        assertThatThrownBy(() -> start(ControlSocket.at(deep)))
                .isInstanceOf(ControlStartException.class)
                .hasMessageContaining("too long");
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() -> start(ControlSocket.at(file.resolve("s"))))
                .isInstanceOf(ControlStartException.class)
                .hasMessageContaining("cannot be made");
    }

    @Test
    void theSocketOfADaemonThatTookOverOutlivesTheFirst() throws Exception {
        Path socket = folder.resolve("s");
        ControlServer first = start(ControlSocket.at(socket));
        Files.delete(socket);
        try (ControlServer _ = start(ControlSocket.at(socket))) {
            first.close();
            assertThat(answers(socket)).isTrue();
        }
    }

    @Test
    void manyStartsAndStopsLeaveNothing() throws Exception {
        Path socket = folder.resolve("s");
        for (int i = 0; i < 5; i++) {
            try (ControlServer _ = start(ControlSocket.at(socket))) {
                assertThat(answers(socket)).isTrue();
            }
            Eventually.isTrue("threads end", () -> ours() == 0);
        }
        assertThat(names(folder)).isEmpty();
    }

    private static long ours() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("control"))
                .count();
    }

    @Test
    void othersMayReadWhereTheyCanConnectButChangeNothing() throws Exception {
        assumeTrue(canBeSomebodyElse(), "being somebody else needs root, setpriv and curl");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path socket = folder.resolve("s");
        try (ControlServer server =
                start(
                        new ControlSocket(
                                socket,
                                PosixFilePermissions.fromString("rw-rw-rw-"),
                                Optional.of("users")))) {
            assertThat(curl(socket, NOBODY, "/v1/status")).startsWith("200 {\"version\"");
            assertThat(curl(socket, NOBODY, "/v1/reload", "-X", "POST"))
                    .startsWith("403 {\"type\":\"urn:mcproxy:problem:forbidden\"");
            assertThat(curl(socket, NOBODY, "/v1/configuration", "-X", "PUT", "-d", "x"))
                    .startsWith("403");
            assertThat(control.done()).isEmpty();
            assertThat(told)
                    .contains(
                            new ControlEvent.PeerRefused(
                                    "nobody", "nogroup", "POST", "/v1/reload"));
            assertThat(server.counters())
                    .contains(new Counter(null, null, "control-refused", "forbidden", 2));
            assertThat(curl(socket, "users", "/v1/reload", "-X", "POST")).startsWith("200");
            assertThat(control.done()).containsExactly("reload");
        }
    }

    @Test
    void othersCannotEvenConnectByDefault() throws Exception {
        assumeTrue(canBeSomebodyElse(), "being somebody else needs root, setpriv and curl");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path socket = folder.resolve("s");
        try (ControlServer _ =
                start(
                        new ControlSocket(
                                socket, ControlSocket.DEFAULT_PERMISSIONS, Optional.of("users")))) {
            assertThat(curl(socket, NOBODY, "/v1/status")).startsWith("000");
            assertThat(curl(socket, "users", "/v1/status")).startsWith("200");
        }
    }

    private static boolean canBeSomebodyElse() throws Exception {
        return new ProcessBuilder(
                                "sh",
                                "-c",
                                "[ $(id -u) = 0 ] && setpriv --reuid=65534 --regid=65534"
                                        + " --groups=100 true && curl -V && getent group users")
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }

    /** The status and the body that somebody else gets, a member of a group besides his own. */
    private static String curl(Path socket, String group, String target, String... more)
            throws Exception {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "setpriv",
                                "--reuid=" + NOBODY,
                                "--regid=" + group,
                                "--clear-groups",
                                "curl",
                                "-s",
                                "-w",
                                "\n%{http_code}",
                                "--unix-socket",
                                socket.toString(),
                                "http://x" + target));
        command.addAll(List.of(more));
        Process process = new ProcessBuilder(command).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        int feed = output.lastIndexOf('\n');
        return output.substring(feed + 1) + " " + output.substring(0, Math.max(0, feed));
    }
}
