package mcproxy.control;

import io.avaje.jsonb.Json;

/**
 * How much is logged.
 *
 * @param level {@code error}, {@code warning}, {@code info}, {@code debug} or {@code trace}
 */
@Json
public record LogLevel(String level) {}
