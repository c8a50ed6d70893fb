package mcproxy.control;

import io.avaje.jsonb.Json;

/**
 * What was cleared.
 *
 * @param groups how many groups were forgotten, counted on each downstream
 */
@Json
public record Cleared(int groups) {}
