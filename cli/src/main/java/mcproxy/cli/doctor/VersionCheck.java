package mcproxy.cli.doctor;

import mcproxy.control.Interface;
import mcproxy.wire.Family;
import mcproxy.wire.Protocol;

import java.util.OptionalLong;

/**
 * Versions that are forced: on the kernel's own host side ({@code force_igmp_version}, {@code
 * force_mld_version}), and on the proxy by an old querier.
 */
final class VersionCheck implements Check {
    @Override
    public String kind() {
        return "forced-version";
    }

    @Override
    public void look(Scene scene, Report report) {
        for (Place place : scene.places()) {
            for (String which : new String[] {"all", place.link()}) {
                kernel(scene.machine(), place, which, report);
            }
            querier(place, report);
        }
    }

    private void kernel(Machine machine, Place place, String which, Report report) {
        String name =
                switch (place.family()) {
                    case IPV4 -> "force_igmp_version";
                    case IPV6 -> "force_mld_version";
                };
        OptionalLong forced = machine.number(Settings.path(place.family(), which, name));
        if (forced.orElse(0) == 0) {
            return;
        }
        Protocol spoken = protocol(place.family(), (int) forced.getAsLong());
        if (spoken.generation() >= place.protocol().generation()) {
            return;
        }
        String key = Settings.key(place.family(), which, name);
        report.add(
                place.finding(
                        kind(),
                        Level.WARNING,
                        "programs of this host are made to report in "
                                + spoken
                                + " on "
                                + place.link()
                                + ", where the proxy speaks "
                                + place.protocol(),
                        key + " is " + forced.getAsLong(),
                        "they cannot ask for a source, and each group that they join falls back to "
                                + spoken
                                + " for all on the link, so that source lists in it do not count",
                        "sysctl -w " + key + "=0"));
    }

    private static Protocol protocol(Family family, int version) {
        return switch (family) {
            case IPV4 -> Protocol.of(family, version);
            case IPV6 -> Protocol.of(family, version + 1);
        };
    }

    private void querier(Place place, Report report) {
        Interface live = place.live();
        if (live == null
                || live.version() == null
                || live.version().equals(place.protocol().toString())
                || live.upstream() == null
                || live.upstream().querier() == null) {
            return;
        }
        report.add(
                place.finding(
                        kind(),
                        Level.NOTE,
                        "the querier on "
                                + place.link()
                                + " makes the proxy speak "
                                + live.version()
                                + " there",
                        live.upstream().querier()
                                + " asks in "
                                + live.version()
                                + "; the configuration says "
                                + place.protocol(),
                        "no source can be asked for in "
                                + live.version()
                                + ", so source-specific groups (232.0.0.0/8, ff3x::/32) do not flow"
                                + " from there",
                        "mcproxy set "
                                + place.instance()
                                + " upstream "
                                + place.link()
                                + " version "
                                + place.protocol()));
    }
}
