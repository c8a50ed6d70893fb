package mcproxy.wire;

/**
 * The group membership protocols and their versions, oldest first within a family.
 *
 * <p>MLDv1 is IGMPv2 for IPv6 and MLDv2 is IGMPv3 for IPv6; {@link #generation()} is the number
 * that lets one state machine serve both.
 */
public enum Protocol {
    /** RFC 1112, appendix I. */
    IGMPV1(Family.IPV4, 1, "IGMPv1"),
    /** RFC 2236. */
    IGMPV2(Family.IPV4, 2, "IGMPv2"),
    /** RFC 9776. */
    IGMPV3(Family.IPV4, 3, "IGMPv3"),
    /** RFC 2710. */
    MLDV1(Family.IPV6, 2, "MLDv1"),
    /** RFC 9777. */
    MLDV2(Family.IPV6, 3, "MLDv2");

    private final Family family;
    private final int generation;
    private final String text;

    Protocol(Family family, int generation, String text) {
        this.family = family;
        this.generation = generation;
        this.text = text;
    }

    /** The newest protocol of a family: IGMPv3 or MLDv2. */
    public static Protocol newest(Family family) {
        return family == Family.IPV4 ? IGMPV3 : MLDV2;
    }

    /** The protocol of a family and generation; IPv6 has no generation 1 and gives MLDv1 for it. */
    public static Protocol of(Family family, int generation) {
        return switch (family) {
            case IPV4 -> generation <= 1 ? IGMPV1 : generation == 2 ? IGMPV2 : IGMPV3;
            case IPV6 -> generation <= 2 ? MLDV1 : MLDV2;
        };
    }

    /** The address family that the protocol serves. */
    public Family family() {
        return family;
    }

    /**
     * 3 for the protocols with source filters, 2 for those with leave messages, 1 for IGMPv1, which
     * has neither.
     */
    public int generation() {
        return generation;
    }

    /** The name as the RFCs write it, for instance {@code IGMPv3}. */
    @Override
    public String toString() {
        return text;
    }
}
