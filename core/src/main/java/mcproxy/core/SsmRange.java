package mcproxy.core;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import java.util.ArrayList;
import java.util.List;

/**
 * The groups that belong to source-specific multicast: nobody listens to them without naming
 * sources (RFC 4604, RFC 4607).
 *
 * @param prefixes the networks of groups; none switches the special rules off
 */
public record SsmRange(List<Prefix> prefixes) {
    /** What IANA set aside: 232.0.0.0/8 and ff3x::/32 (RFC 4607 1). */
    public static final SsmRange IANA = new SsmRange(iana());

    /** Copies the list. */
    public SsmRange {
        prefixes = List.copyOf(prefixes);
    }

    /** Is this a source-specific group? */
    public boolean contains(IpAddress group) {
        for (Prefix prefix : prefixes) {
            if (prefix.contains(group)) {
                return true;
            }
        }
        return false;
    }

    private static List<Prefix> iana() {
        List<Prefix> prefixes = new ArrayList<>();
        prefixes.add(new Prefix(IpAddress.of("232.0.0.0"), 8));
        for (long scope = 0; scope < 16; scope++) {
            long high = (0xff30L + scope) << 48;
            prefixes.add(new Prefix(new IpAddress(Family.IPV6, high, 0), 32));
        }
        return prefixes;
    }
}
