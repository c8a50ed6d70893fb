package mcproxy.daemon;

import mcproxy.control.ControlEvent;
import mcproxy.control.ControlLimits;
import mcproxy.control.ControlServer;
import mcproxy.control.ControlSocket;
import mcproxy.control.ControlStartException;
import mcproxy.control.Counter;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The control of a daemon on its socket, for as long as the daemon runs. It comes after the first
 * queries, which nothing may delay; if it cannot be had, the daemon runs without it.
 */
final class OfferedControl {
    private final Proxy proxy;
    private final ControlSocket socket;
    private final EventLog log;
    private final RunningControl control;
    private final ReentrantLock lock = new ReentrantLock();
    private Optional<ControlServer> server = Optional.empty();
    private boolean closed;

    OfferedControl(
            Proxy proxy,
            RunningConfiguration configuration,
            ControlSocket socket,
            EventLog log,
            Clock clock,
            RpFilter.Drops drops) {
        this.proxy = proxy;
        this.socket = socket;
        this.log = log;
        this.control =
                new RunningControl(proxy, configuration, log, clock, this::serverCounters, drops);
    }

    private List<Counter> serverCounters() {
        lock.lock();
        try {
            return server.map(ControlServer::counters).orElse(List.of());
        } finally {
            lock.unlock();
        }
    }

    /** Begins when the instances have asked their first questions; does not wait for that. */
    void begin() {
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
            server =
                    Optional.of(
                            ControlServer.start(
                                    control, socket, ControlLimits.DEFAULT, this::happened));
            log.tell(new DaemonEvent.ControlOffered(socket.path().toString()));
        } catch (ControlStartException e) {
            log.tell(new DaemonEvent.ControlUnavailable(String.valueOf(e.getMessage())));
        } finally {
            lock.unlock();
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
            server.ifPresent(ControlServer::close);
            server = Optional.empty();
        } finally {
            lock.unlock();
        }
    }
}
