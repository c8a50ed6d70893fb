package mcproxy.cli;

import mcproxy.control.Control;
import mcproxy.control.Flow;
import mcproxy.control.Instance;
import mcproxy.control.Interface;
import mcproxy.control.Selection;
import mcproxy.control.Status;

import picocli.CommandLine.Command;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** {@code mcproxy status}. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = {
            "Show how the daemon is, what needs attention first: its instances, "
                    + "interfaces and fastest flows.",
            "With --json the daemon's own document only."
        })
public final class StatusCommand extends View<StatusCommand.Overview> {
    private static final int FLOWS_SHOWN = 5;
    private static final int INTERFACES_SHOWN = 20;
    private static final double NEARLY_FULL = 0.9;
    private static final double WORTH_TELLING = 0.5;

    /** For the program. */
    public StatusCommand() {
        this(Session.ofProcess());
    }

    StatusCommand(Session session) {
        super(session);
    }

    /** What is shown of the daemon; the lists are empty for programs, which ask for them. */
    record Overview(
            Status status, List<Instance> instances, List<Interface> interfaces, List<Flow> flows) {
        Overview {
            Objects.requireNonNull(status);
        }
    }

    @Override
    Overview read(Control control) {
        return common.json
                ? new Overview(control.status(), List.of(), List.of(), List.of())
                : new Overview(
                        control.status(),
                        control.instances(),
                        control.interfaces(Selection.ALL),
                        FlowsCommand.measured(control, Selection.ALL, session.pause()));
    }

    @Override
    String json(Overview overview) {
        return Documents.json(Status.class, overview.status());
    }

    @Override
    void show(Overview overview, Sheet sheet) {
        warnings(overview).forEach(text -> sheet.sentence("warning: ", text, Paint.WARNING));
        sheet.gap();
        Status status = overview.status();
        sheet.sentence(
                "mcproxy "
                        + status.version()
                        + ", process "
                        + status.pid()
                        + ", up "
                        + Words.duration(status.upMillis())
                        + ", logs "
                        + status.logLevel());
        sheet.sentence("configuration " + status.file() + ", loaded " + ago(status));
        if (!overview.instances().isEmpty()) {
            sheet.gap();
            sheet.table(instances(overview));
        }
        if (!overview.interfaces().isEmpty()) {
            sheet.gap();
            interfaces(overview.interfaces(), sheet);
        }
        flows(overview.flows(), sheet);
        limits(status, sheet);
    }

    /** The daemon's clock is the one that counts: its start and how long ago that was. */
    private static String ago(Status status) {
        try {
            Instant now = Instant.parse(status.startedAt()).plusMillis(status.upMillis());
            Duration age = Duration.between(Instant.parse(status.loadedAt()), now);
            return Words.duration(age.toMillis()) + " ago (" + status.loadedAt() + ")";
        } catch (DateTimeParseException _) {
            return status.loadedAt();
        }
    }

    /** What is not as it should be, each with what to do or where to look. */
    static List<String> warnings(Overview overview) {
        List<String> texts = new ArrayList<>();
        Status status = overview.status();
        if (status.reloadFailure() != null) {
            texts.add(
                    "the last reload changed nothing: "
                            + status.reloadFailure()
                            + "; see: mcproxy config check "
                            + status.file());
        }
        if (status.changed()) {
            texts.add(
                    "what runs differs from "
                            + status.file()
                            + " and is lost with a restart; mcproxy reload goes back to the file");
        }
        if (overview.instances().isEmpty()) {
            texts.add("no instance runs");
        }
        overview.instances().stream()
                .filter(instance -> instance.dropped() > 0)
                .forEach(instance ->
                        texts.add(
                                instance.name()
                                        + " dropped "
                                        + Words.counted(instance.dropped(), "message")
                                        + " because too many came at once; see: mcproxy counters"));
        texts.addAll(warnings(overview.interfaces()));
        status.limits().forEach(limit -> warn(limit, texts));
        return texts;
    }

    /** What is wrong with an interface; the same for both families is told once. */
    private static List<String> warnings(List<Interface> interfaces) {
        Map<List<String>, List<String>> families = new LinkedHashMap<>();
        for (Interface one : interfaces) {
            warning(one)
                    .ifPresent(warning ->
                            families.computeIfAbsent(warning, _ -> new ArrayList<>())
                                    .add(one.family()));
        }
        return families.entrySet().stream()
                .map(each ->
                        each.getKey().getFirst()
                                + " ("
                                + String.join(", ", each.getValue())
                                + ")"
                                + each.getKey().getLast())
                .toList();
    }

    /** What stands before and after the family. */
    private static Optional<List<String>> warning(Interface one) {
        String name = one.instance() + ": " + one.side() + " " + one.name();
        Interface.Downstream downstream = one.downstream();
        return switch (one.state()) {
            case "missing" -> Optional.of(List.of(name + " does not exist", ""));
            case "down" ->
                    Optional.of(List.of(name + " is down", "; ip link set " + one.name() + " up"));
            case "refused" ->
                    Optional.of(
                            List.of(
                                    name + " has no room in the kernel's table",
                                    "; move interfaces to another instance"));
            default ->
                    downstream == null || downstream.forwards()
                            ? Optional.empty()
                            : Optional.of(
                                    List.of(
                                            name + " gets nothing from us",
                                            ", as "
                                                    + Objects.requireNonNullElse(
                                                            downstream.querier(), "another router")
                                                    + " is its querier; see"
                                                    + " forward-when-not-querier in: mcproxy set"
                                                    + " --keys"));
        };
    }

    private static void warn(Status.Limit limit, List<String> texts) {
        String where =
                limit.instance()
                        + (limit.link() == null ? "" : ", " + limit.link())
                        + (limit.family() == null ? "" : ", " + limit.family());
        String use = limit.name() + " " + limit.used() + " of " + limit.limit();
        if (limit.refused() > 0) {
            texts.add(
                    where
                            + ": "
                            + use
                            + ", more was wanted "
                            + Words.counted(limit.refused(), "time"));
        } else if (limit.used() >= limit.limit() * NEARLY_FULL) {
            texts.add(where + ": " + use + ", nearly full");
        }
    }

    private static Table instances(Overview overview) {
        Table table =
                new Table()
                        .left("INSTANCE")
                        .right("TABLE", "UP")
                        .left("PROTOCOLS", "UPSTREAMS")
                        .flexible("DOWNSTREAMS")
                        .right("GROUPS", "FLOWS", "RATE");
        for (Instance one : overview.instances()) {
            List<Double> rates =
                    overview.flows().stream()
                            .filter(flow -> flow.instance().equals(one.name()))
                            .flatMap(flow -> Stream.ofNullable(flow.bitsPerSecond()))
                            .toList();
            boolean unknown = rates.isEmpty() && one.flows() > 0;
            table.row(
                    one.name(),
                    String.valueOf(one.table()),
                    Words.duration(one.upMillis()),
                    Words.list(one.protocols()),
                    Words.list(one.upstreams()),
                    Words.list(one.downstreams()),
                    one.groups(),
                    one.flows(),
                    unknown
                            ? Words.NONE
                            : Words.rate(rates.stream().mapToDouble(rate -> rate).sum()));
        }
        return table;
    }

    /** Of very many those that need a look. */
    private static void interfaces(List<Interface> all, Sheet sheet) {
        List<Interface> shown =
                all.size() <= INTERFACES_SHOWN
                        ? all
                        : all.stream()
                                .filter(one -> !one.state().equals("up"))
                                .limit(INTERFACES_SHOWN)
                                .toList();
        if (!shown.isEmpty()) {
            sheet.table(InterfacesCommand.table(shown));
        }
        if (shown.size() < all.size()) {
            sheet.sentence(
                    (shown.isEmpty() ? "" : "and ")
                            + Words.counted(all.size() - shown.size(), "interface")
                            + (shown.isEmpty() ? "" : " more")
                            + "; see: mcproxy interfaces");
        }
    }

    static double orZero(@org.jspecify.annotations.Nullable Double known) {
        return known == null ? 0 : known;
    }

    private static void flows(List<Flow> flows, Sheet sheet) {
        if (flows.isEmpty()) {
            return;
        }
        sheet.gap();
        Table table =
                new Table()
                        .left("SOURCE", "GROUP", "FROM")
                        .flexible("TO")
                        .right("RATE", "PKT/S", "AGE");
        FlowsCommand.fastestFirst(flows).stream()
                .limit(FLOWS_SHOWN)
                .forEach(flow ->
                        table.row(
                                flow.source(),
                                flow.group(),
                                flow.incoming(),
                                FlowsCommand.to(flow),
                                Words.rate(flow.bitsPerSecond()),
                                Words.perSecond(flow.packetsPerSecond()),
                                Words.duration(flow.ageMillis())));
        sheet.table(table);
        if (flows.size() > FLOWS_SHOWN) {
            sheet.sentence(
                    "and "
                            + (flows.size() - FLOWS_SHOWN)
                            + " more; see: mcproxy flows, mcproxy top");
        }
    }

    private static void limits(Status status, Sheet sheet) {
        Table table =
                new Table()
                        .left("LIMIT", "INSTANCE", "INTERFACE", "FAMILY")
                        .right("USED", "OF", "REFUSED");
        for (Status.Limit limit : status.limits()) {
            if (limit.refused() == 0 && limit.used() < limit.limit() * WORTH_TELLING) {
                continue;
            }
            table.row(
                    limit.name(),
                    limit.instance(),
                    Words.orNone(limit.link()),
                    Words.orNone(limit.family()),
                    limit.used(),
                    limit.limit(),
                    limit.refused());
        }
        if (!table.isEmpty()) {
            sheet.gap();
            sheet.table(table);
        }
    }
}
