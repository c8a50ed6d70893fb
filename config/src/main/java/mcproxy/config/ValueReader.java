package mcproxy.config;

import mcproxy.config.Token.Kind;

import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what a {@code set} statement gives as the value of a key. */
final class ValueReader {
    private static final Pattern NUMBER = Pattern.compile("[0-9]+");
    private static final Pattern NUMBER_AND_UNIT = Pattern.compile("([0-9]+)([A-Za-z_]+)");
    private static final List<String> UNITS = List.of("ms", "s", "m", "h");

    private final SettingKey key;
    private final List<Token> tokens;
    private final Span span;
    private final Problems problems;

    private ValueReader(SettingKey key, List<Token> tokens, Problems problems) {
        this.key = key;
        this.tokens = tokens;
        this.span = tokens.getFirst().span().to(tokens.getLast().span());
        this.problems = problems;
    }

    /**
     * The value that the tokens, 1 or more, give to a key; empty where they give none, with the
     * problem told.
     */
    static Optional<SettingValue> read(SettingKey key, List<Token> tokens, Problems problems) {
        return new ValueReader(key, tokens, problems).value();
    }

    private Optional<SettingValue> value() {
        if (tokens.size() > 1 || tokens.getFirst().kind() != Kind.WORD) {
            return severalTokens();
        }
        String text = tokens.getFirst().text();
        return switch (key.kind()) {
            case SettingKind.Count count -> count(text, count);
            case SettingKind.Interval interval -> interval(text, interval);
        };
    }

    private Optional<SettingValue> severalTokens() {
        boolean severalLines =
                tokens.stream().anyMatch(t -> t.span().start().line() > span.start().line());
        if (severalLines) {
            return fail(
                    key + " takes one value, found more in the next line",
                    "is a ';' missing at the end of the statement?");
        }
        boolean fraction = tokens.size() > 1 && tokens.get(1).kind() == Kind.DOT;
        if (fraction) {
            return fail(
                    key + " takes whole numbers, found " + cited(),
                    key.kind() instanceof SettingKind.Interval ? "use a smaller unit: 1500ms" : "");
        }
        return fail(key + " takes " + key.kind().words() + ", found " + cited(), "");
    }

    private Optional<SettingValue> count(String text, SettingKind.Count range) {
        if (NUMBER_AND_UNIT.matcher(text).matches()) {
            return fail(key + " takes a number without a unit, found " + cited(), "");
        }
        if (!NUMBER.matcher(text).matches()) {
            return fail(key + " takes " + range.words() + ", found " + cited(), "");
        }
        BigInteger number = new BigInteger(shortened(text));
        if (number.bitLength() > 31 || !range.accepts(new SettingValue.Count(number.intValue()))) {
            return outOfRange();
        }
        return Optional.of(new SettingValue.Count(number.intValue()));
    }

    private Optional<SettingValue> interval(String text, SettingKind.Interval range) {
        if (NUMBER.matcher(text).matches()) {
            return fail(
                    key + " takes a time with a unit, found " + cited(),
                    "a unit: " + shortened(text) + "s");
        }
        Matcher matcher = NUMBER_AND_UNIT.matcher(text);
        if (!matcher.matches()) {
            return fail(key + " takes " + range.words() + ", found " + cited(), "");
        }
        long unitMillis = unitMillis(matcher.group(2));
        if (unitMillis == 0) {
            return fail(
                    "'" + matcher.group(2) + "' is not a unit of time, expected ms, s, m or h",
                    Suggestion.nearest(UNITS, matcher.group(2).substring(0, 1))
                            .map(unit -> "did you mean " + matcher.group(1) + unit + "?")
                            .orElse(""));
        }
        BigInteger millis =
                new BigInteger(shortened(matcher.group(1)))
                        .multiply(BigInteger.valueOf(unitMillis));
        if (millis.bitLength() > 62) {
            return outOfRange();
        }
        SettingValue value = new SettingValue.Interval(Duration.ofMillis(millis.longValue()));
        return range.accepts(value) ? Optional.of(value) : outOfRange();
    }

    /** The milliseconds of a unit, whatever its case; 0 for what is none. */
    private static long unitMillis(String unit) {
        if (unit.equalsIgnoreCase("ms")) {
            return 1;
        }
        if (unit.equalsIgnoreCase("s")) {
            return 1000;
        }
        if (unit.equalsIgnoreCase("m")) {
            return 60_000;
        }
        return unit.equalsIgnoreCase("h") ? 3_600_000 : 0;
    }

    /** Without leading zeros and, as no range reaches so far, without what is beyond 20 digits. */
    private static String shortened(String digits) {
        int start = 0;
        while (start < digits.length() - 1 && digits.charAt(start) == '0') {
            start++;
        }
        return digits.substring(start, Math.min(digits.length(), start + 20));
    }

    private Optional<SettingValue> outOfRange() {
        return fail(key + " takes " + key.kind().words() + ", found " + cited(), "");
    }

    private String cited() {
        StringBuilder text = new StringBuilder();
        Span before = tokens.getFirst().span();
        for (Token token : tokens) {
            boolean apart = !text.isEmpty() && !before.touches(token.span());
            text.append(apart ? " " : "").append(token.text());
            before = token.span();
        }
        return "'" + text + "'";
    }

    private Optional<SettingValue> fail(String message, String hint) {
        Problem problem =
                Problem.error(problems.file(), span, message)
                        .expecting(key.kind().words() + example());
        problems.add(hint.isEmpty() ? problem : problem.hinting(hint));
        return Optional.empty();
    }

    private String example() {
        return switch (key.kind()) {
            case SettingKind.Count _ -> "";
            case SettingKind.Interval _ -> ", written as 125s, 200ms, 2m or 1h";
        };
    }
}
