package mcproxy.lab.sim;

import io.avaje.jsonb.Jsonb;

import mcproxy.daemon.Subcommand;
import mcproxy.lab.sim.Simulator.Outcome;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
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

    @Option(names = "--json", description = "Prints one JSON document at the end, nothing else.")
    private boolean json;

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
        long start = System.nanoTime();
        List<String> story = Simulator.story(seed, bug, true);
        Outcome outcome = Simulator.run(seed, bug);
        List<Outcome> failures = outcome.failure().isPresent() ? List.of(outcome) : List.of();
        if (json) {
            return print(
                    report(
                            1,
                            outcome.steps(),
                            outcome.delivered(),
                            start,
                            failures,
                            List.of(),
                            story));
        }
        story.forEach(out::println);
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
        return failures.isEmpty() ? 0 : 1;
    }

    private int findPlanted() {
        long start = System.nanoTime();
        List<SimReport.Planted> planted = new ArrayList<>();
        long steps = 0;
        long delivered = 0;
        for (PlantedBug one : PlantedBug.values()) {
            if (one == PlantedBug.NONE) {
                continue;
            }
            Outcome found = Simulator.firstFailure(one, from, seeds);
            steps += found.steps();
            delivered += found.delivered();
            planted.add(
                    new SimReport.Planted(
                            one.name(),
                            one.area(),
                            found.failure().isPresent() ? SimReport.Failure.of(found, one) : null));
            if (!json) {
                out.printf(
                        Locale.ROOT,
                        "%-28s %-22s %s%n",
                        one,
                        one.area(),
                        found.failure()
                                .map(violation ->
                                        "seed "
                                                + found.seed()
                                                + ": "
                                                + violation.invariant().label())
                                .orElse("NOT FOUND"));
            }
        }
        SimReport report = report(seeds, steps, delivered, start, List.of(), planted, List.of());
        return json ? print(report) : report.ok() ? 0 : 1;
    }

    private int runAll() throws InterruptedException {
        long start = System.nanoTime();
        AtomicLong next = new AtomicLong(from);
        AtomicLong steps = new AtomicLong();
        AtomicLong delivered = new AtomicLong();
        ConcurrentLinkedQueue<Outcome> failed = new ConcurrentLinkedQueue<>();
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
                                        failed.add(outcome);
                                    }
                                }
                            }));
        }
        for (Thread worker : workers) {
            worker.join();
        }
        List<Outcome> failures =
                failed.stream().sorted(Comparator.comparingLong(Outcome::seed)).toList();
        SimReport report =
                report(seeds, steps.get(), delivered.get(), start, failures, List.of(), List.of());
        if (json) {
            return print(report);
        }
        failures.stream()
                .limit(MOST_DESCRIBED)
                .forEach(outcome -> out.println(Simulator.describe(outcome, bug) + "\n"));
        out.printf(
                Locale.ROOT,
                "%d seeds, %d failed; %d steps, %d packets delivered; %.1f s, %.0f seeds/s%n",
                seeds,
                failures.size(),
                report.steps(),
                report.delivered(),
                report.seconds(),
                seeds / report.seconds());
        return report.ok() ? 0 : 1;
    }

    private SimReport report(
            long ran,
            long steps,
            long delivered,
            long startNanos,
            List<Outcome> failures,
            List<SimReport.Planted> bugs,
            List<String> story) {
        return new SimReport(
                failures.isEmpty() && bugs.stream().allMatch(one -> one.found() != null),
                ran,
                steps,
                delivered,
                (System.nanoTime() - startNanos) / 1e9,
                failures.stream().map(outcome -> SimReport.Failure.of(outcome, bug)).toList(),
                bugs,
                story);
    }

    private int print(SimReport report) {
        out.println(Jsonb.instance().type(SimReport.class).toJsonPretty(report));
        return report.ok() ? 0 : 1;
    }
}
