package mcproxy.core;

/**
 * The name of an interface, or of many: a '*' in it stands for any characters, none of them too.
 *
 * @param text for instance {@code lan0}, {@code tun*} or {@code *}
 */
public record InterfacePattern(String text) {
    /** What every interface matches. */
    public static final InterfacePattern ANY = new InterfacePattern("*");

    /** Is there a '*' in it? */
    public boolean isPattern() {
        return text.indexOf('*') >= 0;
    }

    /** Is this the name of that interface, or a pattern that it matches? */
    public boolean matches(String name) {
        if (!isPattern()) {
            return text.equals(name);
        }
        // Backtracking to the last star is enough, so the time is at most pattern times name.
        int at = 0;
        int star = -1;
        int resume = 0;
        int i = 0;
        while (i < name.length()) {
            if (at < text.length() && text.charAt(at) == '*') {
                star = at++;
                resume = i;
            } else if (at < text.length() && text.charAt(at) == name.charAt(i)) {
                at++;
                i++;
            } else if (star >= 0) {
                at = star + 1;
                i = ++resume;
            } else {
                return false;
            }
        }
        while (at < text.length() && text.charAt(at) == '*') {
            at++;
        }
        return at == text.length();
    }

    @Override
    public String toString() {
        return text;
    }
}
