package mcproxy.control;

import io.avaje.jsonb.Json;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * The daemon as a whole.
 *
 * @param version of the program
 * @param pid its process
 * @param startedAt when it started, as ISO 8601 in UTC
 * @param upMillis how long it has been running
 * @param file the configuration file
 * @param loadedAt when the running configuration was made so, as ISO 8601 in UTC
 * @param changed does the running configuration differ from what was read from the file?
 * @param reloadFailure why the last reload changed nothing; null when it did, or there was none
 * @param logLevel what is logged
 * @param instances the names of the instances that run
 * @param cursor of the last event before this; who reads events after it misses nothing that this
 *     does not tell
 * @param limits how far the limits are used, those that matter
 */
@Json
public record Status(
        String version,
        long pid,
        String startedAt,
        long upMillis,
        String file,
        String loadedAt,
        boolean changed,
        @Nullable String reloadFailure,
        String logLevel,
        List<String> instances,
        long cursor,
        List<Limit> limits) {
    /**
     * A limit.
     *
     * @param name for instance {@code max-groups} or {@code virtual-interfaces}
     * @param instance whose it is
     * @param link where it holds; null when for the instance as a whole
     * @param family {@code IPv4} or {@code IPv6}; null when for both
     * @param used how much is used
     * @param limit how much may be used
     * @param refused how often more was wanted
     */
    @Json
    public record Limit(
            String name,
            String instance,
            @Nullable String link,
            @Nullable String family,
            long used,
            long limit,
            long refused) {}
}
