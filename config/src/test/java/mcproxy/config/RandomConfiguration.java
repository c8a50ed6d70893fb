package mcproxy.config;

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

    RandomConfiguration(long seed) {
        random = new SplittableRandom(seed);
    }

    Configuration next() {
        names = 0;
        boolean disabled = random.nextInt(4) == 0;
        List<InstanceConfig> instances = new ArrayList<>();
        int count = random.nextInt(disabled ? 0 : 1, 5);
        for (int i = 0; i < count; i++) {
            instances.add(instance(i));
        }
        return new Configuration(protocols(), disabled, settings(Scope.DAEMON), instances);
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

    private InstanceConfig instance(int number) {
        List<InterfaceConfig> upstreams = interfaces(0, Scope.UPSTREAM);
        List<InterfaceConfig> downstreams = interfaces(1, Scope.DOWNSTREAM);
        Optional<Integer> table =
                random.nextBoolean() ? Optional.of(number * 1000) : Optional.empty();
        return new InstanceConfig(
                name(" "), table, upstreams, downstreams, settings(Scope.INSTANCE));
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
                values.put(
                        key,
                        switch (key.kind()) {
                            case SettingKind.Count _ ->
                                    new SettingValue.Count(random.nextInt(2, 8));
                            case SettingKind.Interval _ ->
                                    new SettingValue.Interval(
                                            key == SettingKey.QUERY_INTERVAL
                                                    ? Duration.ofMillis(
                                                            random.nextInt(30_000, 99_000))
                                                    : Duration.ofMillis(
                                                            random.nextInt(100, 25_500)));
                        });
            }
        }
        return new Settings(values);
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }
}
