package mcproxy.daemon;

/** The exit statuses of the program. */
final class ExitStatus {
    /** Done, or stopped as asked. */
    static final int OK = 0;

    /** The environment: the kernel refuses, something is not there. */
    static final int ENVIRONMENT = 1;

    /** The user: the command line, the configuration. */
    static final int USER = 2;

    /** A bug of ours (EX_SOFTWARE of sysexits.h). */
    static final int BUG = 70;

    private ExitStatus() {}
}
