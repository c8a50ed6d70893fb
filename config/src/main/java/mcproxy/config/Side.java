package mcproxy.config;

/** The two kinds of interfaces of an instance. */
public enum Side {
    /** Towards the sources: the proxy is a host there. */
    UPSTREAM("upstream"),
    /** Towards the receivers: the proxy is the router there. */
    DOWNSTREAM("downstream");

    private final String text;

    Side(String text) {
        this.text = text;
    }

    /** The keyword, in lower case. */
    @Override
    public String toString() {
        return text;
    }
}
