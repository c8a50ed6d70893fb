package mcproxy.daemon;

import static mcproxy.daemon.Examples.GROUP;
import static mcproxy.daemon.Examples.SOURCE;
import static mcproxy.daemon.Examples.report;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Objects.requireNonNull;

import mcproxy.config.Configuration;
import mcproxy.config.ConfigurationReader;
import mcproxy.config.InstanceConfig;
import mcproxy.config.InterfaceConfig;
import mcproxy.config.Settings;
import mcproxy.config.Side;
import mcproxy.control.Change;
import mcproxy.control.ControlException;
import mcproxy.control.Instance;
import mcproxy.control.Interface;
import mcproxy.control.Outcome;
import mcproxy.control.Selection;
import mcproxy.wire.Family;
import mcproxy.wire.RecordType;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Ten thousand random calls, sensible and not, leave the daemon alive and as a simple model says
 * that it must be.
 */
@Timeout(600)
final class ControlModelTest {
    private static final int CALLS = 10_000;

    private static final List<String> NAMES = List.of("tv", "radio", "a b", "upstream", "x-1");
    private static final List<String> LINKS =
            List.of("wan0", "wan1", "lan0", "lan1", "lan2", "tun*", "br-7", "in");

    /** The devices that exist, by name. */
    private static final Map<String, Integer> DEVICES =
            Map.of("wan0", 2, "wan1", 3, "lan0", 4, "lan1", 5, "tun3", 6);

    private static final Map<String, List<String>> VALUES =
            Map.of(
                    "robustness", List.of("2", "3", "7"),
                    "querier", List.of("auto", "off"),
                    "immediate-leave", List.of("on", "off"),
                    "max-groups", List.of("10", "65536"));

    private static final List<String> RUBBISH =
            List.of(
                    "",
                    " ",
                    "0",
                    "99999999999",
                    "-1",
                    "on;",
                    "3 # x",
                    "\"",
                    "\u0000",
                    "wan0 ==> lan0",
                    "==>",
                    "lan",
                    "{(* | *)}",
                    "pinstance",
                    "äöü",
                    "a".repeat(5000));

    /** An instance as the model has it. */
    private static final class Member {
        final Map<String, List<String>> links =
                new TreeMap<>(
                        Map.of("upstream", new ArrayList<>(), "downstream", new ArrayList<>()));
        final Map<String, String> settings = new TreeMap<>();

        /** By side and link. */
        final Map<String, Map<String, String>> linkSettings = new TreeMap<>();

        List<String> on(String side) {
            return links.getOrDefault(side, List.of());
        }

        Map<String, String> settings(String side, String link) {
            return linkSettings.computeIfAbsent(side + " " + link, _ -> new TreeMap<>());
        }

        Member copy() {
            Member copy = new Member();
            links.forEach((side, of) -> copy.on(side).addAll(of));
            copy.settings.putAll(settings);
            linkSettings.forEach((at, of) -> copy.linkSettings.put(at, new TreeMap<>(of)));
            return copy;
        }
    }

    /** What the configuration must be. */
    private static final class Model {
        final Map<String, String> settings = new TreeMap<>();
        final Map<String, Member> members = new LinkedHashMap<>();

        Model copy() {
            Model copy = new Model();
            copy.settings.putAll(settings);
            members.forEach((name, member) -> copy.members.put(name, member.copy()));
            return copy;
        }

        /** Is there an instance, each interface in one only, and each value one of its key? */
        boolean isSound() {
            boolean free =
                    members.values().stream()
                            .flatMap(one ->
                                    Stream.concat(
                                                    one.on("upstream").stream(),
                                                    one.on("downstream").stream())
                                            .distinct())
                            .allMatch(new HashSet<>()::add);
            return !members.isEmpty()
                    && free
                    && areKnown(settings)
                    && members.values().stream()
                            .allMatch(one ->
                                    areKnown(one.settings)
                                            && one.linkSettings.values().stream()
                                                    .allMatch(Model::areKnown));
        }

        private static boolean areKnown(Map<String, String> settings) {
            return settings.entrySet().stream()
                    .allMatch(one ->
                            one.getKey().equals("static-group")
                                    || VALUES.getOrDefault(one.getKey(), List.of())
                                            .contains(one.getValue()));
        }

        /** The same as of a configuration. */
        @Override
        public String toString() {
            StringBuilder text = new StringBuilder("set " + settings + "\n");
            members.forEach((name, member) -> {
                text.append(name).append(member.settings).append('\n');
                for (String side : List.of("upstream", "downstream")) {
                    for (String link : member.on(side)) {
                        text.append("  " + side + " " + link + member.settings(side, link) + "\n");
                    }
                }
            });
            return text.toString();
        }
    }

    private static String text(Configuration configuration) {
        StringBuilder text = new StringBuilder("set " + text(configuration.settings()) + "\n");
        for (InstanceConfig instance : configuration.instances()) {
            text.append(instance.name()).append(text(instance.settings())).append('\n');
            for (Side side : Side.values()) {
                for (InterfaceConfig link : instance.side(side)) {
                    text.append("  " + side + " " + link.name() + text(link.settings()) + "\n");
                }
            }
        }
        return text.toString();
    }

    private static Map<String, String> text(Settings settings) {
        Map<String, String> text = new TreeMap<>();
        settings.values().forEach((key, value) -> text.put(key.toString(), value.toString()));
        return text;
    }

    @TempDir Path folder;

    private final FakeKernel kernel = new FakeKernel();
    private final LogText log = new LogText();
    private SplittableRandom random = new SplittableRandom();
    private Model model = new Model();
    private int applied;
    private int refused;

    private <T> T any(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private @Nullable String maybe(String word) {
        return random.nextBoolean() ? word : null;
    }

    // ---- changes, with what the model says about them ----

    /** Makes a change in the model, and gives whether it can be made. */
    private interface Effect {
        boolean on(Model model);
    }

    private record Planned(Change change, Effect effect) {}

    private static Change change(
            String action,
            String kind,
            @Nullable String instance,
            @Nullable String side,
            @Nullable String link,
            @Nullable Integer number,
            @Nullable String key,
            @Nullable String value,
            @Nullable String text) {
        return new Change(action, kind, instance, side, link, null, null, number, key, value, text);
    }

    private Planned planned() {
        String name = any(NAMES);
        return switch (random.nextInt(8)) {
            case 0 -> addInstance(name);
            case 1 ->
                    new Planned(
                            change("remove", "instance", name, null, null, null, null, null, null),
                            of -> of.members.remove(name) != null);
            case 2, 3 -> addLink(name);
            case 4 -> removeLink(name);
            case 5, 6 -> setting(name);
            default -> entry(name);
        };
    }

    private static String quoted(List<String> links) {
        StringBuilder text = new StringBuilder();
        links.forEach(link -> text.append(" \"").append(link).append('"'));
        return text.toString();
    }

    private Planned addInstance(String name) {
        TreeSet<String> ups = new TreeSet<>();
        TreeSet<String> downs = new TreeSet<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            ups.add(any(LINKS));
        }
        for (int i = random.nextInt(3); i >= 0; i--) {
            downs.add(any(LINKS));
        }
        String text = quoted(List.copyOf(ups)) + " ==>" + quoted(List.copyOf(downs));
        return new Planned(
                change("add", "instance", name, null, null, null, null, null, text),
                of -> {
                    Member member = new Member();
                    member.on("upstream").addAll(ups);
                    member.on("downstream").addAll(downs);
                    return of.members.putIfAbsent(name, member) == null;
                });
    }

    private Planned addLink(String name) {
        String side = random.nextBoolean() ? "upstream" : "downstream";
        String link = any(LINKS);
        Integer number = random.nextBoolean() ? null : 1 + random.nextInt(3);
        return new Planned(
                change("add", side, name, null, link, number, null, null, null),
                of -> {
                    Member member = of.members.get(name);
                    if (member == null || member.on(side).contains(link)) {
                        return false;
                    }
                    int at = number == null ? member.on(side).size() : number - 1;
                    if (at > member.on(side).size()) {
                        return false;
                    }
                    member.on(side).add(at, link);
                    return true;
                });
    }

    private Planned removeLink(String name) {
        String side = random.nextBoolean() ? "upstream" : "downstream";
        String link = any(LINKS);
        return new Planned(
                change("remove", side, name, null, link, null, null, null, null),
                of -> {
                    Member member = of.members.get(name);
                    if (member == null
                            || (side.equals("downstream") && member.on(side).size() == 1)) {
                        return false;
                    }
                    member.linkSettings.remove(side + " " + link);
                    return member.on(side).remove(link);
                });
    }

    private Planned setting(String name) {
        String key = any(List.copyOf(new TreeMap<>(VALUES).keySet()));
        String value =
                random.nextInt(10) == 0 ? "99999999" : any(VALUES.getOrDefault(key, List.of()));
        boolean add = random.nextInt(3) > 0;
        String action = add ? "add" : "remove";
        int scope = random.nextInt(3);
        String link = any(LINKS);
        Change change =
                switch (scope) {
                    case 0 ->
                            change(
                                    action,
                                    "setting",
                                    null,
                                    null,
                                    null,
                                    null,
                                    key,
                                    add ? value : null,
                                    null);
                    case 1 ->
                            change(
                                    action,
                                    "setting",
                                    name,
                                    null,
                                    null,
                                    null,
                                    key,
                                    add ? value : null,
                                    null);
                    default ->
                            change(
                                    action,
                                    "setting",
                                    name,
                                    "downstream",
                                    link,
                                    null,
                                    key,
                                    add ? value : null,
                                    null);
                };
        return new Planned(
                change,
                of -> {
                    Optional<Map<String, String>> place = place(of, scope, name, link);
                    if (place.isEmpty()) {
                        return false;
                    }
                    if (add) {
                        place.get().put(key, value);
                        return true;
                    }
                    return place.get().remove(key) != null;
                });
    }

    private static Optional<Map<String, String>> place(
            Model of, int scope, String name, String link) {
        if (scope == 0) {
            return Optional.of(of.settings);
        }
        Optional<Member> member = Optional.ofNullable(of.members.get(name));
        return scope == 1
                ? member.map(one -> one.settings)
                : member.filter(one -> one.on("downstream").contains(link))
                        .map(one -> one.settings("downstream", link));
    }

    /** Static groups of a downstream, one or the other. */
    private Planned entry(String name) {
        String link = any(LINKS);
        String group = any(List.of("239.1.1.1", "239.1.1.2"));
        boolean add = random.nextBoolean();
        return new Planned(
                change(
                        add ? "add" : "remove",
                        "entry",
                        name,
                        "downstream",
                        link,
                        null,
                        "static-group",
                        group,
                        null),
                of -> {
                    Optional<Map<String, String>> place = place(of, 2, name, link);
                    if (place.isEmpty()) {
                        return false;
                    }
                    List<String> entries =
                            new ArrayList<>(
                                    List.of(
                                            place.get()
                                                    .getOrDefault("static-group", "")
                                                    .split(", ")));
                    entries.remove("");
                    boolean sense = add ? !entries.contains(group) : entries.contains(group);
                    if (add) {
                        entries.add(group);
                    } else {
                        entries.remove(group);
                    }
                    if (entries.isEmpty()) {
                        place.get().remove("static-group");
                    } else {
                        place.get().put("static-group", String.join(", ", entries));
                    }
                    return sense;
                });
    }

    private void change(RunningControl control) {
        List<Change> changes = new ArrayList<>();
        Model after = model.copy();
        boolean sense = true;
        for (int i = random.nextInt(3); i >= 0; i--) {
            Planned planned = planned();
            changes.add(planned.change);
            sense &= planned.effect.on(after);
        }
        sense &= after.isSound(); // in between it need not be
        boolean dryRun = random.nextInt(5) == 0;
        Outcome outcome = control.change(changes, dryRun);
        assertThat(outcome.failure()).isNull();
        assertThat(outcome.problems().stream().noneMatch(p -> p.severity().equals("error")))
                .as("%s%nof %s%ngave %s", changes, model, outcome)
                .isEqualTo(sense);
        assertThat(outcome.applied()).isEqualTo(sense && !dryRun);
        if (outcome.applied()) {
            model = after;
            applied++;
        } else if (!dryRun) {
            refused++;
        }
    }

    // ---- the other calls ----

    private Selection selection() {
        return new Selection(
                random.nextInt(4) == 0 ? any(NAMES) : null,
                random.nextInt(4) == 0 ? any(LINKS) : null,
                random.nextInt(4) == 0 ? any(List.of("239.1.1.1", "ff0e::1", "x")) : null,
                random.nextInt(4) == 0 ? any(List.of("10.0.0.9", "2001:db8::1", "")) : null);
    }

    private void look(RunningControl control) throws InterruptedException {
        try {
            switch (random.nextInt(14)) {
                case 0 -> control.status();
                case 1 -> control.instances();
                case 2 -> control.interfaces(selection());
                case 3 -> control.groups(selection());
                case 4 -> control.memberships(selection());
                case 5 -> control.flows(selection());
                case 6 -> control.rules(selection());
                case 7 -> control.counters(selection());
                case 8 ->
                        control.explain(
                                any(List.of("239.1.1.1", "ff0e::1", "10.0.0.1", "?")),
                                Optional.ofNullable(maybe("10.0.0.9")),
                                selection());
                case 9 -> control.clear(selection());
                case 10 -> control.logLevel(any(List.of("error", "warning", "info", "", "x")));
                case 11 -> control.events().after(random.nextLong(-2, 9), Duration.ZERO);
                case 12 -> control.replace(any(RUBBISH), random.nextBoolean());
                default -> rubbish(control);
            }
        } catch (IllegalArgumentException | ControlException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    /** Nobody knows what it would do, so it is only tried. */
    private void rubbish(RunningControl control) {
        List<String> kinds =
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
                        "entry",
                        "");
        Change change =
                new Change(
                        any(List.of("add", "remove", "")),
                        any(kinds),
                        maybe(any(RUBBISH)),
                        maybe(any(RUBBISH)),
                        maybe(any(RUBBISH)),
                        maybe(any(RUBBISH)),
                        maybe(any(RUBBISH)),
                        random.nextBoolean() ? null : random.nextInt(-1, 3),
                        maybe(any(RUBBISH)),
                        maybe(any(RUBBISH)),
                        maybe(any(RUBBISH)));
        assertThat(control.change(List.of(change), true).applied()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void theStateIsTheModels(long seed) throws Exception {
        random = new SplittableRandom(seed);
        DEVICES.forEach((name, index) ->
                kernel.monitor().set(Examples.link(index, name, "10.0." + index + ".1/24")));
        String start = "pinstance tv: wan0 ==> lan0;\n";
        Path file = Files.writeString(folder.resolve("mcproxy.conf"), start);
        Configuration configuration =
                ConfigurationReader.read(file.toString(), start).configuration().orElseThrow();
        Clock clock = Clock.startingNow();
        EventLog events = log.log(clock);
        events.level(Level.ERROR);
        Proxy proxy =
                Proxy.start(
                        configuration,
                        kernel,
                        random.split(),
                        clock,
                        events,
                        Journal.NONE,
                        failure -> {
                            throw new AssertionError(failure);
                        });
        try {
            RunningControl control =
                    new RunningControl(
                            proxy,
                            new RunningConfiguration(proxy, file, events, _ -> {}),
                            events,
                            clock,
                            List::of,
                            (_, _) -> 0);
            Model atFirst = new Model();
            Member tv = new Member();
            tv.on("upstream").add("wan0");
            tv.on("downstream").add("lan0");
            atFirst.members.put("tv", tv);
            model = atFirst.copy();
            for (int call = 1; call <= CALLS; call++) {
                int what = random.nextInt(200);
                if (what == 0) {
                    assertThat(control.reload().applied()).isTrue();
                    model = atFirst.copy();
                } else if (what < 100) {
                    change(control);
                } else {
                    look(control);
                }
                if (call % 100 == 0) {
                    hear(proxy);
                    check(proxy, control);
                }
            }
            assertThat(applied).isGreaterThan(CALLS / 50);
            assertThat(refused).isGreaterThan(CALLS / 50);
        } finally {
            proxy.stop();
        }
    }

    /** Somebody joins meanwhile, wherever the device is just now. */
    private void hear(Proxy proxy) throws InterruptedException {
        for (InstanceView view : proxy.show()) {
            kernel.table(Family.IPV4, view.table())
                    .hear(4, report(RecordType.ALLOW, GROUP, SOURCE));
        }
    }

    private void check(Proxy proxy, RunningControl control) throws InterruptedException {
        assertThat(text(proxy.configuration())).isEqualTo(model.toString());
        assertThat(
                        ConfigurationReader.read("check", control.configuration())
                                .configuration()
                                .map(ControlModelTest::text))
                .contains(model.toString());
        List<Instance> instances = control.instances();
        assertThat(instances)
                .extracting(Instance::name)
                .containsExactlyElementsOf(model.members.keySet());
        for (Instance instance : instances) {
            Member member = requireNonNull(model.members.get(instance.name()));
            assertThat(instance.upstreams()).isEqualTo(member.on("upstream"));
            assertThat(instance.downstreams()).isEqualTo(member.on("downstream"));
            TreeSet<String> devices = new TreeSet<>();
            for (String name : DEVICES.keySet()) {
                if (has(member, name)) {
                    devices.add(name);
                }
            }
            assertThat(
                            new TreeSet<>(
                                    instance.kernelLinks().stream()
                                            .map(Instance.KernelLink::link)
                                            .toList()))
                    .as("%s", model)
                    .isEqualTo(devices);
            assertThat(
                            new TreeSet<>(
                                    kernel.table(Family.IPV4, instance.table())
                                            .interfaces()
                                            .values()))
                    .isEqualTo(new TreeSet<>(devices.stream().map(DEVICES::get).toList()));
        }
        robustness(control);
    }

    /** Has an instance a device, by its name or by the only pattern there is? */
    private static boolean has(Member member, String device) {
        String as = device.equals("tun3") ? "tun*" : device;
        return member.on("upstream").contains(as) || member.on("downstream").contains(as);
    }

    /** A setting of a link wins over its instance's, and that over the daemon's. */
    private void robustness(RunningControl control) {
        for (Interface one : control.interfaces(Selection.ALL)) {
            if (one.downstream() == null || !one.downstream().isQuerier()) {
                continue;
            }
            Member member = requireNonNull(model.members.get(one.instance()));
            String as = one.name().equals("tun3") ? "tun*" : one.name();
            String wanted =
                    member.settings("downstream", as)
                            .getOrDefault(
                                    "robustness",
                                    member.settings.getOrDefault(
                                            "robustness",
                                            model.settings.getOrDefault("robustness", "2")));
            assertThat(one.downstream().timers().robustness()).isEqualTo(Integer.parseInt(wanted));
        }
    }
}
