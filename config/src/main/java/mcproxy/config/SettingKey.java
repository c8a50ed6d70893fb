package mcproxy.config;

import mcproxy.core.HostSettings;
import mcproxy.core.PolicySettings;
import mcproxy.core.Prefix;
import mcproxy.core.ProxySettings;
import mcproxy.core.RouterSettings;
import mcproxy.core.SsmRange;
import mcproxy.core.Timers;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * All settings of the language: the one home of their names, values, defaults and meanings, from
 * which parser, documents and {@code config show} take them.
 */
// Sealed records of values are immutable, but Error Prone wants a mark of its own to believe it.
@SuppressWarnings("ImmutableEnumChecker")
public enum SettingKey {
    /** The Robustness Variable. */
    ROBUSTNESS(
            "robustness",
            new SettingKind.Count(1, 7), // QRV is 3 bits wide, and 0 there means "not told"
            fixed(Timers.DEFAULT_ROBUSTNESS),
            "RFC 9776 8.1, RFC 9777 9.1",
            "How many times messages are sent so that one of them arrives; a link that loses"
                    + " packets needs more.",
            Scopes.BOTH),
    /** The Query Interval. */
    QUERY_INTERVAL(
            "query-interval",
            new SettingKind.Interval(Duration.ofSeconds(1), Limits.MAX_QQIC),
            fixed(Timers.DEFAULT_QUERY_INTERVAL),
            "RFC 9776 8.2, RFC 9777 9.2",
            "The time between two General Queries on a downstream.",
            Scopes.ROUTER),
    /** The Query Response Interval. */
    QUERY_RESPONSE_INTERVAL(
            "query-response-interval",
            new SettingKind.Interval(Limits.MIN_RESPONSE, Limits.MAX_RESPONSE),
            fixed(Timers.DEFAULT_QUERY_RESPONSE_INTERVAL),
            "RFC 9776 8.3, RFC 9777 9.3",
            "The time in which hosts spread their answers to a General Query; less than"
                    + " query-interval.",
            Scopes.ROUTER),
    /** The Startup Query Interval. */
    STARTUP_QUERY_INTERVAL(
            "startup-query-interval",
            new SettingKind.Interval(Limits.MIN_RESPONSE, Limits.MAX_QQIC),
            new SettingDefault.Derived("a quarter of query-interval"),
            "RFC 9776 8.6, RFC 9777 9.6",
            "The time between the first General Queries after the start.",
            Scopes.ROUTER),
    /** The Startup Query Count. */
    STARTUP_QUERY_COUNT(
            "startup-query-count",
            new SettingKind.Count(1, Limits.MAX_COUNT),
            new SettingDefault.Derived("the same as robustness"),
            "RFC 9776 8.7, RFC 9777 9.7",
            "How many General Queries are sent startup-query-interval apart after the start.",
            Scopes.ROUTER),
    /** The Last Member Query Interval, in MLD the Last Listener Query Interval. */
    LAST_MEMBER_QUERY_INTERVAL(
            "last-member-query-interval",
            new SettingKind.Interval(Limits.MIN_RESPONSE, Limits.MAX_RESPONSE),
            fixed(Timers.DEFAULT_LAST_MEMBER_QUERY_INTERVAL),
            "RFC 9776 8.8, RFC 9777 9.8",
            "The time in which hosts answer the query that follows a leave.",
            Scopes.ROUTER),
    /** The Last Member Query Count, in MLD the Last Listener Query Count. */
    LAST_MEMBER_QUERY_COUNT(
            "last-member-query-count",
            new SettingKind.Count(1, Limits.MAX_COUNT),
            new SettingDefault.Derived("the same as robustness"),
            "RFC 9776 8.9, RFC 9777 9.9",
            "How many queries follow a leave before its stream stops.",
            Scopes.ROUTER),
    /** How soon a State-Change Report is repeated. */
    UNSOLICITED_REPORT_INTERVAL(
            "unsolicited-report-interval",
            new SettingKind.Interval(Duration.ofMillis(10), Duration.ofSeconds(60)),
            fixed(HostSettings.DEFAULT.unsolicitedReportInterval()),
            "RFC 9776 8.11, RFC 9777 9.11",
            "The time in which a report of a change is repeated on an upstream.",
            Scopes.HOST),
    /** A bound of ours. */
    REPORTS_PER_SECOND(
            "reports-per-second",
            new SettingKind.Count(1, 100_000),
            fixed(HostSettings.DEFAULT.reportsPerSecond()),
            Scopes.OURS,
            "The most packets that changes take on an upstream in a second; what comes faster is"
                    + " gathered and said in fewer packets.",
            Scopes.HOST),
    /** Fixed protocol versions. */
    VERSION(
            "version",
            new SettingKind.Versions(),
            new SettingDefault.Derived("auto: what protocol says, or older as neighbours need it"),
            "RFC 9776 7, RFC 9777 8, RFC 8652 version",
            "The versions to speak whatever the neighbours speak.",
            Scopes.BOTH),
    /** May we be querier? */
    QUERIER(
            "querier",
            new SettingKind.Choice(List.of("auto", "off")),
            fixed("auto"),
            "RFC 9776 6.6.2, RFC 9777 7.6.2",
            "Whether to take part in the election of the querier, or never to send a query. Without"
                    + " it streams are forwarded onto the link only with forward-when-not-querier.",
            Scopes.ROUTER),
    /** The rule of RFC 4605 3 that may be switched off. */
    FORWARD_WHEN_NOT_QUERIER(
            "forward-when-not-querier",
            new SettingKind.Switch(),
            fixed(RouterSettings.Querying.DEFAULT.forwardWhenNotQuerier()),
            "RFC 4605 3",
            "Whether to forward onto a link that another router is querier of; only where no other"
                    + " proxy forwards there too.",
            Scopes.ROUTER),
    /** Stop at once when the last known host leaves. */
    IMMEDIATE_LEAVE(
            "immediate-leave",
            new SettingKind.Switch(),
            fixed(RouterSettings.Tracking.DEFAULT.immediateLeave()),
            "RFC 8652 immediate-leave, TR-124 LAN.IGMP.ROUTED.15",
            "Whether a stream stops as soon as the last known host leaves it.",
            Scopes.ROUTER),
    /** Remember hosts. */
    EXPLICIT_TRACKING(
            "explicit-tracking",
            new SettingKind.Switch(),
            fixed(RouterSettings.Tracking.DEFAULT.enabled()),
            "RFC 8652 explicit-tracking, RFC 9776 A.2",
            "Whether to remember which host wants what. A host is known by its IP address and its"
                    + " MAC address. Two that share one of them may be one, so neither vouches for"
                    + " the other: when one leaves, the link is asked.",
            Scopes.ROUTER),
    /** RFC 5790. */
    LITE_EXCLUDE_FILTER(
            "lite-exclude-filter",
            new SettingKind.Switch(),
            fixed(RouterSettings.DEFAULT.liteExcludeFilter()),
            "RFC 5790 5, RFC 8652 lite-exclude-filter",
            "Whether lists of excluded sources are taken for empty ones.",
            Scopes.ROUTER),
    /** Strictness about the Router Alert option. */
    REQUIRE_ROUTER_ALERT(
            "require-router-alert",
            new SettingKind.Switch(),
            fixed(RouterSettings.Checks.DEFAULT.requireRouterAlert()),
            "RFC 9776 9.2, RFC 8652 require-router-alert",
            "Whether IGMP reports without the Router Alert option are refused; MLD always needs"
                    + " it.",
            Scopes.ROUTER),
    /** Strictness about senders. */
    VERIFY_SOURCE_SUBNET(
            "verify-source-subnet",
            new SettingKind.Switch(),
            fixed(RouterSettings.Checks.DEFAULT.verifySourceSubnet()),
            "RFC 9776 9.2, RFC 8652 verify-source-subnet",
            "Whether IGMP reports from outside the interface's networks are refused; 0.0.0.0 never"
                    + " is.",
            Scopes.ROUTER),
    /** Strictness about IGMPv1. */
    IGNORE_VERSION_1(
            "ignore-version-1",
            new SettingKind.Switch(),
            fixed(RouterSettings.Checks.DEFAULT.ignoreVersion1()),
            "RFC 9776 9.2",
            "Whether IGMPv1 reports are ignored, as they slow down every leave.",
            Scopes.ROUTER),
    /** Strictness about IGMPv2 and MLDv1. */
    IGNORE_VERSION_2(
            "ignore-version-2",
            new SettingKind.Switch(),
            fixed(RouterSettings.Checks.DEFAULT.ignoreVersion2()),
            "RFC 9776 9.2",
            "Whether reports and leaves of IGMPv2 and MLDv1 are ignored.",
            Scopes.ROUTER),
    /** A limit. */
    MAX_GROUPS(
            "max-groups",
            new SettingKind.Count(1, Limits.MAX_ENTRIES),
            fixed(RouterSettings.LinkLimits.DEFAULT.groups()),
            "RFC 8652 max-groups",
            "The most groups on a downstream, for each family.",
            Scopes.ROUTER),
    /** A limit. */
    MAX_GROUP_SOURCES(
            "max-group-sources",
            new SettingKind.Count(1, Limits.MAX_ENTRIES),
            fixed(RouterSettings.LinkLimits.DEFAULT.groupSources()),
            "RFC 8652 max-group-sources",
            "The most sources of one group on a downstream.",
            Scopes.ROUTER),
    /** A limit. */
    MAX_HOSTS(
            "max-hosts",
            new SettingKind.Count(1, Limits.MAX_ENTRIES),
            fixed(RouterSettings.LinkLimits.DEFAULT.hosts()),
            "TR-124 LAN.IGMP.ROUTED.15",
            "The most hosts to remember on a downstream, counted in each of their groups; others"
                    + " are served all the same.",
            Scopes.ROUTER),
    /** RFC 4286. */
    MRDISC(
            "mrdisc",
            new SettingKind.Switch(),
            fixed(RouterSettings.DEFAULT.advertising().isPresent()),
            "RFC 4286",
            "Whether snooping switches are told where we are.",
            Scopes.ROUTER),
    /** RFC 4286 3.1.1. */
    MRDISC_INTERVAL(
            "mrdisc-interval",
            new SettingKind.Interval(Duration.ofSeconds(4), Duration.ofSeconds(180)),
            fixed(RouterSettings.Advertising.DEFAULT.interval()),
            "RFC 4286 3.1.1",
            "How often they are told.",
            Scopes.ROUTER),
    /** RFC 4286 3.1.3. */
    MRDISC_INITIAL_INTERVAL(
            "mrdisc-initial-interval",
            new SettingKind.Interval(Duration.ofMillis(100), Duration.ofMinutes(3)),
            fixed(RouterSettings.Advertising.DEFAULT.initialInterval()),
            "RFC 4286 3.1.3",
            "In how much time they are told first; the next ones follow as fast.",
            Scopes.ROUTER),
    /** RFC 4286 3.1.4. */
    MRDISC_INITIAL_COUNT(
            "mrdisc-initial-count",
            new SettingKind.Count(1, Limits.MAX_COUNT),
            fixed(RouterSettings.Advertising.DEFAULT.initialCount()),
            "RFC 4286 3.1.4",
            "How many times they are told so fast.",
            Scopes.ROUTER),
    /** RFC 4286 3.1.6. */
    MRDISC_MESSAGES_PER_SECOND(
            "mrdisc-messages-per-second",
            new SettingKind.Count(1, 1000),
            fixed(RouterSettings.Advertising.DEFAULT.messagesPerSecond()),
            "RFC 4286 3.1.6",
            "The most times they are told in a second, however often they ask.",
            Scopes.ROUTER),
    /** What counts as wanted. */
    STATIC_GROUP(
            "static-group",
            new SettingKind.Channels(),
            new SettingDefault.Fixed(new SettingValue.Channels(List.of())),
            "RFC 8652 static-group",
            "What is forwarded onto a downstream whether anybody asks for it or not.",
            Set.of(Scope.DOWNSTREAM)),
    /** What counts as asked for. */
    JOIN_GROUP(
            "join-group",
            new SettingKind.Channels(),
            new SettingDefault.Fixed(new SettingValue.Channels(List.of())),
            "RFC 8652 join-group",
            "What is asked for on an upstream whether anybody wants it or not.",
            Set.of(Scope.UPSTREAM)),
    /** Sources for hosts that cannot name them. */
    SSM_MAP(
            "ssm-map",
            new SettingKind.SourceMap(),
            new SettingDefault.Fixed(new SettingValue.SourceMap(List.of())),
            "RFC 8652 ssm-map",
            "Which sources a host gets that joins a group without naming any, inside `ssm-range` or"
                    + " not; several entries for a group add up. A `static-group` without a"
                    + " source is mapped, too.",
            Scopes.ROUTER),
    /** RFC 4604. */
    SSM_RANGE(
            "ssm-range",
            new SettingKind.Groups(),
            fixedGroups(SsmRange.IANA.prefixes()),
            "RFC 4604 3, RFC 4607 1",
            "The groups that nobody listens to without naming sources.",
            Scopes.WHOLE),
    /** What stays below. */
    LOCAL_GROUPS(
            "local-groups",
            new SettingKind.Groups(),
            fixedGroups(ProxySettings.LOCAL_GROUPS),
            "RFC 2365, RFC 7346 2, TR-124 LAN.IGMP.ROUTED.13",
            "The groups that stay among the downstreams; those of link scope always do.",
            Scopes.WHOLE),
    /** For zapping back. */
    LINGER(
            "linger",
            new SettingKind.Interval(Duration.ZERO, Duration.ofHours(1)),
            fixed(ProxySettings.DEFAULT.linger()),
            Scopes.OURS,
            "How long a group stays joined upstream after its last receiver has left.",
            Scopes.WHOLE),
    /** RFC 7287 5.4. */
    PEERING_WAIT(
            "peering-wait",
            new SettingKind.Interval(Duration.ZERO, Duration.ofSeconds(10)),
            fixed(PolicySettings.DEFAULT_PEERING_WAIT),
            "RFC 7287 5.4",
            "How long to wait for a group from peering links before other upstreams are asked; the"
                    + " RFC has 25 ms for peers in other nodes.",
            Scopes.WHOLE),
    /** Whose address messages carry. */
    SOURCE_ADDRESS(
            "source-address",
            new SettingKind.Addresses(),
            new SettingDefault.Derived(
                    "the first address of the interface; in IPv6 a link-local one"),
            "RFC 9398 sender-source-address",
            "The address that queries or reports are sent from.",
            Set.of(Scope.UPSTREAM, Scope.DOWNSTREAM)),
    /** What to do about the kernel's reverse path filter. */
    RP_FILTER(
            "rp-filter",
            new SettingKind.Choice(List.of("check", "reset", "leave")),
            fixed("check"),
            Scopes.OURS,
            "Whether to tell when the kernel's reverse path filter would drop streams, to switch it"
                    + " off while running, or to leave it alone.",
            Scopes.WHOLE);

    private static final class Limits {
        /** The largest Querier's Query Interval Code: 31 << 10 seconds. */
        static final Duration MAX_QQIC = Duration.ofSeconds(31_744);

        /** The unit of IGMP's Max Resp Code. */
        static final Duration MIN_RESPONSE = Duration.ofMillis(100);

        /** The largest Max Resp Code of IGMPv3, 31 << 10 tenths of a second; MLDv2 has more. */
        static final Duration MAX_RESPONSE = Duration.ofMillis(3_174_400);

        /** Ours; the RFCs have no limit. */
        static final int MAX_COUNT = 255;

        /** What fits into memory. */
        static final int MAX_ENTRIES = 1_000_000;
    }

    private static final class Scopes {
        /** Where no standard has the setting. */
        static final String OURS = "mcproxy";

        /** Settings of the router side, which is on downstreams. */
        static final Set<Scope> ROUTER = Set.of(Scope.DAEMON, Scope.INSTANCE, Scope.DOWNSTREAM);

        /** Settings of the host side, which is on upstreams. */
        static final Set<Scope> HOST = Set.of(Scope.DAEMON, Scope.INSTANCE, Scope.UPSTREAM);

        /** Settings of any interface. */
        static final Set<Scope> BOTH = Set.of(Scope.values());

        /** Settings of instances as a whole. */
        static final Set<Scope> WHOLE = Set.of(Scope.DAEMON, Scope.INSTANCE);
    }

    private final String text;
    private final SettingKind kind;
    private final SettingDefault fallback;
    private final String source;
    private final String doc;
    private final Set<Scope> scopes;

    SettingKey(
            String text,
            SettingKind kind,
            SettingDefault fallback,
            String source,
            String doc,
            Set<Scope> scopes) {
        this.text = text;
        this.kind = kind;
        this.fallback = fallback;
        this.source = source;
        this.doc = doc;
        this.scopes = scopes;
    }

    private static SettingDefault fixed(int number) {
        return new SettingDefault.Fixed(new SettingValue.Count(number));
    }

    private static SettingDefault fixed(boolean on) {
        return new SettingDefault.Fixed(new SettingValue.Switch(on));
    }

    private static SettingDefault fixed(String word) {
        return new SettingDefault.Fixed(new SettingValue.Choice(word));
    }

    private static SettingDefault fixedGroups(List<Prefix> groups) {
        return new SettingDefault.Fixed(new SettingValue.Groups(groups));
    }

    private static SettingDefault fixed(Duration length) {
        return new SettingDefault.Fixed(new SettingValue.Interval(length));
    }

    /** The key of a name, which is written in any case. */
    public static Optional<SettingKey> of(String name) {
        return Arrays.stream(values()).filter(key -> key.text.equalsIgnoreCase(name)).findFirst();
    }

    /** The names of all keys. */
    static List<String> names() {
        return Arrays.stream(values()).map(SettingKey::toString).toList();
    }

    /** What values it takes, with their range. */
    public SettingKind kind() {
        return kind;
    }

    /** What holds where it is not set. */
    public SettingDefault fallback() {
        return fallback;
    }

    /** The section of the standard that it comes from. */
    public String source() {
        return source;
    }

    /** What it does, in one sentence. */
    public String doc() {
        return doc;
    }

    /** May it be set for this? */
    public boolean fits(Scope scope) {
        return scopes.contains(scope);
    }

    /** The scopes in which it may be set, widest first. */
    public List<Scope> scopes() {
        return Arrays.stream(Scope.values()).filter(this::fits).toList();
    }

    /** Its name as the language writes it, for instance {@code query-interval}. */
    @Override
    public String toString() {
        return text;
    }
}
