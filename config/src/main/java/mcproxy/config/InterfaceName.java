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

    /** Is there a name that both match? Each is a name, or a pattern with '*'. */
    static boolean meet(String one, String other) {
        boolean[][] meets = new boolean[one.length() + 1][other.length() + 1];
        for (int i = one.length(); i >= 0; i--) {
            for (int j = other.length(); j >= 0; j--) {
                boolean starHere = i < one.length() && one.charAt(i) == '*';
                boolean starThere = j < other.length() && other.charAt(j) == '*';
                if (i == one.length() && j == other.length()) {
                    meets[i][j] = true;
                } else if (starHere || starThere) {
                    // A star ends here, or takes one more character of the other.
                    meets[i][j] =
                            (starHere && meets[i + 1][j])
                                    || (starThere && meets[i][j + 1])
                                    || (starHere && j < other.length() && meets[i][j + 1])
                                    || (starThere && i < one.length() && meets[i + 1][j]);
                } else {
                    meets[i][j] =
                            i < one.length()
                                    && j < other.length()
                                    && one.charAt(i) == other.charAt(j)
                                    && meets[i + 1][j + 1];
                }
            }
        }
        return meets[0][0];
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
