package mcproxy.cli.doctor;

import mcproxy.cli.doctor.Firewall.Base;
import mcproxy.cli.doctor.Firewall.Hook;
import mcproxy.cli.doctor.Firewall.Rule;
import mcproxy.cli.doctor.Firewall.Tool;
import mcproxy.cli.doctor.Firewall.Verdict;
import mcproxy.core.Prefix;
import mcproxy.wire.Family;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Reads what iptables-save(8) prints. */
final class Iptables {
    private static final Map<String, Integer> PROTOCOLS =
            Map.of(
                    "igmp",
                    2,
                    "tcp",
                    6,
                    "udp",
                    17,
                    "icmp",
                    1,
                    "icmpv6",
                    58,
                    "ipv6-icmp",
                    58,
                    "udplite",
                    136,
                    "sctp",
                    132);

    private final Firewall into;
    private final String command;
    private final Family family;
    private final Set<String> tables = new HashSet<>();
    private String table = "";

    private Iptables(Firewall into, String command, Family family) {
        this.into = into;
        this.command = command;
        this.family = family;
    }

    /**
     * Reads a text.
     *
     * @param command the program that changes these rules
     * @return the names of the tables in it
     */
    static Set<String> read(Firewall into, String command, Family family, String text) {
        Iptables reader = new Iptables(into, command, family);
        text.lines().forEach(reader::line);
        return reader.tables;
    }

    private String familyWord() {
        // another name than nft's, whose chains may have the same names
        return command;
    }

    private void line(String line) {
        if (line.startsWith("*")) {
            table = line.substring(1).strip();
            tables.add(table);
        } else if (line.startsWith(":")) {
            String[] words = line.substring(1).split(" ", -1);
            hook(words[0])
                    .ifPresent(hook ->
                            into.add(
                                    new Base(
                                            Tool.IPTABLES,
                                            command,
                                            familyWord(),
                                            table,
                                            words[0],
                                            hook,
                                            "",
                                            words.length > 1 && words[1].equals("DROP"))));
        } else if (line.startsWith("-A ")) {
            List<String> words = words(line);
            into.add(Base.key(familyWord(), table, words.get(1)), rule(line, words));
        }
    }

    private static Optional<Hook> hook(String chain) {
        return switch (chain) {
            case "PREROUTING" -> Optional.of(Hook.PREROUTING);
            case "INPUT" -> Optional.of(Hook.INPUT);
            case "FORWARD" -> Optional.of(Hook.FORWARD);
            case "OUTPUT" -> Optional.of(Hook.OUTPUT);
            case "POSTROUTING" -> Optional.of(Hook.POSTROUTING);
            default -> Optional.empty();
        };
    }

    /** The words of a line; quotes hold comments with spaces together. */
    private static List<String> words(String line) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (c == ' ' && !quoted) {
                words.add(word.toString());
                word.setLength(0);
            } else {
                word.append(c);
            }
        }
        words.add(word.toString());
        return words;
    }

    private Rule rule(String line, List<String> words) {
        List<Function<Sample, Truth>> conditions = new ArrayList<>();
        Verdict verdict = new Verdict.Continue();
        boolean not = false;
        int at = 2;
        while (at < words.size()) {
            String word = words.get(at);
            String value = at + 1 < words.size() ? words.get(at + 1) : "";
            Function<Sample, Truth> condition = null;
            at += 2;
            switch (word) {
                case "!" -> {
                    not = true;
                    at--;
                    continue;
                }
                case "-j" -> verdict = verdict(value, true);
                case "-g" -> verdict = verdict(value, false);
                case "-m", "--comment", "--reject-with", "--set-mark", "--log-prefix" -> {
                    continue; // says nothing of its own
                }
                case "-p" -> condition = packet -> protocol(value, packet);
                case "-i" -> condition = packet -> Sample.isNamed(packet.incoming(), value);
                case "-o" -> condition = packet -> Sample.isNamed(packet.outgoing(), value);
                case "-d" -> condition = packet -> destination(value, packet);
                case "-s" -> condition = _ -> Truth.UNKNOWN;
                case "--ctstate", "--state" ->
                        condition =
                                packet ->
                                        Truth.of(
                                                List.of(value.toLowerCase(Locale.ROOT).split(","))
                                                        .contains(packet.state()));
                case "--icmpv6-type" -> condition = packet -> type(value, packet);
                case "--pkt-type" -> condition = _ -> Truth.of(value.equals("multicast"));
                case "--dst-type" -> condition = _ -> Truth.of(value.equals("MULTICAST"));
                default -> {
                    condition = _ -> Truth.UNKNOWN;
                    at--; // whether a value follows is not known either
                }
            }
            if (condition != null) {
                Function<Sample, Truth> plain = condition;
                conditions.add(not ? packet -> plain.apply(packet).not() : plain);
                not = false;
            }
        }
        return new Rule(
                line,
                packet -> Truth.all(conditions.stream().map(each -> each.apply(packet)).toList()),
                verdict);
    }

    private static Truth protocol(String name, Sample packet) {
        Integer number = PROTOCOLS.get(name);
        if (number == null) {
            try {
                number = Integer.valueOf(name);
            } catch (NumberFormatException _) {
                return Truth.of(name.equals("all"));
            }
        }
        return Truth.of(number == packet.protocol());
    }

    private static Truth destination(String network, Sample packet) {
        try {
            return packet.isTo(Prefix.of(network));
        } catch (IllegalArgumentException _) {
            return Truth.UNKNOWN; // a mask with holes
        }
    }

    private static Truth type(String name, Sample packet) {
        try {
            return Truth.of(
                    packet.protocol() == Sample.ICMPV6
                            && Integer.parseInt(name.split("/", -1)[0]) == packet.type());
        } catch (NumberFormatException _) {
            return Truth.UNKNOWN;
        }
    }

    private static Verdict verdict(String target, boolean back) {
        return switch (target) {
            case "ACCEPT" -> new Verdict.Accept();
            case "DROP", "REJECT" -> new Verdict.Drop();
            case "RETURN" -> new Verdict.Return();
            case "LOG",
                    "NFLOG",
                    "MARK",
                    "CONNMARK",
                    "TCPMSS",
                    "TTL",
                    "HL",
                    "DSCP",
                    "TOS",
                    "SET",
                    "CHECKSUM",
                    "TRACE",
                    "CT",
                    "NOTRACK",
                    "CLASSIFY",
                    "TEE",
                    "AUDIT" ->
                    new Verdict.Continue();
            case "NFQUEUE", "QUEUE", "TPROXY", "SYNPROXY" -> new Verdict.Unknown();
            case "MASQUERADE", "SNAT", "DNAT", "REDIRECT", "NETMAP" -> new Verdict.Accept();
            default -> new Verdict.Jump(target, back);
        };
    }

    /** The family of these rules. */
    Family family() {
        return family;
    }
}
