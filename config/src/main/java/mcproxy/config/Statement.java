package mcproxy.config;

import mcproxy.wire.Protocol;

import java.util.List;
import java.util.Optional;

/** One statement of a configuration text, as it was written. */
sealed interface Statement {
    /** From the first to the last token. */
    Span span();

    /** {@code protocol IGMPv3, MLDv2}. */
    record Protocols(Span span, List<ProtocolName> protocols) implements Statement {}

    /** {@code pinstance tv protocol MLDv2}. */
    record InstanceProtocols(Span span, Name instance, List<ProtocolName> protocols)
            implements Statement {}

    /** {@code disable}; what stands behind it means nothing. */
    record Disable(Span span, Optional<Span> rest) implements Statement {}

    /** {@code pinstance tv(5): wan0 ==> lan0 lan1}. */
    record Definition(
            Span span,
            Name instance,
            Optional<WholeNumber> table,
            List<Name> upstreams,
            List<Name> downstreams)
            implements Statement {}

    /** {@code pinstance tv downstream lan0 set robustness 3}, and the same with less scope. */
    record Setting(Span span, Target target, Name key, List<Token> value) implements Statement {}

    /** {@code pinstance tv upstream wan0 in whitelist table iptv}. */
    record Filter(
            Span span,
            Name instance,
            InterfaceReference on,
            Direction direction,
            boolean whitelist,
            Table table)
            implements Statement {}

    /** {@code pinstance tv upstream * in rulematching mutex 10}. */
    record RuleMatching(
            Span span, Name instance, InterfaceReference on, Direction direction, Matching matching)
            implements Statement {}

    /** {@code table iptv {(239.0.0.0/8 | *)}}. */
    record TableStatement(Span span, Table table) implements Statement {}

    /**
     * A statement that is not one; its problem is told already.
     *
     * @param instance the instance that it seems to be about
     * @param table the table that it seems to define
     */
    record Broken(Span span, Optional<Name> instance, Optional<Name> table) implements Statement {}

    /** A protocol in the list of a {@code protocol} statement. */
    record ProtocolName(Span span, Protocol protocol) {}

    /** A whole number of any length, as it was written: decimal digits only. */
    record WholeNumber(Span span, String digits) {
        /** The value, if it is at most {@code max}. */
        Optional<Integer> upTo(int max) {
            String significant = digits.replaceFirst("^0+(?=.)", "");
            if (significant.length() > 10) {
                return Optional.empty();
            }
            long value = Long.parseLong(significant);
            return value <= max ? Optional.of((int) value) : Optional.empty();
        }
    }

    /** What a setting is for. */
    sealed interface Target {
        /** The whole daemon. */
        record Daemon() implements Target {}

        /** All of an instance. */
        record Instance(Name name) implements Target {}

        /** One interface of an instance. */
        record Interface(Name instance, InterfaceReference on) implements Target {}
    }

    /**
     * {@code upstream wan0} or {@code upstream *}.
     *
     * @param name the interface; empty for '*'
     * @param span where the name or the '*' stands
     */
    record InterfaceReference(Side side, Optional<Name> name, Span span) {}

    /** The direction in which data crosses an interface. */
    enum Direction {
        IN,
        OUT
    }

    /** How an instance chooses among its upstreams. */
    sealed interface Matching {
        /** {@code all}: every one whose filter accepts. */
        record All() implements Matching {}

        /** {@code first}: the first whose filter accepts. */
        record First() implements Matching {}

        /** {@code mutex}: the one from which data comes first, until it is silent for so long. */
        record Mutex(WholeNumber milliseconds) implements Matching {}
    }

    /** What follows the word {@code table}. */
    sealed interface Table {
        Span span();

        /** The name of a table that is defined elsewhere. */
        record Reference(Span span, Name name) implements Table {}

        /** The rules, and a name if it has one. */
        record Rules(Span span, Optional<Name> name, List<Rule> rules) implements Table {}
    }

    /** One rule of a table. */
    sealed interface Rule {
        Span span();

        /**
         * The rules of another table.
         *
         * @param input the interface before it, which means nothing there
         */
        record Nested(Span span, Optional<Name> input, Table table) implements Rule {}

        /**
         * {@code lan0(239.0.0.0/8 | 10.0.0.1)}.
         *
         * @param input the other interface that this is about; empty for any
         */
        record Match(Span span, Optional<Name> input, Part group, Part source) implements Rule {}
    }

    /** The addresses of a group or source in a rule. */
    sealed interface Part {
        Span span();

        /** One address, or all for '*'. */
        record Single(Span span, Address address) implements Part {}

        /** {@code 239.0.0.0/8}. */
        record Prefix(Span span, Address address, WholeNumber length) implements Part {}

        /** {@code 239.0.0.0 - 239.0.0.9}, both included. */
        record Range(Span span, Address from, Address to) implements Part {}
    }

    /**
     * An address as it was written, without blanks and quotes.
     *
     * @param text the literal; empty for '*'
     */
    record Address(Span span, Optional<String> text) {}
}
