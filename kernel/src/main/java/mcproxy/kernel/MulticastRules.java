package mcproxy.kernel;

import mcproxy.wire.Family;

import java.util.List;

/**
 * The rules by which the kernel chooses the multicast routing table for a packet ({@code mrule} in
 * ip-rule(8)), by rtnetlink(7) for the families RTNL_FAMILY_IPMR and RTNL_FAMILY_IP6MR.
 *
 * <p>A rule names an interface, not its index: it stays when the interface goes, and holds again
 * for the next one of that name.
 *
 * <p>Safe for use by several threads.
 */
public interface MulticastRules extends AutoCloseable {
    /**
     * A rule.
     *
     * @param incoming the name of the interface that packets arrive on; empty for all
     * @param outgoing the name of the interface that packets of this host leave by; empty for all.
     *     The kernel looks those up as if they had arrived on the loopback
     * @param table the table to look into; {@code default} (253) stands for 0 in IPv4, {@code main}
     *     (254) in IPv6
     * @param priority rules with lower numbers come first; 0 to 32767, where the kernel has the
     *     rule for table 0
     * @param protocol who made it, 0 to 255 (FRA_PROTOCOL, {@code rtnetlink.h}'s RTPROT_*)
     */
    record Rule(
            Family family,
            String incoming,
            String outgoing,
            int table,
            int priority,
            int protocol) {
        @Override
        public String toString() {
            return family
                    + (incoming.isEmpty() ? "" : " iif " + incoming)
                    + (outgoing.isEmpty() ? "" : " oif " + outgoing)
                    + " lookup "
                    + table;
        }
    }

    /**
     * Adds a rule (RTM_NEWRULE).
     *
     * @return false when the very same rule is there already
     * @throws KernelException EPERM without CAP_NET_ADMIN, EAFNOSUPPORT or EOPNOTSUPP when the
     *     kernel has one table only
     */
    boolean newRule(Rule rule) throws KernelException;

    /**
     * Deletes a rule (RTM_DELRULE).
     *
     * @return false when there is none like that
     * @throws KernelException EPERM without CAP_NET_ADMIN
     */
    boolean delRule(Rule rule) throws KernelException;

    /**
     * All rules of a family, in the order in which the kernel asks them (RTM_GETRULE); none when
     * the kernel has one table only. What else a rule asks for (source, mark) is left out.
     */
    List<Rule> rules(Family family) throws KernelException;

    @Override
    void close();
}
