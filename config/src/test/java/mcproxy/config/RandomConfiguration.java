package mcproxy.config;

import mcproxy.core.AddressSet;
import mcproxy.core.Filter;
import mcproxy.core.InterfacePattern;
import mcproxy.core.PolicySettings.InterfaceFilter;
import mcproxy.core.Prefix;
import mcproxy.core.Rule;
import mcproxy.core.RuleMatching;
import mcproxy.core.Table;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Protocol;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/** Configurations that a reader accepts, by chance. */
final class RandomConfiguration {
    private static final List<String> ODD_NAMES =
            List.of("table", "IN", "set", "br-lan", "eth0.4", "a b", "1", "\u00e4", "x@y", "==>");

    private final SplittableRandom random;
    private int names;
    private int rules;
    private List<Protocol> protocols = List.of();

    RandomConfiguration(long seed) {
        random = new SplittableRandom(seed);
    }

    Configuration next() {
        names = 0;
        rules = 0;
        boolean disabled = random.nextInt(4) == 0;
        protocols = protocols();
        List<Table> tables = tables();
        List<InstanceConfig> instances = new ArrayList<>();
        int count = random.nextInt(disabled ? 0 : 1, 5);
        for (int i = 0; i < count; i++) {
            instances.add(instance(i, tables));
        }
        return new Configuration(protocols, disabled, settings(Scope.DAEMON), tables, instances);
    }

    private List<Protocol> protocols() {
        List<Protocol> igmp = List.of(Protocol.IGMPV1, Protocol.IGMPV2, Protocol.IGMPV3);
        List<Protocol> mld = List.of(Protocol.MLDV1, Protocol.MLDV2);
        return switch (random.nextInt(3)) {
            case 0 -> List.of(pick(igmp));
            case 1 -> List.of(pick(mld));
            default -> List.of(pick(mld), pick(igmp));
        };
    }

    /** The same families in other versions. */
    private List<Protocol> otherVersions() {
        return protocols.stream()
                .map(protocol ->
                        switch (protocol.family()) {
                            case IPV4 -> pick(List.of(Protocol.IGMPV2, Protocol.IGMPV3));
                            case IPV6 -> pick(List.of(Protocol.MLDV1, Protocol.MLDV2));
                        })
                .toList();
    }

    private List<Table> tables() {
        List<Table> tables = new ArrayList<>();
        int count = random.nextInt(4);
        for (int i = 0; i < count; i++) {
            tables.add(new Table(Optional.of(name(" ")), rules(tables, 2)));
        }
        return tables;
    }

    /** No two rules of a configuration are about the same group, so that none hides another. */
    private List<Rule> rules(List<Table> tables, int depth) {
        List<Rule> rules = new ArrayList<>();
        int count = random.nextInt(4);
        for (int i = 0; i < count; i++) {
            int kind = random.nextInt(5);
            if (kind == 0 && !tables.isEmpty()) {
                rules.add(new Rule.Nested(pick(tables)));
            } else if (kind == 1 && depth > 0) {
                rules.add(new Rule.Nested(new Table(Optional.empty(), rules(tables, depth - 1))));
            } else {
                rules.add(match());
            }
        }
        return rules;
    }

    private Rule.Match match() {
        rules++;
        boolean ipv4 = pick(protocols).family() == Family.IPV4;
        String network = ipv4 ? "239." + rules % 256 + "." : "ff0e:" + rules + ":";
        String host = ipv4 ? "10.1.2." : "2001:db8::";
        AddressSet group =
                switch (random.nextInt(3)) {
                    case 0 -> AddressSet.one(IpAddress.of(network + (ipv4 ? "0.1" : ":1")));
                    case 1 ->
                            AddressSet.of(
                                    new Prefix(
                                            IpAddress.of(network + (ipv4 ? "0.0" : ":")),
                                            ipv4 ? 16 : 64));
                    default ->
                            AddressSet.range(
                                    IpAddress.of(network + (ipv4 ? "0.3" : ":3")),
                                    IpAddress.of(network + (ipv4 ? "0.9" : ":9")));
                };
        AddressSet source =
                switch (random.nextInt(4)) {
                    case 0 -> AddressSet.ANY;
                    case 1 -> AddressSet.all(ipv4 ? Family.IPV4 : Family.IPV6);
                    case 2 -> AddressSet.one(IpAddress.of(host + random.nextInt(1, 9)));
                    default -> AddressSet.range(IpAddress.of(host + "1"), IpAddress.of(host + "7"));
                };
        Optional<InterfacePattern> input =
                random.nextInt(4) == 0 ? Optional.of(InterfacePattern.ANY) : Optional.empty();
        return new Rule.Match(input, group, source);
    }

    private InstanceConfig instance(int number, List<Table> tables) {
        List<InterfaceConfig> upstreams = interfaces(0, Scope.UPSTREAM);
        List<InterfaceConfig> downstreams = new ArrayList<>(interfaces(1, Scope.DOWNSTREAM));
        if (!upstreams.isEmpty() && random.nextInt(3) == 0) {
            String peer = upstreams.getFirst().name();
            downstreams.addFirst(new InterfaceConfig(peer, settings(Scope.DOWNSTREAM)));
        }
        Optional<Integer> table =
                random.nextBoolean() ? Optional.of(number * 1000) : Optional.empty();
        List<Protocol> own = random.nextInt(3) == 0 ? otherVersions() : List.of();
        return new InstanceConfig(
                name(" "),
                table,
                upstreams,
                downstreams,
                own,
                settings(Scope.INSTANCE),
                policy(upstreams, downstreams, tables));
    }

    private PolicyConfig policy(
            List<InterfaceConfig> upstreams,
            List<InterfaceConfig> downstreams,
            List<Table> tables) {
        List<RuleMatching> choices =
                List.of(
                        RuleMatching.ALL,
                        RuleMatching.FIRST,
                        new RuleMatching.Mutex(Duration.ofMillis(random.nextInt(1, 9999))));
        List<InterfaceFilter> filters = new ArrayList<>();
        for (Side side : Side.values()) {
            List<InterfaceConfig> interfaces = side == Side.UPSTREAM ? upstreams : downstreams;
            for (Filter.Direction direction : Filter.Direction.values()) {
                List<String> names =
                        new ArrayList<>(interfaces.stream().map(InterfaceConfig::name).toList());
                if (!names.isEmpty()) {
                    names.add("*");
                }
                names.removeIf(_ -> random.nextInt(3) > 0);
                for (String name : names) {
                    boolean named = !tables.isEmpty() && random.nextBoolean();
                    Table table =
                            named ? pick(tables) : new Table(Optional.empty(), rules(tables, 2));
                    filters.add(
                            new InterfaceFilter(
                                    side.role(),
                                    new InterfacePattern(name),
                                    direction,
                                    new Filter(pick(List.of(Filter.Kind.values())), table)));
                }
            }
        }
        return new PolicyConfig(
                random.nextInt(3) == 0 ? Optional.of(pick(choices)) : Optional.empty(),
                random.nextInt(3) == 0
                        ? Optional.of(pick(choices.subList(0, 2)))
                        : Optional.empty(),
                filters);
    }

    private List<InterfaceConfig> interfaces(int least, Scope scope) {
        List<InterfaceConfig> interfaces = new ArrayList<>();
        int count = random.nextInt(least, 4);
        for (int i = 0; i < count; i++) {
            interfaces.add(new InterfaceConfig(name(""), settings(scope)));
        }
        return interfaces;
    }

    /** A name that has not been used. */
    private String name(String blank) {
        names++;
        return random.nextBoolean()
                ? "n" + names
                : (pick(ODD_NAMES) + (names > 1 ? names : "")).replace(" ", blank);
    }

    /** Query intervals stay above all response intervals, which stay small enough for IGMPv2. */
    private Settings settings(Scope scope) {
        Map<SettingKey, SettingValue> values = new EnumMap<>(SettingKey.class);
        for (SettingKey key : SettingKey.values()) {
            if (key.fits(scope) && random.nextInt(3) == 0) {
                values.put(key, value(key));
            }
        }
        return new Settings(values);
    }

    private SettingValue value(SettingKey key) {
        return switch (key.kind()) {
            case SettingKind.Count _ -> new SettingValue.Count(random.nextInt(2, 8));
            case SettingKind.Interval(Duration min, Duration max) -> {
                Duration length =
                        Duration.ofMillis(
                                key == SettingKey.QUERY_INTERVAL
                                        ? random.nextInt(30_000, 99_000)
                                        : random.nextInt(100, 25_500));
                length = length.compareTo(min) < 0 ? min : length;
                yield new SettingValue.Interval(length.compareTo(max) > 0 ? max : length);
            }
            // Immediate leaves need tracking.
            case SettingKind.Switch _ ->
                    new SettingValue.Switch(
                            key == SettingKey.EXPLICIT_TRACKING || random.nextBoolean());
            case SettingKind.Choice choice -> new SettingValue.Choice(pick(choice.choices()));
            case SettingKind.Versions _ ->
                    new SettingValue.Versions(random.nextBoolean() ? List.of() : otherVersions());
            case SettingKind.Addresses _ ->
                    new SettingValue.Addresses(List.of(IpAddress.of("192.0.2." + number())));
            case SettingKind.Groups _ ->
                    new SettingValue.Groups(
                            random.nextBoolean()
                                    ? List.of()
                                    : List.of(
                                            Prefix.of("232." + number() + ".0.0/16"),
                                            Prefix.of("ff3e::" + number() + "/128")));
            case SettingKind.Channels _ ->
                    new SettingValue.Channels(
                            List.of(
                                    new SettingValue.Channel(
                                            IpAddress.of("239.1.1." + number()), Optional.empty()),
                                    new SettingValue.Channel(
                                            IpAddress.of("ff3e::" + number()),
                                            Optional.of(IpAddress.of("2001:db8::1")))));
            case SettingKind.SourceMap _ ->
                    new SettingValue.SourceMap(
                            List.of(
                                    new SettingValue.Mapping(
                                            Prefix.of("232.1.1." + number() + "/32"),
                                            IpAddress.of("10.0.0.1"))));
        };
    }

    private int number() {
        return random.nextInt(1, 250);
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }
}
