package mcproxy.daemon;

import mcproxy.config.Configuration;
import mcproxy.config.InstanceConfig;
import mcproxy.config.TableNumbers;
import mcproxy.core.Limits;
import mcproxy.core.ProxyEngine;
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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** The daemon without its command line: starts the modules and the instances, and ends them. */
final class Proxy {
    /** How long {@link #stop} takes at most. */
    static final Duration STOP_LIMIT = Duration.ofMillis(900);

    private static final Duration SHOW_LIMIT = Duration.ofSeconds(1);

    private final EventLog log;
    private final Clock clock;
    private final Poller poller;
    private final LinkMonitor monitor;
    private final MulticastRules rules;
    private final Receiver receiver;
    private final Timer timer;
    private final Thread receiverThread;
    private final Thread timerThread;
    private final List<MulticastTable> tables = new ArrayList<>();
    private final List<ProxyInstance> instances = new ArrayList<>();
    private final List<Thread> instanceThreads = new ArrayList<>();

    private Proxy(
            Poller poller,
            LinkMonitor monitor,
            MulticastRules rules,
            EventLog log,
            Clock clock,
            Consumer<KernelException> failure) {
        this.poller = poller;
        this.monitor = monitor;
        this.rules = rules;
        this.log = log;
        this.clock = clock;
        this.receiver = new Receiver(poller, monitor, log, failure);
        this.timer = new Timer(clock);
        this.receiverThread = thread("receiver", receiver);
        this.timerThread = thread("timer", timer);
    }

    /**
     * Starts everything that the configuration asks for.
     *
     * @param seeds where the instances' seeds of random numbers come from
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
            Consumer<KernelException> failure)
            throws StartFailure {
        Proxy proxy = open(kernel, clock, log, failure);
        try {
            proxy.addAll(configuration, kernel, seeds);
        } catch (KernelException e) {
            proxy.close();
            throw new StartFailure("the rules for multicast tables", e);
        } catch (StartFailure e) {
            proxy.close();
            throw e;
        }
        proxy.receiverThread.start();
        proxy.timerThread.start();
        proxy.instanceThreads.forEach(Thread::start);
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
            Kernel kernel, Clock clock, EventLog log, Consumer<KernelException> failure)
            throws StartFailure {
        try {
            LinkMonitor monitor = kernel.openLinkMonitor();
            try {
                MulticastRules rules = kernel.openRules();
                try {
                    return new Proxy(kernel.openPoller(), monitor, rules, log, clock, failure);
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

    private void addAll(Configuration configuration, Kernel kernel, SplittableRandom seeds)
            throws StartFailure, KernelException {
        List<Link> existing = monitor.links();
        ExistingRules existingRules = ExistingRules.read(rules);
        Set<Integer> used = new HashSet<>(existingRules.usedByOthers());
        Map<String, Integer> numbers = new HashMap<>();
        for (InstancePlan plan : InstancePlan.of(configuration)) {
            Map<Family, MulticastTable> opened = new EnumMap<>(Family.class);
            InstancePlan numbered = plan;
            while (opened.isEmpty()) {
                numbered =
                        plan.withTable(
                                TableNumbers.assign(configuration, numbers, used)
                                        .getOrDefault(plan.name(), 0));
                boolean given =
                        configuration
                                .instance(plan.name())
                                .flatMap(InstanceConfig::table)
                                .isPresent();
                opened = open(numbered, kernel, given || numbered.table() == 0);
                used.add(numbered.table());
            }
            numbers.put(plan.name(), numbered.table());
            add(numbered, existing, opened, existingRules, seeds.nextLong());
        }
        existingRules.deleteOrphans(kernel);
    }

    /**
     * Opens an instance's tables; gives none when somebody else has one of them and another number
     * will do as well.
     */
    private Map<Family, MulticastTable> open(InstancePlan plan, Kernel kernel, boolean only)
            throws StartFailure {
        Map<Family, MulticastTable> opened = new EnumMap<>(Family.class);
        for (Family family : plan.families()) {
            try {
                opened.put(family, kernel.openTable(family, plan.table()));
            } catch (KernelException e) {
                opened.values().forEach(MulticastTable::close);
                if (only || !e.errnoName().equals("EADDRINUSE")) {
                    throw new StartFailure("instance " + plan.name() + ", " + family, e);
                }
                log.tell(new DaemonEvent.TableInUse(plan.name(), family, plan.table()));
                return Map.of();
            }
        }
        tables.addAll(opened.values());
        return opened;
    }

    private void add(
            InstancePlan plan,
            List<Link> existing,
            Map<Family, MulticastTable> opened,
            ExistingRules existingRules,
            long seed)
            throws KernelException {
        Map<Family, TableRules> rulesOf = new EnumMap<>(Family.class);
        for (Family family : opened.keySet()) {
            rulesOf.put(family, existingRules.of(plan, family));
            log.tell(new DaemonEvent.TableOpened(plan.name(), family, plan.table()));
        }
        log.tell(new DaemonEvent.Seeded(plan.name(), seed));
        Mailbox mailbox = new Mailbox();
        ProxyEngine engine =
                new ProxyEngine(Limits.DEFAULT, plan.settings(), new SplittableRandom(seed));
        ProxyInstance instance =
                new ProxyInstance(
                        plan, existing, opened, rulesOf, engine, mailbox, receiver, timer, clock,
                        log);
        instances.add(instance);
        instanceThreads.add(thread("instance " + plan.name(), instance));
        opened.values().forEach(table -> receiver.attach(table, mailbox));
    }

    /** A bug in one thread must not leave the others running as if nothing had happened. */
    private static Thread thread(String name, Runnable work) {
        return Thread.ofPlatform().name(name).daemon().unstarted(work);
    }

    /** All instances as they are now; without those that do not answer in a second. */
    List<InstanceView> show() throws InterruptedException {
        List<CompletableFuture<InstanceView>> answers = new ArrayList<>();
        for (ProxyInstance instance : instances) {
            CompletableFuture<InstanceView> answer = new CompletableFuture<>();
            instance.mailbox().show(new Mail.Show(answer));
            answers.add(answer);
        }
        List<InstanceView> views = new ArrayList<>();
        for (CompletableFuture<InstanceView> answer : answers) {
            try {
                views.add(answer.get(SHOW_LIMIT.toMillis(), TimeUnit.MILLISECONDS));
            } catch (ExecutionException | TimeoutException | CancellationException _) {
                // it has ended or is busy, which its log tells
            }
        }
        return views;
    }

    /** What was heard and belongs to no instance, by name. */
    SortedMap<String, Long> unclaimed() {
        return receiver.counters().snapshot();
    }

    /**
     * Ends everything: leaves on the upstreams, routes and interfaces out of the kernel's tables,
     * sockets closed. Takes {@link #STOP_LIMIT} at most.
     */
    void stop() throws InterruptedException {
        long deadline = clock.nanos() + STOP_LIMIT.toNanos();
        instances.forEach(instance -> instance.mailbox().stop());
        boolean ended = true;
        for (Thread thread : instanceThreads) {
            ended &= join(thread, deadline);
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
        tables.forEach(MulticastTable::close);
        rules.close();
        monitor.close();
        poller.close();
    }
}
