package mcproxy.kernel;

import mcproxy.wire.Family;

import java.util.List;

/** The kernel under us, by foreign functions. */
public final class Linux implements Kernel {
    private static final Linux KERNEL = new Linux();

    private Linux() {}

    /**
     * The kernel under us. Needs the JVM option {@code --enable-native-access}; what is opened
     * belongs to the calling thread's network namespace.
     */
    public static Kernel kernel() {
        return KERNEL;
    }

    @Override
    public MulticastTable openTable(Family family, int number) throws KernelException {
        return LinuxMulticastTable.open(family, number);
    }

    @Override
    public LinkMonitor openLinkMonitor() throws KernelException {
        return LinuxLinkMonitor.open();
    }

    @Override
    public MulticastRules openRules() throws KernelException {
        return LinuxMulticastRules.open();
    }

    @Override
    public Poller openPoller() throws KernelException {
        return LinuxPoller.open();
    }

    @Override
    public PacketCapture openCapture(int ifindex) throws KernelException {
        return LinuxPacketCapture.open(ifindex);
    }

    @Override
    public Namespaces namespaces() {
        return new LinuxNamespaces();
    }

    @Override
    public List<Finding> probe() {
        return Probe.run();
    }

    /**
     * The bridges of the calling thread's network namespace.
     *
     * @throws KernelException as socket(2)
     */
    public static List<Bridge> bridges() throws KernelException {
        return LinuxBridges.read();
    }

    /**
     * Other processes with a socket like that which owns a multicast routing table, in the calling
     * thread's network namespace and as far as this user may see.
     *
     * @return each as {@code name (process N)}
     */
    public static List<String> routingDaemons(Family family) {
        return RawSocketOwners.of(family);
    }
}
