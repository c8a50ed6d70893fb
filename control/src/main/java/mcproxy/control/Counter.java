package mcproxy.control;

import io.avaje.jsonb.Json;

import org.jspecify.annotations.Nullable;

/**
 * Something that is counted from the start on.
 *
 * @param instance whose it is; null for the daemon's
 * @param link where it happened; null where that makes no difference
 * @param name for instance {@code refused}, {@code sent}, {@code heard}
 * @param label what kind of it, for instance the reason of a refusal; null when there is one only
 * @param value how often
 */
@Json
public record Counter(
        @Nullable String instance,
        @Nullable String link,
        String name,
        @Nullable String label,
        long value) {}
