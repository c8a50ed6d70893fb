package mcproxy.cli;

/**
 * A piece of text and how it looks.
 *
 * @param text without anything that steers a terminal
 */
record Cell(String text, Paint paint) {
    /** Makes the text harmless. */
    Cell {
        text = Words.printable(text);
    }

    static Cell of(String text) {
        return new Cell(text, Paint.PLAIN);
    }

    static Cell of(long number) {
        return of(Words.count(number));
    }

    /** How many places it takes. */
    int width() {
        return text.codePointCount(0, text.length());
    }

    /** At most so many places of it; where something is missing an ellipsis stands last. */
    Cell cut(int places) {
        if (width() <= places) {
            return this;
        }
        if (places <= 0) {
            return new Cell("", paint);
        }
        return new Cell(text.substring(0, text.offsetByCodePoints(0, places - 1)) + "…", paint);
    }

    String render(boolean colour) {
        return colour ? paint.on(text) : text;
    }
}
