/**
 * The simulator: worlds of proxies, hosts and links on virtual time, each decided by one seed, and
 * watched by models that know only the RFCs.
 *
 * <p>It uses the engine by its public face and the codecs, and nothing else of the daemon.
 */
@NullMarked
package mcproxy.lab.sim;

import org.jspecify.annotations.NullMarked;
