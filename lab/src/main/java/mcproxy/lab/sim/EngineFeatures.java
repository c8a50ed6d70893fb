package mcproxy.lab.sim;

import mcproxy.core.Input;
import mcproxy.core.LinkSettings;
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
    static LinkSettings settings(Leg leg) {
        Settings settings = leg.settings();
        return new LinkSettings(leg.role(), leg.order(), settings.protocol(), timers(settings));
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
