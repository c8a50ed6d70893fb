package mcproxy.kernel;

/** A system call that failed, with the error's name and what to do about it. */
public final class KernelException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final String errnoName;
    private final int errno;
    private final String advice;

    /**
     * A failed call.
     *
     * @param call the call and its subject, for instance {@code setsockopt(MRT_INIT), table 0}
     * @param errno the number that the kernel gave
     * @param errnoName its name, for instance {@code EADDRINUSE}
     * @param advice a sentence with the likely cause and what to do; empty when nothing is known
     */
    public KernelException(String call, int errno, String errnoName, String advice) {
        super(call + ": " + errnoName + (advice.isEmpty() ? "" : ": " + advice));
        this.call = call;
        this.errno = errno;
        this.errnoName = errnoName;
        this.advice = advice;
    }

    /** The call and its subject. */
    public String call() {
        return call;
    }

    /** The error number. */
    public int errno() {
        return errno;
    }

    /** The error's name, for instance {@code EPERM}. */
    public String errnoName() {
        return errnoName;
    }

    /** The likely cause and what to do; may be empty. */
    public String advice() {
        return advice;
    }
}
