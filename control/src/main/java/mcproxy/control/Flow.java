package mcproxy.control;

import io.avaje.jsonb.Json;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * A forwarding entry of the kernel.
 *
 * @param instance whose it is
 * @param family {@code IPv4} or {@code IPv6}
 * @param source the source
 * @param group the group
 * @param incoming the interface that packets must arrive on
 * @param outgoing where they go; none when they are dropped because nobody wants them
 * @param packets that came in on the right interface
 * @param bytes of all packets
 * @param wrongInterface packets that came in elsewhere
 * @param packetsPerSecond over the last second or more; null when it is not known yet
 * @param bitsPerSecond over the same time
 * @param ageMillis how long the entry has been there
 */
@Json
public record Flow(
        String instance,
        String family,
        String source,
        String group,
        String incoming,
        List<String> outgoing,
        long packets,
        long bytes,
        long wrongInterface,
        @Nullable Double packetsPerSecond,
        @Nullable Double bitsPerSecond,
        long ageMillis) {}
