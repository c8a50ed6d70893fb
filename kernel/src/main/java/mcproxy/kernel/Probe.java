package mcproxy.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import mcproxy.kernel.Kernel.Finding;
import mcproxy.kernel.Kernel.Finding.Level;
import mcproxy.wire.Family;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@link Kernel#probe} looks at. It opens sockets and closes them again. */
final class Probe {
    private static final Path SYSCTL = Path.of("/proc/sys/net");
    private static final Path STATUS = Path.of("/proc/thread-self/status");
    private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+).*");

    /** Since 5.4 the kernel queues any number of unresolved sources; before, ten (ipmr.c). */
    private static final int OLDEST_MAJOR = 5;

    private static final int OLDEST_MINOR = 4;

    private static final int CAP_NET_ADMIN = 12;
    private static final int CAP_NET_RAW = 13;

    private static final int WANTED_BUFFER_BYTES = 4 << 20;

    /** A table that nobody uses: MRT_INIT there disturbs nobody. Fits both families. */
    private static final int SPARE_TABLE = 99_999_998;

    private final List<Finding> findings = new ArrayList<>();

    private Probe() {}

    static List<Finding> run() {
        Probe probe = new Probe();
        probe.release();
        probe.capability("CAP_NET_ADMIN", CAP_NET_ADMIN, "multicast routing and large buffers");
        probe.capability("CAP_NET_RAW", CAP_NET_RAW, "sending and hearing membership messages");
        for (Family family : Family.values()) {
            probe.family(family);
        }
        probe.receiveBuffer();
        probe.reversePathFilter();
        return List.copyOf(probe.findings);
    }

    private void add(String what, Level level, String detail, String fix) {
        findings.add(new Finding(what, level, detail, fix));
    }

    private void release() {
        String release = System.getProperty("os.version", "");
        Matcher numbers = RELEASE.matcher(release);
        boolean enough =
                numbers.matches()
                        && (Integer.parseInt(numbers.group(1)) > OLDEST_MAJOR
                                || (Integer.parseInt(numbers.group(1)) == OLDEST_MAJOR
                                        && Integer.parseInt(numbers.group(2)) >= OLDEST_MINOR));
        String what = "Linux version";
        if (enough) {
            add(what, Level.OK, release, "");
        } else {
            add(
                    what,
                    Level.WARNING,
                    release + ", which queues ten new sources at most",
                    "use Linux 5.4 or later");
        }
    }

    private void capability(String name, int bit, String use) {
        long effective = 0;
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith("CapEff:")) {
                    effective = Long.parseUnsignedLong(line.substring(7).strip(), 16);
                }
            }
        } catch (IOException e) {
            add(name, Level.WARNING, "cannot read " + STATUS + ": " + e.getMessage(), "");
            return;
        }
        if ((effective >>> bit & 1) != 0) {
            add(name, Level.OK, "user " + Libc.geteuid() + " has it", "");
        } else {
            add(
                    name,
                    Level.ERROR,
                    "user " + Libc.geteuid() + " does not have it; needed for " + use,
                    "run as root, or with systemd's AmbientCapabilities=" + name);
        }
    }

    private void family(Family family) {
        String ip = family == Family.IPV4 ? "IPv4" : "IPv6";
        if (family == Family.IPV6 && !ipv6()) {
            return;
        }
        try (LinkSocket _ = LinkSocket.sending(family)) {
            add(ip + " membership messages", Level.OK, "packet sockets work", "");
        } catch (KernelException e) {
            failed(ip + " membership messages", Level.ERROR, e);
        }
        String routing = ip + " multicast routing";
        try (RoutingSocket _ = RoutingSocket.open(family, 0)) {
            add(routing, Level.OK, "the default table is free", "");
        } catch (KernelException e) {
            if (e.errno() == Errno.EADDRINUSE) {
                add(
                        routing,
                        Level.WARNING,
                        e.advice(),
                        "stop that daemon, or give each instance a table of its own");
            } else {
                failed(routing, Level.ERROR, e);
                return;
            }
        }
        spareTable(family, ip);
    }

    private boolean ipv6() {
        Path off = SYSCTL.resolve("ipv6/conf/all/disable_ipv6");
        if (!Files.exists(off)) {
            add("IPv6", Level.WARNING, "this kernel has none", "boot without ipv6.disable=1");
            return false;
        }
        if (number(off) == 1) {
            add(
                    "IPv6",
                    Level.WARNING,
                    "switched off on all interfaces",
                    "sysctl net.ipv6.conf.all.disable_ipv6=0");
            return true;
        }
        add("IPv6", Level.OK, "switched on", "");
        return true;
    }

    private void spareTable(Family family, String ip) {
        String tables = ip + " multicast routing tables";
        String any = ip + " (*,G) routes";
        try (RoutingSocket socket = RoutingSocket.open(family, SPARE_TABLE);
                Arena arena = Arena.ofConfined()) {
            add(tables, Level.OK, "any number", "");
            MemorySegment route =
                    arena.allocate(family == Family.IPV4 ? Structs.mfcctl : Structs.mf6cctl);
            int result = socket.tryControl(RoutingSocket.MRT_ADD_MFC_PROXY, route);
            if (result >= 0) {
                add(any, Level.OK, "the kernel takes them", "");
            } else {
                add(any, Level.WARNING, Errno.name(-result), "use Linux 3.8 or later");
            }
        } catch (KernelException e) {
            switch (e.errno()) {
                case Errno.ENOPROTOOPT ->
                        add(
                                tables,
                                Level.WARNING,
                                "only the default one, so one instance at most",
                                e.advice());
                case Errno.EADDRINUSE ->
                        add(tables, Level.OK, "any number; one is being tried elsewhere", "");
                default -> failed(tables, Level.WARNING, e);
            }
        }
    }

    private void failed(String what, Level level, KernelException e) {
        add(what, level, e.call() + ": " + e.errnoName(), e.advice());
    }

    private void receiveBuffer() {
        String what = "receive buffer";
        try (Descriptor socket =
                        Descriptor.socket(Libc.AF_NETLINK, Libc.SOCK_RAW, 0, "AF_NETLINK");
                Arena arena = Arena.ofConfined()) {
            MemorySegment wanted = arena.allocateFrom(JAVA_INT, WANTED_BUFFER_BYTES);
            boolean forced =
                    Libc.setsockopt(socket.number(), Libc.SOL_SOCKET, Libc.SO_RCVBUFFORCE, wanted)
                            >= 0;
            int bytes = socket.growReceiveBuffer(WANTED_BUFFER_BYTES);
            if (bytes >= WANTED_BUFFER_BYTES) {
                String how = forced ? "whatever net.core.rmem_max is" : "within net.core.rmem_max";
                add(what, Level.OK, bytes + " bytes, " + how, "");
            } else {
                add(
                        what,
                        Level.WARNING,
                        bytes + " bytes at most: bursts of reports or new sources may be lost",
                        "grant CAP_NET_ADMIN, or sysctl net.core.rmem_max=" + WANTED_BUFFER_BYTES);
            }
        } catch (KernelException e) {
            failed(what, Level.WARNING, e);
        }
    }

    /**
     * Strict reverse path filtering drops a stream whose source is not routed over the interface on
     * which it arrives; the larger of "all" and the interface's own value counts (ip-sysctl).
     */
    private void reversePathFilter() {
        String what = "reverse path filter";
        Path conf = SYSCTL.resolve("ipv4/conf");
        int all = number(conf.resolve("all/rp_filter"));
        List<String> strict = new ArrayList<>();
        try (DirectoryStream<Path> interfaces = Files.newDirectoryStream(conf)) {
            for (Path each : interfaces) {
                String name = each.getFileName().toString();
                boolean isInterface =
                        !name.equals("all") && !name.equals("default") && !name.equals("lo");
                if (isInterface && Math.max(all, number(each.resolve("rp_filter"))) == 1) {
                    strict.add(name);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            add(what, Level.WARNING, "cannot read " + conf + ": " + e.getMessage(), "");
            return;
        }
        strict.sort(null);
        if (strict.isEmpty()) {
            add(what, Level.OK, "strict on no interface", "");
        } else {
            add(
                    what,
                    Level.WARNING,
                    "strict on "
                            + String.join(", ", strict)
                            + ": an upstream there drops sources that are not routed over it",
                    "sysctl net.ipv4.conf.INTERFACE.rp_filter=2 (and of \"all\")");
        }
    }

    /** The number in a file; -1 when there is none. */
    private static int number(Path file) {
        try {
            return Integer.parseInt(Files.readString(file).strip());
        } catch (IOException | NumberFormatException _) {
            return -1;
        }
    }
}
