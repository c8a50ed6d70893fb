package mcproxy.config;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The names that Linux gives to network devices. */
final class InterfaceName {
    /** IFNAMSIZ without the terminating zero, in bytes. */
    private static final int MAX_BYTES = 15;

    private InterfaceName() {}

    /** Why no device can have this name (dev_valid_name in net/core/dev.c); empty if one can. */
    static Optional<String> fault(String name) {
        if (name.isEmpty()) {
            return Optional.of("the name is empty");
        }
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_BYTES) {
            return Optional.of("the name has " + bytes + " bytes, Linux allows " + MAX_BYTES);
        }
        if (name.equals(".") || name.equals("..")) {
            return Optional.of("Linux allows no such name");
        }
        return name.codePoints()
                .filter(InterfaceName::isForbidden)
                .mapToObj(c -> "the name contains '" + Character.toString(c) + "'")
                .findFirst();
    }

    /** What the kernel forbids, and what the language ends a quoted name at. */
    private static boolean isForbidden(int c) {
        return c == '/'
                || c == ':'
                || c == '"'
                || c == ';'
                || c == '#'
                || Character.isWhitespace(c)
                || Character.isISOControl(c);
    }
}
