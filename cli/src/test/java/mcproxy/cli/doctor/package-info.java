@NullMarked
package mcproxy.cli.doctor;

import org.jspecify.annotations.NullMarked;
