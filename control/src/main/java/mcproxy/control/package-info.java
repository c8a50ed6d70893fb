/**
 * The control API: the documents that it speaks, what a daemon has to offer for it ({@link
 * mcproxy.control.Control}), its server and its client.
 *
 * <p>Documents are records whose JSON has the names of their components. Times end in {@code
 * Millis}, are durations unless their name says otherwise, and are milliseconds. A component that
 * may be missing is nullable, and then is left out of the JSON. Lists are never null, and are in
 * the JSON even when they are empty.
 */
@NullMarked
package mcproxy.control;

import org.jspecify.annotations.NullMarked;
