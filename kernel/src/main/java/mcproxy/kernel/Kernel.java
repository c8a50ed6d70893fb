package mcproxy.kernel;

import mcproxy.wire.Family;

import java.util.List;

/** The kernel's services: where the daemon gets everything that it does not compute. */
public interface Kernel {
    /**
     * Opens a multicast routing table and becomes its owner (MRT_TABLE, MRT_INIT).
     *
     * @param number the table, 0 for the default one, up to 999,999,999 (IPv4) or 99,999,999 (IPv6)
     *     <p>Only packets that a rule sends to the table are looked up in it ({@code ip mrule},
     *     {@code ip -6 mrule}); for the default table there is such a rule from the start.
     * @throws KernelException EPERM without CAP_NET_RAW, EACCES for a table other than 0 without
     *     CAP_NET_ADMIN, EADDRINUSE when another process owns it, ENOPROTOOPT when the kernel was
     *     built without multicast routing (or without several tables)
     */
    MulticastTable openTable(Family family, int number) throws KernelException;

    /**
     * Opens the monitor of this namespace's interfaces.
     *
     * @throws KernelException as socket(2) and bind(2)
     */
    LinkMonitor openLinkMonitor() throws KernelException;

    /**
     * Opens the rules that choose the multicast routing table of a packet.
     *
     * @throws KernelException as socket(2)
     */
    MulticastRules openRules() throws KernelException;

    /**
     * Opens a poller.
     *
     * @throws KernelException as eventfd(2)
     */
    Poller openPoller() throws KernelException;

    /**
     * Opens a capture of all frames of a device, both directions, all ethertypes.
     *
     * @param ifindex the device; 0 for all of this namespace
     * @throws KernelException EPERM without CAP_NET_RAW, ENODEV when there is no such device
     */
    PacketCapture openCapture(int ifindex) throws KernelException;

    /** Other network namespaces, to work in. */
    Namespaces namespaces();

    /** Looks at what this kernel offers to a multicast proxy, item by item. Changes nothing. */
    List<Finding> probe();

    /**
     * One item of {@link #probe()}.
     *
     * @param what the item, for instance {@code IPv4 multicast routing}
     * @param level how it stands
     * @param detail what was seen
     * @param fix what to do; empty when nothing is needed
     */
    record Finding(String what, Level level, String detail, String fix) {
        /** How an item stands. */
        public enum Level {
            /** There, and as it should be. */
            OK,
            /** The daemon runs, but not with everything. */
            WARNING,
            /** The daemon cannot run. */
            ERROR
        }
    }
}
