package mcproxy.control;

import io.avaje.jsonb.Json;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What came of a change of the configuration.
 *
 * @param applied is it the running configuration now? Never after a dry run
 * @param differences what became, or would become, different, in words; none when nothing
 * @param problems what {@code config check} says about it; with an error nothing is applied
 * @param failure why the system did not allow it; null when it did, or was not asked
 */
@Json
public record Outcome(
        boolean applied,
        List<String> differences,
        List<ProblemAt> problems,
        @Nullable String failure) {
    /**
     * A problem in a text.
     *
     * @param severity {@code error} or {@code warning}
     * @param line 1 for the first
     * @param column 1 for the first character
     * @param message one sentence
     * @param expected what could stand there; null when that does not help
     * @param hint a guess at what was meant; null when there is none
     */
    @Json
    public record ProblemAt(
            String severity,
            int line,
            int column,
            String message,
            @Nullable String expected,
            @Nullable String hint) {}
}
