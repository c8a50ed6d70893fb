package mcproxy.daemon;

import mcproxy.config.Configuration;
import mcproxy.config.ConfigurationReader;
import mcproxy.config.Reading;
import mcproxy.kernel.KernelException;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One run of the daemon in the foreground, from its configuration to its exit status. */
final class Run {
    /** How often {@code -s} prints, and the reverse path filter is looked at. */
    private static final long STATUS_INTERVAL_MILLIS = 2000;

    private final Surroundings surroundings;
    private final RunOptions options;
    private final Clock clock = Clock.startingNow();
    private final EventLog log;
    private final CompletableFuture<Ending> ending = new CompletableFuture<>();

    /** Why a run ends. */
    private sealed interface Ending {
        /** Somebody asked for it. */
        record Asked(String signal) implements Ending {}

        /** The kernel's services failed for good. */
        record Failed(KernelException cause) implements Ending {}
    }

    Run(Surroundings surroundings, RunOptions options) {
        this.surroundings = surroundings;
        this.options = options;
        this.log = new EventLog(surroundings.err(), options.level(), surroundings.journal(), clock);
    }

    /** Runs with the configuration in a file; gives the exit status. */
    int run(Path file) throws InterruptedException {
        surroundings.onStopSignal().accept(name -> ending.complete(new Ending.Asked(name)));
        Optional<String> text = read(file);
        if (text.isEmpty()) {
            return ExitStatus.USER;
        }
        Reading reading = ConfigurationReader.read(file.toString(), text.get());
        surroundings.err().print(reading.render());
        if (reading.configuration().isEmpty()) {
            return ExitStatus.USER;
        }
        Configuration configuration = reading.configuration().get();
        if (configuration.disabled()) {
            surroundings.err().println("mcproxy: " + file + " says \"disable;\": not started");
            return ExitStatus.OK;
        }
        if (configuration.instances().isEmpty()) {
            return userError(
                    file + " defines no instance: pinstance NAME: UPSTREAM ==> DOWNSTREAM;");
        }
        return run(file, configuration);
    }

    private Optional<String> read(Path file) {
        try {
            // Bytes that are not UTF-8 become a character that the reader then tells the place of.
            return Optional.of(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
        } catch (NoSuchFileException _) {
            userError("there is no configuration " + file + "; name one with -f FILE");
        } catch (AccessDeniedException _) {
            userError("the configuration " + file + " may not be read by this user");
        } catch (IOException e) {
            boolean folder = Files.isDirectory(file);
            userError(
                    folder
                            ? "the configuration " + file + " is a folder"
                            : "the configuration " + file + " cannot be read: " + e.getMessage());
        }
        return Optional.empty();
    }

    private int run(Path file, Configuration configuration) throws InterruptedException {
        List<InstancePlan> plans = InstancePlan.of(configuration);
        log.tell(
                new DaemonEvent.Started(
                        Version.text(),
                        file.toString(),
                        plans.stream().map(InstancePlan::summary).toList()));
        Proxy proxy;
        try {
            proxy =
                    Proxy.start(
                            configuration,
                            surroundings.kernel().get(),
                            new SplittableRandom(System.nanoTime()),
                            clock,
                            log,
                            cause -> ending.complete(new Ending.Failed(cause)));
        } catch (StartFailure e) {
            surroundings.err().println("mcproxy: error: " + e.getMessage());
            return ExitStatus.ENVIRONMENT;
        }
        RpFilter rpFilter = new RpFilter(surroundings.system(), options.resetRpFilter, log::tell);
        RunningConfiguration running = new RunningConfiguration(proxy, file, log);
        Optional<OfferedControl> control =
                options.controlSocket(surroundings.system())
                        .map(socket ->
                                new OfferedControl(
                                        proxy, running, socket, log, clock, rpFilter::inForce));
        control.ifPresent(OfferedControl::begin);
        Ending why = await(proxy, plans, rpFilter);
        long start = clock.nanos();
        int status =
                switch (why) {
                    case Ending.Asked(String signal) -> {
                        log.tell(new DaemonEvent.Stopping("SIG" + signal));
                        yield ExitStatus.OK;
                    }
                    case Ending.Failed(KernelException cause) -> {
                        surroundings.err().println("mcproxy: error: " + cause.getMessage());
                        log.tell(new DaemonEvent.Stopping("giving up"));
                        yield ExitStatus.ENVIRONMENT;
                    }
                };
        control.ifPresent(OfferedControl::close);
        proxy.stop();
        rpFilter.restore();
        log.tell(new DaemonEvent.Stopped(TimeUnit.NANOSECONDS.toMillis(clock.nanos() - start)));
        return status;
    }

    private Ending await(Proxy proxy, List<InstancePlan> plans, RpFilter rpFilter)
            throws InterruptedException {
        try {
            while (true) {
                rpFilter.tend(plans);
                try {
                    return ending.get(STATUS_INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
                } catch (TimeoutException _) {
                    if (options.status) {
                        print(proxy);
                    }
                }
            }
        } catch (ExecutionException e) {
            throw new AssertionError("an ending is told, not thrown", e);
        }
    }

    private void print(Proxy proxy) throws InterruptedException {
        PrintStream out = surroundings.out();
        proxy.show().forEach(view -> out.print(StatusText.of(view)));
        proxy.unclaimed().forEach((name, count) -> out.println("counted: " + name + " " + count));
        out.flush();
    }

    private int userError(String sentence) {
        surroundings.err().println("mcproxy: error: " + sentence);
        return ExitStatus.USER;
    }
}
