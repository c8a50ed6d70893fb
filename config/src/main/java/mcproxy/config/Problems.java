package mcproxy.config;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Collects the problems of one text. */
final class Problems {
    /**
     * A file that is no configuration at all should not print a screenful for each of its lines.
     */
    static final int MAX_TOLD = 100;

    private final String file;
    private final Set<Problem> told = new LinkedHashSet<>();
    private @Nullable Problem firstUntold;
    private int untold;
    private int errors;

    Problems(String file) {
        this.file = file;
    }

    String file() {
        return file;
    }

    int errors() {
        return errors;
    }

    void error(Span span, String message) {
        add(Problem.error(file, span, message));
    }

    void warning(Span span, String message) {
        add(Problem.warning(file, span, message));
    }

    void add(Problem problem) {
        if (told.contains(problem)) {
            return; // one setting may be wrong for many interfaces
        }
        if (problem.severity() == Severity.ERROR) {
            errors++;
        }
        if (told.size() < MAX_TOLD) {
            told.add(problem);
        } else {
            untold++;
            if (firstUntold == null) {
                firstUntold = problem;
            }
        }
    }

    /** All problems in the order of the text. */
    List<Problem> inOrder() {
        List<Problem> all = new ArrayList<>(told);
        all.sort(Comparator.comparing((Problem problem) -> problem.span().start()));
        if (firstUntold != null) {
            String message = untold + " more problems, of which this is the first";
            all.add(
                    errors == 0
                            ? Problem.warning(file, firstUntold.span(), message)
                            : Problem.error(file, firstUntold.span(), message));
        }
        return List.copyOf(all);
    }
}
