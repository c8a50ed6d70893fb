package mcproxy.control;

import io.avaje.json.JsonException;

import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;

import mcproxy.control.Visits.Phase;
import mcproxy.control.Visits.Visit;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.thread.Invocable;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/**
 * Answers requests. What comes in is understood on Jetty's threads, which never wait; the answers
 * are made and sent on threads of the executor, which may.
 */
final class ControlHandler extends Handler.Abstract.NonBlocking {
    private static final int PIECE_BYTES = 32 << 10;

    private final List<Route> routes;
    private final Predicate<UnixDomainPrincipal> mayChange;
    private final ControlLimits limits;
    private final Visits visits;
    private final EventStreams streams;
    private final Executor workers;
    private final ControlCounters counters;

    ControlHandler(
            List<Route> routes,
            Predicate<UnixDomainPrincipal> mayChange,
            ControlLimits limits,
            Visits visits,
            EventStreams streams,
            Executor workers,
            ControlCounters counters) {
        this.routes = routes;
        this.mayChange = mayChange;
        this.limits = limits;
        this.visits = visits;
        this.streams = streams;
        this.workers = workers;
        this.counters = counters;
    }

    /** A request with what is needed to answer it. */
    private record Exchange(Request request, Response response, Callback callback, Visit visit) {
        String path() {
            return Optional.ofNullable(request.getHttpURI().getPath()).orElse("");
        }
    }

    /** A route, and what the path has in place of its parts in braces. */
    private record Match(Route route, List<String> names) {}

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        Visit visit = visits.of(request.getConnectionMetaData().getConnection());
        Request.addCompletionListener(request, _ -> visit.enter(Phase.REQUEST));
        visit.enter(Phase.WORK);
        counters.request();
        Exchange exchange = new Exchange(request, response, callback, visit);
        try {
            if (visit.isSurplus()) {
                throw Refused.with(
                        Refusal.CONNECTIONS,
                        "there are " + limits.connections() + " connections already; try again");
            }
            accept(exchange);
        } catch (Refused refused) {
            refuse(exchange, refused);
        }
        return true;
    }

    private void accept(Exchange exchange) {
        Request request = exchange.request();
        Match match = match(exchange);
        Route route = match.route();
        if (route.changes()) {
            checkPeer(exchange);
        }
        Map<Parameter, String> parameters =
                Query.read(request.getHttpURI().getQuery(), route.parameters());
        for (Parameter parameter : route.required()) {
            if (!parameters.containsKey(parameter)) {
                throw Refused.with(
                        Refusal.PARAMETER, "the parameter " + parameter + " is needed here");
            }
        }
        String gives = wanted(request, route);
        String lastEventId = request.getHeaders().get("Last-Event-ID");
        checkBody(request, route);
        if (!hasBody(request)) {
            Call call = new Call(match.names(), parameters, gives, lastEventId, new byte[0]);
            work(exchange, route, call);
            return;
        }
        CompletableFuture<byte[]> body = new CompletableFuture<>();
        var _ =
                body.whenComplete((bytes, failure) -> {
                    exchange.visit().enter(Phase.WORK);
                    if (failure == null) {
                        work(
                                exchange,
                                route,
                                new Call(match.names(), parameters, gives, lastEventId, bytes));
                    } else {
                        refuse(exchange, bodyFailed(failure));
                    }
                });
        exchange.visit()
                .enter(Phase.BODY, () -> body.completeExceptionally(new TimeoutException()));
        Content.Source.asByteArrayAsync(
                request,
                limits.bodyBytes(),
                Promise.Invocable.from(
                        Invocable.InvocationType.NON_BLOCKING,
                        body::complete,
                        body::completeExceptionally));
    }

    private Match match(Exchange exchange) {
        String path = exchange.path();
        List<Match> matches =
                routes.stream().flatMap(route -> match(route, path).stream()).toList();
        if (matches.isEmpty()) {
            List<String> known = routes.stream().map(Route::path).distinct().toList();
            throw Refused.knowing(Refusal.NOT_FOUND, "there is no resource '" + path + "'", known);
        }
        String method = exchange.request().getMethod();
        String same = method.equals("HEAD") ? "GET" : method;
        return matches.stream()
                .filter(match -> match.route().method().equals(same))
                .findFirst()
                .orElseThrow(() -> wrongMethod(exchange, matches));
    }

    private static Refused wrongMethod(Exchange exchange, List<Match> matches) {
        List<String> allowed = new ArrayList<>();
        for (Match match : matches) {
            allowed.add(match.route().method());
            if (match.route().method().equals("GET")) {
                allowed.add("HEAD");
            }
        }
        exchange.response().getHeaders().put(HttpHeader.ALLOW, String.join(", ", allowed));
        return Refused.knowing(
                Refusal.METHOD,
                exchange.path()
                        + " has no "
                        + exchange.request().getMethod()
                        + ", only "
                        + String.join(", ", allowed),
                allowed);
    }

    private static Optional<Match> match(Route route, String path) {
        String[] wanted = route.path().split("/", -1);
        String[] parts = path.split("/", -1);
        List<String> names = new ArrayList<>();
        for (int i = 0; i < wanted.length; i++) {
            if (wanted.length != parts.length) {
                return Optional.empty();
            }
            if (wanted[i].startsWith("{") && !parts[i].isEmpty()) {
                names.add(Query.decode(parts[i], false));
            } else if (!wanted[i].equals(parts[i])) {
                return Optional.empty();
            }
        }
        return Optional.of(new Match(route, names));
    }

    private void checkPeer(Exchange exchange) {
        Request request = exchange.request();
        Object channel =
                request.getConnectionMetaData().getConnection().getEndPoint().getTransport();
        try {
            UnixDomainPrincipal peer =
                    ((SocketChannel) channel).getOption(ExtendedSocketOptions.SO_PEERCRED);
            if (mayChange.test(peer)) {
                return;
            }
            counters.tell(
                    new ControlEvent.PeerRefused(
                            peer.user().getName(),
                            peer.group().getName(),
                            request.getMethod(),
                            exchange.path()));
            throw Refused.with(
                    Refusal.FORBIDDEN,
                    "the user "
                            + peer.user().getName()
                            + " may not change anything; root, the daemon's own user and members of"
                            + " the control socket's group may");
        } catch (IOException e) {
            throw Refused.with(Refusal.FORBIDDEN, "nobody knows who is asking: " + e.getMessage());
        }
    }

    /** The media type that the peer likes best of those that the route gives (RFC 9110 12.5.1). */
    private static String wanted(Request request, Route route) {
        List<String> gives = route.gives();
        if (gives.size() == 1 || !request.getHeaders().contains(HttpHeader.ACCEPT)) {
            return gives.getFirst();
        }
        for (String accepted : request.getHeaders().getQualityCSV(HttpHeader.ACCEPT)) {
            String range = mediaType(accepted);
            for (String type : gives) {
                String family = type.substring(0, type.indexOf('/')) + "/*";
                if (range.equals(type) || range.equals(family) || range.equals("*/*")) {
                    return type;
                }
            }
        }
        throw Refused.knowing(
                Refusal.NOT_ACCEPTABLE, "this can be had as " + String.join(" or ", gives), gives);
    }

    private static String mediaType(String field) {
        int semicolon = field.indexOf(';');
        return (semicolon < 0 ? field : field.substring(0, semicolon)).strip();
    }

    /** Is there a body, or will there be one? Its length need not be known (RFC 9112 6.3). */
    private static boolean hasBody(Request request) {
        return request.getLength() > 0
                || request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING);
    }

    private void checkBody(Request request, Route route) {
        if (!hasBody(request)) {
            return;
        }
        if (route.takes().isEmpty()) {
            throw Refused.with(Refusal.MALFORMED, "this takes no body");
        }
        String type = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
        if (type != null && !mediaType(type).equalsIgnoreCase(route.takes())) {
            throw Refused.knowing(
                    Refusal.MEDIA_TYPE,
                    "the body must be " + route.takes() + ", not " + mediaType(type),
                    List.of(route.takes()));
        }
        if (request.getLength() > limits.bodyBytes()) {
            throw tooLarge();
        }
    }

    private Refused tooLarge() {
        return Refused.with(
                Refusal.BODY_TOO_LARGE,
                "a body may have " + limits.bodyBytes() + " bytes; send less at once");
    }

    private Refused bodyFailed(Throwable failure) {
        if (failure instanceof TimeoutException) {
            return Refused.with(
                    Refusal.SLOW, "a body has to arrive in " + limits.arrival().toSeconds() + " s");
        }
        if (failure instanceof IllegalStateException) {
            return tooLarge(); // that is how Jetty says it
        }
        return Refused.with(Refusal.MALFORMED, "the body did not arrive: " + failure.getMessage());
    }

    private void work(Exchange exchange, Route route, Call call) {
        try {
            workers.execute(() -> answer(exchange, route, call));
        } catch (RejectedExecutionException _) {
            refuse(
                    exchange,
                    Refused.with(
                            Refusal.BUSY,
                            limits.waitingRequests() + " requests are waiting already; try again"));
        }
    }

    private void answer(Exchange exchange, Route route, Call call) {
        try {
            Answer answer = route.handler().answer(call);
            exchange.visit().enter(Phase.ANSWER);
            send(exchange, answer);
        } catch (Refused refused) {
            refuse(exchange, refused);
        } catch (IllegalArgumentException e) {
            refuse(exchange, Refused.with(Refusal.MALFORMED, sentence(e)));
        } catch (ControlException e) {
            refuse(exchange, Refused.with(refusal(e), sentence(e)));
        } catch (IOException e) {
            exchange.callback().failed(e); // the peer has gone, or did not take it in time
        } catch (RuntimeException | Error e) {
            counters.tell(
                    new ControlEvent.Failed(exchange.request().getMethod(), exchange.path(), e));
            refuse(
                    exchange,
                    Refused.with(
                            Refusal.FAILED, "this is a bug of mcproxy, please report it: " + e));
        }
    }

    private static String sentence(RuntimeException e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    private static Refusal refusal(ControlException e) {
        return switch (e.kind()) {
            case NOT_FOUND -> Refusal.NOT_FOUND;
            case BUSY, UNREACHABLE -> Refusal.BUSY;
            case FORBIDDEN -> Refusal.FORBIDDEN;
            case REFUSED -> Refusal.CONFLICT;
            case BROKEN -> Refusal.FAILED;
        };
    }

    private void send(Exchange exchange, Answer answer) throws IOException {
        switch (answer) {
            case Answer.Document<?> document -> send(exchange, document);
            case Answer.Text(String mediaType, String text) -> {
                header(exchange.response(), 200, withCharset(mediaType));
                write(exchange, text.getBytes(StandardCharsets.UTF_8));
            }
            case Answer.Events(long after) -> {
                header(exchange.response(), 200, Route.EVENTS);
                if (exchange.request().getMethod().equals("HEAD")) {
                    write(exchange, new byte[0]);
                    return;
                }
                streams.enter();
                // Nothing can follow what has no end.
                exchange.response().getHeaders().put(HttpHeader.CONNECTION, "close");
                streams.start(
                        after,
                        exchange.response(),
                        exchange.request().getConnectionMetaData().getConnection().getEndPoint(),
                        exchange.visit(),
                        exchange.callback());
            }
        }
    }

    private static String withCharset(String mediaType) {
        return mediaType.startsWith("text/") && !mediaType.contains("charset")
                ? mediaType + "; charset=utf-8"
                : mediaType;
    }

    /** Sends a document in pieces, so that a large one is never whole in memory as text. */
    private static <T> void send(Exchange exchange, Answer.Document<T> document)
            throws IOException {
        header(exchange.response(), 200, document.mediaType());
        // Closed only when it is whole: half a document must not look like one.
        Pieces to = new Pieces(exchange.response());
        try {
            document.type().toJson(document.value(), to);
        } catch (JsonException e) {
            throw to.failure().orElseThrow(() -> e);
        }
        to.end();
        exchange.callback().succeeded();
    }

    /** Collects bytes and writes them in pieces; a single piece has its length in the header. */
    private static final class Pieces extends OutputStream {
        private final Response response;
        private final byte[] buffer = new byte[PIECE_BYTES];
        private int length;
        private @Nullable IOException failure;

        Pieces(Response response) {
            this.response = response;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int count) throws IOException {
            int done = 0;
            while (done < count) {
                if (length == buffer.length) {
                    pass(false);
                }
                int some = Math.min(buffer.length - length, count - done);
                System.arraycopy(bytes, offset + done, buffer, length, some);
                length += some;
                done += some;
            }
        }

        private void pass(boolean last) throws IOException {
            try {
                Content.Sink.write(response, last, ByteBuffer.wrap(Arrays.copyOf(buffer, length)));
            } catch (IOException e) {
                failure = e;
                throw e;
            }
            length = 0;
        }

        /**
         * Writes the last piece. JSON writers flush and close when they please, which is not it.
         */
        void end() throws IOException {
            pass(true);
        }

        /** Why a piece could not be written. */
        Optional<IOException> failure() {
            return Optional.ofNullable(failure);
        }
    }

    private static void header(Response response, int status, String mediaType) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, mediaType);
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
    }

    private static void write(Exchange exchange, byte[] bytes) {
        exchange.response().write(true, ByteBuffer.wrap(bytes), exchange.callback());
    }

    private void refuse(Exchange exchange, Refused refused) {
        if (exchange.response().isCommitted()) {
            exchange.callback().failed(refused);
            return;
        }
        exchange.visit().enter(Phase.ANSWER);
        counters.refused(refused.refusal());
        try {
            write(refused, exchange.response(), exchange.callback());
        } catch (RuntimeException e) {
            counters.tell(
                    new ControlEvent.Failed(exchange.request().getMethod(), exchange.path(), e));
            exchange.callback().failed(e);
        }
    }

    /** Writes a problem document. */
    static void write(Refused refused, Response response, Callback callback) {
        Refusal refusal = refused.refusal();
        header(response, refusal.status(), ProblemDocument.MEDIA_TYPE);
        if (refusal.status() == 503) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, "1");
        }
        if (refusal == Refusal.CONNECTIONS || refusal == Refusal.SLOW) {
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
        byte[] body =
                Json.type(ProblemDocument.class)
                        .toJson(refused.document())
                        .getBytes(StandardCharsets.UTF_8);
        response.write(true, ByteBuffer.wrap(body), callback);
    }

    /** Answers what is no HTTP, which Jetty has found out. */
    boolean malformed(Request request, Response response, Callback callback) {
        Object code = request.getAttribute(ErrorHandler.ERROR_STATUS);
        int status = code instanceof Integer number ? number : response.getStatus();
        @Nullable Object message = request.getAttribute(ErrorHandler.ERROR_MESSAGE);
        Refusal refusal = Refusal.of(status);
        counters.refused(refusal);
        write(
                Refused.with(refusal, message == null ? refusal.title() : String.valueOf(message)),
                response,
                callback);
        return true;
    }
}
