package mcproxy.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.util.ArrayList;
import java.util.List;

class EventStreamTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(50);

    private final FakeControl control = new FakeControl();
    private final Path socket;
    private ControlServer server;
    private final ControlClient client;

    EventStreamTest(@TempDir Path folder) throws ControlStartException {
        socket = folder.resolve("s");
        server = start();
        client = new ControlClient(socket);
    }

    private ControlServer start() throws ControlStartException {
        return ControlServer.start(
                control,
                ControlSocket.at(socket),
                new ControlLimits(20, 3, 4, 10_000, 2048, LONG, LONG),
                Duration.ofMillis(300),
                _ -> {});
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    private Happening happen(String text) {
        return control.events().happen("downstream-membership", "tv", text);
    }

    private String hear(String target, String fields, String until) throws IOException {
        return new String(
                RawHttp.talk(
                        socket,
                        ("GET " + target + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n")
                                .getBytes(StandardCharsets.US_ASCII),
                        LONG,
                        heard -> heard.contains(until)),
                StandardCharsets.UTF_8);
    }

    @Test
    void eventsComeWithCursorKindAndData() throws IOException {
        happen("first");
        happen("second");
        String heard = hear("/v1/events?after=1", "", "second\"");
        assertThat(heard)
                .contains("Content-Type: text/event-stream")
                .contains("id: 2\nevent: downstream-membership\ndata: {\"cursor\":2,")
                .doesNotContain("first");
    }

    @Test
    void aReaderThatReconnectsGoesOnWhereItWas() throws IOException {
        happen("first");
        happen("second");
        assertThat(hear("/v1/events", "Last-Event-ID: 1\r\n", "\ndata: "))
                .contains("id: 2\n")
                .doesNotContain("first");
        assertThat(hear("/v1/events?after=0", "Last-Event-ID: 1\r\n", "\ndata: "))
                .as("what is asked for goes before what is remembered")
                .contains("first");
    }

    @Test
    void whoAsksForNothingGetsOnlyWhatIsNew() throws Exception {
        happen("old");
        Thread teller =
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                Eventually.isTrue("a reader", () -> server.eventReaders() == 1);
                                happen("new");
                            } catch (InterruptedException _) {
                                // the test has failed, and says so
                            }
                        });
        assertThat(hear("/v1/events", "", "new\"")).doesNotContain("old");
        teller.join();
    }

    @Test
    void aCommentKeepsTheStreamAlive() throws IOException {
        assertThat(hear("/v1/events", "", "\n:\n\n")).contains("retry: ");
    }

    @Test
    void whatWasNotKeptIsToldAsAGap() throws InterruptedException {
        for (int i = 0; i < 150; i++) {
            happen("event " + i);
        }
        List<Happening> happenings = client.events().after(0, LONG);
        assertThat(happenings.getFirst().kind()).isEqualTo("gap");
        assertThat(happenings.getFirst().data()).containsEntry("lost", "50");
        assertThat(happenings).hasSize(101);
        assertThat(happenings).isEqualTo(control.events().after(0, LONG));
    }

    @Test
    void aClientReadsInOrderWithoutLossAtItsOwnPace() throws InterruptedException {
        EventFeed feed = client.events();
        assertThat(feed.cursor()).isZero();
        List<Happening> sent = new ArrayList<>();
        List<Happening> heard = new ArrayList<>();
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < round % 7; i++) {
                sent.add(happen("\"round\" " + round + ", event " + i + "\nünïcode"));
            }
            while (heard.size() < sent.size()) {
                heard.addAll(feed.after(cursor(heard), LONG));
            }
        }
        assertThat(heard).isEqualTo(sent);
        assertThat(server.eventReaders()).as("one stream for all").isEqualTo(1);
        assertThat(feed.after(cursor(heard), SHORT)).isEmpty();
        assertThat(feed.after(0, LONG)).as("from the beginning").isEqualTo(sent);
    }

    private static long cursor(List<Happening> heard) {
        return heard.isEmpty() ? 0 : heard.getLast().cursor();
    }

    @Test
    void whatIsThereComesWithoutWaitingForMore() throws InterruptedException {
        happen("first");
        EventFeed feed = client.events();
        long start = System.nanoTime();
        assertThat(feed.after(0, Duration.ofMinutes(5))).hasSize(1);
        happen("second");
        assertThat(feed.after(1, Duration.ofMinutes(5))).hasSize(1);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMinutes(1));
    }

    @Test
    void aReaderThatGoesFreesItsPlaceAtOnce() throws Exception {
        for (int i = 0; i < 10; i++) {
            hear("/v1/events", "", "retry: ");
            Eventually.isTrue("the place is free", () -> server.eventReaders() == 0);
        }
    }

    @Test
    void moreReadersThanThereMayBeAreRefused() throws Exception {
        List<SocketChannel> readers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(
                    ByteBuffer.wrap(
                            "GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII)));
            readers.add(channel);
        }
        Eventually.isTrue("three readers", () -> server.eventReaders() == 3);
        assertThatThrownBy(() -> client.events().after(0, SHORT))
                .isInstanceOfSatisfying(
                        ControlException.class,
                        e -> assertThat(e.kind()).isEqualTo(ControlException.Kind.BUSY))
                .hasMessageContaining("3 readers of events");
        readers.getFirst().close();
        Eventually.isTrue("a place is free", () -> server.eventReaders() < 3);
        happen("heard");
        assertThat(client.events().after(0, LONG)).hasSize(1);
        for (SocketChannel reader : readers) {
            reader.close();
        }
    }

    @Test
    void aReaderThatDoesNotReadHoldsNobodyUpAndLosesOnlyWhatIsNotKept() throws Exception {
        try (SocketChannel sleeper = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            sleeper.connect(UnixDomainSocketAddress.of(socket));
            sleeper.write(
                    ByteBuffer.wrap(
                            "GET /v1/events?after=0 HTTP/1.1\r\nHost: x\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII)));
            Eventually.isTrue("the reader", () -> server.eventReaders() == 1);
            EventFeed feed = client.events();
            long cursor = 0;
            String much = "x".repeat(10_000);
            for (int i = 0; i < 400; i++) {
                happen(much);
                while (cursor <= i) {
                    cursor = feed.after(cursor, LONG).getLast().cursor();
                }
            }
            ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
            StringBuilder heard = new StringBuilder();
            while (heard.indexOf("id: 400\n") < 0) {
                sleeper.read(buffer.clear());
                heard.append(
                        new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8));
            }
            assertThat(heard.indexOf("event: gap")).isPositive();
        }
    }

    @Test
    void aStreamThatEndsIsToldAndGoesOnWithTheNextDaemon() throws Exception {
        happen("first");
        EventFeed feed = client.events();
        assertThat(feed.after(0, LONG)).hasSize(1);
        server.close();
        assertThatThrownBy(() -> feed.after(1, LONG)).isInstanceOf(ControlException.class);
        assertThatThrownBy(() -> feed.after(1, LONG))
                .isInstanceOf(ControlException.class)
                .hasMessageContaining("no socket");
        server = start();
        happen("second");
        assertThat(feed.after(1, LONG)).extracting(Happening::text).containsExactly("second");
    }

    @Test
    void aReaderCanBeInterrupted() throws InterruptedException {
        Thread reader =
                Thread.ofPlatform()
                        .start(() ->
                                assertThatThrownBy(
                                                () -> client.events().after(0, Duration.ofHours(1)))
                                        .isInstanceOf(InterruptedException.class));
        Eventually.isTrue("the reader", () -> server.eventReaders() == 1);
        reader.interrupt();
        assertThat(reader.join(LONG)).isTrue();
    }
}
