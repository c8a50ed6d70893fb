package mcproxy.control;

import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Offers a daemon's metrics on a TCP address, and nothing else: whoever reaches it can read them.
 * What is not well is refused and limited as on the control socket.
 */
public final class MetricsServer implements AutoCloseable {
    /** Few ask for metrics, and seldom. */
    public static final ControlLimits LIMITS =
            new ControlLimits(8, 0, 4, 0, 8 << 10, Duration.ofSeconds(10), Duration.ofSeconds(30));

    private static final int MAX_JETTY_THREADS = 3;
    private static final int IDLE_THREAD_MILLIS = 20_000;

    private final Server server;
    private final ServerConnector connector;
    private final ThreadPoolExecutor worker;
    private final Visits visits;
    private final ControlCounters counters;

    private MetricsServer(
            Control control, InetSocketAddress address, ControlEvent.Listener listener) {
        counters = new ControlCounters(LIMITS, listener);
        visits = new Visits(LIMITS, counters::refused, counters::refused);
        worker =
                new ThreadPoolExecutor(
                        1,
                        1,
                        IDLE_THREAD_MILLIS,
                        TimeUnit.MILLISECONDS,
                        new ArrayBlockingQueue<>(LIMITS.waitingRequests()),
                        Thread.ofPlatform().daemon().name("metrics").factory());
        worker.allowCoreThreadTimeOut(true);
        QueuedThreadPool threads = new QueuedThreadPool(MAX_JETTY_THREADS, 1, IDLE_THREAD_MILLIS);
        threads.setName("metrics");
        threads.setDaemon(true);
        threads.setReservedThreads(0);
        server =
                new Server(threads, new ScheduledExecutorScheduler("metrics timeouts", true), null);
        server.setStopTimeout(0);
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setSendDateHeader(false);
        http.setRequestHeaderSize(LIMITS.headerBytes());
        http.setUriCompliance(UriCompliance.UNSAFE);
        connector = new ServerConnector(server, 0, 1, new HttpConnectionFactory(http));
        connector.setHost(address.getAddress().getHostAddress());
        connector.setPort(address.getPort());
        connector.setIdleTimeout(LIMITS.answer().toMillis());
        connector.addBean(visits);
        server.addConnector(connector);
        ControlHandler handler =
                new ControlHandler(
                        List.of(new Routes(control, List::of).metrics()),
                        _ -> false,
                        LIMITS,
                        visits,
                        new EventStreams(control.events(), 0, Duration.ZERO),
                        worker,
                        counters);
        server.setHandler(handler);
        server.setErrorHandler(handler::malformed);
    }

    /**
     * Offers a daemon's metrics.
     *
     * @param address where; port 0 takes any that is free
     * @param listener is told what is worth an event
     * @throws ControlStartException when that is not possible; nothing is left then
     */
    public static MetricsServer start(
            Control control, InetSocketAddress address, ControlEvent.Listener listener)
            throws ControlStartException {
        MetricsServer server = new MetricsServer(control, address, listener);
        try {
            server.server.start();
            return server;
        } catch (IOException e) {
            server.close();
            throw new ControlStartException(
                    "no metrics on " + text(address) + ": " + cause(e).getMessage(), e);
        } catch (Exception e) {
            server.close();
            throw new ControlStartException("the metrics server does not start: " + e, e);
        }
    }

    /** Jetty says where it was, its cause what it was. */
    private static Throwable cause(IOException e) {
        return e.getCause() == null ? e : e.getCause();
    }

    private static String text(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    /** The port that it listens on. */
    public int port() {
        return connector.getLocalPort();
    }

    /** What it has counted, refusals by reason. */
    public List<Counter> counters() {
        return counters.snapshot();
    }

    /** Ends all connections. */
    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the metrics server does not stop", e);
        } finally {
            worker.shutdownNow();
            visits.stop();
        }
    }
}
