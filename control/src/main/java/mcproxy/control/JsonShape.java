package mcproxy.control;

/**
 * Looks at a JSON text before it is read: the reader of the library stops at the end of the first
 * value, whatever follows, and follows any nesting.
 */
final class JsonShape {
    private static final int MAX_DEPTH = 16;

    /** The library's reader lets larger numbers become others. */
    private static final int MAX_DIGITS = 9;

    private JsonShape() {}

    /**
     * Refuses what is nested deeply, does not end, goes on, or has large numbers or half letters.
     */
    static void check(byte[] text) {
        int depth = 0;
        int ended = -1;
        for (int i = 0; i < text.length; i++) {
            byte c = text[i];
            if (isBlank(c)) {
                continue;
            }
            if (ended >= 0) {
                throw at(text, i, "there is something behind the end of the document");
            }
            switch (c) {
                case '"' -> i = endOfString(text, i);
                case '[', '{' -> {
                    if (++depth > MAX_DEPTH) {
                        throw at(text, i, "the document is nested too deeply");
                    }
                }
                case ']', '}' -> {
                    if (--depth <= 0) {
                        ended = i;
                    }
                }
                case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> i = endOfDigits(text, i);
                default -> {}
            }
        }
        if (ended < 0) {
            throw at(text, text.length, "the document does not end");
        }
    }

    private static boolean isBlank(byte c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
    }

    private static int endOfDigits(byte[] text, int start) {
        int end = start;
        while (end + 1 < text.length && text[end + 1] >= '0' && text[end + 1] <= '9') {
            end++;
        }
        if (end - start >= MAX_DIGITS) {
            throw at(text, start, "the number is too large");
        }
        return end;
    }

    private static int endOfString(byte[] text, int start) {
        boolean high = false; // is the character before this one the first half of a pair?
        for (int i = start + 1; i < text.length; i++) {
            int unit = unit(text, i);
            if (high != Character.isLowSurrogate((char) unit)) {
                throw at(text, i, "there is half a pair of surrogates");
            }
            high = Character.isHighSurrogate((char) unit);
            if (text[i] == '"') {
                return i;
            }
            i += text[i] != '\\' ? 0 : unit == 0 ? 1 : 5;
        }
        throw at(text, start, "a string does not end");
    }

    /** The number of an escaped character, 0 for any other one. */
    private static int unit(byte[] text, int place) {
        if (text[place] != '\\' || place + 5 >= text.length || text[place + 1] != 'u') {
            return 0;
        }
        int unit = 0;
        for (int i = place + 2; i < place + 6; i++) {
            int digit = Character.digit(text[i], 16);
            if (digit < 0) {
                throw at(text, i, "an escaped character has four hexadecimal digits");
            }
            unit = unit << 4 | digit;
        }
        return unit;
    }

    /** A problem at a place, told by line and column. */
    static Refused at(byte[] text, int place, String sentence) {
        int line = 1;
        int column = 1;
        for (int i = 0; i < Math.min(place, text.length); i++) {
            boolean feed = text[i] == '\n';
            line += feed ? 1 : 0;
            column = feed ? 1 : column + ((text[i] & 0xC0) == 0x80 ? 0 : 1);
        }
        return Refused.at(line, column, sentence);
    }
}
