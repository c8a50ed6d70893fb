package mcproxy.config;

/**
 * A piece of a statement.
 *
 * @param kind what it is
 * @param text its characters; of a quoted name those between the quotes
 * @param span where it stands, with the quotes
 */
record Token(Kind kind, String text, Span span) {
    /** The kinds of tokens, with the words that problems use for them. */
    enum Kind {
        /** Letters, digits and underscores: a keyword, a name, a number. */
        WORD("a word"),
        /** A name in quotes; never a keyword. */
        QUOTED("a quoted name"),
        COLON("':'"),
        DOT("'.'"),
        ARROW("'==>'"),
        LEFT_BRACE("'{'"),
        RIGHT_BRACE("'}'"),
        LEFT_PARENTHESIS("'('"),
        RIGHT_PARENTHESIS("')'"),
        DASH("'-'"),
        SLASH("'/'"),
        STAR("'*'"),
        PIPE("'|'"),
        COMMA("','"),
        AT("'@'"),
        /** A '=' that does not begin '==>'; the rest of its statement has no tokens. */
        EQUALS("'='"),
        /** After the last token of a statement. */
        END("the end of the statement");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }
    }

    /** Is this the given word, unquoted, whatever its case? */
    boolean is(String word) {
        return kind == Kind.WORD && text.equalsIgnoreCase(word);
    }

    /** Is this the given keyword? */
    boolean is(Keyword keyword) {
        return is(keyword.text());
    }

    /** The token as a problem cites it. */
    String cited() {
        return switch (kind) {
            case WORD -> "'" + text + "'";
            case QUOTED -> "\"" + text + "\"";
            case COLON,
                    DOT,
                    ARROW,
                    LEFT_BRACE,
                    RIGHT_BRACE,
                    LEFT_PARENTHESIS,
                    RIGHT_PARENTHESIS,
                    DASH,
                    SLASH,
                    STAR,
                    PIPE,
                    COMMA,
                    AT,
                    EQUALS,
                    END ->
                    kind.words();
        };
    }
}
