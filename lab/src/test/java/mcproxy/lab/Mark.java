package mcproxy.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * That a test shows a requirement. It is said by a comment above the test's annotations, {@code //
 * shows RFC9776-8.4-1, RFC9777-9.4-1}, which may go on in further lines. A comment needs no class
 * that all modules' tests would have to share.
 *
 * @param file the test's source, from the root of the tree
 * @param test the test's method
 */
record Mark(String id, Path file, String test) {
    /** Whose tests may carry marks, in the order of the page. */
    private static final List<String> MODULES =
            List.of("wire", "core", "config", "kernel", "daemon", "lab");

    private static final String IDS = "RFC\\d+-[\\dI.]+-\\d+(?:, RFC\\d+-[\\dI.]+-\\d+)*";
    private static final Pattern COMMENT = Pattern.compile(" *// (?:shows )?(" + IDS + "),?");
    private static final Pattern TEST = Pattern.compile(" *@(Parameterized)?Test\\b.*");
    private static final Pattern METHOD = Pattern.compile(" *(?:\\w+ )*void (\\w+)\\(.*");

    /** The test's class, by its simple name. */
    String className() {
        return file.getFileName().toString().replace(".java", "");
    }

    /** The marks of all modules' tests, in the order of the files. */
    static List<Mark> all(Path root) throws IOException {
        List<Path> files = new ArrayList<>();
        for (String module : MODULES) {
            Path tests = root.resolve(module).resolve("src/test/java/mcproxy").resolve(module);
            try (Stream<Path> listed = Files.list(tests)) {
                listed.filter(file -> file.toString().endsWith("Test.java"))
                        .sorted()
                        .forEach(files::add);
            }
        }
        List<Mark> marks = new ArrayList<>();
        for (Path file : files) {
            marks.addAll(in(root.relativize(file), Files.readAllLines(file)));
        }
        return marks;
    }

    /** The marks in a source; one that belongs to no test is an {@link AssertionError}. */
    static List<Mark> in(Path file, List<String> lines) {
        List<Mark> marks = new ArrayList<>();
        List<String> open = new ArrayList<>();
        boolean isTest = false;
        for (String line : lines) {
            Matcher comment = COMMENT.matcher(line);
            Matcher method = METHOD.matcher(line);
            if (comment.matches()) {
                open.addAll(List.of(comment.group(1).split(", ")));
            } else if (line.strip().startsWith("// shows RFC")) {
                throw new AssertionError(file + ": not understood: " + line.strip());
            } else if (TEST.matcher(line).matches()) {
                isTest = true;
            } else if (method.matches() && isTest) {
                open.forEach(id -> marks.add(new Mark(id, file, method.group(1))));
                open.clear();
                isTest = false;
            } else if (line.equals("    }") && !open.isEmpty()) {
                throw new AssertionError(file + ": above no test: " + open);
            }
        }
        if (!open.isEmpty()) {
            throw new AssertionError(file + ": above no test: " + open);
        }
        return marks;
    }
}
