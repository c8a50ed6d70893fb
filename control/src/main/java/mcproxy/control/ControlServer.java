package mcproxy.control;

import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.unixdomain.server.UnixDomainServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Offers a {@link Control} as HTTP and JSON on a unix socket. */
public final class ControlServer implements AutoCloseable {
    /** How often a reader of events hears from us, whatever happens. */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);

    /** Threads that make answers: a slow one must not make all others wait. */
    private static final int WORKERS = 4;

    /** Jetty's threads: one waits for all sockets, the others take what comes in. */
    private static final int MAX_JETTY_THREADS = 4;

    private static final int IDLE_THREAD_MILLIS = 20_000;
    private static final int ACCEPT_QUEUE = 128;

    private final SocketFile file;
    private final Server server;
    private final UnixDomainServerConnector connector;
    private final ThreadPoolExecutor workers;
    private final Visits visits;
    private final EventStreams streams;
    private final ControlCounters counters;

    private ControlServer(
            Control control,
            SocketFile file,
            ControlLimits limits,
            Duration keepAlive,
            ControlEvent.Listener listener) {
        this.file = file;
        counters = new ControlCounters(limits, listener);
        visits = new Visits(limits, counters::refused, counters::refused);
        streams = new EventStreams(control.events(), limits.eventReaders(), keepAlive);
        workers =
                new ThreadPoolExecutor(
                        WORKERS,
                        WORKERS,
                        IDLE_THREAD_MILLIS,
                        TimeUnit.MILLISECONDS,
                        new ArrayBlockingQueue<>(limits.waitingRequests()),
                        Thread.ofPlatform().daemon().name("control answers").factory());
        workers.allowCoreThreadTimeOut(true);
        QueuedThreadPool threads = new QueuedThreadPool(MAX_JETTY_THREADS, 1, IDLE_THREAD_MILLIS);
        threads.setName("control");
        threads.setDaemon(true);
        threads.setReservedThreads(0);
        server =
                new Server(
                        threads,
                        new ScheduledExecutorScheduler("control timeouts", true),
                        new ArrayByteBufferPool());
        server.setStopTimeout(0);
        connector =
                new UnixDomainServerConnector(
                        server, 0, 1, new HttpConnectionFactory(configuration(limits)));
        connector.setUnixDomainPath(file.bindPath());
        connector.setAcceptQueueSize(ACCEPT_QUEUE);
        connector.setIdleTimeout(limits.answer().toMillis() + KEEP_ALIVE.toMillis());
        connector.addBean(visits);
        server.addConnector(connector);
    }

    private static HttpConfiguration configuration(ControlLimits limits) {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setSendDateHeader(false);
        http.setRequestHeaderSize(limits.headerBytes());
        // Targets are taken as they are written: they name no files.
        http.setUriCompliance(UriCompliance.UNSAFE);
        return http;
    }

    /**
     * Offers a daemon's control.
     *
     * @param listener is told what is worth an event
     * @throws ControlStartException when that is not possible; nothing is left then
     */
    public static ControlServer start(
            Control control,
            ControlSocket socket,
            ControlLimits limits,
            ControlEvent.Listener listener)
            throws ControlStartException {
        return start(control, socket, limits, KEEP_ALIVE, listener);
    }

    static ControlServer start(
            Control control,
            ControlSocket socket,
            ControlLimits limits,
            Duration keepAlive,
            ControlEvent.Listener listener)
            throws ControlStartException {
        SocketFile file = SocketFile.prepare(socket);
        ControlServer server = new ControlServer(control, file, limits, keepAlive, listener);
        try {
            server.open(control, limits);
        } catch (ControlStartException e) {
            server.close();
            file.discard();
            throw e;
        }
        return server;
    }

    private void open(Control control, ControlLimits limits) throws ControlStartException {
        // Until the file is published nobody but us can connect, so peers are known before
        // requests.
        List<Route> routes = new Routes(control, this::counters).table();
        ControlHandler handler =
                new ControlHandler(
                        routes,
                        file.peers()::mayChange,
                        limits,
                        visits,
                        streams,
                        workers,
                        counters);
        server.setHandler(handler);
        server.setErrorHandler(handler::malformed);
        try {
            server.start();
        } catch (IOException e) {
            throw SocketFile.failure(file.path(), e);
        } catch (Exception e) {
            throw new ControlStartException("the control socket's server does not start: " + e, e);
        }
        file.publish();
        connector.setUnixDomainPath(file.path());
    }

    /** Where it is. */
    public Path path() {
        return file.path();
    }

    /** What it has counted, refusals by reason; part of what {@code /v1/counters} gives. */
    public List<Counter> counters() {
        return counters.snapshot();
    }

    /** How many readers of events there are. */
    public int eventReaders() {
        return streams.open();
    }

    /** Ends all connections and removes the file. */
    @Override
    public void close() {
        streams.stop();
        if (!file.isOurs()) {
            connector.setUnixDomainPath(file.bindPath()); // what is there is another daemon's
        }
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the control socket's server does not stop", e);
        } finally {
            workers.shutdownNow();
            visits.stop();
        }
    }
}
