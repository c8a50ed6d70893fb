/**
 * The process: the command line, and the modules that connect the engines of {@code mcproxy.core}
 * with the services of {@code mcproxy.kernel}.
 *
 * <p>{@link mcproxy.daemon.Proxy} starts and stops everything. {@link mcproxy.daemon.Receiver}
 * reads the kernel's sockets on a thread of its own and puts what arrives into the {@link
 * mcproxy.daemon.Mailbox} of the {@link mcproxy.daemon.ProxyInstance} that it concerns; {@link
 * mcproxy.daemon.Timer} does so with reminders. An instance is one thread that takes one message at
 * a time, asks its engine, and carries out the effects through {@link mcproxy.daemon.Sender} and
 * {@link mcproxy.daemon.Routing}. Only an instance changes its own state.
 */
@NullMarked
package mcproxy.daemon;

import org.jspecify.annotations.NullMarked;
