package mcproxy.lab;

import io.avaje.jsonb.Json;
import io.avaje.jsonb.JsonType;
import io.avaje.jsonb.Jsonb;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * A multicast route as the kernel reports it to {@code ip -j -s mroute show table all}.
 *
 * @param source the source's address; {@code 0.0.0.0} or {@code ::} for any
 * @param group the group's address
 * @param incoming the interface from which packets are taken; null while the route is unresolved
 * @param outgoing the interfaces to which they are forwarded
 * @param state {@code resolved}, or {@code unresolved} while the kernel waits for the daemon
 * @param packets packets that came so far
 * @param bytes their bytes
 * @param wrongInterface how many of them came from a wrong interface
 * @param table the table's name or number
 */
@Json
public record MulticastRoute(
        @Json.Property("src") String source,
        @Json.Property("dst") String group,
        @Json.Property("iif") @Nullable String incoming,
        @Json.Property("multipath") @Nullable List<Outgoing> outgoing,
        @Nullable String state,
        long packets,
        long bytes,
        @Json.Property("wrong_if") long wrongInterface,
        @Nullable String table) {
    private static final JsonType<List<MulticastRoute>> LIST =
            Jsonb.instance().type(MulticastRoute.class).list();

    /**
     * An interface to which packets are forwarded.
     *
     * @param name its name
     */
    @Json
    public record Outgoing(@Json.Property("oif") String name) {}

    /** All routes of both families and all tables of a host. */
    public static List<MulticastRoute> of(Host host) {
        List<MulticastRoute> routes = new ArrayList<>();
        for (String family : List.of("-4", "-6")) {
            String json = host.ip("-j", "-s", family, "mroute", "show", "table", "all");
            routes.addAll(parse(json));
        }
        return routes;
    }

    /** Routes from the text of ip(8), which is empty when there is no table. */
    static List<MulticastRoute> parse(String json) {
        return json.isBlank() ? List.of() : LIST.fromJson(json);
    }

    /** The names of the interfaces to which packets are forwarded, in the kernel's order. */
    public List<String> outgoingNames() {
        return outgoing == null ? List.of() : outgoing.stream().map(Outgoing::name).toList();
    }

    /** Where packets come from and go to: {@code wan -> lan1 lan2}. */
    public String path() {
        if ("unresolved".equals(state)) {
            return "(unresolved)";
        }
        List<String> names = outgoingNames();
        return incoming + " -> " + (names.isEmpty() ? "(dropped)" : String.join(" ", names));
    }

    @Override
    public String toString() {
        return source + " > " + group + "  " + path();
    }
}
