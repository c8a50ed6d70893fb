package mcproxy.daemon;

import mcproxy.config.Configuration;
import mcproxy.config.InstanceConfig;
import mcproxy.control.Change;
import mcproxy.control.Control;
import mcproxy.control.ControlException;
import mcproxy.control.Counter;
import mcproxy.control.EventFeed;
import mcproxy.control.Explanation;
import mcproxy.control.Flow;
import mcproxy.control.Group;
import mcproxy.control.Instance;
import mcproxy.control.Interface;
import mcproxy.control.Membership;
import mcproxy.control.Outcome;
import mcproxy.control.RuleHits;
import mcproxy.control.Selection;
import mcproxy.control.Status;
import mcproxy.core.Diagnosis;
import mcproxy.core.EngineView;
import mcproxy.core.FilterMode;
import mcproxy.core.ViewRequest;
import mcproxy.core.ViewRequest.Part;
import mcproxy.daemon.InstanceView.LinkView;
import mcproxy.kernel.KernelException;
import mcproxy.kernel.MulticastTable;
import mcproxy.kernel.MulticastTable.RouteCounters;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * A running daemon, for whoever controls it.
 *
 * <p>Large answers are made of portions, between which the instance does its work: it is never held
 * up for longer than some milliseconds. What is different from one portion to the next may be
 * missing from such an answer.
 */
final class RunningControl implements Control {
    /** An explanation looks at the counters that often, and each time waits that long. */
    private static final int WATCH_LOOKS = 20;

    private static final Duration WATCH_PAUSE = Duration.ofMillis(50);

    private final Proxy proxy;
    private final RunningConfiguration configuration;
    private final EventLog log;
    private final Clock clock;
    private final Instant startedAt = Instant.now();
    private final long startedNanos;
    private final FlowRates rates = new FlowRates();
    private final Supplier<List<Counter>> serverCounters;
    private final RpFilter.Drops drops;

    /**
     * A daemon's control.
     *
     * @param serverCounters what is counted where the control is offered
     * @param drops the reverse path filter
     */
    RunningControl(
            Proxy proxy,
            RunningConfiguration configuration,
            EventLog log,
            Clock clock,
            Supplier<List<Counter>> serverCounters,
            RpFilter.Drops drops) {
        this.proxy = proxy;
        this.configuration = configuration;
        this.log = log;
        this.clock = clock;
        this.startedNanos = clock.nanos();
        this.serverCounters = serverCounters;
        this.drops = drops;
    }

    // ---- the daemon and its instances ----

    @Override
    public Status status() {
        long cursor = log.events().cursor(); // before all that follows, so that nothing is missed
        List<Status.Limit> limits = new ArrayList<>();
        show(ViewRequest.of(Part.COUNTS), Selection.ALL)
                .forEach(view -> limits.addAll(LimitsInUse.of(view)));
        return new Status(
                Version.text(),
                ProcessHandle.current().pid(),
                text(startedAt),
                Documents.millis(clock.nanos() - startedNanos),
                configuration.file().toAbsolutePath().normalize().toString(),
                text(configuration.changedAt()),
                configuration.isChanged(),
                configuration.reloadFailure().orElse(null),
                EventData.word(log.level()),
                configuration.now().instances().stream().map(InstanceConfig::name).toList(),
                cursor,
                limits);
    }

    private static String text(Instant at) {
        return at.truncatedTo(ChronoUnit.MILLIS).toString();
    }

    @Override
    public List<Instance> instances() {
        Configuration now = configuration.now();
        List<Instance> instances = new ArrayList<>();
        for (InstanceView view : show(ViewRequest.of(Part.COUNTS), Selection.ALL)) {
            now.instance(view.name())
                    .ifPresent(said ->
                            instances.add(Documents.instance(view, said, now.protocols(said))));
        }
        return instances;
    }

    @Override
    public List<Interface> interfaces(Selection selection) {
        List<Interface> interfaces = new ArrayList<>();
        for (InstanceView view : show(ViewRequest.of(Part.COUNTS), selection)) {
            view.links().stream()
                    .filter(link -> isSelected(link.name(), selection))
                    .sorted(
                            Comparator.comparing(LinkView::role) // upstreams first
                                    .thenComparing(LinkView::family)
                                    .thenComparing(LinkView::name))
                    .forEach(link -> interfaces.add(Documents.link(view, link)));
        }
        return interfaces;
    }

    private static boolean isSelected(String link, Selection selection) {
        return selection.link() == null || link.equals(selection.link());
    }

    private List<InstanceView> show(ViewRequest request, Selection selection) {
        Map<String, InstanceView> views = ask(selection, answer -> new Mail.Show(request, answer));
        return List.copyOf(views.values());
    }

    /** Asks the instance that is selected, which has to answer, or all, of which those count. */
    private <T> Map<String, T> ask(
            Selection selection, Function<CompletableFuture<T>, Mail.Request> question) {
        String instance = selection.instance();
        Map<String, T> answers;
        try {
            answers = proxy.ask(Optional.ofNullable(instance), question);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ControlException(
                    ControlException.Kind.BUSY, "interrupted while waiting for instances", e);
        }
        if (instance != null && answers.isEmpty()) {
            boolean runs = configuration.now().instance(instance).isPresent();
            throw new ControlException(
                    runs ? ControlException.Kind.BUSY : ControlException.Kind.NOT_FOUND,
                    runs
                            ? "instance " + instance + " does not answer within a second"
                            : "there is no instance " + instance);
        }
        return answers;
    }

    // ---- what there may be much of ----

    /** Takes an instance's view after the other, until all of a part has been seen. */
    private interface Portions {
        void take(InstanceView view, boolean first);
    }

    private void portions(Part part, Selection selection, Portions portions) {
        Optional<IpAddress> group = address("group", selection.group());
        ViewRequest request =
                new ViewRequest(
                        EnumSet.of(part),
                        Optional.ofNullable(selection.link()),
                        group,
                        Optional.empty(),
                        ViewRequest.PORTION);
        for (InstanceView first : show(request, selection)) {
            portions.take(first, true);
            Selection rest = new Selection(first.name(), null, null, null);
            Optional<IpAddress> next = first.engine().next();
            while (next.isPresent()) {
                InstanceView more = show(request.after(next.get()), rest).getFirst();
                portions.take(more, false);
                next = more.engine().next();
            }
        }
    }

    private static Optional<IpAddress> address(String what, @Nullable String text) {
        if (text == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(IpAddress.of(text));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "the " + what + " \"" + text + "\" is no address", e);
        }
    }

    /** Names a list of groups: what is in it is shown in the order of the groups. */
    private record Place(String instance, Family family, String link) {}

    /** Documents by place and group: places in the order in which they are shown. */
    private static final class Sorted<T> {
        private final Map<String, Integer> instances = new LinkedHashMap<>();
        private final TreeMap<Place, TreeMap<IpAddress, T>> byPlace =
                new TreeMap<>(
                        Comparator.comparing((Place place) -> place(place.instance))
                                .thenComparing(Place::family)
                                .thenComparing(Place::link));

        private Integer place(String instance) {
            return instances.computeIfAbsent(instance, _ -> instances.size());
        }

        void put(Place place, IpAddress group, T document) {
            byPlace.computeIfAbsent(place, _ -> new TreeMap<>()).put(group, document);
        }

        boolean has(Place place, IpAddress group) {
            TreeMap<IpAddress, T> there = byPlace.get(place);
            return there != null && there.containsKey(group);
        }

        List<T> all() {
            return byPlace.values().stream()
                    .flatMap(groups -> groups.values().stream())
                    .collect(Collectors.toList());
        }
    }

    @Override
    public List<Group> groups(Selection selection) {
        Optional<IpAddress> source = address("source", selection.source());
        Optional<IpAddress> group = address("group", selection.group());
        Sorted<Group> groups = new Sorted<>();
        Map<Place, Map<IpAddress, EngineView.Static>> set = new LinkedHashMap<>();
        Map<Place, EngineView.Downstream> on = new LinkedHashMap<>();
        portions(
                Part.GROUPS,
                selection,
                (view, first) -> {
                    for (EngineView.Downstream downstream : view.engine().downstreams()) {
                        Place place =
                                new Place(view.name(), downstream.family(), downstream.link());
                        if (first) {
                            Map<IpAddress, EngineView.Static> here = new LinkedHashMap<>();
                            downstream.staticGroups().forEach(one -> here.put(one.group(), one));
                            set.put(place, here);
                            on.put(place, downstream);
                        }
                        Set<IpAddress> statics = set.getOrDefault(place, Map.of()).keySet();
                        for (EngineView.Group one : downstream.groups()) {
                            if (source.isEmpty() || concerns(one, source.get())) {
                                groups.put(
                                        place,
                                        one.group(),
                                        Documents.group(
                                                view.name(),
                                                downstream,
                                                one,
                                                statics.contains(one.group())));
                            }
                        }
                    }
                });
        set.forEach((place, statics) ->
                statics.values().stream()
                        .filter(one -> group.isEmpty() || group.get().equals(one.group()))
                        .filter(one -> source.isEmpty() || concerns(one.membership(), source.get()))
                        .filter(one -> !groups.has(place, one.group()))
                        .forEach(one -> {
                            EngineView.Downstream downstream = on.get(place);
                            if (downstream != null) {
                                groups.put(
                                        place,
                                        one.group(),
                                        Documents.group(place.instance, downstream, one));
                            }
                        }));
        return groups.all();
    }

    /** Is a source named by anybody, or wanted? */
    private static boolean concerns(EngineView.Group group, IpAddress source) {
        return group.mode() == FilterMode.EXCLUDE
                || group.running().stream().anyMatch(one -> one.source().equals(source));
    }

    private static boolean concerns(mcproxy.core.Membership membership, IpAddress source) {
        return membership.mode() == FilterMode.EXCLUDE || membership.sources().contains(source);
    }

    @Override
    public List<Membership> memberships(Selection selection) {
        Optional<IpAddress> source = address("source", selection.source());
        Sorted<Membership> memberships = new Sorted<>();
        portions(
                Part.MEMBERSHIPS,
                selection,
                (view, _) -> {
                    for (EngineView.Upstream upstream : view.engine().upstreams()) {
                        Place place = new Place(view.name(), upstream.family(), upstream.link());
                        for (EngineView.Reported one : upstream.groups()) {
                            if (source.isEmpty() || concerns(one.membership(), source.get())) {
                                memberships.put(
                                        place,
                                        one.group(),
                                        Documents.membership(view.name(), upstream, one));
                            }
                        }
                    }
                });
        return memberships.all();
    }

    /**
     * The counters are read here, by one ioctl(2) of about a microsecond for each entry, and not on
     * the instance's thread.
     */
    @Override
    public List<Flow> flows(Selection selection) {
        Optional<IpAddress> source = address("source", selection.source());
        List<Flow> flows = new ArrayList<>();
        portions(
                Part.ROUTES,
                selection,
                (view, _) -> {
                    for (EngineView.Route route : view.engine().routes()) {
                        if (source.isEmpty() || source.get().equals(route.source())) {
                            flows.add(flow(view, route));
                        }
                    }
                });
        return flows;
    }

    private Flow flow(InstanceView view, EngineView.Route route) {
        Optional<RouteCounters> counters = counters(view, route.source(), route.group());
        Optional<FlowRates.Rate> rate =
                counters.flatMap(counted ->
                        rates.read(
                                new FlowRates.Flow(view.name(), route.source(), route.group()),
                                counted,
                                clock.nanos()));
        return Documents.flow(view.name(), route, counters, rate);
    }

    private static Optional<RouteCounters> counters(
            InstanceView view, IpAddress source, IpAddress group) {
        MulticastTable table = view.tables().get(group.family());
        if (table == null) {
            return Optional.empty();
        }
        try {
            return table.counters(source, group);
        } catch (KernelException _) {
            return Optional.empty(); // the table was closed meanwhile; the instance tells of others
        }
    }

    // ---- rules, counters, explanations ----

    @Override
    public List<RuleHits> rules(Selection selection) {
        List<RuleHits> rules = new ArrayList<>();
        for (InstanceView view : show(ViewRequest.of(Part.RULES), selection)) {
            view.engine().rules().stream()
                    .filter(rule -> isSelected(rule.on(), selection))
                    .forEach(rule -> rules.add(Documents.rule(view.name(), rule)));
        }
        return rules;
    }

    @Override
    public List<Counter> counters(Selection selection) {
        List<Counter> counters = new ArrayList<>();
        for (InstanceView view : show(ViewRequest.of(), selection)) {
            view.counts().stream()
                    .filter(count ->
                            selection.link() == null || selection.link().equals(count.key().link()))
                    .forEach(count -> counters.add(Documents.counter(view.name(), count)));
        }
        if (selection.instance() == null && selection.link() == null) {
            counters.addAll(daemonsCounters());
        }
        return counters;
    }

    private List<Counter> daemonsCounters() {
        List<Counter> counters = new ArrayList<>();
        proxy.ownCounts().forEach(count -> counters.add(Documents.counter(null, count)));
        counters.add(new Counter(null, null, "log-throttled", null, log.throttled()));
        counters.addAll(serverCounters.get());
        return counters;
    }

    /** Asks each instance once, for what it need not go through its groups for. */
    @Override
    public String metrics() {
        long now = clock.nanos();
        return Metrics.text(
                new Metrics.Scrape(
                        Version.text(),
                        configuration.isChanged(),
                        configuration.reloadFailure().isEmpty(),
                        configuration.now().instances().stream().map(InstanceConfig::name).toList(),
                        show(ViewRequest.of(), Selection.ALL),
                        daemonsCounters(),
                        now),
                clock);
    }

    @Override
    public List<Explanation> explain(String group, Optional<String> source, Selection selection) {
        IpAddress about = address("group", group).orElseThrow();
        Optional<IpAddress> from = address("source", source.orElse(null));
        if (!about.isMulticast()) {
            throw new IllegalArgumentException("the group " + about + " is no multicast address");
        }
        if (from.isPresent()
                && (from.get().family() != about.family() || from.get().isMulticast())) {
            throw new IllegalArgumentException(
                    from.get() + " cannot be a source of the group " + about);
        }
        Map<String, List<Diagnosis>> diagnoses =
                ask(selection, answer -> new Mail.Diagnose(about, from, answer));
        List<InstanceView> views = show(ViewRequest.of(Part.COUNTS), selection);
        Map<Entry, Optional<Explainer.Watched>> entries = new LinkedHashMap<>();
        for (InstanceView view : views) {
            for (Diagnosis one : diagnoses.getOrDefault(view.name(), List.of())) {
                if (isSelected(one.link(), selection) && one.routed() && one.source().isPresent()) {
                    entries.put(new Entry(view, one.source().get(), about), Optional.empty());
                }
            }
        }
        watch(entries);
        List<Explanation> explanations = new ArrayList<>();
        for (InstanceView view : views) {
            Explainer explainer = new Explainer(view, drops);
            for (Diagnosis one : diagnoses.getOrDefault(view.name(), List.of())) {
                if (isSelected(one.link(), selection) && !explainer.isWithoutPlace(one)) {
                    Optional<Explainer.Watched> counted =
                            one.source()
                                    .flatMap(of ->
                                            entries.getOrDefault(
                                                    new Entry(view, of, about), Optional.empty()));
                    explanations.add(explainer.explain(one, counted));
                }
            }
            explainer.others(about, from).stream()
                    .filter(one -> one.link() == null || isSelected(one.link(), selection))
                    .forEach(explanations::add);
        }
        return explanations;
    }

    /** Names a forwarding entry. */
    private record Entry(InstanceView view, IpAddress source, IpAddress group) {
        Optional<RouteCounters> counters() {
            return RunningControl.counters(view, source, group);
        }
    }

    /**
     * Looks at entries until each has counted a packet more, or for a second: what came once may no
     * longer come. Here nothing waits but the one who asked.
     */
    private static void watch(Map<Entry, Optional<Explainer.Watched>> entries) {
        Map<Entry, RouteCounters> still = new LinkedHashMap<>();
        for (Entry entry : entries.keySet()) {
            entry.counters().ifPresent(counted -> still.put(entry, counted));
        }
        still.forEach((entry, counted) ->
                entries.put(entry, Optional.of(new Explainer.Watched(counted, false))));
        for (int look = 0; look < WATCH_LOOKS && !still.isEmpty(); look++) {
            try {
                Thread.sleep(WATCH_PAUSE);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return;
            }
            still.entrySet()
                    .removeIf(each -> {
                        Optional<RouteCounters> now =
                                each.getKey()
                                        .counters()
                                        .filter(count -> right(count) > right(each.getValue()));
                        now.ifPresent(count ->
                                entries.put(
                                        each.getKey(),
                                        Optional.of(new Explainer.Watched(count, true))));
                        return now.isPresent();
                    });
        }
    }

    private static long right(RouteCounters counters) {
        return counters.packets() - counters.wrongInterface();
    }

    // ---- changes ----

    @Override
    public String configuration() {
        return configuration.text();
    }

    @Override
    public Outcome replace(String text, boolean dryRun) {
        return configuration.replace(text, dryRun);
    }

    @Override
    public Outcome change(List<Change> changes, boolean dryRun) {
        return configuration.change(changes, dryRun);
    }

    @Override
    public Outcome reload() {
        return configuration.reload();
    }

    @Override
    public int clear(Selection selection) {
        Optional<IpAddress> group = address("group", selection.group());
        Map<String, Integer> cleared =
                ask(
                        selection,
                        answer ->
                                new Mail.AskAgain(
                                        Optional.ofNullable(selection.link()), group, answer));
        return cleared.values().stream().mapToInt(Integer::intValue).sum();
    }

    @Override
    public void logLevel(String level) {
        for (Level known : Level.values()) {
            if (EventData.word(known).equals(level)) {
                log.level(known);
                return;
            }
        }
        throw new IllegalArgumentException(
                "no log level is \""
                        + level
                        + "\"; known: "
                        + Arrays.stream(Level.values())
                                .map(EventData::word)
                                .collect(Collectors.joining(", ")));
    }

    @Override
    public EventFeed events() {
        return log.events();
    }
}
