package mcproxy.cli;

import mcproxy.control.Control;
import mcproxy.control.Membership;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.util.List;

/** {@code mcproxy memberships}. */
@Command(
        name = "memberships",
        mixinStandardHelpOptions = true,
        description = {
            "Show what is asked for on the upstreams: what all downstreams "
                    + "want, merged and filtered.",
            "UNSENT is how often the last change is still to be reported."
        })
public final class MembershipsCommand extends View<List<Membership>> {
    @Parameters(index = "0", arity = "0..1", paramLabel = "GROUP", description = "Only this group.")
    @Nullable String group;

    @Mixin SelectionOptions selection = new SelectionOptions();

    /** For the program. */
    public MembershipsCommand() {
        this(Session.ofProcess());
    }

    MembershipsCommand(Session session) {
        super(session);
    }

    @Override
    List<Membership> read(Control control) {
        return control.memberships(selection.with(group, null));
    }

    @Override
    String json(List<Membership> memberships) {
        return Documents.json(Membership.class, memberships);
    }

    @Override
    void show(List<Membership> memberships, Sheet sheet) {
        if (memberships.isEmpty()) {
            sheet.sentence(
                    SelectionOptions.isPart(selection.with(group, null))
                            ? "No upstream is asked for this. Why not, tells: mcproxy explain GROUP"
                            : "No upstream is asked for anything. Who wants something? See:"
                                    + " mcproxy groups");
            return;
        }
        Table table =
                new Table()
                        .left("INSTANCE", "UPSTREAM", "GROUP", "MODE")
                        .flexible("SOURCES")
                        .left("AS")
                        .right("UNSENT");
        for (Membership one : memberships) {
            table.row(
                    one.instance(),
                    one.link(),
                    one.group(),
                    one.mode(),
                    sources(one),
                    one.version(),
                    one.reportsLeft());
        }
        sheet.table(table);
    }

    private static String sources(Membership one) {
        if (!one.mode().equals("exclude")) {
            return Words.list(one.sources());
        }
        return one.sources().isEmpty() ? "all" : "all but " + String.join(", ", one.sources());
    }
}
