package mcproxy.cli;

/** How a text looks on a terminal, by what it means (ECMA-48 8.3.117, Select Graphic Rendition). */
enum Paint {
    PLAIN(""),
    HEADING("1"),
    MINOR("2"),
    GOOD("32"),
    WARNING("33"),
    BAD("31");

    private final String code;

    Paint(String code) {
        this.code = code;
    }

    /** The text as a terminal shows it so. */
    String on(String text) {
        return code.isEmpty() || text.isEmpty() ? text : "\033[" + code + "m" + text + "\033[0m";
    }
}
