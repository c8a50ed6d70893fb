package mcproxy.core;

import mcproxy.wire.IpAddress;
import mcproxy.wire.LinkAddress;

/**
 * Who sent a report: a host as explicit tracking knows it, by both of its addresses.
 *
 * <p>The IP address alone does not tell hosts apart that have none yet and report from 0.0.0.0 (RFC
 * 9776 4.2.14). The link-layer address alone does not either: a repeater or a switch lends its own
 * to all hosts behind it.
 *
 * @param address the IP source address, perhaps 0.0.0.0
 * @param linkAddress the link-layer source address, perhaps {@link LinkAddress#NONE}
 */
record Reporter(IpAddress address, LinkAddress linkAddress) implements Comparable<Reporter> {
    /** May this be several hosts? Without any address nobody can tell. */
    boolean isAnybody() {
        return address.isUnspecified() && linkAddress.isNone();
    }

    /**
     * Is this for certain another host? Not if they share an address: then it may be one that got
     * its IP address just now or got another one, or that moved to another access point, or there
     * may be two, behind one repeater. Nobody can tell.
     */
    boolean isSurelyAnother(Reporter other) {
        boolean sameAddress = !address.isUnspecified() && address.equals(other.address);
        boolean sameLinkAddress = !linkAddress.isNone() && linkAddress.equals(other.linkAddress);
        return !equals(other) && !sameAddress && !sameLinkAddress;
    }

    @Override
    public int compareTo(Reporter other) {
        int byAddress = address.compareTo(other.address);
        return byAddress != 0 ? byAddress : linkAddress.compareTo(other.linkAddress);
    }

    /** For instance {@code 10.0.0.5 at 02:00:00:00:00:05}. */
    @Override
    public String toString() {
        return linkAddress.isNone() ? address.toString() : address + " at " + linkAddress;
    }
}
