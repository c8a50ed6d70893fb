package mcproxy.core;

import mcproxy.wire.IpAddress;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Which part of an engine's state is to be shown: whoever asks for little waits for little. What
 * the interfaces are is always shown.
 *
 * @param parts what is shown besides
 * @param link only what is on this interface
 * @param group only this group
 * @param after only groups after this one, to go on where {@link EngineView#next} says
 * @param most how many groups of a kind are shown at most, over all interfaces; more when one group
 *     has many sources
 */
public record ViewRequest(
        Set<Part> parts,
        Optional<String> link,
        Optional<IpAddress> group,
        Optional<IpAddress> after,
        int most) {
    /** What there is to be shown. */
    public enum Part {
        /** How much there is, which is quick. */
        COUNTS,
        /** The groups on downstreams. */
        GROUPS,
        /** What is asked for on upstreams. */
        MEMBERSHIPS,
        /** The forwarding entries. */
        ROUTES,
        /** The rules of the filters. */
        RULES
    }

    /** As many groups as are shown in less than 20 ms. */
    public static final int PORTION = 1024;

    /** Everything at once. */
    public static final ViewRequest ALL =
            new ViewRequest(
                    EnumSet.allOf(Part.class),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Integer.MAX_VALUE);

    /** Copies the set. */
    public ViewRequest {
        parts = Set.copyOf(parts);
        if (most < 1) {
            throw new IllegalArgumentException("at most " + most);
        }
    }

    /** The parts of everything. */
    public static ViewRequest of(Part... parts) {
        return new ViewRequest(
                Set.of(parts),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Integer.MAX_VALUE);
    }

    /** The same after a group. */
    public ViewRequest after(IpAddress last) {
        return new ViewRequest(parts, link, group, Optional.of(last), most);
    }

    boolean wants(Part part) {
        return parts.contains(part);
    }

    boolean isAbout(LinkAt at) {
        return link.map(at.name()::equals).orElse(true);
    }
}
