package mcproxy.config;

import mcproxy.config.Statement.InterfaceReference;
import mcproxy.config.Statement.ProtocolName;
import mcproxy.config.Statement.Target;
import mcproxy.config.Statement.WholeNumber;
import mcproxy.core.InterfacePattern;
import mcproxy.core.PolicySettings.InterfaceFilter;
import mcproxy.core.RouterSettings;
import mcproxy.core.RuleMatching;
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
import java.util.LinkedHashSet;
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

    /** What an instance lets through so far. */
    private static final class PolicyDraft {
        private final Map<Statement.Direction, Placed<RuleMatching>> matchings =
                new EnumMap<>(Statement.Direction.class);
        private final List<Placed<InterfaceFilter>> filters = new ArrayList<>();

        PolicyConfig policy() {
            return new PolicyConfig(
                    Optional.ofNullable(matchings.get(Statement.Direction.IN)).map(Placed::value),
                    Optional.ofNullable(matchings.get(Statement.Direction.OUT)).map(Placed::value),
                    filters.stream().map(Placed::value).toList());
        }
    }

    /** An instance so far; the interfaces of a side by name, in their order. */
    private static final class Draft {
        private final Name name;
        private Optional<Placed<Integer>> table = Optional.empty();
        private Optional<Placed<List<Protocol>>> protocols = Optional.empty();
        private final SettingsDraft settings = new SettingsDraft();
        private final PolicyDraft policy = new PolicyDraft();
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
                    table.map(Placed::value),
                    interfaces(Side.UPSTREAM),
                    interfaces(Side.DOWNSTREAM),
                    protocols.map(Placed::value).orElse(List.of()),
                    settings.settings(),
                    policy.policy());
        }

        /** The names and patterns of both sides. */
        Set<String> names() {
            Set<String> names = new LinkedHashSet<>(side(Side.UPSTREAM).keySet());
            names.addAll(side(Side.DOWNSTREAM).keySet());
            return names;
        }

        private List<InterfaceConfig> interfaces(Side side) {
            return side(side).entrySet().stream()
                    .map(on -> new InterfaceConfig(on.getKey(), on.getValue().settings()))
                    .toList();
        }
    }

    private final List<Statement> statements;
    private final Problems problems;
    private final PolicyChecker policies;
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
        this.policies = new PolicyChecker(problems, statements);
        this.protocols = new Placed<>(Configuration.DEFAULT_PROTOCOLS, Span.at(new Position(1, 1)));
        for (Statement statement : statements) {
            switch (statement) {
                case Statement.Definition definition ->
                        definitions.putIfAbsent(
                                definition.instance().text(), definition.instance().span());
                case Statement.Broken broken ->
                        broken.instance().ifPresent(name -> unreadable.add(name.text()));
                case Statement.Protocols _,
                        Statement.InstanceProtocols _,
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
        drafts.values().forEach(this::checkKernelTable);
        drafts.values().forEach(this::checkTimers);
        drafts.values().forEach(this::checkSettings);
        policies.checkFamilies(
                Stream.concat(
                                protocols.value().stream(),
                                drafts.values().stream()
                                        .flatMap(draft -> protocols(draft).stream()))
                        .map(Protocol::family)
                        .collect(Collectors.toSet()));
        if (problems.errors() > 0) {
            return Optional.empty();
        }
        return Optional.of(
                new Configuration(
                        protocols.value(),
                        disabled,
                        daemon.settings(),
                        policies.tables(),
                        drafts.values().stream().map(Draft::instance).toList()));
    }

    private void check(Statement statement) {
        switch (statement) {
            case Statement.Protocols list -> protocols(list);
            case Statement.InstanceProtocols list -> protocols(list);
            case Statement.Disable disable -> disable(disable);
            case Statement.Definition definition -> definition(definition);
            case Statement.Setting setting -> setting(setting);
            case Statement.Filter filter -> filter(filter);
            case Statement.RuleMatching matching -> matching(matching);
            case Statement.TableStatement table -> policies.statement(table);
            case Statement.Broken _ -> {} // its problem is told
        }
    }

    private void protocols(Statement.Protocols statement) {
        List<Protocol> chosen = chosen(statement.protocols());
        if (protocolsGiven) {
            problems.warning(
                    statement.span(),
                    "this replaces the protocol statement of line "
                            + protocols.span().start().line());
        }
        protocolsGiven = true;
        protocols = new Placed<>(chosen, statement.span());
    }

    private void protocols(Statement.InstanceProtocols statement) {
        List<Protocol> chosen = chosen(statement.protocols());
        draft(statement.instance())
                .ifPresent(draft -> {
                    draft.protocols.ifPresent(before ->
                            problems.warning(
                                    statement.span(),
                                    "this replaces the protocol statement of line "
                                            + before.span().start().line()));
                    draft.protocols = Optional.of(new Placed<>(chosen, statement.span()));
                });
    }

    private List<Protocol> chosen(List<ProtocolName> names) {
        Map<Family, ProtocolName> chosen = new EnumMap<>(Family.class);
        for (ProtocolName name : names) {
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
        return chosen.values().stream().map(ProtocolName::protocol).toList();
    }

    /** What an instance speaks: what it says itself, else what the file says. */
    private List<Protocol> protocols(Draft draft) {
        return draft.protocols.map(Placed::value).orElse(protocols.value());
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
        draft.table = table.map(value -> new Placed<>(value, number.span()));
    }

    private void checkKernelTable(Draft draft) {
        boolean ipv6 = protocols(draft).stream().anyMatch(p -> p.family() == Family.IPV6);
        draft.table
                .filter(table -> ipv6 && table.value() > InstanceConfig.MAX_IPV6_TABLE)
                .ifPresent(table ->
                        problems.error(
                                table.span(),
                                "expected a kernel table from 0 to "
                                        + InstanceConfig.MAX_IPV6_TABLE
                                        + ", the largest that IPv6 has, found "
                                        + table.value()));
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
        boolean pattern = new InterfacePattern(name).isPattern();
        if (!pattern) {
            interfaces.putIfAbsent(name, on.span());
        }
        if (owner != null && owner != draft) {
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
        } else if (pattern) {
            warnOfRivals(draft, name, on.span());
        }
    }

    /** A name goes before a pattern; of two patterns for one name the earlier one gets it. */
    private void warnOfRivals(Draft draft, String pattern, Span span) {
        owners.entrySet().stream()
                .filter(other -> other.getValue() != draft)
                .filter(other -> new InterfacePattern(other.getKey()).isPattern())
                .filter(other -> InterfaceName.meet(pattern, other.getKey()))
                .map(other ->
                        "an interface that matches '"
                                + other.getKey()
                                + "' too belongs to instance '"
                                + other.getValue().name.text()
                                + "' of line "
                                + other.getValue().name.span().start().line())
                .sorted()
                .findFirst()
                .ifPresent(message -> problems.warning(span, message));
    }

    private void filter(Statement.Filter statement) {
        Optional<Draft> draft = draft(statement.instance());
        if (draft.isEmpty() || !has(draft.get(), statement.on())) {
            policies.table(statement.table()); // its own problems are told all the same
            return;
        }
        Optional<InterfaceFilter> filter = policies.filter(statement, draft.get().names());
        if (filter.isEmpty()) {
            return;
        }
        List<Placed<InterfaceFilter>> filters = draft.get().policy.filters;
        Optional<Placed<InterfaceFilter>> first =
                filters.stream().filter(f -> isForSame(f.value(), filter.get())).findFirst();
        if (first.isPresent()) {
            problems.error(
                    statement.span(),
                    "'"
                            + ConfigurationWriter.place(filter.get())
                            + "' has a filter already, in line "
                            + first.get().span().start().line());
            return;
        }
        filters.add(new Placed<>(filter.get(), statement.span()));
    }

    private static boolean isForSame(InterfaceFilter one, InterfaceFilter other) {
        return one.role() == other.role()
                && one.direction() == other.direction()
                && one.on().equals(other.on());
    }

    /** Has the instance this interface, by its name or by a pattern? If not, that is told. */
    private boolean has(Draft draft, InterfaceReference reference) {
        Set<String> names = draft.side(reference.side()).keySet();
        if (reference.name().isEmpty()) {
            if (names.isEmpty()) {
                problems.error(
                        reference.span(),
                        "instance '" + draft.name.text() + "' has no " + reference.side());
            }
            return !names.isEmpty();
        }
        Name name = reference.name().get();
        if (names.stream().noneMatch(n -> new InterfacePattern(n).matches(name.text()))) {
            noSuchInterface(draft, reference.side(), name);
            return false;
        }
        return true;
    }

    private void matching(Statement.RuleMatching statement) {
        Optional<RuleMatching> matching = policies.matching(statement.matching());
        Optional<Draft> draft = draft(statement.instance());
        if (draft.isEmpty() || matching.isEmpty()) {
            return;
        }
        InterfaceReference on = statement.on();
        if (on.side() == Side.DOWNSTREAM) {
            problems.warning(
                    statement.span(),
                    "rulematching chooses among upstreams, for a downstream it has no effect");
            return;
        }
        if (on.name().isPresent()) {
            problems.add(
                    Problem.warning(
                                    problems.file(),
                                    on.span(),
                                    "rulematching is for all upstreams, the name of one has no"
                                            + " effect")
                            .hinting("write 'upstream *'"));
        }
        boolean mutexOut =
                statement.direction() == Statement.Direction.OUT
                        && matching.get() instanceof RuleMatching.Mutex;
        if (mutexOut) {
            problems.warning(
                    statement.span(),
                    "mutex chooses by what comes in from upstreams, for 'out' it means first");
        }
        Placed<RuleMatching> before =
                draft.get()
                        .policy
                        .matchings
                        .put(
                                statement.direction(),
                                new Placed<>(
                                        mutexOut ? RuleMatching.FIRST : matching.get(),
                                        statement.span()));
        if (before != null) {
            problems.warning(
                    statement.span(),
                    "this replaces the rulematching of line " + before.span().start().line());
        }
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
        if (before != null && before.value().isList() && grows(before, value)) {
            draft.values.put(key, new Placed<>(before.value().and(value.value()), value.span()));
        } else if (before != null) {
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

    /** Do two statements make one list? Not if the second one says that there is nothing. */
    private static boolean grows(Placed<SettingValue> before, Placed<SettingValue> value) {
        return !before.value().and(value.value()).equals(value.value())
                || before.value().equals(value.value());
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
            Problem problem =
                    Problem.error(
                            problems.file(),
                            name.span(),
                            "there is no setting '" + name.text() + "'");
            Optional<String> guess = Suggestion.among(SettingKey.names(), name.text());
            problems.add(
                    guess.isPresent()
                            ? problem.hinting(guess)
                            : problem.expecting(String.join(", ", SettingKey.names())));
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
            noSuchInterface(draft, reference.side(), name);
            return Optional.empty();
        }
        return Optional.of(new Placed<>(settings, name.span()));
    }

    private void noSuchInterface(Draft draft, Side side, Name name) {
        Set<String> names = draft.side(side).keySet();
        Side other =
                switch (side) {
                    case UPSTREAM -> Side.DOWNSTREAM;
                    case DOWNSTREAM -> Side.UPSTREAM;
                };
        Optional<String> hint =
                draft.side(other).containsKey(name.text())
                        ? Optional.of("it is " + (other == Side.UPSTREAM ? "an " : "a ") + other)
                        : Suggestion.among(names, name.text());
        problems.add(
                Problem.error(
                                problems.file(),
                                name.span(),
                                "instance '"
                                        + draft.name.text()
                                        + "' has no "
                                        + side
                                        + " '"
                                        + name.text()
                                        + "'")
                        .hinting(hint));
    }

    /** What fits together only as a whole. */
    private void checkSettings(Draft draft) {
        Set<Family> families =
                protocols(draft).stream().map(Protocol::family).collect(Collectors.toSet());
        for (Side side : Side.values()) {
            for (SettingsDraft on : draft.side(side).values()) {
                List<SettingsDraft> scopes = List.of(on, draft.settings, daemon);
                Settings effective =
                        on.settings().over(draft.settings.settings()).over(daemon.settings());
                if (side == Side.DOWNSTREAM) {
                    checkImmediateLeave(effective, scopes);
                }
                checkChannels(SettingKey.STATIC_GROUP, effective, on);
                checkChannels(SettingKey.JOIN_GROUP, effective, on);
                for (Family family : Family.values()) {
                    if (on.settings().version(family).isPresent() && !families.contains(family)) {
                        problems.warning(
                                on.span(SettingKey.VERSION).orElseThrow(),
                                "instance '"
                                        + draft.name.text()
                                        + "' speaks no protocol of "
                                        + family
                                        + ", so its version has no effect");
                    }
                }
            }
        }
    }

    private void checkImmediateLeave(Settings effective, List<SettingsDraft> scopes) {
        RouterSettings.Tracking tracking = effective.router(Family.IPV4).tracking();
        if (tracking.immediateLeave() && !tracking.enabled()) {
            problems.warning(
                    place(SettingKey.IMMEDIATE_LEAVE, scopes)
                            .or(() -> place(SettingKey.EXPLICIT_TRACKING, scopes))
                            .orElseThrow(() -> new AssertionError("the defaults fit together")),
                    "immediate-leave has no effect without explicit-tracking");
        }
    }

    /** RFC 4604 2.2.1: nobody asks for all sources of a source-specific group. */
    private void checkChannels(SettingKey key, Settings effective, SettingsDraft on) {
        if (on.settings().value(key).orElse(null)
                instanceof SettingValue.Channels(List<SettingValue.Channel> channels)) {
            for (SettingValue.Channel channel : channels) {
                if (channel.source().isEmpty() && effective.ssmRange().contains(channel.group())) {
                    problems.error(
                            on.span(key).orElseThrow(),
                            channel.group()
                                    + " is in ssm-range, so "
                                    + key
                                    + " needs a source for it");
                }
            }
        }
    }

    private void checkTimers(Draft draft) {
        for (SettingsDraft on : draft.side(Side.DOWNSTREAM).values()) {
            List<SettingsDraft> scopes = List.of(on, draft.settings, daemon);
            Settings effective =
                    on.settings().over(draft.settings.settings()).over(daemon.settings());
            checkResponseBelowQuery(effective, scopes);
            for (Protocol newest : protocols(draft)) {
                Protocol protocol = effective.version(newest.family()).orElse(newest);
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
