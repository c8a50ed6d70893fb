package mcproxy.control;

/** The control socket cannot be offered; the message says why and what to do. */
public final class ControlStartException extends Exception {
    private static final long serialVersionUID = 1;

    ControlStartException(String message) {
        super(message);
    }

    ControlStartException(String message, Throwable cause) {
        super(message, cause);
    }
}
