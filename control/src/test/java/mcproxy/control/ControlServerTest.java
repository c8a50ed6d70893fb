package mcproxy.control;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.control.testing.FakeControl;
import mcproxy.control.testing.RawHttp;
import mcproxy.control.testing.RawHttp.Reply;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

class ControlServerTest {
    private static final Selection ALL = Selection.ALL;
    private static final byte[] NOTHING = {};

    /** Small, and the times long: what takes too long has a test of its own. */
    private static final ControlLimits LIMITS =
            new ControlLimits(
                    12, 3, 4, 10_000, 2048, Duration.ofSeconds(30), Duration.ofSeconds(30));

    private final FakeControl control = new FakeControl();
    private final Queue<ControlEvent> told = new ConcurrentLinkedQueue<>();
    private final Path socket;
    private final ControlServer server;
    private final ControlClient client;

    ControlServerTest(@TempDir Path folder) throws ControlStartException {
        socket = folder.resolve("s");
        server = ControlServer.start(control, ControlSocket.at(socket), LIMITS, told::add);
        client = new ControlClient(socket);
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    private Reply get(String target) throws IOException {
        return RawHttp.exchange(socket, "GET", target, Map.of(), NOTHING);
    }

    private Reply send(String method, String target, String type, String body) throws IOException {
        return RawHttp.exchange(
                socket,
                method,
                target,
                type.isEmpty() ? Map.of() : Map.of("Content-Type", type),
                body.getBytes(StandardCharsets.UTF_8));
    }

    private static ProblemDocument problem(Reply reply) {
        assertThat(reply.mediaType()).as("%s", reply).isEqualTo("application/problem+json");
        ProblemDocument problem = Json.type(ProblemDocument.class).fromJson(reply.body());
        assertThat(problem.status()).isEqualTo(reply.status());
        return problem;
    }

    /** What the server has counted of a refusal. */
    private long counted(Refusal refusal) {
        return server.counters().stream()
                .filter(counter -> refusal.toString().equals(counter.label()))
                .mapToLong(Counter::value)
                .sum();
    }

    private void refuses(Reply reply, Refusal refusal, String detail) {
        assertThat(reply.status()).as("%s", reply).isEqualTo(refusal.status());
        ProblemDocument problem = problem(reply);
        assertThat(problem.type()).isEqualTo("urn:mcproxy:problem:" + refusal);
        assertThat(problem.title()).isEqualTo(refusal.title());
        assertThat(problem.detail()).contains(detail);
        assertThat(counted(refusal)).as("%s", refusal).isPositive();
    }

    @Test
    void aClientSeesWhatTheDaemonHas() {
        assertThat(client.status()).isEqualTo(control.status());
        assertThat(client.instances()).isEqualTo(control.instances());
        assertThat(client.interfaces(ALL)).isEqualTo(control.interfaces(ALL));
        assertThat(client.groups(ALL)).isEqualTo(control.groups(ALL));
        assertThat(client.memberships(ALL)).isEqualTo(control.memberships(ALL));
        assertThat(client.flows(ALL)).isEqualTo(control.flows(ALL));
        assertThat(client.hosts(ALL)).isEqualTo(control.hosts(ALL)).hasSize(2);
        assertThat(client.rules(ALL)).isEqualTo(control.rules(ALL));
        assertThat(client.counters(ALL)).startsWith(control.counters(ALL).toArray(Counter[]::new));
        assertThat(client.explain("232.1.1.1", Optional.of("192.0.2.1"), ALL))
                .isEqualTo(control.explain("232.1.1.1", Optional.of("192.0.2.1"), ALL));
        assertThat(client.configuration()).isEqualTo(FakeControl.CONFIGURATION);
    }

    @Test
    void aSelectionReachesTheDaemonWhole() {
        Selection one = new Selection("tv", "lan0", "232.1.1.1", "192.0.2.10");
        assertThat(client.groups(one)).hasSize(1).isEqualTo(control.groups(one));
        Selection spaced = new Selection("house 2", "lan2", null, null);
        assertThat(client.interfaces(spaced)).hasSize(1).isEqualTo(control.interfaces(spaced));
        assertThat(client.counters(new Selection("house 2", null, null, null)))
                .isEqualTo(control.counters(new Selection("house 2", null, null, null)));
    }

    @Test
    void aClientChangesWhatTheDaemonDoes() {
        String text = "pinstance tv: wan0 ==> lan0;\n";
        assertThat(client.replace(text, true).applied()).isFalse();
        assertThat(client.configuration()).isEqualTo(FakeControl.CONFIGURATION);
        assertThat(client.replace(text, false).applied()).isTrue();
        assertThat(client.configuration()).isEqualTo(text);
        Change change =
                new Change("add", "rule", null, null, null, null, "tv", 1, null, null, "(* | *)");
        assertThat(client.change(List.of(change), true).applied()).isFalse();
        assertThat(client.change(List.of(change, change), false).differences())
                .containsExactly("add rule", "add rule");
        assertThat(client.reload().applied()).isTrue();
        assertThat(client.clear(new Selection(null, null, "239.1.1.1", null))).isEqualTo(1);
        client.logLevel("trace");
        assertThat(client.status().logLevel()).isEqualTo("trace");
        assertThat(control.done())
                .containsExactly(
                        "replace", "add rule", "add rule", "reload", "clear 1", "log-level trace");
    }

    @Test
    void aConfigurationWithErrorsChangesNothingAndSaysWhere() throws IOException {
        Outcome outcome = client.replace("pinstance tv wan0 ==> lan0;\nset x 1;\n", false);
        assertThat(outcome.applied()).isFalse();
        assertThat(outcome.problems()).hasSizeGreaterThan(1);
        Reply reply = send("PUT", "/v1/configuration", "text/plain", "\n  nonsense;");
        refuses(reply, Refusal.CONFIGURATION, "nonsense");
        assertThat(problem(reply).line()).isEqualTo(2);
        assertThat(problem(reply).column()).isEqualTo(3);
        assertThat(control.done()).isEmpty();
        Outcome dry = client.replace("nonsense", true);
        assertThat(dry.problems()).isNotEmpty();
    }

    @Test
    void whatTheSystemDoesNotAllowIsTold() throws IOException {
        Outcome failed = new Outcome(false, List.of(), List.of(), "EADDRINUSE: table 0 is taken");
        control.onReload(failed);
        assertThat(client.reload()).isEqualTo(failed);
        refuses(send("POST", "/v1/reload", "", ""), Refusal.CONFLICT, "EADDRINUSE");
    }

    @Test
    void aBodyThatIsNoDocumentIsRefusedWithItsPlace() throws IOException {
        String target = "/v1/changes";
        for (String body :
                List.of(
                        "",
                        "x",
                        "null",
                        "{}",
                        "[null]",
                        "[] []",
                        "[",
                        "[\"",
                        "[{\"action\":5,\"kind\":\"rule\"}]",
                        "[{\"action\":\"add\"}]",
                        "[{\"action\":\"add\\ud800\",\"kind\":\"rule\"}]",
                        "[{\"action\":\"add\\udc00\",\"kind\":\"rule\"}]",
                        "[{\"action\":\"\\ud83d\\ude00\",\"kind\":\"rule\"}]",
                        "[{\"action\":\"\\u12x4\",\"kind\":\"rule\"}]",
                        "[{\"action\":\"do\",\"kind\":\"rule\"}]",
                        "[{\"action\":\"add\",\"kind\":\"rule\",\"number\":\"x\"}]",
                        "[{\"action\":\"add\",\"kind\":\"rule\",\"number\":99999999999}]",
                        "[".repeat(5000))) {
            refuses(send("POST", target, "application/json", body), Refusal.MALFORMED, "");
        }
        Reply reply =
                send("POST", target, "", "[{\"action\":\"add\",\n \"knd\":\"rule\",\"number\":1}]");
        refuses(reply, Refusal.MALFORMED, "knd; known: action, kind, instance");
        assertThat(problem(reply).line()).isEqualTo(2);
        assertThat(problem(reply).column()).isBetween(2, 10);
        reply = send("POST", target, "application/json", "[\n] é x");
        assertThat(problem(reply).line()).isEqualTo(2);
        assertThat(problem(reply).column()).isEqualTo(3);
        refuses(send("PUT", "/v1/log-level", "", "{}"), Refusal.MALFORMED, "level");
        refuses(
                send("PUT", "/v1/log-level", "", "{\"level\":\"much\"}"),
                Refusal.MALFORMED,
                "much");
        refuses(
                RawHttp.exchange(
                        socket, "PUT", "/v1/configuration", Map.of(), new byte[] {65, -1, 65}),
                Refusal.MALFORMED,
                "not UTF-8 from byte 1");
        assertThat(control.done()).isEmpty();
    }

    @Test
    void parametersAreKnownOnceThereAndMakeSense() throws IOException {
        Reply reply = get("/v1/rules?grop=232.1.1.1");
        refuses(reply, Refusal.PARAMETER, "no parameter 'grop' here; known: instance, link");
        assertThat(problem(reply).known()).containsExactly("instance", "link");
        refuses(get("/v1/status?x"), Refusal.PARAMETER, "there is none at all");
        refuses(get("/v1/groups?link=a&link=b"), Refusal.PARAMETER, "twice");
        refuses(get("/v1/groups?link="), Refusal.PARAMETER, "a name");
        refuses(get("/v1/groups?group=10.0.0.1"), Refusal.PARAMETER, "a multicast address");
        refuses(get("/v1/groups?source=ff02::1"), Refusal.PARAMETER, "a unicast address");
        refuses(get("/v1/explain?source=10.0.0.1"), Refusal.PARAMETER, "group is needed");
        refuses(get("/v1/groups?link=%C3"), Refusal.MALFORMED, "not UTF-8");
        refuses(get("/v1/groups?link=%4"), Refusal.MALFORMED, "hexadecimal");
        refuses(get("/v1/events?after=-1"), Refusal.PARAMETER, "a cursor");
        refuses(send("POST", "/v1/changes?dry-run=maybe", "", "[]"), Refusal.PARAMETER, "true or");
        assertThat(get("/v1/groups?group=ff3e%3A%3A1").status()).isEqualTo(200);
        assertThat(get("/v1/instances/house%202").status()).isEqualTo(200);
        assertThat(get("/v1/interfaces?instance=house+2").status()).isEqualTo(200);
    }

    @Test
    void whatIsNotThereIsToldWithWhatIs() throws IOException {
        Reply reply = get("/v1/group");
        refuses(reply, Refusal.NOT_FOUND, "'/v1/group'");
        assertThat(problem(reply).known()).contains("/v1/groups").doesNotHaveDuplicates();
        reply = get("/v1/instances/tw");
        refuses(reply, Refusal.NOT_FOUND, "no instance 'tw'");
        assertThat(problem(reply).known()).containsExactly("tv", "house 2");
        refuses(get("/v1/groups?instance=tw"), Refusal.NOT_FOUND, "no instance 'tw'");
        refuses(get("/v1/instances/"), Refusal.NOT_FOUND, "/v1/instances/");
        refuses(get("/v1/../v1/status"), Refusal.NOT_FOUND, "..");
        refuses(get("/v1/instances/a%2Fb"), Refusal.NOT_FOUND, "no instance 'a/b'");
    }

    @Test
    void methodsThatAResourceDoesNotHaveAreToldWithThoseThatItHas() throws IOException {
        Reply reply = send("DELETE", "/v1/configuration", "", "");
        refuses(reply, Refusal.METHOD, "DELETE");
        assertThat(reply.fields()).containsEntry("allow", "GET, HEAD, PUT");
        refuses(get("/v1/reload"), Refusal.METHOD, "only POST");
        for (String method : List.of("POST", "PUT", "PATCH", "OPTIONS", "TRACE", "NONSENSE")) {
            refuses(send(method, "/v1/status", "", ""), Refusal.METHOD, method);
        }
        assertThat(control.done()).isEmpty();
    }

    @Test
    void headTellsWhatGetWould() throws IOException {
        for (String target : List.of("/v1/status", "/v1/groups", "/v1/configuration")) {
            Reply get = get(target);
            Reply head = RawHttp.exchange(socket, "HEAD", target, Map.of(), NOTHING);
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.body()).isEmpty();
            assertThat(head.fields()).isEqualTo(get.fields());
        }
    }

    @Test
    void theConfigurationComesAsWhatIsWanted() throws IOException {
        for (String accept :
                List.of("*/*", "text/*", "text/plain", "application/json;q=0.1, */*")) {
            assertThat(accept(accept).mediaType()).as(accept).isEqualTo("text/plain");
        }
        for (String accept : List.of("application/json", "text/plain;q=0.1, application/json")) {
            Reply reply = accept(accept);
            assertThat(reply.mediaType()).as(accept).isEqualTo("application/json");
            assertThat(reply.body()).contains("\"name\": \"house 2\"");
        }
        refuses(accept("image/png"), Refusal.NOT_ACCEPTABLE, "text/plain or application/json");
    }

    private Reply accept(String accept) throws IOException {
        return RawHttp.exchange(
                socket, "GET", "/v1/configuration", Map.of("Accept", accept), NOTHING);
    }

    @Test
    void bodiesOfAnotherKindAreRefused() throws IOException {
        refuses(
                send("POST", "/v1/changes", "application/x-www-form-urlencoded", "[]"),
                Refusal.MEDIA_TYPE,
                "must be application/json");
        refuses(send("POST", "/v1/reload", "", "{}"), Refusal.MALFORMED, "no body");
        refuses(send("GET", "/v1/status", "", "{}"), Refusal.MALFORMED, "no body");
        assertThat(send("POST", "/v1/changes", "application/json; charset=utf-8", "[]").status())
                .isEqualTo(200);
    }

    @Test
    void aBodyBeyondTheLimitIsRefusedHoweverItComes() throws IOException {
        String fits = "# " + "x".repeat(LIMITS.bodyBytes() - 3) + "\n";
        assertThat(send("PUT", "/v1/configuration", "", fits).status()).isNotEqualTo(413);
        refuses(
                send("PUT", "/v1/configuration", "", fits + "x"),
                Refusal.BODY_TOO_LARGE,
                "10000 bytes");
        String chunk = Integer.toHexString(6000) + "\r\n" + "x".repeat(6000) + "\r\n";
        String request =
                "PUT /v1/configuration HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + chunk
                        + chunk;
        refuses(raw(request), Refusal.BODY_TOO_LARGE, "10000 bytes");
        assertThat(told).contains(new ControlEvent.LimitReached("bodyBytes", 10_000));
    }

    private Reply raw(String request) throws IOException {
        return RawHttp.parse(
                RawHttp.talk(
                        socket,
                        request.getBytes(StandardCharsets.UTF_8),
                        Duration.ofSeconds(30),
                        heard -> heard.endsWith("}")));
    }

    @Test
    void aHeaderBeyondTheLimitIsRefused() throws IOException {
        String request =
                "GET /v1/status HTTP/1.1\r\nHost: x\r\nX: " + "x".repeat(5000) + "\r\n\r\n";
        refuses(raw(request), Refusal.HEADER_TOO_LARGE, "");
        request = "GET /v1/status?" + "x".repeat(5000) + " HTTP/1.1\r\nHost: x\r\n\r\n";
        refuses(raw(request), Refusal.HEADER_TOO_LARGE, "");
        assertThat(told).contains(new ControlEvent.LimitReached("headerBytes", 2048));
    }

    @Test
    void whatIsNoHttpIsRefused() throws IOException {
        refuses(raw("nonsense\r\n\r\n"), Refusal.MALFORMED, "");
        refuses(raw("GET /v1/status HTTP/1.1\r\n\r\n"), Refusal.MALFORMED, "Host");
        refuses(raw("GET /v1/status HTTP/7.1\r\nHost: x\r\n\r\n"), Refusal.VERSION, "");
        assertThat(client.status()).isEqualTo(control.status());
    }

    @Test
    void requestsMayFollowEachOtherOnOneConnection() throws IOException {
        String one = "GET /v1/log-level HTTP/1.1\r\nHost: x\r\n\r\n";
        String last = "GET /v1/log-level HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        String heard =
                new String(
                        RawHttp.talk(
                                socket,
                                (one.repeat(20) + last).getBytes(StandardCharsets.US_ASCII),
                                Duration.ofSeconds(30),
                                _ -> false),
                        StandardCharsets.US_ASCII);
        assertThat(heard.split("HTTP/1.1 200 OK", -1)).hasSize(22);
        assertThat(heard.split("\\{\"level\":\"info\"}", -1)).hasSize(22);
    }

    @Test
    void tooManyRequestsAtOnceAreRefusedAndTheOthersAnswered() throws Exception {
        CountDownLatch busy = new CountDownLatch(4);
        CountDownLatch go = new CountDownLatch(1);
        control.onStatus(() -> {
            busy.countDown();
            waitFor(go);
        });
        List<Thread> threads = new ArrayList<>();
        Queue<String> answers = new ConcurrentLinkedQueue<>();
        Runnable ask =
                () -> {
                    try {
                        answers.add(client.status().version());
                    } catch (ControlException e) {
                        answers.add(e.kind() + ": " + e.getMessage());
                    }
                };
        for (int i = 0; i < 4 + LIMITS.waitingRequests(); i++) {
            threads.add(Thread.ofPlatform().start(ask));
        }
        assertThat(busy.await(30, TimeUnit.SECONDS)).isTrue();
        Eventually.isTrue(
                "requests wait",
                () -> server.counters().getFirst().value() == 4 + LIMITS.waitingRequests());
        Reply refused = refusedBecauseBusy();
        refuses(refused, Refusal.BUSY, "4 requests are waiting");
        assertThat(refused.fields()).containsEntry("retry-after", "1");
        go.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(answers).hasSize(8).containsOnly("2.0.0");
        assertThat(told).contains(new ControlEvent.LimitReached("waitingRequests", 4));
    }

    /** A request is counted a moment before it waits, so the first one may still find a place. */
    private Reply refusedBecauseBusy() throws Exception {
        Queue<Reply> replies = new ConcurrentLinkedQueue<>();
        while (replies.isEmpty()) {
            Thread.ofPlatform()
                    .start(() -> {
                        try {
                            replies.add(get("/v1/log-level"));
                        } catch (IOException _) {
                            // the test has ended
                        }
                    })
                    .join(500);
        }
        return replies.remove();
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void tooManyConnectionsAreToldSoAndThoseThereGoOn() throws Exception {
        List<SocketChannel> open = new ArrayList<>();
        for (int i = 0; i < LIMITS.connections(); i++) {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(UnixDomainSocketAddress.of(socket));
            open.add(channel);
            assertThat(asked(channel)).as("the server has seen it").startsWith("HTTP/1.1 200 OK");
        }
        refuses(get("/v1/status"), Refusal.CONNECTIONS, "12 connections");
        assertThat(told).contains(new ControlEvent.LimitReached("connections", 12));
        assertThat(asked(open.getFirst())).startsWith("HTTP/1.1 200 OK");
        for (SocketChannel channel : open) {
            channel.close();
        }
        Eventually.isTrue("a place is free", () -> answer() == 200);
    }

    /** The answer to a short request on a connection that stays open. */
    private static String asked(SocketChannel channel) throws IOException {
        channel.write(
                ByteBuffer.wrap(
                        "GET /v1/log-level HTTP/1.1\r\nHost: x\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII)));
        ByteBuffer heard = ByteBuffer.allocate(4096);
        String text = "";
        while (!text.endsWith("}") && channel.read(heard) >= 0) {
            text = new String(heard.array(), 0, heard.position(), StandardCharsets.US_ASCII);
        }
        return text;
    }

    /** The status of an answer. */
    private int answer() {
        try {
            return get("/v1/status").status();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aDaemonThatFailsSaysSoAndGoesOn() throws IOException {
        RuntimeException bug = new IllegalStateException("a bug");
        control.onStatus(() -> {
            throw bug;
        });
        refuses(get("/v1/status"), Refusal.FAILED, "a bug");
        assertThat(told).contains(new ControlEvent.Failed("GET", "/v1/status", bug));
        control.onStatus(() -> {
            throw new ControlException(ControlException.Kind.BUSY, "tv does not answer");
        });
        refuses(get("/v1/status"), Refusal.BUSY, "tv does not answer");
        control.onStatus(() -> {});
        assertThat(client.status()).isEqualTo(control.status());
    }

    @Test
    void aPeerThatHangsUpInTheMiddleOfADocumentIsNoBug() throws Exception {
        String version = "x".repeat(3_000_000);
        control.version(version);
        for (int i = 0; i < 5; i++) {
            try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                channel.connect(UnixDomainSocketAddress.of(socket));
                channel.write(
                        ByteBuffer.wrap(
                                "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n"
                                        .getBytes(StandardCharsets.US_ASCII)));
                channel.read(ByteBuffer.allocate(100));
            }
        }
        assertThat(client.text("/v1/status", Route.JSON)).contains(version);
        assertThat(told).isEmpty();
        control.version("half a pair: \ud800");
        refuses(get("/v1/status"), Refusal.FAILED, "a bug of mcproxy");
    }

    @Test
    void whatItCountsIsAmongTheCounters() throws IOException {
        get("/nowhere");
        get("/nowhere");
        assertThat(client.counters(ALL))
                .contains(new Counter(null, null, "control-refused", "not-found", 2))
                .contains(new Counter(null, null, "control-requests", null, 3));
    }
}
