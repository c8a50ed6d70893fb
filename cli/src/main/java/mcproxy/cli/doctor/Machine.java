package mcproxy.cli.doctor;

import mcproxy.kernel.Bridge;
import mcproxy.kernel.KernelException;
import mcproxy.kernel.Link;
import mcproxy.kernel.MulticastRules.Rule;
import mcproxy.wire.Family;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A system as it can be looked at from outside the daemon. */
public interface Machine {
    /**
     * What a file holds, without space around it; empty when there is none, or it may not be read.
     *
     * @param path from the root of the file system on, without a slash before it
     */
    Optional<String> file(String path);

    /** The network interfaces. */
    List<Link> links() throws KernelException;

    /** The bridges. */
    List<Bridge> bridges() throws KernelException;

    /** The rules that choose a multicast routing table, in the order in which they are asked. */
    List<Rule> rules(Family family) throws KernelException;

    /** Processes with a socket like that which owns a multicast routing table. */
    List<String> routingDaemons(Family family);

    /**
     * The sockets of a process, as {@code /proc/N/net/raw} names them by inode; empty when they may
     * not be seen.
     */
    List<Long> sockets(long pid);

    /** Lets some time pass, so that what goes on can be seen. */
    void pause(Duration time);

    /** Runs a program that only shows something. */
    Ran run(List<String> command);

    /**
     * What a program has printed.
     *
     * @param status its exit status; {@link #MISSING} when it is not installed
     */
    record Ran(int status, String out, String error) {
        static final int MISSING = -1;

        boolean isMissing() {
            return status == MISSING;
        }
    }

    /** The number that a file holds. */
    default OptionalLong number(String path) {
        try {
            return file(path)
                    .map(Long::parseLong)
                    .map(OptionalLong::of)
                    .orElse(OptionalLong.empty());
        } catch (NumberFormatException _) {
            return OptionalLong.empty();
        }
    }

    /** The interfaces in the default multicast routing table (ip_mr_vif, ip6_mr_vif). */
    default List<String> linksOfDefaultTable(Family family) {
        String file = family == Family.IPV4 ? "ip_mr_vif" : "ip6_mr_vif";
        return file("proc/thread-self/net/" + file)
                .orElse("")
                .lines()
                .skip(1)
                .map(line -> Arrays.asList(line.strip().split("\\s+", -1)))
                .filter(columns -> columns.size() > 2)
                .map(columns -> columns.get(1))
                .toList();
    }

    /** The number that a file holds; 0 when it holds none. */
    default long numberOrZero(String path) {
        return number(path).orElse(0);
    }
}
