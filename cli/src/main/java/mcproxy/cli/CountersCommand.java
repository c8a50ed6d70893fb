package mcproxy.cli;

import mcproxy.control.Control;
import mcproxy.control.Counter;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.util.List;

/** {@code mcproxy counters}. */
@Command(
        name = "counters",
        mixinStandardHelpOptions = true,
        description = {
            "Show what was counted since the start: messages heard and sent, "
                    + "packets refused by reason, and what was dropped."
        })
public final class CountersCommand extends View<List<Counter>> {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "NAME",
            description = "Only this counter, for instance refused.")
    @Nullable String name;

    @Mixin LinkSelection selection = new LinkSelection();

    @Option(names = "--all", description = "Those that are 0, too; with --json they always are.")
    boolean all;

    /** For the program. */
    public CountersCommand() {
        this(Session.ofProcess());
    }

    CountersCommand(Session session) {
        super(session);
    }

    @Override
    List<Counter> read(Control control) {
        return control.counters(selection.with(null)).stream()
                .filter(counter -> name == null || name.equals(counter.name()))
                .toList();
    }

    @Override
    String json(List<Counter> counters) {
        return Documents.json(Counter.class, counters);
    }

    @Override
    void show(List<Counter> counters, Sheet sheet) {
        List<Counter> shown =
                counters.stream().filter(counter -> all || counter.value() != 0).toList();
        if (shown.isEmpty()) {
            sheet.sentence(
                    counters.isEmpty()
                            ? "There is no such counter. See all: mcproxy counters --all"
                            : "Nothing was counted yet. See all counters: mcproxy counters --all");
            return;
        }
        Table table =
                new Table()
                        .left("INSTANCE", "INTERFACE", "COUNTER")
                        .flexible("KIND")
                        .right("VALUE");
        for (Counter counter : shown) {
            table.row(
                    Words.orNone(counter.instance()),
                    Words.orNone(counter.link()),
                    counter.name(),
                    Words.orNone(counter.label()),
                    counter.value());
        }
        sheet.table(table);
    }
}
