package mcproxy.control;

import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** The readers of events (server-sent events, HTML 9.2); each has a thread, as they are few. */
final class EventStreams {
    private static final String START = ": events of mcproxy\nretry: 2000\n\n";
    private static final String KEEP_ALIVE = ":\n\n";

    private final EventFeed feed;
    private final int limit;
    private final Duration keepAlive;
    private final AtomicInteger open = new AtomicInteger();
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private volatile boolean stopped;

    EventStreams(EventFeed feed, int limit, Duration keepAlive) {
        this.feed = feed;
        this.limit = limit;
        this.keepAlive = keepAlive;
    }

    /**
     * Takes a place for one more reader.
     *
     * @throws Refused when there are too many
     */
    void enter() {
        if (open.incrementAndGet() > limit) {
            open.decrementAndGet();
            throw Refused.with(
                    Refusal.READERS,
                    "there are " + limit + " readers of events already; end one of them");
        }
    }

    /** Gives the place back. */
    void leave() {
        open.decrementAndGet();
    }

    int open() {
        return open.get();
    }

    /** Tells a reader, which has a place, what happens until it goes or we end. */
    void start(
            long after,
            Response response,
            EndPoint endPoint,
            Visits.Visit visit,
            Callback callback) {
        Thread thread =
                Thread.ofPlatform()
                        .daemon()
                        .name("control events")
                        .unstarted(() -> run(after, response, visit, callback));
        threads.add(thread);
        // The peer says nothing more: what can be read now is that it has gone.
        endPoint.tryFillInterested(Callback.from(thread::interrupt, _ -> thread.interrupt()));
        thread.start();
    }

    private void run(long after, Response response, Visits.Visit visit, Callback callback) {
        try {
            OutputStream to = Content.Sink.asOutputStream(response);
            send(START, to, visit);
            long cursor = after;
            while (!stopped) {
                List<Happening> happenings = feed.after(cursor, keepAlive);
                send(text(happenings), to, visit);
                if (!happenings.isEmpty()) {
                    cursor = happenings.getLast().cursor();
                }
            }
            to.close();
            callback.succeeded();
        } catch (InterruptedException | IOException e) {
            callback.failed(e);
        } catch (RuntimeException | Error e) {
            callback.failed(e);
            throw e;
        } finally {
            threads.remove(Thread.currentThread());
            leave();
        }
    }

    private static void send(String text, OutputStream to, Visits.Visit visit) throws IOException {
        visit.enter(Visits.Phase.ANSWER);
        to.write(text.getBytes(StandardCharsets.UTF_8));
        to.flush();
        visit.enter(Visits.Phase.EVENTS);
    }

    private static String text(List<Happening> happenings) {
        if (happenings.isEmpty()) {
            return KEEP_ALIVE;
        }
        StringBuilder text = new StringBuilder();
        for (Happening one : happenings) {
            text.append("id: ")
                    .append(one.cursor())
                    .append("\nevent: ")
                    .append(one.kind())
                    .append("\ndata: ")
                    .append(Json.type(Happening.class).toJson(one))
                    .append("\n\n");
        }
        return text.toString();
    }

    /** Ends all streams. */
    void stop() {
        stopped = true;
        threads.forEach(Thread::interrupt);
    }
}
