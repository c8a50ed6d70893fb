package mcproxy.config;

import mcproxy.core.Prefix;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Protocol;

import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;

/** What values a setting takes. */
public sealed interface SettingKind {
    /** May a setting of this kind have this value? */
    boolean accepts(SettingValue value);

    /** The values in words, for instance {@code a number from 1 to 7}. */
    String words();

    /** A value that could be written, for documents and hints. */
    String example();

    /** A plain number from {@code min} to {@code max}, both included. */
    record Count(int min, int max) implements SettingKind {
        @Override
        public boolean accepts(SettingValue value) {
            return value instanceof SettingValue.Count(int number)
                    && number >= min
                    && number <= max;
        }

        @Override
        public String words() {
            return "a number from " + min + " to " + max;
        }

        @Override
        public String example() {
            return Integer.toString(Math.min(max, min + 2));
        }
    }

    /** A time from {@code min} to {@code max}, both included. */
    record Interval(Duration min, Duration max) implements SettingKind {
        @Override
        public boolean accepts(SettingValue value) {
            return value instanceof SettingValue.Interval(Duration length)
                    && length.compareTo(min) >= 0
                    && length.compareTo(max) <= 0;
        }

        @Override
        public String words() {
            return "a time from "
                    + new SettingValue.Interval(min)
                    + " to "
                    + new SettingValue.Interval(max);
        }

        @Override
        public String example() {
            return min.compareTo(Duration.ofSeconds(1)) < 0 ? "500ms" : "60s";
        }
    }

    /** On or off. */
    record Switch() implements SettingKind {
        @Override
        public boolean accepts(SettingValue value) {
            return value instanceof SettingValue.Switch;
        }

        @Override
        public String words() {
            return "on or off";
        }

        @Override
        public String example() {
            return "on";
        }
    }

    /**
     * One of some words.
     *
     * @param choices 2 or more, in lower case
     */
    record Choice(List<String> choices) implements SettingKind {
        /** Copies the list. */
        public Choice {
            choices = List.copyOf(choices);
        }

        @Override
        public boolean accepts(SettingValue value) {
            return value instanceof SettingValue.Choice(String word) && choices.contains(word);
        }

        @Override
        public String words() {
            return "one of " + String.join(", ", choices);
        }

        @Override
        public String example() {
            return choices.getLast();
        }
    }

    /** Auto, or at most one version of each family. */
    record Versions() implements SettingKind {
        @Override
        public boolean accepts(SettingValue value) {
            return value instanceof SettingValue.Versions(List<Protocol> versions)
                    && areDistinct(versions.stream().map(Protocol::family).toList());
        }

        @Override
        public String words() {
            return "auto, or at most one of IGMPv1, IGMPv2, IGMPv3 and one of MLDv1, MLDv2";
        }

        @Override
        public String example() {
            return "IGMPv2, MLDv2";
        }
    }

    /** Own addresses, at most one of each family. */
    record Addresses() implements SettingKind {
        @Override
        public boolean accepts(SettingValue value) {
            return value instanceof SettingValue.Addresses(List<IpAddress> addresses)
                    && !addresses.isEmpty()
                    && addresses.stream().allMatch(Addresses::canSend)
                    && areDistinct(addresses.stream().map(IpAddress::family).toList());
        }

        /** MLD is spoken from link-local addresses only (RFC 9777 5.1.14). */
        private static boolean canSend(IpAddress address) {
            return address.isSource() && (address.family() == Family.IPV4 || address.isMldSource());
        }

        @Override
        public String words() {
            return "the address of a host, in IPv6 one of fe80::/64, at most one of each family";
        }

        @Override
        public String example() {
            return "192.0.2.1, fe80::1";
        }
    }

    /** Networks of groups. */
    record Groups() implements SettingKind {
        @Override
        public boolean accepts(SettingValue value) {
            return value instanceof SettingValue.Groups(List<Prefix> groups)
                    && groups.stream().allMatch(Groups::isOfGroups);
        }

        /** Are all addresses of the network groups, and is it written with its first address? */
        static boolean isOfGroups(Prefix prefix) {
            boolean short4 = prefix.isOf(Family.IPV4) && prefix.length() < 4;
            boolean short6 = prefix.isOf(Family.IPV6) && prefix.length() < 8;
            return prefix.address().isMulticast() && !short4 && !short6;
        }

        @Override
        public String words() {
            return "none, or groups such as 239.0.0.0/8, ff05::1";
        }

        @Override
        public String example() {
            return "239.192.0.0/16, ff18::/16";
        }
    }

    /** Groups, each alone or with one source. */
    record Channels() implements SettingKind {
        @Override
        public boolean accepts(SettingValue value) {
            return value instanceof SettingValue.Channels(List<SettingValue.Channel> channels)
                    && channels.stream().allMatch(Channels::isProxied);
        }

        private static boolean isProxied(SettingValue.Channel channel) {
            IpAddress group = channel.group();
            return group.isMulticast()
                    && !group.isLinkScopeGroup()
                    && channel.source()
                            .map(source -> source.isSource() && source.family() == group.family())
                            .orElse(true);
        }

        @Override
        public String words() {
            return "none, or GROUP or GROUP SOURCE, several with commas; not of link scope"
                    + " (224.0.0.0/24, ff02::/16)";
        }

        @Override
        public String example() {
            return "239.1.1.1, 232.1.1.1 192.0.2.10";
        }
    }

    /** Which sources stand for a group whose receivers cannot name any. */
    record SourceMap() implements SettingKind {
        @Override
        public boolean accepts(SettingValue value) {
            return value instanceof SettingValue.SourceMap(List<SettingValue.Mapping> mappings)
                    && mappings.stream()
                            .allMatch(mapping ->
                                    Groups.isOfGroups(mapping.groups())
                                            && mapping.source().isSource()
                                            && mapping.groups().isOf(mapping.source().family()));
        }

        @Override
        public String words() {
            return "none, or GROUPS SOURCE, several with commas";
        }

        @Override
        public String example() {
            return "232.1.0.0/16 192.0.2.10";
        }
    }

    private static boolean areDistinct(Collection<?> things) {
        return new HashSet<>(things).size() == things.size();
    }
}
