package mcproxy.config;

/**
 * A name in the text.
 *
 * @param text the name, without quotes
 * @param span where it stands
 */
record Name(String text, Span span) {}
