package mcproxy.config;

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
            Scopes.ROUTER),
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
            Scopes.ROUTER);

    private static final class Limits {
        /** The largest Querier's Query Interval Code: 31 << 10 seconds. */
        static final Duration MAX_QQIC = Duration.ofSeconds(31_744);

        /** The unit of IGMP's Max Resp Code. */
        static final Duration MIN_RESPONSE = Duration.ofMillis(100);

        /** The largest Max Resp Code of IGMPv3, 31 << 10 tenths of a second; MLDv2 has more. */
        static final Duration MAX_RESPONSE = Duration.ofMillis(3_174_400);

        /** Ours; the RFCs have no limit. */
        static final int MAX_COUNT = 255;
    }

    private static final class Scopes {
        /** Settings of the router side, which is on downstreams. */
        static final Set<Scope> ROUTER = Set.of(Scope.DAEMON, Scope.INSTANCE, Scope.DOWNSTREAM);
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
