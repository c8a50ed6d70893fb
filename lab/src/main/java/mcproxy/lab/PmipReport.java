package mcproxy.lab;

import io.avaje.jsonb.Json;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What the demo of mobile nodes has seen; the document of {@code --json}. Times are in
 * milliseconds, null when the event did not happen.
 *
 * @param ok whether the streams followed the node, no unwanted packet arrived, and all ended as it
 *     should
 * @param problems what did not, in words; empty when ok
 * @param anchorConfiguration the configuration of each LMA's daemon
 * @param gatewayConfiguration the configuration of each MAG's daemon
 * @param attachments what followed when a node came to a gateway, in each family
 * @param departures what followed when a node left a gateway, in each family
 * @param viewers what arrived at the nodes
 * @param mobileSource what a fixed listener had of the node's own stream when the node moved
 */
@Json
public record PmipReport(
        boolean ok,
        List<String> problems,
        String anchorConfiguration,
        String gatewayConfiguration,
        List<Attachment> attachments,
        List<Departure> departures,
        List<Viewer> viewers,
        @Nullable MobileSource mobileSource) {

    /**
     * A node comes to a gateway. Times count from when its link was set up, unless they are told to
     * be otherwise.
     *
     * @param node the node
     * @param gateway the MAG
     * @param anchor the node's LMA
     * @param handover whether it came from another gateway
     * @param protocol MLDv2 or IGMPv3
     * @param queryMillis the first General Query on the link
     * @param reportMillis the node's first report of what it watches
     * @param reportUpMillis the gateway's first report of it to the anchor; null when the gateway
     *     had the streams already
     * @param firstPacketMillis when the last of the node's streams was there
     * @param withoutLinkMillis from the last packet at the node to the new link: not the proxies'
     *     doing
     * @param interruptionMillis the longest pause of a stream at the node, all in all
     * @param lost packets of all streams missing in it
     */
    @Json
    public record Attachment(
            String node,
            String gateway,
            String anchor,
            boolean handover,
            String protocol,
            @Nullable Double queryMillis,
            @Nullable Double reportMillis,
            @Nullable Double reportUpMillis,
            @Nullable Double firstPacketMillis,
            @Nullable Double withoutLinkMillis,
            @Nullable Double interruptionMillis,
            long lost) {}

    /**
     * A node leaves a gateway without a word; times count from when its link was taken away.
     *
     * @param node the node
     * @param gateway the MAG
     * @param anchor the node's LMA
     * @param protocol MLDv2 or IGMPv3
     * @param reportUpMillis the gateway's report of it to the anchor
     * @param lastPacketMillis the last packet of the node's streams on the tunnel to the gateway
     * @param routesGoneMillis when no route to the node was left in the gateway, nor to the gateway
     *     in the anchor, as far as {@code ip mroute} told; both families together
     */
    @Json
    public record Departure(
            String node,
            String gateway,
            String anchor,
            String protocol,
            @Nullable Double reportUpMillis,
            @Nullable Double lastPacketMillis,
            @Nullable Double routesGoneMillis) {}

    /**
     * A node that watches.
     *
     * @param node the node
     * @param anchor its LMA
     * @param packets packets of its own anchor's streams
     * @param lost packets missing in between, those of handovers too
     * @param duplicates packets that arrived again
     * @param foreign packets of the other anchor's streams, which have the same addresses
     * @param unwanted packets on its link that it did not ask for
     * @param leaveToLastMillis from its leave to the last packet on its link
     */
    @Json
    public record Viewer(
            String node,
            String anchor,
            long packets,
            long lost,
            long duplicates,
            long foreign,
            long unwanted,
            @Nullable Double leaveToLastMillis) {}

    /**
     * A node that sends while it moves.
     *
     * @param node the node
     * @param from the MAG that it left
     * @param to the MAG that it came to
     * @param interruptionMillis the pause at a listener in the network of the anchor
     * @param lost packets missing in it
     */
    @Json
    public record MobileSource(
            String node, String from, String to, @Nullable Double interruptionMillis, long lost) {}
}
