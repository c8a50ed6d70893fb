package mcproxy.control;

import io.avaje.jsonb.Json;

import java.util.List;

/**
 * What is asked for of a group on an upstream: what all downstreams want of it, merged and filtered
 * (RFC 4605 4.1).
 *
 * @param instance whose it is
 * @param link the upstream
 * @param family {@code IPv4} or {@code IPv6}
 * @param group its address
 * @param mode INCLUDE or EXCLUDE, in small letters
 * @param sources those that are included or excluded
 * @param version the protocol in which it is reported; before IGMPv3 and MLDv2 without sources
 * @param reportsLeft how often the last change is still to be reported (RFC 9776 5.1)
 */
@Json
public record Membership(
        String instance,
        String link,
        String family,
        String group,
        String mode,
        List<String> sources,
        String version,
        int reportsLeft) {}
