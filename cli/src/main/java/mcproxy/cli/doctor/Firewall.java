package mcproxy.cli.doctor;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The rules of a firewall, and what they do with a packet. A condition that cannot be judged makes
 * what follows from it uncertain; only what is certain is told.
 */
final class Firewall {
    /** Where chains begin that no rule jumps to. */
    enum Hook {
        INGRESS,
        PREROUTING,
        INPUT,
        FORWARD,
        OUTPUT,
        POSTROUTING,
        EGRESS
    }

    /** What rules speak. */
    enum Tool {
        NFT,
        IPTABLES
    }

    /**
     * A base chain.
     *
     * @param command the program that changes it: nft, iptables, ip6tables-legacy ...
     * @param family of the table: ip, ip6, inet, bridge, netdev
     * @param device the interface of an ingress or egress chain; empty for others
     * @param drops is a packet dropped that no rule decides about?
     */
    record Base(
            Tool tool,
            String command,
            String family,
            String table,
            String chain,
            Hook hook,
            String device,
            boolean drops) {
        /** For people, for instance {@code nft inet filter input}. */
        String name() {
            return switch (tool) {
                case NFT -> "nft " + family + " " + table + " " + chain;
                case IPTABLES -> command + " " + table + " " + chain;
            };
        }

        /** How its rules name it. */
        String key() {
            return key(family, table, chain);
        }

        static String key(String family, String table, String chain) {
            return family + " " + table + " " + chain;
        }
    }

    /** What a rule does with a packet that it matches. */
    sealed interface Verdict {
        record Accept() implements Verdict {}

        record Drop() implements Verdict {}

        /** On to the next rule: it only counts, logs or marks. */
        record Continue() implements Verdict {}

        record Return() implements Verdict {}

        /** To another chain of the table, and back from its end unless it is a goto. */
        record Jump(String chain, boolean back) implements Verdict {}

        /** Nobody knows: to another program, for instance. */
        record Unknown() implements Verdict {}
    }

    /**
     * A rule.
     *
     * @param text as its tool shows it, as far as that is known
     */
    record Rule(String text, Function<Sample, Truth> condition, Verdict verdict) {}

    /** What becomes of a packet. */
    sealed interface Fate {
        record Passes() implements Fate {}

        /**
         * It is dropped.
         *
         * @param by the rule or the policy
         */
        record Drops(String by) implements Fate {}

        /** It comes to the end of the chain. */
        record Falls() implements Fate {}

        record Uncertain() implements Fate {}
    }

    private static final int MOST_JUMPS = 16; // NFT_JUMP_STACK_SIZE

    private final List<Base> bases = new ArrayList<>();
    private final Map<String, List<Rule>> chains = new HashMap<>();

    void add(Base base) {
        bases.add(base);
    }

    /** Adds a rule at the end of a chain, by its {@linkplain Base#key key}. */
    void add(String chain, Rule rule) {
        chains.computeIfAbsent(chain, _ -> new ArrayList<>()).add(rule);
    }

    /** The base chains. */
    List<Base> bases() {
        return List.copyOf(bases);
    }

    /** The rule or policy of a base chain that certainly drops a packet; empty if none does. */
    Optional<String> drops(Base base, Sample packet) {
        return switch (walk(base.key(), packet, 0)) {
            case Fate.Drops(String by) -> Optional.of(by);
            case Fate.Falls _ -> base.drops ? Optional.of("the policy is drop") : Optional.empty();
            case Fate.Passes _, Fate.Uncertain _ -> Optional.empty();
        };
    }

    private Fate walk(String chain, Sample packet, int depth) {
        if (depth > MOST_JUMPS) {
            return new Fate.Uncertain();
        }
        boolean perhapsDropped = false;
        boolean perhapsPassed = false;
        for (Rule rule : chains.getOrDefault(chain, List.of())) {
            Truth matches = rule.condition.apply(packet);
            if (matches == Truth.NO) {
                continue;
            }
            Fate fate = fate(rule, chain, packet, depth);
            if (matches == Truth.YES && !(fate instanceof Fate.Uncertain)) {
                boolean isEnd =
                        rule.verdict instanceof Verdict.Return
                                || (rule.verdict instanceof Verdict.Jump jump && !jump.back);
                switch (fate) {
                    case Fate.Falls _ -> {
                        if (isEnd) {
                            return unless(perhapsDropped || perhapsPassed, fate);
                        }
                    }
                    case Fate.Drops _ -> {
                        return unless(perhapsPassed, fate);
                    }
                    case Fate.Passes _ -> {
                        return unless(perhapsDropped, fate);
                    }
                    case Fate.Uncertain _ -> {}
                }
                continue;
            }
            switch (fate) {
                case Fate.Passes _ -> perhapsPassed = true;
                case Fate.Drops _ -> perhapsDropped = true;
                case Fate.Falls _ -> {
                    // it may also return from here, to whatever follows there
                    boolean returns = !(rule.verdict instanceof Verdict.Continue);
                    perhapsPassed |= returns;
                    perhapsDropped |= returns;
                }
                case Fate.Uncertain _ -> {
                    perhapsPassed = true;
                    perhapsDropped = true;
                }
            }
        }
        return unless(perhapsDropped || perhapsPassed, new Fate.Falls());
    }

    private static Fate unless(boolean uncertain, Fate fate) {
        return uncertain ? new Fate.Uncertain() : fate;
    }

    /** What becomes of a packet that a rule matches. */
    private Fate fate(Rule rule, String chain, Sample packet, int depth) {
        return switch (rule.verdict) {
            case Verdict.Accept _ -> new Fate.Passes();
            case Verdict.Drop _ -> new Fate.Drops(rule.text);
            case Verdict.Continue _, Verdict.Return _ -> new Fate.Falls();
            case Verdict.Jump(String target, boolean _) ->
                    walk(
                            chain.substring(0, chain.lastIndexOf(' ') + 1) + target,
                            packet,
                            depth + 1);
            case Verdict.Unknown _ -> new Fate.Uncertain();
        };
    }
}
