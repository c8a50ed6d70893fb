package mcproxy.core;

import java.util.List;
import java.util.Optional;

/**
 * A list of rules. It matches what one of its rules matches; without rules it matches nothing.
 *
 * @param name its name; empty where it was written in place
 * @param rules its rules in their order, which only says which one is counted as the one that hit
 */
public record Table(Optional<String> name, List<Rule> rules) {
    /** Copies the list. */
    public Table {
        rules = List.copyOf(rules);
    }

    /** A table that was written in place. */
    public static Table of(Rule... rules) {
        return new Table(Optional.empty(), List.of(rules));
    }

    /** How many rules it has, those of the tables in it included. */
    public long size() {
        long size = 0;
        for (Rule rule : rules) {
            size +=
                    switch (rule) {
                        case Rule.Match _ -> 1;
                        case Rule.Nested(Table inner) -> inner.size();
                    };
        }
        return size;
    }
}
