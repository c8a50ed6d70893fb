package mcproxy.lab;

/** The lab could not be built or looked at: a command failed, something did not happen in time. */
public final class LabException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What failed, in a sentence. */
    public LabException(String message) {
        super(message);
    }

    /** What failed, in a sentence, and why. */
    public LabException(String message, Throwable cause) {
        super(message, cause);
    }
}
