package mcproxy.config;

import java.util.Optional;

/**
 * What is wrong with a configuration text, where, and what to do about it.
 *
 * @param severity whether the text can be used all the same
 * @param file the name of the text
 * @param span the stretch of the text that is wrong; empty where something is missing
 * @param message one sentence that stands for itself and says what was expected
 * @param expected the form that fits there, where there is one
 * @param hint what to try, where there is a guess
 */
public record Problem(
        Severity severity,
        String file,
        Span span,
        String message,
        Optional<String> expected,
        Optional<String> hint) {
    /** Of a line that is longer, only the part around the problem is printed. */
    private static final int MAX_WIDTH = 160;

    private static final int CONTEXT_BEFORE = 60;

    /** Problems cite the text, and a word of the text can have any length. */
    private static final int MAX_SENTENCE = 400;

    /** Cuts sentences that would be too long to read. */
    public Problem {
        message = cut(message);
        expected = expected.map(Problem::cut);
        hint = hint.map(Problem::cut);
    }

    private static String cut(String sentence) {
        return sentence.length() <= MAX_SENTENCE
                ? sentence
                : sentence.substring(0, MAX_SENTENCE) + "...";
    }

    /** An error without further advice. */
    public static Problem error(String file, Span span, String message) {
        return new Problem(Severity.ERROR, file, span, message, Optional.empty(), Optional.empty());
    }

    /** A warning without further advice. */
    public static Problem warning(String file, Span span, String message) {
        return new Problem(
                Severity.WARNING, file, span, message, Optional.empty(), Optional.empty());
    }

    /** The same problem with the form that was expected. */
    public Problem expecting(String form) {
        return new Problem(severity, file, span, message, Optional.of(form), hint);
    }

    /** The same problem with a hint. */
    public Problem hinting(String advice) {
        return new Problem(severity, file, span, message, expected, Optional.of(advice));
    }

    /** The same problem with a hint if there is one. */
    Problem hinting(Optional<String> advice) {
        return advice.map(this::hinting).orElse(this);
    }

    /** One line: {@code FILE:LINE:COLUMN: error: MESSAGE}. */
    public String headline() {
        return printable(file + ":" + span.start() + ": " + severity + ": " + message);
    }

    /**
     * The headline, the line of the text with the stretch underlined, what was expected and the
     * hint; lines end with a line feed, the last one too.
     */
    public String render(SourceText source) {
        StringBuilder text = new StringBuilder(headline()).append('\n');
        if (source.contains(span.start())) {
            underline(source.line(span.start().line()), text);
        }
        expected.ifPresent(
                form -> text.append("  expected: ").append(printable(form)).append('\n'));
        hint.ifPresent(advice -> text.append("  hint: ").append(printable(advice)).append('\n'));
        return text.toString();
    }

    private void underline(String sourceLine, StringBuilder to) {
        String line = sourceLine.stripTrailing();
        int length = line.codePointCount(0, line.length());
        int start = span.start().column() - 1;
        boolean oneLine = span.end().line() == span.start().line();
        int end = oneLine ? span.end().column() - 1 : length;
        int from = length <= MAX_WIDTH ? 0 : Math.min(length, Math.max(0, start - CONTEXT_BEFORE));
        int until = Math.min(length, from + MAX_WIDTH);
        int cut = line.offsetByCodePoints(0, from);
        String shown = line.substring(cut, line.offsetByCodePoints(cut, until - from));
        int[] characters = printable(shown).codePoints().toArray();
        StringBuilder marks = new StringBuilder();
        for (int i = 0; i < start - from; i++) {
            // A tab stays a tab, so that the marks stand under their text on any terminal.
            marks.append(i < characters.length && characters[i] == '\t' ? '\t' : ' ');
        }
        marks.append('^').repeat('~', Math.max(0, Math.min(end, until) - start - 1));
        to.append("  ").append(printable(shown)).append("\n  ").append(marks).append('\n');
    }

    /** A text from a file must not steer the terminal that it is printed on. */
    private static String printable(String text) {
        StringBuilder clean = new StringBuilder(text.length());
        text.codePoints().map(c -> isSteering(c) ? '?' : c).forEach(clean::appendCodePoint);
        return clean.toString();
    }

    private static boolean isSteering(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL -> c != '\t';
            case Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    true;
            default -> false;
        };
    }
}
