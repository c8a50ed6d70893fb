package mcproxy.cli.doctor;

import java.util.Locale;

/** How bad something is; the worst first. */
enum Level {
    ERROR,
    WARNING,
    NOTE;

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
