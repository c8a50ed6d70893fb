/**
 * What is wrong with a system that a proxy runs on, or is to run on.
 *
 * <p>{@link mcproxy.cli.doctor.Doctor} gives one {@link mcproxy.cli.doctor.Check} after another a
 * look at the {@link mcproxy.cli.doctor.Scene}: what the proxy's interfaces are to be, the {@link
 * mcproxy.cli.doctor.Machine} that has them, and the daemon if one runs. What they find are {@link
 * mcproxy.cli.doctor.Finding}s, each with the command that mends it.
 */
@NullMarked
package mcproxy.cli.doctor;

import org.jspecify.annotations.NullMarked;
