package mcproxy.core;

import mcproxy.wire.IpAddress;

import java.util.List;
import java.util.Optional;

/**
 * Why packets of a group reach a downstream, or why they do not.
 *
 * @param group the group
 * @param source their source; empty where none is known, none is named and any is wanted
 * @param link the downstream
 * @param routed is there a forwarding entry that takes them there, whether any came or not?
 * @param findings from the receiver's membership to the forwarding entry, until one {@linkplain
 *     Finding#stops stops} the packets; without an entry the last one always does
 */
public record Diagnosis(
        IpAddress group,
        Optional<IpAddress> source,
        String link,
        boolean routed,
        List<Finding> findings) {
    /** Copies the list. */
    public Diagnosis {
        findings = List.copyOf(findings);
    }
}
