package mcproxy.config;

import mcproxy.config.Statement.Address;
import mcproxy.config.Statement.Matching;
import mcproxy.config.Statement.Part;
import mcproxy.config.Statement.WholeNumber;
import mcproxy.core.AddressSet;
import mcproxy.core.Filter;
import mcproxy.core.InterfacePattern;
import mcproxy.core.PolicySettings.InterfaceFilter;
import mcproxy.core.Prefix;
import mcproxy.core.Rule;
import mcproxy.core.RuleMatching;
import mcproxy.core.Table;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Builds the tables, filters and choices of a text, and tells what is wrong with them. */
final class PolicyChecker {
    /** A table can name others, so a short text could mean endless rules. */
    static final int MAX_RULES = 100_000;

    /** The comparison of each rule with each other takes its time. */
    private static final int MAX_COMPARED = 3_000;

    private static final int MAX_MUTEX_MILLIS = 3_600_000;

    private static final AddressSet LINK_SCOPE_GROUPS = AddressSet.of(Prefix.of("224.0.0.0/24"));

    private record Placed(Rule.Match rule, Span span) {}

    private final Problems problems;
    private final Map<String, Table> tables = new LinkedHashMap<>();
    private final Map<String, Span> places = new HashMap<>();
    private final Map<String, Span> below = new HashMap<>();
    private final Set<String> unreadable = new HashSet<>();

    /** Rules have no places of their own, and equal ones stand in several. */
    private final IdentityHashMap<Rule.Match, Span> spans = new IdentityHashMap<>();

    PolicyChecker(Problems problems, List<Statement> statements) {
        this.problems = problems;
        for (Statement statement : statements) {
            if (statement instanceof Statement.Broken broken) {
                broken.table().ifPresent(name -> unreadable.add(name.text()));
            }
            if (statement
                    instanceof Statement.TableStatement(Span _, Statement.Table.Rules rules)) {
                rules.name().ifPresent(name -> below.putIfAbsent(name.text(), name.span()));
            }
        }
    }

    /** The tables that have names, each after those that it needs. */
    List<Table> tables() {
        return List.copyOf(tables.values());
    }

    // ---- tables ----

    void statement(Statement.TableStatement statement) {
        switch (statement.table()) {
            case Statement.Table.Reference(Span span, Name name) -> {
                if (named(name).isPresent()) {
                    problems.warning(span, "a table that is only named here has no effect");
                }
            }
            case Statement.Table.Rules rules -> {
                if (rules.name().isEmpty()) {
                    problems.warning(
                            rules.span(), "a table without a name cannot be used by anything");
                }
                table(rules);
            }
        }
    }

    /** The table of a statement or rule, unless something is wrong with it. */
    Optional<Table> table(Statement.Table table) {
        return switch (table) {
            case Statement.Table.Reference(Span _, Name name) -> named(name);
            case Statement.Table.Rules rules -> defined(rules);
        };
    }

    private Optional<Table> named(Name name) {
        @Nullable Table table = tables.get(name.text());
        if (table != null || unreadable.contains(name.text())) {
            return Optional.ofNullable(table);
        }
        @Nullable Span later = below.get(name.text());
        Problem problem =
                Problem.error(
                        problems.file(),
                        name.span(),
                        "there is no table '"
                                + name.text()
                                + "'"
                                + (later == null
                                        ? ""
                                        : " yet, it is defined only in line "
                                                + later.start().line()));
        problems.add(
                later == null
                        ? problem.hinting(Suggestion.among(tables.keySet(), name.text()))
                        : problem.hinting("a table stands before what uses it"));
        return Optional.empty();
    }

    private Optional<Table> defined(Statement.Table.Rules statement) {
        List<Rule> rules = new ArrayList<>();
        boolean whole = true;
        for (Statement.Rule rule : statement.rules()) {
            int errors = problems.errors();
            rule(rule).ifPresent(rules::add);
            whole &= problems.errors() == errors;
        }
        Optional<String> name = statement.name().map(Name::text);
        Table table = new Table(name, rules);
        if (table.size() > MAX_RULES) {
            problems.error(
                    statement.span(),
                    "a table has at most "
                            + MAX_RULES
                            + " rules, those of the tables in it counted");
            whole = false;
        }
        if (statement.name().isPresent() && !register(statement.name().get(), table, whole)) {
            return Optional.empty();
        }
        checkShadows(table); // of the rules that could be read, so that all is told at once
        return whole ? Optional.of(table) : Optional.empty();
    }

    private boolean register(Name name, Table table, boolean whole) {
        Optional<String> fault = InstanceConfig.nameFault(name.text());
        if (fault.isPresent()) {
            problems.error(name.span(), "expected the name of a table: " + fault.get());
            return false;
        }
        @Nullable Span first = places.putIfAbsent(name.text(), name.span());
        if (first != null) {
            problems.error(
                    name.span(),
                    "expected a new name, table '"
                            + name.text()
                            + "' is already defined in line "
                            + first.start().line());
            return false;
        }
        // Known even if a rule is wrong: what uses it is not wrong a second time.
        tables.put(name.text(), whole ? table : new Table(table.name(), List.of()));
        return true;
    }

    private Optional<Rule> rule(Statement.Rule rule) {
        return switch (rule) {
            case Statement.Rule.Nested(Span _, Optional<Name> input, Statement.Table table) -> {
                input.ifPresent(name ->
                        problems.add(
                                Problem.warning(
                                                problems.file(),
                                                name.span(),
                                                "an interface before a table has no effect")
                                        .hinting(
                                                "write it before each rule that it is meant"
                                                        + " for")));
                yield table(table).map(Rule.Nested::new);
            }
            case Statement.Rule.Match match -> match(match).map(Rule.class::cast);
        };
    }

    private Optional<Rule.Match> match(Statement.Rule.Match match) {
        Optional<InterfacePattern> input = Optional.empty();
        if (match.input().isPresent()) {
            Name name = match.input().get();
            Optional<String> fault = InterfaceName.fault(name.text());
            if (fault.isPresent()) {
                problems.error(name.span(), "expected the name of an interface: " + fault.get());
                return Optional.empty();
            }
            input = Optional.of(new InterfacePattern(name.text()));
        }
        int errors = problems.errors();
        Optional<AddressSet> group = addresses(match.group());
        Optional<AddressSet> source = addresses(match.source());
        if (group.isEmpty() || source.isEmpty() || problems.errors() > errors) {
            return Optional.empty();
        }
        Optional<Family> groups = group.get().family();
        Optional<Family> sources = source.get().family();
        if (groups.isPresent() && sources.isPresent() && !groups.equals(sources)) {
            problems.error(
                    match.source().span(),
                    "the group is of "
                            + groups.get()
                            + " and the source of "
                            + sources.get()
                            + ", a rule has one family");
            return Optional.empty();
        }
        warnOfNoGroup(match, group.get(), source.get());
        Rule.Match rule = new Rule.Match(input, group.get(), source.get());
        spans.put(rule, match.span());
        return Optional.of(rule);
    }

    private void warnOfNoGroup(Statement.Rule.Match match, AddressSet group, AddressSet source) {
        AddressSet groups = group.family().map(PolicyChecker::groups).orElse(AddressSet.ANY);
        if (!groups.meets(group)) {
            Problem problem =
                    Problem.warning(
                            problems.file(),
                            match.group().span(),
                            "this rule never matches: " + group + " is no group");
            boolean swapped = source.family().map(f -> groups(f).covers(source)).orElse(false);
            problems.add(
                    swapped ? problem.hinting("the group stands first, then the source") : problem);
        } else if (LINK_SCOPE_GROUPS.covers(group)) {
            problems.warning(
                    match.group().span(),
                    "this rule never matches: groups of link scope are never forwarded");
        }
        if (source.family().map(family -> groups(family).covers(source)).orElse(false)) {
            problems.warning(
                    match.source().span(), "this rule never matches: " + source + " is no source");
        }
    }

    private static AddressSet groups(Family family) {
        return switch (family) {
            case IPV4 -> AddressSet.of(Prefix.of("224.0.0.0/4"));
            case IPV6 -> AddressSet.of(Prefix.of("ff00::/8"));
        };
    }

    /** The addresses of a part; empty where there are none, with the reason told. */
    private Optional<AddressSet> addresses(Part part) {
        return switch (part) {
            case Part.Single(Span span, Address address) -> Optional.of(single(span, address));
            case Part.Prefix(Span _, Address address, WholeNumber length) ->
                    prefix(address, length);
            case Part.Range(Span span, Address from, Address to) -> range(span, from, to);
        };
    }

    private AddressSet single(Span span, Address address) {
        if (address.text().isEmpty()) {
            return AddressSet.ANY;
        }
        IpAddress value = IpAddress.of(address.text().get());
        if (value.isUnspecified()) {
            problems.add(
                    Problem.warning(
                                    problems.file(),
                                    span,
                                    value + " stands for every address of its family here")
                            .hinting("write '*' or " + value + "/0"));
            return AddressSet.all(value.family());
        }
        return AddressSet.one(value);
    }

    private Optional<AddressSet> prefix(Address address, WholeNumber length) {
        Family family =
                address.text().map(IpAddress::of).map(IpAddress::family).orElse(Family.IPV6);
        Optional<Integer> bits = length.upTo(family.bits());
        if (bits.isEmpty()) {
            problems.error(
                    length.span(),
                    "a prefix"
                            + (address.text().isPresent() ? " of " + family : "")
                            + " has at most "
                            + family.bits()
                            + " bits, found "
                            + length.digits());
            return Optional.empty();
        }
        if (address.text().isEmpty()) {
            problems.warning(
                    length.span(), "'*' is every address, the length after it has no effect");
            return Optional.of(AddressSet.ANY);
        }
        return Optional.of(
                AddressSet.of(new Prefix(IpAddress.of(address.text().get()), bits.get())));
    }

    private Optional<AddressSet> range(Span span, Address from, Address to) {
        Optional<IpAddress> low = from.text().map(IpAddress::of);
        Optional<IpAddress> high = to.text().map(IpAddress::of);
        if (low.isEmpty() && high.isEmpty()) {
            return Optional.of(AddressSet.ANY);
        }
        if (low.isPresent() && high.isPresent() && low.get().family() != high.get().family()) {
            problems.error(
                    span, "a range has one family, found " + low.get() + " and " + high.get());
            return Optional.empty();
        }
        Family family = low.or(() -> high).orElseThrow().family();
        AddressSet.Range all = (AddressSet.Range) AddressSet.all(family);
        IpAddress first = low.orElse(all.from());
        IpAddress last = high.orElse(all.to());
        if (first.compareTo(last) > 0) {
            problems.add(
                    Problem.warning(
                                    problems.file(),
                                    span,
                                    "this rule never matches: the range is reversed")
                            .hinting("did you mean " + last + " - " + first + "?"));
            return Optional.empty();
        }
        return Optional.of(AddressSet.range(first, last));
    }

    private void checkShadows(Table table) {
        if (table.size() > MAX_COMPARED) {
            return;
        }
        List<Placed> before = new ArrayList<>();
        for (Placed placed : unfolded(table)) {
            for (Placed earlier : before) {
                boolean itself = earlier.span.equals(placed.span); // in a table that is named twice
                if (!itself && earlier.rule.covers(placed.rule)) {
                    problems.warning(
                            placed.span,
                            "this rule has no effect: all that it matches is matched by the one in"
                                    + " line "
                                    + earlier.span.start().line());
                    break;
                }
            }
            before.add(placed);
        }
    }

    private List<Placed> unfolded(Table table) {
        List<Placed> placed = new ArrayList<>();
        for (Rule rule : table.rules()) {
            switch (rule) {
                case Rule.Match match -> {
                    @Nullable Span span = spans.get(match);
                    if (span != null) {
                        placed.add(new Placed(match, span));
                    }
                }
                case Rule.Nested(Table inner) -> placed.addAll(unfolded(inner));
            }
        }
        return placed;
    }

    /** Tells which rules are about a family that nobody speaks. */
    void checkFamilies(Set<Family> spoken) {
        spans.forEach((rule, span) -> {
            Optional<Family> family = rule.group().family().or(() -> rule.source().family());
            if (family.isPresent() && !spoken.contains(family.get())) {
                problems.add(
                        Problem.warning(
                                        problems.file(),
                                        span,
                                        "this rule never matches: no protocol of "
                                                + family.get()
                                                + " is spoken")
                                .hinting("protocol IGMPv3, MLDv2;"));
            }
        });
    }

    // ---- filters ----

    /**
     * The filter of a statement, unless something is wrong with it.
     *
     * @param interfaces the names and patterns of all interfaces of the instance
     */
    Optional<InterfaceFilter> filter(Statement.Filter statement, Collection<String> interfaces) {
        Optional<Table> table = table(statement.table());
        if (table.isEmpty()) {
            return Optional.empty();
        }
        Filter.Direction direction =
                switch (statement.direction()) {
                    case IN -> Filter.Direction.IN;
                    case OUT -> Filter.Direction.OUT;
                };
        String on = statement.on().name().map(Name::text).orElse("*");
        for (Placed placed : unfolded(table.get())) {
            placed.rule
                    .input()
                    .ifPresent(input ->
                            checkInput(placed.span, input.text(), on, statement, interfaces));
        }
        return Optional.of(
                new InterfaceFilter(
                        statement.on().side().role(),
                        new InterfacePattern(on),
                        direction,
                        new Filter(
                                statement.whitelist()
                                        ? Filter.Kind.WHITELIST
                                        : Filter.Kind.BLACKLIST,
                                table.get())));
    }

    private void checkInput(
            Span rule,
            String input,
            String on,
            Statement.Filter statement,
            Collection<String> interfaces) {
        String place =
                "in '"
                        + statement.on().side()
                        + " "
                        + on
                        + (statement.direction() == Statement.Direction.IN ? " in" : " out")
                        + "' of instance '"
                        + statement.instance().text()
                        + "'";
        switch (statement.direction()) {
            case IN -> {
                if (!InterfaceName.meet(input, on)) {
                    problems.warning(
                            rule,
                            "this rule never matches "
                                    + place
                                    + ": packets come in on "
                                    + on
                                    + " there, not on "
                                    + input);
                }
            }
            case OUT -> {
                if (interfaces.stream().noneMatch(name -> InterfaceName.meet(input, name))) {
                    problems.add(
                            Problem.warning(
                                            problems.file(),
                                            rule,
                                            "this rule never matches "
                                                    + place
                                                    + ", which has no interface '"
                                                    + input
                                                    + "'")
                                    .hinting(Suggestion.among(interfaces, input)));
                }
            }
        }
    }

    // ---- rule matching ----

    /** The choice of a statement, unless something is wrong with it. */
    Optional<RuleMatching> matching(Matching matching) {
        return switch (matching) {
            case Matching.All _ -> Optional.of(RuleMatching.ALL);
            case Matching.First _ -> Optional.of(RuleMatching.FIRST);
            case Matching.Mutex(WholeNumber number) -> {
                Optional<Integer> millis = number.upTo(MAX_MUTEX_MILLIS).filter(n -> n > 0);
                if (millis.isEmpty()) {
                    problems.error(
                            number.span(),
                            "mutex takes 1 to "
                                    + MAX_MUTEX_MILLIS
                                    + " milliseconds, found "
                                    + number.digits());
                }
                yield millis.map(n -> new RuleMatching.Mutex(Duration.ofMillis(n)));
            }
        };
    }
}
