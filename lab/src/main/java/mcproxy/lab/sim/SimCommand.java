package mcproxy.lab.sim;

import mcproxy.daemon.Subcommand;
import mcproxy.lab.sim.Simulator.Outcome;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Runs simulated worlds: many seeds, or one with its whole story, or the planted bugs.
 *
 * <p>Exit code 0 when all is well, 1 when an invariant was violated or a planted bug not found.
 */
@Command(
        name = "sim",
        mixinStandardHelpOptions = true,
        description = "Runs the proxy in simulated networks that a seed decides, and checks it.")
public final class SimCommand implements Callable<Integer>, Subcommand {
    private static final int MOST_DESCRIBED = 3;

    @Option(
            names = "--seeds",
            paramLabel = "N",
            defaultValue = "1000",
            description = "How many seeds to run (default: ${DEFAULT-VALUE}).")
    private long seeds;

    @Option(
            names = "--from",
            paramLabel = "S",
            defaultValue = "1",
            description = "The first of them (default: ${DEFAULT-VALUE}).")
    private long from;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "0",
            description = "Replays this one seed and tells all that happens.")
    private long seed;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "0",
            description = "How many seeds to run at a time (default: one for each processor).")
    private int threads;

    @Option(
            names = "--bug",
            defaultValue = "NONE",
            description = "Plants a bug: ${COMPLETION-CANDIDATES}.")
    private PlantedBug bug = PlantedBug.NONE;

    @Option(
            names = "--planted",
            description = "Shows for each planted bug how many seeds it takes to find it.")
    private boolean planted;

    private final PrintStream out;

    /** A command that prints to standard output. */
    public SimCommand() {
        this(System.out);
    }

    SimCommand(PrintStream out) {
        this.out = out;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (seed != 0) {
            return replay();
        }
        return planted ? findPlanted() : runAll();
    }

    private int replay() {
        Simulator.story(seed, bug, true).forEach(out::println);
        Outcome outcome = Simulator.run(seed, bug);
        out.printf(
                Locale.ROOT,
                "seed %d: %d steps, %d packets delivered, hash %016x%n",
                seed,
                outcome.steps(),
                outcome.delivered(),
                outcome.hash());
        outcome.failure()
                .ifPresent(violation ->
                        out.println(violation.invariant().label() + ": " + violation.getMessage()));
        return outcome.failure().isPresent() ? 1 : 0;
    }

    private int findPlanted() {
        int missed = 0;
        for (PlantedBug one : PlantedBug.values()) {
            if (one == PlantedBug.NONE) {
                continue;
            }
            Outcome found = Simulator.firstFailure(one, from, seeds);
            missed += found.failure().isPresent() ? 0 : 1;
            out.printf(
                    Locale.ROOT,
                    "%-28s %-22s %s%n",
                    one,
                    one.area(),
                    found.failure()
                            .map(violation ->
                                    "seed " + found.seed() + ": " + violation.invariant().label())
                            .orElse("NOT FOUND"));
        }
        return missed == 0 ? 0 : 1;
    }

    private int runAll() throws InterruptedException {
        long start = System.nanoTime();
        AtomicLong next = new AtomicLong(from);
        AtomicLong steps = new AtomicLong();
        AtomicLong delivered = new AtomicLong();
        ConcurrentLinkedQueue<Outcome> failures = new ConcurrentLinkedQueue<>();
        List<Thread> workers = new ArrayList<>();
        int count = threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
        for (int i = 0; i < count; i++) {
            workers.add(
                    Thread.ofPlatform()
                            .start(() -> {
                                for (long s = next.getAndIncrement();
                                        s < from + seeds;
                                        s = next.getAndIncrement()) {
                                    Outcome outcome = Simulator.run(s, bug);
                                    steps.addAndGet(outcome.steps());
                                    delivered.addAndGet(outcome.delivered());
                                    if (outcome.failure().isPresent()) {
                                        failures.add(outcome);
                                    }
                                }
                            }));
        }
        for (Thread worker : workers) {
            worker.join();
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        failures.stream()
                .sorted((one, other) -> Long.compare(one.seed(), other.seed()))
                .limit(MOST_DESCRIBED)
                .forEach(outcome -> out.println(Simulator.describe(outcome, bug) + "\n"));
        out.printf(
                Locale.ROOT,
                "%d seeds, %d failed; %d steps, %d packets delivered; %.1f s, %.0f seeds/s%n",
                seeds,
                failures.size(),
                steps.get(),
                delivered.get(),
                seconds,
                seeds / seconds);
        return failures.isEmpty() ? 0 : 1;
    }
}
