package mcproxy.cli.doctor;

import mcproxy.control.Control;
import mcproxy.wire.Family;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Socket buffers that are too small for a burst of new sources, and what was lost for that. */
final class BufferCheck implements Check {
    /** What the daemon's own check wants; a burst of 5,000 new sources. */
    static final long WANTED_BYTES = 4 << 20;

    private static final String LIMIT = "proc/sys/net/core/rmem_max";
    private static final int CAP_NET_ADMIN = 12;

    /** The first and last column of interest of {@code net/raw} (raw_sock_seq_show). */
    private static final int LOCAL_ADDRESS_COLUMN = 1;

    private static final int INODE_COLUMN = 9;
    private static final int DROPS_COLUMN = 12;

    @Override
    public String kind() {
        return "receive-buffer";
    }

    @Override
    public void look(Scene scene, Report report) {
        Machine machine = scene.machine();
        Optional<Long> pid = scene.daemon().map(Control::status).map(one -> one.pid());
        long limit = machine.number(LIMIT).orElse(WANTED_BYTES);
        boolean bound = !mayExceed(machine, pid.map(Object::toString).orElse("thread-self"));
        if (bound && limit < WANTED_BYTES) {
            report.add(
                    finding(
                            Level.WARNING,
                            "the proxy's sockets cannot have the buffers that it wants",
                            "net.core.rmem_max is "
                                    + limit
                                    + ", and the daemon may not go beyond it (CAP_NET_ADMIN)",
                            "sysctl -w net.core.rmem_max="
                                    + WANTED_BYTES
                                    + " && systemctl restart mcproxy"));
        }
        for (Family family : Family.values()) {
            long drops = pid.map(number -> drops(machine, family, number)).orElse(0L);
            if (drops > 0) {
                report.add(
                        finding(
                                Level.ERROR,
                                "the kernel could not tell the proxy of " + drops + " new sources",
                                "the proxy's "
                                        + family
                                        + " routing sockets have dropped "
                                        + drops
                                        + " messages since it started (/proc/net/"
                                        + file(family)
                                        + ")"
                                        + (bound ? "; net.core.rmem_max is " + limit : ""),
                                bound
                                        ? "sysctl -w net.core.rmem_max="
                                                + 4 * WANTED_BYTES
                                                + " && systemctl restart mcproxy"
                                        : "systemctl restart mcproxy"));
            }
        }
    }

    private Finding finding(Level level, String text, String evidence, String fix) {
        return new Finding(
                kind(),
                level.word(),
                null,
                null,
                null,
                text,
                evidence,
                "in a burst, for instance when many sources start at once, streams begin late or"
                        + " not at all",
                fix);
    }

    /**
     * May it exceed rmem_max? With CAP_NET_ADMIN of the first user namespace, which alone maps all
     * users to themselves (sock_setsockopt, SO_RCVBUFFORCE; user_namespaces(7)). What cannot be
     * seen is taken for a yes, so that nothing is told that is not known.
     */
    private static boolean mayExceed(Machine machine, String process) {
        Optional<String> users = machine.file("proc/" + process + "/uid_map");
        if (users.isPresent()
                && !users.get().strip().replaceAll("\\s+", " ").equals("0 0 4294967295")) {
            return false;
        }
        return machine.file("proc/" + process + "/status")
                .orElse("")
                .lines()
                .filter(line -> line.startsWith("CapEff:"))
                .map(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
                .findFirst()
                .map(bits -> (bits >>> CAP_NET_ADMIN & 1) != 0)
                .orElse(true);
    }

    private static String file(Family family) {
        return switch (family) {
            case IPV4 -> "raw";
            case IPV6 -> "raw6";
        };
    }

    /** What the daemon's sockets of a family have dropped; raw sockets show a protocol as port. */
    private static long drops(Machine machine, Family family, long pid) {
        Set<Long> own = new HashSet<>(machine.sockets(pid));
        String port = family == Family.IPV4 ? ":0002" : ":003A";
        List<String> lines =
                machine.file("proc/" + pid + "/net/" + file(family)).orElse("").lines().toList();
        return lines.stream()
                .map(line -> Arrays.asList(line.strip().split("\\s+", -1)))
                .filter(columns -> columns.size() > DROPS_COLUMN)
                .filter(columns -> columns.get(LOCAL_ADDRESS_COLUMN).endsWith(port))
                .filter(columns -> own.contains(Long.parseLong(columns.get(INODE_COLUMN))))
                .mapToLong(columns -> Long.parseLong(columns.get(DROPS_COLUMN)))
                .sum();
    }
}
