package mcproxy.daemon;

import mcproxy.core.Diagnosis;
import mcproxy.core.Effect;
import mcproxy.core.EngineView;
import mcproxy.core.Input;
import mcproxy.core.ProxyEngine;
import mcproxy.core.ViewRequest;
import mcproxy.daemon.JournalLine.Call;
import mcproxy.wire.IpAddress;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** A {@link ProxyEngine} whose calls are recorded, all that can change its state. */
final class JournaledEngine {
    private final ProxyEngine engine;
    private final Journal.Track track;

    JournaledEngine(ProxyEngine engine, Journal.Track track) {
        this.engine = engine;
        this.track = track;
    }

    /** As {@link ProxyEngine#accept} of {@link Input.Heard}, of which the bytes are recorded. */
    List<Effect> hear(Mail.Heard heard, long nowNanos) {
        Input input =
                new Input.Heard(
                        heard.ifindex(), heard.family(), heard.packet(), heard.linkAddress());
        return recorded(
                new Call.Hear(heard.ifindex(), heard.family(), heard.linkAddress(), heard.bytes()),
                nowNanos,
                () -> engine.accept(input, nowNanos));
    }

    /** As {@link ProxyEngine#accept}, for all inputs but {@link Input.Heard}. */
    List<Effect> accept(Input input, long nowNanos) {
        return recorded(new Call.Accept(input), nowNanos, () -> engine.accept(input, nowNanos));
    }

    /** As {@link ProxyEngine#expire}. */
    List<Effect> expire(long nowNanos) {
        return recorded(new Call.Expire(), nowNanos, () -> engine.expire(nowNanos));
    }

    /** As {@link ProxyEngine#nextDeadlineNanos}. */
    long nextDeadlineNanos() {
        return engine.nextDeadlineNanos();
    }

    /** As {@link ProxyEngine#view(ViewRequest, long)}. */
    EngineView view(ViewRequest request, long nowNanos) {
        return engine.view(request, nowNanos);
    }

    /** As {@link ProxyEngine#diagnose}. */
    List<Diagnosis> diagnose(IpAddress group, Optional<IpAddress> source, long nowNanos) {
        return engine.diagnose(group, source, nowNanos);
    }

    private List<Effect> recorded(Call call, long nowNanos, Supplier<List<Effect>> made) {
        List<Effect> effects;
        try {
            effects = made.get();
        } catch (RuntimeException | Error bug) {
            track.failed(call, nowNanos, bug);
            throw bug;
        }
        track.called(call, nowNanos, effects);
        return effects;
    }
}
