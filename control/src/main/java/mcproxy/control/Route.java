package mcproxy.control;

import java.util.List;

/**
 * One operation on one resource.
 *
 * @param method GET, which is HEAD as well, PUT or POST; all but GET change something
 * @param path where it is; a part in braces stands for any name
 * @param parameters those of the query, in the order in which they are told
 * @param required those that must be there
 * @param takes the media type of the body; empty when it takes none
 * @param gives the media types of the answer, the one first that is given to who does not care
 * @param handler answers it
 */
record Route(
        String method,
        String path,
        List<Parameter> parameters,
        List<Parameter> required,
        String takes,
        List<String> gives,
        Handler handler) {
    static final String JSON = "application/json";
    static final String TEXT = "text/plain";
    static final String EVENTS = "text/event-stream";
    static final String YAML = "application/yaml";
    static final String METRICS = "text/plain; version=0.0.4; charset=utf-8";

    /** RFC 8040 3.2. */
    static final String YANG = "application/yang-data+json";

    /** Answers a call on a thread that may wait for a second or two. */
    @FunctionalInterface
    interface Handler {
        /** The answer; throws {@link Refused} or what {@link Control} throws otherwise. */
        Answer answer(Call call);
    }

    /** Reads something as JSON. */
    static Route get(String path, Handler handler) {
        return new Route("GET", path, List.of(), List.of(), "", List.of(JSON), handler);
    }

    /** Sets something. */
    static Route put(String path, String takes, Handler handler) {
        return new Route("PUT", path, List.of(), List.of(), takes, List.of(JSON), handler);
    }

    /** Does something. */
    static Route post(String path, String takes, Handler handler) {
        return new Route("POST", path, List.of(), List.of(), takes, List.of(JSON), handler);
    }

    Route with(List<Parameter> some) {
        return new Route(method, path, some, required, takes, gives, handler);
    }

    Route with(Parameter... some) {
        return with(List.of(some));
    }

    Route requiring(Parameter... some) {
        return new Route(method, path, parameters, List.of(some), takes, gives, handler);
    }

    Route giving(String... types) {
        return new Route(method, path, parameters, required, takes, List.of(types), handler);
    }

    /** May only those do it who may make changes? */
    boolean changes() {
        return !method.equals("GET");
    }
}
