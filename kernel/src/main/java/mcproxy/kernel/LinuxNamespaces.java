package mcproxy.kernel;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** {@link Namespaces} by setns(2). */
final class LinuxNamespaces implements Namespaces {
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
