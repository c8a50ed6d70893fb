package mcproxy.control.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** HTTP byte by byte, for tests that must not depend on the client that is tested. */
public final class RawHttp {
    private RawHttp() {}

    /**
     * An answer.
     *
     * @param fields of the header, their names in small letters
     * @param body without chunks
     */
    public record Reply(int status, Map<String, String> fields, String body) {
        /** The media type without parameters; empty when there is none. */
        public String mediaType() {
            return fields.getOrDefault("content-type", "").split(";", 2)[0];
        }
    }

    /** Sends bytes and gives what comes back until the peer closes, or is slow, or it is enough. */
    public static byte[] talk(
            Path socket, byte[] bytes, Duration limit, Predicate<String> isEnough)
            throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                Selector selector = Selector.open()) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.configureBlocking(false);
            return talk(channel, selector, ByteBuffer.wrap(bytes), limit, isEnough);
        }
    }

    private static byte[] talk(
            SocketChannel channel,
            Selector selector,
            ByteBuffer out,
            Duration limit,
            Predicate<String> isEnough)
            throws IOException {
        SelectionKey key = channel.register(selector, SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        ByteArrayOutputStream heard = new ByteArrayOutputStream();
        ByteBuffer in = ByteBuffer.allocate(64 << 10);
        long deadline = System.nanoTime() + limit.toNanos();
        while (!isEnough.test(heard.toString(StandardCharsets.UTF_8))) {
            long millis = (deadline - System.nanoTime()) / 1_000_000;
            if (millis <= 0) {
                break;
            }
            selector.select(millis);
            selector.selectedKeys().clear();
            if (out.hasRemaining()) {
                try {
                    channel.write(out);
                } catch (IOException _) {
                    out.position(out.limit()); // it does not want more, and may have said why
                }
            }
            key.interestOps(
                    out.hasRemaining()
                            ? SelectionKey.OP_READ | SelectionKey.OP_WRITE
                            : SelectionKey.OP_READ);
            int count;
            try {
                count = channel.read(in.clear());
            } catch (IOException _) {
                count = -1; // closed with something of ours unread
            }
            if (count < 0) {
                break;
            }
            heard.write(in.array(), 0, count);
        }
        return heard.toByteArray();
    }

    /** One request on a connection of its own. */
    public static Reply exchange(
            Path socket, String method, String target, Map<String, String> fields, byte[] body)
            throws IOException {
        StringBuilder header = new StringBuilder();
        header.append(method).append(' ').append(target).append(" HTTP/1.1\r\nHost: x\r\n");
        fields.forEach(
                (name, value) -> header.append(name).append(": ").append(value).append("\r\n"));
        if (body.length > 0) {
            header.append("Content-Length: ").append(body.length).append("\r\n");
        }
        header.append("Connection: close\r\n\r\n");
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(header.toString().getBytes(StandardCharsets.ISO_8859_1));
        request.writeBytes(body);
        return parse(
                talk(socket, request.toByteArray(), Duration.ofSeconds(30), _ -> false));
    }

    /** Reads one answer. */
    public static Reply parse(byte[] bytes) throws IOException {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        if (!text.startsWith("HTTP/1.1 ") || end < 0) {
            throw new IOException("no answer: '" + text + "'");
        }
        Map<String, String> fields = new TreeMap<>();
        String[] lines = text.substring(0, end).split("\r\n", -1);
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            fields.put(
                    lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
                    lines[i].substring(colon + 1).strip());
        }
        String body = text.substring(end + 4);
        if (fields.getOrDefault("transfer-encoding", "").equals("chunked")) {
            body = unchunked(body);
        }
        int status = Integer.parseInt(text.substring(9, 12));
        return new Reply(
                status,
                fields,
                new String(body.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
    }

    /** As much as there is. */
    private static String unchunked(String body) {
        StringBuilder whole = new StringBuilder();
        int at = 0;
        while (at < body.length()) {
            int feed = body.indexOf("\r\n", at);
            int size = Integer.parseInt(body.substring(at, feed), 16);
            if (size == 0) {
                break;
            }
            int from = feed + 2;
            whole.append(body, from, Math.min(body.length(), from + size));
            at = from + size + 2;
        }
        return whole.toString();
    }
}
