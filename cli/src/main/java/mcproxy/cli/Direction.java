package mcproxy.cli;

/** The directions of a filter. */
enum Direction {
    in,
    out
}
