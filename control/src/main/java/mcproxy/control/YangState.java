package mcproxy.control;

import mcproxy.config.Configuration;
import mcproxy.config.ConfigurationReader;
import mcproxy.config.Side;
import mcproxy.control.YangData.ControlPlaneProtocol;
import mcproxy.control.YangData.Device;
import mcproxy.control.YangData.Downstream;
import mcproxy.control.YangData.InterfaceName;
import mcproxy.control.YangData.MergedGroup;
import mcproxy.control.YangData.MergedSource;
import mcproxy.control.YangData.Messages;
import mcproxy.control.YangData.ReportedGroup;
import mcproxy.control.YangData.ReportedSource;
import mcproxy.control.YangData.SsmMapping;
import mcproxy.control.YangData.StaticGroup;
import mcproxy.control.YangData.TrackedHost;
import mcproxy.control.YangData.Upstream;
import mcproxy.core.LinkSettings;
import mcproxy.core.RouterSettings;
import mcproxy.wire.Family;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Makes {@link YangData} of what a daemon tells otherwise. {@code docs/yang.md} says which nodes
 * are filled and why others are not.
 */
final class YangState {
    // The ranges of RFC 8652; values beyond cannot be written.
    private static final long MAX_QUERY_INTERVAL_SECONDS = 31_744;
    private static final long MAX_RESPONSE_SECONDS = 1023;
    private static final int MAX_ROBUSTNESS = 7;
    private static final int MAX_IPV4_MTU = 65_535;
    private static final int MIN_IPV6_MTU = 1280;

    private final Configuration configuration;
    private final String startedAt;
    private final List<Interface> interfaces;
    private final Map<Place, List<Group>> groups;
    private final Map<Wanted, List<Group>> wanting;
    private final Map<Place, List<Membership>> memberships;
    private final List<Counter> counters;

    private record Place(String instance, Family family, String link) {
        static Place of(Interface on) {
            return new Place(on.instance(), YangState.family(on.family()), on.name());
        }
    }

    /** A group of an instance, on whichever downstream. */
    private record Wanted(String instance, String group) {}

    private YangState(Control control, Selection selection) {
        configuration =
                ConfigurationReader.read("running", control.configuration())
                        .configuration()
                        .orElseThrow();
        startedAt = control.status().startedAt();
        interfaces =
                control.interfaces(selection).stream()
                        .filter(one -> one.ifindex() != null) // what is missing is in no datastore
                        .toList();
        List<Group> all = control.groups(selection);
        groups =
                all.stream()
                        .collect(
                                Collectors.groupingBy(one ->
                                        new Place(
                                                one.instance(), family(one.family()), one.link())));
        wanting =
                all.stream()
                        .collect(
                                Collectors.groupingBy(
                                        one -> new Wanted(one.instance(), one.group())));
        memberships =
                control.memberships(selection).stream()
                        .collect(
                                Collectors.groupingBy(one ->
                                        new Place(
                                                one.instance(), family(one.family()), one.link())));
        counters = control.counters(selection);
    }

    /** The state of a daemon, or of one of its instances. */
    static YangData of(Control control, Selection selection) {
        return new YangState(control, selection).data();
    }

    private static Family family(String name) {
        for (Family family : Family.values()) {
            if (family.toString().equals(name)) {
                return family;
            }
        }
        throw new IllegalArgumentException("no family is " + name);
    }

    private YangData data() {
        List<ControlPlaneProtocol> protocols = new ArrayList<>();
        Map<String, List<Interface>> byInstance =
                interfaces.stream()
                        .collect(
                                Collectors.groupingBy(
                                        Interface::instance,
                                        LinkedHashMap::new,
                                        Collectors.toList()));
        byInstance.forEach((instance, links) -> {
            for (Family family : Family.values()) {
                List<Interface> ofFamily =
                        links.stream().filter(one -> family(one.family()) == family).toList();
                if (!ofFamily.isEmpty()) {
                    protocols.add(router(instance, family, on("downstream", ofFamily)));
                    protocols.add(proxy(instance, family, on("upstream", ofFamily)));
                }
            }
        });
        return new YangData(
                new YangData.Interfaces(devices()),
                new YangData.Routing(new YangData.ControlPlaneProtocols(protocols)));
    }

    private static List<Interface> on(String side, List<Interface> links) {
        return links.stream().filter(one -> one.side().equals(side)).toList();
    }

    // ---- what the references point to ----

    private List<Device> devices() {
        Map<String, List<Interface>> byName =
                interfaces.stream()
                        .collect(
                                Collectors.groupingBy(
                                        Interface::name, TreeMap::new, Collectors.toList()));
        List<Device> devices = new ArrayList<>();
        byName.forEach((name, all) ->
                devices.add(
                        new Device(
                                name,
                                "iana-if-type:other", // nobody here asks the kernel what kind it is
                                all.stream().anyMatch(one -> !one.state().equals("down"))
                                        ? "up"
                                        : "down",
                                new YangData.Statistics(startedAt),
                                ip(Family.IPV4, all),
                                ip(Family.IPV6, all))));
        return devices;
    }

    private static YangData.@Nullable Ip ip(Family family, List<Interface> all) {
        return all.stream()
                .filter(one -> family(one.family()) == family)
                .findFirst()
                .map(one -> new YangData.Ip(mtu(family, one.mtu())))
                .orElse(null);
    }

    private static @Nullable Integer mtu(Family family, @Nullable Integer mtu) {
        boolean fits =
                mtu != null
                        && switch (family) {
                            case IPV4 -> mtu <= MAX_IPV4_MTU;
                            case IPV6 -> mtu >= MIN_IPV6_MTU;
                        };
        return fits ? mtu : null;
    }

    // ---- RFC 8652 ----

    private ControlPlaneProtocol router(String instance, Family family, List<Interface> links) {
        YangData.Router router =
                new YangData.Router(
                        global(instance, family, links),
                        new YangData.Downstreams(links.stream().map(this::downstream).toList()));
        return switch (family) {
            case IPV4 ->
                    new ControlPlaneProtocol(
                            "ietf-igmp-mld:igmp", instance, router, null, null, null);
            case IPV6 ->
                    new ControlPlaneProtocol(
                            "ietf-igmp-mld:mld", instance, null, router, null, null);
        };
    }

    private YangData.Global global(String instance, Family family, List<Interface> links) {
        long different =
                links.stream()
                        .flatMap(link -> groups.getOrDefault(Place.of(link), List.of()).stream())
                        .filter(YangState::isReported)
                        .map(Group::group)
                        .distinct()
                        .count();
        return new YangData.Global(
                (int) different,
                new YangData.MessageStatistics(
                        messages("heard", instance, family), messages("sent", instance, family)));
    }

    /** Of every interface of the instance: the counters of both sides are one protocol's. */
    private Messages messages(String counted, String instance, Family family) {
        String prefix =
                switch (family) {
                    case IPV4 -> "IGMP";
                    case IPV6 -> "MLD";
                };
        Map<String, Long> byKind = new TreeMap<>();
        for (Counter counter : counters) {
            String label = counter.label();
            if (counter.name().equals(counted)
                    && instance.equals(counter.instance())
                    && label != null
                    && label.startsWith(prefix)) {
                String kind = label.substring(label.indexOf(' ') + 1);
                byKind.merge(kind, counter.value(), Long::sum);
            }
        }
        long total = byKind.values().stream().mapToLong(Long::longValue).sum();
        return new Messages(
                Long.toString(total),
                byKind.getOrDefault("query", 0L).toString(),
                byKind.getOrDefault("report", 0L).toString(),
                byKind.getOrDefault("leave", 0L).toString());
    }

    private Downstream downstream(Interface on) {
        Family family = family(on.family());
        Interface.Downstream state = on.downstream();
        Integer version = version(on);
        boolean knowsSources = version != null && version == newest(family);
        Optional<LinkSettings> settings = settings(on);
        RouterSettings router = settings.map(LinkSettings::router).orElse(RouterSettings.DEFAULT);
        boolean ipv4 = family == Family.IPV4;
        return new Downstream(
                on.name(),
                version,
                state == null || (ipv4 && version != null && version == 1)
                        ? null
                        : seconds(
                                state.timers().lastMemberQueryIntervalMillis(),
                                MAX_RESPONSE_SECONDS),
                state == null
                        ? null
                        : seconds(state.timers().queryIntervalMillis(), MAX_QUERY_INTERVAL_SECONDS),
                state == null
                        ? null
                        : seconds(
                                state.timers().queryResponseIntervalMillis(), MAX_RESPONSE_SECONDS),
                state == null || state.timers().robustness() > MAX_ROBUSTNESS
                        ? null
                        : state.timers().robustness(),
                !ipv4 || router.checks().requireRouterAlert(), // RFC 9777 6.2: always
                router.tracking().immediateLeave() ? YangData.EMPTY : null,
                router.limits().groups(),
                knowsSources ? router.limits().groupSources() : null,
                ipv4 && router.checks().verifySourceSubnet() ? YangData.EMPTY : null,
                knowsSources && router.tracking().enabled() ? YangData.EMPTY : null,
                knowsSources && router.liteExcludeFilter() ? YangData.EMPTY : null,
                router.ssmMap().entries().stream()
                        .filter(entry -> entry.source().family() == family)
                        .map(entry ->
                                new SsmMapping(
                                        entry.source().toString(), entry.groups().toString()))
                        .toList(),
                state == null
                        ? List.of()
                        : state.staticGroups().stream().map(YangState::staticGroup).toList(),
                status(on),
                state == null || state.querier() == null ? none(family) : state.querier(),
                groups.getOrDefault(Place.of(on), List.of()).stream()
                        .filter(YangState::isReported)
                        .map(YangState::group)
                        .toList());
    }

    private Optional<LinkSettings> settings(Interface on) {
        return configuration
                .instance(on.instance())
                .flatMap(instance ->
                        configuration.link(
                                instance, Side.DOWNSTREAM, on.name(), family(on.family())));
    }

    private static String status(Interface on) {
        return on.state().equals("up") ? "up" : "down";
    }

    /** For instance 3 of {@code IGMPv3}. */
    private static @Nullable Integer version(Interface on) {
        String text = on.version();
        return text == null ? null : Integer.valueOf(text.substring(text.length() - 1));
    }

    private static int newest(Family family) {
        return switch (family) {
            case IPV4 -> 3;
            case IPV6 -> 2;
        };
    }

    private static String none(Family family) {
        return switch (family) {
            case IPV4 -> "0.0.0.0";
            case IPV6 -> "::";
        };
    }

    /** Whole seconds within the leaf's range, or nothing. */
    private static @Nullable Long seconds(long millis, long most) {
        long seconds = TimeUnit.MILLISECONDS.toSeconds(millis);
        boolean fits =
                seconds >= 1 && seconds <= most && TimeUnit.SECONDS.toMillis(seconds) == millis;
        return fits ? seconds : null;
    }

    private static long seconds(long millis) {
        return TimeUnit.MILLISECONDS.toSeconds(millis);
    }

    private static StaticGroup staticGroup(String text) {
        int blank = text.indexOf(' ');
        return blank < 0
                ? new StaticGroup(text, "*")
                : new StaticGroup(text.substring(0, blank), text.substring(blank + 1));
    }

    /** Has a host reported it? What is only set to be wanted is in the list of static groups. */
    private static boolean isReported(Group group) {
        return !group.isStatic()
                || group.lastReporter() != null
                || group.timerMillis() > 0
                || group.sources().stream().anyMatch(source -> source.timerMillis() > 0);
    }

    private static ReportedGroup group(Group group) {
        List<ReportedSource> sources = new ArrayList<>();
        long longest = group.timerMillis();
        for (Group.Source source : group.sources()) {
            longest = Math.max(longest, source.timerMillis());
            sources.add(source(group, source.address(), source.timerMillis()));
        }
        // A source that is not forwarded has a timer, too: it is 0 (RFC 9776 6.2.3).
        group.excluded().forEach(source -> sources.add(source(group, source, 0)));
        return new ReportedGroup(
                group.group(),
                seconds(longest),
                group.mode(),
                seconds(group.ageMillis()),
                group.lastReporter(),
                sources);
    }

    private static ReportedSource source(Group group, String address, long timerMillis) {
        // An address may be there twice, with two link-layer addresses; here it is the key.
        Map<String, TrackedHost> hosts = new LinkedHashMap<>();
        for (Group.Host host : group.hosts()) {
            if (host.sources().contains(address)) {
                hosts.putIfAbsent(host.address(), new TrackedHost(host.address(), host.mode()));
            }
        }
        return new ReportedSource(
                address,
                seconds(timerMillis),
                seconds(group.ageMillis()), // the most that it can be: a source's own is not kept
                hosts.size(),
                List.copyOf(hosts.values()));
    }

    // ---- RFC 9398 ----

    private ControlPlaneProtocol proxy(String instance, Family family, List<Interface> links) {
        YangData.Proxy proxy =
                new YangData.Proxy(
                        new YangData.Upstreams(links.stream().map(this::upstream).toList()));
        return switch (family) {
            case IPV4 ->
                    new ControlPlaneProtocol(
                            "ietf-igmp-mld-proxy:igmp-proxy", instance, null, null, proxy, null);
            case IPV6 ->
                    new ControlPlaneProtocol(
                            "ietf-igmp-mld-proxy:mld-proxy", instance, null, null, null, proxy);
        };
    }

    private Upstream upstream(Interface on) {
        boolean ipv4 = family(on.family()) == Family.IPV4;
        return new Upstream(
                on.name(),
                ipv4 ? version(on) : null,
                ipv4 ? null : version(on),
                true,
                on.address(),
                memberships.getOrDefault(Place.of(on), List.of()).stream()
                        .map(one -> new MergedGroup(one.group(), one.mode(), sources(one)))
                        .toList());
    }

    private List<MergedSource> sources(Membership membership) {
        List<Group> wantedBy =
                wanting.getOrDefault(
                        new Wanted(membership.instance(), membership.group()), List.of());
        return membership.sources().stream()
                .map(source -> new MergedSource(source, wantedOn(source, wantedBy)))
                .toList();
    }

    private static List<InterfaceName> wantedOn(String source, List<Group> wantedBy) {
        TreeSet<String> links = new TreeSet<>();
        for (Group group : wantedBy) {
            boolean wanted =
                    group.mode().equals("exclude")
                            ? !group.excluded().contains(source)
                            : group.sources().stream()
                                    .anyMatch(one -> one.address().equals(source));
            if (wanted) {
                links.add(group.link());
            }
        }
        return links.stream().map(InterfaceName::new).toList();
    }
}
