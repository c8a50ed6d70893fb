package mcproxy.daemon;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A text of metrics, read as Prometheus reads it (text format 0.0.4). */
final class Exposition {
    private static final Pattern SAMPLE =
            Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? ([^ ]+)");
    private static final Pattern LABEL = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"([^\"]*)\",?");

    /** A number. */
    record Sample(String name, Map<String, String> labels, double value) {}

    private final Map<String, String> helps = new LinkedHashMap<>();
    private final Map<String, String> types = new LinkedHashMap<>();
    private final List<Sample> samples = new ArrayList<>();

    Exposition(String text) {
        text.lines().forEach(this::read);
    }

    private void read(String line) {
        String[] words = line.split(" ", 4);
        if (line.startsWith("# HELP ")) {
            helps.put(words[2], words[3]);
        } else if (line.startsWith("# TYPE ")) {
            types.put(words[2], words[3]);
        } else {
            Matcher sample = SAMPLE.matcher(line);
            if (!sample.matches()) {
                throw new AssertionError("no sample: " + line);
            }
            Map<String, String> labels = new LinkedHashMap<>();
            Matcher label = LABEL.matcher(sample.group(2) == null ? "" : sample.group(2));
            while (label.find()) {
                labels.put(label.group(1), label.group(2));
            }
            samples.add(
                    new Sample(
                            sample.group(1),
                            labels,
                            Double.parseDouble(sample.group(3).replace("+Inf", "Infinity"))));
        }
    }

    /** The families by name, with what is said about them. */
    Map<String, String> helps() {
        return helps;
    }

    Map<String, String> types() {
        return types;
    }

    List<Sample> samples() {
        return samples;
    }

    /** The number with these labels, written {@code name=value}; there must be one. */
    double value(String name, String... labels) {
        List<Sample> found =
                samples.stream()
                        .filter(sample -> sample.name.equals(name))
                        .filter(sample -> has(sample, labels))
                        .toList();
        if (found.size() != 1) {
            throw new AssertionError(name + List.of(labels) + " is " + found + " among " + samples);
        }
        return found.getFirst().value;
    }

    private static boolean has(Sample sample, String... labels) {
        for (String label : labels) {
            String[] halves = label.split("=", 2);
            if (!halves[1].equals(sample.labels.get(halves[0]))) {
                return false;
            }
        }
        return true;
    }
}
