package mcproxy.kernel;

import java.nio.file.Path;
import java.util.concurrent.Callable;

/**
 * Code that runs inside another network namespace (network_namespaces(7), setns(2) with
 * CLONE_NEWNET).
 *
 * <p>A namespace is entered by a thread, not by the process: each piece of work gets a platform
 * thread of its own that enters, works and ends. Sockets, and child processes, that the thread
 * opens stay in the namespace whoever uses them later. {@code /proc/net} shows the namespace of the
 * process' first thread; {@code /proc/thread-self/net} shows this one's, and {@code /proc/sys/net}
 * is the reading thread's.
 */
public interface Namespaces {
    /** The namespace in which this process was started. */
    Path CURRENT = Path.of("/proc/self/ns/net");

    /** The file of a namespace that {@code ip netns add} made. */
    static Path named(String name) {
        return Path.of("/run/netns", name);
    }

    /**
     * Works inside a namespace and waits for the end.
     *
     * @param namespace the namespace's file, for instance {@code /run/netns/NAME}
     * @return what the work returned
     * @throws KernelException ENOENT when there is no such file, EINVAL when it is no network
     *     namespace, EPERM without CAP_SYS_ADMIN
     * @throws InterruptedException when this thread is interrupted while it waits; the work is
     *     interrupted then, too
     * @throws Exception what the work threw
     */
    <T> T call(Path namespace, Callable<T> work) throws Exception;

    /**
     * Starts work inside a namespace; returns when the thread has entered it.
     *
     * @param namespace the namespace's file
     * @param name the thread's name
     * @return the running thread, a daemon thread
     * @throws KernelException as {@link #call}
     */
    Thread start(Path namespace, String name, Runnable work) throws KernelException;
}
