package mcproxy.cli;

import mcproxy.cli.Traffic.Channel;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The picture of {@code top}. */
final class TopView {
    /** What is around the channels: three lines above, an empty one, the titles, the keys. */
    private static final int OTHER_LINES = 6;

    private TopView() {}

    /** How many channels a screen has room for. */
    static int room(Screen.Size size) {
        return Math.max(1, size.rows() - OTHER_LINES);
    }

    /**
     * As many lines as the screen has rows, none longer than it has columns.
     *
     * @param trouble why there is nothing newer; null when there is
     */
    static List<String> lines(
            Traffic traffic,
            TopState state,
            @Nullable String trouble,
            Screen.Size size,
            boolean colour) {
        Sheet sheet = new Sheet(size.columns(), colour);
        head(traffic, sheet);
        List<Channel> chosen = state.chosen(traffic.channels());
        sheet.cut(above(traffic, state, trouble, chosen.size()));
        int room = room(size);
        int first = state.within(chosen.size(), room).first();
        List<Channel> shown = chosen.subList(first, Math.min(chosen.size(), first + room));
        if (shown.isEmpty()) {
            sheet.cut(Cell.of(nothing(traffic)));
        } else {
            sheet.table(table(shown, manyInstances(traffic)));
        }
        List<String> lines = new ArrayList<>(sheet.lines());
        while (lines.size() < size.rows() - 1) {
            lines.add("");
        }
        lines.subList(Math.max(0, size.rows() - 1), lines.size()).clear();
        lines.add(keys(state, size, colour));
        return lines;
    }

    /** The same without a screen: everything, once. */
    static void show(Traffic traffic, Sheet sheet) {
        head(traffic, sheet);
        sheet.gap();
        List<Channel> all = TopState.START.chosen(traffic.channels());
        if (all.isEmpty()) {
            sheet.sentence(nothing(traffic));
        } else {
            sheet.table(table(all, manyInstances(traffic)));
        }
    }

    private static String nothing(Traffic traffic) {
        return traffic.channels().isEmpty()
                ? "Nothing flows and nobody watches anything. See: mcproxy interfaces"
                : "Nothing has this in its texts. Escape takes the filter away.";
    }

    private static boolean manyInstances(Traffic traffic) {
        return traffic.channels().stream().map(Channel::instance).distinct().count() > 1;
    }

    private static void head(Traffic traffic, Sheet sheet) {
        double rate = traffic.in().values().stream().mapToDouble(Double::doubleValue).sum();
        long groups =
                traffic.channels().stream()
                        .map(channel -> List.of(channel.instance(), channel.group()))
                        .distinct()
                        .count();
        long flows = traffic.channels().stream().filter(one -> one.source() != null).count();
        sheet.heading(
                "mcproxy "
                        + traffic.status().version()
                        + ", up "
                        + Words.duration(traffic.status().upMillis())
                        + ": "
                        + Words.counted(groups, "group")
                        + ", "
                        + Words.counted(flows, "flow")
                        + ", "
                        + Words.rate(rate)
                        + ", "
                        + Words.perSecond(traffic.packetsPerSecond())
                        + " pkt/s");
        sheet.cut(Cell.of("in:  " + totals(traffic.in())));
        sheet.cut(Cell.of("out: " + totals(traffic.out())));
    }

    private static String totals(Map<String, Double> rates) {
        return rates.isEmpty()
                ? Words.NONE
                : rates.entrySet().stream()
                        .map(total -> total.getKey() + " " + Words.rate(total.getValue()))
                        .collect(Collectors.joining(", "));
    }

    private static Cell above(
            Traffic traffic, TopState state, @Nullable String trouble, int chosen) {
        if (trouble != null) {
            return new Cell("waiting: " + trouble, Paint.WARNING);
        }
        List<String> parts = new ArrayList<>();
        if (state.paused()) {
            parts.add("paused");
        }
        if (!state.filter().isEmpty() && !state.typing()) {
            parts.add(
                    "only '"
                            + state.filter()
                            + "': "
                            + chosen
                            + " of "
                            + traffic.channels().size());
        }
        return new Cell(String.join(", ", parts), Paint.WARNING);
    }

    private static Table table(List<Channel> channels, boolean withInstance) {
        Table table = new Table();
        if (withInstance) {
            table.left("INSTANCE");
        }
        table.left("GROUP", "SOURCE")
                .right("RATE", "PKT/S")
                .flexible("TO", "WATCHED BY")
                .right("SINCE");
        for (Channel channel : channels) {
            List<Object> row = new ArrayList<>();
            if (withInstance) {
                row.add(channel.instance());
            }
            row.add(channel.group());
            row.add(Words.orNone(channel.source()));
            row.add(Words.rate(channel.bitsPerSecond()));
            row.add(Words.perSecond(channel.packetsPerSecond()));
            row.add(to(channel));
            row.add(members(channel));
            row.add(Words.duration(channel.sinceMillis()));
            table.row(row.toArray());
        }
        return table;
    }

    private static Cell to(Channel channel) {
        if (channel.source() == null) {
            return new Cell("not sent", Paint.MINOR);
        }
        return channel.to().isEmpty()
                ? new Cell("nowhere", Paint.MINOR)
                : Cell.of(Words.list(channel.to()));
    }

    /** How many first, as their names are cut where there is no room. */
    private static String members(Channel channel) {
        return channel.members().size() > 1
                ? channel.members().size() + ": " + Words.list(channel.members())
                : Words.list(channel.members());
    }

    private static String keys(TopState state, Screen.Size size, boolean colour) {
        Cell cell =
                state.typing()
                        ? Cell.of("filter: " + state.filter() + "_   Enter keeps it, Escape not")
                        : new Cell(
                                "q quit   s sort: "
                                        + state.sort()
                                        + "   / filter   space "
                                        + (state.paused() ? "go on" : "pause")
                                        + "   arrows scroll",
                                Paint.MINOR);
        return cell.cut(size.columns()).render(colour);
    }
}
