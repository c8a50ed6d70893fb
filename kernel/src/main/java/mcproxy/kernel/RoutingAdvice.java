package mcproxy.kernel;

import mcproxy.wire.Family;

import java.util.List;

/** What to do when a multicast routing option was refused. */
final class RoutingAdvice {
    private RoutingAdvice() {}

    /**
     * The advice; empty when there is none.
     *
     * @param option the option without MRT_ or MRT6_
     */
    static String of(Family family, int table, String option, int errno) {
        return switch (errno) {
            case Errno.EPERM, Errno.EACCES ->
                    "multicast routing needs CAP_NET_ADMIN; run as root, or with systemd's"
                            + " AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW";
            case Errno.EADDRINUSE ->
                    option.equals("INIT")
                            ? "another multicast routing daemon owns table "
                                    + table
                                    + owners(family)
                            : "the virtual interface is in use already";
            case Errno.ENOPROTOOPT ->
                    option.equals("TABLE")
                            ? "this kernel has one table only (it was built without "
                                    + configuration(family)
                                    + "_MULTIPLE_TABLES); use table 0"
                            : "this kernel has no multicast routing (it was built without "
                                    + configuration(family)
                                    + ")";
            case Errno.EINVAL ->
                    option.equals("TABLE")
                            ? "the largest table number is "
                                    + (family == Family.IPV4 ? "999999999" : "99999999")
                            : "";
            case Errno.EADDRNOTAVAIL ->
                    option.startsWith("ADD_")
                            ? "the device is not there, is a loopback without multicast, or has "
                                    + (family == Family.IPV4 ? "IPv4" : "IPv6")
                                    + " switched off"
                            : "";
            case Errno.ENFILE -> "a table has 32 virtual interfaces, numbered from 0";
            case Errno.ENOBUFS, Errno.ENOMEM -> "the kernel has no memory for it";
            default -> "";
        };
    }

    private static String configuration(Family family) {
        return switch (family) {
            case IPV4 -> "CONFIG_IP_MROUTE";
            case IPV6 -> "CONFIG_IPV6_MROUTE";
        };
    }

    private static String owners(Family family) {
        List<String> owners = RawSocketOwners.of(family);
        return owners.isEmpty()
                ? "; is igmpproxy, smcroute, pimd or another mcproxy running?"
                : "; these have a socket for it: " + String.join(", ", owners);
    }
}
