package mcproxy.lab.sim;

import io.avaje.jsonb.Json;

import mcproxy.lab.sim.Simulator.Outcome;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/**
 * What a run of the simulator has found; the document of {@code --json}.
 *
 * @param ok whether all is as it should be
 * @param seeds how many seeds were run; with {@code --planted} at most for each bug
 * @param steps how many things happened in all
 * @param delivered how many packets reached somebody who wanted them, in all
 * @param seconds how long it took
 * @param failures the seeds in which an invariant was violated, ascending
 * @param planted the planted bugs, with {@code --planted}; otherwise empty
 * @param story what happened, with {@code --seed}; otherwise empty
 */
@Json
public record SimReport(
        boolean ok,
        long seeds,
        long steps,
        long delivered,
        double seconds,
        List<Failure> failures,
        List<Planted> planted,
        List<String> story) {
    /**
     * A violated invariant.
     *
     * @param hash a number, in hexadecimal, that stands for all that happened before
     * @param replay the command that runs this seed again and tells all of it
     */
    @Json
    public record Failure(long seed, String hash, String invariant, String message, String replay) {
        static Failure of(Outcome outcome, PlantedBug bug) {
            Violation violation = outcome.failure().orElseThrow();
            return new Failure(
                    outcome.seed(),
                    String.format(Locale.ROOT, "%016x", outcome.hash()),
                    violation.invariant().label(),
                    String.valueOf(violation.getMessage()),
                    Simulator.replay(outcome.seed(), bug));
        }
    }

    /**
     * A planted bug.
     *
     * @param area the part of the protocol that it breaks
     * @param found the first seed that shows it; null when none did
     */
    @Json
    public record Planted(String bug, String area, @Nullable Failure found) {}
}
