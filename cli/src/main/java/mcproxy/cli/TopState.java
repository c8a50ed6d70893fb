package mcproxy.cli;

import mcproxy.cli.Traffic.Channel;
import mcproxy.wire.IpAddress;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * What whoever looks at {@code top} has chosen.
 *
 * @param filter what shown channels have somewhere in their texts; empty for all
 * @param typing is the filter being typed?
 * @param paused does the picture stand still?
 * @param first how many channels are scrolled over
 * @param over is it time to end?
 */
record TopState(Sort sort, String filter, boolean typing, boolean paused, int first, boolean over) {
    private static final int PAGE = 10;
    private static final int MAX_FILTER = 64;

    /** The orders. */
    enum Sort {
        RATE("rate"),
        MEMBERS("members"),
        NEWEST("newest"),
        GROUP("group");

        private final String text;

        Sort(String text) {
            this.text = text;
        }

        private Sort next() {
            return switch (this) {
                case RATE -> MEMBERS;
                case MEMBERS -> NEWEST;
                case NEWEST -> GROUP;
                case GROUP -> RATE;
            };
        }

        private Comparator<Channel> order() {
            return switch (this) {
                case RATE -> Comparator.comparingDouble(Sort::rate).reversed();
                case MEMBERS ->
                        Comparator.comparingInt((Channel channel) -> channel.members().size())
                                .reversed();
                case NEWEST -> Comparator.comparingLong(Channel::sinceMillis);
                case GROUP -> Comparator.comparing(Sort::address);
            };
        }

        private static double rate(Channel channel) {
            Double known = channel.bitsPerSecond();
            return known == null ? -1 : known;
        }

        private static IpAddress address(Channel channel) {
            return IpAddress.of(channel.group());
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** Everything, the fastest first. */
    static final TopState START = new TopState(Sort.RATE, "", false, false, 0, false);

    /** After a key. */
    TopState after(Key key) {
        if (key.kind() == Key.Kind.INTERRUPT) {
            return end();
        }
        return typing ? typed(key) : pressed(key);
    }

    private TopState typed(Key key) {
        return switch (key.kind()) {
            case ENTER -> new TopState(sort, filter, false, paused, first, over);
            case ESCAPE -> new TopState(sort, "", false, paused, 0, over);
            case BACKSPACE ->
                    new TopState(
                            sort,
                            filter.isEmpty()
                                    ? ""
                                    : filter.substring(
                                            0, filter.offsetByCodePoints(filter.length(), -1)),
                            true,
                            paused,
                            0,
                            over);
            case CHARACTER ->
                    filter.length() >= MAX_FILTER
                            ? this
                            : new TopState(
                                    sort,
                                    filter + Character.toString(key.character()),
                                    true,
                                    paused,
                                    0,
                                    over);
            case UP, DOWN, PAGE_UP, PAGE_DOWN, HOME, INTERRUPT, OTHER -> this;
        };
    }

    private TopState pressed(Key key) {
        return switch (key.kind()) {
            case UP -> scrolled(first - 1);
            case DOWN -> scrolled(first + 1);
            case PAGE_UP -> scrolled(first - PAGE);
            case PAGE_DOWN -> scrolled(first + PAGE);
            case HOME -> scrolled(0);
            case ESCAPE -> new TopState(sort, "", false, paused, 0, over);
            case CHARACTER ->
                    switch (key.character()) {
                        case 'q', 'Q' -> end();
                        case 's' -> new TopState(sort.next(), filter, false, paused, 0, over);
                        case '/' -> new TopState(sort, filter, true, paused, first, over);
                        case ' ' -> new TopState(sort, filter, false, !paused, first, over);
                        case 'k' -> scrolled(first - 1);
                        case 'j' -> scrolled(first + 1);
                        default -> this;
                    };
            case ENTER, BACKSPACE, INTERRUPT, OTHER -> this;
        };
    }

    private TopState scrolled(int to) {
        return new TopState(sort, filter, typing, paused, Math.max(0, to), over);
    }

    private TopState end() {
        return new TopState(sort, filter, typing, paused, first, true);
    }

    /** No further than that so many channels fill the rows. */
    TopState within(int channels, int rows) {
        int last = Math.max(0, channels - rows);
        return first <= last ? this : scrolled(last);
    }

    /** The channels that are wanted, in the order that is wanted. */
    List<Channel> chosen(List<Channel> channels) {
        String wanted = filter.toLowerCase(Locale.ROOT);
        return channels.stream()
                .filter(channel -> wanted.isEmpty() || text(channel).contains(wanted))
                .sorted(sort.order())
                .toList();
    }

    private static String text(Channel channel) {
        return String.join(
                        " ",
                        channel.instance(),
                        channel.group(),
                        Words.orNone(channel.source()),
                        Words.orNone(channel.from()),
                        String.join(" ", channel.to()),
                        String.join(" ", channel.members()))
                .toLowerCase(Locale.ROOT);
    }
}
