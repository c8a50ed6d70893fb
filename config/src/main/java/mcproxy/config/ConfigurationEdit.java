package mcproxy.config;

import mcproxy.config.ConfigurationDraft.FilterPlace;
import mcproxy.config.ConfigurationDraft.InstanceDraft;
import mcproxy.config.ConfigurationDraft.SettingsDraft;
import mcproxy.core.Filter;
import mcproxy.core.Table;

import org.jspecify.annotations.Nullable;

import java.io.Serial;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Makes {@linkplain Edit changes} to a configuration: all of them, or none if something is wrong.
 *
 * <p>What became of the configuration is written in its own language and read again, so that what
 * is wrong with it is told as everywhere else; the places of those problems are places in {@link
 * Edited#text}. Problems of a change itself are told as {@code change N: ...}, at line N.
 */
public final class ConfigurationEdit {
    /** Where problems of changes themselves are. */
    private static final String CHANGES = "changes";

    private static final String ANYTHING = "*";

    /**
     * What came of changes.
     *
     * @param text the whole configuration with its changes; empty if a change itself is wrong
     * @param configuration what it says; empty exactly if a problem is an error
     * @param problems what is wrong
     */
    public record Edited(
            String text, Optional<Configuration> configuration, List<Problem> problems) {
        /** Copies the list. */
        public Edited {
            problems = List.copyOf(problems);
        }
    }

    /** The parts of an {@link Edit}. */
    private enum Part {
        INSTANCE,
        SIDE,
        LINK,
        DIRECTION,
        TABLE,
        NUMBER,
        KEY,
        VALUE,
        TEXT;

        private @Nullable Object of(Edit edit) {
            return switch (this) {
                case INSTANCE -> edit.instance();
                case SIDE -> edit.side();
                case LINK -> edit.link();
                case DIRECTION -> edit.direction();
                case TABLE -> edit.table();
                case NUMBER -> edit.number();
                case KEY -> edit.key();
                case VALUE -> edit.value();
                case TEXT -> edit.text();
            };
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A change that cannot be made; never leaves this class. */
    private static final class Refusal extends Exception {
        @Serial private static final long serialVersionUID = 1;

        private final transient Optional<String> expected;
        private final transient Optional<String> hint;

        Refusal(String sentence) {
            this(sentence, Optional.empty(), Optional.empty());
        }

        Refusal(String sentence, Optional<String> expected, Optional<String> hint) {
            super(sentence, null, false, false);
            this.expected = expected;
            this.hint = hint;
        }
    }

    private final ConfigurationDraft draft;

    private ConfigurationEdit(Configuration configuration) {
        this.draft = ConfigurationDraft.of(configuration);
    }

    /** The configuration with all the changes, made one after the other. */
    public static Edited of(Configuration configuration, List<Edit> edits) {
        ConfigurationEdit edit = new ConfigurationEdit(configuration);
        List<Problem> refusals = new ArrayList<>();
        for (int number = 1; number <= edits.size(); number++) {
            try {
                edit.make(edits.get(number - 1));
            } catch (Refusal refusal) {
                refusals.add(
                        new Problem(
                                Severity.ERROR,
                                CHANGES,
                                Span.at(new Position(number, 1)),
                                "change " + number + ": " + refusal.getMessage(),
                                refusal.expected,
                                refusal.hint));
            }
        }
        if (!refusals.isEmpty()) {
            return new Edited("", Optional.empty(), refusals);
        }
        String text = edit.draft.text();
        Reading reading = ConfigurationReader.read("configuration", text);
        return new Edited(text, reading.configuration(), reading.problems());
    }

    private void make(Edit edit) throws Refusal {
        boolean add =
                switch (edit.action()) {
                    case "add" -> true;
                    case "remove" -> false;
                    default -> throw expected("an action", edit.action(), List.of("add", "remove"));
                };
        checkCharacters(edit);
        switch (edit.kind()) {
            case "instance" -> instance(edit, add);
            case "upstream" -> link(edit, Side.UPSTREAM, add);
            case "downstream" -> link(edit, Side.DOWNSTREAM, add);
            case "protocol" -> protocol(edit, add);
            case "table" -> table(edit, add);
            case "rule" -> rule(edit, add);
            case "filter" -> filter(edit, add);
            case "matching" -> matching(edit, add);
            case "setting" -> setting(edit, add, false);
            case "entry" -> setting(edit, add, true);
            default ->
                    throw expected(
                            "a kind",
                            edit.kind(),
                            List.of(
                                    "instance",
                                    "upstream",
                                    "downstream",
                                    "protocol",
                                    "table",
                                    "rule",
                                    "filter",
                                    "matching",
                                    "setting",
                                    "entry"));
        }
    }

    // ---- the parts of a change ----

    /** Characters that would end the statement that a part is to become a part of. */
    private static void checkCharacters(Edit edit) throws Refusal {
        for (Part part : Part.values()) {
            Object of = part.of(edit);
            if (of instanceof String words
                    && words.codePoints()
                            .anyMatch(c -> c == ';' || c == '#' || Character.isISOControl(c))) {
                throw new Refusal("';', '#' and control characters cannot stand in " + part);
            }
        }
    }

    private static void check(Edit edit, Set<Part> needed, Set<Part> allowed) throws Refusal {
        String what = edit.action() + " " + edit.kind();
        for (Part part : Part.values()) {
            boolean there = part.of(edit) != null;
            if (!there && needed.contains(part)) {
                throw new Refusal(what + " needs " + joined(needed) + "; there is no " + part);
            }
            if (there && !needed.contains(part) && !allowed.contains(part)) {
                throw new Refusal(what + " has no use for " + part);
            }
        }
    }

    private static String joined(Collection<?> things) {
        return things.stream().map(Object::toString).collect(Collectors.joining(", "));
    }

    private static Refusal expected(String what, String found, List<String> known) {
        return new Refusal(
                "expected " + what + ", found '" + found + "'",
                Optional.of(String.join(", ", known)),
                Suggestion.among(known, found));
    }

    /** A part that was found to be there. */
    private static String word(@Nullable String part) {
        if (part == null) {
            throw new AssertionError("what is needed was checked");
        }
        return part;
    }

    private static Side side(Edit edit) throws Refusal {
        String word = word(edit.side());
        for (Side side : Side.values()) {
            if (side.toString().equals(word)) {
                return side;
            }
        }
        throw expected("a side", word, Arrays.stream(Side.values()).map(Side::toString).toList());
    }

    private static Filter.Direction direction(Edit edit) throws Refusal {
        return switch (word(edit.direction())) {
            case "in" -> Filter.Direction.IN;
            case "out" -> Filter.Direction.OUT;
            default -> throw expected("a direction", word(edit.direction()), List.of("in", "out"));
        };
    }

    private InstanceDraft known(Edit edit) throws Refusal {
        String name = word(edit.instance());
        InstanceDraft instance = draft.instances.get(name);
        if (instance == null) {
            throw new Refusal(
                    "there is no instance "
                            + name
                            + "; "
                            + thereAre(draft.instances.keySet(), "there is none"),
                    Optional.empty(),
                    Suggestion.among(draft.instances.keySet(), name));
        }
        return instance;
    }

    private static String thereAre(Collection<String> names, String otherwise) {
        return names.isEmpty()
                ? otherwise
                : (names.size() == 1 ? "there is " : "there are ") + joined(names);
    }

    private static String known(InstanceDraft instance, Side side, String link) throws Refusal {
        List<String> links = instance.links(side);
        if (!links.contains(link)) {
            throw new Refusal(
                    "instance "
                            + instance.name()
                            + " has no "
                            + side
                            + " "
                            + link
                            + "; it has "
                            + (links.isEmpty() ? "none" : joined(links)),
                    Optional.empty(),
                    Suggestion.among(links, link));
        }
        return link;
    }

    private static int place(Edit edit, int count) throws Refusal {
        Integer number = edit.number();
        if (number == null) {
            return count;
        }
        if (number < 1 || number > count + 1) {
            throw new Refusal("expected a number from 1 to " + (count + 1) + ", found " + number);
        }
        return number - 1;
    }

    /** Reads a statement that is made of a part, of which it must be all. */
    private static <T extends Statement> T statement(String text, Class<T> type, String part)
            throws Refusal {
        Problems problems = new Problems(CHANGES);
        List<Statement> statements = Parser.file(new SourceText(CHANGES, text), problems);
        Optional<Problem> problem = problems.inOrder().stream().findFirst();
        if (problem.isPresent()) {
            throw new Refusal(
                    problem.get().message(), problem.get().expected(), problem.get().hint());
        }
        if (statements.size() != 1 || !type.isInstance(statements.getFirst())) {
            throw new Refusal("'" + part + "' does not fit there");
        }
        return type.cast(statements.getFirst());
    }

    // ---- instances and their interfaces ----

    private void instance(Edit edit, boolean add) throws Refusal {
        if (!add) {
            check(edit, EnumSet.of(Part.INSTANCE), Set.of());
            draft.instances.remove(known(edit).name());
            return;
        }
        check(edit, EnumSet.of(Part.INSTANCE, Part.TEXT), EnumSet.of(Part.VALUE));
        String name = word(edit.instance());
        Optional<String> fault = InstanceConfig.nameFault(name);
        if (fault.isPresent()) {
            throw new Refusal("no instance can be called '" + name + "': " + fault.get());
        }
        if (draft.instances.containsKey(name)) {
            throw new Refusal("there is an instance " + name + " already");
        }
        Optional<String> table = Optional.ofNullable(edit.value());
        Statement.Definition definition =
                statement(
                        "pinstance "
                                + ConfigurationWriter.name(name)
                                + table.map(number -> "(" + number + ")").orElse("")
                                + ": "
                                + edit.text(),
                        Statement.Definition.class,
                        word(edit.text()));
        InstanceDraft instance =
                new InstanceDraft(name, definition.table().map(Statement.WholeNumber::digits));
        definition.upstreams().forEach(on -> instance.links(Side.UPSTREAM).add(on.text()));
        definition.downstreams().forEach(on -> instance.links(Side.DOWNSTREAM).add(on.text()));
        draft.instances.put(name, instance);
    }

    private void link(Edit edit, Side side, boolean add) throws Refusal {
        check(edit, EnumSet.of(Part.INSTANCE, Part.LINK), add ? EnumSet.of(Part.NUMBER) : Set.of());
        InstanceDraft instance = known(edit);
        String link = word(edit.link());
        List<String> links = instance.links(side);
        if (!add) {
            known(instance, side, link);
            if (side == Side.DOWNSTREAM && links.size() == 1) {
                throw new Refusal(
                        link
                                + " is the last downstream of instance "
                                + instance.name()
                                + ", which needs one; remove the instance instead");
            }
            instance.removeLink(side, link);
            return;
        }
        Optional<String> fault = InterfaceName.fault(link);
        if (fault.isPresent()) {
            throw new Refusal("no interface can be called '" + link + "': " + fault.get());
        }
        if (links.contains(link)) {
            throw new Refusal(
                    "instance " + instance.name() + " has " + side + " " + link + " already");
        }
        links.add(place(edit, links.size()), link);
    }

    private void protocol(Edit edit, boolean add) throws Refusal {
        if (!add) {
            check(edit, EnumSet.of(Part.INSTANCE), Set.of());
            InstanceDraft instance = known(edit);
            if (instance.protocols.isEmpty()) {
                throw new Refusal(
                        "instance " + instance.name() + " has no protocol statement of its own");
            }
            instance.protocols = Optional.empty();
            return;
        }
        check(edit, EnumSet.of(Part.VALUE), EnumSet.of(Part.INSTANCE));
        String list = word(edit.value());
        statement("protocol " + list, Statement.Protocols.class, list);
        if (edit.instance() == null) {
            draft.protocols = list;
        } else {
            known(edit).protocols = Optional.of(list);
        }
    }

    // ---- policies ----

    private void table(Edit edit, boolean add) throws Refusal {
        String name = edit.table();
        if (!add) {
            check(edit, EnumSet.of(Part.TABLE), Set.of());
            rules(edit);
            List<String> users = users(word(name));
            if (!users.isEmpty()) {
                throw new Refusal(
                        "table " + name + " is in use: " + joined(users) + "; remove that first");
            }
            draft.tables.remove(name);
            return;
        }
        check(edit, EnumSet.of(Part.TABLE, Part.TEXT), Set.of());
        Optional<String> fault = InstanceConfig.nameFault(word(name)); // the same can be written
        if (fault.isPresent()) {
            throw new Refusal("no table can be called '" + name + "': " + fault.get());
        }
        if (draft.tables.containsKey(name)) {
            throw new Refusal("there is a table " + name + " already");
        }
        draft.tables.put(word(name), written(word(edit.text())));
    }

    /** Each rule of a text as it is written there. */
    private static List<String> written(String text) throws Refusal {
        String trimmed = text.strip();
        boolean braces = trimmed.startsWith("{") && trimmed.endsWith("}");
        String start = "table rules {";
        String line = start + (braces ? trimmed.substring(1, trimmed.length() - 1) : trimmed) + "}";
        Statement.TableStatement statement =
                statement(line, Statement.TableStatement.class, trimmed);
        List<String> rules = new ArrayList<>();
        if (statement.table() instanceof Statement.Table.Rules table) {
            for (Statement.Rule rule : table.rules()) {
                int from = line.offsetByCodePoints(0, rule.span().start().column() - 1);
                int to = line.offsetByCodePoints(0, rule.span().end().column() - 1);
                rules.add(line.substring(from, to));
            }
        }
        return rules;
    }

    /** Where a table is used, in words. */
    private List<String> users(String table) {
        List<String> users = new ArrayList<>();
        draft.tables.forEach((name, rules) -> {
            if (!name.equals(table) && rules.stream().anyMatch(rule -> names(rule, table))) {
                users.add("by table " + name);
            }
        });
        for (InstanceDraft instance : draft.instances.values()) {
            instance.filters.forEach((place, filter) -> {
                if (names(filter, table)) {
                    users.add(
                            "by the filter of instance "
                                    + instance.name()
                                    + ", "
                                    + place.side()
                                    + " "
                                    + place.on()
                                    + " "
                                    + place.direction().toString().toLowerCase(Locale.ROOT));
                }
            });
        }
        return users;
    }

    /** Does a piece of the language name the table? */
    private static boolean names(String piece, String table) {
        Problems ignored = new Problems(CHANGES);
        String text =
                piece.startsWith("(") || !piece.matches("(?is)(white|black)list.*")
                        ? "table x {" + piece + "}"
                        : "pinstance x upstream * in " + piece;
        return Parser.file(new SourceText(CHANGES, text), ignored).stream()
                .anyMatch(statement ->
                        switch (statement) {
                            case Statement.Filter filter -> names(filter.table(), table);
                            case Statement.TableStatement rules -> names(rules.table(), table);
                            case Statement.Protocols _,
                                    Statement.InstanceProtocols _,
                                    Statement.Disable _,
                                    Statement.Definition _,
                                    Statement.Setting _,
                                    Statement.RuleMatching _,
                                    Statement.Broken _ ->
                                    false;
                        });
    }

    private static boolean names(Statement.Table piece, String table) {
        return switch (piece) {
            case Statement.Table.Reference reference -> reference.name().text().equals(table);
            case Statement.Table.Rules rules ->
                    rules.rules().stream()
                            .anyMatch(rule ->
                                    rule instanceof Statement.Rule.Nested nested
                                            && names(nested.table(), table));
        };
    }

    private List<String> rules(Edit edit) throws Refusal {
        String name = word(edit.table());
        List<String> rules = draft.tables.get(name);
        if (rules == null) {
            throw new Refusal(
                    "there is no table "
                            + name
                            + "; "
                            + thereAre(draft.tables.keySet(), "there is none"),
                    Optional.empty(),
                    Suggestion.among(draft.tables.keySet(), name));
        }
        return rules;
    }

    private void rule(Edit edit, boolean add) throws Refusal {
        if (add) {
            check(edit, EnumSet.of(Part.TABLE, Part.TEXT), EnumSet.of(Part.NUMBER));
            List<String> rules = rules(edit);
            List<String> more = written(word(edit.text()));
            if (more.size() != 1) {
                throw new Refusal("expected one rule, found " + more.size());
            }
            rules.addAll(place(edit, rules.size()), more);
            return;
        }
        check(edit, EnumSet.of(Part.TABLE), EnumSet.of(Part.NUMBER, Part.TEXT));
        List<String> rules = rules(edit);
        Integer number = edit.number();
        String text = edit.text();
        if ((number == null) == (text == null)) {
            throw new Refusal("remove rule needs its text or its number");
        }
        if (number != null) {
            if (number < 1 || number > rules.size()) {
                throw new Refusal(
                        "table " + edit.table() + " has " + rules.size() + " rules, no " + number);
            }
            rules.remove(number - 1);
            return;
        }
        String wanted = canonical(word(text));
        for (int i = 0; i < rules.size(); i++) {
            if (canonical(rules.get(i)).equals(wanted)) {
                rules.remove(i);
                return;
            }
        }
        throw new Refusal(
                "table "
                        + edit.table()
                        + " has no rule "
                        + text
                        + "; it has "
                        + (rules.isEmpty() ? "none" : joined(rules)));
    }

    /** A rule in the one way in which it is always written, if it stands for itself. */
    private static String canonical(String rule) {
        Reading reading =
                ConfigurationReader.read(
                        CHANGES, "table rules {" + rule + "}; pinstance x: ==> lan0");
        Optional<List<Table>> tables = reading.configuration().map(Configuration::ruleTables);
        return tables.isPresent() && tables.get().getFirst().rules().size() == 1
                ? ConfigurationWriter.rule(tables.get().getFirst().rules().getFirst())
                : rule.replaceAll("\\s", "");
    }

    private void filter(Edit edit, boolean add) throws Refusal {
        Set<Part> needed = EnumSet.of(Part.INSTANCE, Part.SIDE, Part.LINK, Part.DIRECTION);
        if (add) {
            needed.add(Part.TEXT);
        }
        check(edit, needed, Set.of());
        InstanceDraft instance = known(edit);
        Side side = side(edit);
        String link = word(edit.link());
        FilterPlace place = new FilterPlace(side, link, direction(edit));
        if (!add) {
            if (instance.filters.remove(place) == null) {
                throw new Refusal(
                        "instance "
                                + instance.name()
                                + " has no filter for "
                                + side
                                + " "
                                + link
                                + " "
                                + edit.direction());
            }
            return;
        }
        Optional<String> fault =
                link.equals(ANYTHING) ? Optional.empty() : InterfaceName.fault(link);
        if (fault.isPresent()) {
            throw new Refusal("no interface can be called '" + link + "': " + fault.get());
        }
        String text = word(edit.text());
        statement("pinstance x upstream * in " + text, Statement.Filter.class, text);
        instance.filters.put(place, text);
    }

    private void matching(Edit edit, boolean add) throws Refusal {
        Set<Part> needed = EnumSet.of(Part.INSTANCE, Part.DIRECTION);
        if (add) {
            needed.add(Part.VALUE);
        }
        check(edit, needed, Set.of());
        InstanceDraft instance = known(edit);
        Filter.Direction direction = direction(edit);
        if (add) {
            String matching = "rulematching " + edit.value();
            statement(
                    "pinstance x upstream * in " + matching,
                    Statement.RuleMatching.class,
                    word(edit.value()));
            instance.matchings.put(direction, matching);
        } else if (instance.matchings.remove(direction) == null) {
            throw new Refusal(
                    "instance " + instance.name() + " has no rulematching for " + edit.direction());
        }
    }

    // ---- settings ----

    private void setting(Edit edit, boolean add, boolean entry) throws Refusal {
        Set<Part> needed = EnumSet.of(Part.KEY);
        Set<Part> allowed = EnumSet.of(Part.INSTANCE, Part.SIDE, Part.LINK);
        (add || entry ? needed : allowed).add(Part.VALUE);
        check(edit, needed, allowed);
        SettingsDraft settings = settings(edit);
        String name = word(edit.key());
        Optional<SettingKey> key = SettingKey.of(name);
        if (key.isEmpty()) {
            throw new Refusal(
                    "there is no setting '" + name + "'",
                    Optional.empty(),
                    Suggestion.among(SettingKey.names(), name));
        }
        if (add) {
            set(key.get(), word(edit.value()), settings, entry);
        } else {
            unset(key.get(), edit.value(), settings);
        }
    }

    private SettingsDraft settings(Edit edit) throws Refusal {
        if (edit.link() == null && edit.side() == null) {
            return edit.instance() == null ? draft.settings() : known(edit).settings();
        }
        if (edit.instance() == null || edit.side() == null || edit.link() == null) {
            throw new Refusal("a setting of an interface needs instance, side and link");
        }
        InstanceDraft instance = known(edit);
        Side side = side(edit);
        return instance.settings(side, known(instance, side, word(edit.link())));
    }

    private static void set(SettingKey key, String value, SettingsDraft settings, boolean entry)
            throws Refusal {
        statement("set " + key + " " + value, Statement.Setting.class, value);
        Optional<SettingValue> read = read(key, value);
        List<String> entries =
                read.map(ConfigurationDraft::entries)
                        .orElseGet(() -> new ArrayList<>(List.of(value)));
        if (!entry) {
            settings.values().put(key.toString(), entries);
            return;
        }
        if (read.isPresent() && !read.get().isList()) {
            throw new Refusal(key + " is no list, so it has no entries; add it as a setting");
        }
        List<String> all =
                settings.values().computeIfAbsent(key.toString(), _ -> new ArrayList<>());
        for (String one : entries) {
            if (all.contains(one)) {
                throw new Refusal(key + " has the entry " + one + " already");
            }
            all.add(one);
        }
    }

    private static void unset(SettingKey key, @Nullable String value, SettingsDraft settings)
            throws Refusal {
        List<String> entries = settings.values().get(key.toString());
        if (entries == null) {
            throw new Refusal(
                    key
                            + " is not set there; "
                            + (settings.values().isEmpty()
                                    ? "nothing is"
                                    : "set are " + joined(settings.values().keySet())));
        }
        if (value == null) {
            settings.values().remove(key.toString());
            return;
        }
        List<String> gone =
                read(key, value).map(ConfigurationDraft::entries).orElse(List.of(value));
        for (String one : gone) {
            if (!entries.remove(one)) {
                throw new Refusal(
                        key
                                + " has no entry "
                                + one
                                + "; it has "
                                + (entries.isEmpty() ? "none" : joined(entries)));
            }
        }
        if (entries.isEmpty()) {
            settings.values().remove(key.toString());
        }
    }

    /** A value, if it is one of this key; what is wrong with it is told when all is read. */
    private static Optional<SettingValue> read(SettingKey key, String value) {
        Problems ignored = new Problems(CHANGES);
        List<Statement> statements =
                Parser.file(new SourceText(CHANGES, "set " + key + " " + value), ignored);
        return statements.size() == 1 && statements.getFirst() instanceof Statement.Setting setting
                ? ValueReader.read(key, setting.value(), ignored)
                : Optional.empty();
    }
}
