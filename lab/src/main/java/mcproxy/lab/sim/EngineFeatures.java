package mcproxy.lab.sim;

/** What the engine under test can do so far. */
final class EngineFeatures {
    /** RFC 4604: any-source membership in the SSM range is ignored. */
    static final boolean SSM = false;

    /**
     * A proxy that hears on a downstream what another proxy has forwarded onto it does not take it
     * for a source there.
     */
    static final boolean TWINS_HEAR_EACH_OTHER = false;

    private EngineFeatures() {}
}
