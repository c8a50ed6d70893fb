package mcproxy.config;

import mcproxy.core.AddressSet;
import mcproxy.core.Prefix;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Makes a configuration of an igmpproxy.conf: {@code quickleave}, and {@code phyint} with its
 * options. What has no equivalent is left as a comment that says why.
 */
public final class IgmpproxyImport {
    private static final String INSTANCE = "igmpproxy";

    private enum Role {
        UPSTREAM,
        DOWNSTREAM,
        DISABLED
    }

    /** An interface of the file. */
    private static final class Phyint {
        private final String name;
        private final Role role;
        private final List<Prefix> whitelist = new ArrayList<>();

        Phyint(String name, Role role) {
            this.name = name;
            this.role = role;
        }
    }

    private final Imported result = new Imported();
    private final List<Phyint> phyints = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final Set<String> seen = new HashSet<>();
    private boolean quickleave;

    private IgmpproxyImport() {}

    /** The configuration that does what the file says; any text gives one. */
    public static String read(String text) {
        IgmpproxyImport reader = new IgmpproxyImport();
        Optional<Phyint> current = Optional.empty();
        for (Imported.Line line : Imported.lines(text)) {
            current = reader.line(line, current);
        }
        reader.write();
        return reader.result.text();
    }

    private Optional<Phyint> line(Imported.Line line, Optional<Phyint> current) {
        Optional<Phyint> phyint = current;
        List<String> words = line.words();
        int next = 0;
        while (next < words.size()) {
            String word = words.get(next++).toLowerCase(Locale.ROOT);
            String value = next < words.size() ? words.get(next) : "";
            switch (word) {
                case "quickleave" -> quickleave = true;
                case "phyint" -> {
                    String role = next + 1 < words.size() ? words.get(next + 1) : "";
                    phyint = phyint(line, value, role);
                    next += 2;
                }
                case "altnet" -> {
                    notes.add(
                            line.cited()
                                    + " - not needed: a source is known by the interface that it"
                                    + " comes in on; see rp-filter");
                    next++;
                }
                case "whitelist" -> {
                    whitelist(line, phyint, value);
                    next++;
                }
                case "ratelimit" -> {
                    if (!value.equals("0")) {
                        notes.add(line.cited() + " - Linux has no limit of rate there");
                    }
                    next++;
                }
                case "threshold" -> {
                    if (!value.equals("1")) {
                        notes.add(
                                line.cited()
                                        + " - not carried over: packets are forwarded as long as"
                                        + " their TTL lasts");
                    }
                    next++;
                }
                default -> {
                    notes.add(line.cited() + " - not known here");
                    next = words.size();
                }
            }
        }
        return phyint;
    }

    private Optional<Phyint> phyint(Imported.Line line, String name, String role) {
        Optional<Role> known = Optional.empty();
        for (Role candidate : Role.values()) {
            if (candidate.toString().equalsIgnoreCase(role)) {
                known = Optional.of(candidate);
            }
        }
        if (known.isEmpty() || !Imported.isInterface(name) || !seen.add(name)) {
            notes.add(
                    line.cited() + " - not an interface with its role, or one for the second time");
            return Optional.empty();
        }
        Phyint phyint = new Phyint(name, known.get());
        phyints.add(phyint);
        return Optional.of(phyint);
    }

    private void whitelist(Imported.Line line, Optional<Phyint> phyint, String value) {
        Optional<Prefix> groups = Imported.network(value).filter(SettingKind.Groups::isOfGroups);
        if (phyint.isPresent() && groups.isPresent()) {
            phyint.get().whitelist.add(groups.get());
        } else {
            notes.add(line.cited() + " - not a network of groups of an interface");
        }
    }

    private List<Phyint> all(Role role) {
        return phyints.stream().filter(phyint -> phyint.role == role).toList();
    }

    private void write() {
        result.comment("Made of an igmpproxy.conf.");
        result.comment("IGMPv3 is spoken where igmpproxy spoke IGMPv2; older hosts are served as");
        result.comment("well. Add MLDv2 here to have IPv6 too.");
        result.statement("protocol IGMPv3");
        result.blank();
        StringBuilder definition = new StringBuilder("pinstance " + INSTANCE + ":");
        all(Role.UPSTREAM).forEach(up -> definition.append(' ').append(Imported.name(up.name)));
        definition.append(" ==>");
        all(Role.DOWNSTREAM).forEach(d -> definition.append(' ').append(Imported.name(d.name)));
        if (all(Role.UPSTREAM).isEmpty()) {
            result.comment("No upstream is named, so this only asks on its downstreams.");
        }
        if (all(Role.DOWNSTREAM).isEmpty()) {
            result.comment("No downstream is named: igmpproxy takes every interface that the file");
            result.comment("does not name, and so does this pattern. Better name them here.");
            definition.append(" \"*\"");
        }
        result.statement(definition.toString());
        all(Role.DISABLED).forEach(off -> result.comment("disabled, so not listed: " + off.name));
        if (quickleave) {
            result.comment("quickleave, but only when the last host that wants the stream leaves:");
            result.statement("pinstance " + INSTANCE + " set immediate-leave on");
        }
        all(Role.UPSTREAM).forEach(up -> filter("upstream", "in", up));
        all(Role.DOWNSTREAM).forEach(down -> filter("downstream", "out", down));
        if (!notes.isEmpty()) {
            result.blank();
            result.comment("Not carried over:");
            notes.forEach(result::comment);
        }
    }

    private void filter(String side, String direction, Phyint phyint) {
        List<AddressSet> groups = new ArrayList<>();
        for (Prefix prefix : phyint.whitelist) {
            AddressSet set = AddressSet.of(prefix);
            if (groups.stream().noneMatch(before -> before.covers(set))) {
                groups.add(set);
            }
        }
        if (groups.isEmpty()) {
            return;
        }
        StringBuilder rules = new StringBuilder("table {");
        groups.forEach(group -> rules.append(" (").append(group).append(" | *)"));
        result.statement(
                "pinstance "
                        + INSTANCE
                        + " "
                        + side
                        + " "
                        + Imported.name(phyint.name)
                        + " "
                        + direction
                        + " whitelist "
                        + rules
                        + " }");
    }
}
