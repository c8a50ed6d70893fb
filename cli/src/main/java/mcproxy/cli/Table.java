package mcproxy.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows under titles, aligned. */
final class Table {
    private static final int GAP = 2;

    /** What is left of a column that gives way is still of use. */
    private static final int LEAST_FLEXIBLE = 10;

    private enum Kind {
        LEFT,
        RIGHT,
        FLEXIBLE
    }

    private record Column(String title, Kind kind) {}

    private final List<Column> columns = new ArrayList<>();
    private final List<List<Cell>> rows = new ArrayList<>();

    /** Adds columns of words. */
    Table left(String... titles) {
        return add(Kind.LEFT, titles);
    }

    /** Adds columns of numbers. */
    Table right(String... titles) {
        return add(Kind.RIGHT, titles);
    }

    /** Adds columns of lists and sentences, which give way when the terminal is narrow. */
    Table flexible(String... titles) {
        return add(Kind.FLEXIBLE, titles);
    }

    private Table add(Kind kind, String... titles) {
        Arrays.stream(titles).map(title -> new Column(title, kind)).forEach(columns::add);
        return this;
    }

    /** Adds a row: a text, a number or a {@link Cell} for each column. */
    void row(Object... values) {
        if (values.length != columns.size()) {
            throw new IllegalArgumentException(values.length + " values");
        }
        rows.add(Arrays.stream(values).map(Table::cell).toList());
    }

    private static Cell cell(Object value) {
        return switch (value) {
            case Cell cell -> cell;
            case Long number -> Cell.of(number);
            case Integer number -> Cell.of(number);
            default -> Cell.of(value.toString());
        };
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    /**
     * The lines: one for the titles, one for each row.
     *
     * @param width no line is longer
     */
    List<String> render(int width, boolean colour) {
        int[] widths = new int[columns.size()];
        for (int i = 0; i < widths.length; i++) {
            int column = i;
            widths[i] = rows.stream().mapToInt(row -> row.get(column).width()).max().orElse(0);
            widths[i] = Math.max(widths[i], columns.get(i).title().length());
        }
        fit(widths, width);
        List<String> lines = new ArrayList<>();
        lines.add(
                line(
                        columns.stream()
                                .map(column -> new Cell(column.title(), Paint.HEADING))
                                .toList(),
                        widths,
                        width,
                        colour));
        rows.forEach(row -> lines.add(line(row, widths, width, colour)));
        return lines;
    }

    /** Takes from the widest column that gives way until the whole fits, or none has any left. */
    private void fit(int[] widths, int width) {
        long excess = Arrays.stream(widths).asLongStream().sum() - width;
        excess += (long) GAP * (widths.length - 1);
        while (excess > 0) {
            int widest = -1;
            for (int i = 0; i < widths.length; i++) {
                boolean gives =
                        columns.get(i).kind() == Kind.FLEXIBLE && widths[i] > LEAST_FLEXIBLE;
                if (gives && (widest < 0 || widths[i] > widths[widest])) {
                    widest = i;
                }
            }
            if (widest < 0) {
                return; // then lines are cut at their end
            }
            widths[widest]--;
            excess--;
        }
    }

    private String line(List<Cell> cells, int[] widths, int width, boolean colour) {
        StringBuilder line = new StringBuilder();
        int used = 0;
        int pending = 0;
        for (int i = 0; i < widths.length; i++) {
            Cell cell = cells.get(i).cut(widths[i]);
            int padding = widths[i] - cell.width();
            if (columns.get(i).kind() == Kind.RIGHT) {
                pending += padding;
                padding = 0;
            }
            if (cell.width() > 0) {
                Cell shown = cell.cut(width - used - pending);
                if (used + pending >= width) {
                    break;
                }
                line.repeat(' ', pending).append(shown.render(colour));
                used += pending + shown.width();
                pending = 0;
            }
            pending += padding + GAP;
        }
        return line.toString();
    }
}
