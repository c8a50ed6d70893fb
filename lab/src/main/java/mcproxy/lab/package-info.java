/** TODO. */
@org.jspecify.annotations.NullMarked
package mcproxy.lab;
