package mcproxy.config;

/** What a setting can be set for; a narrower one wins over a wider one. */
public enum Scope {
    /** {@code set KEY VALUE;}: the default of all instances. */
    DAEMON("the daemon"),
    /** {@code pinstance NAME set KEY VALUE;}: the default of all interfaces of an instance. */
    INSTANCE("an instance"),
    /** {@code pinstance NAME upstream INTERFACE set KEY VALUE;}. */
    UPSTREAM("an upstream interface"),
    /** {@code pinstance NAME downstream INTERFACE set KEY VALUE;}. */
    DOWNSTREAM("a downstream interface");

    private final String text;

    Scope(String text) {
        this.text = text;
    }

    /** The words that problems and documents use. */
    @Override
    public String toString() {
        return text;
    }
}
