package mcproxy.kernel;

import java.util.Collection;
import java.util.Set;

/** Waits for several descriptors at once (poll(2)), on a platform thread. */
public interface Poller extends AutoCloseable {
    /**
     * Waits until one of them can be read or {@link #wakeup()} is called.
     *
     * @param waitFor what to wait for
     * @param timeoutMillis how long at most, in milliseconds; -1 for no limit
     * @return those that can be read (or have failed, which a read will tell); empty after a wakeup
     *     or the timeout
     * @throws KernelException when poll(2) fails
     */
    Set<Pollable> await(Collection<? extends Pollable> waitFor, int timeoutMillis)
            throws KernelException;

    /** Ends a running or the next {@link #await}. May be called by any thread. */
    void wakeup();

    @Override
    void close();
}
