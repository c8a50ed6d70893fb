package mcproxy.core;

import mcproxy.wire.IpAddress;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What the configuration says about an instance as a whole.
 *
 * @param linger how long a group stays joined upstream after its last member has left, 0 s or more;
 *     default 0 s
 * @param localGroups groups that stay among the downstreams: they are never reported upstream, and
 *     their packets go neither to an upstream nor come from one; of either family. Groups of link
 *     scope are not forwarded at all, whatever stands here
 * @param policy what may go where
 */
public record ProxySettings(Duration linger, List<Prefix> localGroups, PolicySettings policy) {
    /**
     * What is local by default: device discovery (SSDP, 239.255.255.250 and ff05::c), which is of
     * no use beyond the site and of interest to everybody beyond it, and IPv6 realm-local groups
     * (scope 3), whose border is the network technology's (RFC 7346 2). Everything else goes up, as
     * RFC 4605 3.2 says; networks that use 239.0.0.0/8 inside only (RFC 2365) add it here.
     */
    public static final List<Prefix> LOCAL_GROUPS =
            Stream.concat(
                            Stream.of("239.255.255.250/32", "ff05::c/128"),
                            IntStream.range(0, 16).mapToObj("ff%x3::/16"::formatted))
                    .map(Prefix::of)
                    .toList();

    /** The defaults of all settings. */
    public static final ProxySettings DEFAULT = new ProxySettings(Duration.ZERO, LOCAL_GROUPS);

    /** Settings under which everything may go anywhere. */
    public ProxySettings(Duration linger, List<Prefix> localGroups) {
        this(linger, localGroups, PolicySettings.DEFAULT);
    }

    /** Copies the list. */
    public ProxySettings {
        localGroups = List.copyOf(localGroups);
    }

    /** Does the group stay among the downstreams? */
    boolean isLocal(IpAddress group) {
        return localGroups.stream().anyMatch(prefix -> prefix.contains(group));
    }
}
