package mcproxy.lab.sim;

import java.util.Locale;

/** What must hold in every world. */
enum Invariant {
    /** Nothing is forwarded onto a link where nobody has listened for GMI and a margin. */
    FORWARDED_UNWANTED,
    /** Nothing is forwarded onto a link for longer than LMQT and a margin after a heard leave. */
    FORWARDED_AFTER_LEAVE,
    /** What is wanted for longer than the join bound arrives. */
    NOT_DELIVERED,
    /** In quiet periods nothing is on a link twice. */
    DELIVERED_TWICE,
    /** Packets do not circle. */
    LOOP,
    /** Downstream state is what the RFC's tables make of the messages heard. */
    ROUTER_STATE,
    /** Once settled, the lowest address of a link is its only querier. */
    ELECTION,
    /** Queries are sent when, as often and in the form that the RFCs ask for. */
    QUERY,
    /** The upstream membership is the merge of the downstream states. */
    MERGE,
    /** State-Change Reports have the right records and are repeated. */
    CHANGE_REPORT,
    /** Queries are answered in time, in the right form. */
    QUERY_ANSWER,
    /** The version spoken upstream follows the querier there. */
    UPSTREAM_VERSION,
    /** The kernel's forwarding table is the wanted table. */
    KERNEL_TABLE,
    /** The wanted table follows from membership and election. */
    WANTED_TABLE,
    /** Nothing exceeds its limit. */
    LIMIT,
    /** Whatever a proxy sends is well-formed, fits the MTU, and goes the right way. */
    MESSAGE,
    /** What is sent decodes to itself, and what was damaged is refused. */
    CODEC,
    /** No storms: messages per second have a bound. */
    STORM,
    /** Deadlines are never in the past, and an engine that was stopped has none. */
    DEADLINE,
    /** When everybody has gone, nothing is kept. */
    LEFTOVER,
    /** The engine does not throw. */
    EXCEPTION;

    /** For people: lower case with hyphens. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
