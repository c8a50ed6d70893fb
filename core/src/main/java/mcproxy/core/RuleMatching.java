package mcproxy.core;

import java.time.Duration;

/** How a proxy with several upstreams chooses among those whose filters accept. */
public sealed interface RuleMatching {
    /** All of them. */
    RuleMatching ALL = new All();

    /** The first of them in the order of the configuration. */
    RuleMatching FIRST = new First();

    /** All of them. */
    record All() implements RuleMatching {}

    /** The first of them that is there, in the order of the configuration. */
    record First() implements RuleMatching {}

    /**
     * The one from which packets of a source come first; the others are asked to leave the source
     * out, until it was silent for a time (RFC 7287 5.4).
     *
     * @param silence that time, {@link #MIN_SILENCE} or more
     */
    record Mutex(Duration silence) implements RuleMatching {
        /** What is shorter is no measure: packets of a stream are further apart. */
        public static final Duration MIN_SILENCE = Duration.ofMillis(1);

        /** RFC 7287 5.4, the source-timeout. */
        public static final Duration DEFAULT_SILENCE = Duration.ofMillis(50);

        /** Checks the time. */
        public Mutex {
            if (silence.compareTo(MIN_SILENCE) < 0) {
                throw new IllegalArgumentException("mutex " + silence);
            }
        }
    }
}
