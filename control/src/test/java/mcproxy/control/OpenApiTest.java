package mcproxy.control;

import static org.assertj.core.api.Assertions.assertThat;

import mcproxy.control.testing.DocumentClient;
import mcproxy.control.testing.DocumentClient.Done;
import mcproxy.control.testing.DocumentClient.Operation;
import mcproxy.control.testing.FakeControl;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The OpenAPI document describes the server, all of it and nothing else. */
class OpenApiTest {
    /** The documents, each with the records in it. */
    private static final List<Class<?>> DOCUMENTS =
            List.of(
                    Status.class,
                    Instance.class,
                    Interface.class,
                    Group.class,
                    Member.class,
                    Membership.class,
                    Flow.class,
                    RuleHits.class,
                    Counter.class,
                    Explanation.class,
                    Happening.class,
                    Outcome.class,
                    Change.class,
                    LogLevel.class,
                    Cleared.class,
                    ProblemDocument.class);

    private final DocumentClient client = new DocumentClient(Routes.openApi());

    private static List<Route> table() {
        return new Routes(new FakeControl(), List::of).table();
    }

    @Test
    void everyRouteIsInTheDocumentAndTheOtherWayRound() {
        assertThat(client.operations())
                .extracting(Operation::toString)
                .containsExactlyInAnyOrderElementsOf(
                        table().stream()
                                .map(route -> route.method() + " " + route.path())
                                .toList());
    }

    @Test
    void parametersBodiesAndAnswersOfRoutesAreThoseOfTheDocument() {
        for (Route route : table()) {
            Operation operation =
                    client.operations().stream()
                            .filter(one ->
                                    one.toString().equals(route.method() + " " + route.path()))
                            .findFirst()
                            .orElseThrow();
            assertThat(parameters(operation, "query"))
                    .as("query of %s", operation)
                    .containsExactlyInAnyOrderElementsOf(
                            route.parameters().stream()
                                    .map(one -> one + (route.required().contains(one) ? "!" : ""))
                                    .toList());
            assertThat(parameters(operation, "path"))
                    .as("path of %s", operation)
                    .hasSize(route.path().contains("{") ? 1 : 0);
            assertThat(operation.node().at("/requestBody/content").propertyNames())
                    .as("body of %s", operation)
                    .containsExactlyElementsOf(
                            route.takes().isEmpty() ? List.of() : List.of(route.takes()));
            assertThat(operation.node().at("/responses/200/content").propertyNames())
                    .as("answer of %s", operation)
                    .containsExactlyElementsOf(route.gives());
        }
    }

    private List<String> parameters(Operation operation, String where) {
        return client.parameters(operation).stream()
                .filter(one -> one.get("in").asString().equals(where))
                .map(one ->
                        one.get("name").asString() + (one.get("required").asBoolean() ? "!" : ""))
                .toList();
    }

    @Test
    void everyComponentOfEveryDocumentIsInItsSchema() {
        Set<String> records = new TreeSet<>();
        DOCUMENTS.forEach(document -> compare(document, records));
        Set<String> schemas =
                client.document().at("/components/schemas").propertyNames().stream()
                        .filter(name -> !name.startsWith("Configur"))
                        .collect(Collectors.toCollection(TreeSet::new));
        assertThat(records).isEqualTo(schemas);
    }

    private void compare(Class<?> document, Set<String> seen) {
        if (!seen.add(document.getSimpleName())) {
            return;
        }
        JsonNode schema = client.document().at("/components/schemas/" + document.getSimpleName());
        assertThat(schema.path("description").asString("")).as("%s", document).isNotEmpty();
        RecordComponent[] components = document.getRecordComponents();
        assertThat(schema.path("properties").propertyNames())
                .as("members of %s", document)
                .containsExactlyElementsOf(
                        Stream.of(components).map(RecordComponent::getName).toList());
        List<String> required = new ArrayList<>();
        schema.path("required").forEach(one -> required.add(one.asString()));
        assertThat(required)
                .as("members of %s that are always there", document)
                .containsExactlyElementsOf(
                        Stream.of(components)
                                .filter(one -> !isNullable(one))
                                .map(RecordComponent::getName)
                                .toList());
        for (RecordComponent component : components) {
            JsonNode property = schema.get("properties").get(component.getName());
            assertThat(property.path("description").asString(""))
                    .as("%s.%s", document, component.getName())
                    .hasSizeGreaterThan(5);
            compare(component.getGenericType(), property, document + "." + component, seen);
        }
    }

    private static boolean isNullable(RecordComponent component) {
        return component.getAnnotatedType().isAnnotationPresent(Nullable.class);
    }

    private void compare(Type type, JsonNode schema, String where, Set<String> seen) {
        switch (type) {
            case ParameterizedType list when list.getRawType() == List.class -> {
                assertThat(schema.path("type").asString("")).as(where).isEqualTo("array");
                compare(list.getActualTypeArguments()[0], schema.get("items"), where, seen);
            }
            case ParameterizedType map -> {
                assertThat(map.getRawType()).isEqualTo(Map.class);
                assertThat(schema.at("/additionalProperties/type").asString(""))
                        .as(where)
                        .isEqualTo("string");
            }
            case Class<?> record when record.isRecord() -> {
                assertThat(schema.path("$ref").asString(""))
                        .as(where)
                        .isEqualTo("#/components/schemas/" + record.getSimpleName());
                compare(record, seen);
            }
            default ->
                    assertThat(
                                    schema.path("type").asString("")
                                            + " "
                                            + schema.path("format").asString(""))
                            .as(where)
                            .startsWith(simple(type));
        }
    }

    private static String simple(Type type) {
        if (type == String.class) {
            return "string ";
        }
        if (type == boolean.class) {
            return "boolean ";
        }
        if (type == int.class || type == Integer.class) {
            return "integer int32";
        }
        if (type == long.class || type == Long.class) {
            return "integer int64";
        }
        if (type == Double.class) {
            return "number double";
        }
        throw new AssertionError("how is " + type + " in JSON?");
    }

    @Test
    void everyExampleIsAsItsSchemaSays() {
        assertThat(client.wrongExamples()).isEmpty();
    }

    @Test
    void aClientMadeOfTheDocumentAloneDrivesTheServer(@TempDir Path folder)
            throws IOException, ControlStartException {
        Path socket = folder.resolve("s");
        FakeControl control = new FakeControl();
        control.events().happen("downstream-membership", "tv", "lan0: 232.1.1.1 is wanted");
        control.events().happen("querier-elected", "", "lan0: we are querier");
        try (ControlServer server =
                ControlServer.start(
                        control, ControlSocket.at(socket), ControlLimits.DEFAULT, _ -> {})) {
            for (Operation operation : client.operations()) {
                List<Done> done = client.drive(socket, operation, Map.of());
                assertThat(done).as("%s", operation).isNotEmpty();
                assertThat(done)
                        .as("%s", operation)
                        .allSatisfy(one -> assertThat(one.reply().status()).isEqualTo(200));
            }
            assertThat(control.done())
                    .contains("replace", "reload", "clear 3", "log-level debug", "add downstream");
            assertThat(server.counters())
                    .filteredOn(counter -> counter.name().equals("control-refused"))
                    .allSatisfy(counter -> assertThat(counter.value()).isZero());
        }
    }

    @Test
    void refusalsAreAsTheDocumentSaysToo(@TempDir Path folder)
            throws IOException, ControlStartException {
        Path socket = folder.resolve("s");
        FakeControl control = new FakeControl();
        control.onReload(new Outcome(false, List.of(), List.of(), "EADDRINUSE: table 0 is taken"));
        try (ControlServer _ =
                ControlServer.start(
                        control, ControlSocket.at(socket), ControlLimits.DEFAULT, _ -> {})) {
            for (Operation operation : client.operations()) {
                Map<String, String> wrong =
                        Map.of(
                                "instance",
                                "nobody",
                                "name",
                                "nobody",
                                "link",
                                "",
                                "group",
                                "x",
                                "source",
                                "224.0.0.1",
                                "dry-run",
                                "perhaps",
                                "after",
                                "-1",
                                "Last-Event-ID",
                                "x");
                for (Done one : client.drive(socket, operation, wrong)) {
                    boolean plain =
                            !one.target().contains("?")
                                    && !operation.path().endsWith("}")
                                    && !operation.id().equals("reload")
                                    && !operation.id().equals("events"); // by Last-Event-ID
                    if (plain) {
                        assertThat(one.reply().status()).as("%s", one).isEqualTo(200);
                    } else if (!operation.id().equals("events")) {
                        assertThat(one.reply().status()).as("%s", one).isBetween(400, 499);
                    }
                }
            }
        }
    }
}
