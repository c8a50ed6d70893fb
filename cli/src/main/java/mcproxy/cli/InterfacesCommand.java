package mcproxy.cli;

import mcproxy.control.Control;
import mcproxy.control.Interface;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.util.List;
import java.util.function.Function;

/** {@code mcproxy interfaces}. */
@Command(
        name = "interfaces",
        mixinStandardHelpOptions = true,
        description = {
            "Show the interfaces of the instances: side, state, version, querier and timers.",
            "With a name everything about this one. ROBUST is the robustness "
                    + "variable, QUERIES how often it is queried, ANSWERS the time for "
                    + "answers to that, LEAVES how many queries follow a leave and how "
                    + "far apart."
        })
public final class InterfacesCommand extends View<List<Interface>> {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "INTERFACE",
            description = "Only this interface, with everything about it.")
    @Nullable String argument;

    @Mixin LinkSelection selection = new LinkSelection();

    /** For the program. */
    public InterfacesCommand() {
        this(Session.ofProcess());
    }

    InterfacesCommand(Session session) {
        super(session);
    }

    @Override
    List<Interface> read(Control control) {
        return control.interfaces(selection.with(argument));
    }

    @Override
    String json(List<Interface> interfaces) {
        return Documents.json(Interface.class, interfaces);
    }

    @Override
    void show(List<Interface> interfaces, Sheet sheet) {
        if (interfaces.isEmpty()) {
            sheet.sentence(
                    SelectionOptions.isPart(selection.with(argument))
                            ? "No instance has such an interface. See all: mcproxy interfaces"
                            : "No instance has an interface. See: mcproxy instances");
        } else if (selection.with(argument).link() != null) {
            for (Interface one : interfaces) {
                sheet.gap();
                details(one, sheet);
            }
        } else {
            sheet.table(table(interfaces));
        }
    }

    static Table table(List<Interface> interfaces) {
        Table table =
                new Table()
                        .left("INSTANCE", "INTERFACE", "SIDE", "FAMILY", "STATE", "VERSION")
                        .left("QUERIER")
                        .right("GROUPS", "HOSTS", "ROBUST", "QUERIES", "ANSWERS", "LEAVES");
        for (Interface one : interfaces) {
            table.row(
                    one.instance(),
                    one.name(),
                    one.side(),
                    one.family(),
                    state(one),
                    Words.orNone(one.version()),
                    querier(one),
                    groups(one),
                    one.downstream() == null ? Words.NONE : one.downstream().hosts(),
                    robustness(one),
                    downstream(one, of -> Words.duration(of.timers().queryIntervalMillis())),
                    downstream(
                            one, of -> Words.duration(of.timers().queryResponseIntervalMillis())),
                    downstream(one, InterfacesCommand::leaves));
        }
        return table;
    }

    private static Cell state(Interface one) {
        return new Cell(
                one.state(),
                switch (one.state()) {
                    case "up" -> Paint.GOOD;
                    case "refused" -> Paint.BAD;
                    default -> Paint.WARNING;
                });
    }

    private static Cell querier(Interface one) {
        Interface.Downstream downstream = one.downstream();
        if (downstream != null) {
            return downstream.isQuerier()
                    ? Cell.of("we")
                    : new Cell(
                            Words.orNone(downstream.querier()),
                            downstream.forwards() ? Paint.PLAIN : Paint.WARNING);
        }
        Interface.Upstream upstream = one.upstream();
        return Cell.of(Words.orNone(upstream == null ? null : upstream.querier()));
    }

    private static Object groups(Interface one) {
        if (one.downstream() != null) {
            return one.downstream().groups();
        }
        return one.upstream() == null ? Words.NONE : one.upstream().groups();
    }

    private static Object robustness(Interface one) {
        if (one.downstream() != null) {
            return one.downstream().timers().robustness();
        }
        return one.upstream() == null ? Words.NONE : one.upstream().robustness();
    }

    private static String downstream(Interface one, Function<Interface.Downstream, String> what) {
        return one.downstream() == null ? Words.NONE : what.apply(one.downstream());
    }

    /** After a leave this many queries are sent, that far apart. */
    private static String leaves(Interface.Downstream downstream) {
        Interface.InForce timers = downstream.timers();
        return timers.lastMemberQueryCount()
                + " x "
                + Words.duration(timers.lastMemberQueryIntervalMillis());
    }

    private static void details(Interface one, Sheet sheet) {
        sheet.heading(
                one.name()
                        + ", "
                        + one.side()
                        + " of "
                        + one.instance()
                        + ", "
                        + one.family()
                        + ": "
                        + one.state());
        tell(sheet, "address", one.address());
        tell(sheet, "version", one.version());
        tell(sheet, "index", one.ifindex());
        tell(sheet, "vif", one.vif());
        tell(sheet, "mtu", one.mtu());
        if (one.upstream() != null) {
            details(one.upstream(), sheet);
        }
        if (one.downstream() != null) {
            details(one.downstream(), sheet);
        }
    }

    private static void details(Interface.Upstream upstream, Sheet sheet) {
        tell(sheet, "asked", upstream.order() == 0 ? "first" : "after " + upstream.order());
        tell(sheet, "groups", Words.count(upstream.groups()));
        Long ago = upstream.lastQueryAgoMillis();
        tell(
                sheet,
                "querier",
                upstream.querier() == null
                        ? "nobody has asked yet"
                        : upstream.querier()
                                + (ago == null ? "" : ", asked " + Words.duration(ago) + " ago"));
        tell(sheet, "robustness", upstream.robustness());
        if (upstream.peering()) {
            tell(sheet, "peering", "it is a downstream, too (RFC 7287)");
        }
    }

    private static void details(Interface.Downstream downstream, Sheet sheet) {
        tell(
                sheet,
                "querier",
                downstream.isQuerier()
                        ? "we"
                        : Words.orNone(downstream.querier())
                                + ", counts as gone in "
                                + Words.duration(downstream.querierTimerMillis()));
        tell(
                sheet,
                "forwards",
                downstream.forwards() ? "yes" : "no, only the querier does (RFC 4605 3)");
        tell(sheet, "groups", Words.count(downstream.groups()));
        tell(sheet, "hosts", Words.count(downstream.hosts()));
        if (!downstream.staticGroups().isEmpty()) {
            tell(sheet, "static groups", Words.list(downstream.staticGroups()));
        }
        Interface.InForce timers = downstream.timers();
        tell(sheet, "robustness", timers.robustness());
        tell(sheet, "query interval", Words.duration(timers.queryIntervalMillis()));
        tell(
                sheet,
                "query response interval",
                Words.duration(timers.queryResponseIntervalMillis()));
        tell(
                sheet,
                "group membership interval",
                Words.duration(timers.groupMembershipIntervalMillis()));
        tell(
                sheet,
                "last member query interval",
                Words.duration(timers.lastMemberQueryIntervalMillis()));
        tell(sheet, "last member query count", timers.lastMemberQueryCount());
    }

    private static void tell(Sheet sheet, String what, @Nullable Object value) {
        if (value != null) {
            sheet.sentence("  %-26s  ".formatted(what), value.toString(), Paint.PLAIN);
        }
    }
}
