package mcproxy.daemon;

/** How much an event matters, most first. */
enum Level {
    /** The daemon cannot go on. */
    ERROR("error: ", 3),
    /** Something is not as it was meant to be; there is something to do. */
    WARNING("warning: ", 4),
    /** What an operator wants to know. */
    INFO("", 6),
    /** Memberships and routes as they change ({@code -v}). */
    DEBUG("", 7),
    /** Every message ({@code -v -v}). */
    TRACE("", 7);

    private final String prefix;
    private final int priority;

    Level(String prefix, int priority) {
        this.prefix = prefix;
        this.priority = priority;
    }

    /** What a line of this level begins with. */
    String prefix() {
        return prefix;
    }

    /** The priority of syslog(3). */
    int priority() {
        return priority;
    }

    /** The least level that is logged with so many {@code -v}. */
    static Level ofVerbosity(int count) {
        return count <= 0 ? INFO : count == 1 ? DEBUG : TRACE;
    }
}
