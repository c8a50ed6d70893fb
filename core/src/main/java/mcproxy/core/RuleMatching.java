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
     * out, until it was silent for a time (RFC 7287 5.4). That is noticed after 1 to 1.25 times the
     * time, and never of a source whose packets follow each other faster.
     *
     * @param silence that time, {@link #MIN_SILENCE} or more
     */
    record Mutex(Duration silence) implements RuleMatching {
        /** What is shorter is no measure: packets of a stream are further apart. */
        public static final Duration MIN_SILENCE = Duration.ofMillis(1);

        /** No kernel is asked for counters more often than that. */
        static final Duration MIN_CHECK_INTERVAL = Duration.ofMillis(1);

        /** So many looks at the counters in the time of silence. */
        private static final int CHECKS = 4;

        /** RFC 7287 5.4, the source-timeout. */
        public static final Duration DEFAULT_SILENCE = Duration.ofMillis(50);

        /** Checks the time. */
        public Mutex {
            if (silence.compareTo(MIN_SILENCE) < 0) {
                throw new IllegalArgumentException("mutex " + silence);
            }
        }

        /**
         * How often to look whether a source still sends, which is also how much later than after
         * the time of silence it is noticed: a quarter of it, but 1 ms or more.
         */
        Duration checkInterval() {
            Duration part = Duration.ofNanos(Math.ceilDiv(silence.toNanos(), CHECKS));
            return part.compareTo(MIN_CHECK_INTERVAL) < 0 ? MIN_CHECK_INTERVAL : part;
        }
    }
}
