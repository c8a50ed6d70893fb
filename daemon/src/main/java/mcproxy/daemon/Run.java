package mcproxy.daemon;

import mcproxy.config.Configuration;
import mcproxy.config.ConfigurationReader;
import mcproxy.config.ConfigurationWriter;
import mcproxy.config.Reading;
import mcproxy.kernel.KernelException;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** One run of the daemon in the foreground, from its configuration to its exit status. */
final class Run {
    /** How often {@code -s} prints, and the reverse path filter is looked at. */
    private static final long STATUS_INTERVAL_MILLIS = 2000;

    private final Surroundings surroundings;
    private final RunOptions options;
    private final Clock clock = Clock.startingNow();
    private final EventLog log;
    private final BlockingQueue<Call> calls = new LinkedBlockingQueue<>();

    /** What the main thread is called for. */
    private sealed interface Call {}

    /** Read the file again. */
    private record ReadAgain() implements Call {}

    /** Why a run ends. */
    private sealed interface Ending extends Call {
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
        surroundings.onStopSignal().accept(name -> calls.add(new Ending.Asked(name)));
        surroundings.onReloadSignal().accept(() -> calls.add(new ReadAgain()));
        Optional<String> text = ConfigurationFile.text(file, this::userError);
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
            userError(file + " defines no instance: pinstance NAME: UPSTREAM ==> DOWNSTREAM;");
            return ExitStatus.USER;
        }
        return run(file, configuration);
    }

    private int run(Path file, Configuration configuration) throws InterruptedException {
        Path journal = options.journal;
        if (journal == null) {
            return run(file, configuration, Journal.NONE);
        }
        try (Journal recording =
                JournalFile.open(
                        surroundings.folder().resolve(journal),
                        options.journalLimitBytes,
                        ConfigurationWriter.write(configuration),
                        clock,
                        log::tell)) {
            return run(file, configuration, recording);
        } catch (IOException e) {
            userError("the journal " + journal + " cannot be opened: " + reason(e));
            return ExitStatus.USER;
        }
    }

    private static String reason(IOException e) {
        return switch (e) {
            case AccessDeniedException _ -> "this user may not write there";
            case NoSuchFileException _ -> "there is no such folder";
            default -> String.valueOf(e.getMessage());
        };
    }

    private int run(Path file, Configuration configuration, Journal journal)
            throws InterruptedException {
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
                            journal,
                            cause -> calls.add(new Ending.Failed(cause)));
        } catch (StartFailure e) {
            surroundings.err().println("mcproxy: error: " + e.getMessage());
            return ExitStatus.ENVIRONMENT;
        }
        RpFilter rpFilter = new RpFilter(surroundings.system(), options.resetRpFilter, log::tell);
        RunningConfiguration running =
                new RunningConfiguration(proxy, file, log, surroundings.err()::print);
        OfferedControl control =
                new OfferedControl(
                        proxy,
                        running,
                        options.controlSocket(surroundings.system()),
                        Optional.ofNullable(options.metrics),
                        log,
                        clock,
                        rpFilter::drops);
        control.begin();
        Ending why = await(proxy, running, rpFilter);
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
        control.close();
        proxy.stop();
        rpFilter.restore();
        log.tell(new DaemonEvent.Stopped(TimeUnit.NANOSECONDS.toMillis(clock.nanos() - start)));
        return status;
    }

    private Ending await(Proxy proxy, RunningConfiguration running, RpFilter rpFilter)
            throws InterruptedException {
        while (true) {
            rpFilter.tend(proxy.plans());
            Call call = calls.poll(STATUS_INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
            switch (call) {
                case null -> {
                    if (options.status) {
                        print(proxy);
                    }
                }
                case ReadAgain _ -> {
                    var _ = running.reload(); // the log tells what came of it
                }
                case Ending why -> {
                    return why;
                }
            }
        }
    }

    private void print(Proxy proxy) throws InterruptedException {
        PrintStream out = surroundings.out();
        proxy.show().forEach(view -> out.print(StatusText.of(view)));
        proxy.unclaimed().forEach((name, count) -> out.println("counted: " + name + " " + count));
        out.flush();
    }

    private void userError(String sentence) {
        surroundings.err().println("mcproxy: error: " + sentence);
    }
}
