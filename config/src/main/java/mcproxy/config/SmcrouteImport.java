package mcproxy.config;

import mcproxy.core.AddressSet;
import mcproxy.core.Prefix;
import mcproxy.core.SsmRange;
import mcproxy.wire.Family;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Makes a configuration of an smcroute.conf: {@code mgroup}, {@code mroute} and {@code phyint}. A
 * static route becomes a static group of its outgoing interfaces, with filters that let nothing
 * else through. What has no equivalent is left as a comment that says why.
 */
public final class SmcrouteImport {
    private static final String INSTANCE = "smcroute";

    /** A join or a route; without outgoing interfaces it is a join. */
    private record Entry(
            Imported.Line line,
            String from,
            Prefix group,
            Optional<Prefix> source,
            List<String> to) {
        boolean isOneGroup() {
            return group.length() == group.address().family().bits();
        }

        boolean isOneSource() {
            return source.map(s -> s.length() == s.address().family().bits()).orElse(true);
        }

        String channel() {
            return group.address() + source.map(s -> " " + s.address()).orElse("");
        }
    }

    private final Imported result = new Imported();
    private final List<Entry> entries = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    private SmcrouteImport() {}

    /** The configuration that does what the file says; any text gives one. */
    public static String read(String text) {
        SmcrouteImport reader = new SmcrouteImport();
        Imported.lines(text).forEach(reader::line);
        reader.write();
        return reader.result.text();
    }

    private void line(Imported.Line line) {
        switch (line.words().getFirst().toLowerCase(Locale.ROOT)) {
            case "mgroup", "mroute" ->
                    entry(line)
                            .ifPresentOrElse(
                                    entries::add,
                                    () -> notes.add(line.cited() + " - not understood"));
            case "phyint" -> phyint(line);
            default -> notes.add(line.cited() + " - not known here");
        }
    }

    private void phyint(Imported.Line line) {
        List<String> words = line.words();
        boolean plain =
                words.stream().skip(2).allMatch(w -> w.equals("enable") || w.equals("mrdisc"));
        if (!plain) {
            notes.add(
                    line.cited()
                            + " - interfaces are those that are listed; there is no TTL threshold");
        }
    }

    private static Optional<Entry> entry(Imported.Line line) {
        List<String> words = line.words();
        boolean route = words.getFirst().equalsIgnoreCase("mroute");
        Optional<String> from = after(words, "from").filter(Imported::isInterface);
        Optional<Prefix> group =
                after(words, "group")
                        .flatMap(Imported::network)
                        .filter(SettingKind.Groups::isOfGroups);
        boolean hasSource = words.contains("source");
        Optional<Prefix> source =
                after(words, "source")
                        .flatMap(Imported::network)
                        .filter(network -> !network.address().isMulticast());
        int to = words.indexOf("to");
        List<String> outgoing =
                route && to >= 0
                        ? words.subList(to + 1, words.size()).stream()
                                .map(SmcrouteImport::pattern)
                                .distinct()
                                .toList()
                        : List.of();
        boolean whole =
                from.isPresent()
                        && group.isPresent()
                        && hasSource == source.isPresent()
                        && route != outgoing.isEmpty()
                        && outgoing.stream().allMatch(Imported::isInterface)
                        && source.map(s -> s.isOf(group.get().address().family())).orElse(true);
        return whole
                ? Optional.of(new Entry(line, pattern(from.get()), group.get(), source, outgoing))
                : Optional.empty();
    }

    /** smcroute's {@code eth+} is our {@code eth*}. */
    private static String pattern(String name) {
        return name.endsWith("+") ? name.substring(0, name.length() - 1) + "*" : name;
    }

    private static Optional<String> after(List<String> words, String keyword) {
        int at = words.indexOf(keyword);
        return at >= 0 && at + 1 < words.size() ? Optional.of(words.get(at + 1)) : Optional.empty();
    }

    private void write() {
        Set<String> down = new LinkedHashSet<>();
        Set<String> up = new LinkedHashSet<>();
        List<Entry> kept = new ArrayList<>();
        for (Entry entry : entries) {
            boolean turned =
                    down.contains(entry.from)
                            || entry.to.stream().anyMatch(up::contains)
                            || entry.to.contains(entry.from);
            if (turned) {
                notes.add(
                        entry.line.cited()
                                + " - one interface cannot send into an instance and receive from"
                                + " it");
            } else {
                up.add(entry.from);
                down.addAll(entry.to);
                kept.add(entry);
            }
        }
        result.comment("Made of an smcroute.conf. Routes follow their sources here, and hosts may");
        result.comment(
                "join and leave; the static groups keep flowing whether anybody asks or not.");
        if (down.isEmpty()) {
            result.comment("There is no route, so there is nothing to do.");
            result.statement("disable");
        } else {
            write(up, down, kept);
        }
        if (!notes.isEmpty()) {
            result.blank();
            result.comment("Not carried over:");
            notes.forEach(result::comment);
        }
    }

    private void write(Set<String> up, Set<String> down, List<Entry> kept) {
        Set<Family> families = new TreeSet<>();
        kept.forEach(entry -> families.add(entry.group.address().family()));
        result.statement(
                "protocol "
                        + String.join(
                                ", ",
                                families.stream()
                                        .map(f -> f == Family.IPV4 ? "IGMPv3" : "MLDv2")
                                        .toList()));
        result.statement("pinstance " + INSTANCE + ":" + names(up) + " ==>" + names(down));
        boolean anySource =
                kept.stream()
                        .anyMatch(entry ->
                                entry.source.isEmpty()
                                        && SsmRange.IANA.contains(entry.group.address()));
        if (anySource) {
            result.comment("Some groups of source-specific multicast have no source:");
            result.statement("pinstance " + INSTANCE + " set ssm-range none");
        }
        result.comment("What comes in from below stays below.");
        result.statement("pinstance " + INSTANCE + " upstream * out blacklist table { (* | *) }");
        result.comment("Each stream is taken from its own interface only.");
        result.statement("pinstance " + INSTANCE + " upstream * in rulematching all");
        for (String on : up) {
            joins(on, kept.stream().filter(entry -> entry.from.equals(on)).toList());
        }
        for (String on : down) {
            routes(on, kept.stream().filter(entry -> entry.to.contains(on)).toList());
        }
    }

    private static String names(Set<String> names) {
        StringBuilder text = new StringBuilder();
        names.forEach(name -> text.append(' ').append(Imported.name(name)));
        return text.toString();
    }

    private void joins(String on, List<Entry> entries) {
        Set<String> channels = new LinkedHashSet<>();
        for (Entry entry : entries) {
            if (entry.to.isEmpty()) {
                channel(entry).ifPresent(channels::add);
            }
        }
        if (!channels.isEmpty()) {
            result.statement(
                    "pinstance "
                            + INSTANCE
                            + " upstream "
                            + Imported.name(on)
                            + " set join-group "
                            + String.join(", ", channels));
        }
    }

    private void routes(String on, List<Entry> entries) {
        Set<String> channels = new LinkedHashSet<>();
        List<String> rules = new ArrayList<>();
        List<Entry> before = new ArrayList<>();
        for (Entry entry : entries) {
            channel(entry).ifPresent(channels::add);
            if (before.stream().noneMatch(earlier -> covers(earlier, entry))) {
                rules.add(
                        Imported.name(entry.from)
                                + "("
                                + AddressSet.of(entry.group)
                                + " | "
                                + entry.source.map(s -> AddressSet.of(s).toString()).orElse("*")
                                + ")");
                before.add(entry);
            }
        }
        String subject = "pinstance " + INSTANCE + " downstream " + Imported.name(on);
        result.statement(subject + " out whitelist table { " + String.join(" ", rules) + " }");
        if (!channels.isEmpty()) {
            result.statement(subject + " set static-group " + String.join(", ", channels));
        }
    }

    private static boolean covers(Entry earlier, Entry entry) {
        boolean sources =
                earlier.source.isEmpty()
                        || (entry.source.isPresent()
                                && AddressSet.of(earlier.source.get())
                                        .covers(AddressSet.of(entry.source.get())));
        return earlier.from.equals(entry.from)
                && AddressSet.of(earlier.group).covers(AddressSet.of(entry.group))
                && sources;
    }

    /** The channel of an entry that has no networks; else it only waits for receivers. */
    private Optional<String> channel(Entry entry) {
        boolean proxied = !entry.group.address().isLinkScopeGroup();
        boolean possible = entry.source.map(s -> s.address().isSource()).orElse(true) && proxied;
        if (entry.isOneGroup() && entry.isOneSource() && possible) {
            return Optional.of(entry.channel());
        }
        String note =
                entry.line.cited()
                        + (proxied
                                ? " - networks are forwarded when somebody asks for a group of them"
                                : " - groups of link scope are never forwarded");
        if (!notes.contains(note)) {
            notes.add(note);
        }
        return Optional.empty();
    }
}
