package mcproxy.cli.doctor;

import io.avaje.jsonb.Json;

import org.jspecify.annotations.Nullable;

/**
 * Something that is wrong.
 *
 * @param kind what, for programs, for instance {@code reverse-path-filter}
 * @param level {@code error} when streams do not flow, {@code warning} when they may not, {@code
 *     note} when the proxy does without but others may not
 * @param instance the proxy instance that it concerns; null when it concerns all
 * @param link the interface; null when it is not about one
 * @param family {@code IPv4} or {@code IPv6}; null when it is about both
 * @param text what was found, in one sentence
 * @param evidence where that is to be seen
 * @param why why it matters
 * @param fix the command that mends it
 */
@Json
public record Finding(
        String kind,
        String level,
        @Nullable String instance,
        @Nullable String link,
        @Nullable String family,
        String text,
        String evidence,
        String why,
        String fix) {
    /** Is it more than a note? */
    public boolean isProblem() {
        return !level.equals(Level.NOTE.word());
    }
}
