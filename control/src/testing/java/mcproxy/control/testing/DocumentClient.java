package mcproxy.control.testing;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A client that knows nothing of the control API but its OpenAPI document: it makes requests of the
 * parameters and examples in it, and holds each answer against what the document says.
 */
public final class DocumentClient {
    private static final List<String> METHODS = List.of("get", "put", "post", "delete", "patch");
    private static final Duration EVENTS_LIMIT = Duration.ofSeconds(10);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final JsonNode document;
    private final ObjectNode strictComponents;
    private final SchemaRegistry registry =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    /** A client that has read the document. */
    public DocumentClient(String openApiYaml) {
        document = new YAMLMapper().readTree(openApiYaml);
        strictComponents = (ObjectNode) document.get("components").deepCopy();
        strictComponents.get("schemas").forEach(DocumentClient::close);
    }

    /** A document tells later members to be ignored; of the same version there must be none. */
    private static void close(JsonNode schema) {
        if (schema instanceof ObjectNode object
                && object.has("properties")
                && !object.has("additionalProperties")) {
            object.put("additionalProperties", false);
        }
    }

    /** The document. */
    public JsonNode document() {
        return document;
    }

    /**
     * An operation.
     *
     * @param id its operationId
     * @param method in capital letters
     * @param path with its parts in braces
     */
    public record Operation(String id, String method, String path, JsonNode node) {
        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    /**
     * A request that was made and answered as the document says.
     *
     * @param target what was asked for
     */
    public record Done(Operation operation, String target, RawHttp.Reply reply) {}

    /** All operations, in the order of the document. */
    public List<Operation> operations() {
        List<Operation> operations = new ArrayList<>();
        for (Map.Entry<String, JsonNode> path : document.get("paths").properties()) {
            for (String method : METHODS) {
                JsonNode node = path.getValue().get(method);
                if (node != null) {
                    operations.add(
                            new Operation(
                                    node.get("operationId").asString(),
                                    method.toUpperCase(Locale.ROOT),
                                    path.getKey(),
                                    node));
                }
            }
        }
        return operations;
    }

    /**
     * Makes every kind of request that the operation has: with the parameters that it needs, with
     * each other one besides, with all of them; with each example of a body; for each media type of
     * the answer.
     *
     * @param examples values in place of those of the document, by the parameter's name
     * @throws AssertionError when an answer is not as the document says
     */
    public List<Done> drive(Path socket, Operation operation, Map<String, String> examples)
            throws IOException {
        List<Done> done = new ArrayList<>();
        for (Map<String, JsonNode> parameters : variants(operation)) {
            for (Map.Entry<String, String> body : bodies(operation).entrySet()) {
                for (String accept : operation.node().at("/responses/200/content").propertyNames()) {
                    done.add(
                            call(socket, operation, parameters, body, accept, examples, false));
                    if (operation.method().equals("GET")) {
                        done.add(
                                call(socket, operation, parameters, body, accept, examples, true));
                    }
                }
            }
        }
        return done;
    }

    private List<Map<String, JsonNode>> variants(Operation operation) {
        Map<String, JsonNode> needed = new LinkedHashMap<>();
        Map<String, JsonNode> all = new LinkedHashMap<>();
        for (JsonNode parameter : parameters(operation)) {
            String name = parameter.get("name").asString();
            all.put(name, parameter);
            if (parameter.path("required").asBoolean(false)) {
                needed.put(name, parameter);
            }
        }
        List<Map<String, JsonNode>> variants = new ArrayList<>(List.of(needed));
        all.forEach((name, parameter) -> {
            if (!needed.containsKey(name)) {
                Map<String, JsonNode> oneMore = new LinkedHashMap<>(needed);
                oneMore.put(name, parameter);
                variants.add(oneMore);
            }
        });
        if (all.size() > needed.size() + 1) {
            variants.add(all);
        }
        return variants;
    }

    /** The parameters of an operation, references followed. */
    public List<JsonNode> parameters(Operation operation) {
        List<JsonNode> parameters = new ArrayList<>();
        operation.node().path("parameters").forEach(one -> parameters.add(resolve(one)));
        return parameters;
    }

    private Map<String, String> bodies(Operation operation) {
        Map<String, String> bodies = new TreeMap<>();
        JsonNode body = operation.node().get("requestBody");
        if (body == null) {
            return Map.of("", "");
        }
        for (Map.Entry<String, JsonNode> content : resolve(body).get("content").properties()) {
            String type = content.getKey();
            int number = 0;
            for (JsonNode example : examples(content.getValue())) {
                String text =
                        type.equals("application/json")
                                ? JSON.writeValueAsString(example)
                                : example.asString();
                bodies.put(type + ";" + number++, text);
            }
        }
        return bodies;
    }

    /** The examples of a media type. */
    private List<JsonNode> examples(JsonNode content) {
        List<JsonNode> examples = new ArrayList<>();
        if (content.has("example")) {
            examples.add(content.get("example"));
        }
        content.path("examples").forEach(one -> examples.add(resolve(one).get("value")));
        return examples;
    }

    private Done call(
            Path socket,
            Operation operation,
            Map<String, JsonNode> parameters,
            Map.Entry<String, String> body,
            String accept,
            Map<String, String> examples,
            boolean head)
            throws IOException {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("Accept", accept);
        String target = target(operation, parameters, examples, fields);
        if (!body.getKey().isEmpty()) {
            fields.put("Content-Type", body.getKey().split(";", 2)[0]);
        }
        byte[] bytes = body.getValue().getBytes(StandardCharsets.UTF_8);
        String method = head ? "HEAD" : operation.method();
        boolean endless = accept.equals("text/event-stream") && !head;
        RawHttp.Reply reply =
                endless
                        ? events(socket, target, fields)
                        : RawHttp.exchange(socket, method, target, fields, bytes);
        check(operation, target, reply, head);
        return new Done(operation, target, reply);
    }

    private String target(
            Operation operation,
            Map<String, JsonNode> parameters,
            Map<String, String> examples,
            Map<String, String> fields) {
        String path = operation.path();
        StringBuilder query = new StringBuilder();
        for (Map.Entry<String, JsonNode> entry : parameters.entrySet()) {
            String name = entry.getKey();
            JsonNode parameter = entry.getValue();
            String value = examples.getOrDefault(name, parameter.get("example").asString());
            String encoded =
                    URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
            switch (parameter.get("in").asString()) {
                case "path" -> path = path.replace("{" + name + "}", encoded);
                case "query" ->
                        query.append(query.isEmpty() ? '?' : '&')
                                .append(name)
                                .append('=')
                                .append(encoded);
                case "header" -> fields.put(name, value);
                default -> throw new AssertionError("where is the parameter " + parameter + "?");
            }
        }
        return path + query;
    }

    private static RawHttp.Reply events(Path socket, String target, Map<String, String> fields)
            throws IOException {
        StringBuilder request = new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: x\r\n");
        fields.forEach(
                (name, value) -> request.append(name).append(": ").append(value).append("\r\n"));
        byte[] bytes = request.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
        // Who asks for what has happened gets something; who does not may have to wait for ever.
        String enough = request.indexOf("Last-Event-ID") < 0 && request.indexOf("after=") < 0
                ? "retry: " : "\ndata: ";
        return RawHttp.parse(
                RawHttp.talk(
                        socket,
                        bytes,
                        EVENTS_LIMIT,
                        heard -> heard.contains(enough) || heard.contains("\"status\":")));
    }

    /**
     * Holds an answer against the document.
     *
     * @throws AssertionError when it is not as the document says
     */
    public void check(Operation operation, String target, RawHttp.Reply reply, boolean head) {
        String what = operation + " as " + target + " gave " + reply + ": ";
        JsonNode responses = operation.node().get("responses");
        JsonNode response = responses.get(Integer.toString(reply.status()));
        response = resolve(response == null ? responses.get("default") : response);
        JsonNode content = response.path("content").get(reply.mediaType());
        if (content == null) {
            throw new AssertionError(what + "no such media type");
        }
        for (String field : response.path("headers").propertyNames()) {
            if (!reply.fields().containsKey(field.toLowerCase(Locale.ROOT))) {
                throw new AssertionError(what + "no " + field);
            }
        }
        if (head) {
            if (!reply.body().isEmpty()) {
                throw new AssertionError(what + "a body");
            }
            return;
        }
        List<String> problems =
                switch (reply.mediaType()) {
                    case "application/json",
                                    "application/problem+json",
                                    "application/yang-data+json" ->
                            problems(content.get("schema"), JSON.readTree(reply.body()));
                    case "text/event-stream" -> eventProblems(content.get("x-data"), reply.body());
                    default -> reply.body().isEmpty() ? List.of("nothing in it") : List.of();
                };
        if (reply.mediaType().equals("application/problem+json")
                && JSON.readTree(reply.body()).get("status").asInt() != reply.status()) {
            throw new AssertionError(what + "another status in it");
        }
        if (!problems.isEmpty()) {
            throw new AssertionError(what + problems);
        }
    }

    private List<String> eventProblems(@Nullable JsonNode schema, String body) {
        List<String> problems = new ArrayList<>();
        String id = "";
        String kind = "";
        for (String line : body.split("\n", -1)) {
            if (line.startsWith("id: ")) {
                id = line.substring(4);
            } else if (line.startsWith("event: ")) {
                kind = line.substring(7);
            } else if (line.startsWith("data: ")) {
                JsonNode data = JSON.readTree(line.substring(6));
                problems.addAll(problems(schema, data));
                if (!data.path("cursor").asString().equals(id)
                        || !data.path("kind").asString().equals(kind)) {
                    problems.add("id and event differ from the data: " + line);
                }
            }
        }
        return problems;
    }

    /** What is wrong with a value; members that the schema does not have are, too. */
    public List<String> problems(@Nullable JsonNode schema, JsonNode value) {
        if (schema == null) {
            return List.of("there is no schema");
        }
        ObjectNode whole = (ObjectNode) schema.deepCopy();
        whole.set("components", strictComponents);
        Schema compiled = registry.getSchema(whole);
        return compiled.validate(value).stream().map(Error::toString).toList();
    }

    /** Examples of the document that are not as their own schemas say. */
    public List<String> wrongExamples() {
        List<String> wrong = new ArrayList<>();
        for (Map.Entry<String, JsonNode> schema :
                document.at("/components/schemas").properties()) {
            for (JsonNode example : schema.getValue().path("examples")) {
                check(schema.getKey(), schema.getValue(), example, wrong);
            }
        }
        for (JsonNode response : document.at("/components/responses")) {
            contents(response, wrong);
        }
        for (Operation operation : operations()) {
            operation.node().get("responses").forEach(one -> contents(resolve(one), wrong));
            if (operation.node().has("requestBody")) {
                contents(resolve(operation.node().get("requestBody")), wrong);
            }
            for (JsonNode parameter : parameters(operation)) {
                check(
                        operation + " " + parameter.get("name"),
                        parameter.get("schema"),
                        parameter.get("example"),
                        wrong);
            }
        }
        return wrong;
    }

    private void contents(JsonNode holder, List<String> wrong) {
        for (Map.Entry<String, JsonNode> content : holder.path("content").properties()) {
            List<JsonNode> examples = examples(content.getValue());
            if (examples.isEmpty()) {
                wrong.add("no example: " + holder.get("description"));
            }
            for (JsonNode example : examples) {
                check(content.getKey(), content.getValue().get("schema"), example, wrong);
            }
        }
    }

    private void check(
            String where, @Nullable JsonNode schema, JsonNode example, List<String> wrong) {
        List<String> problems = problems(schema, example);
        if (!problems.isEmpty()) {
            wrong.add(where + ": " + example + ": " + problems);
        }
    }

    /** Follows a reference. */
    public JsonNode resolve(JsonNode node) {
        JsonNode reference = node.get("$ref");
        return reference == null ? node : document.at(reference.asString().substring(1));
    }
}
