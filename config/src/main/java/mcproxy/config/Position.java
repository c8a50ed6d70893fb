package mcproxy.config;

import java.util.Comparator;

/**
 * A place in a text.
 *
 * @param line the line, from 1; lines end at a line feed
 * @param column the column, from 1, counted in Unicode code points; the place after the last
 *     character of a line has a column too
 */
public record Position(int line, int column) implements Comparable<Position> {
    private static final Comparator<Position> ORDER =
            Comparator.comparingInt(Position::line).thenComparingInt(Position::column);

    /** Checks that both numbers are 1 or more. */
    public Position {
        if (line < 1 || column < 1) {
            throw new IllegalArgumentException("no such place: " + line + ":" + column);
        }
    }

    @Override
    public int compareTo(Position other) {
        return ORDER.compare(this, other);
    }

    /** {@code LINE:COLUMN}. */
    @Override
    public String toString() {
        return line + ":" + column;
    }
}
