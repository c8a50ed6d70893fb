package mcproxy.kernel;

import mcproxy.wire.IpAddress;

import java.util.List;

/**
 * A network interface as the kernel tells it by rtnetlink (rtnetlink(7), netdevice(7)).
 *
 * @param index the interface index, 1 or more
 * @param name the interface's name
 * @param up administratively up (IFF_UP) and with carrier (IFF_RUNNING)
 * @param multicast able to multicast (IFF_MULTICAST)
 * @param mtu the MTU in bytes
 * @param hardwareAddress the link-layer address as text ({@code 02:00:00:00:00:01}); empty if none
 * @param addresses the interface's addresses of both families, in the kernel's order
 */
public record Link(
        int index,
        String name,
        boolean up,
        boolean multicast,
        int mtu,
        String hardwareAddress,
        List<Address> addresses) {
    /** Copies the list. */
    public Link {
        addresses = List.copyOf(addresses);
    }

    /**
     * An address of an interface.
     *
     * @param address the address (the local end of a point-to-point link)
     * @param prefixLength the length of its prefix in bits
     * @param usable false while duplicate address detection runs or when it has failed
     *     (IFA_F_TENTATIVE, IFA_F_DADFAILED)
     */
    public record Address(IpAddress address, int prefixLength, boolean usable) {}
}
