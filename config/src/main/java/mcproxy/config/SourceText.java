package mcproxy.config;

import java.util.ArrayList;
import java.util.List;

/** A configuration text with its name and its lines. */
public final class SourceText {
    private final String file;
    private final String text;
    private final List<String> lines;

    /**
     * A text.
     *
     * @param file its name, as problems print it
     * @param text what it holds; any text at all
     */
    public SourceText(String file, String text) {
        this.file = file;
        this.text = text;
        this.lines = split(text);
    }

    private static List<String> split(String text) {
        List<String> lines = new ArrayList<>();
        int start = 0;
        for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
            lines.add(text.substring(start, end));
            start = end + 1;
        }
        lines.add(text.substring(start));
        return List.copyOf(lines);
    }

    /** The name of the text. */
    public String file() {
        return file;
    }

    /** The whole text. */
    public String text() {
        return text;
    }

    /** How many lines there are; 1 or more, as the place after the last line feed is one. */
    public int lineCount() {
        return lines.size();
    }

    /**
     * One line, without its line feed.
     *
     * @param number from 1 to {@link #lineCount()}
     */
    public String line(int number) {
        return lines.get(number - 1);
    }

    /** The place after the last character. */
    public Position end() {
        String last = lines.getLast();
        return new Position(lines.size(), last.codePointCount(0, last.length()) + 1);
    }

    /** Is this a place in the text, or the one at its end? */
    public boolean contains(Position place) {
        if (place.line() > lines.size()) {
            return false;
        }
        String line = line(place.line());
        return place.column() <= line.codePointCount(0, line.length()) + 1;
    }
}
