package mcproxy.config;

import mcproxy.core.Timers;

import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

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
}
