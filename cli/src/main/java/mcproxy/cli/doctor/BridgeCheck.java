package mcproxy.cli.doctor;

import mcproxy.kernel.Bridge;
import mcproxy.kernel.KernelException;

import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Bridges that listen to memberships (RFC 4541): without a querier nobody refreshes what they know,
 * and where they are told never to pass reports up, the proxy is deaf when another router asks.
 */
final class BridgeCheck implements Check {
    @Override
    public String kind() {
        return "bridge";
    }

    @Override
    public void look(Scene scene, Report report) throws KernelException {
        Map<String, Bridge> bridges =
                scene.machine().bridges().stream()
                        .filter(Bridge::snooping)
                        .collect(Collectors.toMap(Bridge::name, Function.identity()));
        for (Place place : scene.places()) {
            Bridge bridge = bridges.get(place.link());
            if (bridge == null) {
                continue;
            }
            if (!bridge.queriers().containsKey(place.family()) && !willBeAsked(place)) {
                report.add(withoutQuerier(place));
            }
            if (bridge.router() == 0 && !place.isUpstream()) {
                report.add(deaf(place));
            }
        }
    }

    /** A daemon that is yet to start will ask on its downstreams. */
    private static boolean willBeAsked(Place place) {
        return !place.isUpstream() && place.queries() && place.live() == null;
    }

    private Finding withoutQuerier(Place place) {
        return place.finding(
                kind(),
                Level.WARNING,
                "the bridge "
                        + place.link()
                        + " listens to memberships, but nobody asks for them in "
                        + place.family(),
                "mcast_snooping is 1, and no querier is known there (ip -d link show "
                        + place.link()
                        + ")",
                "without a querier memberships run out: this bridge then floods every stream to"
                        + " every port, and other switches on the link may stop them",
                "ip link set dev " + place.link() + " type bridge mcast_querier 1");
    }

    private Finding deaf(Place place) {
        return place.finding(
                kind(),
                Level.WARNING,
                "the bridge " + place.link() + " passes reports up only as it pleases",
                "mcast_snooping is 1 and mcast_router is 0",
                "while another router is the querier there, reports of IGMPv2 and MLDv1 and streams"
                        + " of local senders may not reach the proxy (net/bridge/br_input.c)",
                "ip link set dev " + place.link() + " type bridge mcast_router 2");
    }
}
