package mcproxy.cli;

import mcproxy.control.Control;
import mcproxy.control.Group;
import mcproxy.control.Member;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** {@code mcproxy hosts}. */
@Command(
        name = "hosts",
        mixinStandardHelpOptions = true,
        description = {
            "Show the hosts that are members of groups: address, MAC address, "
                    + "interface, what each watches.",
            "LEFT is how long until it is forgotten without a further report, "
                    + "SINCE how long its group has had members."
        })
public final class HostsCommand extends View<HostsCommand.Hosts> {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "HOST",
            description = "Only the host with this address or MAC address.")
    @Nullable String host;

    @Mixin SelectionOptions selection = new SelectionOptions();

    @Option(names = "--each", description = "A line for each group of a host.")
    boolean each;

    /** For the program. */
    public HostsCommand() {
        this(Session.ofProcess());
    }

    HostsCommand(Session session) {
        super(session);
    }

    /**
     * Hosts, and the ages of their groups.
     *
     * @param ages by instance, link and group
     */
    record Hosts(List<Member> members, Map<List<String>, Long> ages) {
        String since(Member member) {
            Long age = ages.get(List.of(member.instance(), member.link(), member.group()));
            return age == null ? Words.NONE : Words.duration(age);
        }
    }

    @Override
    Hosts read(Control control) {
        var wanted = selection.with(null, null);
        List<Member> members =
                control.hosts(wanted).stream().filter(member -> isWanted(member)).toList();
        if (common.json) {
            return new Hosts(members, Map.of());
        }
        return new Hosts(
                members,
                control.groups(wanted).stream()
                        .collect(
                                Collectors.toMap(
                                        group ->
                                                List.of(
                                                        group.instance(),
                                                        group.link(),
                                                        group.group()),
                                        Group::ageMillis,
                                        Math::max)));
    }

    private boolean isWanted(Member member) {
        return host == null
                || host.equalsIgnoreCase(member.address())
                || host.equalsIgnoreCase(member.mac());
    }

    @Override
    String json(Hosts hosts) {
        return Documents.json(Member.class, hosts.members());
    }

    @Override
    void show(Hosts hosts, Sheet sheet) {
        if (hosts.members().isEmpty()) {
            sheet.sentence(
                    host != null || SelectionOptions.isPart(selection.with(null, null))
                            ? "No such host is known. See all: mcproxy hosts"
                            : "No host is known. Nobody is a member of a group, or"
                                    + " explicit-tracking is off. See: mcproxy groups");
        } else if (each || host != null) {
            sheet.table(channels(hosts));
        } else {
            sheet.table(table(hosts));
        }
    }

    /** The same host has another address in each family, but one MAC address on a link. */
    private static List<String> identity(Member member) {
        String mac = member.mac();
        return List.of(member.instance(), member.link(), mac != null ? mac : member.address());
    }

    private static Table table(Hosts hosts) {
        Map<List<String>, List<Member>> byHost =
                hosts.members().stream()
                        .collect(
                                Collectors.groupingBy(
                                        HostsCommand::identity,
                                        LinkedHashMap::new,
                                        Collectors.toList()));
        Table table =
                new Table()
                        .left("HOST", "MAC", "INTERFACE", "VERSION")
                        .right("GROUPS")
                        .flexible("WATCHES")
                        .right("LEFT");
        for (List<Member> of : byHost.values()) {
            Member first = of.getFirst();
            table.row(
                    Words.list(of.stream().map(Member::address).distinct().toList()),
                    Words.orNone(first.mac()),
                    first.link(),
                    Words.list(of.stream().map(Member::protocol).distinct().toList()),
                    of.size(),
                    watched(of, hosts),
                    Words.duration(of.stream().mapToLong(Member::timerMillis).max().orElse(0)));
        }
        return table;
    }

    private static String watched(List<Member> of, Hosts hosts) {
        List<String> parts = new ArrayList<>();
        for (Member member : of) {
            parts.add(channel(member) + " (" + hosts.since(member) + ")");
        }
        return String.join(", ", parts);
    }

    private static String channel(Member member) {
        if (member.sources().isEmpty()) {
            return member.group();
        }
        String sources = String.join("+", member.sources());
        return member.mode().equals("exclude")
                ? member.group() + " but " + sources
                : member.group() + " from " + sources;
    }

    private static Table channels(Hosts hosts) {
        Table table =
                new Table()
                        .left("HOST", "MAC", "INTERFACE", "VERSION", "GROUP", "MODE")
                        .flexible("SOURCES")
                        .right("LEFT", "SINCE");
        for (Member member : hosts.members()) {
            table.row(
                    member.address(),
                    Words.orNone(member.mac()),
                    member.link(),
                    member.protocol(),
                    member.group(),
                    member.mode(),
                    Words.list(member.sources()),
                    Words.duration(member.timerMillis()),
                    hosts.since(member));
        }
        return table;
    }
}
