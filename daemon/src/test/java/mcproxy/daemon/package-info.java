@NullMarked
package mcproxy.daemon;

import org.jspecify.annotations.NullMarked;
