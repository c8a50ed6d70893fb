package mcproxy.lab.sim;

import mcproxy.wire.IpAddress;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Knows who must get what, from the wishes alone, and counts who gets it. */
final class Oracle {
    private static final long JUDGED_AFTER_NANOS = 2 * Agenda.SECOND;
    private static final long MARGIN_NANOS = 3 * Agenda.SECOND;
    private static final long LEAVE_MARGIN_NANOS = 500 * Agenda.MILLI;
    private static final int MOST_HOPS = 2 * Scenario.LEVELS + 2;

    /** What a kernel drops for its time to live. */
    static final int LAST_HOP = 32;

    private static final class Track {
        final DataPacket packet;
        final Map<Segment, Integer> onLinks = new HashMap<>();
        final Map<Host, Integer> received = new HashMap<>();

        /** The links on which it is wanted all the way when it is sent, if somebody joins there. */
        final Set<Segment> served;

        /** The links on which it starts. */
        final Set<Segment> from;

        Track(DataPacket packet, Set<Segment> from, Set<Segment> served) {
            this.packet = packet;
            this.from = from;
            this.served = served;
        }
    }

    private final World world;
    private final Map<Integer, Track> tracks = new HashMap<>();
    private long delivered;

    Oracle(World world) {
        this.world = world;
    }

    /** How many packets have reached somebody who wanted them. */
    long delivered() {
        return delivered;
    }

    /** A source sends; judged a little later. */
    void sent(DataPacket packet, Set<Segment> from, boolean settledStream) {
        Track track = new Track(packet, from, world.reachedFrom(from, packet));
        tracks.put(packet.id(), track);
        world.agenda().in(JUDGED_AFTER_NANOS, () -> judge(track, settledStream));
    }

    void onLink(Segment segment, DataPacket packet) {
        Track track = tracks.get(packet.id());
        if (packet.hops() > MOST_HOPS && !world.mayHaveRivals()) {
            throw new Violation(Invariant.LOOP, packet + " circles on " + segment.name());
        }
        if (track != null) {
            track.onLinks.merge(segment, 1, Integer::sum);
        }
    }

    void received(Host host, DataPacket packet) {
        delivered++;
        Track track = tracks.get(packet.id());
        if (track != null) {
            track.received.merge(host, 1, Integer::sum);
        }
    }

    /** Somebody forwards towards receivers: is there one, or was there lately? */
    void forwardedDown(Segment segment, DataPacket packet, String by) {
        onLink(segment, packet);
        long now = world.agenda().now();
        IpAddress group = packet.group();
        IpAddress source = packet.source();
        if (justified(segment, group, wish -> wish.wants(source), 0) == now) {
            return; // somebody wants it right now
        }
        long membership = world.scenario().longestMembershipNanos();
        long wholeGroup = justified(segment, group, wish -> !wish.isNothing(), membership);
        long bySource = 2 * (membership + world.scenario().longestQueryNanos());
        long exactly =
                world.isModern()
                        ? justified(segment, group, wish -> wish.wants(source), bySource)
                        : wholeGroup;
        if (now > Math.min(wholeGroup, exactly) + MARGIN_NANOS) {
            throw new Violation(
                    Invariant.FORWARDED_UNWANTED,
                    by
                            + " forwards "
                            + packet
                            + " onto "
                            + segment.name()
                            + ", wanted there until "
                            + World.time(
                                    now > exactly ? exactly - bySource : wholeGroup - membership)
                            + " at the latest");
        }
        checkLeave(segment, packet, by);
    }

    /** Where all leaves are heard, the time is that of the last-member queries of each level. */
    private void checkLeave(Segment segment, DataPacket packet, String by) {
        if (!world.isModern() || !world.weather().isCalm()) {
            return;
        }
        long now = world.agenda().now();
        long each = segment.settings().lastMemberTimeNanos() + LEAVE_MARGIN_NANOS;
        long last = justified(segment, packet.group(), wish -> !wish.isNothing(), each);
        if (now > last
                && last - (Scenario.LEVELS + 1) * each > world.quietSince()
                && last - (Scenario.LEVELS + 1) * each > world.crashesForgottenAt()) {
            throw new Violation(
                    Invariant.FORWARDED_AFTER_LEAVE,
                    by
                            + " forwards "
                            + packet
                            + " onto "
                            + segment.name()
                            + ", which all had left by "
                            + World.time(last - each));
        }
    }

    /** Until when forwarding onto a link is right: a time for each router on the way may pass. */
    private long justified(Segment segment, IpAddress group, Predicate<Wish> kind, long eachNanos) {
        long until = WishLog.NEVER;
        for (Host host : world.hostsEverOn(segment)) {
            until = Math.max(until, host.log().last(group, kind, world.agenda().now()));
        }
        for (Segment below : world.below(segment)) {
            until = Math.max(until, justified(below, group, kind, eachNanos));
        }
        return until + eachNanos;
    }

    private void judge(Track track, boolean settledStream) {
        tracks.remove(track.packet.id());
        DataPacket packet = track.packet;
        if (world.quietSince() > packet.sentAtNanos()) {
            return;
        }
        track.onLinks.forEach((segment, count) -> {
            if (count > 1) {
                throw new Violation(
                        Invariant.DELIVERED_TWICE,
                        packet + " was on " + segment.name() + " " + count + " times");
            }
        });
        if (!settledStream) {
            return;
        }
        Set<Segment> served = new HashSet<>(track.served);
        served.retainAll(world.reachedFrom(track.from, packet));
        for (Host host : world.hosts()) {
            if (served.contains(host.port().segment())
                    && mustGet(host, packet)
                    && !track.received.containsKey(host)) {
                throw new Violation(
                        Invariant.NOT_DELIVERED,
                        packet
                                + " did not reach "
                                + host.port().address()
                                + " on "
                                + host.port().segment().name()
                                + "; it was on "
                                + track.onLinks.keySet().stream()
                                        .map(Segment::name)
                                        .sorted()
                                        .toList());
            }
        }
    }

    private boolean mustGet(Host host, DataPacket packet) {
        IpAddress source = packet.source();
        boolean ssm = Scenario.isSsm(packet.group());
        long since =
                host.log()
                        .since(
                                packet.group(),
                                wish -> wish.wants(source) && !(ssm && wish.exclude()));
        boolean served = !ssm || (host.generation() == 3 && world.isModern());
        return served
                && since != WishLog.NEVER
                && since <= packet.sentAtNanos() - world.scenario().joinBoundNanos();
    }
}
