/**
 * The network-namespace lab: hosts, links and streams on this machine's own kernel, for the demo
 * and for the integration tests.
 *
 * <p>Everything happens inside the sandbox ({@code dist/src/sh/sandbox}): namespaces of this
 * process alone, which vanish with it.
 */
@NullMarked
package mcproxy.lab;

import org.jspecify.annotations.NullMarked;
