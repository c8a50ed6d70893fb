package mcproxy.lab.sim;

import mcproxy.wire.IpAddress;

/**
 * A packet of a stream.
 *
 * @param id its number in the world
 * @param sentAtNanos when its source sent it
 * @param hops how many proxies it has passed
 */
record DataPacket(int id, IpAddress source, IpAddress group, long sentAtNanos, int hops) {
    DataPacket forwarded() {
        return new DataPacket(id, source, group, sentAtNanos, hops + 1);
    }
}
