package mcproxy.cli.doctor;

import mcproxy.kernel.Bridge;
import mcproxy.kernel.Link;
import mcproxy.kernel.MulticastRules.Rule;
import mcproxy.wire.Family;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A system in memory, with nothing wrong at first. */
public final class FakeMachine implements Machine {
    final Map<String, String> files = new HashMap<>();
    final List<Link> links = new ArrayList<>();
    final List<Bridge> bridges = new ArrayList<>();
    final List<Rule> rules = new ArrayList<>();
    final Map<String, Ran> programs = new HashMap<>();
    List<String> daemons = List.of();
    List<Long> sockets = List.of();

    /** What goes on while time passes. */
    Runnable later = () -> {};

    /** A system with these interfaces. */
    public FakeMachine(String... names) {
        for (String name : names) {
            links.add(link(name, true, true));
        }
        for (Family family : Family.values()) {
            int zero = family == Family.IPV4 ? 253 : 254;
            rules.add(new Rule(family, "", "", zero, 32_767, 2));
            files.put(Settings.path(family, "all", "forwarding"), "1");
        }
        program("{\"nftables\": []}", "nft", "-j", "list", "ruleset");
    }

    Link link(String name, boolean up, boolean multicast) {
        return new Link(links.size() + 1, name, up, multicast, 1500, "", List.of());
    }

    /** Sets what a file holds. */
    public FakeMachine with(String path, String text) {
        files.put(path, text);
        return this;
    }

    /** Sets what a program prints. */
    public FakeMachine program(String out, String... command) {
        programs.put(String.join(" ", command), new Ran(0, out, ""));
        return this;
    }

    /** Takes a program away. */
    public FakeMachine without(String... command) {
        programs.remove(String.join(" ", command));
        return this;
    }

    @Override
    public Optional<String> file(String path) {
        return Optional.ofNullable(files.get(path)).map(String::strip);
    }

    @Override
    public List<Link> links() {
        return links;
    }

    @Override
    public List<Bridge> bridges() {
        return bridges;
    }

    @Override
    public List<Rule> rules(Family family) {
        return rules.stream().filter(rule -> rule.family() == family).toList();
    }

    @Override
    public List<String> routingDaemons(Family family) {
        return daemons;
    }

    @Override
    public List<Long> sockets(long pid) {
        return sockets;
    }

    @Override
    public void pause(Duration time) {
        later.run();
    }

    @Override
    public Ran run(List<String> command) {
        return programs.getOrDefault(String.join(" ", command), new Ran(Ran.MISSING, "", ""));
    }

    @Override
    public String toString() {
        return Arrays.toString(links.toArray());
    }
}
