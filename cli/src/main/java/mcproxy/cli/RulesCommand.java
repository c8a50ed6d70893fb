package mcproxy.cli;

import mcproxy.control.Control;
import mcproxy.control.RuleHits;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.util.List;

/** {@code mcproxy rules}. */
@Command(
        name = "rules",
        mixinStandardHelpOptions = true,
        description = {
            "Show the rules of the filters, and how many decisions each had a "
                    + "say in, about memberships and about packets without a route."
        })
public final class RulesCommand extends View<List<RuleHits>> {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "INTERFACE",
            description = "Only those on this interface.")
    @Nullable String argument;

    @Mixin LinkSelection selection = new LinkSelection();

    /** For the program. */
    public RulesCommand() {
        this(Session.ofProcess());
    }

    RulesCommand(Session session) {
        super(session);
    }

    @Override
    List<RuleHits> read(Control control) {
        return control.rules(selection.with(argument));
    }

    @Override
    String json(List<RuleHits> rules) {
        return Documents.json(RuleHits.class, rules);
    }

    @Override
    void show(List<RuleHits> rules, Sheet sheet) {
        if (rules.isEmpty()) {
            sheet.sentence(
                    SelectionOptions.isPart(selection.with(argument))
                            ? "No filter is there, so everything passes. See all: mcproxy rules"
                            : "There is no filter, so everything passes. To make one: mcproxy add"
                                    + " filter --help");
            return;
        }
        Table table =
                new Table()
                        .left("INSTANCE", "SIDE", "INTERFACE", "DIR", "KIND", "TABLE")
                        .right("NR")
                        .flexible("RULE")
                        .right("HITS");
        for (RuleHits one : rules) {
            table.row(
                    one.instance(),
                    one.side(),
                    one.link(),
                    one.direction(),
                    one.kind(),
                    one.table().isEmpty() ? Words.NONE : one.table(),
                    one.number(),
                    one.rule(),
                    one.hits() == 0 ? new Cell("0", Paint.MINOR) : Cell.of(one.hits()));
        }
        sheet.table(table);
    }
}
