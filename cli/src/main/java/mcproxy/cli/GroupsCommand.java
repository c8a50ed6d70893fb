package mcproxy.cli;

import mcproxy.control.Control;
import mcproxy.control.Group;
import mcproxy.control.Selection;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** {@code mcproxy groups}. */
@Command(
        name = "groups",
        mixinStandardHelpOptions = true,
        description = {
            "Show the groups that have members, by downstream: which sources "
                    + "pass, who reported them, how long they last without a further "
                    + "report, and since when."
        })
public final class GroupsCommand extends View<List<Group>> {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "GROUP",
            description = "Only this group, with each of its hosts.")
    @Nullable String group;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "SOURCE",
            description = "Only with this source.")
    @Nullable String source;

    @Mixin SelectionOptions selection = new SelectionOptions();

    /** For the program. */
    public GroupsCommand() {
        this(Session.ofProcess());
    }

    GroupsCommand(Session session) {
        super(session);
    }

    @Override
    List<Group> read(Control control) {
        return control.groups(selection.with(group, source));
    }

    @Override
    String json(List<Group> groups) {
        return Documents.json(Group.class, groups);
    }

    @Override
    void show(List<Group> groups, Sheet sheet) {
        Selection wanted = selection.with(group, source);
        if (groups.isEmpty()) {
            sheet.sentence(
                    SelectionOptions.isPart(wanted)
                            ? "Nobody is a member of such a group. See all: mcproxy groups"
                            : "No group has a member. Are the receivers' interfaces up, and are we"
                                    + " their querier? See: mcproxy interfaces");
            return;
        }
        sheet.table(table(groups));
        if (wanted.group() != null) {
            sheet.gap();
            hosts(groups, sheet);
        }
    }

    private static Table table(List<Group> groups) {
        Table table =
                new Table()
                        .left("INSTANCE", "INTERFACE", "GROUP", "MODE")
                        .flexible("SOURCES", "MEMBERS")
                        .right("LEFT", "AGE")
                        .left("AS");
        for (Group one : groups) {
            table.row(
                    one.instance(),
                    one.link(),
                    one.group(),
                    one.mode(),
                    sources(one),
                    members(one),
                    left(one),
                    Words.duration(one.ageMillis()),
                    one.compatibility());
        }
        return table;
    }

    /** What passes, with what is left of the timers that can end it. */
    static String sources(Group group) {
        List<String> parts = new ArrayList<>();
        if (group.mode().equals("exclude")) {
            parts.add(
                    group.excluded().isEmpty()
                            ? "all"
                            : "all but " + String.join(", ", group.excluded()));
            if (!group.sources().isEmpty()) {
                parts.add("still asked for: " + timed(group.sources()));
            }
        } else {
            parts.add(group.sources().isEmpty() ? "none" : timed(group.sources()));
        }
        return String.join("; ", parts);
    }

    private static String timed(List<Group.Source> sources) {
        return sources.stream()
                .map(source ->
                        source.timerMillis() > 0
                                ? source.address() + " " + Words.duration(source.timerMillis())
                                : source.address())
                .collect(Collectors.joining(", "));
    }

    /** Those that are known; without tracking the last one that reported. */
    static String members(Group group) {
        List<String> parts = new ArrayList<>();
        if (group.isStatic()) {
            parts.add("static");
        }
        group.hosts().forEach(host -> parts.add(host.address()));
        if (group.hosts().isEmpty() && group.lastReporter() != null) {
            parts.add(group.lastReporter() + " and perhaps others");
        }
        return Words.list(parts);
    }

    /** What is left of the longest timer: without a report there is no member any more then. */
    private static String left(Group group) {
        long longest =
                Math.max(
                        group.timerMillis(),
                        group.sources().stream()
                                .mapToLong(Group.Source::timerMillis)
                                .max()
                                .orElse(0));
        return longest > 0 ? Words.duration(longest) : Words.NONE;
    }

    private static void hosts(List<Group> groups, Sheet sheet) {
        Table table =
                new Table()
                        .left("INTERFACE", "HOST", "MAC", "VERSION", "MODE")
                        .flexible("SOURCES")
                        .right("LEFT");
        for (Group one : groups) {
            for (Group.Host host : one.hosts()) {
                table.row(
                        one.link(),
                        host.address(),
                        Words.orNone(host.mac()),
                        host.protocol(),
                        host.mode(),
                        Words.list(host.sources()),
                        Words.duration(host.timerMillis()));
            }
        }
        if (table.isEmpty()) {
            sheet.sentence(
                    "No host of it is known: explicit-tracking is off, or the group is static.");
        } else {
            sheet.table(table);
        }
    }
}
