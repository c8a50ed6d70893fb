package mcproxy.lab.sim;

import java.io.Serial;

/** An invariant that does not hold; ends the run. */
final class Violation extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    private final Invariant invariant;

    Violation(Invariant invariant, String text) {
        super(text);
        this.invariant = invariant;
    }

    Invariant invariant() {
        return invariant;
    }
}
