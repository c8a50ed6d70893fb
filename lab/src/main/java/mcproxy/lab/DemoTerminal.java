package mcproxy.lab;

import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Where the demo is shown: redrawn in place on a terminal, in plain lines anywhere else. */
final class DemoTerminal implements Demo.Observer, PmipDemo.Observer {
    private static final int PLAIN_SECONDS = 2;
    private static final int USUAL_ROWS = 24;

    private final PrintStream out;
    private final boolean live;
    private final boolean silent;
    private final DemoView view;
    private final DemoView.Style style;
    private final long startNanos = System.nanoTime();
    private String step = "";
    private int drawn;
    private long lastPlainNanos = startNanos;

    private DemoTerminal(PrintStream out, boolean live, boolean silent, DemoView.Style style) {
        this.out = out;
        this.live = live;
        this.silent = silent;
        this.style = style;
        this.view = new DemoView(style);
    }

    /**
     * The terminal that this process has, or none.
     *
     * @param silent show nothing at all
     */
    static DemoTerminal of(PrintStream out, boolean silent) {
        String term = System.getenv("TERM");
        boolean live = !silent && isTerminal() && term != null && !term.equals("dumb");
        String noColour = System.getenv("NO_COLOR");
        boolean colour = live && (noColour == null || noColour.isEmpty());
        return new DemoTerminal(
                out, live, silent, colour ? DemoView.Style.COLOUR : DemoView.Style.PLAIN);
    }

    /** Null without a terminal after all (JDK 25), and there without one when configured so. */
    @SuppressWarnings("SystemConsoleNull")
    private static boolean isTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    DemoView.Style style() {
        return style;
    }

    @Override
    public void step(String what) {
        step = what;
        if (!silent && drawn == 0) {
            out.printf("[%5.1f s] %s%n", (System.nanoTime() - startNanos) / 1e9, what);
        }
    }

    @Override
    public void show(DemoReport report) {
        if (silent) {
            return;
        }
        if (!live) {
            long now = System.nanoTime();
            if (now - lastPlainNanos >= PLAIN_SECONDS * 1_000_000_000L) {
                lastPlainNanos = now;
                out.printf("[%5.1f s]%n", (now - startNanos) / 1e9);
                view.table(report).forEach(out::println);
                view.routes(report.routes()).forEach(out::println);
            }
            return;
        }
        List<String> lines = view.live(report, step);
        int rows = rows();
        if (lines.size() >= rows) {
            lines = lines.subList(0, Math.max(1, rows - 2));
        }
        StringBuilder text = new StringBuilder();
        if (drawn > 0) {
            text.append("\033[").append(drawn).append('A');
        }
        // Each line is cut off at the terminal's edge: no wrapping while the picture is drawn.
        text.append("\033[?7l");
        lines.forEach(line -> text.append(line).append("\033[K\n"));
        text.append("\033[J\033[?7h");
        out.print(text);
        out.flush();
        drawn = lines.size();
    }

    /** The picture stands; what follows comes below it. */
    void end() {
        drawn = 0;
    }

    private static int rows() {
        try {
            Process stty =
                    new ProcessBuilder("stty", "size")
                            .redirectInput(ProcessBuilder.Redirect.INHERIT)
                            .start();
            String size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int rows = Integer.parseInt(size.strip().split(" ", 2)[0]);
            return rows > 0 ? rows : USUAL_ROWS;
        } catch (IOException | NumberFormatException _) {
            return USUAL_ROWS;
        }
    }
}
