package mcproxy.config;

import mcproxy.config.Statement.InterfaceReference;
import mcproxy.config.Statement.ProtocolName;
import mcproxy.config.Statement.Target;
import mcproxy.config.Statement.WholeNumber;
import mcproxy.wire.Family;
import mcproxy.wire.Protocol;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Builds the configuration that statements describe, in their order, and tells what is wrong. */
final class Checker {
    /** A value with the place that gives it. */
    private record Placed<T>(T value, Span span) {}

    /** The settings of one scope so far. */
    private static final class SettingsDraft {
        private final Map<SettingKey, Placed<SettingValue>> values =
                new EnumMap<>(SettingKey.class);

        Settings settings() {
            return new Settings(
                    values.entrySet().stream()
                            .collect(
                                    Collectors.toUnmodifiableMap(
                                            Map.Entry::getKey, entry -> entry.getValue().value())));
        }

        Optional<Span> span(SettingKey key) {
            return Optional.ofNullable(values.get(key)).map(Placed::span);
        }
    }

    /** An instance so far; the interfaces of a side by name, in their order. */
    private static final class Draft {
        private final Name name;
        private Optional<Integer> table = Optional.empty();
        private final SettingsDraft settings = new SettingsDraft();
        private final Map<Side, Map<String, SettingsDraft>> sides = new EnumMap<>(Side.class);

        Draft(Name name) {
            this.name = name;
            for (Side side : Side.values()) {
                sides.put(side, new LinkedHashMap<>());
            }
        }

        Map<String, SettingsDraft> side(Side side) {
            return sides.getOrDefault(side, Map.of());
        }

        InstanceConfig instance() {
            return new InstanceConfig(
                    name.text(),
                    table,
                    interfaces(Side.UPSTREAM),
                    interfaces(Side.DOWNSTREAM),
                    settings.settings());
        }

        private List<InterfaceConfig> interfaces(Side side) {
            return side(side).entrySet().stream()
                    .map(on -> new InterfaceConfig(on.getKey(), on.getValue().settings()))
                    .toList();
        }
    }

    private final List<Statement> statements;
    private final Problems problems;
    private final Map<String, Draft> drafts = new LinkedHashMap<>();
    private final SettingsDraft daemon = new SettingsDraft();
    private final Map<String, Draft> owners = new HashMap<>();
    private final Map<Integer, Draft> tables = new HashMap<>();
    private final Map<String, Span> interfaces = new LinkedHashMap<>();
    private final Set<String> unreadable = new HashSet<>();
    private final Map<String, Span> definitions = new HashMap<>();
    private Placed<List<Protocol>> protocols;
    private boolean protocolsGiven;
    private boolean disabled;

    Checker(List<Statement> statements, Problems problems) {
        this.statements = statements;
        this.problems = problems;
        this.protocols = new Placed<>(Configuration.DEFAULT_PROTOCOLS, Span.at(new Position(1, 1)));
        for (Statement statement : statements) {
            switch (statement) {
                case Statement.Definition definition ->
                        definitions.putIfAbsent(
                                definition.instance().text(), definition.instance().span());
                case Statement.Broken broken ->
                        broken.instance().ifPresent(name -> unreadable.add(name.text()));
                case Statement.Protocols _,
                        Statement.Disable _,
                        Statement.Setting _,
                        Statement.Filter _,
                        Statement.RuleMatching _,
                        Statement.TableStatement _ -> {}
            }
        }
    }

    /** Where each interface is first named, in the order of the text. */
    Map<String, Span> interfaces() {
        return interfaces;
    }

    /**
     * The configuration, unless there is an error.
     *
     * @param end the end of the text
     */
    Optional<Configuration> check(Position end) {
        statements.forEach(this::check);
        if (definitions.isEmpty() && unreadable.isEmpty() && !disabled && problems.errors() == 0) {
            problems.add(
                    Problem.error(
                                    problems.file(),
                                    Span.at(end),
                                    "there is no instance, so there is nothing to do")
                            .expecting(Parser.Form.DEFINITION));
        }
        drafts.values().forEach(this::checkTimers);
        if (problems.errors() > 0) {
            return Optional.empty();
        }
        return Optional.of(
                new Configuration(
                        protocols.value(),
                        disabled,
                        daemon.settings(),
                        drafts.values().stream().map(Draft::instance).toList()));
    }

    private void check(Statement statement) {
        switch (statement) {
            case Statement.Protocols list -> protocols(list);
            case Statement.Disable disable -> disable(disable);
            case Statement.Definition definition -> definition(definition);
            case Statement.Setting setting -> setting(setting);
            case Statement.Filter filter -> filter(filter);
            case Statement.RuleMatching matching -> matching(matching);
            case Statement.TableStatement table ->
                    notCarriedOut(table.span(), "tables are not carried out yet");
            case Statement.Broken _ -> {} // its problem is told
        }
    }

    private void protocols(Statement.Protocols statement) {
        Map<Family, ProtocolName> chosen = new EnumMap<>(Family.class);
        for (ProtocolName name : statement.protocols()) {
            ProtocolName first = chosen.putIfAbsent(name.protocol().family(), name);
            if (first != null) {
                problems.error(
                        name.span(),
                        "expected at most one version of a family, found "
                                + name.protocol()
                                + " after "
                                + first.protocol());
            }
        }
        if (protocolsGiven) {
            problems.warning(
                    statement.span(),
                    "this replaces the protocol statement of line "
                            + protocols.span().start().line());
        }
        protocolsGiven = true;
        protocols =
                new Placed<>(
                        chosen.values().stream().map(ProtocolName::protocol).toList(),
                        statement.span());
    }

    private void disable(Statement.Disable statement) {
        disabled = true;
        statement
                .rest()
                .ifPresent(rest -> problems.warning(rest, "what follows 'disable' is not read"));
    }

    private void definition(Statement.Definition statement) {
        Name name = statement.instance();
        Optional<String> fault = InstanceConfig.nameFault(name.text());
        if (fault.isPresent()) {
            problems.error(name.span(), "expected the name of an instance: " + fault.get());
            return;
        }
        Draft draft = new Draft(name);
        Draft first = drafts.putIfAbsent(name.text(), draft);
        if (first != null) {
            problems.error(
                    name.span(),
                    "expected a new name, instance '"
                            + name.text()
                            + "' is already defined in line "
                            + first.name.span().start().line());
            return;
        }
        statement.table().ifPresent(number -> kernelTable(draft, number));
        statement.upstreams().forEach(on -> on(draft, Side.UPSTREAM, on));
        statement.downstreams().forEach(on -> on(draft, Side.DOWNSTREAM, on));
    }

    private void kernelTable(Draft draft, WholeNumber number) {
        Optional<Integer> table = number.upTo(InstanceConfig.MAX_TABLE);
        if (table.isEmpty()) {
            problems.error(
                    number.span(),
                    "expected a kernel table from 0 to "
                            + InstanceConfig.MAX_TABLE
                            + ", found "
                            + number.digits());
            return;
        }
        Draft first = tables.putIfAbsent(table.get(), draft);
        if (first != null) {
            problems.error(
                    number.span(),
                    "expected a table of its own, table "
                            + table.get()
                            + " belongs to instance '"
                            + first.name.text()
                            + "' of line "
                            + first.name.span().start().line());
            return;
        }
        draft.table = table;
    }

    private void on(Draft draft, Side side, Name on) {
        String name = on.text();
        Optional<String> fault = InterfaceName.fault(name);
        if (fault.isPresent()) {
            problems.error(on.span(), "expected the name of an interface: " + fault.get());
            return;
        }
        // Wrong or not, the instance has it: settings for it are not wrong a second time.
        boolean listed = draft.side(side).putIfAbsent(name, new SettingsDraft()) != null;
        Draft owner = owners.putIfAbsent(name, draft);
        interfaces.putIfAbsent(name, on.span());
        if (name.indexOf('*') >= 0) {
            notCarriedOut(on.span(), "patterns of interfaces are not carried out yet");
        } else if (owner != null && owner != draft) {
            problems.error(
                    on.span(),
                    "interface '"
                            + name
                            + "' belongs to instance '"
                            + owner.name.text()
                            + "' of line "
                            + owner.name.span().start().line()
                            + ", it cannot belong to instance '"
                            + draft.name.text()
                            + "' too");
        } else if (listed) {
            problems.error(on.span(), side + " '" + name + "' is listed twice");
        } else if (side == Side.DOWNSTREAM && draft.side(Side.UPSTREAM).containsKey(name)) {
            notCarriedOut(
                    on.span(),
                    "'"
                            + name
                            + "' is an upstream and a downstream (peering), which is not carried out"
                            + " yet");
        }
    }

    private void filter(Statement.Filter statement) {
        if (draft(statement.instance()).isEmpty()) {
            return;
        }
        notCarriedOut(
                statement.span(),
                (statement.whitelist() ? "whitelists" : "blacklists") + " are not carried out yet");
    }

    private void matching(Statement.RuleMatching statement) {
        if (draft(statement.instance()).isEmpty()) {
            return;
        }
        notCarriedOut(statement.span(), "rulematching is not carried out yet");
    }

    private void notCarriedOut(Span span, String message) {
        problems.error(span, message);
    }

    private void setting(Statement.Setting statement) {
        Optional<SettingKey> key = key(statement.key());
        Optional<Placed<SettingsDraft>> place =
                switch (statement.target()) {
                    case Target.Daemon _ ->
                            Optional.of(new Placed<>(daemon, statement.key().span()));
                    case Target.Instance(Name name) ->
                            draft(name).map(d -> new Placed<>(d.settings, name.span()));
                    case Target.Interface(Name instance, InterfaceReference on) ->
                            draft(instance).flatMap(d -> on(d, on));
                };
        Optional<SettingValue> value =
                key.flatMap(known -> ValueReader.read(known, statement.value(), problems));
        if (key.isPresent() && place.isPresent() && value.isPresent()) {
            Span span = statement.value().getFirst().span().to(statement.value().getLast().span());
            set(statement, place.get().value(), key.get(), new Placed<>(value.get(), span));
        }
    }

    private void set(
            Statement.Setting statement,
            SettingsDraft draft,
            SettingKey key,
            Placed<SettingValue> value) {
        Scope scope = scope(statement.target());
        if (!key.fits(scope)) {
            problems.add(
                    Problem.error(
                                    problems.file(),
                                    statement.key().span(),
                                    key + " cannot be set for " + scope)
                            .expecting(
                                    key.scopes().stream()
                                            .map(Scope::toString)
                                            .collect(Collectors.joining(", "))));
            return;
        }
        Placed<SettingValue> before = draft.values.put(key, value);
        if (before != null) {
            problems.warning(
                    statement.span(),
                    "this replaces the setting of line " + before.span().start().line());
        }
        if (key == SettingKey.ROBUSTNESS && value.value().equals(new SettingValue.Count(1))) {
            problems.add(
                    Problem.warning(
                                    problems.file(),
                                    value.span(),
                                    "robustness should not be 1: one lost packet then ends a"
                                            + " stream (RFC 9776 8.1)")
                            .expecting("2 to 7"));
        }
    }

    private static Scope scope(Target target) {
        return switch (target) {
            case Target.Daemon _ -> Scope.DAEMON;
            case Target.Instance _ -> Scope.INSTANCE;
            case Target.Interface(Name _, InterfaceReference on) ->
                    switch (on.side()) {
                        case UPSTREAM -> Scope.UPSTREAM;
                        case DOWNSTREAM -> Scope.DOWNSTREAM;
                    };
        };
    }

    private Optional<SettingKey> key(Name name) {
        Optional<SettingKey> key = SettingKey.of(name.text());
        if (key.isEmpty()) {
            problems.add(
                    Problem.error(
                                    problems.file(),
                                    name.span(),
                                    "there is no setting '" + name.text() + "'")
                            .expecting("one of " + String.join(", ", SettingKey.names()))
                            .hinting(Suggestion.among(SettingKey.names(), name.text())));
        }
        return key;
    }

    /** The instance of a name, if it is defined above; else the problem is told. */
    private Optional<Draft> draft(Name name) {
        @Nullable Draft draft = drafts.get(name.text());
        if (draft != null || unreadable.contains(name.text())) {
            return Optional.ofNullable(draft);
        }
        @Nullable Span below = definitions.get(name.text());
        Problem problem;
        if (below == null) {
            problem =
                    Problem.error(
                                    problems.file(),
                                    name.span(),
                                    "there is no instance '" + name.text() + "'")
                            .hinting(Suggestion.among(drafts.keySet(), name.text()));
        } else {
            problem =
                    Problem.error(
                                    problems.file(),
                                    name.span(),
                                    "instance '"
                                            + name.text()
                                            + "' is defined only below, in line "
                                            + below.start().line())
                            .hinting(
                                    "move the definition before the first statement about its instance");
        }
        problems.add(problem);
        unreadable.add(name.text()); // told once, not for each of its statements
        return Optional.empty();
    }

    private Optional<Placed<SettingsDraft>> on(Draft draft, InterfaceReference reference) {
        if (reference.name().isEmpty()) {
            problems.add(
                    Problem.error(
                                    problems.file(),
                                    reference.span(),
                                    "expected the name of an interface, found '*'")
                            .hinting("without 'upstream *' or 'downstream *' it holds for all"));
            return Optional.empty();
        }
        Name name = reference.name().get();
        @Nullable SettingsDraft settings = draft.side(reference.side()).get(name.text());
        if (settings == null) {
            problems.add(
                    Problem.error(
                                    problems.file(),
                                    name.span(),
                                    "instance '"
                                            + draft.name.text()
                                            + "' has no "
                                            + reference.side()
                                            + " '"
                                            + name.text()
                                            + "'")
                            .hinting(
                                    Suggestion.among(
                                            draft.side(reference.side()).keySet(), name.text())));
            return Optional.empty();
        }
        return Optional.of(new Placed<>(settings, name.span()));
    }

    private void checkTimers(Draft draft) {
        for (SettingsDraft on : draft.side(Side.DOWNSTREAM).values()) {
            List<SettingsDraft> scopes = List.of(on, draft.settings, daemon);
            Settings effective =
                    on.settings().over(draft.settings.settings()).over(daemon.settings());
            checkResponseBelowQuery(effective, scopes);
            for (Protocol protocol : protocols.value()) {
                checkAnnounceable(SettingKey.QUERY_RESPONSE_INTERVAL, protocol, effective, scopes);
                checkAnnounceable(
                        SettingKey.LAST_MEMBER_QUERY_INTERVAL, protocol, effective, scopes);
            }
        }
    }

    /** RFC 9776 8.3. */
    private void checkResponseBelowQuery(Settings effective, List<SettingsDraft> scopes) {
        Duration response = effective.timers().queryResponseInterval();
        Duration query = effective.timers().queryInterval();
        if (response.compareTo(query) < 0) {
            return;
        }
        // Of the two values the one that was written later is the one that broke the rule.
        Span span =
                Stream.of(SettingKey.QUERY_RESPONSE_INTERVAL, SettingKey.QUERY_INTERVAL)
                        .flatMap(key -> place(key, scopes).stream())
                        .max(Comparator.comparing(Span::start))
                        .orElseThrow(() -> new AssertionError("the defaults keep the rule"));
        problems.error(
                span,
                "query-response-interval must be less than query-interval, found "
                        + new SettingValue.Interval(response)
                        + " and "
                        + new SettingValue.Interval(query));
    }

    /** RFC 2236 2.2: tenths of a second in 8 bits. RFC 2710 3.4: milliseconds in 16 bits. */
    private void checkAnnounceable(
            SettingKey key, Protocol protocol, Settings effective, List<SettingsDraft> scopes) {
        Optional<Duration> limit =
                switch (protocol) {
                    case IGMPV2 -> Optional.of(Duration.ofMillis(25_500));
                    case MLDV1 -> Optional.of(Duration.ofMillis(65_535));
                    case IGMPV1, IGMPV3, MLDV2 -> Optional.empty();
                };
        Optional<Duration> value = effective.interval(key);
        if (limit.isEmpty() || value.isEmpty() || value.get().compareTo(limit.get()) <= 0) {
            return;
        }
        Span span = place(key, scopes).orElseThrow(() -> new AssertionError(key + " is set"));
        problems.error(
                span,
                protocol
                        + " cannot announce a "
                        + key
                        + " over "
                        + new SettingValue.Interval(limit.get())
                        + ", found "
                        + new SettingValue.Interval(value.get()));
    }

    /** Where the value of a key comes from: the first of the scopes that has it. */
    private static Optional<Span> place(SettingKey key, List<SettingsDraft> scopes) {
        List<Span> spans = new ArrayList<>();
        scopes.forEach(scope -> scope.span(key).ifPresent(spans::add));
        return spans.stream().findFirst();
    }
}
