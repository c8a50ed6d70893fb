package mcproxy.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Network namespaces for one test, removed at its end; names are unique to this run. */
final class TestNet implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Namespaces namespaces = Linux.kernel().namespaces();
    private final List<String> names = new ArrayList<>();

    /** Starts empty; skips the test, loudly, where namespaces cannot be made. */
    TestNet() {
        assumeTrue(Libc.geteuid() == 0, "SKIPPED: not root, so no network namespaces");
        assumeTrue(
                Files.isExecutable(Path.of("/usr/sbin/ip"))
                        || Files.isExecutable(Path.of("/sbin/ip")),
                "SKIPPED: iproute2's ip is not installed");
    }

    /** Makes a namespace with loopback up and without duplicate address detection's wait. */
    String namespace(String name) {
        String full =
                "mck%d-%d-%s"
                        .formatted(ProcessHandle.current().pid(), COUNT.incrementAndGet(), name);
        names.add(full);
        run("ip", "netns", "add", full);
        sysctl(full, "net/ipv6/conf/default/accept_dad", "0");
        sysctl(full, "net/ipv6/conf/all/accept_dad", "0");
        run("ip", "-n", full, "link", "set", "lo", "up");
        return full;
    }

    /** Makes a veth pair between two namespaces, both ends up. */
    void veth(String namespace, String device, String peerNamespace, String peerDevice) {
        run(
                "ip",
                "-n",
                namespace,
                "link",
                "add",
                device,
                "type",
                "veth",
                "peer",
                "name",
                peerDevice,
                "netns",
                peerNamespace);
        ip(namespace, "link set " + device + " up");
        ip(peerNamespace, "link set " + peerDevice + " up");
    }

    /** Runs {@code ip} in a namespace. */
    void ip(String namespace, String arguments) {
        run(command(namespace, arguments.split(" ")));
    }

    /** The command that runs {@code ip} in a namespace. */
    String[] command(String namespace, String... arguments) {
        List<String> command = new ArrayList<>(List.of("ip", "-n", namespace));
        command.addAll(List.of(arguments));
        return command.toArray(String[]::new);
    }

    /** What {@code ip} says in a namespace. */
    String output(String namespace, String... arguments) {
        return outputOf(command(namespace, arguments));
    }

    /** Runs {@code ip -batch} in a namespace: many commands in one process. */
    void ipBatch(String namespace, String lines) {
        try {
            Path file = Files.createTempFile("ip", ".batch");
            try {
                Files.writeString(file, lines);
                run("ip", "-n", namespace, "-batch", file.toString());
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sets a value below /proc/sys of a namespace. */
    void sysctl(String namespace, String key, String value) {
        in(
                namespace,
                () -> {
                    Files.writeString(Path.of("/proc/sys", key), value);
                    return true;
                });
    }

    /** Works inside a namespace. */
    <T> T in(String namespace, Callable<T> work) {
        try {
            return namespaces.call(Namespaces.named(namespace), work);
        } catch (Exception e) {
            throw new AssertionError("in namespace " + namespace + ": " + e, e);
        }
    }

    /** The index of a device. */
    int index(String namespace, String device) {
        // NetworkInterface does not know devices without an IPv4 address in other namespaces.
        try (LinkMonitor monitor = in(namespace, Linux.kernel()::openLinkMonitor)) {
            return monitor.links().stream()
                    .filter(link -> link.name().equals(device))
                    .findAny()
                    .orElseThrow(() -> new AssertionError("no device " + device))
                    .index();
        }
    }

    /** The text of a file as a thread of this namespace sees it. */
    String text(String namespace, String file) {
        return in(namespace, () -> Files.readString(Path.of(file)));
    }

    /** Asks again and again until there is an answer, for at most five seconds. */
    static <T> T eventually(String what, Supplier<Optional<T>> question) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            Optional<T> answer = question.get();
            if (answer.isPresent()) {
                return answer.get();
            }
            assertThat(System.nanoTime()).as("%s within %s", what, PATIENCE).isLessThan(deadline);
            pause();
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(2);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    static void run(String... command) {
        String _ = outputOf(command);
    }

    private static String outputOf(String... command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as("%s: %s", List.of(command), output).isZero();
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        for (String name : names) {
            run("ip", "netns", "delete", name);
        }
    }
}
