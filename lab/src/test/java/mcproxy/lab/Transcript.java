package mcproxy.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Commands and what they shall print, as a file has them: see {@code commands.txt}, which tells
 * what its signs mean.
 */
final class Transcript {
    private static final Pattern STATUS = Pattern.compile("\\[([0-9]+)]");
    private static final Pattern SIGN = Pattern.compile("<(time|rate|size|n|mac|address|\\*)>");
    private static final Pattern GAP = Pattern.compile(" {2,}");
    private static final Pattern TITLES = Pattern.compile("[A-Z][A-Z/]+( +[A-Z][A-Z/]*)+");
    private static final Pattern CELL = Pattern.compile("\\S+( \\S+)*");

    private Transcript() {}

    /**
     * A command.
     *
     * @param line what is typed
     * @param out the lines of standard output
     * @param err the lines of standard error
     * @param status the exit status
     */
    record Entry(String line, List<String> out, List<String> err, int status) {
        /** What is not as it should be; empty when everything is. */
        Optional<String> difference(CommandRun run) {
            if (run.status() != status) {
                return Optional.of("the exit status is " + run.status() + ", not " + status);
            }
            return difference("standard output", out, run.out())
                    .or(() -> difference("standard error", err, run.err()))
                    .or(() -> misaligned(run.out().lines().toList()));
        }

        private static Optional<String> difference(
                String where, List<String> expected, String text) {
            List<String> lines = text.lines().map(Transcript::squeezed).toList();
            return matches(expected, lines)
                    ? Optional.empty()
                    : Optional.of(where + " is not\n" + String.join("\n", expected));
        }
    }

    /** All commands of a file, in their order. */
    static List<Entry> read(String text) {
        List<Entry> entries = new ArrayList<>();
        List<String> out = new ArrayList<>();
        List<String> err = new ArrayList<>();
        String line = "";
        int status = 0;
        for (String written : (text + "\n$ ").lines().toList()) {
            Matcher isStatus = STATUS.matcher(written);
            if (written.startsWith("#")) {
                continue;
            }
            if (written.startsWith("$ ") || written.equals("$")) {
                if (!line.isEmpty()) {
                    entries.add(new Entry(line, trimmed(out), List.copyOf(err), status));
                }
                line = written.substring(1).strip();
                out.clear();
                err.clear();
                status = 0;
            } else if (isStatus.matches()) {
                status = Integer.parseInt(isStatus.group(1));
            } else if (written.startsWith("! ")) {
                err.add(written.substring(2));
            } else {
                out.add(written);
            }
        }
        return entries;
    }

    /** An empty line before the next command is none of this one's. */
    private static List<String> trimmed(List<String> lines) {
        int end = lines.size();
        while (end > 0 && lines.get(end - 1).isEmpty()) {
            end--;
        }
        return List.copyOf(lines.subList(0, end));
    }

    private static String squeezed(String line) {
        return GAP.matcher(line.strip()).replaceAll("  ");
    }

    private static boolean matches(List<String> expected, List<String> lines) {
        if (expected.isEmpty()) {
            return lines.isEmpty();
        }
        List<String> rest = expected.subList(1, expected.size());
        if (expected.getFirst().equals("...")) {
            for (int skipped = 0; skipped <= lines.size(); skipped++) {
                if (matches(rest, lines.subList(skipped, lines.size()))) {
                    return true;
                }
            }
            return false;
        }
        return !lines.isEmpty()
                && pattern(expected.getFirst()).matcher(lines.getFirst()).matches()
                && matches(rest, lines.subList(1, lines.size()));
    }

    private static Pattern pattern(String expected) {
        StringBuilder pattern = new StringBuilder();
        String line = squeezed(expected);
        Matcher sign = SIGN.matcher(line);
        int end = 0;
        while (sign.find()) {
            pattern.append(Pattern.quote(line.substring(end, sign.start())));
            pattern.append(
                    switch (sign.group(1)) {
                        case "time" -> "[0-9]+(ms|s|m[0-9]{2}s|h[0-9]{2}m)";
                        case "rate" -> "[0-9.]+ [kM]bit/s";
                        case "size" -> "[0-9.]+ [kM]?B";
                        case "n" -> "[0-9,]+";
                        case "mac" -> "([0-9a-f]{2}:){5}[0-9a-f]{2}";
                        case "address" -> "[0-9a-f.:]+";
                        default -> ".*";
                    });
            end = sign.end();
        }
        return Pattern.compile(pattern.append(Pattern.quote(line.substring(end))).toString());
    }

    /** A cell of a table that stands neither below the start nor below the end of its title. */
    private static Optional<String> misaligned(List<String> lines) {
        List<int[]> titles = List.of();
        for (String line : lines) {
            if (TITLES.matcher(line).matches()) {
                titles = cells(line);
                continue;
            }
            if (line.isEmpty()) {
                titles = List.of();
            }
            List<int[]> cells = cells(line);
            if (titles.isEmpty()) {
                continue;
            }
            boolean aligned = cells.size() == titles.size();
            for (int i = 0; aligned && i < cells.size(); i++) {
                aligned =
                        cells.get(i)[0] == titles.get(i)[0] || cells.get(i)[1] == titles.get(i)[1];
            }
            if (!aligned) {
                return Optional.of("out of line: " + line);
            }
        }
        return Optional.empty();
    }

    /** Where the cells of a line begin and end; between them are two spaces or more. */
    private static List<int[]> cells(String line) {
        List<int[]> cells = new ArrayList<>();
        Matcher cell = CELL.matcher(line);
        while (cell.find()) {
            cells.add(new int[] {cell.start(), cell.end()});
        }
        return cells;
    }
}
