package mcproxy.lab;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** A process that runs for a while, in a host's network, with its output in a file. */
public final class LabProcess implements AutoCloseable {
    /**
     * Starts all processes. The kernel kills a process with the parent-death signal when the
     * <em>thread</em> that started it ends (prctl(2), PR_SET_PDEATHSIG), so this one never does.
     */
    private static final ExecutorService STARTER =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().daemon().name("process-starter").factory());

    private static final int TAIL_BYTES = 16_384;
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    private final String name;
    private final Process process;
    private final Path output;

    private LabProcess(String name, Process process, Path output) {
        this.name = name;
        this.process = process;
        this.output = output;
    }

    /**
     * How a process ended.
     *
     * @param status its exit status; 128 and the signal's number when a signal ended it
     * @param took from SIGTERM to its end
     * @param killed it did not end in time and got SIGKILL
     */
    public record Ended(int status, Duration took, boolean killed) {}

    /** Starts a command, whose output (both streams) goes to a file, and which dies with us. */
    static LabProcess start(String name, List<String> command, Path output) {
        List<String> whole = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL", "--"));
        whole.addAll(command);
        ProcessBuilder builder =
                new ProcessBuilder(whole)
                        .redirectErrorStream(true)
                        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        try {
            return new LabProcess(name, STARTER.submit(builder::start).get(), output);
        } catch (ExecutionException e) {
            throw new LabException(name + ": cannot be started: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException(name + ": interrupted at its start", e);
        }
    }

    /** Its process id. */
    public long pid() {
        return process.pid();
    }

    /** Is it still running? */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Its exit status, once it has ended. */
    public int status() {
        return process.exitValue();
    }

    /** The file that has what it wrote. */
    public Path output() {
        return output;
    }

    /** The end of what it wrote so far: at most so many lines. */
    public List<String> tail(int lines) {
        try (RandomAccessFile file = new RandomAccessFile(output.toFile(), "r")) {
            file.seek(Math.max(0, file.length() - TAIL_BYTES));
            byte[] bytes = new byte[(int) Math.min(file.length(), TAIL_BYTES)];
            int read = file.read(bytes);
            List<String> all =
                    new String(bytes, 0, Math.max(0, read), StandardCharsets.UTF_8)
                            .lines()
                            .toList();
            return all.subList(Math.max(0, all.size() - lines), all.size());
        } catch (IOException e) {
            return List.of("(" + output + ": " + e.getMessage() + ")");
        }
    }

    /** Ends it with SIGTERM, and with SIGKILL when that takes longer than the patience. */
    public Ended stop(Duration patience) {
        long start = System.nanoTime();
        process.destroy();
        boolean killed = false;
        try {
            if (!process.waitFor(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                killed = true;
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new LabException(name + ": interrupted at its stop", e);
        }
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        return new Ended(process.exitValue(), took, killed);
    }

    /** Ends it with SIGKILL, as a crash would. */
    public void kill() {
        process.destroyForcibly();
        Await.until(CLOSE_PATIENCE, "the end of " + name, () -> !process.isAlive());
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            var _ = stop(CLOSE_PATIENCE);
        }
    }

    @Override
    public String toString() {
        return name + " (process " + pid() + ")";
    }
}
