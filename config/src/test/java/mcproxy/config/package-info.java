/** Tests of the language, by construct. */
@NullMarked
package mcproxy.config;

import org.jspecify.annotations.NullMarked;
