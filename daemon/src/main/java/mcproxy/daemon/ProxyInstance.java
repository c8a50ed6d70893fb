package mcproxy.daemon;

import mcproxy.core.Effect;
import mcproxy.core.Event;
import mcproxy.core.Input;
import mcproxy.core.LinkSettings;
import mcproxy.core.ViewRequest;
import mcproxy.daemon.InstanceView.LinkView;
import mcproxy.kernel.Link;
import mcproxy.kernel.MulticastTable;
import mcproxy.kernel.MulticastTable.RouteCounters;
import mcproxy.wire.Decoded;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Packet;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;

/**
 * One complete multicast proxy: a thread that takes one message at a time from its mailbox, reads
 * the clock once, asks the engine, and carries out what it wants.
 */
final class ProxyInstance implements Runnable {
    /** How long to wait before the kernel is asked again for what it has refused. */
    static final Duration RETRY_INTERVAL = Duration.ofSeconds(5);

    /** The repetitions of the leaves fall into this time (RFC 9776 8.11), with a margin. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(5);

    private record Place(int ifindex, Family family, LinkSettings.Role role) {
        static Place of(Input.LinkUp up) {
            return new Place(up.ifindex(), up.family(), up.settings().role());
        }

        boolean isOn(int link, Family of) {
            return ifindex == link && family == of;
        }
    }

    private InstancePlan plan;
    private final List<Link> existing;
    private final Mailbox mailbox;
    private final Registry registry;
    private final Timer timer;
    private final Clock clock;
    private final EventLog log;
    private final Counters counters;
    private final Reactions reactions;

    private final JournaledEngine engine;
    private final Links links;
    private final Sender sender;
    private final Map<Family, MulticastTable> tables = new EnumMap<>(Family.class);
    private final Map<Family, Routing> routings = new EnumMap<>(Family.class);

    /** Links that the kernel's table has no room for now, or refuses. */
    private final Map<Place, Input.LinkUp> refused = new LinkedHashMap<>();

    private final WrongArrivals wrongArrivals = new WrongArrivals();
    private final LastHops lastHops = new LastHops();
    private final EnumMap<Mail.Kind, Long> droppedBefore = new EnumMap<>(Mail.Kind.class);
    private long startedNanos;
    private long retryAtNanos = Timer.NEVER;
    private long remindedAtNanos = Timer.NEVER;

    /** Is the mail that was there when the timer expired still being taken? */
    private boolean catchingUp;

    /** Where an instance says which interfaces it listens on; may be called by any thread. */
    interface Registry {
        /** What arrives on this interface and table is for this instance. */
        void register(MulticastTable table, int ifindex);

        /** What arrives on this interface is no longer for this instance. */
        void unregister(MulticastTable table, int ifindex);

        /** Puts what has arrived on this table by now into the mailbox of its instance. */
        void readAll(MulticastTable table);
    }

    /**
     * An instance that begins when it is {@linkplain #run run}.
     *
     * @param existing the interfaces there are; what changes after that comes by mail
     * @param tables its kernel tables, one for each family of the plan; they stay the caller's to
     *     close
     */
    ProxyInstance(
            InstancePlan plan,
            List<Link> existing,
            Map<Family, OwnTable> tables,
            JournaledEngine engine,
            Mailbox mailbox,
            Registry registry,
            Timer timer,
            Clock clock,
            EventLog log) {
        this.plan = plan;
        this.existing = List.copyOf(existing);
        this.engine = engine;
        this.mailbox = mailbox;
        this.registry = registry;
        this.timer = timer;
        this.clock = clock;
        this.log = log;
        this.counters = new Counters();
        this.reactions = new Reactions(clock);
        this.links = new Links(plan, log::tell);
        this.sender = new Sender(plan.name(), this.tables, links::name, log, counters);
        tables.forEach(this::use);
    }

    private void use(Family family, OwnTable own) {
        tables.put(family, own.table());
        routings.put(
                family,
                new Routing(plan.name(), own.table(), own.rules(), links::name, log, counters));
    }

    /** The instance's mailbox. */
    Mailbox mailbox() {
        return mailbox;
    }

    /** The instance's name. */
    String name() {
        return plan.name();
    }

    @Override
    public void run() {
        try {
            startedNanos = clock.nanos();
            take(links.start(existing), startedNanos);
            remind(startedNanos);
            boolean running = true;
            while (running) {
                Mail mail = mailbox.take();
                running = take(mail, clock.nanos());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // nobody does this but to end the thread
        } finally {
            timer.remind(mailbox, Timer.NEVER);
            mailbox.close();
        }
    }

    /** Takes one message; gives whether another one may follow. */
    private boolean take(Mail mail, long now) {
        tellOverflow();
        switch (mail) {
            case Mail.Heard heard -> heard(heard, now);
            case Mail.CacheMiss miss -> cacheMiss(miss, now);
            case Mail.WrongInterface wrong -> wrongInterface(wrong, now);
            case Mail.LastHop last -> lastHop(last, now);
            case Mail.LinkChanged change -> take(links.changed(change), now);
            case Mail.TimerExpired _ -> catchUp();
            case Mail.CaughtUp _ -> expired(now);
            case Mail.Ready ready -> ready.answer().complete(true);
            case Mail.Show show -> show.answer().complete(view(show.wanted(), now));
            case Mail.AskAgain ask -> ask.answer().complete(askAgain(ask, now));
            case Mail.Diagnose why ->
                    why.answer().complete(engine.diagnose(why.group(), why.source(), now));
            case Mail.Release release -> {
                take(links.release(release.next(), release.others()), now);
                release.answer().complete(true);
            }
            case Mail.Reconfigure next -> {
                reconfigure(next, now);
                next.answer().complete(true);
            }
            case Mail.Stop _ -> {
                stop(now);
                return false;
            }
        }
        remind(now);
        return true;
    }

    private void heard(Mail.Heard heard, long now) {
        counters.count("heard", links.name(heard.ifindex()), MessageKind.of(heard.packet()));
        if (log.isOn(Level.TRACE) && heard.packet() instanceof Decoded.Value<Packet>(Packet p)) {
            log.tell(new DaemonEvent.MessageHeard(name(), links.name(heard.ifindex()), p));
        }
        reactions.toMessage(heard.ifindex(), mailbox.arrivedNanos(), now);
        carryOut(engine.hear(heard, now));
        reactions.done();
    }

    private void cacheMiss(Mail.CacheMiss miss, long now) {
        OptionalInt ifindex = link(miss.vif(), miss.group());
        counters.count("cache-miss", ifindex.isPresent() ? links.name(ifindex.getAsInt()) : "", "");
        if (ifindex.isPresent()) {
            reactions.toMiss(mailbox.arrivedNanos(), now);
            carryOut(
                    engine.accept(
                            new Input.CacheMiss(ifindex.getAsInt(), miss.source(), miss.group()),
                            now));
            reactions.done();
        }
    }

    private void wrongInterface(Mail.WrongInterface wrong, long now) {
        OptionalInt ifindex = link(wrong.vif(), wrong.group());
        counters.count(
                "wrong-interface", ifindex.isPresent() ? links.name(ifindex.getAsInt()) : "", "");
        Optional<RouteCounters> counts = counters(wrong.source(), wrong.group());
        if (ifindex.isEmpty() || counts.isEmpty()) {
            return; // the interface or the route has gone meanwhile
        }
        int from = ifindex.getAsInt();
        if (!wrongArrivals.told(from, wrong.source(), wrong.group(), counts.get(), now)) {
            counters.count("wrong-interface-unwatched");
        }
        carryOut(
                engine.accept(
                        new Input.WrongInterface(
                                from,
                                wrong.source(),
                                wrong.group(),
                                WrongArrivals.right(counts.get())),
                        now));
    }

    /** What an upcall's interface is; none in a family that a new plan has no more. */
    private OptionalInt link(int vif, IpAddress group) {
        Routing routing = routings.get(group.family());
        return routing == null ? OptionalInt.empty() : routing.link(vif);
    }

    private Optional<RouteCounters> counters(IpAddress source, IpAddress group) {
        return Optional.ofNullable(routings.get(group.family()))
                .flatMap(routing -> routing.counters(source, group));
    }

    /**
     * A time is over. What was said before, and only waits to be read as the machine is busy,
     * counts first: the answer to a query must not come too late because of us.
     */
    private void catchUp() {
        if (!catchingUp) {
            catchingUp = true;
            tables.values().forEach(registry::readAll);
            mailbox.catchUp();
        }
    }

    /** Of what nobody wants nothing is to be told: discovery protocols often use a TTL of 1. */
    private void lastHop(Mail.LastHop last, long now) {
        Routing routing = routings.get(last.group().family());
        if (routing == null || !routing.forwards(last.ifindex(), last.source(), last.group())) {
            return; // nobody wants it, or the family has gone with a new plan
        }
        String link = links.name(last.ifindex());
        counters.count("last-hop", link, last.group().family().toString());
        if (lastHops.seen(last.source(), last.group(), now)) {
            log.tell(new DaemonEvent.LastHopStream(name(), link, last.source(), last.group()));
        }
    }

    private void expired(long now) {
        catchingUp = false;
        remindedAtNanos = Timer.NEVER;
        carryOut(engine.expire(now));
        wrongArrivals
                .look(this::counters, now)
                .forEach(moved -> carryOut(engine.accept(moved, clock.nanos())));
        if (now >= retryAtNanos) {
            retryAtNanos = Timer.NEVER;
            routings.values().forEach(Routing::retry);
            retryLinks(clock.nanos());
        }
    }

    // ---- links ----

    private void take(List<Input> changes, long now) {
        changes.forEach(change -> take(change, now));
    }

    /**
     * First the kernel's table, so that the engine's first route and query find it ready; what goes
     * leaves it last, when its routes are gone and its number is free.
     */
    private void take(Input change, long now) {
        switch (change) {
            case Input.LinkUp up -> {
                if (isReady(up)) {
                    carryOut(engine.accept(up, now));
                }
            }
            case Input.LinkDown down -> {
                carryOut(engine.accept(down, now));
                giveUp(down.ifindex(), down.family(), now);
            }
            case Input.LinkReleased down -> {
                carryOut(engine.accept(down, now));
                giveUp(down.ifindex(), down.family(), now);
            }
            case Input.Heard _,
                    Input.CacheMiss _,
                    Input.WrongInterface _,
                    Input.RouteUsage _,
                    Input.AskAgain _,
                    Input.Configure _,
                    Input.Together _,
                    Input.Stop _ ->
                    throw new AssertionError("links change by coming and going: " + change);
        }
    }

    /** Takes an interface into the kernel's table; what is refused is tried again. */
    private boolean isReady(Input.LinkUp up) {
        Routing routing = routing(up.family());
        registry.register(routing.table(), up.ifindex());
        if (routing.linkUp(up.ifindex(), links.isUpstream(up.ifindex(), up.family()))) {
            refused.remove(Place.of(up));
            return true;
        }
        registry.unregister(routing.table(), up.ifindex());
        refused.put(Place.of(up), up);
        return false;
    }

    private void giveUp(int ifindex, Family family, long now) {
        refused.keySet().removeIf(place -> place.isOn(ifindex, family));
        Routing routing = routing(family);
        routing.linkDown(ifindex);
        registry.unregister(routing.table(), ifindex);
        retryLinks(now);
    }

    private void retryLinks(long now) {
        new ArrayList<>(refused.values()).forEach(up -> take(up, now));
    }

    // ---- another plan ----

    /** Goes over to another plan in one step, so that nothing is said of what lies between. */
    private void reconfigure(Mail.Reconfigure next, long now) {
        next.tables()
                .forEach((family, table) -> {
                    if (!tables.containsKey(family)) {
                        use(family, table);
                    }
                });
        List<Input> all = new ArrayList<>();
        List<Input> changes = links.follow(next.plan());
        if (!next.plan().settings().equals(plan.settings())) {
            all.add(new Input.Configure(next.plan().settings()));
        }
        for (Input change : changes) {
            if (!(change instanceof Input.LinkUp up) || isReady(up)) {
                all.add(change);
            }
        }
        plan = next.plan();
        if (!all.isEmpty()) {
            carryOut(engine.accept(new Input.Together(all), now));
        }
        refused.keySet().removeIf(place -> !links.isUp(place.ifindex, place.family));
        for (Input change : changes) {
            if (change instanceof Input.LinkReleased(int ifindex, Family family)
                    && !links.isUp(ifindex, family)) {
                giveUp(ifindex, family, now);
            }
        }
        tables.keySet().removeIf(family -> !next.tables().containsKey(family));
        routings.keySet().retainAll(tables.keySet());
    }

    // ---- effects ----

    private void carryOut(List<Effect> effects) {
        ArrayDeque<Effect> toDo = new ArrayDeque<>(effects);
        while (!toDo.isEmpty()) {
            Effect effect = toDo.removeFirst();
            switch (effect) {
                case Effect.Send send -> sender.send(send);
                case Effect.SetRoute set -> routing(set.group()).set(set);
                case Effect.DeleteRoute delete -> routing(delete.group()).delete(delete);
                case Effect.AskUsage ask ->
                        routing(ask.group())
                                .usage(ask)
                                // the time after the count: what it counted came before that
                                .ifPresent(
                                        usage -> toDo.addAll(engine.accept(usage, clock.nanos())));
                case Effect.Tell(Event event) -> tell(event);
            }
            reactions.carriedOut(effect);
        }
    }

    private void tell(Event event) {
        if (event instanceof Event.Refused refusal) {
            counters.count("refused", refusal.link(), refusal.reason().label());
        } else if (event instanceof Event.LimitReached limit) {
            counters.count(
                    "limit-reached", limit.link(), label(limit.limit(), limit.group().family()));
        }
        log.tell(name(), event);
    }

    private Routing routing(IpAddress group) {
        return routing(group.family());
    }

    private Routing routing(Family family) {
        Routing routing = routings.get(family);
        if (routing == null) {
            throw new AssertionError("instance " + name() + " does not proxy " + family);
        }
        return routing;
    }

    // ---- the rest ----

    private void remind(long now) {
        boolean retry =
                !refused.isEmpty() || routings.values().stream().anyMatch(Routing::hasRefused);
        if (!retry) {
            retryAtNanos = Timer.NEVER;
        } else if (retryAtNanos == Timer.NEVER) {
            retryAtNanos = now + RETRY_INTERVAL.toNanos();
        }
        if (catchingUp) {
            return; // what is due is about to happen, and the next time is known after that
        }
        long next =
                Math.min(
                        Math.min(engine.nextDeadlineNanos(), retryAtNanos),
                        wrongArrivals.nextLookNanos());
        if (next != remindedAtNanos) {
            remindedAtNanos = next;
            timer.remind(mailbox, next);
        }
    }

    private void tellOverflow() {
        for (Mail.Kind kind : Mail.Kind.values()) {
            long inAll = mailbox.dropped(kind);
            long before = droppedBefore.getOrDefault(kind, 0L);
            if (inAll != before) {
                droppedBefore.put(kind, inAll);
                log.tell(new DaemonEvent.MailboxOverflow(name(), kind, inAll - before, inAll));
            }
        }
    }

    /** Leaves upstream. What the engine would repeat in a second is said at once: nobody waits. */
    private void stop(long now) {
        carryOut(engine.accept(new Input.Stop(), now));
        long end = now + LAST_WORDS.toNanos();
        for (long due = engine.nextDeadlineNanos(); due <= end; due = engine.nextDeadlineNanos()) {
            carryOut(engine.expire(Math.max(due, now)));
        }
        routings.values().forEach(Routing::clear);
    }

    /** What a limit is counted as, for instance {@code groups-per-link IPv4}. */
    static String label(Event.Limit limit, Family family) {
        return limit.name().toLowerCase(Locale.ROOT).replace('_', '-') + " " + family;
    }

    /** Gives how many groups it was about. */
    private int askAgain(Mail.AskAgain ask, long now) {
        Optional<Integer> ifindex = Optional.empty();
        if (ask.link().isPresent()) {
            OptionalInt known = links.ifindex(ask.link().get());
            if (known.isEmpty()) {
                return 0;
            }
            ifindex = Optional.of(known.getAsInt());
        }
        List<Effect> effects = engine.accept(new Input.AskAgain(ifindex, ask.group()), now);
        carryOut(effects);
        return effects.stream()
                .mapToInt(effect ->
                        effect instanceof Effect.Tell(Event.MembersAskedAgain asked)
                                ? asked.groups()
                                : 0)
                .sum();
    }

    private InstanceView view(ViewRequest request, long now) {
        EnumMap<Family, SortedMap<Integer, String>> kernelLinks = new EnumMap<>(Family.class);
        EnumMap<Family, Integer> kernelLinksInUse = new EnumMap<>(Family.class);
        routings.forEach((family, routing) -> {
            kernelLinks.put(family, routing.links());
            kernelLinksInUse.put(family, routing.linksInUse());
        });
        EnumMap<Mail.Kind, Integer> waiting = new EnumMap<>(Mail.Kind.class);
        List<Counters.Count> counts = counters.counts();
        for (Mail.Kind kind : Mail.Kind.values()) {
            waiting.put(kind, mailbox.waiting(kind));
            long dropped = mailbox.dropped(kind);
            if (dropped > 0) {
                counts.add(
                        new Counters.Count(
                                new Counters.Key("dropped", "", kind.toString()), dropped));
            }
        }
        return new InstanceView(
                plan,
                now - startedNanos,
                engine.view(request, now),
                kernelLinks,
                kernelLinksInUse,
                waiting,
                counts,
                links.views().stream().map(this::orRefused).toList(),
                Map.copyOf(tables),
                (source, group) -> lastHops.isRecent(source, group, now),
                reactions.counted());
    }

    private LinkView orRefused(LinkView link) {
        return link.unless(
                link.ifindex().isPresent()
                        && isRefused(link.ifindex().getAsInt(), link.family(), link.role()));
    }

    private boolean isRefused(int ifindex, Family family, LinkSettings.Role role) {
        Routing routing = routings.get(family);
        return refused.containsKey(new Place(ifindex, family, role))
                || (routing != null && routing.isWaiting(ifindex));
    }
}
