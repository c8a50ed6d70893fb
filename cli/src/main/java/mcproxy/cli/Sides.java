package mcproxy.cli;

/** The sides of an instance. */
enum Sides {
    upstream,
    downstream
}
