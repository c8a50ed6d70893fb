package mcproxy.daemon;

import mcproxy.config.Configuration;
import mcproxy.config.ConfigurationEdit;
import mcproxy.config.ConfigurationReader;
import mcproxy.config.ConfigurationWriter;
import mcproxy.config.Differences;
import mcproxy.config.Edit;
import mcproxy.config.Problem;
import mcproxy.config.Reading;
import mcproxy.config.Severity;
import mcproxy.control.Change;
import mcproxy.control.Outcome;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The configuration that a daemon carries out: from its file at first, then as it is changed. Safe
 * for any thread; changes are made one after the other.
 */
final class RunningConfiguration {
    private final Proxy proxy;
    private final Path file;
    private final EventLog log;
    private final Consumer<String> problems;
    private final ReentrantLock changing = new ReentrantLock();

    /** What the file said when it was read last. */
    private volatile Configuration loaded;

    private volatile Instant changedAt = Instant.now();
    private volatile Optional<String> reloadFailure = Optional.empty();

    /**
     * The configuration of a daemon.
     *
     * @param file where it was read from
     * @param problems takes what is wrong with the file when it is read again, as {@code config
     *     check} prints it
     */
    RunningConfiguration(Proxy proxy, Path file, EventLog log, Consumer<String> problems) {
        this.problems = problems;
        this.proxy = proxy;
        this.file = file;
        this.log = log;
        this.loaded = proxy.configuration();
    }

    Path file() {
        return file;
    }

    /** What is carried out. */
    Configuration now() {
        return proxy.configuration();
    }

    /** The same in its language. */
    String text() {
        return ConfigurationWriter.write(now());
    }

    /** Since when it is carried out. */
    Instant changedAt() {
        return changedAt;
    }

    /** Is it another one than the file said? */
    boolean isChanged() {
        return !now().equals(loaded);
    }

    /** Why the last reload changed nothing; empty when it did, or there was none. */
    Optional<String> reloadFailure() {
        return reloadFailure;
    }

    /** Makes changes: all of them or none. */
    Outcome change(List<Change> changes, boolean dryRun) {
        changing.lock();
        try {
            ConfigurationEdit.Edited edited =
                    ConfigurationEdit.of(
                            now(), changes.stream().map(RunningConfiguration::edit).toList());
            return outcome(edited.configuration(), edited.problems(), dryRun);
        } finally {
            changing.unlock();
        }
    }

    private static Edit edit(Change change) {
        return new Edit(
                change.action(),
                change.kind(),
                change.instance(),
                change.side(),
                change.link(),
                change.direction(),
                change.table(),
                change.number(),
                change.key(),
                change.value(),
                change.text());
    }

    /** Goes over to what a text says: all of it or nothing. */
    Outcome replace(String text, boolean dryRun) {
        changing.lock();
        try {
            Reading reading = ConfigurationReader.read("configuration", text);
            return outcome(reading.configuration(), reading.problems(), dryRun);
        } finally {
            changing.unlock();
        }
    }

    /** Goes over to what the file says now: all of it or nothing. */
    Outcome reload() {
        changing.lock();
        try {
            Optional<Configuration> read = Optional.empty();
            StringBuilder unreadable = new StringBuilder();
            Optional<String> text = ConfigurationFile.text(file, unreadable::append);
            Outcome outcome;
            if (text.isPresent()) {
                Reading reading = ConfigurationReader.read(file.toString(), text.get());
                problems.accept(reading.render());
                read = reading.configuration();
                outcome = outcome(read, reading.problems(), false);
            } else {
                outcome = new Outcome(false, List.of(), List.of(), unreadable.toString());
            }
            if (outcome.applied()) {
                reloadFailure = Optional.empty();
                loaded = read.orElseThrow();
            } else {
                String why = why(outcome);
                reloadFailure = Optional.of(why);
                log.tell(new DaemonEvent.ReloadRefused(why));
            }
            return outcome;
        } finally {
            changing.unlock();
        }
    }

    private static String why(Outcome outcome) {
        String failure = outcome.failure();
        return failure != null
                ? failure
                : outcome.problems().stream()
                        .filter(problem -> problem.severity().equals(Severity.ERROR.toString()))
                        .map(problem ->
                                "line "
                                        + problem.line()
                                        + ", column "
                                        + problem.column()
                                        + ": "
                                        + problem.message())
                        .findFirst()
                        .orElse("the configuration is wrong");
    }

    private Outcome outcome(Optional<Configuration> next, List<Problem> wrong, boolean dryRun) {
        List<Outcome.ProblemAt> told = wrong.stream().map(RunningConfiguration::document).toList();
        if (next.isEmpty()) {
            return new Outcome(false, List.of(), told, null);
        }
        if (next.get().disabled()) {
            return new Outcome(
                    false,
                    List.of(),
                    told,
                    "the configuration says \"disable;\"; to end the daemon, stop it");
        }
        if (dryRun) {
            return new Outcome(false, Differences.between(now(), next.get()), told, null);
        }
        try {
            List<String> differences = proxy.apply(next.get());
            changedAt = Instant.now();
            return new Outcome(true, differences, told, null);
        } catch (StartFailure e) {
            return new Outcome(false, List.of(), told, String.valueOf(e.getMessage()));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return new Outcome(false, List.of(), told, "interrupted while waiting");
        }
    }

    private static Outcome.ProblemAt document(Problem problem) {
        return new Outcome.ProblemAt(
                problem.severity().toString(),
                problem.span().start().line(),
                problem.span().start().column(),
                problem.message(),
                orNull(problem.expected()),
                orNull(problem.hint()));
    }

    private static @Nullable String orNull(Optional<String> words) {
        return words.orElse(null);
    }
}
