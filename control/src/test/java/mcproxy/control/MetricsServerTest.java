package mcproxy.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import mcproxy.control.testing.FakeControl;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Metrics on a TCP address, and nothing else there. */
@Timeout(60)
class MetricsServerTest {
    private static final InetSocketAddress ANY_PORT =
            new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);

    private final FakeControl control = new FakeControl();
    private final MetricsServer server;

    MetricsServerTest() throws ControlStartException {
        server = MetricsServer.start(control, ANY_PORT, _ -> {});
    }

    @AfterEach
    void close() {
        server.close();
    }

    private HttpResponse<String> ask(String method, String path, String body) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                            .method(method, BodyPublishers.ofString(body))
                            .build(),
                    BodyHandlers.ofString());
        }
    }

    @Test
    void metricsCanBeRead() throws Exception {
        HttpResponse<String> metrics = ask("GET", "/metrics", "");
        assertThat(metrics.statusCode()).isEqualTo(200);
        assertThat(metrics.headers().firstValue("content-type"))
                .contains("text/plain; version=0.0.4; charset=utf-8");
        assertThat(metrics.body()).isEqualTo(control.metrics());
        HttpResponse<String> head = ask("HEAD", "/metrics", "");
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
    }

    @Test
    void nothingElseCanBeReadOrDone() throws Exception {
        assertThat(ask("GET", "/v1/status", "").statusCode()).isEqualTo(404);
        assertThat(ask("GET", "/", "").statusCode()).isEqualTo(404);
        assertThat(ask("POST", "/v1/reload", "").statusCode()).isEqualTo(404);
        assertThat(ask("POST", "/metrics", "").statusCode()).isEqualTo(405);
        assertThat(ask("GET", "/metrics?group=239.1.1.1", "").statusCode()).isEqualTo(400);
        assertThat(ask("GET", "/metrics", "a body").statusCode()).isEqualTo(400);
        assertThat(control.done()).isEmpty();
        assertThat(server.counters())
                .contains(new Counter(null, null, "control-refused", Refusal.NOT_FOUND + "", 3));
    }

    @Test
    void whoKeepsConnectionsOpenIsOneOfFew() throws Exception {
        List<Socket> idle = new ArrayList<>();
        try {
            for (int i = 0; i < MetricsServer.LIMITS.connections(); i++) {
                idle.add(new Socket(ANY_PORT.getAddress(), server.port()));
                // Answered, so it is known to be open.
                assertThat(line(idle.getLast())).contains(" 200 ");
            }
            assertThat(ask("GET", "/metrics", "").statusCode()).isEqualTo(503);
        } finally {
            for (Socket one : idle) {
                one.close();
            }
        }
    }

    private static String line(Socket socket) throws IOException {
        socket.getOutputStream()
                .write(
                        "HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
        StringBuilder line = new StringBuilder();
        for (int c = socket.getInputStream().read(); c >= ' '; c = socket.getInputStream().read()) {
            line.append((char) c);
        }
        return line.toString();
    }

    @Test
    void anAddressThatIsTakenIsSaidToBe() {
        InetSocketAddress taken = new InetSocketAddress(ANY_PORT.getAddress(), server.port());
        assertThatThrownBy(() -> MetricsServer.start(control, taken, _ -> {}))
                .isInstanceOf(ControlStartException.class)
                .hasMessageContaining("127.0.0.1:" + server.port())
                .hasMessageContaining("in use");
    }
}
