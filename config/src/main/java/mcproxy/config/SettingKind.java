package mcproxy.config;

import java.time.Duration;

/** What values a setting takes. */
public sealed interface SettingKind {
    /** May a setting of this kind have this value? */
    boolean accepts(SettingValue value);

    /** The values in words, for instance {@code a number from 1 to 7}. */
    String words();

    /** A plain number from {@code min} to {@code max}, both included. */
    record Count(int min, int max) implements SettingKind {
        @Override
        public boolean accepts(SettingValue value) {
            return value instanceof SettingValue.Count(int number)
                    && number >= min
                    && number <= max;
        }

        @Override
        public String words() {
            return "a number from " + min + " to " + max;
        }
    }

    /** A time from {@code min} to {@code max}, both included. */
    record Interval(Duration min, Duration max) implements SettingKind {
        @Override
        public boolean accepts(SettingValue value) {
            return value instanceof SettingValue.Interval(Duration length)
                    && length.compareTo(min) >= 0
                    && length.compareTo(max) <= 0;
        }

        @Override
        public String words() {
            return "a time from "
                    + new SettingValue.Interval(min)
                    + " to "
                    + new SettingValue.Interval(max);
        }
    }
}
