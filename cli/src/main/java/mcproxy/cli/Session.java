package mcproxy.cli;

import mcproxy.cli.doctor.LinuxMachine;
import mcproxy.cli.doctor.Machine;
import mcproxy.control.ControlClient;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * What a command finds around it.
 *
 * @param in standard input
 * @param out standard output
 * @param err standard error
 * @param environment the environment's variables
 * @param folder the working directory
 * @param screen the terminal that {@code out} is, if it is one
 * @param connector the way to daemons
 * @param machine the system under us
 * @param pause how to wait
 */
record Session(
        InputStream in,
        PrintStream out,
        PrintStream err,
        Map<String, String> environment,
        Path folder,
        Screen screen,
        Connector connector,
        Machine machine,
        Pause pause) {
    /** Waits. */
    @FunctionalInterface
    interface Pause {
        /** Lets a time pass. */
        void take(Duration time) throws InterruptedException;
    }

    /** What this process finds. */
    static Session ofProcess() {
        Map<String, String> environment = System.getenv();
        return new Session(
                System.in,
                // In one piece when a table is done, not line by line.
                new PrintStream(
                        new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8),
                System.err,
                environment,
                Path.of(""),
                Screen.ofProcess(environment),
                ControlClient::new,
                new LinuxMachine(),
                Thread::sleep);
    }
}
