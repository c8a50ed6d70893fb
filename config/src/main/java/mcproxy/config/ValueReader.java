package mcproxy.config;

import mcproxy.config.Token.Kind;
import mcproxy.core.AddressSet;
import mcproxy.core.Prefix;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Protocol;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads what a {@code set} statement gives as the value of a key. */
final class ValueReader {
    private static final Pattern NUMBER = Pattern.compile("[0-9]+");
    private static final Pattern NUMBER_AND_UNIT = Pattern.compile("([0-9]+)([A-Za-z_]+)");
    private static final Pattern PREFIX = Pattern.compile("([0-9A-Fa-f.:]+)(?:/([0-9]{1,3}))?");
    private static final String NONE = "none";
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
        return switch (key.kind()) {
            case SettingKind.Count count -> oneWord(text -> count(text, count));
            case SettingKind.Interval interval -> oneWord(text -> interval(text, interval));
            case SettingKind.Switch _ -> oneWord(this::onOrOff);
            case SettingKind.Choice choice -> oneWord(text -> choice(text, choice.choices()));
            case SettingKind.Versions _ ->
                    list(
                            "auto",
                            words -> one(words).flatMap(this::version),
                            SettingValue.Versions::new);
            case SettingKind.Addresses _ ->
                    list(
                            "",
                            words -> one(words).flatMap(this::address),
                            SettingValue.Addresses::new);
            case SettingKind.Groups _ ->
                    list(NONE, words -> one(words).flatMap(this::groups), SettingValue.Groups::new);
            case SettingKind.Channels _ -> list(NONE, this::channel, SettingValue.Channels::new);
            case SettingKind.SourceMap _ -> list(NONE, this::mapping, SettingValue.SourceMap::new);
        };
    }

    private Optional<SettingValue> oneWord(Function<String, Optional<SettingValue>> reader) {
        return tokens.size() > 1 || tokens.getFirst().kind() != Kind.WORD
                ? severalTokens()
                : reader.apply(tokens.getFirst().text());
    }

    private Optional<SettingValue> onOrOff(String text) {
        if (text.equalsIgnoreCase("on")) {
            return Optional.of(new SettingValue.Switch(true));
        }
        if (text.equalsIgnoreCase("off")) {
            return Optional.of(new SettingValue.Switch(false));
        }
        return fail(
                key + " takes on or off, found " + cited(),
                switch (text.toLowerCase(Locale.ROOT)) {
                    case "1", "yes", "true", "enable", "enabled" -> "did you mean 'on'?";
                    case "0", "no", "false", "disable", "disabled" -> "did you mean 'off'?";
                    case String other -> Suggestion.among(List.of("on", "off"), other).orElse("");
                });
    }

    private Optional<SettingValue> choice(String text, List<String> choices) {
        Optional<String> choice = choices.stream().filter(text::equalsIgnoreCase).findFirst();
        return choice.isPresent()
                ? Optional.of(new SettingValue.Choice(choice.get()))
                : fail(
                        key + " takes " + key.kind().words() + ", found " + cited(),
                        Suggestion.among(choices, text).orElse(""));
    }

    // ---- lists ----

    /** What stands between two blanks of a list, without quotes. */
    private record Piece(String text, Span span) {}

    /**
     * Reads elements with commas between them.
     *
     * @param nothing the word for the empty list; empty where there must be an element
     * @param element reads one, or tells what is wrong with it
     * @param whole makes a value of them; one that the key does not take is told of at the element
     *     that is wrong by itself
     */
    private <T> Optional<SettingValue> list(
            String nothing,
            Function<List<Piece>, Optional<T>> element,
            Function<List<T>, SettingValue> whole) {
        if (tokens.size() == 1 && !nothing.isEmpty() && tokens.getFirst().is(nothing)) {
            return accepted(whole.apply(List.of()));
        }
        List<T> elements = new ArrayList<>();
        List<Token> rest = tokens;
        while (true) {
            int comma = 0;
            while (comma < rest.size() && rest.get(comma).kind() != Kind.COMMA) {
                comma++;
            }
            List<Piece> pieces = pieces(rest.subList(0, comma));
            Optional<T> read = pieces.isEmpty() ? wrong() : element.apply(pieces);
            if (read.isEmpty()) {
                return Optional.empty();
            }
            if (!key.kind().accepts(whole.apply(List.of(read.get())))) {
                return wrong(pieces);
            }
            elements.add(read.get());
            if (comma == rest.size()) {
                return accepted(whole.apply(List.copyOf(elements)));
            }
            rest = rest.subList(comma + 1, rest.size());
        }
    }

    private static List<Piece> pieces(List<Token> tokens) {
        List<Piece> pieces = new ArrayList<>();
        for (Token token : tokens) {
            boolean goesOn = !pieces.isEmpty() && pieces.getLast().span().touches(token.span());
            Piece before = goesOn ? pieces.removeLast() : new Piece("", token.span());
            pieces.add(new Piece(before.text() + token.text(), before.span().to(token.span())));
        }
        return pieces;
    }

    private Optional<Piece> one(List<Piece> pieces) {
        return pieces.size() == 1 ? Optional.of(pieces.getFirst()) : wrong(pieces);
    }

    private Optional<Protocol> version(Piece piece) {
        Optional<Protocol> version = Keyword.of(piece.text()).flatMap(Keyword::protocol);
        return version.isPresent() ? version : wrong(List.of(piece));
    }

    private Optional<IpAddress> address(Piece piece) {
        Optional<IpAddress> address = IpAddress.parse(piece.text());
        return address.isPresent() ? address : wrong(List.of(piece));
    }

    private Optional<Prefix> groups(Piece piece) {
        Matcher matcher = PREFIX.matcher(piece.text());
        Optional<IpAddress> address =
                matcher.matches() ? IpAddress.parse(matcher.group(1)) : Optional.empty();
        if (address.isEmpty()) {
            return wrong(List.of(piece));
        }
        int most = address.get().family().bits();
        int length = matcher.group(2) == null ? most : Integer.parseInt(matcher.group(2));
        if (length > most) {
            problems.error(
                    piece.span(),
                    "a prefix of "
                            + address.get()
                            + " has at most "
                            + most
                            + " bits, found "
                            + length);
            return Optional.empty();
        }
        AddressSet network = AddressSet.of(new Prefix(address.get(), length));
        return network instanceof AddressSet.Range range ? range.prefix() : wrong(List.of(piece));
    }

    private Optional<SettingValue.Channel> channel(List<Piece> pieces) {
        if (pieces.size() > 2) {
            return wrong(pieces);
        }
        Optional<IpAddress> group = address(pieces.getFirst());
        Optional<IpAddress> source =
                pieces.size() == 2 ? address(pieces.getLast()) : Optional.empty();
        return group.isEmpty() || (pieces.size() == 2 && source.isEmpty())
                ? Optional.empty()
                : Optional.of(new SettingValue.Channel(group.get(), source));
    }

    private Optional<SettingValue.Mapping> mapping(List<Piece> pieces) {
        if (pieces.size() != 2) {
            return wrong(pieces);
        }
        Optional<Prefix> groups = groups(pieces.getFirst());
        Optional<IpAddress> source = address(pieces.getLast());
        return groups.isEmpty() || source.isEmpty()
                ? Optional.empty()
                : Optional.of(new SettingValue.Mapping(groups.get(), source.get()));
    }

    private Optional<SettingValue> accepted(SettingValue value) {
        return key.kind().accepts(value) ? Optional.of(value) : wrong();
    }

    /** The list as a whole is wrong. */
    private <T> Optional<T> wrong() {
        return wrong(span, cited());
    }

    /** An element of the list is wrong. */
    private <T> Optional<T> wrong(List<Piece> pieces) {
        return wrong(
                pieces.getFirst().span().to(pieces.getLast().span()),
                "'" + pieces.stream().map(Piece::text).collect(Collectors.joining(" ")) + "'");
    }

    private <T> Optional<T> wrong(Span where, String found) {
        Problem problem =
                Problem.error(
                                problems.file(),
                                where,
                                key + " takes " + key.kind().words() + ", found " + found)
                        .expecting(key + " " + key.kind().example());
        problems.add(problem.hinting(nextLine(where)));
        return Optional.empty();
    }

    private Optional<String> nextLine(Span where) {
        return where.end().line() > span.start().line()
                ? Optional.of("is a ';' missing at the end of the statement?")
                : Optional.empty();
    }

    // ---- single words ----

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
            return fail(key + " takes a time with a unit, found " + cited(), withUnit(text, range));
        }
        Matcher matcher = NUMBER_AND_UNIT.matcher(text);
        if (!matcher.matches()) {
            return fail(key + " takes " + range.words() + ", found " + cited(), "");
        }
        long unitMillis = unitMillis(matcher.group(2));
        if (unitMillis == 0) {
            return fail(
                    "'" + matcher.group(2) + "' is not a unit of time, expected ms, s, m or h",
                    unitMeant(matcher.group(2))
                            .map(unit -> "did you mean " + matcher.group(1) + unit + "?")
                            .orElse(""));
        }
        BigInteger millis =
                new BigInteger(shortened(matcher.group(1)))
                        .multiply(BigInteger.valueOf(unitMillis));
        return isIn(range, millis)
                ? Optional.of(new SettingValue.Interval(Duration.ofMillis(millis.longValue())))
                : outOfRange();
    }

    /** A number with each of the usual units that makes a value of it. */
    private String withUnit(String digits, SettingKind.Interval range) {
        BigInteger number = new BigInteger(shortened(digits));
        String possible =
                Stream.of("s", "ms")
                        .filter(unit -> isIn(range, number.multiply(millisOf(unit))))
                        .map(unit -> number + unit)
                        .collect(Collectors.joining(" or "));
        return possible.isEmpty() ? "" : "did you mean " + possible + "?";
    }

    /** For instance {@code s} for {@code sec}. */
    private static Optional<String> unitMeant(String word) {
        String lower = word.toLowerCase(Locale.ROOT);
        return lower.startsWith("mil")
                ? Optional.of("ms")
                : UNITS.stream().filter(lower::startsWith).findFirst();
    }

    private static BigInteger millisOf(String unit) {
        return BigInteger.valueOf(unitMillis(unit));
    }

    private static boolean isIn(SettingKind.Interval range, BigInteger millis) {
        return millis.bitLength() <= 62
                && range.accepts(new SettingValue.Interval(Duration.ofMillis(millis.longValue())));
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
        return key.kind() instanceof SettingKind.Interval
                ? ", written as 125s, 200ms, 2m or 1h"
                : "";
    }
}
