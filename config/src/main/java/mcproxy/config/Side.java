package mcproxy.config;

import mcproxy.core.LinkSettings.Role;

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

    /** The side in the engine's words. */
    Role role() {
        return switch (this) {
            case UPSTREAM -> Role.UPSTREAM;
            case DOWNSTREAM -> Role.DOWNSTREAM;
        };
    }

    /** The side of a role. */
    static Side of(Role role) {
        return switch (role) {
            case UPSTREAM -> UPSTREAM;
            case DOWNSTREAM -> DOWNSTREAM;
        };
    }

    /** The keyword, in lower case. */
    @Override
    public String toString() {
        return text;
    }
}
