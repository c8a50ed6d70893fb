package mcproxy.kernel;

/** Something with a file descriptor that a {@link Poller} can wait for. */
public interface Pollable extends AutoCloseable {
    /** The file descriptor. */
    int descriptor();

    /** Closes the descriptor; further calls do nothing. */
    @Override
    void close();
}
