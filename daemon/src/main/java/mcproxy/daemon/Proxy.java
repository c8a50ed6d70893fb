package mcproxy.daemon;

import mcproxy.config.Configuration;
import mcproxy.config.ConfigurationWriter;
import mcproxy.config.Differences;
import mcproxy.config.InstanceConfig;
import mcproxy.config.TableNumbers;
import mcproxy.core.ViewRequest;
import mcproxy.kernel.Kernel;
import mcproxy.kernel.KernelException;
import mcproxy.kernel.Link;
import mcproxy.kernel.LinkMonitor;
import mcproxy.kernel.MulticastRules;
import mcproxy.kernel.MulticastTable;
import mcproxy.kernel.Poller;
import mcproxy.wire.Family;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;

/** The daemon without its command line: starts the modules and the instances, and ends them. */
final class Proxy {
    /** How long {@link #stop} takes at most. */
    static final Duration STOP_LIMIT = Duration.ofMillis(900);

    private static final Duration SHOW_LIMIT = Duration.ofSeconds(1);

    private final EventLog log;
    private final Clock clock;
    private final Journal journal;
    private final Poller poller;
    private final LinkMonitor monitor;
    private final MulticastRules rules;
    private final Receiver receiver;
    private final Timer timer;
    private final Thread receiverThread;
    private final Thread timerThread;
    private final Kernel kernel;
    private final SplittableRandom seeds;

    /** Held by who starts, changes or stops the instances: one at a time. */
    private final ReentrantLock changing = new ReentrantLock();

    private final Map<TableKey, OwnTable> tables = new HashMap<>();
    private volatile Running running = new Running(Optional.empty(), List.of());
    private boolean stopped;

    private record TableKey(Family family, int number) {}

    /** An instance at work. */
    private record Member(InstancePlan plan, ProxyInstance instance, Thread thread) {}

    /** What runs: replaced as a whole, so that whoever looks sees one configuration. */
    private record Running(Optional<Configuration> configuration, List<Member> members) {
        Optional<Member> member(String name) {
            return members.stream().filter(one -> one.plan.name().equals(name)).findFirst();
        }
    }

    private Proxy(
            Kernel kernel,
            Poller poller,
            LinkMonitor monitor,
            MulticastRules rules,
            SplittableRandom seeds,
            EventLog log,
            Clock clock,
            Journal journal,
            Consumer<KernelException> failure) {
        this.kernel = kernel;
        this.seeds = seeds;
        this.poller = poller;
        this.monitor = monitor;
        this.rules = rules;
        this.log = log;
        this.clock = clock;
        this.journal = journal;
        this.receiver = new Receiver(poller, monitor, log, failure);
        this.timer = new Timer(clock);
        this.receiverThread = thread("receiver", receiver);
        this.timerThread = thread("timer", timer);
    }

    /**
     * Starts everything that the configuration asks for.
     *
     * @param seeds where the instances' seeds of random numbers come from
     * @param journal records what the engines are told; stays the caller's to close
     * @param failure takes what later makes it impossible to go on; {@link #stop} is still to be
     *     called then
     * @throws StartFailure when the kernel does not give what is needed; nothing is left running
     */
    static Proxy start(
            Configuration configuration,
            Kernel kernel,
            SplittableRandom seeds,
            Clock clock,
            EventLog log,
            Journal journal,
            Consumer<KernelException> failure)
            throws StartFailure {
        Proxy proxy = open(kernel, seeds, clock, log, journal, failure);
        try {
            List<InstancePlan> plans = proxy.prepare(configuration, true);
            proxy.receiverThread.start();
            proxy.timerThread.start();
            List<Member> members = plans.stream().map(proxy::begin).toList();
            proxy.running = new Running(Optional.of(configuration), members);
        } catch (StartFailure e) {
            proxy.close();
            throw e;
        }
        thread("warm-up", proxy::warmUp).start();
        return proxy;
    }

    /** Waits until the instances have asked their first questions; these come before all else. */
    private void warmUp() {
        try {
            var _ = show();
            new WarmUp().run();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // the daemon ends: nothing is lost
        }
    }

    private static Proxy open(
            Kernel kernel,
            SplittableRandom seeds,
            Clock clock,
            EventLog log,
            Journal journal,
            Consumer<KernelException> failure)
            throws StartFailure {
        try {
            LinkMonitor monitor = kernel.openLinkMonitor();
            try {
                MulticastRules rules = kernel.openRules();
                try {
                    return new Proxy(
                            kernel,
                            kernel.openPoller(),
                            monitor,
                            rules,
                            seeds,
                            log,
                            clock,
                            journal,
                            failure);
                } catch (KernelException e) {
                    rules.close();
                    throw e;
                }
            } catch (KernelException e) {
                monitor.close();
                throw e;
            }
        } catch (KernelException e) {
            throw new StartFailure("the kernel's interfaces", e);
        }
    }

    /**
     * Opens the tables that a configuration needs and that are not ours yet: all of them, or none.
     *
     * @return the plans with the numbers of their tables. An instance that runs and does not ask
     *     for another keeps its own, unless a different one asks for just that
     */
    private List<InstancePlan> prepare(Configuration next, boolean starting) throws StartFailure {
        Map<TableKey, OwnTable> opened = new LinkedHashMap<>();
        try {
            ExistingRules existing = ExistingRules.read(rules);
            Set<Integer> used = new HashSet<>(existing.usedByOthers());
            Map<String, Integer> numbers = new HashMap<>();
            plans().forEach(plan -> numbers.put(plan.name(), plan.table()));
            List<InstancePlan> plans = new ArrayList<>();
            for (InstancePlan plan : InstancePlan.of(next)) {
                InstancePlan numbered = withTables(plan, next, numbers, used, existing, opened);
                numbers.put(plan.name(), numbered.table());
                plans.add(numbered);
            }
            if (starting) {
                existing.deleteOrphans(kernel); // later there are rules of ours in use
            }
            tables.putAll(opened);
            return plans;
        } catch (KernelException e) {
            opened.values().forEach(own -> own.table().close());
            throw new StartFailure("the rules for multicast tables", e);
        } catch (StartFailure e) {
            opened.values().forEach(own -> own.table().close());
            throw e;
        }
    }

    /** Where somebody else has a table, and another number will do as well, that one is taken. */
    private InstancePlan withTables(
            InstancePlan plan,
            Configuration next,
            Map<String, Integer> numbers,
            Set<Integer> used,
            ExistingRules existing,
            Map<TableKey, OwnTable> opened)
            throws StartFailure, KernelException {
        boolean given = next.instance(plan.name()).flatMap(InstanceConfig::table).isPresent();
        while (true) {
            int number = TableNumbers.assign(next, numbers, used).getOrDefault(plan.name(), 0);
            InstancePlan numbered = plan.withTable(number);
            Map<TableKey, OwnTable> own = open(numbered, given || number == 0, existing);
            opened.putAll(own);
            if (numbered.families().stream()
                    .map(family -> new TableKey(family, number))
                    .allMatch(key -> opened.containsKey(key) || tables.containsKey(key))) {
                return numbered;
            }
            used.add(number);
            numbers.remove(plan.name(), number);
        }
    }

    /** The tables of a plan that are not ours yet; none when somebody else has one of them. */
    private Map<TableKey, OwnTable> open(InstancePlan plan, boolean only, ExistingRules existing)
            throws StartFailure, KernelException {
        Map<TableKey, OwnTable> opened = new LinkedHashMap<>();
        for (Family family : plan.families()) {
            TableKey key = new TableKey(family, plan.table());
            if (tables.containsKey(key)) {
                continue;
            }
            try {
                MulticastTable table = kernel.openTable(family, plan.table());
                opened.put(key, new OwnTable(table, existing.of(plan, family)));
            } catch (KernelException e) {
                opened.values().forEach(own -> own.table().close());
                if (only || !e.errnoName().equals("EADDRINUSE")) {
                    throw new StartFailure("instance " + plan.name() + ", " + family, e);
                }
                log.tell(new DaemonEvent.TableInUse(plan.name(), family, plan.table()));
                return Map.of();
            }
        }
        return opened;
    }

    private Map<Family, OwnTable> tablesOf(InstancePlan plan) {
        Map<Family, OwnTable> of = new EnumMap<>(Family.class);
        for (Family family : plan.families()) {
            OwnTable own = tables.get(new TableKey(family, plan.table()));
            if (own == null) {
                throw new AssertionError("the tables of " + plan.name() + " were opened");
            }
            of.put(family, own);
        }
        return of;
    }

    /** Starts an instance whose tables are open and of nobody else. */
    private Member begin(InstancePlan plan) {
        Map<Family, OwnTable> own = tablesOf(plan);
        own.keySet().forEach(family -> tellTable(plan, family));
        long seed = seeds.nextLong();
        log.tell(new DaemonEvent.Seeded(plan.name(), seed));
        Mailbox mailbox = new Mailbox(clock);
        JournaledEngine engine = journal.engine(plan, seed, clock.nanos());
        List<Link> existing = List.of();
        for (OwnTable one : own.values()) {
            existing =
                    receiver.attach(one.table(), mailbox); // the later ones have come by mail, too
        }
        ProxyInstance instance =
                new ProxyInstance(
                        plan, existing, own, engine, mailbox, receiver, timer, clock, log);
        Thread thread = thread("instance " + plan.name(), instance);
        thread.start();
        return new Member(plan, instance, thread);
    }

    private void tellTable(InstancePlan plan, Family family) {
        log.tell(new DaemonEvent.TableOpened(plan.name(), family, plan.table()));
    }

    // ---- another configuration ----

    /** The configuration that is carried out. */
    Configuration configuration() {
        return running.configuration()
                .orElseThrow(() -> new IllegalStateException("nothing was started"));
    }

    /** What the configuration says about each instance, in the order of the text. */
    List<InstancePlan> plans() {
        return running.members().stream().map(Member::plan).toList();
    }

    /**
     * Goes over to another configuration and touches only what is different; all or nothing. What
     * can fail is done before anything that runs is changed. Returns when all is carried out. For
     * any thread; one at a time, others wait.
     *
     * @return the differences in words; empty when there are none
     * @throws StartFailure when the kernel does not give what is needed, or the daemon ends; then
     *     nothing has changed
     */
    List<String> apply(Configuration next) throws StartFailure, InterruptedException {
        changing.lockInterruptibly();
        try {
            if (stopped) {
                throw new StartFailure("the daemon is ending");
            }
            List<String> differences = Differences.between(configuration(), next);
            List<InstancePlan> plans = prepare(next, false);
            journal.configured(ConfigurationWriter.write(next), clock.nanos());
            carryOut(next, plans);
            log.tell(new DaemonEvent.Reconfigured(differences));
            return differences;
        } finally {
            changing.unlock();
        }
    }

    /** An instance that stays, and what it shall be. */
    private record Change(Member member, InstancePlan next) {}

    /**
     * Nothing here can fail, or be interrupted: what is needed is there. Interfaces are left before
     * they are taken.
     */
    private void carryOut(Configuration next, List<InstancePlan> plans) {
        List<Change> staying = new ArrayList<>();
        for (InstancePlan plan : plans) {
            running.member(plan.name())
                    .filter(member -> member.plan.table() == plan.table())
                    .ifPresent(member -> staying.add(new Change(member, plan)));
        }
        List<Member> ending = new ArrayList<>(running.members());
        staying.forEach(change -> ending.remove(change.member));
        end(ending);
        List<Change> changes =
                staying.stream().filter(one -> !one.next.equals(one.member.plan)).toList();
        ask(
                changes,
                (change, answer) -> {
                    List<InstancePlan> others = new ArrayList<>(plans);
                    others.remove(change.next);
                    return new Mail.Release(change.next, others, answer);
                });
        changes.forEach(this::attachNewTables);
        ask(
                changes,
                (change, answer) ->
                        new Mail.Reconfigure(change.next, tablesOf(change.next), answer));
        List<Member> members = new ArrayList<>();
        for (InstancePlan plan : plans) {
            members.add(
                    staying.stream()
                            .filter(one -> one.next.name().equals(plan.name()))
                            .findFirst()
                            .map(one -> new Member(plan, one.member.instance, one.member.thread))
                            .orElseGet(() -> begin(plan)));
        }
        running = new Running(Optional.of(next), List.copyOf(members));
        closeAllBut(plans);
    }

    private void attachNewTables(Change change) {
        tablesOf(change.next)
                .forEach((family, own) -> {
                    if (!change.member.plan.families().contains(family)) {
                        tellTable(change.next, family);
                        var _ = receiver.attach(own.table(), change.member.instance.mailbox());
                    }
                });
    }

    private static void ask(
            List<Change> changes,
            BiFunction<Change, CompletableFuture<Boolean>, Mail.Request> question) {
        List<CompletableFuture<Boolean>> answers = new ArrayList<>();
        for (Change change : changes) {
            CompletableFuture<Boolean> answer = new CompletableFuture<>();
            change.member.instance.mailbox().request(question.apply(change, answer));
            answers.add(answer);
        }
        answers.forEach(CompletableFuture::join); // fails only when an instance has a bug
    }

    private void end(List<Member> members) {
        members.forEach(member -> member.instance.mailbox().stop());
        for (Member member : members) {
            Uninterrupted.run(member.thread::join);
            for (OwnTable own : tablesOf(member.plan).values()) {
                receiver.detach(own.table()); // it may be the next one's
            }
        }
    }

    private void closeAllBut(List<InstancePlan> plans) {
        Set<TableKey> needed = new HashSet<>();
        for (InstancePlan plan : plans) {
            plan.families().forEach(family -> needed.add(new TableKey(family, plan.table())));
        }
        for (TableKey key : List.copyOf(tables.keySet())) {
            OwnTable own = needed.contains(key) ? null : tables.remove(key);
            if (own != null) {
                receiver.detach(own.table());
                own.table().close();
            }
        }
    }

    /** A bug in one thread must not leave the others running as if nothing had happened. */
    private static Thread thread(String name, Runnable work) {
        return Thread.ofPlatform().name(name).daemon().unstarted(work);
    }

    /** All instances as they are now; without those that do not answer in a second. */
    List<InstanceView> show() throws InterruptedException {
        return show(ViewRequest.ALL, Optional.empty());
    }

    /** The same for a part of them, and of their state. */
    List<InstanceView> show(ViewRequest request, Optional<String> instance)
            throws InterruptedException {
        Map<String, InstanceView> views = ask(instance, answer -> new Mail.Show(request, answer));
        return List.copyOf(views.values());
    }

    /**
     * Asks one instance or all; without the answers of those that give none in a second.
     *
     * @return the answers by the names of the instances, in the order of the configuration
     */
    <T> Map<String, T> ask(
            Optional<String> instance, Function<CompletableFuture<T>, Mail.Request> question)
            throws InterruptedException {
        Map<String, CompletableFuture<T>> asked = new LinkedHashMap<>();
        for (Member member : running.members()) {
            if (instance.isEmpty() || instance.get().equals(member.plan.name())) {
                CompletableFuture<T> answer = new CompletableFuture<>();
                member.instance.mailbox().request(question.apply(answer));
                asked.put(member.plan.name(), answer);
            }
        }
        Map<String, T> answers = new LinkedHashMap<>();
        long deadline = System.nanoTime() + SHOW_LIMIT.toNanos();
        for (Map.Entry<String, CompletableFuture<T>> one : asked.entrySet()) {
            try {
                long left = Math.max(0, deadline - System.nanoTime());
                answers.put(one.getKey(), one.getValue().get(left, TimeUnit.NANOSECONDS));
            } catch (ExecutionException | TimeoutException | CancellationException _) {
                // it has ended or is busy, which its log tells
            }
        }
        return answers;
    }

    /** What was counted and belongs to no instance. */
    List<Counters.Count> ownCounts() {
        return receiver.counters().counts();
    }

    /** What was heard and belongs to no instance, by name. */
    SortedMap<String, Long> unclaimed() {
        return receiver.counters().snapshot();
    }

    /**
     * Ends everything: leaves on the upstreams, routes and interfaces out of the kernel's tables,
     * sockets closed. Takes {@link #STOP_LIMIT} at most, once no other configuration is being
     * applied.
     */
    void stop() throws InterruptedException {
        changing.lockInterruptibly();
        try {
            stopped = true;
            end();
        } finally {
            changing.unlock();
        }
    }

    private void end() throws InterruptedException {
        long deadline = clock.nanos() + STOP_LIMIT.toNanos();
        List<Member> members = running.members();
        members.forEach(member -> member.instance.mailbox().stop());
        boolean ended = true;
        for (Member member : members) {
            ended &= join(member.thread, deadline);
        }
        receiver.stop();
        timer.stop();
        ended &= join(receiverThread, deadline);
        ended &= join(timerThread, deadline);
        if (ended) {
            close(); // not while a thread may still be using what would be closed
        }
    }

    private boolean join(Thread thread, long deadlineNanos) throws InterruptedException {
        long left = Math.max(1, deadlineNanos - clock.nanos());
        boolean ended = thread.join(Duration.ofNanos(left));
        if (!ended) {
            log.tell(new DaemonEvent.StopLate(thread.getName()));
        }
        return ended;
    }

    private void close() {
        tables.values().forEach(own -> own.table().close());
        tables.clear();
        rules.close();
        monitor.close();
        poller.close();
    }
}
