package mcproxy.core;

import mcproxy.wire.IpAddress;

import java.util.ArrayList;
import java.util.List;

/**
 * Sources for receivers that cannot name any: who joins a mapped group as a whole, in an older
 * version or in EXCLUDE mode, counts as one who has named these (RFC 8652, ssm-map: "the policy for
 * (*,G) mapping to (S,G)").
 *
 * @param entries groups with a source each; all that name a group add up
 */
public record SsmMap(List<Entry> entries) {
    /** No group is mapped. */
    public static final SsmMap NONE = new SsmMap(List.of());

    /** Copies the list. */
    public SsmMap {
        entries = List.copyOf(entries);
    }

    /**
     * A source of groups.
     *
     * @param groups the groups
     * @param source a source of theirs, of the same family
     */
    public record Entry(Prefix groups, IpAddress source) {}

    /** The sources that stand for a group; none when it is not mapped. */
    SourceSet sources(IpAddress group) {
        List<IpAddress> sources = new ArrayList<>();
        for (Entry entry : entries) {
            if (entry.groups.contains(group)) {
                sources.add(entry.source);
            }
        }
        return SourceSet.of(sources);
    }
}
