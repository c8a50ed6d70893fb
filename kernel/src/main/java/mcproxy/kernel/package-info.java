/**
 * Linux: multicast routing tables, raw packets, links, namespaces. The only place that uses {@code
 * java.lang.foreign}.
 *
 * <p>An interface for each kernel service, speaking of both address families in the same words; one
 * implementation with foreign functions, and in the tests a fake.
 */
@NullMarked
package mcproxy.kernel;

import org.jspecify.annotations.NullMarked;
