package mcproxy.daemon;

import mcproxy.config.InstanceConfig;
import mcproxy.config.InterfaceConfig;
import mcproxy.control.Counter;
import mcproxy.control.Flow;
import mcproxy.control.Group;
import mcproxy.control.Instance;
import mcproxy.control.Interface;
import mcproxy.control.Membership;
import mcproxy.control.RuleHits;
import mcproxy.core.EngineView;
import mcproxy.core.LinkSettings.Role;
import mcproxy.core.RuleMatching;
import mcproxy.core.Timers;
import mcproxy.daemon.InstanceView.LinkView;
import mcproxy.kernel.MulticastTable.RouteCounters;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Protocol;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;

/** Makes documents of the control API out of views. */
final class Documents {
    private Documents() {}

    static long millis(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos);
    }

    private static String lower(Enum<?> word) {
        return word.name().toLowerCase(Locale.ROOT);
    }

    private static List<String> texts(Iterable<IpAddress> addresses) {
        List<String> texts = new ArrayList<>();
        addresses.forEach(address -> texts.add(address.toString()));
        return texts;
    }

    private static @Nullable String orNull(IpAddress address) {
        return address.isUnspecified() ? null : address.toString();
    }

    // ---- instances and interfaces ----

    static Instance instance(InstanceView view, InstanceConfig said, List<Protocol> protocols) {
        List<Instance.KernelLink> kernelLinks = new ArrayList<>();
        for (Map.Entry<Family, SortedMap<Integer, String>> of : view.kernelLinks().entrySet()) {
            of.getValue()
                    .forEach((vif, name) ->
                            kernelLinks.add(
                                    new Instance.KernelLink(of.getKey().toString(), vif, name)));
        }
        return new Instance(
                view.name(),
                view.table(),
                millis(view.upNanos()),
                protocols.stream().map(Protocol::toString).toList(),
                said.upstreams().stream().map(InterfaceConfig::name).toList(),
                said.downstreams().stream().map(InterfaceConfig::name).toList(),
                matching(said),
                view.engine().groupCount(),
                view.engine().routeCount(),
                kernelLinks,
                view.waiting(),
                view.counts().stream()
                        .filter(count -> count.key().name().equals("dropped"))
                        .mapToLong(Counters.Count::value)
                        .sum());
    }

    private static String matching(InstanceConfig instance) {
        RuleMatching otherwise =
                instance.isPeering()
                        ? new RuleMatching.Mutex(RuleMatching.Mutex.DEFAULT_SILENCE)
                        : RuleMatching.FIRST;
        return matching(instance.policy().in().orElse(otherwise));
    }

    /** As the configuration writes it. */
    static String matching(RuleMatching matching) {
        return switch (matching) {
            case RuleMatching.All _ -> "all";
            case RuleMatching.First _ -> "first";
            case RuleMatching.Mutex(Duration silence) -> "mutex " + silence.toMillis();
        };
    }

    static Interface link(InstanceView view, LinkView link) {
        Optional<EngineView.Upstream> up =
                view.engine().upstreams().stream()
                        .filter(_ -> link.role() == Role.UPSTREAM)
                        .filter(one -> is(one.at(), one.family(), link))
                        .findFirst();
        Optional<EngineView.Downstream> down =
                view.engine().downstreams().stream()
                        .filter(_ -> link.role() == Role.DOWNSTREAM)
                        .filter(one -> is(one.at(), one.family(), link))
                        .findFirst();
        Optional<Protocol> version =
                up.map(EngineView.Upstream::protocol)
                        .or(() -> down.map(EngineView.Downstream::protocol));
        return new Interface(
                view.name(),
                link.name(),
                lower(link.role()),
                link.family().toString(),
                lower(link.state()),
                link.ifindex().isPresent() ? link.ifindex().getAsInt() : null,
                vif(view, link),
                orNull(link.address()),
                link.ifindex().isPresent() ? link.mtu() : null,
                version.map(Protocol::toString).orElse(null),
                up.map(Documents::upstream).orElse(null),
                down.map(Documents::downstream).orElse(null));
    }

    private static boolean is(EngineView.At at, Family family, LinkView link) {
        return family == link.family()
                && link.ifindex().isPresent()
                && at.ifindex() == link.ifindex().getAsInt();
    }

    private static @Nullable Integer vif(InstanceView view, LinkView link) {
        SortedMap<Integer, String> links = view.kernelLinks().get(link.family());
        if (links == null) {
            return null;
        }
        return links.entrySet().stream()
                .filter(one -> one.getValue().equals(link.name()))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(null);
    }

    private static Interface.Upstream upstream(EngineView.Upstream up) {
        return new Interface.Upstream(
                up.order(),
                up.groupCount(),
                up.peering(),
                up.querier().map(IpAddress::toString).orElse(null),
                up.querier().isPresent() ? millis(up.queryAgoNanos()) : null,
                up.robustness());
    }

    private static Interface.Downstream downstream(EngineView.Downstream down) {
        Timers timers = down.timers();
        return new Interface.Downstream(
                orNull(down.querier()),
                down.isQuerier(),
                down.isQuerier() ? 0 : millis(down.querierTimerNanos()),
                down.forwards(),
                down.groupCount(),
                down.hostCount(),
                down.staticGroups().stream()
                        .flatMap(one -> Documents.staticGroup(one).stream())
                        .toList(),
                new Interface.InForce(
                        timers.robustness(),
                        timers.queryInterval().toMillis(),
                        timers.queryResponseInterval().toMillis(),
                        timers.groupMembershipInterval().toMillis(),
                        timers.lastMemberQueryInterval().toMillis(),
                        timers.lastMemberQueryCount()));
    }

    private static List<String> staticGroup(EngineView.Static set) {
        return set.membership().sources().isEmpty()
                ? List.of(set.group().toString())
                : set.membership().sources().toList().stream()
                        .map(source -> set.group() + " " + source)
                        .toList();
    }

    // ---- groups and memberships ----

    static Group group(
            String instance, EngineView.Downstream on, EngineView.Group group, boolean isStatic) {
        return new Group(
                instance,
                on.link(),
                on.family().toString(),
                group.group().toString(),
                lower(group.mode()),
                group.compatibility().toString(),
                millis(group.timerNanos()),
                group.running().stream()
                        .map(one ->
                                new Group.Source(one.source().toString(), millis(one.timerNanos())))
                        .toList(),
                texts(group.excluded()),
                millis(group.ageNanos()),
                group.lastReporter().map(IpAddress::toString).orElse(null),
                isStatic,
                group.hosts().stream().map(Documents::host).toList());
    }

    /** A group that nobody has reported. */
    static Group group(String instance, EngineView.Downstream on, EngineView.Static set) {
        return new Group(
                instance,
                on.link(),
                on.family().toString(),
                set.group().toString(),
                lower(set.membership().mode()),
                on.protocol().toString(),
                0,
                set.membership().sources().toList().stream()
                        .map(source -> new Group.Source(source.toString(), 0))
                        .toList(),
                List.of(),
                0,
                null,
                true,
                List.of());
    }

    private static Group.Host host(EngineView.Host host) {
        return new Group.Host(
                host.address().toString(),
                host.linkAddress().isNone() ? null : host.linkAddress().toString(),
                host.protocol().toString(),
                lower(host.membership().mode()),
                texts(host.membership().sources().toList()),
                millis(host.timerNanos()));
    }

    static Membership membership(
            String instance, EngineView.Upstream on, EngineView.Reported reported) {
        return new Membership(
                instance,
                on.link(),
                on.family().toString(),
                reported.group().toString(),
                lower(reported.membership().mode()),
                texts(reported.membership().sources().toList()),
                on.protocol().toString(),
                reported.reportsLeft());
    }

    // ---- the rest ----

    /**
     * A forwarding entry.
     *
     * @param counters what the kernel has counted; empty when it has no such entry
     */
    static Flow flow(
            String instance,
            EngineView.Route route,
            Optional<RouteCounters> counters,
            Optional<FlowRates.Rate> rate) {
        RouteCounters counted = counters.orElse(new RouteCounters(0, 0, 0));
        return new Flow(
                instance,
                route.group().family().toString(),
                route.source().toString(),
                route.group().toString(),
                route.incoming(),
                route.outgoing(),
                counted.packets() - counted.wrongInterface(),
                counted.bytes(),
                counted.wrongInterface(),
                rate.map(FlowRates.Rate::packetsPerSecond).orElse(null),
                rate.map(FlowRates.Rate::bitsPerSecond).orElse(null),
                millis(route.ageNanos()));
    }

    static RuleHits rule(String instance, EngineView.RuleHits rule) {
        return new RuleHits(
                instance,
                lower(rule.role()),
                rule.on(),
                lower(rule.direction()),
                lower(rule.kind()),
                rule.table(),
                rule.number(),
                rule.rule(),
                rule.hits());
    }

    static Counter counter(@Nullable String instance, Counters.Count count) {
        return new Counter(
                instance,
                count.key().link().isEmpty() ? null : count.key().link(),
                count.key().name(),
                count.key().label().isEmpty() ? null : count.key().label(),
                count.value());
    }
}
