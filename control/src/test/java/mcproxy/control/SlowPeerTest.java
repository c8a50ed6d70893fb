package mcproxy.control;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.control.testing.FakeControl;
import mcproxy.control.testing.RawHttp;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/** Peers that take their time lose their connection, however many bytes they send meanwhile. */
class SlowPeerTest {
    private static final ControlLimits LIMITS =
            new ControlLimits(
                    8, 3, 4, 10_000_000, 2048, Duration.ofMillis(600), Duration.ofMillis(600));

    private final FakeControl control = new FakeControl();
    private final Path socket;
    private final ControlServer server;

    SlowPeerTest(@TempDir Path folder) throws ControlStartException {
        socket = folder.resolve("s");
        server = ControlServer.start(control, ControlSocket.at(socket), LIMITS, _ -> {});
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private SocketChannel open() throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(socket));
        return channel;
    }

    private static void write(SocketChannel channel, String text) throws IOException {
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    }

    private long slow() {
        return server.counters().stream()
                .filter(counter -> "slow".equals(counter.label()))
                .mapToLong(Counter::value)
                .sum();
    }

    /** Reads to the end. */
    private static String rest(SocketChannel channel) {
        StringBuilder heard = new StringBuilder();
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        try {
            while (channel.read(buffer.clear()) >= 0) {
                heard.append(
                        new String(
                                buffer.array(), 0, buffer.position(), StandardCharsets.US_ASCII));
            }
        } catch (IOException _) {
            // closed while something of ours was unread
        }
        return heard.toString();
    }

    @Test
    void aPeerThatAsksNothingLosesTheConnection() throws Exception {
        try (SocketChannel channel = open()) {
            assertThat(rest(channel)).isEmpty();
            assertThat(slow()).isEqualTo(1);
        }
    }

    @Test
    void aHeaderThatDripsLosesTheConnection() throws Exception {
        try (SocketChannel channel = open()) {
            write(channel, "GET /v1/status HTTP/1.1\r\nHost: x\r\n");
            Thread dripping = drip(channel, "X-A: b\r\n");
            assertThat(rest(channel)).doesNotContain("200");
            dripping.join();
            assertThat(slow()).isEqualTo(1);
        }
    }

    @Test
    void aBodyThatDripsIsAnsweredAndLosesTheConnection() throws Exception {
        try (SocketChannel channel = open()) {
            write(
                    channel,
                    "PUT /v1/configuration HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
            Thread dripping = drip(channel, "#");
            assertThat(rest(channel))
                    .startsWith("HTTP/1.1 408 ")
                    .contains("Connection: close")
                    .contains("urn:mcproxy:problem:slow");
            dripping.join();
            assertThat(control.done()).isEmpty();
        }
    }

    /** Sends a little, again and again, until that fails. */
    private static Thread drip(SocketChannel channel, String drop) {
        return Thread.ofPlatform()
                .start(() -> {
                    try {
                        while (true) {
                            write(channel, drop);
                            Thread.sleep(50);
                        }
                    } catch (IOException | InterruptedException _) {
                        // that is what it waits for
                    }
                });
    }

    @Test
    void aPeerThatTakesNoAnswerLosesTheConnectionAndHoldsUpNobody() throws Exception {
        String large = "# " + "x".repeat(4_000_000) + "\n" + FakeControl.CONFIGURATION;
        assertThat(control.replace(large, false).applied()).isTrue();
        for (int i = 0; i < 6; i++) {
            SocketChannel channel = open();
            write(channel, "GET /v1/configuration HTTP/1.1\r\nHost: x\r\n\r\n");
        }
        Eventually.isTrue("six give up", () -> slow() == 6);
        try (ControlClient client = new ControlClient(socket)) {
            assertThat(client.configuration()).isEqualTo(large);
        }
    }

    @Test
    void aReaderOfEventsThatTakesNoneLosesTheConnection() throws Exception {
        try (SocketChannel channel = open()) {
            write(channel, "GET /v1/events?after=0 HTTP/1.1\r\nHost: x\r\n\r\n");
            Eventually.isTrue("the reader", () -> server.eventReaders() == 1);
            for (int i = 0; i < 90; i++) {
                control.events().happen("k", "tv", "x".repeat(100_000));
            }
            Eventually.isTrue("it gives up", () -> server.eventReaders() == 0);
            assertThat(slow()).isEqualTo(1);
        }
    }

    @Test
    void aReaderOfEventsMayStayWhenNothingHappens() throws Exception {
        String heard =
                new String(
                        RawHttp.talk(
                                socket,
                                "GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n"
                                        .getBytes(StandardCharsets.US_ASCII),
                                Duration.ofSeconds(3),
                                _ -> false),
                        StandardCharsets.US_ASCII);
        assertThat(heard).contains("retry: ");
        assertThat(slow()).isZero();
    }
}
