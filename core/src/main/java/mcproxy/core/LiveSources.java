package mcproxy.core;

import mcproxy.wire.IpAddress;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which upstream each source comes from while it sends: what {@link RuleMatching.Mutex} chooses by.
 */
final class LiveSources {
    /** A source of a group that sends, or did so until lately. */
    static final class Live {
        private final int upstream;
        private long packets;
        private boolean asked;

        private Live(int upstream) {
            this.upstream = upstream;
        }

        /** Its upstream. */
        int upstream() {
            return upstream;
        }

        /** The kernel is asked for its counter. */
        void ask() {
            asked = true;
        }

        /** Does the counter that comes in answer the question? */
        boolean isAsked() {
            return asked;
        }

        /** Takes the kernel's counter; gives whether the source was silent since the last. */
        boolean isSilent(long packetsNow) {
            asked = false;
            boolean silent = packetsNow <= packets;
            packets = Math.max(packets, packetsNow);
            return silent;
        }
    }

    private final TreeMap<IpAddress, TreeMap<IpAddress, Live>> byGroup = new TreeMap<>();

    Optional<Live> find(IpAddress source, IpAddress group) {
        return Optional.ofNullable(byGroup.get(group)).map(sources -> sources.get(source));
    }

    /** Packets of the source come from this upstream from now on. */
    void set(IpAddress source, IpAddress group, int upstream) {
        byGroup.computeIfAbsent(group, _ -> new TreeMap<>()).put(source, new Live(upstream));
    }

    void remove(IpAddress source, IpAddress group) {
        TreeMap<IpAddress, Live> sources = byGroup.get(group);
        if (sources != null && sources.remove(source) != null && sources.isEmpty()) {
            byGroup.remove(group);
        }
    }

    /** The sources of a group that come from another upstream than this. */
    SourceSet elsewhere(IpAddress group, int upstream) {
        TreeMap<IpAddress, Live> sources = byGroup.get(group);
        if (sources == null) {
            return SourceSet.EMPTY;
        }
        List<IpAddress> elsewhere = new ArrayList<>();
        sources.forEach((source, live) -> {
            if (live.upstream != upstream) {
                elsewhere.add(source);
            }
        });
        return SourceSet.of(elsewhere);
    }

    /** A group with its sources, as they are now. */
    record OfGroup(IpAddress group, List<IpAddress> sources) {}

    /** All of them. */
    List<OfGroup> all() {
        List<OfGroup> all = new ArrayList<>();
        byGroup.forEach(
                (group, sources) -> all.add(new OfGroup(group, List.copyOf(sources.keySet()))));
        return all;
    }
}
