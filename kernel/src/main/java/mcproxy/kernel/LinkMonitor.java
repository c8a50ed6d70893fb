package mcproxy.kernel;

import java.util.List;

/**
 * The interfaces of this network namespace and their changes, by rtnetlink (rtnetlink(7), groups
 * RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR).
 *
 * <p>Not safe for use by several threads.
 */
public interface LinkMonitor extends Pollable {
    /** All interfaces at this moment, by index. */
    List<Link> links();

    /**
     * Reads what the kernel has to tell, without waiting, and gives what is different since the
     * last call. When the kernel dropped messages (ENOBUFS) everything is read anew: no change is
     * lost.
     *
     * @throws KernelException when netlink fails for good
     */
    Changes readChanges() throws KernelException;

    /**
     * What changed.
     *
     * @param changed interfaces that are new or different, as they are now
     * @param gone indexes of interfaces that no longer exist
     */
    record Changes(List<Link> changed, List<Integer> gone) {
        /** Copies the lists. */
        public Changes {
            changed = List.copyOf(changed);
            gone = List.copyOf(gone);
        }

        /** Is there no change? */
        public boolean isEmpty() {
            return changed.isEmpty() && gone.isEmpty();
        }
    }
}
