package mcproxy.control;

import io.avaje.jsonb.Json;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/**
 * Something that happened.
 *
 * @param cursor its number, greater than those of all that happened before
 * @param at when, as ISO 8601 in UTC
 * @param kind for instance {@code downstream-membership}, {@code querier-elected}, {@code
 *     route-set}; {@code gap} tells that {@code lost} happenings before it were not kept
 * @param level {@code error}, {@code warning}, {@code info}, {@code debug} or {@code trace}
 * @param instance whose it is; null for the daemon's
 * @param text as it is logged
 * @param data what the text is made of, by name
 */
@Json
public record Happening(
        long cursor,
        String at,
        String kind,
        String level,
        @Nullable String instance,
        String text,
        Map<String, String> data) {}
