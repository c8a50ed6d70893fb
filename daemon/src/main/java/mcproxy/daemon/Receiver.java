package mcproxy.daemon;

import mcproxy.kernel.KernelException;
import mcproxy.kernel.Link;
import mcproxy.kernel.LinkMonitor;
import mcproxy.kernel.MulticastTable;
import mcproxy.kernel.MulticastTable.Arrival;
import mcproxy.kernel.Pollable;
import mcproxy.kernel.Poller;
import mcproxy.wire.Family;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Reads the kernel's sockets, on one thread, and puts what arrives into the mailbox of the instance
 * that it concerns. An instance that must not miss anything any more may have it read at once.
 *
 * <p>Every raw socket of a family may hear the same membership message. Only the one of the table
 * whose instance has registered the interface counts; upcalls always belong to their table.
 */
final class Receiver implements Runnable, ProxyInstance.Registry {
    /** How many arrivals are read from one socket before the others get their turn. */
    static final int MAX_ARRIVALS_PER_ROUND = 64;

    /** A socket that fails as often as this in a row will not recover. */
    static final int MAX_FAILURES = 100;

    /** So many messages wait when an instance is too busy for what can be left out. */
    private static final int BUSY = 64;

    private record Place(Family family, int ifindex) {}

    private final Poller poller;
    private final LinkMonitor monitor;
    private final EventLog log;
    private final Consumer<KernelException> failure;
    private final Counters counters = new Counters();

    private final Object linksLock = new Object();
    private final Map<Integer, Link> links = new TreeMap<>();
    private final Map<MulticastTable, Mailbox> mailboxes = new ConcurrentHashMap<>();
    private final Map<Place, MulticastTable> owners = new ConcurrentHashMap<>();
    private final Map<MulticastTable, Integer> failures = new ConcurrentHashMap<>();
    private final Object roundLock = new Object();
    private long rounds;
    private boolean running;
    private volatile boolean stopped;

    /**
     * A receiver that begins when it is {@linkplain #run run}; poller and monitor stay the caller's
     * to close.
     *
     * @param failure takes what makes it impossible to go on, after which the thread ends
     */
    Receiver(Poller poller, LinkMonitor monitor, EventLog log, Consumer<KernelException> failure) {
        this.poller = poller;
        this.monitor = monitor;
        this.log = log;
        this.failure = failure;
        monitor.links().forEach(link -> links.put(link.index(), link));
    }

    /**
     * Reads this table from now on, for this instance; any thread.
     *
     * @return the interfaces that there are; what changes after that comes by mail
     */
    List<Link> attach(MulticastTable table, Mailbox mailbox) {
        synchronized (linksLock) {
            mailboxes.put(table, mailbox);
            poller.wakeup();
            return List.copyOf(links.values());
        }
    }

    /** Reads this table no longer; when it returns, the table may be closed. Any other thread. */
    void detach(MulticastTable table) {
        mailboxes.remove(table);
        failures.remove(table);
        owners.values().removeIf(table::equals);
        synchronized (roundLock) {
            long before = rounds;
            poller.wakeup();
            Uninterrupted.run(() -> {
                while (running && rounds == before) { // the round under way may read it
                    roundLock.wait();
                }
            });
        }
    }

    private void begin(boolean more) {
        synchronized (roundLock) {
            running = more;
            rounds++;
            roundLock.notifyAll();
        }
    }

    @Override
    public void register(MulticastTable table, int ifindex) {
        owners.put(new Place(table.family(), ifindex), table);
    }

    @Override
    public void unregister(MulticastTable table, int ifindex) {
        owners.remove(new Place(table.family(), ifindex), table);
    }

    @Override
    public void readAll(MulticastTable table) {
        Mailbox mailbox = mailboxes.get(table);
        if (mailbox != null) {
            try {
                // More has no room in a mailbox.
                read(table, mailbox, Mailbox.MEMBERSHIP_LIMIT + Mailbox.UPCALL_LIMIT);
            } catch (KernelException _) {
                // a socket that will not recover; the receiver's thread finds it so, and ends
            }
        }
    }

    /** What was heard and belongs to nobody, by name. */
    Counters counters() {
        return counters;
    }

    /** Ends {@link #run}. */
    void stop() {
        stopped = true;
        poller.wakeup();
    }

    @Override
    public void run() {
        try {
            while (!stopped) {
                begin(true);
                List<Pollable> all = new ArrayList<>(mailboxes.keySet());
                all.add(monitor);
                Set<Pollable> ready = poller.await(all, -1);
                if (ready.contains(monitor)) {
                    readLinks();
                }
                for (Map.Entry<MulticastTable, Mailbox> one : mailboxes.entrySet()) {
                    if (ready.contains(one.getKey())) {
                        read(one.getKey(), one.getValue(), MAX_ARRIVALS_PER_ROUND);
                    }
                }
            }
        } catch (KernelException e) {
            failure.accept(e);
        } finally {
            begin(false);
        }
    }

    private void readLinks() throws KernelException {
        LinkMonitor.Changes changes = monitor.readChanges();
        synchronized (linksLock) {
            for (int ifindex : changes.gone()) {
                links.remove(ifindex);
                tellAll(new Mail.LinkChanged(ifindex, true, Optional.empty()));
            }
            for (Link link : changes.changed()) {
                links.put(link.index(), link);
                tellAll(new Mail.LinkChanged(link.index(), false, Optional.of(link)));
            }
        }
    }

    private void tellAll(Mail.LinkChanged change) {
        Set.copyOf(mailboxes.values()).forEach(mailbox -> mailbox.linkChanged(change));
    }

    /** One thread at a time, so that what was read first is first in the mailbox. */
    private void read(MulticastTable table, Mailbox mailbox, int most) throws KernelException {
        synchronized (mailbox) {
            try {
                for (int i = 0; i < most; i++) {
                    Optional<Arrival> arrival = table.receive();
                    if (arrival.isEmpty()) {
                        break;
                    }
                    dispatch(table, mailbox, arrival.get());
                }
                failures.remove(table);
            } catch (KernelException e) {
                counters.count("receive-failed", e.errnoName());
                log.tell(
                        new DaemonEvent.ReceiveFailed(
                                table.family(), table.number(), String.valueOf(e.getMessage())));
                if (failures.merge(table, 1, Integer::sum) >= MAX_FAILURES) {
                    throw e;
                }
            }
        }
    }

    private void dispatch(MulticastTable table, Mailbox mailbox, Arrival arrival) {
        switch (arrival) {
            case Arrival.Membership(int ifindex, var packet, var linkAddress, var bytes) -> {
                MulticastTable owner = owners.get(new Place(table.family(), ifindex));
                if (owner == null) {
                    counters.count("not-ours", table.family().toString());
                } else if (owner.equals(table)) {
                    mailbox.offer(
                            new Mail.Heard(ifindex, table.family(), packet, linkAddress, bytes));
                }
            }
            case Arrival.CacheMiss(int vif, var source, var group) ->
                    mailbox.offer(new Mail.CacheMiss(vif, source, group));
            case Arrival.WrongInterface(int vif, var source, var group) ->
                    mailbox.offer(new Mail.WrongInterface(vif, source, group));
            case Arrival.LastHop(int ifindex, var source, var group) -> {
                // A sample of what is not forwarded has the time of those who have nothing to do.
                if (mailbox.depth() < BUSY
                        && table.equals(owners.get(new Place(table.family(), ifindex)))) {
                    mailbox.offer(new Mail.LastHop(ifindex, source, group));
                }
            }
            case Arrival.Other(String what) -> counters.count("other", what);
        }
    }
}
