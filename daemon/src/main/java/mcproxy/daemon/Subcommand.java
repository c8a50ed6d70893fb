package mcproxy.daemon;

/**
 * A subcommand of the program that another module brings: a picocli {@code @Command} class, found
 * by {@link java.util.ServiceLoader}. When it is the one that is called, no other is made.
 */
public interface Subcommand {
    /** A subcommand that is about all subcommands, and so needs them. */
    interface OfAll extends Subcommand {}
}
