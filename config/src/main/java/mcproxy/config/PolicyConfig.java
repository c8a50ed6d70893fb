package mcproxy.config;

import mcproxy.core.PolicySettings.InterfaceFilter;
import mcproxy.core.RuleMatching;

import java.util.List;
import java.util.Optional;

/**
 * What an instance lets through, and how it chooses among its upstreams.
 *
 * @param in how an upstream is chosen to ask for a source; empty for the default
 * @param out to which upstreams packets from downstreams go; empty for the default, all
 * @param filters at most one for an interface, side and direction, in the order of the text
 */
public record PolicyConfig(
        Optional<RuleMatching> in, Optional<RuleMatching> out, List<InterfaceFilter> filters) {
    /** Everything passes. */
    public static final PolicyConfig NONE =
            new PolicyConfig(Optional.empty(), Optional.empty(), List.of());

    /** Copies the list. */
    public PolicyConfig {
        filters = List.copyOf(filters);
    }
}
