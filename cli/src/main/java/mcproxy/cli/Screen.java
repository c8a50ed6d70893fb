package mcproxy.cli;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** The terminal that standard output is, or that there is none. */
interface Screen {
    /** A screen without a terminal. */
    Screen NONE = Optional::empty;

    /** Its size now; empty without a terminal. */
    Optional<Size> size();

    /**
     * How large a terminal is.
     *
     * @param columns 1 or more
     * @param rows 1 or more
     */
    record Size(int columns, int rows) {
        /** What terminals had when they were devices, and what is taken when one does not tell. */
        static final Size USUAL = new Size(80, 24);
    }

    /**
     * The screen of this process. Java does not tell whether standard output alone is a terminal,
     * nor how large it is; the launcher passes the size on, as asking stty(1) takes 30 ms.
     */
    static Screen ofProcess(Map<String, String> environment) {
        Path device;
        try {
            device = Files.readSymbolicLink(Path.of("/proc/self/fd/1"));
        } catch (IOException | UnsupportedOperationException _) {
            return NONE;
        }
        boolean terminal =
                device.startsWith("/dev/pts")
                        || device.toString().startsWith("/dev/tty")
                        || device.toString().equals("/dev/console");
        if (!terminal) {
            return NONE;
        }
        Size told = told(environment);
        return new Screen() {
            private Optional<Size> first = Optional.ofNullable(told);

            @Override
            public Optional<Size> size() {
                Optional<Size> size = first.or(() -> Optional.of(ask(device.toFile())));
                first = Optional.empty(); // it may be another one from now on
                return size;
            }
        };
    }

    private static @org.jspecify.annotations.Nullable Size told(Map<String, String> environment) {
        return parse(environment.getOrDefault("MCPROXY_SCREEN", ""));
    }

    private static Size ask(File device) {
        try {
            Process stty = new ProcessBuilder("stty", "size").redirectInput(device).start();
            String told = new String(stty.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            Size size = parse(told.strip());
            return size == null ? Size.USUAL : size;
        } catch (IOException _) {
            return Size.USUAL;
        }
    }

    /** {@code ROWS COLUMNS}, as stty(1) prints it; a terminal that does not know prints zeros. */
    private static @org.jspecify.annotations.Nullable Size parse(String told) {
        int space = told.indexOf(' ');
        if (space < 0) {
            return null;
        }
        try {
            int rows = Integer.parseInt(told.substring(0, space));
            int columns = Integer.parseInt(told.substring(space + 1));
            return rows > 0 && columns > 0 ? new Size(columns, rows) : null;
        } catch (NumberFormatException _) {
            return null;
        }
    }
}
