@NullMarked
package mcproxy.cli;

import org.jspecify.annotations.NullMarked;
