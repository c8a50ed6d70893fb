package mcproxy.core;

import java.time.Duration;

/**
 * How the host side of an upstream behaves.
 *
 * @param fallback does an older querier make us speak its version (RFC 9776 7.2.1, RFC 9777 8.2.1)?
 *     Without it the configured version is always spoken, which networks that live by
 *     source-specific multicast may want
 * @param unsolicitedReportInterval the time within which a State-Change Report is repeated (RFC
 *     9776 8.11), 1 ms or more; default 1 s. The older versions have 10 s (RFC 2236 8.10)
 * @param reportsPerSecond the most packets that changes take in a second, and as many again that
 *     answers to queries take; what comes faster is gathered and said in fewer packets. 1 or more;
 *     default 250
 */
public record HostSettings(
        boolean fallback, Duration unsolicitedReportInterval, int reportsPerSecond) {
    /** The RFCs' defaults. */
    public static final HostSettings DEFAULT = new HostSettings(true, Duration.ofSeconds(1), 250);

    /** Checks the ranges. */
    public HostSettings {
        if (unsolicitedReportInterval.compareTo(Duration.ofMillis(1)) < 0) {
            throw new IllegalArgumentException("interval too short: " + unsolicitedReportInterval);
        }
        if (reportsPerSecond < 1) {
            throw new IllegalArgumentException("no reports at all: " + reportsPerSecond);
        }
    }
}
