package mcproxy.core;

import mcproxy.wire.IpAddress;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which upstream each source comes from while it sends: what {@link RuleMatching.Mutex} chooses by.
 */
final class LiveSources {
    /**
     * A source of a group that sends, or did so until lately.
     *
     * <p>A counter that has grown says that a packet came before the answer; one that has not says
     * that none came until the question. So the silence that is measured is never longer than the
     * true one, however late the answers are.
     */
    static final class Live {
        private final int upstream;
        private long packets = Long.MIN_VALUE;
        private long heardByNanos;
        private long askedAtNanos;
        private boolean asked;

        private Live(int upstream, long nowNanos) {
            this.upstream = upstream;
            this.heardByNanos = nowNanos;
        }

        /** Its upstream. */
        int upstream() {
            return upstream;
        }

        /** The kernel is asked for its counter. */
        void ask(long nowNanos) {
            asked = true;
            askedAtNanos = nowNanos;
        }

        /** Does the counter that comes in answer the question? */
        boolean isAsked() {
            return asked;
        }

        /** Takes the kernel's counter, the first as what later ones are compared with. */
        void counted(long packetsNow, long nowNanos) {
            asked = false;
            if (packetsNow > packets) {
                packets = packetsNow;
                heardByNanos = nowNanos;
            }
        }

        /** When the source has been silent for a time, if nothing more comes. */
        long silentAtNanos(Duration silence) {
            return heardByNanos + silence.toNanos();
        }

        /** Had it been silent for a time when it was asked about? */
        boolean isSilent(Duration silence) {
            return askedAtNanos >= silentAtNanos(silence);
        }
    }

    private final TreeMap<IpAddress, TreeMap<IpAddress, Live>> byGroup = new TreeMap<>();

    Optional<Live> find(IpAddress source, IpAddress group) {
        return Optional.ofNullable(byGroup.get(group)).map(sources -> sources.get(source));
    }

    /** Packets of the source come from this upstream from now on. */
    void set(IpAddress source, IpAddress group, int upstream, long nowNanos) {
        byGroup.computeIfAbsent(group, _ -> new TreeMap<>())
                .put(source, new Live(upstream, nowNanos));
    }

    boolean isEmpty() {
        return byGroup.isEmpty();
    }

    /** Asks the kernel for the counters of all. */
    void ask(Cycle cycle) {
        byGroup.forEach((group, sources) ->
                sources.forEach((source, alive) -> {
                    alive.ask(cycle.now());
                    cycle.add(new Effect.AskUsage(source, group));
                }));
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
