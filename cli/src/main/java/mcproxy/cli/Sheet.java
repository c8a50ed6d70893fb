package mcproxy.cli;

import java.util.ArrayList;
import java.util.List;

/** What a command shows to people: tables, sentences and empty lines. */
final class Sheet {
    /** The width when nothing needs to be cut. */
    static final int UNLIMITED = Integer.MAX_VALUE;

    private static final int LEAST_WIDTH = 20;

    private final int width;
    private final boolean colour;
    private final List<String> lines = new ArrayList<>();

    /**
     * An empty sheet.
     *
     * @param width how many places a line has, {@link #UNLIMITED} where it does not matter
     */
    Sheet(int width, boolean colour) {
        this.width = Math.max(width, LEAST_WIDTH);
        this.colour = colour;
    }

    List<String> lines() {
        return lines;
    }

    /** Adds an empty line, if there is anything to separate. */
    void gap() {
        if (!lines.isEmpty()) {
            lines.add("");
        }
    }

    void heading(String text) {
        cut(new Cell(text, Paint.HEADING));
    }

    /** Adds a line that is cut at its end rather than continued. */
    void cut(Cell line) {
        lines.add(line.cut(width).render(colour));
    }

    void table(Table table) {
        lines.addAll(table.render(width, colour));
    }

    void sentence(String text) {
        sentence("", text, Paint.PLAIN);
    }

    /** Adds a sentence; its further lines begin below its first word. */
    void sentence(String before, String text, Paint paint) {
        Cell start = new Cell(before, paint);
        String indent = " ".repeat(start.width());
        StringBuilder line = new StringBuilder(start.render(colour));
        int used = start.width();
        boolean first = true;
        for (String word : Words.printable(text).split(" ", -1)) {
            int length = word.codePointCount(0, word.length());
            if (!first && (long) used + 1 + length > width) {
                lines.add(line.toString());
                line = new StringBuilder(indent);
                used = start.width();
                first = true;
            }
            if (!first) {
                line.append(' ');
                used++;
            }
            line.append(word);
            used += length;
            first = false;
        }
        lines.add(line.toString());
    }
}
