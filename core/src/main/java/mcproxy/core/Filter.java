package mcproxy.core;

/**
 * What may pass an interface in one direction.
 *
 * @param kind whether the table lists what may pass or what may not
 * @param table the list
 */
public record Filter(Kind kind, Table table) {
    /** The two kinds of filters. */
    public enum Kind {
        /** Only what the table matches passes. */
        WHITELIST,
        /** What the table matches does not pass. */
        BLACKLIST
    }

    /** The direction in which packets cross an interface. */
    public enum Direction {
        /** Packets that come in: on an upstream also what is asked for there. */
        IN,
        /** Packets that go out: on a downstream also whose memberships count. */
        OUT
    }
}
