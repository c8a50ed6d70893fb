package mcproxy.control;

import io.avaje.jsonb.Json;

import java.util.List;

/**
 * A proxy instance.
 *
 * @param name its name
 * @param table the number of its kernel tables
 * @param upMillis how long it has been running
 * @param protocols the newest protocol of each family, for instance {@code IGMPv3}
 * @param upstreams as configured, patterns in it, the preferred one first
 * @param downstreams as configured, patterns in it
 * @param matching how an upstream is chosen, for instance {@code mutex 500}
 * @param groups how many different groups have members
 * @param flows how many forwarding entries it has, those that drop in it
 * @param kernelLinks the interfaces in its kernel tables
 * @param waiting how many messages wait for it
 * @param dropped how many messages were dropped because too many were waiting
 */
@Json
public record Instance(
        String name,
        int table,
        long upMillis,
        List<String> protocols,
        List<String> upstreams,
        List<String> downstreams,
        String matching,
        int groups,
        int flows,
        List<KernelLink> kernelLinks,
        int waiting,
        long dropped) {
    /**
     * An interface in a kernel table.
     *
     * @param family {@code IPv4} or {@code IPv6}
     * @param vif its number in the table: VIF or MIF
     * @param link its name
     */
    @Json
    public record KernelLink(String family, int vif, String link) {}
}
