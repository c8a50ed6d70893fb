package mcproxy.daemon;

import mcproxy.core.EngineView;
import mcproxy.core.FilterMode;
import mcproxy.wire.IpAddress;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The state of the instances as text for people ({@code -s}). */
final class StatusText {
    private StatusText() {}

    /** A block of lines for one instance; lines end with a line feed, the last one too. */
    static String of(InstanceView view) {
        StringBuilder text =
                new StringBuilder(of(view.name(), view.table(), view.upNanos(), view.engine()));
        if (view.waiting() > 0) {
            line(text, 1, "messages waiting: " + view.waiting());
        }
        if (!view.counters().isEmpty()) {
            line(
                    text,
                    1,
                    view.counters().entrySet().stream()
                            .map(count -> count.getKey() + " " + count.getValue())
                            .collect(Collectors.joining(", ", "counted: ", "")));
        }
        return text.toString();
    }

    /** The state of an engine, as the first of those lines. */
    static String of(String instance, int table, long upNanos, EngineView engine) {
        StringBuilder text = new StringBuilder();
        line(text, 0, "instance %s (table %d, up %s)".formatted(instance, table, seconds(upNanos)));
        engine.upstreams().forEach(upstream -> add(upstream, text));
        engine.downstreams().forEach(downstream -> add(downstream, text));
        line(text, 1, "routes: " + engine.routes().size());
        engine.routes().forEach(route -> line(text, 2, route(route)));
        engine.rules().forEach(rule -> line(text, 1, rule(rule)));
        return text.toString();
    }

    private static void add(EngineView.Upstream upstream, StringBuilder text) {
        line(
                text,
                1,
                "upstream %s, %s: %d groups"
                        .formatted(upstream.link(), upstream.protocol(), upstream.groups().size()));
        upstream.groups().forEach(group -> line(text, 2, group.group() + " " + group.membership()));
    }

    private static void add(EngineView.Downstream downstream, StringBuilder text) {
        String querier =
                downstream.isQuerier() ? "we are querier" : "querier " + downstream.querier();
        line(
                text,
                1,
                "downstream %s, %s, %s: %d groups"
                        .formatted(
                                downstream.link(),
                                downstream.protocol(),
                                querier,
                                downstream.groups().size()));
        for (EngineView.Group group : downstream.groups()) {
            String timer =
                    group.mode() == FilterMode.EXCLUDE
                            ? " (" + seconds(group.timerNanos()) + ")"
                            : "";
            line(
                    text,
                    2,
                    "%s %s %s%s"
                            .formatted(group.group(), group.compatibility(), group.mode(), timer));
            if (!group.mapped().isEmpty() && group.mode() == FilterMode.EXCLUDE) {
                line(text, 3, "mapped to: " + addresses(group.mapped()));
            }
            if (!group.running().isEmpty()) {
                line(text, 3, "wanted: " + sources(group.running()));
            }
            if (!group.excluded().isEmpty()) {
                line(text, 3, "not wanted: " + addresses(group.excluded()));
            }
            group.hosts().forEach(host -> line(text, 3, host(host)));
        }
    }

    private static String host(EngineView.Host host) {
        String at = host.linkAddress().isNone() ? "" : " at " + host.linkAddress();
        return "host %s%s, %s: %s (%s)"
                .formatted(
                        host.address(),
                        at,
                        host.protocol(),
                        host.membership(),
                        seconds(host.timerNanos()));
    }

    private static String sources(List<EngineView.Source> sources) {
        return sources.stream()
                .map(source -> source.source() + " (" + seconds(source.timerNanos()) + ")")
                .collect(Collectors.joining(", "));
    }

    private static String addresses(List<IpAddress> addresses) {
        return addresses.stream().map(IpAddress::toString).collect(Collectors.joining(", "));
    }

    private static String route(EngineView.Route route) {
        String to = route.outgoing().isEmpty() ? "nowhere" : String.join(", ", route.outgoing());
        return "(%s, %s) %s ==> %s".formatted(route.source(), route.group(), route.incoming(), to);
    }

    private static String rule(EngineView.RuleHits rule) {
        String where = rule.table().isEmpty() ? "" : " of table " + rule.table();
        return "%s %s %s %s: rule %d%s %s: %d hits"
                .formatted(
                        rule.role().toString().toLowerCase(Locale.ROOT),
                        rule.on(),
                        rule.direction().toString().toLowerCase(Locale.ROOT),
                        rule.kind().toString().toLowerCase(Locale.ROOT),
                        rule.number(),
                        where,
                        rule.rule(),
                        rule.hits());
    }

    private static String seconds(long nanos) {
        return Duration.ofNanos(nanos).toSeconds() + " s";
    }

    private static void line(StringBuilder text, int depth, String line) {
        text.append("  ".repeat(depth)).append(line).append('\n');
    }
}
