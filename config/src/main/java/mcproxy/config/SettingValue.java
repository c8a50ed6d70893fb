package mcproxy.config;

import java.time.Duration;

/** The value of a setting; {@link #toString()} is how the language writes it. */
public sealed interface SettingValue {
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
            if (length.isNegative() || length.getNano() % 1_000_000 != 0) {
                throw new IllegalArgumentException("not whole milliseconds: " + length);
            }
        }

        @Override
        public String toString() {
            return length.getNano() == 0 ? length.toSeconds() + "s" : length.toMillis() + "ms";
        }
    }
}
