package mcproxy.wire;

/** The two address families, each with its own group membership protocol. */
public enum Family {
    /** IPv4, whose membership protocol is IGMP. */
    IPV4(32),
    /** IPv6, whose membership protocol is MLD. */
    IPV6(128);

    private final int bits;

    Family(int bits) {
        this.bits = bits;
    }

    /** The length of an address in bits: 32 or 128. */
    public int bits() {
        return bits;
    }

    /** The length of an address in bytes: 4 or 16. */
    public int bytes() {
        return bits / 8;
    }

    /** The address that stands for "none" and "any": 0.0.0.0 or {@code ::}. */
    public IpAddress unspecified() {
        return new IpAddress(this, 0, 0);
    }

    /** The family as people write it: {@code IPv4} or {@code IPv6}. */
    @Override
    public String toString() {
        return this == IPV4 ? "IPv4" : "IPv6";
    }
}
