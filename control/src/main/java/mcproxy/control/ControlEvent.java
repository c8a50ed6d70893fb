package mcproxy.control;

/**
 * What happens at the control socket and is worth an event; peers can bring about any number of
 * them, so whoever logs them has to bound the rate.
 */
public sealed interface ControlEvent {
    /**
     * Somebody who may not change anything tried to.
     *
     * @param user the peer's user, by name or number
     * @param group its group
     */
    record PeerRefused(String user, String group, String method, String path)
            implements ControlEvent {}

    /**
     * A limit was reached.
     *
     * @param limit its name in {@link ControlLimits}
     * @param value how much it allows
     */
    record LimitReached(String limit, long value) implements ControlEvent {}

    /** A request could not be answered because of our own bug. */
    record Failed(String method, String path, Throwable cause) implements ControlEvent {}

    /** Who is told of them, on any thread; must not block. */
    @FunctionalInterface
    interface Listener {
        /** Takes an event. */
        void tell(ControlEvent event);
    }
}
