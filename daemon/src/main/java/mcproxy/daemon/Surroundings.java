package mcproxy.daemon;

import mcproxy.kernel.Kernel;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What the program finds around it.
 *
 * @param kernel the kernel's services, made when they are needed
 * @param out standard output
 * @param err standard error
 * @param folder the working directory
 * @param system the root of the file system
 * @param journal whether standard error is the journal of systemd
 * @param onStopSignal has SIGTERM and SIGINT taken by this, with their name
 * @param onReloadSignal has SIGHUP taken by this
 */
record Surroundings(
        Supplier<Kernel> kernel,
        PrintStream out,
        PrintStream err,
        Path folder,
        Path system,
        boolean journal,
        Consumer<Consumer<String>> onStopSignal,
        Consumer<Runnable> onReloadSignal) {}
