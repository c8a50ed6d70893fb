package mcproxy.lab;

import mcproxy.kernel.KernelException;
import mcproxy.kernel.Linux;
import mcproxy.kernel.Namespaces;
import mcproxy.wire.IpAddress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** A host of the lab: a network namespace. For any thread. */
public final class Host {
    private final String name;
    private final Lab lab;

    Host(String name, Lab lab) {
        this.name = name;
        this.lab = lab;
    }

    /** The host's name, also its namespace's for {@code ip netns}. */
    public String name() {
        return name;
    }

    /** The file that stands for the network namespace. */
    public Path namespace() {
        return Namespaces.named(name);
    }

    Lab lab() {
        return lab;
    }

    /** Runs {@code ip} in this host and gives what it wrote. */
    public String ip(String... arguments) {
        List<String> command = new ArrayList<>(List.of("ip", "-n", name));
        command.addAll(List.of(arguments));
        return Command.run(command);
    }

    /** Runs a command in this host's network and gives what it wrote. */
    public String run(String... command) {
        return Command.run(inside(List.of(command)));
    }

    /**
     * Adds an address.
     *
     * @param address with its prefix length: {@code 10.0.0.1/24}, {@code 2001:db8::1/64}
     */
    public void address(String interfaceName, String address) {
        if (address.indexOf(':') >= 0) {
            ip("address", "add", address, "dev", interfaceName, "nodad");
        } else {
            ip("address", "add", address, "dev", interfaceName);
        }
    }

    /** Sends what has no other route through a router. */
    public void defaultRoute(IpAddress router) {
        ip("route", "add", "default", "via", router.toString());
    }

    /** Sets a sysctl of this network namespace, for instance {@code net.ipv4.ip_forward}. */
    public void sysctl(String key, int value) {
        Path file = Path.of("/proc/sys", key.split("\\."));
        call(() -> {
            try {
                return Files.writeString(file, Integer.toString(value));
            } catch (IOException e) {
                throw new LabException(name + ": cannot set " + key + ": " + e, e);
            }
        });
    }

    /** Which IGMP version this host speaks on an interface: 1, 2 or 3; 0 follows the querier. */
    public void igmpVersion(String interfaceName, int version) {
        sysctl("net.ipv4.conf." + interfaceName + ".force_igmp_version", version);
    }

    /** Which MLD version this host speaks on an interface: 1 or 2; 0 follows the querier. */
    public void mldVersion(String interfaceName, int version) {
        sysctl("net.ipv6.conf." + interfaceName + ".force_mld_version", version);
    }

    /** Waits until an interface has its IPv6 link-local address, which the kernel gives it. */
    public void awaitLinkLocal(String interfaceName) {
        Await.until(
                Duration.ofSeconds(5),
                "a link-local address on " + interfaceName + " of " + name,
                () -> {
                    String shown =
                            ip("-6", "address", "show", "dev", interfaceName, "scope", "link");
                    return shown.contains("fe80:") && !shown.contains("tentative");
                });
    }

    /** Reads a file of {@code /proc/net} as this host's threads see it: {@code ip_mr_vif}. */
    public String procNet(String file) {
        return call(() -> Files.readString(Path.of("/proc/thread-self/net", file)));
    }

    /**
     * Starts a command in this host's network, with its output in a file of the lab's folder. It
     * ends with the lab, and also when this process is killed.
     */
    public LabProcess start(String processName, List<String> command) {
        return start(processName, command, lab.folder().resolve(processName + ".log"));
    }

    /** As the other one, with its output at the end of a file of the caller's. */
    public LabProcess start(String processName, List<String> command, Path output) {
        return lab.closeWithLab(LabProcess.start(processName, inside(command), output));
    }

    private List<String> inside(List<String> command) {
        List<String> whole = new ArrayList<>(List.of("nsenter", "--net=" + namespace(), "--"));
        whole.addAll(command);
        return whole;
    }

    /** Runs code on a thread of its own that is in this host's network, and waits for it. */
    public <T> T call(Callable<T> code) {
        try {
            return Linux.kernel().namespaces().call(namespace(), code);
        } catch (LabException e) {
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException(name + ": interrupted", e);
        } catch (Exception e) {
            throw new LabException(name + ": " + e, e);
        }
    }

    /** Starts a thread that is in this host's network for all its life. */
    Thread startThread(String threadName, Runnable code) {
        try {
            return Linux.kernel().namespaces().start(namespace(), threadName, code);
        } catch (KernelException e) {
            throw new LabException(name + ": " + e.getMessage(), e);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
