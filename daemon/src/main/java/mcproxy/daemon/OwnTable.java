package mcproxy.daemon;

import mcproxy.kernel.MulticastTable;

/**
 * A kernel table of ours.
 *
 * @param rules what makes the kernel look into it
 */
record OwnTable(MulticastTable table, TableRules rules) {}
