package mcproxy.lab;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.control.ControlClient;
import mcproxy.control.Selection;
import mcproxy.wire.IpAddress;

import org.junit.jupiter.api.Test;

import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/** Metrics of a daemon on a real kernel, over TCP as Prometheus reads them. */
@InSandbox
class MetricsTest {
    private static final IpAddress GROUP = IpAddress.of("239.1.1.1");
    private static final int PORT = 9842;

    @Test
    void streamsAndReactionsAreMeasured() throws Exception {
        try (ProxyNetwork net = new ProxyNetwork()) {
            Path socket = net.lab.folder().resolve("control.sock");
            LabProcess daemon =
                    net.startDaemonWith(
                            List.of("--control", socket.toString(), "--metrics"),
                            "pinstance tv set immediate-leave off;");
            Await.until(
                    ProxyNetwork.PATIENCE,
                    () -> "an address; the daemon says " + daemon.tail(20),
                    () -> daemon.tail(200).stream().anyMatch(line -> line.contains(":9842/")));
            var _ = net.send(net.up, ProxyNetwork.node(GROUP, 1, 10), GROUP);
            StreamReceiver receiver = net.join(net.tv1, GROUP);
            ProxyNetwork.awaitPackets(receiver, 100);

            String text = scrape(net, "/metrics").body();
            double out = value(text, "mcproxy_forwarded_packets_total", "lan1", "out");
            double in = value(text, "mcproxy_forwarded_packets_total", "wan", "in");
            assertThat(out).isGreaterThanOrEqualTo(100);
            // Between one system call and the next a packet may come.
            assertThat(in).isBetween(out - 50, out + 50);
            assertThat(value(text, "mcproxy_forwarded_packets_total", "lan2", "out")).isZero();
            assertThat(value(text, "mcproxy_forwarded_bytes_total", "lan1", "out"))
                    .isGreaterThan(28 * out); // headers at least
            assertThat(value(text, "mcproxy_groups", "lan1", "IPv4")).isPositive();
            assertThat(value(text, "mcproxy_memberships", "wan", "IPv4")).isPositive();
            for (String reaction : List.of("miss-to-route", "message-to-report", "queue")) {
                assertThat(value(text, "mcproxy_reaction_seconds_count", reaction))
                        .as(reaction)
                        .isPositive();
                assertThat(value(text, "mcproxy_reaction_seconds_sum", reaction))
                        .as(reaction)
                        .isBetween(1e-6, 5.0);
            }
            try (ControlClient control = new ControlClient(socket)) {
                long packets = control.flows(Selection.ALL).getFirst().packets();
                assertThat(value(control.metrics(), "mcproxy_forwarded_packets_total", "wan", "in"))
                        .isGreaterThanOrEqualTo((double) packets);
            }

            receiver.leave();
            Await.until(
                    ProxyNetwork.PATIENCE,
                    () -> "a leave in " + scrape(net, "/metrics").body(),
                    () ->
                            value(
                                            scrape(net, "/metrics").body(),
                                            "mcproxy_reaction_seconds_count",
                                            "leave-to-route")
                                    > 0);
            assertThat(
                            value(
                                    scrape(net, "/metrics").body(),
                                    "mcproxy_reaction_seconds_sum",
                                    "leave-to-route"))
                    .as("twice the last member query interval of 300 ms")
                    .isBetween(0.5, 10.0);

            assertThat(scrape(net, "/v1/status").status()).isEqualTo(404);
        }
    }

    private record Scraped(int status, String body) {}

    /** On a thread that is in the proxy's namespace, as its address is of there. */
    private static Scraped scrape(ProxyNetwork net, String path) {
        return net.proxy.call(() -> {
            HttpURLConnection connection =
                    (HttpURLConnection)
                            URI.create("http://127.0.0.1:" + PORT + path).toURL().openConnection();
            int status = connection.getResponseCode();
            try (InputStream body =
                    status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
                return new Scraped(status, new String(body.readAllBytes(), StandardCharsets.UTF_8));
            }
        });
    }

    /** The sum of what has all these label values. */
    private static double value(String text, String name, String... labels) {
        OptionalDouble sum =
                text.lines()
                        .filter(line -> line.startsWith(name + "{"))
                        .filter(line ->
                                List.of(labels).stream()
                                        .allMatch(label ->
                                                Pattern.compile("=\"" + label + "\"")
                                                        .matcher(line)
                                                        .find()))
                        .mapToDouble(
                                line -> Double.parseDouble(line.substring(line.indexOf("} ") + 2)))
                        .reduce(Double::sum);
        return sum.orElseThrow(
                () -> new AssertionError("no " + name + List.of(labels) + " in " + text));
    }
}
