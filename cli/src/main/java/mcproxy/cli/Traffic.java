package mcproxy.cli;

import mcproxy.control.Control;
import mcproxy.control.Flow;
import mcproxy.control.Group;
import mcproxy.control.Selection;
import mcproxy.control.Status;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What {@code top} shows: one moment of the daemon.
 *
 * @param channels what flows, and the groups that somebody wants but that do not flow
 * @param in what comes in on each interface, in bits per second
 * @param out what goes out on each interface, in bits per second
 */
record Traffic(
        Status status,
        List<Channel> channels,
        Map<String, Double> in,
        Map<String, Double> out,
        double packetsPerSecond) {
    /**
     * A group from a source.
     *
     * @param source null when nobody sends it here
     * @param from null when nobody sends it here
     * @param bitsPerSecond null when it is not known yet
     * @param packetsPerSecond null when it is not known yet
     * @param members who watches it
     * @param sinceMillis how long somebody has watched it, or it has flowed when nobody does
     */
    record Channel(
            String instance,
            String group,
            @Nullable String source,
            @Nullable String from,
            List<String> to,
            @Nullable Double bitsPerSecond,
            @Nullable Double packetsPerSecond,
            List<String> members,
            long sinceMillis) {}

    /** Asks the daemon. */
    static Traffic read(Control control, Selection selection, Session.Pause pause) {
        List<Flow> flows = FlowsCommand.measured(control, selection, pause);
        List<Group> groups = control.groups(selection);
        List<Channel> channels = new ArrayList<>();
        flows.forEach(flow -> channels.add(flowing(flow, groups)));
        Set<List<String>> seen = new LinkedHashSet<>();
        flows.forEach(flow -> seen.add(List.of(flow.instance(), flow.group())));
        for (Group group : groups) {
            if (seen.add(List.of(group.instance(), group.group()))) {
                channels.add(silent(group, groups));
            }
        }
        Map<String, Double> in = new TreeMap<>();
        Map<String, Double> out = new TreeMap<>();
        for (Flow flow : flows) {
            double rate = StatusCommand.orZero(flow.bitsPerSecond());
            in.merge(flow.incoming(), rate, Double::sum);
            flow.outgoing().forEach(link -> out.merge(link, rate, Double::sum));
        }
        double packets =
                flows.stream()
                        .mapToDouble(flow -> StatusCommand.orZero(flow.packetsPerSecond()))
                        .sum();
        return new Traffic(control.status(), List.copyOf(channels), in, out, packets);
    }

    private static Channel flowing(Flow flow, List<Group> groups) {
        List<Group> wanted =
                groups.stream()
                        .filter(group ->
                                group.instance().equals(flow.instance())
                                        && group.group().equals(flow.group())
                                        && flow.outgoing().contains(group.link()))
                        .toList();
        return new Channel(
                flow.instance(),
                flow.group(),
                flow.source(),
                flow.incoming(),
                flow.outgoing(),
                flow.bitsPerSecond(),
                flow.packetsPerSecond(),
                members(wanted),
                since(wanted, flow.ageMillis()));
    }

    private static Channel silent(Group of, List<Group> groups) {
        List<Group> wanted =
                groups.stream()
                        .filter(group ->
                                group.instance().equals(of.instance())
                                        && group.group().equals(of.group()))
                        .toList();
        return new Channel(
                of.instance(),
                of.group(),
                null,
                null,
                List.of(),
                null,
                null,
                members(wanted),
                since(wanted, of.ageMillis()));
    }

    private static List<String> members(List<Group> groups) {
        Set<String> members = new LinkedHashSet<>();
        for (Group group : groups) {
            if (group.isStatic()) {
                members.add("static");
            }
            group.hosts().forEach(host -> members.add(host.address()));
            if (group.hosts().isEmpty() && group.lastReporter() != null) {
                members.add(group.lastReporter());
            }
        }
        return List.copyOf(members);
    }

    private static long since(List<Group> groups, long otherwise) {
        return groups.stream().mapToLong(Group::ageMillis).max().orElse(otherwise);
    }
}
