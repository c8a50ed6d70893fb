package mcproxy.control;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A daemon's events, read from its stream (HTML 9.2); the stream is kept from call to call, and
 * begun anew where the reader is when it has broken.
 */
final class EventReader implements EventFeed, AutoCloseable {
    private static final int MAX_EVENTS = 1000;

    private final ControlClient client;
    private @Nullable HttpStream stream;
    private @Nullable InputStream body;
    private long at;

    /** What has been read of a line, and of an event: a pause may come between any two bytes. */
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    private final StringBuilder data = new StringBuilder();

    EventReader(ControlClient client) {
        this.client = client;
    }

    @Override
    public long cursor() {
        return client.status().cursor();
    }

    @Override
    public synchronized List<Happening> after(long cursor, Duration wait)
            throws InterruptedException {
        List<Happening> happenings = new ArrayList<>();
        try {
            HttpStream open = stream;
            if (open == null || cursor != at) {
                open = begin(cursor);
            }
            open.deadline(System.nanoTime() + wait.toNanos());
            while (happenings.size() < MAX_EVENTS) {
                String text = nextEvent();
                Happening one = Json.type(Happening.class).fromJson(text);
                at = one.cursor();
                happenings.add(one);
                open.deadline(System.nanoTime()); // only what is there already
            }
        } catch (SocketTimeoutException _) {
            // that was all in this time; the rest of a half event comes with the next call
        } catch (InterruptedIOException e) {
            close();
            Thread.interrupted();
            throw (InterruptedException) new InterruptedException().initCause(e);
        } catch (IOException e) {
            close();
            if (happenings.isEmpty()) {
                throw client.failure(e);
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        return happenings;
    }

    private HttpStream begin(long cursor) throws IOException {
        close();
        HttpStream open = client.open();
        stream = open;
        open.request("GET", "/v1/events?after=" + cursor, "Accept: " + Route.EVENTS + "\r\n", null);
        InputStream from = open.body();
        if (open.status() != 200) {
            client.checkStatus(open, from.readAllBytes());
        }
        body = from;
        at = cursor;
        line.reset();
        data.setLength(0);
        return open;
    }

    /** The data of the next event. */
    private String nextEvent() throws IOException {
        while (true) {
            String text = nextLine();
            if (text.startsWith("data:")) {
                data.append(text.substring("data:".length()).strip());
            } else if (text.isEmpty() && !data.isEmpty()) {
                String event = data.toString();
                data.setLength(0);
                return event;
            }
        }
    }

    private String nextLine() throws IOException {
        InputStream from = body;
        if (from == null) {
            throw new EOFException("the stream of events has ended");
        }
        for (int b = from.read(); b != '\n'; b = from.read()) {
            if (b < 0) {
                throw new EOFException("the daemon has ended the stream of events");
            }
            line.write(b);
        }
        String text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        return text;
    }

    @Override
    public synchronized void close() {
        if (stream != null) {
            stream.close();
        }
        stream = null;
        body = null;
    }
}
