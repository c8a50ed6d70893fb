@NullMarked
package mcproxy.control;

import org.jspecify.annotations.NullMarked;
