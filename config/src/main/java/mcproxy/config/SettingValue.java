package mcproxy.config;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

/** The value of a setting. */
public sealed interface SettingValue {
    /** The value as the language writes it, for instance {@code 125s}. */
    @Override
    String toString();

    /**
     * A plain number.
     *
     * @param number 0 or more
     */
    record Count(int number) implements SettingValue {
        /** Checks that the number is not negative. */
        public Count {
            if (number < 0) {
                throw new IllegalArgumentException("a negative count: " + number);
            }
        }

        @Override
        public String toString() {
            return Integer.toString(number);
        }
    }

    /**
     * A time.
     *
     * @param length whole milliseconds, 0 or more
     */
    record Interval(Duration length) implements SettingValue {
        /** Checks that the time is whole milliseconds and not negative. */
        public Interval {
            if (length.isNegative() || !length.truncatedTo(ChronoUnit.MILLIS).equals(length)) {
                throw new IllegalArgumentException("not whole milliseconds: " + length);
            }
        }

        @Override
        public String toString() {
            return length.toMillis() % 1000 == 0
                    ? length.toSeconds() + "s"
                    : length.toMillis() + "ms";
        }
    }
}
