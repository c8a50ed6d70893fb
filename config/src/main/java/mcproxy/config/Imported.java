package mcproxy.config;

import mcproxy.core.InterfacePattern;
import mcproxy.core.Prefix;
import mcproxy.wire.IpAddress;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** A configuration text that is made of another program's, line by line. */
final class Imported {
    private static final Pattern BLANKS = Pattern.compile("[ \t\r]+");

    private final StringBuilder text = new StringBuilder();

    /**
     * A line of the other program's file.
     *
     * @param number from 1
     * @param words what stands between blanks, 1 or more; comments are cut off
     */
    record Line(int number, List<String> words) {
        /** The line as far as it means something. */
        String cited() {
            return "line " + number + ": " + String.join(" ", words);
        }
    }

    /** The lines that have words. */
    static List<Line> lines(String text) {
        List<Line> lines = new ArrayList<>();
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            int comment = line.indexOf('#');
            String meaning = (comment < 0 ? line : line.substring(0, comment)).strip();
            if (!meaning.isEmpty()) {
                lines.add(new Line(number, Arrays.asList(BLANKS.split(meaning.replace(";", "")))));
            }
        }
        return lines;
    }

    /** Can the word be the name of an interface, or a pattern? */
    static boolean isInterface(String name) {
        return InterfaceName.fault(name).isEmpty();
    }

    /** The network of a word such as {@code 239.0.0.0/8}; empty when it is none. */
    static Optional<Prefix> network(String word) {
        int slash = word.indexOf('/');
        Optional<IpAddress> address = IpAddress.parse(slash < 0 ? word : word.substring(0, slash));
        if (address.isEmpty()) {
            return Optional.empty();
        }
        int bits = address.get().family().bits();
        Optional<Integer> length =
                slash < 0
                        ? Optional.of(bits)
                        : Optional.of(word.substring(slash + 1))
                                .filter(digits -> digits.matches("[0-9]{1,3}"))
                                .map(Integer::parseInt)
                                .filter(number -> number <= bits);
        return length.map(number -> new Prefix(address.get(), number));
    }

    void statement(String statement) {
        text.append(statement).append(";\n");
    }

    void blank() {
        text.append('\n');
    }

    /** A comment for people; of a text from outside only what cannot steer a terminal. */
    void comment(String comment) {
        StringBuilder clean = new StringBuilder("# ");
        comment.codePoints()
                .map(c -> Character.isISOControl(c) ? '?' : c)
                .forEach(clean::appendCodePoint);
        text.append(clean).append('\n');
    }

    /** An interface as the language writes it. */
    static String name(String name) {
        return new InterfacePattern(name).isPattern()
                ? "\"" + name + "\""
                : ConfigurationWriter.name(name);
    }

    String text() {
        return text.toString();
    }
}
