package mcproxy.core;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Packet;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * One step of an engine: the one time that it reads, the effects it gathers, and what has to be
 * settled between downstreams, upstreams and routes before it ends.
 */
final class Cycle {
    private final long nowNanos;
    private final List<Effect> effects = new ArrayList<>();
    private final TreeSet<IpAddress> touchedGroups = new TreeSet<>();
    private final TreeSet<Family> touchedLinks = new TreeSet<>();

    Cycle(long nowNanos) {
        this.nowNanos = nowNanos;
    }

    /** The time of this cycle in nanoseconds. */
    long now() {
        return nowNanos;
    }

    void send(int ifindex, Packet packet) {
        effects.add(new Effect.Send(ifindex, packet));
    }

    void tell(Event event) {
        effects.add(new Effect.Tell(event));
    }

    void add(Effect effect) {
        effects.add(effect);
    }

    /** The membership of a group may have changed on a downstream. */
    void touch(IpAddress group) {
        touchedGroups.add(group);
    }

    /**
     * A link came, went, or changed its querier: every group and route of the family may change.
     */
    void touchLinks(Family family) {
        touchedLinks.add(family);
    }

    /** The groups of a family that were touched so far, ascending. */
    List<IpAddress> touchedGroups(Family family) {
        return touchedGroups.stream().filter(group -> group.family() == family).toList();
    }

    boolean linksTouched(Family family) {
        return touchedLinks.contains(family);
    }

    List<Effect> effects() {
        return List.copyOf(effects);
    }
}
