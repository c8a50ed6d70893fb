package mcproxy.config;

import org.jspecify.annotations.Nullable;

/**
 * A change of a configuration, all in words, as {@link ConfigurationEdit} makes it. Which parts are
 * needed depends on the kind; what is not needed must be null.
 *
 * @param action {@code add} or {@code remove}
 * @param kind {@code instance}, {@code upstream}, {@code downstream}, {@code protocol}, {@code
 *     table}, {@code rule}, {@code filter}, {@code matching}, {@code setting} or {@code entry}
 * @param instance the name of an instance
 * @param side {@code upstream} or {@code downstream}
 * @param link an interface or pattern
 * @param direction {@code in} or {@code out}
 * @param table the name of a table
 * @param number a place in a list, 1 first
 * @param key the key of a setting
 * @param value a value as the language writes it
 * @param text a piece of the language
 */
public record Edit(
        String action,
        String kind,
        @Nullable String instance,
        @Nullable String side,
        @Nullable String link,
        @Nullable String direction,
        @Nullable String table,
        @Nullable Integer number,
        @Nullable String key,
        @Nullable String value,
        @Nullable String text) {}
