package mcproxy.kernel;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import java.util.Map;

/**
 * A bridge of this host, and what it makes of multicast (bridge part of ip-link(8)).
 *
 * @param name the name of the bridge's own interface
 * @param snooping does it listen to memberships (mcast_snooping)?
 * @param router to whom it passes reports up (mcast_router): 0 never to this host, 1 when it has
 *     heard a router there, 2 always
 * @param queriers who asks on it, itself included, as far as it knows; told by Linux 5.16 and later
 */
public record Bridge(String name, boolean snooping, int router, Map<Family, IpAddress> queriers) {
    /** Copies the map. */
    public Bridge {
        queriers = Map.copyOf(queriers);
    }
}
