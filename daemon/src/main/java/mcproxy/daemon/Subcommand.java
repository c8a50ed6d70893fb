package mcproxy.daemon;

/**
 * A subcommand of the program that another module brings: a picocli {@code @Command} class, found
 * by {@link java.util.ServiceLoader}.
 */
public interface Subcommand {}
