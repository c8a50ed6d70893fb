package mcproxy.daemon;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Reads a journal line by line, whatever its size. */
final class JournalReader {
    /** Longer than the longest line, that of a configuration with 100,000 rules. */
    static final int MAX_LINE_BYTES = 64 << 20;

    private final InputStream from;
    private int number;
    private boolean whole = true;

    /** A reader of a stream, which should have a buffer and stays the caller's to close. */
    JournalReader(InputStream from) {
        this.from = from;
    }

    /**
     * The next line, without its line feed; empty at the end.
     *
     * @throws DamagedLineException when it is longer than {@link #MAX_LINE_BYTES}
     */
    Optional<String> next() throws IOException, DamagedLineException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int read = from.read();
        if (read < 0) {
            return Optional.empty();
        }
        number++;
        while (read >= 0 && read != '\n') {
            if (line.size() == MAX_LINE_BYTES) {
                throw new DamagedLineException("longer than " + MAX_LINE_BYTES + " bytes");
            }
            line.write(read);
            read = from.read();
        }
        whole = read == '\n';
        return Optional.of(line.toString(StandardCharsets.UTF_8));
    }

    /** The number of the last line that {@link #next} gave, 1 or more. */
    int number() {
        return number;
    }

    /** Did that line end with a line feed? */
    boolean isWhole() {
        return whole;
    }
}
