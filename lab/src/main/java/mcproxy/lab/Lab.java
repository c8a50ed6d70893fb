package mcproxy.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A network of hosts (network namespaces) and links (veth pairs, bridges), which {@link #close}
 * takes away again. Works only in the {@link Sandbox}. For one thread, but the hosts are for any.
 */
public final class Lab implements AutoCloseable {
    private final Map<String, Host> hosts = new LinkedHashMap<>();
    private final List<AutoCloseable> running = new ArrayList<>();
    private final Path folder;

    private Lab(Path folder) {
        this.folder = folder;
    }

    /**
     * Opens an empty lab.
     *
     * @throws LabException outside of the sandbox: then nothing is touched
     */
    public static Lab open() {
        Sandbox.refusal()
                .ifPresent(reason -> {
                    throw new LabException(reason);
                });
        try {
            return new Lab(Files.createTempDirectory("mcproxy-lab-"));
        } catch (IOException e) {
            throw new LabException("no folder for the lab's files: " + e.getMessage(), e);
        }
    }

    /** A folder for the lab's files, deleted at the close. */
    public Path folder() {
        return folder;
    }

    /** Adds a host: a network namespace of this name, with its loopback up. */
    public Host host(String name) {
        if (hosts.containsKey(name)) {
            throw new LabException("there is a host " + name + " already");
        }
        Command.run("ip", "netns", "add", name);
        Host host = new Host(name, this);
        hosts.put(name, host);
        // Set before there are interfaces: addresses are then valid at once, without duplicate
        // address detection, and streams from anywhere are taken.
        host.sysctl("net.ipv6.conf.default.accept_dad", 0);
        host.sysctl("net.ipv6.conf.all.accept_dad", 0);
        host.sysctl("net.ipv4.conf.all.rp_filter", 0);
        host.sysctl("net.ipv4.conf.default.rp_filter", 0);
        host.ip("link", "set", "lo", "up");
        return host;
    }

    /** Puts a link between two hosts: an Ethernet cable (veth pair) with both ends up. */
    public void link(Host one, String oneInterface, Host other, String otherInterface) {
        one.ip(
                "link",
                "add",
                oneInterface,
                "type",
                "veth",
                "peer",
                "name",
                otherInterface,
                "netns",
                other.name());
        one.ip("link", "set", oneInterface, "up");
        other.ip("link", "set", otherInterface, "up");
    }

    /**
     * Makes a link with several hosts: a bridge without snooping on one host, which the given
     * interfaces of that host become ports of.
     */
    public void bridge(Host on, String name, String... ports) {
        on.ip("link", "add", name, "type", "bridge", "mcast_snooping", "0", "forward_delay", "0");
        on.ip("link", "set", name, "up");
        for (String port : ports) {
            on.ip("link", "set", port, "master", name);
        }
    }

    /** Has something closed with the lab, before the hosts go; the last one first. */
    <T extends AutoCloseable> T closeWithLab(T thing) {
        synchronized (running) {
            running.add(thing);
        }
        return thing;
    }

    /** Ends what runs, and takes hosts and links away. What cannot be ended is told at last. */
    @Override
    public void close() {
        List<String> problems = new ArrayList<>();
        List<AutoCloseable> ending;
        synchronized (running) {
            ending = List.copyOf(running).reversed();
            running.clear();
        }
        for (AutoCloseable thing : ending) {
            attempt(problems, thing::close);
        }
        for (Host host : hosts.values()) {
            attempt(problems, () -> Command.run("ip", "netns", "delete", host.name()));
        }
        hosts.clear();
        attempt(problems, () -> deleteFolder(folder));
        if (!problems.isEmpty()) {
            throw new LabException("the lab was not closed whole: " + String.join("; ", problems));
        }
    }

    private interface Attempt {
        void run() throws Exception;
    }

    private static void attempt(List<String> problems, Attempt attempt) {
        try {
            attempt.run();
        } catch (Exception e) {
            problems.add(String.valueOf(e.getMessage()));
        }
    }

    private static void deleteFolder(Path folder) throws IOException {
        try (Stream<Path> inside = Files.walk(folder)) {
            for (Path path : inside.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
