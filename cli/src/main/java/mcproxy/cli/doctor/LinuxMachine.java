package mcproxy.cli.doctor;

import mcproxy.kernel.Bridge;
import mcproxy.kernel.KernelException;
import mcproxy.kernel.Link;
import mcproxy.kernel.LinkMonitor;
import mcproxy.kernel.Linux;
import mcproxy.kernel.MulticastRules;
import mcproxy.kernel.MulticastRules.Rule;
import mcproxy.wire.Family;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The system under us, in the network namespace of the calling thread. */
public final class LinuxMachine implements Machine {
    private static final Path ROOT = Path.of("/");
    private static final Pattern SOCKET = Pattern.compile("socket:\\[(\\d+)\\]");
    private static final long PATIENCE_SECONDS = 10;

    @Override
    public Optional<String> file(String path) {
        try {
            return Optional.of(
                    new String(Files.readAllBytes(ROOT.resolve(path)), StandardCharsets.UTF_8)
                            .strip());
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    @Override
    public List<Link> links() throws KernelException {
        try (LinkMonitor monitor = Linux.kernel().openLinkMonitor()) {
            return monitor.links();
        }
    }

    @Override
    public List<Bridge> bridges() throws KernelException {
        return Linux.bridges();
    }

    @Override
    public List<Rule> rules(Family family) throws KernelException {
        try (MulticastRules rules = Linux.kernel().openRules()) {
            return rules.rules(family);
        }
    }

    @Override
    public List<String> routingDaemons(Family family) {
        return Linux.routingDaemons(family);
    }

    @Override
    public List<Long> sockets(long pid) {
        List<Long> sockets = new ArrayList<>();
        try (DirectoryStream<Path> descriptors =
                Files.newDirectoryStream(ROOT.resolve("proc/" + pid + "/fd"))) {
            for (Path descriptor : descriptors) {
                Matcher socket = SOCKET.matcher(Files.readSymbolicLink(descriptor).toString());
                if (socket.matches()) {
                    sockets.add(Long.parseLong(socket.group(1)));
                }
            }
        } catch (IOException | DirectoryIteratorException _) {
            return sockets; // it may have closed one meanwhile, or is another user's
        }
        return sockets;
    }

    @Override
    public void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public Ran run(List<String> command) {
        Process process;
        try {
            process = new ProcessBuilder(command).start();
        } catch (IOException _) {
            return new Ran(Ran.MISSING, "", "");
        }
        try {
            process.getOutputStream().close();
            CompletableFuture<String> errors =
                    CompletableFuture.supplyAsync(() -> text(process.errorReader().lines()));
            CompletableFuture<String> out =
                    CompletableFuture.supplyAsync(() -> text(process.inputReader().lines()));
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return new Ran(1, "", "it did not end in " + PATIENCE_SECONDS + " s");
            }
            return new Ran(
                    process.exitValue(),
                    out.get(PATIENCE_SECONDS, TimeUnit.SECONDS),
                    errors.get(PATIENCE_SECONDS, TimeUnit.SECONDS).strip());
        } catch (IOException | ExecutionException | TimeoutException e) {
            return new Ran(1, "", String.valueOf(e.getMessage()));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return new Ran(1, "", "interrupted");
        }
    }

    private static String text(java.util.stream.Stream<String> lines) {
        return String.join("\n", lines.toList());
    }
}
