package mcproxy.lab;

import mcproxy.lab.DemoReport.AtReceiver;
import mcproxy.lab.DemoReport.AtStream;
import mcproxy.lab.DemoReport.FirstQuery;
import mcproxy.lab.LinkCapture.Flow;
import mcproxy.lab.StreamReceiver.Subscription;
import mcproxy.wire.Family;
import mcproxy.wire.IpAddress;
import mcproxy.wire.Protocol;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A source, the daemon and two receivers, all on this machine: streams cross the proxy and are
 * watched from outside of it.
 */
final class Demo implements AutoCloseable {
    static final String PROXY = "proxy";
    static final List<String> SOURCE_ADDRESSES =
            List.of("10.0.0.10", "10.0.0.20", "2001:db8:0::10", "2001:db8:0::20");

    private static final int PORT = 5000;
    private static final int WANTED_RATE = 200;
    private static final int OTHER_RATE = 100;

    private static final IpAddress SOURCE_V4 = IpAddress.of("10.0.0.10");
    private static final IpAddress OTHER_V4 = IpAddress.of("10.0.0.20");
    private static final IpAddress SOURCE_V6 = IpAddress.of("2001:db8::10");
    private static final IpAddress OTHER_V6 = IpAddress.of("2001:db8::20");
    private static final IpAddress ANY_V4 = IpAddress.of("239.1.1.1");
    private static final IpAddress SSM_V4 = IpAddress.of("232.1.1.1");
    private static final IpAddress ANY_V6 = IpAddress.of("ff0e::1:1");
    private static final IpAddress SSM_V6 = IpAddress.of("ff3e::8000:1");

    /** 1000 packets per second in all. */
    private static final List<MulticastStream> STREAMS =
            List.of(
                    new MulticastStream(SOURCE_V4, ANY_V4, PORT, WANTED_RATE),
                    new MulticastStream(SOURCE_V4, SSM_V4, PORT, WANTED_RATE),
                    new MulticastStream(OTHER_V4, SSM_V4, PORT, OTHER_RATE),
                    new MulticastStream(SOURCE_V6, ANY_V6, PORT, WANTED_RATE),
                    new MulticastStream(SOURCE_V6, SSM_V6, PORT, WANTED_RATE),
                    new MulticastStream(OTHER_V6, SSM_V6, PORT, OTHER_RATE));

    /** The last member query interval is short for a short demo; all else is as by default. */
    static final String CONFIGURATION =
            """
            # One upstream, two downstreams, both families.
            protocol IGMPv3, MLDv2;
            pinstance demo: wan ==> lan1 lan2;
            pinstance demo set last-member-query-interval 200ms;
            """;

    /** RFC 9776 8.8: last member query interval times the count, which is the robustness, 2. */
    private static final Duration LAST_MEMBER_QUERY_TIME = Duration.ofMillis(2 * 200);

    /** For the way of the report through two kernels and the daemon, on a busy machine. */
    private static final Duration MARGIN = Duration.ofMillis(600);

    private static final Duration START_PATIENCE = Duration.ofSeconds(10);
    private static final Duration ARRIVAL_PATIENCE = Duration.ofSeconds(5);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(5);
    private static final Duration QUIET = Duration.ofMillis(500);

    private final Lab lab = Lab.open();
    private final Path log;
    private final Path configuration;
    private final Host source;
    private final Host proxy;
    private final List<Station> stations;
    private final List<StreamSender> senders = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private @Nullable LabProcess daemon;
    private long daemonStartNanos;
    private List<MulticastRoute> routes = List.of();
    private LabProcess.@Nullable Ended ended;

    /** Builds the network. */
    Demo(Path log) {
        this.log = log;
        try {
            configuration = Files.writeString(lab.folder().resolve("demo.conf"), CONFIGURATION);
            source = lab.host("source");
            proxy = lab.host(PROXY);
            proxy.sysctl("net.ipv4.ip_forward", 1);
            proxy.sysctl("net.ipv6.conf.all.forwarding", 1);
            lab.link(source, "eth0", proxy, "wan");
            SOURCE_ADDRESSES.forEach(address ->
                    source.address("eth0", address + (address.contains(":") ? "/64" : "/24")));
            proxy.address("wan", "10.0.0.1/24");
            proxy.address("wan", "2001:db8::1/64");
            source.defaultRoute(IpAddress.of("10.0.0.1"));
            source.defaultRoute(IpAddress.of("2001:db8::1"));
            stations =
                    List.of(
                            station(
                                    1,
                                    Subscription.anySource(ANY_V4, PORT),
                                    Subscription.channel(SOURCE_V4, SSM_V4, PORT),
                                    Subscription.anySource(ANY_V6, PORT),
                                    Subscription.channel(SOURCE_V6, SSM_V6, PORT)),
                            station(
                                    2,
                                    Subscription.anySource(ANY_V4, PORT),
                                    Subscription.anySource(ANY_V6, PORT)));
            for (String name : List.of("wan", "lan1", "lan2")) {
                proxy.awaitLinkLocal(name);
            }
        } catch (IOException e) {
            throw new LabException("cannot write the configuration: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    private Station station(int number, Subscription... subscriptions) {
        Host host = lab.host("tv" + number);
        String link = "lan" + number;
        lab.link(host, "eth0", proxy, link);
        host.address("eth0", "10.0." + number + ".10/24");
        host.address("eth0", "2001:db8:" + number + "::10/64");
        proxy.address(link, "10.0." + number + ".1/24");
        proxy.address(link, "2001:db8:" + number + "::1/64");
        host.defaultRoute(IpAddress.of("10.0." + number + ".1"));
        host.defaultRoute(IpAddress.of("2001:db8:" + number + "::1"));
        host.awaitLinkLocal("eth0");
        return new Station(host, link, LinkCapture.start(host, "eth0"), List.of(subscriptions));
    }

    /** A receiver, its link, what it will ask for, and what it asks for now. */
    private static final class Station {
        final Host host;
        final String link;
        final LinkCapture capture;
        final List<Subscription> wishes;
        final Map<Subscription, StreamReceiver> joined = new LinkedHashMap<>();

        /** Packets of a flow on the link that came before anybody here had joined. */
        final Map<Flow, Long> early = new HashMap<>();

        /** Packets of a flow on the link up to when it must have stopped. */
        final Map<Flow, Long> timely = new HashMap<>();

        final Map<Subscription, Long> packetsBefore = new HashMap<>();

        Station(Host host, String link, LinkCapture capture, List<Subscription> wishes) {
            this.host = host;
            this.link = link;
            this.capture = capture;
            this.wishes = wishes;
        }

        boolean wants(Flow flow) {
            return wishes.stream().anyMatch(wish -> wish.wants(flow.source(), flow.group()));
        }

        /** Packets on the link that nobody here asked for: never, not yet, or no longer. */
        Map<Flow, Long> unwanted() {
            Map<Flow, Long> unwanted = new LinkedHashMap<>();
            capture.flows()
                    .forEach((flow, count) -> {
                        long wanted = 0;
                        if (wants(flow) && !joined.isEmpty()) {
                            wanted =
                                    timely.getOrDefault(flow, count.packets())
                                            - early.getOrDefault(flow, 0L);
                        }
                        if (count.packets() > wanted) {
                            unwanted.put(flow, count.packets() - wanted);
                        }
                    });
            return unwanted;
        }
    }

    /** Something to tell while the demo runs. */
    interface Observer {
        /** A step begins. */
        void step(String what);

        /** Shows how it stands. */
        void show(DemoReport report);
    }

    Path log() {
        return log;
    }

    long daemonPid() {
        return daemon == null ? -1 : daemon.pid();
    }

    static int sourcePacketsPerSecond() {
        return STREAMS.stream().mapToInt(MulticastStream::packetsPerSecond).sum();
    }

    static int streamCount() {
        return STREAMS.size();
    }

    /**
     * Runs it all.
     *
     * @param streaming how long the streams are watched, from the first join
     * @param beforeLeaving is run while everything is still there
     */
    DemoReport run(Duration streaming, Observer observer, Runnable beforeLeaving) {
        try {
            startSource(observer);
            startDaemon(observer);
            long start = System.nanoTime();
            observer.step("tv1 joins two groups and two channels");
            join(stations.getFirst());
            watch(start, streaming.dividedBy(4), observer);
            observer.step("tv2 joins the two groups");
            join(stations.getLast());
            watch(start, streaming, observer);
            checkArrived();
            routes = MulticastRoute.of(proxy);
            beforeLeaving.run();
            leave(observer);
            stopDaemon(observer);
        } catch (LabException e) {
            problems.add(String.valueOf(e.getMessage()));
        }
        return report(problems, Duration.ZERO);
    }

    private void startSource(Observer observer) {
        observer.step(
                "the source sends "
                        + STREAMS.size()
                        + " streams, "
                        + sourcePacketsPerSecond()
                        + " packets/s in all");
        for (MulticastStream stream : STREAMS) {
            senders.add(StreamSender.start(source, "eth0", stream));
        }
        for (StreamSender sender : senders) {
            Await.until(
                    ARRIVAL_PATIENCE,
                    () -> "the source to send " + sender.stream() + sender.failure().orElse(""),
                    () -> sender.sent() > 0);
        }
    }

    private void startDaemon(Observer observer) {
        observer.step("the daemon starts; its log is " + log);
        daemonStartNanos = System.nanoTime();
        LabProcess started = proxy.start(PROXY, DaemonCommand.run(configuration), log);
        daemon = started;
        Await.until(
                START_PATIENCE,
                () -> "a General Query on each downstream in each family",
                () -> {
                    requireDaemon();
                    return stations.stream()
                            .allMatch(station ->
                                    firstQuery(station, Family.IPV4).isPresent()
                                            && firstQuery(station, Family.IPV6).isPresent());
                });
        for (FirstQuery query : report(problems, Duration.ZERO).queries()) {
            observer.step(
                    "first "
                            + query.protocol()
                            + " query on "
                            + query.link()
                            + " after "
                            + DemoView.millis(query.afterStartMillis()));
        }
    }

    private void requireDaemon() {
        LabProcess process = daemon;
        if (process != null && !process.isAlive()) {
            throw new LabException(
                    "the daemon ended by itself with exit status "
                            + process.status()
                            + "; the end of its log:\n    "
                            + String.join("\n    ", process.tail(15)));
        }
    }

    private static Optional<LinkCapture.Seen> firstQuery(Station station, Family family) {
        return station.capture.first(seen -> !seen.outgoing() && seen.isGeneralQuery(family));
    }

    private static void join(Station station) {
        for (Subscription wish : station.wishes) {
            station.capture
                    .flows()
                    .forEach((flow, count) -> {
                        if (wish.wants(flow.source(), flow.group())) {
                            station.early.put(flow, count.packets());
                        }
                    });
            station.joined.put(wish, StreamReceiver.join(station.host, "eth0", wish));
        }
    }

    /** Shows how it goes, twice a second, until so long after the start. */
    private void watch(long start, Duration until, Observer observer) {
        Duration pause = Duration.ofMillis(500);
        while (System.nanoTime() - start < until.toNanos()) {
            long now = System.nanoTime();
            long rest = until.toNanos() - (now - start);
            for (Station station : stations) {
                station.joined.forEach((wish, receiver) ->
                        station.packetsBefore.put(wish, receiver.received().packets()));
            }
            Duration slice = Duration.ofNanos(Math.min(rest, pause.toNanos()));
            var _ = Await.value(slice, Optional::<String>empty);
            requireDaemon();
            routes = MulticastRoute.of(proxy);
            observer.show(report(problems, Duration.ofNanos(System.nanoTime() - now)));
        }
    }

    private void checkArrived() {
        for (Station station : stations) {
            station.joined.forEach((wish, receiver) -> {
                Optional<Boolean> arrived =
                        Await.value(
                                ARRIVAL_PATIENCE,
                                () ->
                                        receiver.received().packets() > 0
                                                ? Optional.of(true)
                                                : Optional.empty());
                if (arrived.isEmpty()) {
                    problems.add("no packet of " + wish + " arrived at " + station.host.name());
                }
            });
        }
        for (StreamSender sender : senders) {
            sender.failure().ifPresent(problems::add);
        }
    }

    private void leave(Observer observer) {
        observer.step("everybody leaves");
        for (Station station : stations) {
            station.joined.values().forEach(StreamReceiver::leave);
        }
        long start = System.nanoTime();
        Duration allowed = LAST_MEMBER_QUERY_TIME.plus(MARGIN);
        // Nothing can be awaited here but the time itself: it is what the streams are held to.
        var _ = Await.value(allowed, Optional::<String>empty);
        for (Station station : stations) {
            station.capture
                    .flows()
                    .forEach((flow, count) -> station.timely.put(flow, count.packets()));
        }
        var _ = Await.value(QUIET, Optional::<String>empty);
        requireDaemon();
        observer.show(report(problems, Duration.ofNanos(System.nanoTime() - start)));
        for (Station station : stations) {
            station.unwanted()
                    .forEach((flow, packets) ->
                            problems.add(
                                    packets
                                            + " unwanted packets of "
                                            + flow
                                            + " on the link of "
                                            + station.host.name()
                                            + reason(station, flow)));
        }
    }

    private static String reason(Station station, Flow flow) {
        if (!station.wants(flow)) {
            return ", where nobody asked for them";
        }
        long now =
                station.capture.flow(flow.source(), flow.group()).map(c -> c.packets()).orElse(0L);
        return now > station.timely.getOrDefault(flow, now)
                ? ", more than "
                        + LAST_MEMBER_QUERY_TIME.plus(MARGIN).toMillis()
                        + " ms after the last receiver left"
                : ", before somebody joined";
    }

    private void stopDaemon(Observer observer) {
        requireDaemon();
        LabProcess process = daemon;
        if (process == null) {
            return;
        }
        observer.step("the daemon is told to stop (SIGTERM)");
        LabProcess.Ended how = process.stop(STOP_PATIENCE);
        ended = how;
        if (how.killed()) {
            problems.add("the daemon did not stop within " + STOP_PATIENCE.toSeconds() + " s");
        } else if (how.status() != 0) {
            problems.add(
                    "the daemon's exit status was "
                            + how.status()
                            + "; the end of its log:\n    "
                            + String.join("\n    ", process.tail(15)));
        }
        List<MulticastRoute> left = MulticastRoute.of(proxy);
        if (!left.isEmpty()) {
            problems.add("routes were left in the kernel after the daemon's stop: " + left);
        }
    }

    private DemoReport report(List<String> soFar, Duration sinceBefore) {
        List<FirstQuery> queries = new ArrayList<>();
        List<AtReceiver> receivers = new ArrayList<>();
        for (Station station : stations) {
            for (Family family : Family.values()) {
                Optional<LinkCapture.Seen> query = firstQuery(station, family);
                queries.add(
                        new FirstQuery(
                                station.link,
                                Protocol.newest(family).toString(),
                                query.map(seen -> millis(daemonStartNanos, seen.nanos()))
                                        .orElse(null)));
            }
            List<AtStream> streams =
                    station.joined.values().stream()
                            .map(receiver -> stream(station, receiver, sinceBefore))
                            .toList();
            long unwanted = station.unwanted().values().stream().mapToLong(Long::longValue).sum();
            receivers.add(new AtReceiver(station.host.name(), station.link, unwanted, streams));
        }
        LabProcess.Ended stop = ended;
        return new DemoReport(
                soFar.isEmpty(),
                List.copyOf(soFar),
                CONFIGURATION,
                sourcePacketsPerSecond(),
                queries,
                receivers,
                routes,
                stop == null ? null : stop.took().toNanos() / 1e6,
                stop == null ? null : stop.status());
    }

    private static AtStream stream(Station station, StreamReceiver receiver, Duration sinceBefore) {
        StreamReceiver.Received received = receiver.received();
        Subscription wish = receiver.subscription();
        long before = station.packetsBefore.getOrDefault(wish, 0L);
        Optional<LinkCapture.Seen> report =
                station.capture.first(seen ->
                        seen.outgoing()
                                && seen.nanos() >= receiver.joinedNanos()
                                && seen.reports(wish.group()));
        List<LinkCapture.Count> onLink =
                station.capture.flows().entrySet().stream()
                        .filter(e -> wish.wants(e.getKey().source(), e.getKey().group()))
                        .map(Map.Entry::getValue)
                        .toList();
        Optional<Long> first =
                onLink.stream().map(LinkCapture.Count::firstNanos).min(Long::compare);
        Optional<Long> last = onLink.stream().map(LinkCapture.Count::lastNanos).max(Long::compare);
        return new AtStream(
                wish.source().map(IpAddress::toString).orElse("*"),
                wish.group().toString(),
                received.packets(),
                sinceBefore.isZero()
                        ? 0
                        : Math.round((received.packets() - before) * 1e9 / sinceBefore.toNanos()),
                received.lost(),
                received.duplicates(),
                received.joinToFirst().map(time -> time.toNanos() / 1e6).orElse(null),
                report.isPresent() && first.isPresent()
                        ? millis(report.get().nanos(), first.get())
                        : null,
                receiver.leftNanos().isPresent() && last.isPresent()
                        ? millis(receiver.leftNanos().get(), last.get())
                        : null);
    }

    private static double millis(long fromNanos, long toNanos) {
        return (toNanos - fromNanos) / 1e6;
    }

    @Override
    public void close() {
        // Ctrl-C has interrupted the waiting; what is taken away now is waited for.
        var _ = Thread.interrupted();
        lab.close();
    }
}
