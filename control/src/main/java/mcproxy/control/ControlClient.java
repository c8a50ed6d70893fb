package mcproxy.control;

import io.avaje.json.JsonException;
import io.avaje.jsonb.JsonType;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A daemon's control, from outside: over its socket. Any thread may use it; each call makes a
 * connection of its own.
 *
 * <p>A call that fails throws a {@link ControlException}, or an {@link IllegalArgumentException}
 * when the daemon says that the arguments make no sense.
 */
public final class ControlClient implements Control, AutoCloseable {
    /** An answer takes a second for each instance that does not answer; more is no answer. */
    static final Duration ANSWER_LIMIT = Duration.ofSeconds(20);

    private final Path socket;
    private final Duration limit;
    private @Nullable EventReader reader;

    /** A client of the daemon that has this socket; nothing is connected yet. */
    public ControlClient(Path socket) {
        this(socket, ANSWER_LIMIT);
    }

    ControlClient(Path socket, Duration limit) {
        this.socket = socket;
        this.limit = limit;
    }

    @Override
    public Status status() {
        return get("/v1/status", Map.of(), Json.type(Status.class));
    }

    @Override
    public List<Instance> instances() {
        return get("/v1/instances", Map.of(), Json.list(Instance.class));
    }

    @Override
    public List<Interface> interfaces(Selection selection) {
        return selected("/v1/interfaces", selection, Interface.class);
    }

    @Override
    public List<Group> groups(Selection selection) {
        return selected("/v1/groups", selection, Group.class);
    }

    @Override
    public List<Membership> memberships(Selection selection) {
        return selected("/v1/memberships", selection, Membership.class);
    }

    @Override
    public List<Flow> flows(Selection selection) {
        return selected("/v1/flows", selection, Flow.class);
    }

    @Override
    public List<Member> hosts(Selection selection) {
        return selected("/v1/hosts", selection, Member.class);
    }

    @Override
    public List<RuleHits> rules(Selection selection) {
        return selected("/v1/rules", selection, RuleHits.class);
    }

    @Override
    public List<Counter> counters(Selection selection) {
        return selected("/v1/counters", selection, Counter.class);
    }

    @Override
    public String metrics() {
        return text("/metrics", Route.TEXT);
    }

    @Override
    public List<Explanation> explain(String group, Optional<String> source, Selection selection) {
        Selection about =
                new Selection(selection.instance(), selection.link(), group, source.orElse(null));
        return selected("/v1/explain", about, Explanation.class);
    }

    @Override
    public String configuration() {
        return text("/v1/configuration", Route.TEXT);
    }

    @Override
    public Outcome replace(String text, boolean dryRun) {
        return change("PUT", "/v1/configuration", dryRun, Route.TEXT, text);
    }

    @Override
    public Outcome change(List<Change> changes, boolean dryRun) {
        String body = Json.list(Change.class).toJson(changes);
        return change("POST", "/v1/changes", dryRun, Route.JSON, body);
    }

    @Override
    public Outcome reload() {
        return change("POST", "/v1/reload", false, "", "");
    }

    @Override
    public int clear(Selection selection) {
        return ask(
                        "POST",
                        target("/v1/clear", parameters(selection)),
                        "",
                        new byte[0],
                        Json.type(Cleared.class))
                .groups();
    }

    @Override
    public void logLevel(String level) {
        String body = Json.type(LogLevel.class).toJson(new LogLevel(level));
        ask(
                "PUT",
                "/v1/log-level",
                header(Route.JSON),
                body.getBytes(StandardCharsets.UTF_8),
                Json.type(LogLevel.class));
    }

    @Override
    public synchronized EventFeed events() {
        if (reader == null) {
            reader = new EventReader(this);
        }
        return reader;
    }

    /**
     * Anything that can be read, as the daemon sends it.
     *
     * @param target the path, perhaps with a query
     * @param mediaType which form of it is wanted
     */
    public String text(String target, String mediaType) {
        try (HttpStream stream = open()) {
            stream.request("GET", target, "Accept: " + mediaType + "\r\n" + CLOSE, null);
            byte[] body = stream.body().readAllBytes();
            checkStatus(stream, body);
            return new String(body, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private static final String CLOSE = "Connection: close\r\n";

    private static String header(String takes) {
        return takes.isEmpty() ? "" : "Content-Type: " + takes + "\r\n";
    }

    private <T> List<T> selected(String path, Selection selection, Class<T> type) {
        return get(path, parameters(selection), Json.list(type));
    }

    private static Map<String, String> parameters(Selection selection) {
        Map<String, String> parameters = new LinkedHashMap<>();
        put(parameters, Parameter.INSTANCE, selection.instance());
        put(parameters, Parameter.LINK, selection.link());
        put(parameters, Parameter.GROUP, selection.group());
        put(parameters, Parameter.SOURCE, selection.source());
        return parameters;
    }

    private static void put(
            Map<String, String> parameters, Parameter parameter, @Nullable String value) {
        if (value != null) {
            parameters.put(parameter.toString(), value);
        }
    }

    private static String target(String path, Map<String, String> parameters) {
        StringBuilder target = new StringBuilder(path);
        char before = '?';
        for (Map.Entry<String, String> one : parameters.entrySet()) {
            target.append(before)
                    .append(one.getKey())
                    .append('=')
                    .append(URLEncoder.encode(one.getValue(), StandardCharsets.UTF_8));
            before = '&';
        }
        return target.toString();
    }

    private <T> T get(String path, Map<String, String> parameters, JsonType<T> type) {
        return ask("GET", target(path, parameters), "", null, type);
    }

    private <T> T ask(
            String method, String target, String fields, byte @Nullable [] body, JsonType<T> type) {
        try (HttpStream stream = open()) {
            stream.request(method, target, fields + CLOSE, body);
            if (stream.status() / 100 != 2) {
                checkStatus(stream, stream.body().readAllBytes());
            }
            return type.fromJson(stream.body());
        } catch (IOException e) {
            throw failure(e);
        } catch (JsonException e) {
            throw unreadable(e);
        }
    }

    private Outcome change(String method, String path, boolean dryRun, String takes, String body) {
        Map<String, String> parameters = dryRun ? Map.of("dry-run", "true") : Map.of();
        try (HttpStream stream = open()) {
            stream.request(
                    method,
                    target(path, parameters),
                    header(takes) + CLOSE,
                    body.getBytes(StandardCharsets.UTF_8));
            byte[] answer = stream.body().readAllBytes();
            if (stream.status() == 409 || stream.status() == 422) {
                Outcome outcome = Json.type(ProblemDocument.class).fromJson(answer).outcome();
                if (outcome != null) {
                    return outcome;
                }
            }
            checkStatus(stream, answer);
            return Json.type(Outcome.class).fromJson(answer);
        } catch (IOException e) {
            throw failure(e);
        } catch (JsonException e) {
            throw unreadable(e);
        }
    }

    private ControlException unreadable(JsonException e) {
        Throwable cause = e.getCause();
        if (cause instanceof IOException broken) {
            return failure(broken);
        }
        return new ControlException(
                ControlException.Kind.BROKEN,
                "the answer of the daemon at " + socket + " cannot be read: " + e.getMessage(),
                e);
    }

    /** Connects, and says in a sentence why that is not possible. */
    HttpStream open() {
        try {
            HttpStream stream = HttpStream.open(socket);
            stream.deadline(System.nanoTime() + limit.toNanos());
            return stream;
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    private ControlException unreachable(IOException e) {
        ControlException.Kind kind = ControlException.Kind.UNREACHABLE;
        try {
            PosixFileAttributes file = Files.readAttributes(socket, PosixFileAttributes.class);
            if (e instanceof ConnectException) {
                return new ControlException(
                        kind,
                        "nobody listens on "
                                + socket
                                + ": the daemon that made it has ended; start mcproxy",
                        e);
            }
            if (String.valueOf(e.getMessage()).contains("Permission denied")) {
                return new ControlException(
                        ControlException.Kind.FORBIDDEN,
                        "you may not use "
                                + socket
                                + " ("
                                + file.owner().getName()
                                + ":"
                                + file.group().getName()
                                + ", "
                                + PosixFilePermissions.toString(file.permissions())
                                + "); be root (sudo), or a member of that group",
                        e);
            }
        } catch (NoSuchFileException _) {
            return new ControlException(
                    kind,
                    "there is no socket "
                            + socket
                            + "; is mcproxy running, and with this control socket?",
                    e);
        } catch (AccessDeniedException _) {
            return new ControlException(
                    ControlException.Kind.FORBIDDEN,
                    "you may not look into " + socket.getParent() + "; be root (sudo)",
                    e);
        } catch (IOException _) {
            // the first failure tells more
        }
        return new ControlException(
                kind, "no daemon can be reached at " + socket + ": " + e.getMessage(), e);
    }

    /** Throws what a status other than success means. */
    void checkStatus(HttpStream stream, byte[] body) {
        int status = stream.status();
        if (status / 100 == 2) {
            return;
        }
        String sentence = "status " + status;
        if (stream.fields("content-type").startsWith(ProblemDocument.MEDIA_TYPE)) {
            try {
                ProblemDocument problem = Json.type(ProblemDocument.class).fromJson(body);
                // What is not found is a name that somebody has written: one sentence does.
                sentence =
                        status == 404
                                ? problem.detail()
                                : problem.title() + ": " + problem.detail();
            } catch (JsonException _) {
                // the status has to do
            }
        }
        throw switch (status) {
            case 400 -> new IllegalArgumentException(sentence);
            case 403 -> new ControlException(ControlException.Kind.FORBIDDEN, sentence);
            case 404 -> new ControlException(ControlException.Kind.NOT_FOUND, sentence);
            case 408, 503 -> new ControlException(ControlException.Kind.BUSY, sentence);
            default ->
                    new ControlException(
                            status >= 500
                                    ? ControlException.Kind.BROKEN
                                    : ControlException.Kind.REFUSED,
                            sentence);
        };
    }

    /** What an interrupted exchange means. */
    ControlException failure(IOException e) {
        if (e instanceof SocketTimeoutException) {
            return new ControlException(
                    ControlException.Kind.BUSY,
                    "the daemon at "
                            + socket
                            + " does not answer within "
                            + limit.toSeconds()
                            + " s",
                    e);
        }
        return new ControlException(
                ControlException.Kind.UNREACHABLE,
                "the connection to the daemon at " + socket + " broke: " + e.getMessage(),
                e);
    }

    /** Ends the reading of events. */
    @Override
    public synchronized void close() {
        if (reader != null) {
            reader.close();
            reader = null;
        }
    }
}
