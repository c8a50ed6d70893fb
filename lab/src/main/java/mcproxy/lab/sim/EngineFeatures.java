package mcproxy.lab.sim;

import mcproxy.core.Input;
import mcproxy.core.LinkSettings;
import mcproxy.core.PolicySettings;
import mcproxy.core.ProxySettings;
import mcproxy.core.RouterSettings;
import mcproxy.core.RuleMatching;
import mcproxy.core.Timers;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/** What the engine under test can do so far, and how it is configured: what changes with it. */
final class EngineFeatures {
    /** RFC 4604: any-source membership in the SSM range is ignored. */
    static final boolean SSM = true;

    /**
     * A proxy that hears on a downstream what another proxy has forwarded onto it does not take it
     * for a source there.
     */
    static final boolean TWINS_HEAR_EACH_OTHER = true;

    private EngineFeatures() {}

    /** An announcement of a link with other timers. */
    static Input.LinkUp withTimers(Input.LinkUp up, Timers timers) {
        LinkSettings settings = up.settings();
        return new Input.LinkUp(
                up.ifindex(),
                up.name(),
                up.family(),
                new LinkSettings(
                        settings.role(),
                        settings.order(),
                        settings.protocol(),
                        timers,
                        settings.ssm(),
                        settings.host(),
                        settings.router()),
                up.address(),
                up.subnets(),
                up.mtu());
    }

    /** What the configuration says about an interface, in the engine's words. */
    static LinkSettings settings(Leg leg, Scenario.Room room) {
        Settings settings = leg.settings();
        LinkSettings plain =
                new LinkSettings(leg.role(), leg.order(), settings.protocol(), timers(settings));
        return new LinkSettings(
                plain.role(),
                plain.order(),
                plain.protocol(),
                plain.timers(),
                plain.ssm(),
                plain.host(),
                plain.router()
                        .with(
                                new RouterSettings.LinkLimits(
                                        room.groups(), room.groupSources(), room.hosts())));
    }

    /** What the configuration says about a proxy as a whole. */
    static ProxySettings settings(boolean asksAllUpstreams) {
        PolicySettings plain = PolicySettings.DEFAULT;
        return new ProxySettings(
                ProxySettings.DEFAULT.linger(),
                ProxySettings.DEFAULT.localGroups(),
                new PolicySettings(
                        asksAllUpstreams ? Optional.of(RuleMatching.ALL) : plain.in(),
                        plain.out(),
                        plain.filters(),
                        plain.peeringWait(),
                        plain.joins()));
    }

    /** An announcement of a link with another place among the upstreams, or other limits. */
    static Input.LinkUp with(Input.LinkUp up, int order, RouterSettings.LinkLimits limits) {
        LinkSettings settings = up.settings();
        return new Input.LinkUp(
                up.ifindex(),
                up.name(),
                up.family(),
                new LinkSettings(
                        settings.role(),
                        order,
                        settings.protocol(),
                        settings.timers(),
                        settings.ssm(),
                        settings.host(),
                        settings.router().with(limits)),
                up.address(),
                up.subnets(),
                up.mtu());
    }

    private static Timers timers(Settings settings) {
        return Timers.with(
                settings.robustness(),
                Duration.ofSeconds(settings.queryIntervalSeconds()),
                Duration.ofSeconds(settings.queryResponseSeconds()),
                Optional.empty(),
                OptionalInt.empty(),
                Duration.ofMillis(settings.lastMemberMillis()),
                OptionalInt.empty());
    }
}
