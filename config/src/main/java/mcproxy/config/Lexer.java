package mcproxy.config;

import mcproxy.config.Token.Kind;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a text into statements and these into tokens, one statement at a time.
 *
 * <p>Comments and the ends of statements are stronger than quotes: a '#' begins a comment and a ';'
 * ends a statement inside quotes too, as in mcproxy 1.1. Any text gives tokens, problems or both.
 */
final class Lexer {
    /**
     * One statement.
     *
     * @param tokens its tokens, of which the last and only the last is {@link Kind#END}
     * @param broken whether a part of it was not readable; the problem is told already
     */
    record Cut(List<Token> tokens, boolean broken) {
        boolean isEmpty() {
            return tokens.size() == 1 && !broken;
        }
    }

    private static final int END_OF_TEXT = -1;

    private final String text;
    private final Problems problems;
    private int offset;
    private int line = 1;
    private int column = 1;

    Lexer(SourceText source, Problems problems) {
        this.text = source.text();
        this.problems = problems;
    }

    /** Is there no statement left? */
    boolean atEnd() {
        return peek() == END_OF_TEXT;
    }

    /** Reads up to the next ';' or the end of the text; the statement may be empty. */
    Cut statement() {
        List<Token> tokens = new ArrayList<>();
        int errorsBefore = problems.errors();
        Position end = here();
        for (int c = peek(); c != ';' && c != END_OF_TEXT; c = peek()) {
            if (isBlank(c)) {
                advance();
            } else if (c == '#') {
                comment();
            } else {
                token(c, tokens);
                end = here();
                if (!tokens.isEmpty() && tokens.getLast().kind() == Kind.EQUALS) {
                    skipStatement();
                }
            }
        }
        if (peek() == ';') {
            advance();
        }
        if (!tokens.isEmpty()) {
            end = tokens.getLast().span().end();
        }
        tokens.add(new Token(Kind.END, "", Span.at(end)));
        return new Cut(List.copyOf(tokens), problems.errors() > errorsBefore);
    }

    private void token(int c, List<Token> to) {
        switch (c) {
            case ':' -> to.add(single(Kind.COLON));
            case '.' -> to.add(single(Kind.DOT));
            case '{' -> to.add(single(Kind.LEFT_BRACE));
            case '}' -> to.add(single(Kind.RIGHT_BRACE));
            case '(' -> to.add(single(Kind.LEFT_PARENTHESIS));
            case ')' -> to.add(single(Kind.RIGHT_PARENTHESIS));
            case '-' -> to.add(single(Kind.DASH));
            case '/' -> to.add(single(Kind.SLASH));
            case '*' -> to.add(single(Kind.STAR));
            case '|' -> to.add(single(Kind.PIPE));
            case ',' -> to.add(single(Kind.COMMA));
            case '@' -> to.add(single(Kind.AT));
            case '=' -> to.add(text.startsWith("==>", offset) ? arrow() : single(Kind.EQUALS));
            case '"' -> to.add(quoted());
            default -> {
                if (isWord(c)) {
                    to.add(word());
                } else {
                    unreadable();
                }
            }
        }
    }

    private Token single(Kind kind) {
        Position start = here();
        int c = advance();
        return new Token(kind, Character.toString(c), new Span(start, here()));
    }

    private Token arrow() {
        Position start = here();
        advance();
        advance();
        advance();
        return new Token(Kind.ARROW, "==>", new Span(start, here()));
    }

    private Token word() {
        Position start = here();
        int from = offset;
        while (isWord(peek())) {
            advance();
        }
        return new Token(Kind.WORD, text.substring(from, offset), new Span(start, here()));
    }

    private Token quoted() {
        Position start = here();
        advance();
        StringBuilder name = new StringBuilder();
        Position end = here();
        for (int c = peek(); c != '"' && c != ';' && c != END_OF_TEXT; c = peek()) {
            if (c == '#') {
                comment();
            } else {
                name.appendCodePoint(advance());
                end = isBlank(c) ? end : here();
            }
        }
        boolean closed = peek() == '"';
        if (closed) {
            advance();
            end = here();
        }
        Span span = new Span(start, end);
        // mcproxy 1.1 strips a statement, so an open quote does not take the blanks at its end.
        String read = closed ? name.toString() : name.toString().stripTrailing();
        checkQuoted(read, span, closed);
        return new Token(Kind.QUOTED, read, span);
    }

    private void checkQuoted(String read, Span span, boolean closed) {
        if (read.codePoints().anyMatch(Character::isISOControl)) {
            problems.add(
                    Problem.error(
                                    problems.file(),
                                    span,
                                    "a name cannot go on in the next line or hold control"
                                            + " characters")
                            .hinting("is the closing '\"' missing, or behind a '#' or a ';'?"));
        } else if (!closed) {
            problems.add(
                    Problem.warning(
                                    problems.file(),
                                    span,
                                    "the quote is not closed: the name ends with the statement")
                            .hinting("'#' and ';' end a name also inside quotes"));
        }
    }

    private void unreadable() {
        Position start = here();
        int first = peek();
        while (isUnreadable(peek())) {
            advance();
        }
        boolean visible = !Character.isISOControl(first) && first != '\ufeff';
        String shown =
                visible ? "'" + Character.toString(first) + "'" : String.format("U+%04X", first);
        problems.add(
                Problem.error(
                                problems.file(),
                                new Span(start, here()),
                                "the character " + shown + " is not known here")
                        .hinting(
                                "a name with other characters than letters, digits and '_' is"
                                        + " written in quotes"));
    }

    private void comment() {
        for (int c = peek(); c != '\n' && c != END_OF_TEXT; c = peek()) {
            advance();
        }
    }

    private void skipStatement() {
        for (int c = peek(); c != ';' && c != END_OF_TEXT; c = peek()) {
            if (c == '#') {
                comment();
            } else {
                advance();
            }
        }
    }

    private static boolean isUnreadable(int c) {
        return c != END_OF_TEXT && !isWord(c) && !isBlank(c) && ":.{}()-/*|,@=\"#;".indexOf(c) < 0;
    }

    /** The blanks of isspace(3) in the C locale. */
    private static boolean isBlank(int c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }

    private static boolean isWord(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '_';
    }

    private int peek() {
        return offset < text.length() ? text.codePointAt(offset) : END_OF_TEXT;
    }

    private int advance() {
        int c = text.codePointAt(offset);
        offset += Character.charCount(c);
        if (c == '\n') {
            line++;
            column = 1;
        } else {
            column++;
        }
        return c;
    }

    private Position here() {
        return new Position(line, column);
    }
}
