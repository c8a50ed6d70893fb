package mcproxy.lab;

import io.avaje.jsonb.Json;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What a demo has seen; the document of {@code --json}. Times are in milliseconds, null when the
 * event did not happen.
 *
 * @param ok whether each wanted stream arrived, no unwanted packet did, and all ended as it should
 * @param problems what did not, in words; empty when ok
 * @param configuration the daemon's configuration
 * @param sourcePacketsPerSecond what the source sends in all
 * @param queries when the daemon asked first, on each downstream and in each family
 * @param receivers what arrived at the receivers
 * @param routes the kernel's routes while all receivers were listening
 * @param daemonStopMillis from SIGTERM to the daemon's end
 * @param daemonStatus the daemon's exit status
 */
@Json
public record DemoReport(
        boolean ok,
        List<String> problems,
        String configuration,
        int sourcePacketsPerSecond,
        List<FirstQuery> queries,
        List<AtReceiver> receivers,
        List<MulticastRoute> routes,
        @Nullable Double daemonStopMillis,
        @Nullable Integer daemonStatus) {

    /**
     * The first General Query of a family on a downstream.
     *
     * @param link the proxy's interface
     * @param protocol IGMPv3 or MLDv2
     * @param afterStartMillis from the start of the daemon's command
     */
    @Json
    public record FirstQuery(String link, String protocol, @Nullable Double afterStartMillis) {}

    /**
     * A receiver and its link.
     *
     * @param host the receiver
     * @param link the proxy's interface to it
     * @param unwanted multicast packets on the link that nobody there had asked for
     * @param streams what was asked for
     */
    @Json
    public record AtReceiver(String host, String link, long unwanted, List<AtStream> streams) {}

    /**
     * A stream that was asked for.
     *
     * @param source the only source wanted; {@code *} for any
     * @param group the group
     * @param packets packets that arrived at the socket
     * @param packetsPerSecond now
     * @param lost packets missing in between
     * @param duplicates packets that arrived again
     * @param joinToFirstMillis from the call of join to the first packet at the socket
     * @param reportToFirstMillis from the host's report on the link to the first packet on the link
     * @param leaveToLastMillis from the call of leave to the last packet on the link
     */
    @Json
    public record AtStream(
            String source,
            String group,
            long packets,
            long packetsPerSecond,
            long lost,
            long duplicates,
            @Nullable Double joinToFirstMillis,
            @Nullable Double reportToFirstMillis,
            @Nullable Double leaveToLastMillis) {}
}
