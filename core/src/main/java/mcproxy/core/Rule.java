package mcproxy.core;

import mcproxy.wire.IpAddress;

import java.util.Optional;

/** One line of a {@link Table}. */
public sealed interface Rule {
    /** As the configuration language writes it. */
    @Override
    String toString();

    /**
     * Matches packets, and memberships in them, by group, source and incoming interface.
     *
     * @param input the interface on which the packets come in; empty for any
     * @param group the groups
     * @param source the sources
     */
    record Match(Optional<InterfacePattern> input, AddressSet group, AddressSet source)
            implements Rule {
        /** Checks that group and source can be of the same family. */
        public Match {
            if (group.family().isPresent()
                    && source.family().isPresent()
                    && !group.family().equals(source.family())) {
                throw new IllegalArgumentException("two families: " + group + " | " + source);
            }
        }

        /** Does it speak of packets for this group that come in on this interface? */
        boolean isFor(String incoming, IpAddress to) {
            boolean family = source.family().isEmpty() || source.family().get() == to.family();
            return family
                    && group.contains(to)
                    && (input.isEmpty() || input.get().matches(incoming));
        }

        /** Whatever the other rule matches, does this one match too? */
        public boolean covers(Match other) {
            return (input.isEmpty() || input.equals(other.input))
                    && group.covers(other.group)
                    && source.covers(other.source);
        }

        @Override
        public String toString() {
            return input.map(InterfacePattern::text).orElse("")
                    + "("
                    + group
                    + " | "
                    + source
                    + ")";
        }
    }

    /**
     * Matches what a table matches.
     *
     * @param table the table
     */
    record Nested(Table table) implements Rule {
        @Override
        public String toString() {
            return "(table " + table.name().orElse("{...}") + ")";
        }
    }
}
