package mcproxy.config;

import mcproxy.config.Statement.Address;
import mcproxy.config.Statement.Direction;
import mcproxy.config.Statement.InterfaceReference;
import mcproxy.config.Statement.Matching;
import mcproxy.config.Statement.Part;
import mcproxy.config.Statement.ProtocolName;
import mcproxy.config.Statement.Rule;
import mcproxy.config.Statement.Table;
import mcproxy.config.Statement.Target;
import mcproxy.config.Statement.WholeNumber;
import mcproxy.config.Token.Kind;
import mcproxy.wire.IpAddress;

import org.jspecify.annotations.Nullable;

import java.io.Serial;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Reads one statement by recursive descent; each method is the rule of its name in the grammar that
 * stands in the documentation of this package.
 *
 * <p>A statement has at most one syntax error, and the next ';' ends its effect.
 */
final class Parser {
    /** No one nests tables by hand this deep; a deeper text would exhaust the stack. */
    static final int MAX_NESTING = 32;

    private static final String SET = "set";

    /** The first thing in a statement that does not fit; never leaves this class. */
    private static final class SyntaxError extends Exception {
        @Serial private static final long serialVersionUID = 1;

        private final transient Problem problem;

        SyntaxError(Problem problem) {
            super(problem.message(), null, false, false);
            this.problem = problem;
        }
    }

    private final List<Token> tokens;
    private final Problems problems;
    private String form = Form.STATEMENT;
    private int next;
    private int nesting;

    private Parser(List<Token> tokens, Problems problems) {
        this.tokens = tokens;
        this.problems = problems;
    }

    /** The statements of a text up to its end or to {@code disable}, without the empty ones. */
    static List<Statement> file(SourceText source, Problems problems) {
        Lexer lexer = new Lexer(source, problems);
        List<Statement> statements = new ArrayList<>();
        while (!lexer.atEnd()) {
            Lexer.Cut cut = lexer.statement();
            if (cut.isEmpty()) {
                continue;
            }
            Statement statement = statement(cut, problems);
            statements.add(statement);
            if (statement instanceof Statement.Disable) {
                break;
            }
        }
        return List.copyOf(statements);
    }

    private static Statement statement(Lexer.Cut cut, Problems problems) {
        Parser parser = new Parser(cut.tokens(), problems);
        if (cut.broken()) {
            return parser.broken();
        }
        try {
            return parser.statement();
        } catch (SyntaxError error) {
            problems.add(error.problem);
            return parser.broken();
        }
    }

    /** What can be told of a statement that cannot be read: the instance or table it names. */
    private Statement broken() {
        next = 0;
        Span span = tokens.getFirst().span().to(tokens.getLast().span());
        Token first = take();
        Optional<Name> named = Optional.empty();
        try {
            named = Optional.of(name("a name"));
        } catch (SyntaxError _) {
            // it names nothing
        }
        return new Statement.Broken(
                span,
                named.filter(_ -> first.is(Keyword.PINSTANCE)),
                named.filter(_ -> first.is(Keyword.TABLE)));
    }

    private Statement statement() throws SyntaxError {
        if (peek().is(Keyword.PROTOCOL)) {
            return protocol();
        }
        if (peek().is(Keyword.PINSTANCE)) {
            return pinstance();
        }
        if (peek().is(Keyword.TABLE)) {
            form = Form.TABLE;
            Table table = table();
            end();
            return new Statement.TableStatement(spanFrom(0), table);
        }
        if (peek().is(Keyword.DISABLE)) {
            return disable();
        }
        if (peek().is(SET)) {
            return setting(new Target.Daemon(), Form.SET);
        }
        throw unexpected(
                "a statement", "protocol", "pinstance", "table", SET, Keyword.DISABLE.text());
    }

    private Statement protocol() throws SyntaxError {
        form = Form.PROTOCOL;
        List<ProtocolName> protocols = protocols();
        return new Statement.Protocols(spanFrom(0), protocols);
    }

    private List<ProtocolName> protocols() throws SyntaxError {
        take();
        List<ProtocolName> protocols = new ArrayList<>();
        do {
            protocols.add(version());
        } while (takeIf(Kind.COMMA));
        end("',' or the end of the statement");
        return List.copyOf(protocols);
    }

    private ProtocolName version() throws SyntaxError {
        Token token = peek();
        Optional<ProtocolName> named =
                token.kind() == Kind.WORD
                        ? Keyword.of(token.text())
                                .flatMap(Keyword::protocol)
                                .map(protocol -> new ProtocolName(token.span(), protocol))
                        : Optional.empty();
        if (named.isEmpty()) {
            throw unexpected(
                    "IGMPv1, IGMPv2, IGMPv3, MLDv1 or MLDv2",
                    // the newest first, as of guesses that are as good the first is told
                    Keyword.protocolNames().reversed().toArray(String[]::new));
        }
        take();
        return named.get();
    }

    private Statement disable() {
        Span keyword = take().span();
        // What follows has no meaning, as in mcproxy 1.1.
        Optional<Span> rest = Optional.empty();
        if (peek().kind() != Kind.END) {
            rest = Optional.of(peek().span().to(tokens.getLast().span()));
        }
        return new Statement.Disable(keyword, rest);
    }

    private Statement pinstance() throws SyntaxError {
        form = Form.PINSTANCE;
        take();
        Name instance = name("the name of an instance");
        Token token = peek();
        if (token.kind() == Kind.COLON || token.kind() == Kind.LEFT_PARENTHESIS) {
            return definition(instance);
        }
        if (token.is(Keyword.PROTOCOL)) {
            form = Form.INSTANCE_PROTOCOL;
            List<ProtocolName> protocols = protocols();
            return new Statement.InstanceProtocols(spanFrom(0), instance, protocols);
        }
        if (token.is(SET)) {
            return setting(new Target.Instance(instance), Form.INSTANCE_SET);
        }
        if (token.is(Keyword.UPSTREAM) || token.is(Keyword.DOWNSTREAM)) {
            InterfaceReference on = side();
            if (peek().is(SET)) {
                return setting(new Target.Interface(instance, on), Form.INTERFACE_SET);
            }
            return binding(instance, on);
        }
        throw unexpected(
                "':', 'upstream', 'downstream', 'protocol' or 'set'",
                "upstream",
                "downstream",
                "protocol",
                SET);
    }

    private Statement definition(Name instance) throws SyntaxError {
        form = Form.DEFINITION;
        Optional<WholeNumber> table = Optional.empty();
        if (takeIf(Kind.LEFT_PARENTHESIS)) {
            table = Optional.of(number("the number of a kernel table"));
            take(Kind.RIGHT_PARENTHESIS);
        }
        take(Kind.COLON);
        List<Name> upstreams = new ArrayList<>();
        while (peek().kind() != Kind.ARROW) {
            upstreams.add(name("an upstream interface or '==>'"));
        }
        take(Kind.ARROW);
        List<Name> downstreams = new ArrayList<>();
        do {
            warnOfSetBegunInList();
            downstreams.add(name("a downstream interface"));
        } while (!atEnd());
        end();
        return new Statement.Definition(
                spanFrom(0), instance, table, List.copyOf(upstreams), List.copyOf(downstreams));
    }

    /** As {@code set} is no keyword, a forgotten ';' before it would make it an interface. */
    private void warnOfSetBegunInList() {
        Optional<String> hint = peek().is(SET) ? missingEnd() : Optional.empty();
        hint.ifPresent(advice ->
                problems.add(
                        Problem.warning(
                                        problems.file(),
                                        peek().span(),
                                        "'set' is read as the name of an interface")
                                .hinting(advice)));
    }

    private InterfaceReference side() throws SyntaxError {
        Side side = take().is(Keyword.UPSTREAM) ? Side.UPSTREAM : Side.DOWNSTREAM;
        if (peek().kind() == Kind.STAR) {
            return new InterfaceReference(side, Optional.empty(), take().span());
        }
        Name name = name("an interface or '*'");
        return new InterfaceReference(side, Optional.of(name), name.span());
    }

    private Statement setting(Target target, String settingForm) throws SyntaxError {
        form = settingForm;
        take();
        Token first = peek();
        if (first.kind() != Kind.WORD) {
            throw unexpected("the key of a setting");
        }
        Name key = glued();
        List<Token> value = new ArrayList<>();
        while (!atEnd()) {
            value.add(take());
        }
        if (value.isEmpty()) {
            throw unexpected("a value");
        }
        end();
        return new Statement.Setting(spanFrom(0), target, key, List.copyOf(value));
    }

    private Statement binding(Name instance, InterfaceReference on) throws SyntaxError {
        form = Form.BINDING;
        Direction direction;
        if (takeIf(Keyword.IN)) {
            direction = Direction.IN;
        } else if (takeIf(Keyword.OUT)) {
            direction = Direction.OUT;
        } else {
            throw unexpected("'in', 'out' or 'set'", "in", "out", SET);
        }
        Token token = peek();
        if (token.is(Keyword.RULEMATCHING)) {
            return matching(instance, on, direction);
        }
        if (token.is(Keyword.WHITELIST) || token.is(Keyword.BLACKLIST)) {
            return filter(instance, on, direction);
        }
        throw unexpected(
                "'whitelist', 'blacklist' or 'rulematching'",
                "whitelist",
                "blacklist",
                "rulematching");
    }

    private Statement filter(Name instance, InterfaceReference on, Direction direction)
            throws SyntaxError {
        boolean whitelist = take().is(Keyword.WHITELIST);
        if (!peek().is(Keyword.TABLE)) {
            throw unexpected("'table'", "table");
        }
        Table table = table();
        end();
        return new Statement.Filter(spanFrom(0), instance, on, direction, whitelist, table);
    }

    private Statement matching(Name instance, InterfaceReference on, Direction direction)
            throws SyntaxError {
        take();
        Matching matching;
        if (takeIf(Keyword.ALL)) {
            matching = new Matching.All();
        } else if (takeIf(Keyword.FIRST)) {
            matching = new Matching.First();
        } else if (takeIf(Keyword.MUTEX)) {
            matching = new Matching.Mutex(number("a number of milliseconds"));
        } else {
            throw unexpected("'all', 'first' or 'mutex'", "all", "first", "mutex");
        }
        end();
        return new Statement.RuleMatching(spanFrom(0), instance, on, direction, matching);
    }

    private Table table() throws SyntaxError {
        int first = next;
        take();
        Optional<Name> name = Optional.empty();
        if (peek().kind() != Kind.LEFT_BRACE) {
            Name given = name("the name of a table or '{'");
            if (peek().kind() != Kind.LEFT_BRACE) {
                return new Table.Reference(spanFrom(first), given);
            }
            name = Optional.of(given);
        }
        if (++nesting > MAX_NESTING) {
            throw failed(peek().span(), "tables nest at most " + MAX_NESTING + " deep");
        }
        take(Kind.LEFT_BRACE);
        List<Rule> rules = new ArrayList<>();
        while (peek().kind() != Kind.RIGHT_BRACE) {
            rules.add(rule());
        }
        take(Kind.RIGHT_BRACE);
        nesting--;
        return new Table.Rules(spanFrom(first), name, List.copyOf(rules));
    }

    private Rule rule() throws SyntaxError {
        int first = next;
        Optional<Name> input = Optional.empty();
        if (peek().kind() != Kind.LEFT_PARENTHESIS) {
            input = Optional.of(name("a rule or '}'"));
        }
        take(Kind.LEFT_PARENTHESIS);
        if (peek().is(Keyword.TABLE)) {
            Table table = table();
            take(Kind.RIGHT_PARENTHESIS);
            return new Rule.Nested(spanFrom(first), input, table);
        }
        Part group = part();
        take(Kind.PIPE);
        Part source = part();
        take(Kind.RIGHT_PARENTHESIS);
        return new Rule.Match(spanFrom(first), input, group, source);
    }

    private Part part() throws SyntaxError {
        int first = next;
        Address address = address();
        if (takeIf(Kind.SLASH)) {
            WholeNumber length = number("the length of a prefix");
            return new Part.Prefix(spanFrom(first), address, length);
        }
        if (takeIf(Kind.DASH)) {
            Address to = address();
            return new Part.Range(spanFrom(first), address, to);
        }
        return new Part.Single(spanFrom(first), address);
    }

    /** The pieces of an address may stand apart, as mcproxy 1.1 has it. */
    private Address address() throws SyntaxError {
        int first = next;
        if (takeIf(Kind.STAR)) {
            return new Address(spanFrom(first), Optional.empty());
        }
        StringBuilder literal = new StringBuilder();
        while (isPieceOfAddress(peek())) {
            literal.append(take().text());
        }
        if (next == first) {
            throw unexpected("an address or '*'");
        }
        if (IpAddress.parse(literal.toString()).isEmpty()) {
            throw failed(spanFrom(first), "'" + literal + "' is not an IPv4 or IPv6 address");
        }
        return new Address(spanFrom(first), Optional.of(literal.toString()));
    }

    private static boolean isPieceOfAddress(Token token) {
        return token.kind() == Kind.WORD
                || token.kind() == Kind.QUOTED
                || token.kind() == Kind.DOT
                || token.kind() == Kind.COLON;
    }

    private WholeNumber number(String what) throws SyntaxError {
        Token token = peek();
        if (token.kind() != Kind.WORD
                || !token.text().chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw unexpected(what);
        }
        take();
        return new WholeNumber(token.span(), token.text());
    }

    /** A quoted name, or an unquoted one; {@code what} says for problems what it names. */
    private Name name(String what) throws SyntaxError {
        Token first = peek();
        if (first.kind() == Kind.QUOTED) {
            take();
            return new Name(first.text(), first.span());
        }
        if (first.kind() != Kind.WORD) {
            throw unexpected(what);
        }
        int before = next;
        Name name = glued();
        if (next == before + 1 && Keyword.of(first.text()).isPresent()) {
            next = before;
            Problem problem =
                    problem(
                            first.span(),
                            "expected " + what + ", found the keyword " + first.cited());
            throw new SyntaxError(
                    problem.hinting(
                            missingEnd()
                                    .orElse(
                                            "a name that is a keyword is written in quotes: \""
                                                    + first.text()
                                                    + "\"")));
        }
        return name;
    }

    /**
     * A word with what touches it: {@code br-lan}, {@code eth0.4} and {@code eth0@if2} without
     * quotes. mcproxy 1.1 has no statement in which these tokens could stand where a name can.
     */
    private Name glued() {
        int first = next;
        StringBuilder name = new StringBuilder(take().text());
        while (isPieceOfName(peek()) && tokens.get(next - 1).span().touches(peek().span())) {
            name.append(take().text());
        }
        return new Name(name.toString(), spanFrom(first));
    }

    private static boolean isPieceOfName(Token token) {
        return token.kind() == Kind.WORD
                || token.kind() == Kind.DASH
                || token.kind() == Kind.DOT
                || token.kind() == Kind.AT;
    }

    private void end() throws SyntaxError {
        end(Kind.END.words());
    }

    private void end(String expected) throws SyntaxError {
        if (peek().kind() == Kind.EQUALS) {
            problems.warning(
                    peek().span(), "the statement ends at this '=', what follows is not read");
        } else if (peek().kind() != Kind.END) {
            throw unexpected(expected);
        }
    }

    /** In mcproxy 1.1 a '=' that does not begin '==>' ends a statement in silence. */
    private boolean atEnd() {
        return peek().kind() == Kind.END || peek().kind() == Kind.EQUALS;
    }

    private Token peek() {
        return tokens.get(next);
    }

    /** The last token is taken again and again. */
    private Token take() {
        Token token = tokens.get(next);
        if (token.kind() != Kind.END) {
            next++;
        }
        return token;
    }

    private boolean takeIf(Kind kind) {
        boolean found = peek().kind() == kind;
        if (found) {
            take();
        }
        return found;
    }

    private boolean takeIf(Keyword keyword) {
        boolean found = peek().is(keyword);
        if (found) {
            take();
        }
        return found;
    }

    private void take(Kind kind) throws SyntaxError {
        if (!takeIf(kind)) {
            throw unexpected(kind.words());
        }
    }

    /** From the token at an index to the last one taken. */
    private Span spanFrom(int first) {
        return tokens.get(first).span().to(tokens.get(Math.max(first, next - 1)).span());
    }

    private SyntaxError unexpected(String expected, String... known) {
        Token found = peek();
        Optional<String> hint =
                missingEnd()
                        .or(() ->
                                found.kind() == Kind.WORD
                                        ? Suggestion.among(Arrays.asList(known), found.text())
                                        : Optional.empty());
        return new SyntaxError(
                problem(found.span(), "expected " + expected + ", found " + found.cited())
                        .hinting(hint));
    }

    /** A keyword that begins a statement and stands first in its line tells what was forgotten. */
    private Optional<String> missingEnd() {
        @Nullable Token before = next == 0 ? null : tokens.get(next - 1);
        Token found = peek();
        boolean begins =
                found.is(Keyword.PROTOCOL)
                        || found.is(Keyword.PINSTANCE)
                        || found.is(Keyword.TABLE)
                        || found.is(Keyword.DISABLE)
                        || found.is(SET);
        boolean firstInLine =
                before != null && before.span().end().line() < found.span().start().line();
        return begins && firstInLine
                ? Optional.of("is a ';' missing at the end of the statement before?")
                : Optional.empty();
    }

    private SyntaxError failed(Span span, String message) {
        return new SyntaxError(problem(span, message));
    }

    private Problem problem(Span span, String message) {
        return Problem.error(problems.file(), span, message).expecting(form);
    }

    /** The forms of the statements, as problems print them. */
    static final class Form {
        static final String STATEMENT = "protocol, pinstance, table, set or disable";
        static final String PROTOCOL = "protocol IGMPv1|IGMPv2|IGMPv3|MLDv1|MLDv2 [, ...];";
        static final String INSTANCE_PROTOCOL =
                "pinstance NAME protocol IGMPv1|IGMPv2|IGMPv3|MLDv1|MLDv2 [, ...];";
        static final String PINSTANCE =
                "pinstance NAME: UPSTREAM... ==> DOWNSTREAM...; or pinstance NAME set KEY VALUE;";
        static final String DEFINITION =
                "pinstance NAME [(TABLE)]: [UPSTREAM...] ==> DOWNSTREAM...;";
        static final String SET = "set KEY VALUE;";
        static final String INSTANCE_SET = "pinstance NAME set KEY VALUE;";
        static final String INTERFACE_SET =
                "pinstance NAME upstream|downstream INTERFACE set KEY VALUE;";
        static final String BINDING =
                "pinstance NAME upstream|downstream INTERFACE|* in|out whitelist|blacklist table ...;"
                        + " or ... rulematching all|first|mutex MILLISECONDS;";
        static final String TABLE = "table NAME {[INTERFACE](GROUP | SOURCE) ...};";

        private Form() {}
    }
}
