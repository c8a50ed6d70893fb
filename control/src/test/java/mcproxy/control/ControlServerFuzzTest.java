package mcproxy.control;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.control.testing.FakeControl;
import mcproxy.control.testing.RawHttp;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Anything at all on the control socket leaves the server alive. {@code -Dcontrol.fuzz.seed} plays
 * a failure again, {@code -Dcontrol.fuzz.rounds} goes on for longer.
 */
class ControlServerFuzzTest {
    private static final long SEED = Long.getLong("control.fuzz.seed", 4605);
    private static final int ROUNDS = Integer.getInteger("control.fuzz.rounds", 2500);
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private static final ControlLimits LIMITS =
            new ControlLimits(
                    32, 3, 16, 20_000, 2048, Duration.ofSeconds(2), Duration.ofSeconds(2));

    private static final List<String> METHODS =
            List.of("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get");

    private static final List<String> VALUES =
            List.of(
                    "tv",
                    "house%202",
                    "nobody",
                    "",
                    "lan0",
                    "232.1.1.1",
                    "10.0.0.1",
                    "ff3e::1",
                    "%00",
                    "%C3%28",
                    "%zz",
                    "true",
                    "maybe",
                    "-1",
                    "99999999999999999999",
                    "+",
                    "..%2F..",
                    "\u00e9");

    private static final List<String> FIELDS =
            List.of(
                    "Host: y",
                    "Content-Length: 5",
                    "Content-Length: -1",
                    "Content-Length: 0",
                    "Content-Length: 99999999999",
                    "Transfer-Encoding: chunked",
                    "Transfer-Encoding: gzip",
                    "Expect: 100-continue",
                    "Expect: miracles",
                    "Connection: keep-alive",
                    "Upgrade: h2c",
                    "Accept: ;;q=x",
                    "Accept: */*",
                    "Accept: image/png",
                    "Content-Type: application/json",
                    "Content-Type: text/html",
                    "Content-Type: ;",
                    "Last-Event-ID: 0",
                    "Last-Event-ID: x",
                    "X: " + "y".repeat(900),
                    ": no name",
                    " folded",
                    "Range: bytes=0-1",
                    "Content-Encoding: gzip");

    private static final List<String> BODIES =
            List.of(
                    "[]",
                    "[{\"action\":\"add\",\"kind\":\"rule\",\"table\":\"t\",\"text\":\"(* | *)\"}]",
                    "[{\"action\":\"remove\",\"kind\":\"instance\",\"instance\":\"tv\"}]",
                    "{\"level\":\"debug\"}",
                    "[[[[[[[[[[[[[[[[[[[[[[",
                    "[{\"action\":{},\"kind\":[1,2],\"number\":1e400}]",
                    "[{\"number\":-0.0,\"number\":null,\"action\":true}]",
                    "{\"level\":\"\\ud800\\u0000\"}",
                    "\"\\",
                    "5\r\n[][]]\r\n0\r\n\r\n",
                    "ffffffff\r\nx",
                    "pinstance tv: wan0 ==> lan0;",
                    "pinstance tv wan0 => lan0",
                    "\u0000\u0001\u0002");

    private static final List<Route> ROUTES = new Routes(new FakeControl(), List::of).table();

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final FakeControl control = new FakeControl();
    private final Queue<ControlEvent> told = new ConcurrentLinkedQueue<>();
    private final Path socket;
    private final List<String> paths = new ArrayList<>();

    ControlServerFuzzTest(@TempDir Path folder) {
        socket = folder.resolve("s");
        ROUTES.forEach(route -> paths.add(route.path().replace("{name}", "tv")));
        paths.addAll(
                List.of("/", "*", "/v1", "/v1/nothing", "//v1/status", "/v1/status/", "x", ""));
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    /** Half of all requests are nearly right, so that they get further. */
    private byte[] request() {
        return random.nextBoolean() ? nearlyRight() : anything();
    }

    private byte[] nearlyRight() {
        Route route = any(ROUTES);
        String method = random.nextInt(20) == 0 ? any(METHODS) : route.method();
        StringBuilder text = new StringBuilder(method);
        text.append(' ').append(route.path().replace("{name}", any(VALUES)));
        char before = '?';
        for (Parameter parameter : route.parameters()) {
            if (random.nextInt(3) == 0) {
                text.append(before).append(parameter).append('=').append(any(VALUES));
                before = '&';
            }
        }
        text.append(" HTTP/1.1\r\nHost: x\r\n");
        if (random.nextInt(20) == 0) {
            text.append("X: ").append("y".repeat(random.nextInt(2 * LIMITS.headerBytes())));
            text.append("\r\n");
        }
        String body = "";
        if (!route.takes().isEmpty()) {
            body = any(BODIES).repeat(random.nextInt(20) == 0 ? 2000 : 1);
            String type = random.nextInt(10) == 0 ? "text/html" : route.takes();
            text.append("Content-Type: ").append(type).append("\r\nContent-Length: ");
            text.append(body.getBytes(StandardCharsets.UTF_8).length).append("\r\n");
        }
        byte[] bytes = (text + "\r\n" + body).getBytes(StandardCharsets.UTF_8);
        return random.nextInt(10) == 0 ? mutated(bytes) : bytes;
    }

    private byte[] anything() {
        StringBuilder text = new StringBuilder();
        text.append(any(METHODS)).append(' ').append(any(paths));
        for (int i = random.nextInt(3); i > 0; i--) {
            Parameter parameter = any(List.of(Parameter.values()));
            text.append(i == 1 ? '?' : '&').append(parameter).append('=').append(any(VALUES));
        }
        text.append(random.nextInt(20) == 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
        text.append(random.nextInt(20) == 0 ? "" : "Host: x\r\n");
        for (int i = random.nextInt(4); i > 0; i--) {
            text.append(any(FIELDS)).append(random.nextInt(20) == 0 ? "\n" : "\r\n");
        }
        String body = random.nextInt(3) == 0 ? "" : any(BODIES);
        if (random.nextInt(30) == 0) {
            body = body.repeat(2000);
        }
        if (random.nextBoolean()) {
            int length = body.getBytes(StandardCharsets.UTF_8).length;
            text.append("Content-Length: ").append(length).append("\r\n");
        }
        byte[] bytes = (text + "\r\n" + body).getBytes(StandardCharsets.UTF_8);
        return random.nextInt(3) == 0 ? mutated(bytes) : bytes;
    }

    private byte[] mutated(byte[] bytes) {
        byte[] other = bytes.clone();
        for (int i = 1 + random.nextInt(4); i > 0 && other.length > 0; i--) {
            int place = random.nextInt(other.length);
            switch (random.nextInt(3)) {
                case 0 -> other[place] ^= (byte) (1 << random.nextInt(8));
                case 1 -> other[place] = (byte) random.nextInt(256);
                default -> other = java.util.Arrays.copyOf(other, place);
            }
        }
        return other;
    }

    /** Sends some requests and hears something, or hangs up in the middle. */
    private byte[] talk() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = random.nextInt(10) == 0 ? 5 : 1; i > 0; i--) {
            bytes.writeBytes(request());
        }
        byte[] sent = bytes.toByteArray();
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            try {
                int part = random.nextInt(4) == 0 ? random.nextInt(sent.length + 1) : sent.length;
                channel.write(ByteBuffer.wrap(sent, 0, part));
                channel.write(ByteBuffer.wrap(sent, part, sent.length - part));
                if (random.nextBoolean()) {
                    channel.shutdownOutput();
                }
                if (random.nextInt(3) > 0 && channel.isOpen()) {
                    ByteBuffer heard = ByteBuffer.allocate(1000);
                    Thread closer = closeLater(channel);
                    int count = channel.read(heard);
                    closer.interrupt();
                    assertThat(
                                    count <= 0
                                            || new String(
                                                            heard.array(),
                                                            0,
                                                            5,
                                                            StandardCharsets.US_ASCII)
                                                    .equals("HTTP/"))
                            .isTrue();
                }
            } catch (IOException _) {
                // the server may hang up on what makes no sense
            }
        }
        return sent;
    }

    /** Not every request is whole, and the server waits two seconds for the rest. */
    private static Thread closeLater(SocketChannel channel) {
        return Thread.ofVirtual()
                .start(() -> {
                    try {
                        Thread.sleep(30);
                        channel.close();
                    } catch (InterruptedException | IOException _) {
                        // it was not needed
                    }
                });
    }

    @Test
    void anythingAtAllLeavesTheServerAlive() throws Exception {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream capture = new PrintStream(printed, true, StandardCharsets.UTF_8);
        System.setOut(capture);
        System.setErr(capture);
        try (ControlServer server =
                ControlServer.start(control, ControlSocket.at(socket), LIMITS, told::add)) {
            for (int round = 0; round < ROUNDS; round++) {
                String what = "-Dcontrol.fuzz.seed=" + SEED + ", round " + round;
                byte[] sent = talk();
                if (round % 50 == 0) {
                    assertAlive(server, what + ": " + new String(sent, StandardCharsets.UTF_8));
                }
            }
            assertAlive(server, "at the end");
            TreeMap<String, Long> counts = new TreeMap<>();
            server.counters().forEach(one -> counts.put(one.label() + "", one.value()));
            out.println("fuzzed " + ROUNDS + " times: " + counts);
            for (Refusal refusal :
                    Set.of(
                            Refusal.MALFORMED,
                            Refusal.PARAMETER,
                            Refusal.NOT_FOUND,
                            Refusal.METHOD,
                            Refusal.MEDIA_TYPE,
                            Refusal.BODY_TOO_LARGE,
                            Refusal.HEADER_TOO_LARGE,
                            Refusal.CONFIGURATION)) {
                assertThat(counts.get(refusal.toString())).as("%s", refusal).isPositive();
            }
            assertThat(counts.get("failed")).as("told: %s", told).isZero();
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
        assertThat(printed.toString(StandardCharsets.UTF_8)).as("nothing is logged").isEmpty();
    }

    private void assertAlive(ControlServer server, String what) throws Exception {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (true) { // connections that were left behind may fill it for two seconds
            RawHttp.Reply reply =
                    RawHttp.exchange(
                            socket, "GET", "/v1/instances", java.util.Map.of(), new byte[0]);
            if (reply.status() == 200) {
                assertThat(Json.list(Instance.class).fromJson(reply.body()))
                        .as(what)
                        .isEqualTo(control.instances());
                break;
            }
            assertThat(reply.status()).as(what).isEqualTo(503);
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            Thread.sleep(20);
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .as(what)
                .filteredOn(thread -> thread.getName().startsWith("control"))
                .hasSizeLessThan(20);
        assertThat(server.eventReaders()).as(what).isLessThanOrEqualTo(LIMITS.eventReaders());
    }
}
