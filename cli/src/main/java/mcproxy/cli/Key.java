package mcproxy.cli;

/**
 * A key that was pressed.
 *
 * @param character what it stands for when it stands for a character, else 0
 */
record Key(Kind kind, int character) {
    /** The keys that mean something, and all others. */
    enum Kind {
        CHARACTER,
        ENTER,
        ESCAPE,
        BACKSPACE,
        UP,
        DOWN,
        PAGE_UP,
        PAGE_DOWN,
        HOME,
        INTERRUPT,
        OTHER
    }

    /** Control-C where the terminal does not make a signal of it. */
    static final Key INTERRUPT = new Key(Kind.INTERRUPT, 0);

    private static final int CONTROL_C = 3;
    private static final int CONTROL_D = 4;
    private static final int ESCAPE = 27;
    private static final int DELETE = 127;

    static Key of(Kind kind) {
        return new Key(kind, 0);
    }

    /** A key that sends one character. */
    static Key of(int character) {
        return switch (character) {
            case CONTROL_C, CONTROL_D -> INTERRUPT;
            case '\r', '\n' -> of(Kind.ENTER);
            case '\b', DELETE -> of(Kind.BACKSPACE);
            case ESCAPE -> of(Kind.ESCAPE);
            default -> character < ' ' ? of(Kind.OTHER) : new Key(Kind.CHARACTER, character);
        };
    }

    /**
     * A key that sends a sequence (ECMA-48 5.4, and what xterm sends).
     *
     * @param sequence what follows the escape character
     */
    static Key ofSequence(String sequence) {
        return switch (sequence) {
            case "" -> of(Kind.ESCAPE);
            case "[A", "OA" -> of(Kind.UP);
            case "[B", "OB" -> of(Kind.DOWN);
            case "[5~" -> of(Kind.PAGE_UP);
            case "[6~" -> of(Kind.PAGE_DOWN);
            case "[H", "OH", "[1~" -> of(Kind.HOME);
            default -> of(Kind.OTHER);
        };
    }
}
