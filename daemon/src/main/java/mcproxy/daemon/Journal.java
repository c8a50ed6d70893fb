package mcproxy.daemon;

import mcproxy.core.Effect;
import mcproxy.core.Limits;
import mcproxy.core.ProxyEngine;

import java.util.List;
import java.util.SplittableRandom;

/** Where what the instances' engines are told is recorded; any thread. */
interface Journal extends AutoCloseable {
    /** Records nothing. */
    Journal NONE =
            new Journal() {
                @Override
                public JournaledEngine engine(InstancePlan plan, long seed, long nowNanos) {
                    return new JournaledEngine(Journal.engine(plan, seed), Track.NONE);
                }

                @Override
                public void configured(String configuration, long nowNanos) {}

                @Override
                public void close() {}
            };

    /** The engine of an instance that begins, whose calls are recorded. */
    JournaledEngine engine(InstancePlan plan, long seed, long nowNanos);

    /** The configuration, as the language writes it, is new. */
    void configured(String configuration, long nowNanos);

    /** Ends it; what was recorded is written, if the disk takes it within a second. */
    @Override
    void close();

    /** The engine that a plan, its limits and a seed make. */
    private static ProxyEngine engine(InstancePlan plan, long seed) {
        return new ProxyEngine(Limits.DEFAULT, plan.settings(), new SplittableRandom(seed));
    }

    /** What is recorded of one engine; one thread at a time. */
    interface Track {
        /** Records nothing. */
        Track NONE =
                new Track() {
                    @Override
                    public void called(
                            JournalLine.Call call, long nowNanos, List<Effect> effects) {}

                    @Override
                    public void failed(JournalLine.Call call, long nowNanos, Throwable bug) {}
                };

        /** A call and what came of it; never waits. */
        void called(JournalLine.Call call, long nowNanos, List<Effect> effects);

        /** A call that ended in a bug; waits until it is written, a second at most. */
        void failed(JournalLine.Call call, long nowNanos, Throwable bug);
    }
}
