package mcproxy.config;

/** How bad a problem is. */
public enum Severity {
    /** The text is not a configuration. */
    ERROR("error"),
    /** The text is a configuration, but perhaps not the one that was meant. */
    WARNING("warning");

    private final String text;

    Severity(String text) {
        this.text = text;
    }

    /** The word that a problem prints, in lower case. */
    @Override
    public String toString() {
        return text;
    }
}
