package mcproxy.config;

import mcproxy.core.HostSettings;
import mcproxy.core.Membership;
import mcproxy.core.Prefix;
import mcproxy.core.ProxySettings;
import mcproxy.core.RouterSettings;
import mcproxy.core.SourceSet;
import mcproxy.core.SsmMap;
import mcproxy.core.SsmRange;
import mcproxy.core.Timers;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Protocol;

import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The settings that somebody made for one scope, in the order of {@link SettingKey}.
 *
 * @param values each value is one that its key's kind accepts
 */
public record Settings(Map<SettingKey, SettingValue> values) {
    /** Nothing is set. */
    public static final Settings NONE = new Settings(Map.of());

    /** Checks that the values are of the kinds of their keys. */
    public Settings {
        EnumMap<SettingKey, SettingValue> ordered = new EnumMap<>(SettingKey.class);
        ordered.putAll(values);
        ordered.forEach((key, value) -> {
            if (!key.kind().accepts(value)) {
                throw new IllegalArgumentException(key + " " + value);
            }
        });
        values = Collections.unmodifiableMap(ordered);
    }

    /** The value of a key, if it is set. */
    public Optional<SettingValue> value(SettingKey key) {
        return Optional.ofNullable(values.get(key));
    }

    /** The value of a key that is a number, if it is set. */
    public OptionalInt count(SettingKey key) {
        return values.get(key) instanceof SettingValue.Count(int number)
                ? OptionalInt.of(number)
                : OptionalInt.empty();
    }

    /** The value of a key that is a time, if it is set. */
    public Optional<Duration> interval(SettingKey key) {
        return values.get(key) instanceof SettingValue.Interval(Duration length)
                ? Optional.of(length)
                : Optional.empty();
    }

    /** These settings, and where they say nothing, those of a wider scope. */
    public Settings over(Settings wider) {
        EnumMap<SettingKey, SettingValue> both = new EnumMap<>(SettingKey.class);
        both.putAll(wider.values);
        both.putAll(values);
        return new Settings(both);
    }

    /** The timers that follow from these settings, with the RFCs' defaults for the others. */
    public Timers timers() {
        return Timers.with(
                count(SettingKey.ROBUSTNESS).orElse(Timers.DEFAULT_ROBUSTNESS),
                interval(SettingKey.QUERY_INTERVAL).orElse(Timers.DEFAULT_QUERY_INTERVAL),
                interval(SettingKey.QUERY_RESPONSE_INTERVAL)
                        .orElse(Timers.DEFAULT_QUERY_RESPONSE_INTERVAL),
                interval(SettingKey.STARTUP_QUERY_INTERVAL),
                count(SettingKey.STARTUP_QUERY_COUNT),
                interval(SettingKey.LAST_MEMBER_QUERY_INTERVAL)
                        .orElse(Timers.DEFAULT_LAST_MEMBER_QUERY_INTERVAL),
                count(SettingKey.LAST_MEMBER_QUERY_COUNT));
    }

    private boolean isOn(SettingKey key, boolean otherwise) {
        return values.get(key) instanceof SettingValue.Switch(boolean on) ? on : otherwise;
    }

    /** The word of a key that takes one of some words, if it is set. */
    public Optional<String> choice(SettingKey key) {
        return values.get(key) instanceof SettingValue.Choice(String word)
                ? Optional.of(word)
                : Optional.empty();
    }

    private List<Prefix> groups(SettingKey key, List<Prefix> otherwise) {
        return values.get(key) instanceof SettingValue.Groups(List<Prefix> groups)
                ? groups
                : otherwise;
    }

    private List<SettingValue.Channel> channels(SettingKey key, Family family) {
        return values.get(key) instanceof SettingValue.Channels(List<SettingValue.Channel> all)
                ? all.stream().filter(channel -> channel.group().family() == family).toList()
                : List.of();
    }

    /** Which sources stand for groups whose receivers name none. */
    public SsmMap ssmMap() {
        return values.get(SettingKey.SSM_MAP)
                        instanceof SettingValue.SourceMap(List<SettingValue.Mapping> mappings)
                ? new SsmMap(
                        mappings.stream()
                                .map(one -> new SsmMap.Entry(one.groups(), one.source()))
                                .toList())
                : SsmMap.NONE;
    }

    /** The version that is fixed for a family; empty where neighbours may ask for an older one. */
    public Optional<Protocol> version(Family family) {
        return values.get(SettingKey.VERSION)
                        instanceof SettingValue.Versions(List<Protocol> versions)
                ? versions.stream().filter(version -> version.family() == family).findFirst()
                : Optional.empty();
    }

    /** The address to send from, if it is set for the family. */
    public Optional<IpAddress> sourceAddress(Family family) {
        return values.get(SettingKey.SOURCE_ADDRESS)
                        instanceof SettingValue.Addresses(List<IpAddress> addresses)
                ? addresses.stream().filter(address -> address.family() == family).findFirst()
                : Optional.empty();
    }

    /** How to behave as a host, on an upstream, in a family. */
    public HostSettings host(Family family) {
        HostSettings defaults = HostSettings.DEFAULT;
        return new HostSettings(
                version(family).isEmpty(),
                interval(SettingKey.UNSOLICITED_REPORT_INTERVAL)
                        .orElse(defaults.unsolicitedReportInterval()),
                count(SettingKey.REPORTS_PER_SECOND).orElse(defaults.reportsPerSecond()));
    }

    /** How to behave as a router, on a downstream, in a family. */
    public RouterSettings router(Family family) {
        RouterSettings defaults = RouterSettings.DEFAULT;
        RouterSettings.Checks checks = defaults.checks();
        return new RouterSettings(
                new RouterSettings.Querying(
                        !choice(SettingKey.QUERIER).orElse("auto").equals("off"),
                        version(family).isEmpty(),
                        isOn(
                                SettingKey.FORWARD_WHEN_NOT_QUERIER,
                                defaults.querying().forwardWhenNotQuerier())),
                new RouterSettings.Checks(
                        isOn(SettingKey.REQUIRE_ROUTER_ALERT, checks.requireRouterAlert()),
                        isOn(SettingKey.VERIFY_SOURCE_SUBNET, checks.verifySourceSubnet()),
                        isOn(SettingKey.IGNORE_VERSION_1, checks.ignoreVersion1()),
                        isOn(SettingKey.IGNORE_VERSION_2, checks.ignoreVersion2())),
                new RouterSettings.Tracking(
                        isOn(SettingKey.EXPLICIT_TRACKING, defaults.tracking().enabled()),
                        isOn(SettingKey.IMMEDIATE_LEAVE, defaults.tracking().immediateLeave())),
                new RouterSettings.LinkLimits(
                        count(SettingKey.MAX_GROUPS).orElse(defaults.limits().groups()),
                        count(SettingKey.MAX_GROUP_SOURCES)
                                .orElse(defaults.limits().groupSources()),
                        count(SettingKey.MAX_HOSTS).orElse(defaults.limits().hosts())),
                isOn(SettingKey.LITE_EXCLUDE_FILTER, defaults.liteExcludeFilter()),
                advertising(),
                staticGroups(family),
                ssmMap());
    }

    private Optional<RouterSettings.Advertising> advertising() {
        RouterSettings.Advertising defaults = RouterSettings.Advertising.DEFAULT;
        return isOn(SettingKey.MRDISC, RouterSettings.DEFAULT.advertising().isPresent())
                ? Optional.of(
                        new RouterSettings.Advertising(
                                interval(SettingKey.MRDISC_INTERVAL).orElse(defaults.interval()),
                                interval(SettingKey.MRDISC_INITIAL_INTERVAL)
                                        .orElse(defaults.initialInterval()),
                                count(SettingKey.MRDISC_INITIAL_COUNT)
                                        .orElse(defaults.initialCount()),
                                count(SettingKey.MRDISC_MESSAGES_PER_SECOND)
                                        .orElse(defaults.messagesPerSecond())))
                : Optional.empty();
    }

    private List<RouterSettings.StaticGroup> staticGroups(Family family) {
        SortedMap<IpAddress, Membership> groups = memberships(SettingKey.STATIC_GROUP, family);
        return groups.entrySet().stream()
                .map(entry ->
                        new RouterSettings.StaticGroup(
                                entry.getKey(), entry.getValue().sources().toList()))
                .toList();
    }

    /** What is asked for on an upstream whether anybody wants it or not. */
    public SortedMap<IpAddress, Membership> joins(Family family) {
        return memberships(SettingKey.JOIN_GROUP, family);
    }

    /** The channels of a group together; the group without a source is all of them. */
    private SortedMap<IpAddress, Membership> memberships(SettingKey key, Family family) {
        SortedMap<IpAddress, Membership> groups = new TreeMap<>();
        for (SettingValue.Channel channel : channels(key, family)) {
            Membership wanted =
                    channel.source()
                            .map(source -> Membership.include(SourceSet.of(source)))
                            .orElse(Membership.ANY_SOURCE);
            groups.merge(channel.group(), wanted, Membership::or);
        }
        return groups;
    }

    /** The groups of source-specific multicast. */
    public SsmRange ssmRange() {
        return new SsmRange(groups(SettingKey.SSM_RANGE, SsmRange.IANA.prefixes()));
    }

    /** What holds for an instance as a whole. */
    public ProxySettings proxy() {
        return new ProxySettings(
                interval(SettingKey.LINGER).orElse(ProxySettings.DEFAULT.linger()),
                groups(SettingKey.LOCAL_GROUPS, ProxySettings.LOCAL_GROUPS));
    }
}
