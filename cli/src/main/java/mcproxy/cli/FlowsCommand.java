package mcproxy.cli;

import mcproxy.control.Control;
import mcproxy.control.Flow;
import mcproxy.control.Selection;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/** {@code mcproxy flows}. */
@Command(
        name = "flows",
        mixinStandardHelpOptions = true,
        description = {
            "Show the kernel's forwarding entries, the fastest first: where "
                    + "packets come in and go out, how many, how fast.",
            "WRONG are packets that came in elsewhere and were dropped."
        })
public final class FlowsCommand extends View<List<Flow>> {
    private static final Comparator<Flow> FASTEST_FIRST =
            Comparator.comparingDouble((Flow flow) -> rate(flow.bitsPerSecond()))
                    .thenComparingDouble(flow -> rate(flow.packetsPerSecond()))
                    .reversed();

    /** Over less than half a second the daemon gives no rate. */
    private static final Duration MEASURE = Duration.ofMillis(600);

    @Parameters(index = "0", arity = "0..1", paramLabel = "GROUP", description = "Only this group.")
    @Nullable String group;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "SOURCE",
            description = "Only from this source.")
    @Nullable String source;

    @Mixin SelectionOptions selection = new SelectionOptions();

    /** For the program. */
    public FlowsCommand() {
        this(Session.ofProcess());
    }

    FlowsCommand(Session session) {
        super(session);
    }

    private static double rate(@Nullable Double known) {
        return known == null ? -1 : known;
    }

    /** Those with equal rates stay as they are. */
    static List<Flow> fastestFirst(List<Flow> flows) {
        return flows.stream().sorted(FASTEST_FIRST).toList();
    }

    @Override
    List<Flow> read(Control control) {
        return measured(control, selection.with(group, source), session.pause());
    }

    /**
     * The flows with their rates. The daemon knows a rate from the second time on that somebody
     * asks, so whoever is the first asks twice.
     */
    static List<Flow> measured(Control control, Selection selection, Session.Pause pause) {
        List<Flow> flows = control.flows(selection);
        boolean isFirst =
                flows.stream()
                        .anyMatch(flow ->
                                flow.bitsPerSecond() == null
                                        && flow.ageMillis() > MEASURE.toMillis());
        if (!isFirst) {
            return flows;
        }
        try {
            pause.take(MEASURE);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return flows;
        }
        return control.flows(selection);
    }

    @Override
    String json(List<Flow> flows) {
        return Documents.json(Flow.class, flows);
    }

    @Override
    void show(List<Flow> flows, Sheet sheet) {
        if (!flows.isEmpty()) {
            sheet.table(table(fastestFirst(flows)));
        } else if (SelectionOptions.isPart(selection.with(group, source))) {
            sheet.sentence(
                    "The kernel has no such entry. Why not, tells: mcproxy explain GROUP [SOURCE]");
        } else {
            sheet.sentence(
                    "The kernel has no entry: nobody sends to a group, or nobody watches. See:"
                            + " mcproxy groups");
        }
    }

    static Table table(List<Flow> flows) {
        Table table =
                new Table()
                        .left("INSTANCE", "SOURCE", "GROUP", "FROM")
                        .flexible("TO")
                        .right("RATE", "PKT/S", "PACKETS", "BYTES", "WRONG", "AGE");
        for (Flow flow : flows) {
            table.row(
                    flow.instance(),
                    flow.source(),
                    flow.group(),
                    flow.incoming(),
                    to(flow),
                    Words.rate(flow.bitsPerSecond()),
                    Words.perSecond(flow.packetsPerSecond()),
                    flow.packets(),
                    Words.bytes(flow.bytes()),
                    new Cell(
                            Words.count(flow.wrongInterface()),
                            flow.wrongInterface() > 0 ? Paint.WARNING : Paint.PLAIN),
                    Words.duration(flow.ageMillis()));
        }
        return table;
    }

    static Cell to(Flow flow) {
        return flow.outgoing().isEmpty()
                ? new Cell("nowhere", Paint.MINOR)
                : Cell.of(Words.list(flow.outgoing()));
    }
}
