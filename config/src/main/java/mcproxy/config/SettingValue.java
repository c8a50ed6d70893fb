package mcproxy.config;

import mcproxy.core.Prefix;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Protocol;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The value of a setting. */
public sealed interface SettingValue {
    /** The value as the language writes it, for instance {@code 125s}. */
    @Override
    String toString();

    /**
     * What two statements for the same key give together: lists grow, of other values the later one
     * holds.
     */
    default SettingValue and(SettingValue later) {
        return later;
    }

    /** Is it a list, which more statements make longer? */
    default boolean isList() {
        return false;
    }

    private static <T> List<T> joined(List<T> one, List<T> other) {
        var all = new LinkedHashSet<T>(one);
        all.addAll(other);
        return new ArrayList<>(all);
    }

    private static String written(Collection<?> things, String ofNone) {
        return things.isEmpty()
                ? ofNone
                : things.stream().map(Object::toString).collect(Collectors.joining(", "));
    }

    /**
     * A plain number.
     *
     * @param number 0 or more
     */
    record Count(int number) implements SettingValue {
        /** Checks that the number is not negative. */
        public Count {
            if (number < 0) {
                throw new IllegalArgumentException("a negative count: " + number);
            }
        }

        @Override
        public String toString() {
            return Integer.toString(number);
        }
    }

    /**
     * A time.
     *
     * @param length whole milliseconds, 0 or more
     */
    record Interval(Duration length) implements SettingValue {
        /** Checks that the time is whole milliseconds and not negative. */
        public Interval {
            if (length.isNegative() || !length.truncatedTo(ChronoUnit.MILLIS).equals(length)) {
                throw new IllegalArgumentException("not whole milliseconds: " + length);
            }
        }

        @Override
        public String toString() {
            return length.toMillis() % 1000 == 0
                    ? length.toSeconds() + "s"
                    : length.toMillis() + "ms";
        }
    }

    /** On or off. */
    record Switch(boolean on) implements SettingValue {
        @Override
        public String toString() {
            return on ? "on" : "off";
        }
    }

    /**
     * One word of a few.
     *
     * @param word in lower case
     */
    record Choice(String word) implements SettingValue {
        @Override
        public String toString() {
            return word;
        }
    }

    /**
     * Fixed versions.
     *
     * @param versions at most one of a family, IPv4 first; a family without one follows its
     *     neighbours
     */
    record Versions(List<Protocol> versions) implements SettingValue {
        /** Puts the versions in order. */
        public Versions {
            versions = versions.stream().sorted(Comparator.comparing(Protocol::family)).toList();
        }

        @Override
        public String toString() {
            return written(versions, "auto");
        }
    }

    /**
     * Own addresses.
     *
     * @param addresses one or two, IPv4 first
     */
    record Addresses(List<IpAddress> addresses) implements SettingValue {
        /** Puts the addresses in order. */
        public Addresses {
            addresses = addresses.stream().sorted().toList();
        }

        @Override
        public String toString() {
            return written(addresses, "none");
        }
    }

    /**
     * Networks of groups.
     *
     * @param groups in the order in which they were written
     */
    record Groups(List<Prefix> groups) implements SettingValue {
        /** Copies the list. */
        public Groups {
            groups = List.copyOf(groups);
        }

        @Override
        public SettingValue and(SettingValue later) {
            return later instanceof Groups(List<Prefix> more) && !more.isEmpty()
                    ? new Groups(joined(groups, more))
                    : later;
        }

        @Override
        public boolean isList() {
            return true;
        }

        @Override
        public String toString() {
            return written(groups, "none");
        }
    }

    /**
     * A group, or one source of it.
     *
     * @param source empty for all sources
     */
    record Channel(IpAddress group, Optional<IpAddress> source) {
        @Override
        public String toString() {
            return group + source.map(from -> " " + from).orElse("");
        }
    }

    /** Groups, each alone or with one source. */
    record Channels(List<Channel> channels) implements SettingValue {
        /** Copies the list. */
        public Channels {
            channels = List.copyOf(channels);
        }

        @Override
        public SettingValue and(SettingValue later) {
            return later instanceof Channels(List<Channel> more) && !more.isEmpty()
                    ? new Channels(joined(channels, more))
                    : later;
        }

        @Override
        public boolean isList() {
            return true;
        }

        @Override
        public String toString() {
            return written(channels, "none");
        }
    }

    /** A source that stands for groups. */
    record Mapping(Prefix groups, IpAddress source) {
        @Override
        public String toString() {
            return groups + " " + source;
        }
    }

    /** Sources that stand for groups whose receivers cannot name any. */
    record SourceMap(List<Mapping> mappings) implements SettingValue {
        /** Copies the list. */
        public SourceMap {
            mappings = List.copyOf(mappings);
        }

        @Override
        public SettingValue and(SettingValue later) {
            return later instanceof SourceMap(List<Mapping> more) && !more.isEmpty()
                    ? new SourceMap(joined(mappings, more))
                    : later;
        }

        @Override
        public boolean isList() {
            return true;
        }

        @Override
        public String toString() {
            return written(mappings, "none");
        }
    }
}
