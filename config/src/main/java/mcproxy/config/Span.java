package mcproxy.config;

/**
 * A stretch of a text.
 *
 * @param start the place of the first character
 * @param end the place after the last character; equal to {@code start} where something is missing
 */
public record Span(Position start, Position end) {
    /** Checks that the end is not before the start. */
    public Span {
        if (end.compareTo(start) < 0) {
            throw new IllegalArgumentException(start + " to " + end);
        }
    }

    /** The empty stretch at a place. */
    static Span at(Position place) {
        return new Span(place, place);
    }

    /** From the start of this stretch to the end of a later one. */
    Span to(Span later) {
        return new Span(start, later.end);
    }

    /** Does the other stretch begin where this one ends, with nothing in between? */
    boolean touches(Span next) {
        return end.equals(next.start);
    }
}
