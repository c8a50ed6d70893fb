package mcproxy.control;

import io.avaje.jsonb.Json;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Why a group flows to a downstream, or why it does not.
 *
 * @param instance whose it is
 * @param group the group
 * @param source the source; null when none is known and none is named
 * @param link the downstream; null when no downstream wants it
 * @param flows is it forwarded to the downstream?
 * @param verdict in one sentence
 * @param steps from the receiver's report to the kernel's route; the last one decides
 */
@Json
public record Explanation(
        String instance,
        String group,
        @Nullable String source,
        @Nullable String link,
        boolean flows,
        String verdict,
        List<Step> steps) {
    /**
     * One of the things that must be so.
     *
     * @param subject what is looked at, for instance {@code membership}, {@code filter}, {@code
     *     querier}, {@code upstream}, {@code route}, {@code packets}
     * @param outcome {@code ok}, {@code stops} or {@code note}
     * @param text what was found, in one sentence
     * @param decidedBy the rule, timer, filter, querier or kernel setting that decides; null when
     *     there is none
     * @param remedy what to do about it; null when there is nothing to do
     */
    @Json
    public record Step(
            String subject,
            String outcome,
            String text,
            @Nullable String decidedBy,
            @Nullable String remedy) {}
}
