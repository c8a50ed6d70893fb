package mcproxy.cli.doctor;

import io.avaje.jsonb.Jsonb;

import mcproxy.cli.doctor.Firewall.Base;
import mcproxy.cli.doctor.Firewall.Hook;
import mcproxy.cli.doctor.Firewall.Rule;
import mcproxy.cli.doctor.Firewall.Tool;
import mcproxy.cli.doctor.Firewall.Verdict;
import mcproxy.core.Prefix;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Reads what {@code nft -j list ruleset} prints (libnftables-json(5)). */
final class Nftables {
    private static final Map<String, String> NUMBERS =
            Map.ofEntries(
                    Map.entry("igmp", "2"),
                    Map.entry("tcp", "6"),
                    Map.entry("udp", "17"),
                    Map.entry("icmp", "1"),
                    Map.entry("ipv6-icmp", "58"),
                    Map.entry("icmpv6", "58"),
                    Map.entry("hopopt", "0"),
                    Map.entry("mld-listener-query", "130"),
                    Map.entry("mld-listener-report", "131"),
                    Map.entry("mld-listener-done", "132"),
                    Map.entry("mld-listener-reduction", "132"),
                    Map.entry("mld2-listener-report", "143"));

    private static final Pattern QUOTED = Pattern.compile("\"([^\"]*)\"");

    private final Firewall into;
    private final Map<String, List<?>> sets = new HashMap<>();

    /** The devices of a chain, by its {@linkplain Base#key key}. */
    private final Function<String, List<String>> devicesOf;

    private Nftables(Firewall into, Function<String, List<String>> devicesOf) {
        this.into = into;
        this.devicesOf = devicesOf;
    }

    /**
     * Reads a text.
     *
     * @param others tables that are another program's, each as {@code ip filter}
     * @param devicesOf the devices of a chain, by its {@linkplain Base#key key}, which nft 1.0.6
     *     leaves out
     * @throws io.avaje.json.JsonException when it is no JSON
     */
    static void read(
            Firewall into,
            String json,
            Set<String> others,
            Function<String, List<String>> devicesOf) {
        Nftables reader = new Nftables(into, devicesOf);
        Object all = map(Jsonb.instance().type(Object.class).fromJson(json)).get("nftables");
        List<Map<?, ?>> objects = list(all).stream().<Map<?, ?>>map(Nftables::map).toList();
        for (Map<?, ?> object : objects) {
            Map<?, ?> set = map(object.get("set"));
            reader.sets.put("@" + text(set.get("name")), list(set.get("elem")));
        }
        for (Map<?, ?> object : objects) {
            Map<?, ?> chain = map(object.get("chain"));
            Map<?, ?> rule = map(object.get("rule"));
            if (!chain.isEmpty() && !others.contains(table(chain))) {
                reader.chain(chain);
            } else if (!rule.isEmpty() && !others.contains(table(rule))) {
                reader.rule(rule);
            }
        }
    }

    private static String table(Map<?, ?> object) {
        return text(object.get("family")) + " " + text(object.get("table"));
    }

    private static Map<?, ?> map(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
    }

    /** A list; of something else the list with that alone. */
    private static List<?> list(@Nullable Object value) {
        return value instanceof List<?> list ? list : value == null ? List.of() : List.of(value);
    }

    /** A name or number as text. */
    private static String text(@Nullable Object value) {
        return switch (value) {
            case null -> "";
            case Double number when number == Math.rint(number) -> "" + number.longValue();
            default -> value.toString();
        };
    }

    private void chain(Map<?, ?> chain) {
        hook(text(chain.get("hook")))
                .ifPresent(hook -> {
                    for (Object device : devices(chain, hook)) {
                        into.add(
                                new Base(
                                        Tool.NFT,
                                        "nft",
                                        text(chain.get("family")),
                                        text(chain.get("table")),
                                        text(chain.get("name")),
                                        hook,
                                        text(device),
                                        text(chain.get("policy")).equals("drop")));
                    }
                });
    }

    private List<?> devices(Map<?, ?> chain, Hook hook) {
        List<?> devices = list(chain.get("dev"));
        if (!devices.isEmpty() || (hook != Hook.INGRESS && hook != Hook.EGRESS)) {
            return devices.isEmpty() ? List.of("") : devices;
        }
        return devicesOf.apply(
                Base.key(
                        text(chain.get("family")),
                        text(chain.get("table")),
                        text(chain.get("name"))));
    }

    /** The devices in the text that nft shows of a chain. */
    static List<String> devicesIn(String text) {
        return text.lines()
                .filter(line -> line.contains(" hook "))
                .map(line -> line.replaceAll(" priority .*", ""))
                .flatMap(line -> QUOTED.matcher(line).results())
                .map(quoted -> quoted.group(1))
                .toList();
    }

    private static Optional<Hook> hook(String name) {
        for (Hook hook : Hook.values()) {
            if (hook.name().toLowerCase(Locale.ROOT).equals(name)) {
                return Optional.of(hook);
            }
        }
        return Optional.empty();
    }

    private void rule(Map<?, ?> rule) {
        String chain =
                Base.key(
                        text(rule.get("family")), text(rule.get("table")), text(rule.get("chain")));
        String shown = "rule handle " + text(rule.get("handle"));
        List<Function<Sample, Truth>> conditions = new ArrayList<>();
        for (Object expression : list(rule.get("expr"))) {
            for (Map.Entry<?, ?> part : map(expression).entrySet()) {
                String what = text(part.getKey());
                Map<?, ?> about = map(part.getValue());
                switch (what) {
                    case "match" -> conditions.add(packet -> match(about, packet));
                    case "vmap" -> verdictMap(chain, shown, conditions, about);
                    case "counter", "log", "mangle", "notrack", "dup", "comment" -> {}
                    case "limit", "quota", "ct count" -> conditions.add(_ -> Truth.UNKNOWN);
                    default ->
                            verdict(what, about)
                                    .ifPresentOrElse(
                                            verdict -> add(chain, shown, conditions, verdict),
                                            () -> conditions.add(_ -> Truth.UNKNOWN));
                }
            }
        }
    }

    private void add(
            String chain, String shown, List<Function<Sample, Truth>> all, Verdict verdict) {
        List<Function<Sample, Truth>> conditions = List.copyOf(all);
        into.add(
                chain,
                new Rule(
                        shown,
                        packet ->
                                Truth.all(
                                        conditions.stream()
                                                .map(each -> each.apply(packet))
                                                .toList()),
                        verdict));
    }

    private static Optional<Verdict> verdict(String what, Map<?, ?> about) {
        return switch (what) {
            case "accept", "masquerade", "snat", "dnat", "redirect" ->
                    Optional.of(new Verdict.Accept());
            case "drop", "reject" -> Optional.of(new Verdict.Drop());
            case "continue" -> Optional.of(new Verdict.Continue());
            case "return" -> Optional.of(new Verdict.Return());
            case "jump" -> Optional.of(new Verdict.Jump(text(about.get("target")), true));
            case "goto" -> Optional.of(new Verdict.Jump(text(about.get("target")), false));
            case "queue", "fwd", "tproxy", "synproxy" -> Optional.of(new Verdict.Unknown());
            default -> Optional.empty();
        };
    }

    /** A map from values to verdicts is a rule for each of its values. */
    private void verdictMap(
            String chain, String shown, List<Function<Sample, Truth>> before, Map<?, ?> about) {
        Object elements = map(about.get("data")).get("set");
        if (elements == null) {
            elements = sets.get(text(about.get("data")));
        }
        for (Object element : list(elements)) {
            List<?> pair = list(element);
            if (pair.size() != 2) {
                continue;
            }
            for (Map.Entry<?, ?> part : map(pair.get(1)).entrySet()) {
                List<Function<Sample, Truth>> conditions = new ArrayList<>(before);
                conditions.add(packet -> is(about.get("key"), pair.getFirst(), packet));
                verdict(text(part.getKey()), map(part.getValue()))
                        .ifPresent(verdict -> add(chain, shown, conditions, verdict));
            }
        }
    }

    private Truth match(Map<?, ?> about, Sample packet) {
        Truth equal = is(about.get("left"), about.get("right"), packet);
        return switch (text(about.get("op"))) {
            case "==", "in" -> equal;
            case "!=" -> isOfAnother(about.get("left"), packet) ? Truth.NO : equal.not();
            default -> isOfAnother(about.get("left"), packet) ? Truth.NO : Truth.UNKNOWN;
        };
    }

    /** Is it about a header that the packet has not? Then no rule about it matches. */
    private static boolean isOfAnother(@Nullable Object left, Sample packet) {
        return switch (text(map(map(left).get("payload")).get("protocol"))) {
            case "ip" -> packet.family() != Family.IPV4;
            case "ip6" -> packet.family() != Family.IPV6;
            case "udp" -> packet.protocol() != Sample.UDP;
            case "icmpv6" -> packet.protocol() != Sample.ICMPV6;
            case "igmp" -> packet.protocol() != Sample.IGMP;
            case "tcp", "icmp", "udplite", "sctp", "dccp", "ah", "esp", "comp", "arp" -> true;
            default -> false;
        };
    }

    /** Is what the left side names one of what the right side says? */
    private Truth is(@Nullable Object left, @Nullable Object right, Sample packet) {
        if (isOfAnother(left, packet)) {
            return Truth.NO;
        }
        String name = text(right);
        if (name.startsWith("@")) {
            List<?> elements = sets.get(name);
            return elements == null ? Truth.UNKNOWN : anyOf(left, elements, packet);
        }
        if (right instanceof List<?> many) {
            return anyOf(left, many, packet);
        }
        Map<?, ?> about = map(right);
        if (about.containsKey("set")) {
            return anyOf(left, list(about.get("set")), packet);
        }
        if (about.containsKey("elem")) {
            return is(left, map(about.get("elem")).get("val"), packet);
        }
        return compare(map(left), right, packet);
    }

    private Truth anyOf(@Nullable Object left, List<?> right, Sample packet) {
        return Truth.any(right.stream().map(each -> is(left, each, packet)).toList());
    }

    private static Truth compare(Map<?, ?> left, @Nullable Object right, Sample packet) {
        String value = NUMBERS.getOrDefault(text(right), text(right));
        boolean plain = !(right instanceof Map<?, ?>);
        Map<?, ?> payload = map(left.get("payload"));
        String field = text(payload.get("protocol")) + " " + text(payload.get("field"));
        return switch (field.isBlank() ? key(left) : field) {
            case "meta iifname", "meta iif" ->
                    plain ? Sample.isNamed(packet.incoming(), value) : Truth.UNKNOWN;
            case "meta oifname", "meta oif" ->
                    plain ? Sample.isNamed(packet.outgoing(), value) : Truth.UNKNOWN;
            case "meta l4proto", "ip protocol" -> number(value, packet.protocol(), plain);
            case "ip6 nexthdr" ->
                    number(
                            value,
                            packet.protocol() == Sample.ICMPV6 ? 0 : packet.protocol(),
                            plain);
            case "icmpv6 type" -> number(value, packet.type(), plain);
            case "meta nfproto" ->
                    Truth.of(value.equals(packet.family() == Family.IPV4 ? "ipv4" : "ipv6"));
            case "meta protocol", "ether type" ->
                    Truth.of(value.equals(packet.family() == Family.IPV4 ? "ip" : "ip6"));
            case "meta pkttype", "fib type" -> Truth.of(value.equals("multicast"));
            case "ct state" -> Truth.of(value.equals(packet.state()));
            case "ip daddr", "ip6 daddr" -> destination(right, packet);
            default -> Truth.UNKNOWN;
        };
    }

    private static String key(Map<?, ?> left) {
        for (String what : new String[] {"meta", "ct"}) {
            if (left.containsKey(what)) {
                return what + " " + text(map(left.get(what)).get("key"));
            }
        }
        Map<?, ?> fib = map(left.get("fib"));
        boolean destination = text(fib.get("flags")).contains("daddr");
        return destination ? "fib " + text(fib.get("result")) : "";
    }

    private static Truth number(String value, int number, boolean plain) {
        boolean digits = !value.isEmpty() && value.chars().allMatch(Character::isDigit);
        return plain && digits ? Truth.of(value.equals("" + number)) : named(plain);
    }

    /** A name that is not known is the name of something else. */
    private static Truth named(boolean plain) {
        return plain ? Truth.NO : Truth.UNKNOWN;
    }

    private static Truth destination(@Nullable Object right, Sample packet) {
        Map<?, ?> prefix = map(map(right).get("prefix"));
        Optional<IpAddress> address =
                IpAddress.parse(text(prefix.isEmpty() ? right : prefix.get("addr")));
        if (address.isEmpty()) {
            return Truth.UNKNOWN;
        }
        int length =
                prefix.isEmpty()
                        ? address.get().family().bits()
                        : Integer.parseInt(text(prefix.get("len")));
        return packet.isTo(new Prefix(address.get(), length));
    }
}
