package mcproxy.control;

import io.avaje.jsonb.Json;

/**
 * A rule where it acts, and how often it did.
 *
 * @param instance whose it is
 * @param side {@code upstream} or {@code downstream}
 * @param link the interface, or a pattern of several
 * @param direction {@code in} or {@code out}
 * @param kind {@code whitelist} or {@code blacklist}
 * @param table the table that it stands in; empty for one without a name
 * @param number its number among all rules of the filter, 1 first
 * @param rule as the configuration language writes it
 * @param hits how many decisions it had a say in, about memberships and packets without a route
 */
@Json
public record RuleHits(
        String instance,
        String side,
        String link,
        String direction,
        String kind,
        String table,
        int number,
        String rule,
        long hits) {}
