package mcproxy.cli.doctor;

import io.avaje.json.JsonException;

import mcproxy.cli.doctor.Firewall.Base;
import mcproxy.cli.doctor.Firewall.Hook;
import mcproxy.kernel.Bridge;
import mcproxy.kernel.KernelException;
import mcproxy.wire.Family;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A firewall that drops membership messages or streams. The proxy hears and sends membership
 * messages through packet sockets, so chains of the IP layer do not keep them from it; those of the
 * network device and of a bridge do. Streams go through all.
 */
final class FirewallCheck implements Check {
    @Override
    public String kind() {
        return "firewall";
    }

    @Override
    public void look(Scene scene, Report report) throws KernelException {
        Firewall firewall = new Firewall();
        Set<String> taken = new HashSet<>();
        for (Family family : Family.values()) {
            String word = family == Family.IPV4 ? "iptables" : "ip6tables";
            Optional<String> nft = show(scene, List.of(word + "-nft-save"), report);
            nft.ifPresent(text -> {
                for (String table : Iptables.read(firewall, word + "-nft", family, text)) {
                    taken.add((family == Family.IPV4 ? "ip " : "ip6 ") + table);
                }
            });
            Optional<String> legacy = show(scene, List.of(word + "-legacy-save"), report);
            legacy.ifPresent(text -> Iptables.read(firewall, word + "-legacy", family, text));
            if (nft.isEmpty() && legacy.isEmpty()) {
                show(scene, List.of(word + "-save"), report)
                        .ifPresent(text -> Iptables.read(firewall, word, family, text));
            }
        }
        nftables(scene, firewall, taken, report);
        List<String> bridges = scene.machine().bridges().stream().map(Bridge::name).toList();
        for (Base base : firewall.bases()) {
            for (Place place : scene.places()) {
                boolean passes = !base.family().equals("bridge") || bridges.contains(place.link());
                if (passes && isOf(base, place.family())) {
                    look(firewall, base, place, scene.places(), report);
                }
            }
        }
    }

    private static void nftables(Scene scene, Firewall firewall, Set<String> taken, Report report) {
        Machine.Ran ran = scene.machine().run(List.of("nft", "-j", "list", "ruleset"));
        if (ran.isMissing()) {
            report.unseen("rules of nftables", "nft is not installed: apt-get install nftables");
        } else if (ran.status() != 0) {
            report.unseen("rules of nftables", "nft says: " + first(ran.error()));
        } else {
            try {
                Nftables.read(firewall, ran.out(), taken, chain -> devices(scene.machine(), chain));
            } catch (JsonException e) {
                report.unseen("rules of nftables", "nft's JSON cannot be read: " + e.getMessage());
            }
        }
    }

    private static List<String> devices(Machine machine, String chain) {
        List<String> command = new ArrayList<>(List.of("nft", "list", "chain"));
        command.addAll(List.of(chain.split(" ", -1)));
        return Nftables.devicesIn(machine.run(command).out());
    }

    /** What a program shows; nothing when it is missing, as kernels without it have no rules. */
    private static Optional<String> show(Scene scene, List<String> command, Report report) {
        Machine.Ran ran = scene.machine().run(command);
        if (ran.isMissing()) {
            return Optional.empty();
        }
        if (ran.status() != 0) {
            report.unseen(
                    "rules of " + command.getFirst().replace("-save", ""),
                    command.getFirst() + " says: " + first(ran.error()));
            return Optional.empty();
        }
        return Optional.of(ran.out());
    }

    private static String first(String text) {
        return text.lines().findFirst().orElse("nothing");
    }

    /** May a chain see packets of a family? */
    private static boolean isOf(Base base, Family family) {
        return switch (base.family()) {
            case "ip", "iptables", "iptables-nft", "iptables-legacy" -> family == Family.IPV4;
            case "ip6", "ip6tables", "ip6tables-nft", "ip6tables-legacy" -> family == Family.IPV6;
            case "inet", "bridge", "netdev" -> true;
            default -> false; // arp
        };
    }

    private void look(
            Firewall firewall, Base base, Place place, List<Place> places, Report report) {
        boolean bridge = base.family().equals("bridge");
        switch (base.hook()) {
            case INGRESS -> {
                if (base.device().equals(place.link())) {
                    memberships(firewall, base, place, Level.ERROR, report);
                    arriving(firewall, base, place, report);
                }
            }
            case EGRESS -> {
                if (base.device().equals(place.link())) {
                    memberships(firewall, base, place, Level.ERROR, report);
                }
            }
            case INPUT ->
                    memberships(
                            firewall, base, place, bridge ? Level.ERROR : Level.WARNING, report);
            case PREROUTING -> {
                if (!bridge) {
                    memberships(firewall, base, place, Level.WARNING, report);
                    arriving(firewall, base, place, report);
                }
            }
            case FORWARD -> {
                if (!bridge && place.isUpstream()) {
                    places.stream()
                            .filter(other -> !other.isUpstream())
                            .filter(other -> other.family() == place.family())
                            .filter(other -> other.instance().equals(place.instance()))
                            .filter(other -> !other.link().equals(place.link()))
                            .forEach(other ->
                                    streams(
                                            firewall,
                                            base,
                                            place,
                                            place.link(),
                                            other.link(),
                                            report));
                }
            }
            case POSTROUTING -> {
                if (!bridge && !place.isUpstream()) {
                    streams(firewall, base, place, null, place.link(), report);
                }
            }
            case OUTPUT -> {} // what the proxy sends does not come by there
        }
    }

    private void arriving(Firewall firewall, Base base, Place place, Report report) {
        if (place.isUpstream()) {
            streams(firewall, base, place, place.link(), null, report);
        }
    }

    private void memberships(
            Firewall firewall, Base base, Place place, Level level, Report report) {
        boolean out = base.hook() == Hook.EGRESS;
        // in a bridge's chains it comes in on one of the ports
        boolean in = !out && !base.family().equals("bridge");
        Sample packet =
                Sample.report(place.family(), in ? place.link() : null, out ? place.link() : null);
        String protocol = place.family() == Family.IPV4 ? "IGMP" : "MLD";
        firewall.drops(base, packet)
                .ifPresent(by ->
                        report.add(
                                place.finding(
                                        kind(),
                                        level,
                                        "the firewall drops "
                                                + protocol
                                                + (out ? " sent on " : " that comes in on ")
                                                + place.link(),
                                        base.name() + ": " + by,
                                        level == Level.ERROR
                                                ? "queries and reports do not get through, so that"
                                                        + " nothing is asked for or forwarded"
                                                : "the proxy hears it all the same, below the"
                                                        + " firewall; but the kernel does not, so"
                                                        + " that programs of this host lose what"
                                                        + " they joined, and other daemons are"
                                                        + " deaf",
                                        letMemberships(base, place.family()))));
    }

    private static String letMemberships(Base base, Family family) {
        return switch (base.tool()) {
            case NFT ->
                    insert(
                            base,
                            family == Family.IPV4
                                    ? "ip protocol igmp accept"
                                    : "icmpv6 type { 130, 131, 132, 143 } accept");
            case IPTABLES ->
                    base.command()
                            + " -t "
                            + base.table()
                            + " -I "
                            + base.chain()
                            + (family == Family.IPV4
                                    ? " -p igmp -j ACCEPT"
                                    : " -p icmpv6 -d ff02::/16 -j ACCEPT");
        };
    }

    private void streams(
            Firewall firewall,
            Base base,
            Place place,
            @Nullable String from,
            @Nullable String to,
            Report report) {
        Sample packet = Sample.stream(place.family(), from, to);
        firewall.drops(base, packet)
                .ifPresent(by ->
                        report.add(
                                place.finding(
                                        kind(),
                                        Level.ERROR,
                                        "the firewall drops multicast streams"
                                                + (from == null ? "" : " from " + from)
                                                + (to == null ? "" : " to " + to),
                                        base.name() + ": " + by,
                                        "what the kernel forwards, multicast too, goes through"
                                                + " the firewall",
                                        letStreams(base, packet))));
    }

    private static String letStreams(Base base, Sample packet) {
        String from = packet.incoming();
        String to = packet.outgoing();
        String groups = Sample.groups(packet.family()).toString();
        return switch (base.tool()) {
            case NFT ->
                    insert(
                            base,
                            (from == null ? "" : "iifname \"" + from + "\" ")
                                    + (to == null ? "" : "oifname \"" + to + "\" ")
                                    + (packet.family() == Family.IPV4 ? "ip" : "ip6")
                                    + " daddr "
                                    + groups
                                    + " accept");
            case IPTABLES ->
                    base.command()
                            + " -t "
                            + base.table()
                            + " -I "
                            + base.chain()
                            + (from == null ? "" : " -i " + from)
                            + (to == null ? "" : " -o " + to)
                            + " -d "
                            + groups
                            + " -j ACCEPT";
        };
    }

    private static String insert(Base base, String rule) {
        return "nft insert rule "
                + base.family()
                + " "
                + base.table()
                + " "
                + base.chain()
                + " '"
                + rule
                + "'";
    }
}
