package mcproxy.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import mcproxy.control.testing.FakeControl;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

class ControlClientTest {
    private final Path socket;

    ControlClientTest(@TempDir Path folder) {
        socket = folder.resolve("s");
    }

    private static void fails(
            org.assertj.core.api.ThrowableAssert.ThrowingCallable call,
            ControlException.Kind kind,
            String sentence) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ControlException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageContaining(sentence);
    }

    /** A client of somebody who answers every request with these bytes and hangs up. */
    private ControlClient answered(String answer) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        Thread.ofPlatform()
                .daemon()
                .start(() -> {
                    while (true) {
                        try (SocketChannel peer = server.accept()) {
                            peer.read(ByteBuffer.allocate(10_000));
                            for (byte b : answer.getBytes(StandardCharsets.UTF_8)) {
                                peer.write(ByteBuffer.wrap(new byte[] {b}));
                            }
                        } catch (IOException _) {
                            return;
                        }
                    }
                });
        return new ControlClient(socket);
    }

    @Test
    void whereThereIsNoSocketNoDaemonRuns() {
        fails(
                () -> new ControlClient(socket).status(),
                ControlException.Kind.UNREACHABLE,
                "there is no socket " + socket + "; is mcproxy running");
    }

    @Test
    void whereNobodyListensTheDaemonHasEnded() throws IOException {
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket));
        }
        fails(
                () -> new ControlClient(socket).status(),
                ControlException.Kind.UNREACHABLE,
                "nobody listens on " + socket);
    }

    @Test
    void aDaemonThatDoesNotAnswerInTimeIsBusy() throws IOException {
        try (ServerSocketChannel silent = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            silent.bind(UnixDomainSocketAddress.of(socket));
            ControlClient client = new ControlClient(socket, Duration.ofSeconds(1));
            fails(client::status, ControlException.Kind.BUSY, "does not answer within 1 s");
        }
    }

    @Test
    void whatTheDaemonRefusesIsThrownInItsWords() throws Exception {
        FakeControl control = new FakeControl();
        try (ControlServer _ =
                        ControlServer.start(
                                control, ControlSocket.at(socket), ControlLimits.DEFAULT, _ -> {});
                ControlClient client = new ControlClient(socket)) {
            fails(
                    () -> client.groups(new Selection("x&y", null, null, null)),
                    ControlException.Kind.NOT_FOUND,
                    "there is no instance 'x&y'");
            assertThatThrownBy(() -> client.logLevel("much"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("there is no log level 'much'");
            assertThatThrownBy(() -> client.explain("x", Optional.empty(), Selection.ALL))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'x' is no value for group: a multicast address");
            fails(
                    () -> client.replace("#".repeat(5 << 20), false),
                    ControlException.Kind.REFUSED,
                    "The body is too large");
            control.onStatus(() -> {
                throw new IllegalStateException("oops");
            });
            fails(client::status, ControlException.Kind.BROKEN, "oops");
        }
    }

    @Test
    void chunksAreReadHoweverTheyCome() throws IOException {
        ControlClient client =
                answered(
                        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding:"
                                + " Chunked\r\n\r\n5;x=y\r\n{\"lev\r\n0B\r\nel\":\"débug\r\n2\r\n"
                                + "\"}\r\n0\r\nTrailer: x\r\n\r\n");
        assertThat(client.text("/v1/log-level", "application/json"))
                .isEqualTo("{\"level\":\"débug\"}");
    }

    @Test
    void anAnswerMayEndWithTheConnection() throws IOException {
        ControlClient client = answered("HTTP/1.0 200 OK\n\nprotocol IGMPv3;");
        assertThat(client.configuration()).isEqualTo("protocol IGMPv3;");
    }

    @Test
    void anAnswerThatBreaksOffIsNoAnswer() throws IOException {
        ControlClient client = answered("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nprotocol");
        fails(client::configuration, ControlException.Kind.UNREACHABLE, "ends too early");
        fails(client::status, ControlException.Kind.UNREACHABLE, "broke");
    }

    @Test
    void whatIsNoHttpIsNoAnswer() throws IOException {
        ControlClient client = answered("SSH-2.0-OpenSSH_9.2\r\n");
        fails(client::status, ControlException.Kind.UNREACHABLE, "does not speak HTTP");
    }

    @Test
    void whatIsNoDocumentIsNoAnswer() throws IOException {
        ControlClient client = answered("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]");
        fails(client::status, ControlException.Kind.BROKEN, "cannot be read");
    }

    @Test
    void membersOfALaterVersionAreNotLookedAt() throws IOException {
        ControlClient client =
                answered(
                        "HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n{\"groups\":3,\"new\":[{}]} ");
        assertThat(client.clear(Selection.ALL)).isEqualTo(3);
    }

    @Test
    void aRefusalWithoutADocumentStillHasItsStatus() throws IOException {
        ControlClient client = answered("HTTP/1.1 502 Bad\r\nContent-Length: 3\r\n\r\nxyz");
        fails(client::status, ControlException.Kind.BROKEN, "status 502");
    }
}
