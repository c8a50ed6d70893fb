/**
 * What tests of several modules need of the control API; modules take this folder among their
 * tests' sources.
 */
@NullMarked
package mcproxy.control.testing;

import org.jspecify.annotations.NullMarked;
