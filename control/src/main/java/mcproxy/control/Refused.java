package mcproxy.control;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Ends the handling of a request with a problem document. */
final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Refusal refusal;
    private final transient ProblemDocument document;

    private Refused(Refusal refusal, ProblemDocument document) {
        // Peers may provoke these at will, and nobody looks at where in our code it happened.
        super(document.detail(), null, false, false);
        this.refusal = refusal;
        this.document = document;
    }

    static Refused with(Refusal refusal, String detail) {
        return of(refusal, detail, null, null, List.of(), null);
    }

    /** One that tells which names are known. */
    static Refused knowing(Refusal refusal, String detail, List<String> known) {
        return of(refusal, detail, null, null, known, null);
    }

    /** One at a place of the body. */
    static Refused at(int line, int column, String detail) {
        return of(Refusal.MALFORMED, detail, line, column, List.of(), null);
    }

    /** A change of the configuration that was not made. */
    static Refused of(Outcome outcome) {
        String failure = outcome.failure();
        if (failure != null) {
            return of(Refusal.CONFLICT, failure, null, null, List.of(), outcome);
        }
        for (Outcome.ProblemAt problem : outcome.problems()) {
            if (problem.severity().equals("error")) {
                return of(
                        Refusal.CONFIGURATION,
                        problem.message(),
                        problem.line(),
                        problem.column(),
                        List.of(),
                        outcome);
            }
        }
        return of(Refusal.CONFLICT, "nothing was changed", null, null, List.of(), outcome);
    }

    private static Refused of(
            Refusal refusal,
            String detail,
            @Nullable Integer line,
            @Nullable Integer column,
            List<String> known,
            @Nullable Outcome outcome) {
        return new Refused(
                refusal,
                new ProblemDocument(
                        ProblemDocument.TYPE + refusal,
                        refusal.title(),
                        refusal.status(),
                        printable(detail),
                        line,
                        column,
                        known,
                        outcome));
    }

    /** What a peer has sent comes back in details; half a pair of surrogates cannot be JSON. */
    private static String printable(String detail) {
        return new String(detail.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    Refusal refusal() {
        return refusal;
    }

    ProblemDocument document() {
        return document;
    }
}
