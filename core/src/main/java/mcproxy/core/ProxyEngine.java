package mcproxy.core;

import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * One proxy without its I/O: a value that takes inputs and gives effects (RFC 4605).
 *
 * <p>Time is an argument, in nanoseconds from any fixed origin, and never goes back. The same
 * inputs, times and random numbers give the same effects. Not safe for use by several threads.
 */
public final class ProxyEngine {
    /** What {@link #nextDeadlineNanos} says when nothing is due. */
    public static final long NO_DEADLINE = Long.MAX_VALUE;

    private final Deadlines deadlines = new Deadlines();
    private final Map<Family, FamilyProxy> families = new EnumMap<>(Family.class);

    /**
     * An engine without interfaces, with the default limits.
     *
     * @param random where the delays that the RFCs want at random come from
     */
    public ProxyEngine(RandomGenerator random) {
        this(Limits.DEFAULT, random);
    }

    /**
     * An engine without interfaces.
     *
     * @param limits the most that it keeps
     * @param random where the delays that the RFCs want at random come from
     */
    public ProxyEngine(Limits limits, RandomGenerator random) {
        this(limits, ProxySettings.DEFAULT, random);
    }

    /**
     * An engine without interfaces.
     *
     * @param limits the most that it keeps
     * @param settings what holds for the instance as a whole, until {@link Input.Configure}
     * @param random where the delays that the RFCs want at random come from
     */
    public ProxyEngine(Limits limits, ProxySettings settings, RandomGenerator random) {
        for (Family family : Family.values()) {
            families.put(family, new FamilyProxy(family, limits, settings, deadlines, random));
        }
    }

    /** Takes an input and gives what is to be done about it, in order. */
    public List<Effect> accept(Input input, long nowNanos) {
        Cycle cycle = new Cycle(nowNanos);
        take(input, cycle);
        return settled(cycle);
    }

    private void take(Input input, Cycle cycle) {
        switch (input) {
            case Input.LinkUp up -> of(up.family()).linkUp(up, cycle);
            case Input.LinkDown down -> of(down.family()).linkDown(down.ifindex(), cycle);
            case Input.LinkReleased released ->
                    of(released.family()).linkReleased(released.ifindex(), cycle);
            case Input.Heard heard -> of(heard.family()).heard(heard, cycle);
            case Input.CacheMiss miss ->
                    of(miss.group().family())
                            .cacheMiss(miss.ifindex(), miss.source(), miss.group(), cycle);
            case Input.WrongInterface wrong ->
                    of(wrong.group().family())
                            .wrongInterface(
                                    wrong.ifindex(),
                                    wrong.source(),
                                    wrong.group(),
                                    wrong.rightPackets(),
                                    cycle);
            case Input.RouteUsage usage ->
                    of(usage.group().family())
                            .usage(usage.source(), usage.group(), usage.rightPackets(), cycle);
            case Input.AskAgain ask ->
                    families.values()
                            .forEach(family -> family.askAgain(ask.ifindex(), ask.group(), cycle));
            case Input.Configure configure ->
                    families.values()
                            .forEach(family -> family.configure(configure.settings(), cycle));
            case Input.Together together -> together.inputs().forEach(one -> take(one, cycle));
            case Input.Stop _ -> families.values().forEach(family -> family.stop(cycle));
        }
    }

    /** Lets everything happen that is due by now, and gives what is to be done, in order. */
    public List<Effect> expire(long nowNanos) {
        Cycle cycle = new Cycle(nowNanos);
        for (Optional<Reminder> due = deadlines.pollDue(nowNanos);
                due.isPresent();
                due = deadlines.pollDue(nowNanos)) {
            Reminder reminder = due.get();
            of(reminder.family()).due(reminder, cycle);
        }
        return settled(cycle);
    }

    /** When {@link #expire} should be called next; {@link #NO_DEADLINE} when nothing is due. */
    public long nextDeadlineNanos() {
        return deadlines.next();
    }

    /** The state as it is at this time, to be shown. */
    public EngineView view(long nowNanos) {
        return view(ViewRequest.ALL, nowNanos);
    }

    /** A part of the state as it is at this time, to be shown. */
    public EngineView view(ViewRequest request, long nowNanos) {
        return EngineView.of(families.values(), request, deadlines, nowNanos);
    }

    /**
     * Why a group does or does not reach each downstream of its family.
     *
     * @param source the source that it is about; empty for all that have a route or are asked for
     *     by name, or any if there is none
     * @throws IllegalArgumentException when the source is of another family
     */
    public List<Diagnosis> diagnose(IpAddress group, Optional<IpAddress> source, long nowNanos) {
        if (source.isPresent() && source.get().family() != group.family()) {
            throw new IllegalArgumentException(group + " and " + source.get() + ": two families");
        }
        return of(group.family()).diagnose(group, source, nowNanos);
    }

    private List<Effect> settled(Cycle cycle) {
        families.values().forEach(family -> family.settle(cycle));
        return cycle.effects();
    }

    private FamilyProxy of(Family family) {
        FamilyProxy proxy = families.get(family);
        if (proxy == null) {
            throw new AssertionError("every family has its proxy");
        }
        return proxy;
    }
}
