package mcproxy.cli;

/** The exit statuses of the commands. */
final class ExitStatus {
    /** Done. */
    static final int OK = 0;

    /** There is no daemon, it does not let us, or the system did not allow it. */
    static final int FAILED = 1;

    /** The arguments or the configuration are wrong. */
    static final int USER = 2;

    /** What was asked about does not flow, or something is wrong. */
    static final int STOPPED = 3;

    private ExitStatus() {}
}
