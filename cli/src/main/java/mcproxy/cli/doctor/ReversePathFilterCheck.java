package mcproxy.cli.doctor;

import mcproxy.wire.Family;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The reverse path filter of IPv4, which drops streams whose source is not routed back over the
 * upstream (ip-sysctl, rp_filter). IPv6 has no such setting.
 */
final class ReversePathFilterCheck implements Check {
    private static final int STRICT = 1;
    private static final int LOOSE = 2;
    private static final Duration A_MOMENT = Duration.ofMillis(500);
    private static final String COUNTER = "IPReversePathFilter";

    @Override
    public String kind() {
        return "reverse-path-filter";
    }

    @Override
    public void look(Scene scene, Report report) {
        List<String> routes =
                scene.machine().file("proc/thread-self/net/route").orElse("").lines().toList();
        for (Place place : scene.places()) {
            if (place.isUpstream() && place.family() == Family.IPV4) {
                look(place, routes, scene.machine(), report);
            }
        }
    }

    private void look(Place place, List<String> routes, Machine machine, Report report) {
        long all = machine.numberOrZero(place.settingOfAll("rp_filter"));
        long own = machine.numberOrZero(place.setting("rp_filter"));
        OptionalLong dropped = dropped(machine);
        boolean drops = dropped.orElse(0) > 0;
        String evidence =
                Settings.key(Family.IPV4, "all", "rp_filter")
                        + " is "
                        + all
                        + ", "
                        + Settings.key(Family.IPV4, place.link(), "rp_filter")
                        + " is "
                        + own
                        + (drops
                                ? "; "
                                        + dropped.getAsLong()
                                        + " packets were dropped so since the start (TcpExt "
                                        + COUNTER
                                        + ")"
                                : "");
        // the larger one counts (ip-sysctl)
        switch ((int) Math.max(all, own)) {
            case STRICT -> {
                if (!hasDefault(routes, Optional.of(place.link()))) {
                    report.add(
                            place.finding(
                                    kind(),
                                    drops ? Level.ERROR : Level.WARNING,
                                    "the kernel drops what comes in on "
                                            + place.link()
                                            + " from sources that are not routed over it",
                                    evidence + "; no default route leads over " + place.link(),
                                    "a stream from another network never reaches the proxy",
                                    set(place.link(), LOOSE)));
                }
            }
            case LOOSE -> {
                if (!hasDefault(routes, Optional.empty()) && isDropping(machine)) {
                    report.add(
                            place.finding(
                                    kind(),
                                    Level.WARNING,
                                    "the kernel drops what comes in from sources that it has no"
                                            + " route to",
                                    evidence + "; there is no default route",
                                    "a stream from a network without a route never reaches the"
                                            + " proxy",
                                    (all == LOOSE ? set("all", 0) + " && " : "")
                                            + set(place.link(), 0)));
                }
            }
            default -> {}
        }
    }

    /** Where there is no default route, only what is dropped just now tells that one is missing. */
    private static boolean isDropping(Machine machine) {
        long before = dropped(machine).orElse(0);
        if (before == 0) {
            return false;
        }
        machine.pause(A_MOMENT);
        return dropped(machine).orElse(0) > before;
    }

    private static String set(String link, int value) {
        return "sysctl -w " + Settings.key(Family.IPV4, link, "rp_filter") + "=" + value;
    }

    /**
     * Is there a default route, over this interface or at all? The interface is in the first column
     * of the main table, the destination in the second, the mask in the eighth (fib_route_seq_show
     * in net/ipv4/fib_trie.c).
     */
    private static boolean hasDefault(List<String> routes, Optional<String> link) {
        return routes.stream()
                .map(line -> line.strip().split("\\s+", -1))
                .filter(columns -> columns.length >= 8)
                .filter(columns -> link.isEmpty() || columns[0].equals(link.get()))
                .anyMatch(
                        columns -> columns[1].equals("00000000") && columns[7].equals("00000000"));
    }

    /** A line of names, then one of values, for each group of counters. */
    private static OptionalLong dropped(Machine machine) {
        List<String> lines =
                machine.file("proc/thread-self/net/netstat").orElse("").lines().toList();
        for (int i = 0; i + 1 < lines.size(); i += 2) {
            int column = Arrays.asList(lines.get(i).split(" ", -1)).indexOf(COUNTER);
            String[] values = lines.get(i + 1).split(" ", -1);
            if (column > 0 && column < values.length) {
                return OptionalLong.of(Long.parseLong(values[column]));
            }
        }
        return OptionalLong.empty();
    }
}
