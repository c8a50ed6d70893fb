package mcproxy.daemon;

import java.io.Serial;

/** A line of a journal says nothing that can be used; the message says why. */
final class DamagedLineException extends Exception {
    @Serial private static final long serialVersionUID = 1;

    DamagedLineException(String message) {
        super(message);
    }
}
