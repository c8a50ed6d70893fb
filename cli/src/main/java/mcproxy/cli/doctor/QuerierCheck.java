package mcproxy.cli.doctor;

import mcproxy.control.Interface;
import mcproxy.kernel.Bridge;
import mcproxy.kernel.KernelException;
import mcproxy.wire.IpAddress;

import org.jspecify.annotations.Nullable;

/** Another router that asks on a downstream, so that the proxy does not forward there. */
final class QuerierCheck implements Check {
    @Override
    public String kind() {
        return "another-querier";
    }

    @Override
    public void look(Scene scene, Report report) throws KernelException {
        for (Place place : scene.places()) {
            if (place.isUpstream()) {
                continue;
            }
            Interface live = place.live();
            if (live != null) {
                lookAt(place, live.downstream(), live.version(), report);
            } else if (place.queries()) {
                lookAtBridge(scene, place, report);
            }
        }
    }

    private void lookAt(
            Place place,
            Interface.@Nullable Downstream downstream,
            @Nullable String version,
            Report report) {
        if (downstream == null || downstream.isQuerier() || downstream.querier() == null) {
            return;
        }
        String evidence =
                downstream.querier()
                        + " has asked there, in "
                        + version
                        + ", and counts as querier for another "
                        + downstream.querierTimerMillis() / 1000
                        + " s";
        if (!downstream.forwards()) {
            report.add(
                    place.finding(
                            kind(),
                            Level.ERROR,
                            "another router, "
                                    + downstream.querier()
                                    + ", is the querier on "
                                    + place.link(),
                            evidence,
                            "only the querier forwards onto a link (RFC 4605 3), so the proxy does"
                                    + " not; the router with the lowest address is the querier",
                            "mcproxy set "
                                    + place.instance()
                                    + " downstream "
                                    + place.link()
                                    + " forward-when-not-querier on"));
        }
    }

    /** What a bridge has heard before any daemon runs. */
    private void lookAtBridge(Scene scene, Place place, Report report) throws KernelException {
        for (Bridge bridge : scene.machine().bridges()) {
            IpAddress querier = bridge.queriers().get(place.family());
            boolean another =
                    bridge.name().equals(place.link())
                            && querier != null
                            && !querier.isUnspecified()
                            && scene.machine().links().stream()
                                    .flatMap(link -> link.addresses().stream())
                                    .noneMatch(own -> own.address().equals(querier));
            if (another) {
                report.add(
                        place.finding(
                                kind(),
                                Level.WARNING,
                                "another router, " + querier + ", asks on " + place.link(),
                                "the bridge knows it as its querier",
                                "if its address is lower than ours it stays the querier, and only"
                                        + " the querier forwards onto a link (RFC 4605 3)",
                                "echo 'pinstance "
                                        + place.instance()
                                        + " downstream "
                                        + place.link()
                                        + " set forward-when-not-querier on;'"
                                        + " >>MCPROXY.CONF"));
            }
        }
    }
}
