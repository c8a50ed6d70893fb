package mcproxy.daemon;

import mcproxy.control.ControlEvent;
import mcproxy.control.ControlLimits;
import mcproxy.control.ControlServer;
import mcproxy.control.ControlSocket;
import mcproxy.control.ControlStartException;
import mcproxy.control.Counter;
import mcproxy.control.MetricsServer;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The control of a daemon on its socket, and its metrics on an address, for as long as it runs. It
 * comes after the first queries, which nothing may delay; if it cannot be had, the daemon runs
 * without it.
 */
final class OfferedControl {
    private final Proxy proxy;
    private final Optional<ControlSocket> socket;
    private final Optional<InetSocketAddress> metricsAddress;
    private final EventLog log;
    private final RunningControl control;
    private final ReentrantLock lock = new ReentrantLock();
    private Optional<ControlServer> server = Optional.empty();
    private Optional<MetricsServer> metrics = Optional.empty();
    private boolean closed;

    OfferedControl(
            Proxy proxy,
            RunningConfiguration configuration,
            Optional<ControlSocket> socket,
            Optional<InetSocketAddress> metricsAddress,
            EventLog log,
            Clock clock,
            RpFilter.Drops drops) {
        this.proxy = proxy;
        this.socket = socket;
        this.metricsAddress = metricsAddress;
        this.log = log;
        this.control =
                new RunningControl(proxy, configuration, log, clock, this::serverCounters, drops);
    }

    private List<Counter> serverCounters() {
        lock.lock();
        try {
            return sum(
                    server.map(ControlServer::counters).orElse(List.of()),
                    metrics.map(MetricsServer::counters).orElse(List.of()));
        } finally {
            lock.unlock();
        }
    }

    /** Both servers count the same things. */
    private static List<Counter> sum(List<Counter> some, List<Counter> others) {
        if (some.isEmpty() || others.isEmpty()) {
            return some.isEmpty() ? others : some;
        }
        List<Counter> sum = new ArrayList<>();
        for (int i = 0; i < some.size(); i++) {
            Counter one = some.get(i);
            sum.add(
                    new Counter(
                            one.instance(),
                            one.link(),
                            one.name(),
                            one.label(),
                            one.value() + others.get(i).value()));
        }
        return sum;
    }

    /** Begins when the instances have asked their first questions; does not wait for that. */
    void begin() {
        if (socket.isEmpty() && metricsAddress.isEmpty()) {
            return;
        }
        Thread.ofPlatform().name("control").daemon().start(this::offer);
    }

    private void offer() {
        try {
            var _ = proxy.ask(Optional.empty(), Mail.Ready::new);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // the daemon ends
            return;
        }
        lock.lock();
        try {
            if (closed) {
                return;
            }
            socket.ifPresent(this::offer);
            metricsAddress.ifPresent(this::offerMetrics);
        } finally {
            lock.unlock();
        }
    }

    private void offer(ControlSocket at) {
        try {
            server =
                    Optional.of(
                            ControlServer.start(
                                    control, at, ControlLimits.DEFAULT, this::happened));
            log.tell(new DaemonEvent.ControlOffered(at.path().toString()));
        } catch (ControlStartException e) {
            log.tell(new DaemonEvent.ControlUnavailable(String.valueOf(e.getMessage())));
        }
    }

    private void offerMetrics(InetSocketAddress address) {
        try {
            MetricsServer started = MetricsServer.start(control, address, this::happened);
            metrics = Optional.of(started);
            log.tell(
                    new DaemonEvent.MetricsOffered(
                            address.getAddress().getHostAddress(), started.port()));
        } catch (ControlStartException e) {
            log.tell(new DaemonEvent.MetricsUnavailable(String.valueOf(e.getMessage())));
        }
    }

    private void happened(ControlEvent event) {
        log.tell(
                switch (event) {
                    case ControlEvent.PeerRefused refused ->
                            new DaemonEvent.ControlRefused(
                                    refused.user(),
                                    refused.group(),
                                    refused.method() + " " + refused.path());
                    case ControlEvent.LimitReached(String limit, long value) ->
                            new DaemonEvent.ControlLimitReached(limit, value);
                    case ControlEvent.Failed failed ->
                            new DaemonEvent.ControlFailed(
                                    failed.method() + " " + failed.path(),
                                    failed.cause().toString());
                });
    }

    /** Ends it, and removes the socket. */
    void close() {
        lock.lock();
        try {
            closed = true;
            metrics.ifPresent(MetricsServer::close);
            server.ifPresent(ControlServer::close);
            metrics = Optional.empty();
            server = Optional.empty();
        } finally {
            lock.unlock();
        }
    }
}
