package mcproxy.cli;

/** The kinds of a filter. */
enum Listing {
    whitelist,
    blacklist
}
