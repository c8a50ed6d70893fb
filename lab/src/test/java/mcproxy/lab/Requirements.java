package mcproxy.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What the RFCs ask of a proxy, a file for each of them: a title, and lines of {@code id | level |
 * part | demand}, with {@code | reason} when no test shows it. The demands are in our own words.
 *
 * @param rfc the name of the file, such as RFC9776
 * @param title the RFC, for people
 */
record Requirements(String rfc, String title, List<Requirement> rows) {
    /** In the order of the page. */
    private static final List<String> RFCS =
            List.of(
                    "RFC9776", "RFC9777", "RFC4605", "RFC4604", "RFC2236", "RFC2710", "RFC3590",
                    "RFC1112", "RFC4286", "RFC9279");

    /** As the RFC writes it; small letters where it demands something without capitals. */
    static final List<String> LEVELS =
            List.of("MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "must", "should", "may");

    private static final Set<String> PARTS =
            Set.of("router", "host", "both", "wire", "kernel", "not ours");

    /** What a reason begins with. */
    static final String NOT_FULFILLED = "NOT FULFILLED: ";

    private static final List<String> REASONS =
            List.of(
                    "not applicable: ",
                    "administrative: ",
                    "kernel: ",
                    "superseded: ",
                    NOT_FULFILLED);

    private static final Pattern ID = Pattern.compile("(RFC\\d+)-[\\dI.]+-\\d+");

    /**
     * A row.
     *
     * @param id RFC, section and number, such as RFC9776-6.6.2-1
     */
    record Requirement(
            String id, String level, String part, String demand, Optional<String> reason) {
        boolean isFulfilled() {
            return reason.filter(text -> text.startsWith(NOT_FULFILLED)).isEmpty();
        }
    }

    static List<Requirements> all(Path folder) throws IOException {
        List<Requirements> all = new ArrayList<>();
        for (String rfc : RFCS) {
            all.add(of(rfc, Files.readAllLines(folder.resolve(rfc + ".txt"))));
        }
        return all;
    }

    /** Reads the lines of a file; what is wrong in them is an {@link AssertionError}. */
    static Requirements of(String rfc, List<String> lines) {
        List<Requirement> rows = new ArrayList<>();
        for (String line : lines) {
            if (!line.startsWith("#")) {
                rows.add(row(rfc, line));
            }
        }
        return new Requirements(rfc, lines.getFirst().substring(2), rows);
    }

    private static Requirement row(String rfc, String line) {
        List<String> fields = List.of(line.split(" \\| ", -1));
        boolean good =
                (fields.size() == 4 || fields.size() == 5)
                        && ID.matcher(fields.get(0)).matches()
                        && fields.get(0).startsWith(rfc + "-")
                        && LEVELS.contains(fields.get(1))
                        && PARTS.contains(fields.get(2))
                        && fields.get(3).endsWith(".")
                        && (fields.size() == 4
                                || REASONS.stream().anyMatch(fields.get(4)::startsWith));
        if (!good) {
            throw new AssertionError("not a requirement of " + rfc + ": " + line);
        }
        return new Requirement(
                fields.get(0),
                fields.get(1),
                fields.get(2),
                fields.get(3),
                fields.stream().skip(4).findFirst());
    }
}
