package mcproxy.control;

import mcproxy.config.ConfigShow;
import mcproxy.config.ConfigurationReader;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** All resources of the control API. The OpenAPI document describes exactly these. */
final class Routes {
    private final Control control;
    private final Supplier<List<Counter>> serversCounters;

    /**
     * Resources of a daemon.
     *
     * @param serversCounters what the server itself has counted
     */
    Routes(Control control, Supplier<List<Counter>> serversCounters) {
        this.control = control;
        this.serversCounters = serversCounters;
    }

    /** The table: one line adds a resource. */
    List<Route> table() {
        return List.of(
                Route.get("/v1/status", one(Status.class, _ -> control.status())),
                Route.get("/v1/instances", all(Instance.class, _ -> control.instances())),
                Route.get("/v1/instances/{name}", one(Instance.class, this::instance)),
                Route.get("/v1/interfaces", selected(Interface.class, control::interfaces))
                        .with(Parameter.INSTANCE, Parameter.LINK),
                Route.get("/v1/groups", selected(Group.class, control::groups))
                        .with(Parameter.SELECTION),
                Route.get("/v1/memberships", selected(Membership.class, control::memberships))
                        .with(Parameter.SELECTION),
                Route.get("/v1/flows", selected(Flow.class, control::flows))
                        .with(Parameter.SELECTION),
                Route.get("/v1/hosts", selected(Member.class, control::hosts))
                        .with(Parameter.SELECTION),
                Route.get("/v1/rules", selected(RuleHits.class, control::rules))
                        .with(Parameter.INSTANCE, Parameter.LINK),
                Route.get("/v1/counters", all(Counter.class, this::counters))
                        .with(Parameter.INSTANCE, Parameter.LINK),
                Route.get("/v1/explain", all(Explanation.class, this::explain))
                        .with(Parameter.SELECTION)
                        .requiring(Parameter.GROUP),
                Route.get("/v1/yang", this::yang).with(Parameter.INSTANCE).giving(Route.YANG),
                metrics(),
                Route.get("/v1/events", this::events).with(Parameter.AFTER).giving(Route.EVENTS),
                Route.get("/v1/configuration", this::configuration).giving(Route.TEXT, Route.JSON),
                Route.put("/v1/configuration", Route.TEXT, this::replace).with(Parameter.DRY_RUN),
                Route.post("/v1/changes", Route.JSON, this::change).with(Parameter.DRY_RUN),
                Route.post("/v1/reload", "", _ -> outcome(control.reload(), false)),
                Route.post("/v1/clear", "", one(Cleared.class, this::clear))
                        .with(Parameter.INSTANCE, Parameter.LINK, Parameter.GROUP),
                Route.get("/v1/log-level", one(LogLevel.class, _ -> logLevel())),
                Route.put("/v1/log-level", Route.JSON, one(LogLevel.class, this::setLogLevel)),
                Route.get("/v1/openapi.yaml", _ -> new Answer.Text(Route.YAML, openApi()))
                        .giving(Route.YAML));
    }

    private static <T> Route.Handler one(Class<T> type, Function<Call, T> answer) {
        return call -> new Answer.Document<>(Json.type(type), answer.apply(call));
    }

    private static <T> Route.Handler all(Class<T> type, Function<Call, List<T>> answer) {
        return call -> new Answer.Document<>(Json.list(type), answer.apply(call));
    }

    private static <T> Route.Handler selected(Class<T> type, Function<Selection, List<T>> answer) {
        return all(type, call -> answer.apply(call.selection()));
    }

    private Instance instance(Call call) {
        String name = call.names().getFirst();
        for (Instance instance : control.instances()) {
            if (instance.name().equals(name)) {
                return instance;
            }
        }
        List<String> names = control.status().instances();
        if (names.contains(name)) {
            throw Refused.with(Refusal.BUSY, "the instance " + name + " does not answer in time");
        }
        throw Refused.knowing(
                Refusal.NOT_FOUND,
                "there is no instance '" + name + "'; running: " + String.join(", ", names),
                names);
    }

    private List<Counter> counters(Call call) {
        Selection selection = call.selection();
        List<Counter> counters = new ArrayList<>(control.counters(selection));
        Set<String> told = counters.stream().map(Counter::name).collect(Collectors.toSet());
        if (selection.equals(Selection.ALL)) {
            // A daemon may tell them too, to those who ask it otherwise.
            serversCounters.get().stream()
                    .filter(ours -> !told.contains(ours.name()))
                    .forEach(counters::add);
        }
        return counters;
    }

    private List<Explanation> explain(Call call) {
        return control.explain(
                call.need(Parameter.GROUP), call.find(Parameter.SOURCE), call.selection());
    }

    private Answer yang(Call call) {
        return new Answer.Document<>(
                Route.YANG, Json.yang(), YangState.of(control, call.selection()));
    }

    /** The one resource that is not for us to name; Prometheus looks for it there. */
    Route metrics() {
        return Route.get("/metrics", _ -> new Answer.Text(Route.METRICS, control.metrics()))
                .giving(Route.TEXT);
    }

    private Answer events(Call call) {
        String lastEventId = call.lastEventId();
        if (call.find(Parameter.AFTER).isEmpty() && lastEventId != null) {
            Parameter.AFTER.check(lastEventId);
            return new Answer.Events(Long.parseLong(lastEventId));
        }
        return new Answer.Events(
                call.find(Parameter.AFTER)
                        .map(Long::parseLong)
                        .orElseGet(() -> control.events().cursor()));
    }

    private Answer configuration(Call call) {
        String text = control.configuration();
        if (call.gives().equals(Route.TEXT)) {
            return new Answer.Text(Route.TEXT, text);
        }
        return new Answer.Text(
                Route.JSON,
                ConfigurationReader.read("running", text)
                        .configuration()
                        .map(configuration -> new ConfigShow(configuration).json())
                        .orElseThrow());
    }

    private Answer replace(Call call) {
        return outcome(control.replace(call.text(), call.isDryRun()), call.isDryRun());
    }

    private Answer change(Call call) {
        List<Change> changes = Json.readList(Change.class, call.body());
        return outcome(control.change(changes, call.isDryRun()), call.isDryRun());
    }

    private static Answer outcome(Outcome outcome, boolean dryRun) {
        boolean wouldDo =
                outcome.failure() == null
                        && outcome.problems().stream()
                                .noneMatch(problem -> problem.severity().equals("error"));
        if (dryRun ? wouldDo : outcome.applied()) {
            return new Answer.Document<>(Json.type(Outcome.class), outcome);
        }
        throw Refused.of(outcome);
    }

    private Cleared clear(Call call) {
        return new Cleared(control.clear(call.selection()));
    }

    private LogLevel logLevel() {
        return new LogLevel(control.status().logLevel());
    }

    private LogLevel setLogLevel(Call call) {
        LogLevel wanted = Json.read(LogLevel.class, call.body());
        @Nullable String level = wanted.level();
        if (level == null) {
            throw Refused.with(Refusal.MALFORMED, "the member level is needed");
        }
        control.logLevel(level);
        return wanted;
    }

    /** The OpenAPI document. */
    static String openApi() {
        try (InputStream document = Routes.class.getResourceAsStream("openapi.yaml")) {
            return new String(
                    Objects.requireNonNull(document).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
