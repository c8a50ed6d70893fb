/**
 * The commands that look at a running daemon and change it, through its control API.
 *
 * <p>A {@link mcproxy.cli.View} asks for a document and shows it: as it is for programs, as a
 * {@link mcproxy.cli.Sheet} of tables and sentences for people. {@link mcproxy.cli.ChangeCommand}
 * and its kin send {@link mcproxy.control.Change}s and tell what came of them. Everything that a
 * command finds around it is its {@link mcproxy.cli.Session}.
 */
@NullMarked
package mcproxy.cli;

import org.jspecify.annotations.NullMarked;
