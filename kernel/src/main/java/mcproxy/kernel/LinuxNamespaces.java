package mcproxy.kernel;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** {@link Namespaces} by setns(2). */
final class LinuxNamespaces implements Namespaces {
    private static final long SIOCGSKNS = 0x894c;

    @Override
    public <T> T call(Path namespace, Callable<T> work) throws Exception {
        FutureTask<T> task = new FutureTask<>(work);
        Thread thread = start(namespace, "in " + namespace.getFileName(), task);
        try {
            return task.get();
        } catch (InterruptedException e) {
            thread.interrupt();
            throw e;
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case Exception thrown -> throw thrown;
                case Error thrown -> throw thrown;
                case null, default -> throw e;
            }
        }
    }

    @Override
    public Thread start(Path namespace, String name, Runnable work) throws KernelException {
        CompletableFuture<Optional<KernelException>> refused = new CompletableFuture<>();
        Thread thread =
                Thread.ofPlatform()
                        .name(name)
                        .daemon()
                        .start(() -> {
                            try {
                                enter(namespace);
                            } catch (KernelException e) {
                                refused.complete(Optional.of(e));
                                return;
                            }
                            refused.complete(Optional.empty());
                            work.run();
                        });
        Optional<KernelException> refusal = refused.join(); // within microseconds
        if (refusal.isPresent()) {
            throw refusal.get();
        }
        return thread;
    }

    /** Work that fails as system calls do. */
    interface Call<T> {
        T call() throws KernelException;
    }

    /**
     * Opens something in the namespace that a socket belongs to, whichever the calling thread is
     * in: a device's index means another device, or none, in another namespace. Without
     * CAP_NET_ADMIN, which finding that out asks for, it is opened where the thread is.
     */
    static <T> T where(Descriptor socket, Call<T> work) throws KernelException {
        // In no manual page; kernel: net/socket.c, sock_ioctl.
        int opened = Libc.ioctl(socket.number(), SIOCGSKNS, MemorySegment.NULL);
        if (opened < 0) {
            return work.call();
        }
        try (Descriptor namespace = new Descriptor(opened)) {
            Path file = Path.of("/proc/self/fd", Integer.toString(namespace.number()));
            return isCurrent(file) ? work.call() : inside(file, work);
        }
    }

    private static boolean isCurrent(Path namespace) {
        try {
            Path current = Path.of("/proc/thread-self/ns/net");
            return Files.readSymbolicLink(namespace).equals(Files.readSymbolicLink(current));
        } catch (IOException _) {
            return true; // without /proc there is no way into another one either
        }
    }

    /** Does one call inside a namespace; unlike {@link #call} not to be interrupted. */
    private static <T> T inside(Path namespace, Call<T> work) throws KernelException {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread _ =
                new LinuxNamespaces()
                        .start(
                                namespace,
                                "in the namespace of a socket",
                                () -> {
                                    try {
                                        result.complete(work.call());
                                    } catch (KernelException | RuntimeException | Error e) {
                                        result.completeExceptionally(e);
                                    }
                                });
        try {
            return result.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof KernelException failure) {
                throw failure;
            }
            throw e;
        }
    }

    private static void enter(Path namespace) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            int opened = Libc.open(arena.allocateFrom(namespace.toString()), Libc.O_CLOEXEC);
            if (opened < 0) {
                throw Errno.failed("open(" + namespace + ")", opened);
            }
            try (Descriptor file = new Descriptor(opened)) {
                int result = Libc.setns(file.number(), Libc.CLONE_NEWNET);
                if (result < 0) {
                    throw Errno.failed("setns(" + namespace + ", CLONE_NEWNET)", result);
                }
            }
        }
    }
}
