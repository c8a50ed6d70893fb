package mcproxy.daemon;

import mcproxy.kernel.Kernel;
import mcproxy.kernel.KernelException;
import mcproxy.kernel.Link;
import mcproxy.kernel.LinkMonitor;
import mcproxy.kernel.MulticastRules;
import mcproxy.kernel.MulticastTable;
import mcproxy.kernel.Namespaces;
import mcproxy.kernel.PacketCapture;
import mcproxy.kernel.Pollable;
import mcproxy.kernel.Poller;
import mcproxy.wire.Decoded;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.LinkAddress;
import mcproxy.wire.Packet;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A kernel in memory: what is done to it is recorded, what it tells is injected. */
final class FakeKernel implements Kernel {
    /** Names a table. */
    record TableName(Family family, int number) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final Map<TableName, FakeTable> tables = new LinkedHashMap<>();
    private final Map<TableName, KernelException> refusedTables = new LinkedHashMap<>();
    private final FakeMonitor monitor = new FakeMonitor();
    private final FakeRules rules = new FakeRules();
    private List<Finding> findings = List.of();

    static KernelException failure(String call, String errno, String advice) {
        return new KernelException(call, 1, errno, advice);
    }

    /** Has {@link #openTable} fail. */
    void refuse(Family family, int number, KernelException failure) {
        refusedTables.put(new TableName(family, number), failure);
    }

    void findings(List<Finding> items) {
        findings = items;
    }

    /** The table as it was opened, even if it is closed by now. */
    FakeTable table(Family family, int number) {
        lock.lock();
        try {
            FakeTable table = tables.get(new TableName(family, number));
            if (table == null) {
                throw new AssertionError("no " + family + " table " + number + " was opened");
            }
            return table;
        } finally {
            lock.unlock();
        }
    }

    boolean isOpen(Family family, int number) {
        lock.lock();
        try {
            FakeTable table = tables.get(new TableName(family, number));
            return table != null && !table.closed;
        } finally {
            lock.unlock();
        }
    }

    FakeMonitor monitor() {
        return monitor;
    }

    @Override
    public MulticastTable openTable(Family family, int number) throws KernelException {
        TableName name = new TableName(family, number);
        KernelException refusal = refusedTables.get(name);
        if (refusal != null) {
            throw refusal;
        }
        lock.lock();
        try {
            FakeTable before = tables.get(name);
            if (before != null && !before.closed) {
                throw failure("openTable", "EADDRINUSE", "");
            }
            FakeTable table = new FakeTable(family, number);
            tables.put(name, table);
            return table;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public LinkMonitor openLinkMonitor() {
        return monitor;
    }

    FakeRules rules() {
        return rules;
    }

    @Override
    public MulticastRules openRules() {
        return rules;
    }

    @Override
    public Poller openPoller() {
        return new FakePoller();
    }

    @Override
    public PacketCapture openCapture(int ifindex) {
        throw new UnsupportedOperationException("a daemon captures nothing");
    }

    @Override
    public Namespaces namespaces() {
        throw new UnsupportedOperationException("a daemon stays in its namespace");
    }

    @Override
    public List<Finding> probe() {
        return findings;
    }

    abstract class FakePollable implements Pollable {
        boolean closed;

        abstract boolean isReady();

        @Override
        public int descriptor() {
            return -1;
        }

        @Override
        public void close() {
            lock.lock();
            try {
                closed = true;
            } finally {
                lock.unlock();
            }
        }
    }

    private final class FakePoller implements Poller {
        private boolean awake;

        @Override
        public Set<Pollable> await(Collection<? extends Pollable> waitFor, int timeoutMillis)
                throws KernelException {
            lock.lock();
            try {
                Set<Pollable> ready = ready(waitFor);
                while (ready.isEmpty() && !awake) {
                    arrived.await();
                    ready = ready(waitFor);
                }
                awake = false;
                return ready;
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            } finally {
                lock.unlock();
            }
        }

        private Set<Pollable> ready(Collection<? extends Pollable> waitFor) {
            Set<Pollable> ready = new HashSet<>();
            for (Pollable one : waitFor) {
                if (one instanceof FakePollable fake && fake.isReady()) {
                    ready.add(one);
                }
            }
            return ready;
        }

        @Override
        public void wakeup() {
            lock.lock();
            try {
                awake = true;
                arrived.signalAll();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {}
    }

    /** The rules for multicast tables, which outlive those who made them. */
    static final class FakeRules implements MulticastRules {
        private final List<Rule> rules = new ArrayList<>();

        /** All rules of both families. */
        synchronized List<Rule> all() {
            return List.copyOf(rules);
        }

        @Override
        public synchronized boolean newRule(Rule rule) {
            return !rules.contains(rule) && rules.add(rule);
        }

        @Override
        public synchronized boolean delRule(Rule rule) {
            return rules.remove(rule);
        }

        @Override
        public synchronized List<Rule> rules(Family family) {
            return rules.stream().filter(rule -> rule.family() == family).toList();
        }

        @Override
        public void close() {}
    }

    /** The interfaces. */
    final class FakeMonitor extends FakePollable implements LinkMonitor {
        private final TreeMap<Integer, Link> links = new TreeMap<>();
        private final List<Link> changed = new ArrayList<>();
        private final List<Integer> gone = new ArrayList<>();

        /** An interface is there, or different. */
        void set(Link link) {
            lock.lock();
            try {
                links.put(link.index(), link);
                changed.add(link);
                arrived.signalAll();
            } finally {
                lock.unlock();
            }
        }

        void remove(int ifindex) {
            lock.lock();
            try {
                links.remove(ifindex);
                gone.add(ifindex);
                arrived.signalAll();
            } finally {
                lock.unlock();
            }
        }

        @Override
        boolean isReady() {
            return !changed.isEmpty() || !gone.isEmpty();
        }

        @Override
        public List<Link> links() {
            lock.lock();
            try {
                changed.clear();
                gone.clear();
                return List.copyOf(links.values());
            } finally {
                lock.unlock();
            }
        }

        @Override
        public Changes readChanges() {
            lock.lock();
            try {
                Changes changes = new Changes(changed, gone);
                changed.clear();
                gone.clear();
                return changes;
            } finally {
                lock.unlock();
            }
        }
    }

    /** A message that was sent. */
    record Sent(int ifindex, Packet packet) {}

    /** A forwarding entry; outgoing interfaces count only if they existed when it was set. */
    record Entry(int incoming, int outgoing) {}

    /** Names a forwarding entry. */
    record Flow(IpAddress source, IpAddress group) {}

    /** Where everything comes from that a table hears. */
    static final LinkAddress MAC = LinkAddress.of("02:00:00:00:00:07");

    /** A multicast routing table. */
    final class FakeTable extends FakePollable implements MulticastTable {
        private final Family family;
        private final int number;
        private final TreeMap<Integer, Integer> interfaces = new TreeMap<>();
        private final Set<Integer> listening = new HashSet<>();
        private final Map<Flow, Entry> routes = new LinkedHashMap<>();
        private final Map<Flow, RouteCounters> counters = new LinkedHashMap<>();
        private final List<Sent> sent = new ArrayList<>();
        private final ArrayDeque<Arrival> arrivals = new ArrayDeque<>();
        private final Map<String, KernelException> failures = new LinkedHashMap<>();

        private FakeTable(Family family, int number) {
            this.family = family;
            this.number = number;
        }

        // ---- what a test does and sees ----

        void hear(int ifindex, Packet packet) {
            arrive(
                    new Arrival.Membership(
                            ifindex, new Decoded.Value<>(packet), MAC, Examples.bytes(packet)));
        }

        void arrive(Arrival arrival) {
            lock.lock();
            try {
                arrivals.add(arrival);
                arrived.signalAll();
            } finally {
                lock.unlock();
            }
        }

        /** Has a method fail with an errno, until it is {@linkplain #mend mended}. */
        void fail(String method, String errno) {
            lock.lock();
            try {
                failures.put(method, failure(method, errno, ""));
                arrived.signalAll();
            } finally {
                lock.unlock();
            }
        }

        void mend(String method) {
            lock.lock();
            try {
                failures.remove(method);
            } finally {
                lock.unlock();
            }
        }

        void count(IpAddress source, IpAddress group, RouteCounters now) {
            lock.lock();
            try {
                counters.put(new Flow(source, group), now);
            } finally {
                lock.unlock();
            }
        }

        /** Interface indexes by virtual interface. */
        Map<Integer, Integer> interfaces() {
            lock.lock();
            try {
                return new TreeMap<>(interfaces);
            } finally {
                lock.unlock();
            }
        }

        /** The interfaces whose membership messages are heard. */
        Set<Integer> listening() {
            lock.lock();
            try {
                return Set.copyOf(listening);
            } finally {
                lock.unlock();
            }
        }

        Map<Flow, Entry> routes() {
            lock.lock();
            try {
                return new LinkedHashMap<>(routes);
            } finally {
                lock.unlock();
            }
        }

        List<Sent> sent() {
            lock.lock();
            try {
                return List.copyOf(sent);
            } finally {
                lock.unlock();
            }
        }

        int waiting() {
            lock.lock();
            try {
                return arrivals.size();
            } finally {
                lock.unlock();
            }
        }

        // ---- what the daemon does ----

        @Override
        boolean isReady() {
            return !arrivals.isEmpty() || failures.containsKey("receive");
        }

        private void begin(String method) throws KernelException {
            if (closed) {
                throw new AssertionError(method + " on a closed table");
            }
            KernelException failure = failures.get(method);
            if (failure != null) {
                throw failure;
            }
        }

        @Override
        public Family family() {
            return family;
        }

        @Override
        public int number() {
            return number;
        }

        @Override
        public void listen(int ifindex) throws KernelException {
            lock.lock();
            try {
                begin("listen");
                listening.add(ifindex);
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void ignore(int ifindex) {
            lock.lock();
            try {
                listening.remove(ifindex);
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void addInterface(int vif, int ifindex) throws KernelException {
            lock.lock();
            try {
                begin("addInterface");
                begin("addInterface " + ifindex);
                if (vif < 0 || vif >= MulticastTable.MAX_INTERFACES) {
                    throw new AssertionError("virtual interface " + vif);
                }
                if (interfaces.putIfAbsent(vif, ifindex) != null) {
                    throw failure("addInterface", "EADDRINUSE", "");
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void deleteInterface(int vif) throws KernelException {
            lock.lock();
            try {
                begin("deleteInterface");
                interfaces.remove(vif);
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void setRoute(IpAddress source, IpAddress group, int incoming, int outgoing)
                throws KernelException {
            lock.lock();
            try {
                begin("setRoute");
                int existing = 0;
                for (int vif : interfaces.keySet()) {
                    existing |= 1 << vif;
                }
                routes.put(new Flow(source, group), new Entry(incoming, outgoing & existing));
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void deleteRoute(IpAddress source, IpAddress group) throws KernelException {
            lock.lock();
            try {
                begin("deleteRoute");
                routes.remove(new Flow(source, group));
            } finally {
                lock.unlock();
            }
        }

        @Override
        public Optional<RouteCounters> counters(IpAddress source, IpAddress group)
                throws KernelException {
            lock.lock();
            try {
                begin("counters");
                return Optional.ofNullable(counters.get(new Flow(source, group)));
            } finally {
                lock.unlock();
            }
        }

        @Override
        public Optional<LinkCounters> counters(int vif) throws KernelException {
            lock.lock();
            try {
                begin("counters");
                return interfaces.containsKey(vif)
                        ? Optional.of(new LinkCounters(100 + vif, 200 + vif, 300 + vif, 400 + vif))
                        : Optional.empty();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void send(int ifindex, Packet packet) throws KernelException {
            lock.lock();
            try {
                begin("send");
                sent.add(new Sent(ifindex, packet));
            } finally {
                lock.unlock();
            }
        }

        @Override
        public Optional<Arrival> receive() throws KernelException {
            lock.lock();
            try {
                begin("receive");
                return Optional.ofNullable(arrivals.poll());
            } finally {
                lock.unlock();
            }
        }
    }
}
