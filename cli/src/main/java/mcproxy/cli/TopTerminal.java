package mcproxy.cli;

import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.NonBlockingReader;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The whole screen of a terminal. However the program ends, even by a signal, the terminal is then
 * as it was.
 */
final class TopTerminal implements AutoCloseable {
    private static final String ENTER = "\033[?1049h\033[?25l\033[2J";
    private static final String LEAVE = "\033[0m\033[?25h\033[?1049l";

    /** In a sequence the characters come at once; after this it was the Escape key. */
    private static final long SEQUENCE_MILLIS = 50;

    private static final int MAX_SEQUENCE = 8;

    private final Terminal terminal;
    private final PrintStream out;
    private final Attributes before;
    private final AtomicBoolean left = new AtomicBoolean();
    private final Thread hook = new Thread(this::leave, "terminal");
    private List<String> drawn = new ArrayList<>();
    private Screen.Size drawnSize = Screen.Size.USUAL;

    private TopTerminal(Terminal terminal, PrintStream out) {
        this.terminal = terminal;
        this.out = out;
        this.before = terminal.getAttributes();
        Runtime.getRuntime().addShutdownHook(hook);
        terminal.enterRawMode();
        Attributes raw = terminal.getAttributes();
        // Stopped by Control-Z the screen would stay as it is here, and the shell would be in it.
        raw.setControlChar(Attributes.ControlChar.VSUSP, 0);
        raw.setLocalFlag(Attributes.LocalFlag.ISIG, true);
        terminal.setAttributes(raw);
        write(ENTER);
    }

    /**
     * The terminal of this process. Its sequences are those that all have, so neither its type
     * (which needs a process of infocmp) nor its abilities (which it would be asked for) matter.
     *
     * @param out standard output, which is this terminal
     */
    static TopTerminal open(PrintStream out) throws IOException {
        return new TopTerminal(
                TerminalBuilder.builder()
                        .system(true)
                        .provider("ffm")
                        .type("xterm")
                        .graphemeCluster(false)
                        .nativeSignals(false)
                        .build(),
                out);
    }

    /** Has it been closed under us? */
    boolean isGone() {
        try {
            var _ = terminal.getSize();
            return false;
        } catch (IllegalStateException _) {
            return true;
        }
    }

    Screen.Size size() {
        int columns = terminal.getSize().getColumns();
        int rows = terminal.getSize().getRows();
        return columns > 0 && rows > 0 ? new Screen.Size(columns, rows) : Screen.Size.USUAL;
    }

    /** Shows lines, as many as there are rows; only those that are new are written. */
    void draw(List<String> lines, Screen.Size size) {
        StringBuilder text = new StringBuilder();
        if (!size.equals(drawnSize)) {
            text.append("\033[2J");
            drawn = new ArrayList<>();
            drawnSize = size;
        }
        for (int row = 0; row < lines.size(); row++) {
            if (row >= drawn.size() || !drawn.get(row).equals(lines.get(row))) {
                text.append("\033[").append(row + 1).append(";1H");
                text.append(lines.get(row)).append("\033[K");
            }
        }
        drawn = new ArrayList<>(lines);
        if (!text.isEmpty()) {
            write(text.toString());
        }
    }

    /** The next key; empty when there was none in this time. */
    Optional<Key> key(long millis) throws IOException {
        NonBlockingReader reader = terminal.reader();
        int read = reader.read(millis);
        if (read == NonBlockingReader.READ_EXPIRED) {
            return Optional.empty();
        }
        if (read == NonBlockingReader.EOF) {
            return Optional.of(Key.INTERRUPT); // the terminal has gone
        }
        if (read != '\033') {
            return Optional.of(Key.of(read));
        }
        StringBuilder sequence = new StringBuilder();
        while (sequence.length() < MAX_SEQUENCE && !isWhole(sequence)) {
            int next = reader.read(SEQUENCE_MILLIS);
            if (next < 0) {
                break;
            }
            sequence.append((char) next);
        }
        return Optional.of(Key.ofSequence(sequence.toString()));
    }

    /** ECMA-48 5.4: parameters, and a final byte from {@code @} on; {@code [} and O introduce. */
    private static boolean isWhole(CharSequence sequence) {
        if (sequence.length() < 2) {
            return sequence.length() == 1 && sequence.charAt(0) != '[' && sequence.charAt(0) != 'O';
        }
        return sequence.charAt(sequence.length() - 1) >= '@';
    }

    private void write(String text) {
        terminal.writer().write(text);
        terminal.writer().flush();
    }

    /** JLine's own hook closes the terminal meanwhile, so the screen is left without its help. */
    private void leave() {
        if (left.compareAndSet(false, true)) {
            out.print(LEAVE);
            out.flush();
            try {
                terminal.setAttributes(before);
            } catch (IllegalStateException _) {
                // it has been closed, which gave it its attributes back
            }
        }
    }

    @Override
    public void close() throws IOException {
        leave();
        terminal.close();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // it is running: the program ends by a signal
        }
    }
}
