package mcproxy.control;

import io.avaje.jsonb.Json;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * A group on a downstream (RFC 9776 6.2).
 *
 * @param instance whose it is
 * @param link the downstream
 * @param family {@code IPv4} or {@code IPv6}
 * @param group its address
 * @param mode INCLUDE or EXCLUDE, in small letters
 * @param compatibility the protocol of its oldest member (Group Compatibility Mode)
 * @param timerMillis what is left of the group timer; 0 in INCLUDE mode and of static groups
 * @param sources those with a running timer: they are forwarded
 * @param excluded those that are not forwarded, in EXCLUDE mode
 * @param ageMillis how long there has been a member
 * @param lastReporter who reported it last; null when that is not known
 * @param isStatic is it set to be wanted?
 * @param hosts who reported it
 */
@Json
public record Group(
        String instance,
        String link,
        String family,
        String group,
        String mode,
        String compatibility,
        long timerMillis,
        List<Source> sources,
        List<String> excluded,
        long ageMillis,
        @Nullable String lastReporter,
        boolean isStatic,
        List<Host> hosts) {
    /**
     * A source.
     *
     * @param timerMillis what is left of the source timer
     */
    @Json
    public record Source(String address, long timerMillis) {}

    /**
     * A host that is member of the group.
     *
     * @param address its address; {@code 0.0.0.0} or {@code ::} if it had none yet
     * @param mac its link-layer address, {@code 02:00:00:00:00:01}; null where links have none
     * @param protocol the version in which it reported last
     * @param mode INCLUDE or EXCLUDE, in small letters
     * @param sources those that it includes or excludes
     * @param timerMillis what is left until it is forgotten
     */
    @Json
    public record Host(
            String address,
            @Nullable String mac,
            String protocol,
            String mode,
            List<String> sources,
            long timerMillis) {}
}
