package mcproxy.core;

import mcproxy.wire.IpAddress;

/**
 * What is wanted of one group: a filter mode and a source list (RFC 9776 3.2, RFC 4605 4.1).
 *
 * @param mode the filter mode
 * @param sources the sources wanted (INCLUDE) or not wanted (EXCLUDE)
 */
public record Membership(FilterMode mode, SourceSet sources) {
    /** INCLUDE {}: nothing is wanted, which is the same as no membership. */
    public static final Membership NONE = include(SourceSet.EMPTY);

    /** EXCLUDE {}: every source is wanted. */
    public static final Membership ANY_SOURCE = exclude(SourceSet.EMPTY);

    /** INCLUDE of these sources. */
    public static Membership include(SourceSet sources) {
        return new Membership(FilterMode.INCLUDE, sources);
    }

    /** EXCLUDE of these sources. */
    public static Membership exclude(SourceSet sources) {
        return new Membership(FilterMode.EXCLUDE, sources);
    }

    /** Is nothing wanted? */
    public boolean isNone() {
        return mode == FilterMode.INCLUDE && sources.isEmpty();
    }

    /** Are packets of this source wanted? */
    public boolean wants(IpAddress source) {
        return (mode == FilterMode.INCLUDE) == sources.contains(source);
    }

    /** What is wanted here or there (RFC 9776 3.2: the rule that merges socket states). */
    public Membership or(Membership other) {
        return switch (mode) {
            case INCLUDE ->
                    switch (other.mode) {
                        case INCLUDE -> include(sources.plus(other.sources));
                        case EXCLUDE -> exclude(other.sources.minus(sources));
                    };
            case EXCLUDE ->
                    switch (other.mode) {
                        case INCLUDE -> exclude(sources.minus(other.sources));
                        case EXCLUDE -> exclude(sources.and(other.sources));
                    };
        };
    }

    /** For instance {@code EXCLUDE {10.0.0.1}}. */
    @Override
    public String toString() {
        return mode + " " + sources;
    }
}
