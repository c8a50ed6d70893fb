package mcproxy.cli;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/** Numbers and names as people read them. */
final class Words {
    /** What stands where there is nothing to tell. */
    static final String NONE = "-";

    private static final long SECOND = 1000;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;

    private Words() {}

    /** {@code 350ms}, {@code 12s}, {@code 4m12s}, {@code 3h05m} or {@code 2d03h}. */
    static String duration(long millis) {
        if (millis < SECOND) {
            return millis <= 0 ? "0s" : millis + "ms";
        }
        if (millis < MINUTE) {
            return millis / SECOND + "s";
        }
        if (millis < HOUR) {
            return two(millis / MINUTE, "m", millis % MINUTE / SECOND, "s");
        }
        if (millis < DAY) {
            return two(millis / HOUR, "h", millis % HOUR / MINUTE, "m");
        }
        return two(millis / DAY, "d", millis % DAY / HOUR, "h");
    }

    private static String two(long large, String largeUnit, long small, String smallUnit) {
        return large + largeUnit + (small < 10 ? "0" : "") + small + smallUnit;
    }

    /** {@code 7.9 Mbit/s}; nothing while it is not known. */
    static String rate(@Nullable Double bitsPerSecond) {
        return bitsPerSecond == null ? NONE : scaled(bitsPerSecond, "bit/s");
    }

    /** {@code 1.2 GB}, in powers of 1000 as rates are. */
    static String bytes(long bytes) {
        return scaled((double) bytes, "B");
    }

    private static String scaled(double value, String unit) {
        String[] prefixes = {"", "k", "M", "G", "T", "P", "E"};
        double left = value;
        int step = 0;
        // 999.95 would be written as 1000.0
        while (left >= (step == 0 ? 999.5 : 999.95) && step < prefixes.length - 1) {
            left /= 1000;
            step++;
        }
        String number = String.format(Locale.ROOT, step == 0 ? "%.0f" : "%.1f", left);
        return number + " " + prefixes[step] + unit;
    }

    /** Packets in a second. */
    static String perSecond(@Nullable Double number) {
        return number == null ? NONE : count(Math.round(number));
    }

    /** {@code 1,234,567}. */
    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** {@code 1 group}, {@code 2 groups}. */
    static String counted(long number, String what) {
        return count(number) + " " + what + (number == 1 ? "" : "s");
    }

    /** The text, or a sign that there is none. */
    static String orNone(@Nullable Object value) {
        return value == null ? NONE : value.toString();
    }

    /** The texts with commas, or a sign that there are none. */
    static String list(List<String> texts) {
        return texts.isEmpty() ? NONE : String.join(", ", texts);
    }

    /**
     * A text that does not steer the terminal that it is printed on: names and sentences may come
     * from the network or from somebody's file.
     */
    static String printable(String text) {
        StringBuilder clean = new StringBuilder(text.length());
        text.codePoints().map(c -> isSteering(c) ? '?' : c).forEach(clean::appendCodePoint);
        return clean.toString();
    }

    private static boolean isSteering(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    true;
            default -> false;
        };
    }
}
