package mcproxy.cli.doctor;

import mcproxy.control.Interface;
import mcproxy.wire.Family;

/**
 * The settings without which the kernel forwards nothing: {@code mc_forwarding}, which it sets
 * itself for what is in a table, {@code disable_ipv6}, and for the rest of what receivers do {@code
 * forwarding}.
 */
final class ForwardingCheck implements Check {
    @Override
    public String kind() {
        return "forwarding";
    }

    @Override
    public void look(Scene scene, Report report) {
        Machine machine = scene.machine();
        for (Place place : scene.places()) {
            Interface live = place.live();
            if (place.family() == Family.IPV6
                    && machine.numberOrZero(place.setting("disable_ipv6")) == 1) {
                report.add(withoutIpv6(place));
            } else if (live != null
                    && live.vif() != null
                    && machine.number(place.setting("mc_forwarding")).orElse(1) == 0
                    && !isListed(machine, place)) {
                report.add(outOfTheTable(place));
            }
        }
        for (Family family : Family.values()) {
            boolean proxied = scene.places().stream().anyMatch(place -> place.family() == family);
            String path = Settings.path(family, "all", "forwarding");
            if (proxied && machine.number(path).orElse(1) == 0) {
                report.add(withoutUnicast(family));
            }
        }
    }

    /**
     * Does the kernel list the interface in the default table? The setting alone does not tell in
     * IPv6: it is lost when the kernel has made its part of the device anew, as after an MTU below
     * 1280.
     */
    private static boolean isListed(Machine machine, Place place) {
        return place.family() == Family.IPV6
                && place.table() == 0
                && machine.linksOfDefaultTable(Family.IPV6).contains(place.link());
    }

    private Finding withoutIpv6(Place place) {
        String key = Settings.key(Family.IPV6, place.link(), "disable_ipv6");
        return place.finding(
                kind(),
                Level.ERROR,
                "IPv6 is switched off on " + place.link(),
                key + " is 1",
                "the kernel does not take the interface into its table, and nothing is forwarded",
                "sysctl -w " + key + "=0");
    }

    /** Somebody has deleted the virtual interface (any raw socket may), or closed our table. */
    private Finding outOfTheTable(Place place) {
        return place.finding(
                kind(),
                Level.ERROR,
                "the kernel does not forward multicast on " + place.link(),
                Settings.key(place.family(), place.link(), "mc_forwarding")
                        + " is 0, though the daemon has put it into table "
                        + place.table(),
                "another program has taken it out of the table; streams neither come in nor go out"
                        + " there",
                "ip link set dev "
                        + place.link()
                        + " down; sleep 1; ip link set dev "
                        + place.link()
                        + " up");
    }

    private Finding withoutUnicast(Family family) {
        String key = Settings.key(family, "all", "forwarding");
        return new Finding(
                kind(),
                Level.NOTE.word(),
                null,
                null,
                family.toString(),
                "this host forwards no unicast packets of " + family,
                key + " is 0",
                "streams flow without it, but receivers that must reach a server behind the proxy"
                        + " (RTSP, HTTP) do not",
                "sysctl -w " + key + "=1");
    }
}
