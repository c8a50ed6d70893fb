package mcproxy.control;

import org.jspecify.annotations.Nullable;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * One request and its answer on a unix socket (HTTP/1.1, RFC 9112): as much of it as our own server
 * needs, since a command's time is mostly that of loading classes.
 */
final class HttpStream implements AutoCloseable {
    private static final int MAX_LINE_BYTES = 64 << 10;
    private static final int MAX_FIELDS = 100;

    private final SocketChannel channel;
    private final Selector selector;
    private final ByteBuffer received = ByteBuffer.allocate(32 << 10).flip();
    private long deadlineNanos;
    private int status;
    private final Map<String, String> fields = new TreeMap<>();

    /** What is left of the body, or of its current chunk; -1 when it ends with the connection. */
    private long left;

    private boolean chunked;
    private boolean atChunkEnd;
    private final StringBuilder line = new StringBuilder();
    private boolean ended;

    private HttpStream(SocketChannel channel, Selector selector) {
        this.channel = channel;
        this.selector = selector;
    }

    /** Connects; the failure is that of the system. */
    static HttpStream open(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        Selector selector = null;
        try {
            // A full queue of a unix socket makes connect() wait, and it is never long.
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.configureBlocking(false);
            selector = Selector.open();
            channel.register(selector, SelectionKey.OP_READ);
            return new HttpStream(channel, selector);
        } catch (IOException | RuntimeException e) {
            channel.close();
            if (selector != null) {
                selector.close();
            }
            throw e;
        }
    }

    /** Until when reading and writing may take; later they throw {@link SocketTimeoutException}. */
    void deadline(long nanos) {
        deadlineNanos = nanos;
    }

    /**
     * Sends a request and reads the answer's header.
     *
     * @param fields further lines of the header, each with its end
     * @param body null for none
     */
    void request(String method, String target, String fields, byte @Nullable [] body)
            throws IOException {
        String header =
                method
                        + " "
                        + target
                        + " HTTP/1.1\r\nHost: localhost\r\n"
                        + fields
                        + (body == null ? "" : "Content-Length: " + body.length + "\r\n")
                        + "\r\n";
        byte[] start = header.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer bytes = ByteBuffer.allocate(start.length + (body == null ? 0 : body.length));
        bytes.put(start);
        if (body != null) {
            bytes.put(body);
        }
        try {
            send(bytes.flip());
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            // A server that refuses does not read to the end; its answer may be there all the same.
            if (!waitFor(SelectionKey.OP_READ)) {
                throw e;
            }
        }
        readHeader();
        while (status >= 100 && status < 200) {
            readHeader();
        }
        boolean bodiless = method.equals("HEAD") || status == 204 || status == 304;
        chunked = fields("transfer-encoding").equalsIgnoreCase("chunked");
        ended = bodiless;
        String length = fields("content-length");
        left = bodiless || chunked ? 0 : length.isEmpty() ? -1 : number(length, 10);
        ended |= left == 0 && !chunked;
    }

    private void send(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            if (channel.write(bytes) == 0 && !waitFor(SelectionKey.OP_WRITE)) {
                throw new SocketTimeoutException();
            }
        }
    }

    /** Waits until it can read or write; false when the time is over. */
    private boolean waitFor(int operation) throws IOException {
        channel.keyFor(selector).interestOps(operation);
        long millis = (deadlineNanos - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
            selector.selectNow();
        } else {
            selector.select(millis);
        }
        if (Thread.interrupted()) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
        boolean ready = !selector.selectedKeys().isEmpty();
        selector.selectedKeys().clear();
        return ready;
    }

    private void readHeader() throws IOException {
        String[] start = line().split(" ", 3);
        if (start.length < 2 || !start[0].startsWith("HTTP/1.")) {
            throw new IOException("what answers does not speak HTTP");
        }
        status = (int) number(start[1], 10);
        fields.clear();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            if (colon <= 0 || fields.size() == MAX_FIELDS) {
                throw new IOException("the answer's header cannot be read");
            }
            fields.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
    }

    private static long number(String text, int radix) throws IOException {
        try {
            long value = Long.parseLong(text.strip(), radix);
            if (value >= 0) {
                return value;
            }
        } catch (NumberFormatException _) {
            // told below
        }
        throw new IOException("the answer has '" + text + "' in place of a number");
    }

    /**
     * A line up to its line feed, without that and without a carriage return. When the time is over
     * in the middle of it, the next call goes on there.
     */
    private String line() throws IOException {
        for (byte b = next(); b != '\n'; b = next()) {
            if (line.length() == MAX_LINE_BYTES) {
                throw new IOException("a line of the answer is too long");
            }
            if (b != '\r') {
                line.append((char) (b & 0xFF));
            }
        }
        String text = line.toString();
        line.setLength(0);
        return text;
    }

    private byte next() throws IOException {
        if (!received.hasRemaining() && !fill()) {
            throw new EOFException("the daemon has closed the connection");
        }
        return received.get();
    }

    /** Reads at least one byte; false at the end of the stream. */
    private boolean fill() throws IOException {
        received.clear();
        int count = 0;
        try {
            count = channel.read(received);
            while (count == 0) {
                if (!waitFor(SelectionKey.OP_READ)) {
                    throw new SocketTimeoutException();
                }
                count = channel.read(received);
            }
        } finally {
            received.flip();
        }
        return count > 0;
    }

    int status() {
        return status;
    }

    /** A field of the header, its name in small letters; empty when it is not there. */
    String fields(String name) {
        return fields.getOrDefault(name, "");
    }

    /** The body. */
    InputStream body() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
            }

            @Override
            public int read(byte[] to, int offset, int length) throws IOException {
                return length == 0 ? 0 : some(to, offset, length);
            }
        };
    }

    private int some(byte[] to, int offset, int length) throws IOException {
        if (!ended && chunked && left == 0) {
            beginChunk();
        }
        if (ended) {
            return -1;
        }
        if (!received.hasRemaining() && !fill()) {
            ended = true;
            if (left >= 0) {
                throw new EOFException("the answer ends too early");
            }
            return -1;
        }
        int count = Math.min(length, received.remaining());
        if (left >= 0) {
            count = (int) Math.min(count, left);
            left -= count;
        }
        received.get(to, offset, count);
        if (left == 0) {
            atChunkEnd = chunked;
            ended = !chunked;
        }
        return count;
    }

    private void beginChunk() throws IOException {
        if (atChunkEnd) {
            line();
            atChunkEnd = false;
        }
        String size = line();
        int extension = size.indexOf(';');
        left = number(extension < 0 ? size : size.substring(0, extension), 16);
        if (left == 0) {
            while (!line().isEmpty()) {
                // trailers, which mean nothing to us
            }
            ended = true;
        }
    }

    @Override
    public void close() {
        try {
            selector.close();
            channel.close();
        } catch (IOException _) {
            // nothing that we still want can be lost
        }
    }
}
