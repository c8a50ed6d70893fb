package mcproxy.daemon;

import mcproxy.kernel.KernelException;

/** The kernel did not give what an instance needs. */
final class StartFailure extends Exception {
    private static final long serialVersionUID = 1L;

    /** A failure that is not the kernel's. */
    StartFailure(String what) {
        super(what);
    }

    /**
     * A failure.
     *
     * @param what what could not be done, for instance {@code instance tv, IPv4}
     */
    StartFailure(String what, KernelException cause) {
        super(what + ": " + cause.getMessage(), cause);
    }
}
