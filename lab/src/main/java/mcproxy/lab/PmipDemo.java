package mcproxy.lab;

import mcproxy.lab.LinkCapture.Flow;
import mcproxy.lab.PmipReport.Attachment;
import mcproxy.lab.PmipReport.Departure;
import mcproxy.lab.PmipReport.MobileSource;
import mcproxy.lab.PmipReport.Viewer;
import mcproxy.lab.StreamReceiver.Pause;
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
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A Proxy Mobile IPv6 domain (RFC 5213) with the daemon in its anchors (LMA) and access gateways
 * (MAG), as in RFC 6224: a node that watches streams moves from one gateway to the other and back,
 * while a node of the other anchor watches streams of the same addresses.
 *
 * <p>What the signalling of RFC 5213 would bring about is done by hand: a tunnel between an anchor
 * and a gateway appears with the first node that needs it, a node's link appears and goes with the
 * node, and its name says whose it is.
 */
final class PmipDemo implements AutoCloseable {
    private static final String TIMERS =
            """
            # RFC 6636 4.4: a node that was not ready for the first query gets the next soon.
            set startup-query-interval 1s;
            # An answer may take as long as this, and so may a handover (RFC 6636 4.2).
            set query-response-interval 100ms;
            set query-interval 60s;
            set last-member-query-interval 200ms;
            # Each link has one node or one gateway on it, and the daemon knows them (RFC 6224 4.7).
            set immediate-leave on;
            """;

    /** RFC 6224 4.3: the anchor is querier on its tunnels, here a proxy with an upstream. */
    static final String ANCHOR_CONFIGURATION =
            """
            protocol IGMPv3, MLDv2;
            pinstance anchor: wan ==> "mag*";
            """
                    + TIMERS;

    /** RFC 6224 4.2: one instance for each anchor, with the links of its nodes. */
    static final String GATEWAY_CONFIGURATION =
            """
            protocol IGMPv3, MLDv2;
            pinstance lma1(1): lma1 ==> "mn1-*";
            pinstance lma2(2): lma2 ==> "mn2-*";
            """
                    + TIMERS;

    private static final int PORT = 5000;
    private static final int WANTED_RATE = 100;
    private static final int UNWANTED_RATE = 50;

    private static final IpAddress SOURCE_V4 = IpAddress.of("10.0.0.10");
    private static final IpAddress SOURCE_V6 = IpAddress.of("2001:db8::10");
    private static final IpAddress ANY_V4 = IpAddress.of("239.1.1.1");
    private static final IpAddress SSM_V4 = IpAddress.of("232.1.1.1");
    private static final IpAddress ANY_V6 = IpAddress.of("ff0e::1:1");
    private static final IpAddress SSM_V6 = IpAddress.of("ff3e::8000:1");
    private static final IpAddress UNWANTED_V4 = IpAddress.of("239.9.9.9");
    private static final IpAddress UNWANTED_V6 = IpAddress.of("ff0e::9:9");
    private static final IpAddress OF_THE_NODE = IpAddress.of("ff0e::5:1");

    private static final List<Subscription> WISHES =
            List.of(
                    Subscription.anySource(ANY_V6, PORT),
                    Subscription.channel(SOURCE_V6, SSM_V6, PORT),
                    Subscription.anySource(ANY_V4, PORT),
                    Subscription.channel(SOURCE_V4, SSM_V4, PORT));

    /** RFC 6543 4: the address that every gateway has on its links to nodes. */
    private static final String GATEWAY_MAC = "00:00:5e:00:52:13";

    /** What a node's applications listen on, whatever link it has just now. */
    private static final String NODE_DEVICE = "wlan0";

    /**
     * The links of nodes have indexes from here on. With the same index at both ends of a veth pair
     * the kernel may tell up to a second late that it is up (linkwatch_urgent_event in
     * net/core/link_watch.c), and the node's bridge drops what comes until then.
     */
    private static final int FIRST_INDEX = 1000;

    private static final Duration START_PATIENCE = Duration.ofSeconds(20);
    private static final Duration CAPTURE_LAG = Duration.ofSeconds(2);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /** A source that has moved is followed in a fifth of a second. */
    private static final Duration SOURCE_PATIENCE = Duration.ofSeconds(5);

    private static final Duration STOP_PATIENCE = Duration.ofSeconds(5);
    private static final Duration QUIET = Duration.ofMillis(500);

    /** Leaves take effect at once; all of this is margin for a busy machine. */
    private static final Duration LEAVE_LIMIT = Duration.ofMillis(1500);

    private final Lab lab = Lab.open();
    private final Path logs;
    private final Host core;
    private final List<Anchor> anchors = new ArrayList<>();
    private final List<Gateway> gateways = new ArrayList<>();
    private final Map<String, Tunnel> tunnels = new LinkedHashMap<>();
    private final List<Node> nodes = new ArrayList<>();
    private final Map<Host, LabProcess> daemons = new LinkedHashMap<>();
    private final List<StreamSender> senders = new ArrayList<>();

    /** By the numbers of the senders behind it. */
    private final Map<Integer, Anchor> anchorOf = new HashMap<>();

    private int lastIndex = FIRST_INDEX;

    private final List<String> problems = new ArrayList<>();
    private final List<Attachment> attachments = new ArrayList<>();
    private final List<Departure> departures = new ArrayList<>();
    private @Nullable MobileSource mobileSource;

    /** An LMA, and the network behind it. */
    private record Anchor(int number, Host host, Host source) {
        String tunnelAddress() {
            return "2001:db8:ffff::" + number;
        }

        @Override
        public String toString() {
            return host.name();
        }
    }

    /** A MAG. */
    private record Gateway(int number, Host host) {
        String tunnelAddress() {
            return "2001:db8:ffff::1" + number;
        }

        @Override
        public String toString() {
            return host.name();
        }
    }

    /** What connects an anchor and a gateway, watched at the gateway's end. */
    private record Tunnel(Anchor anchor, Gateway gateway, LinkCapture capture) {}

    /** A mobile node: its host, home, and what it watches. */
    private static final class Node {
        final Host host;
        final Anchor home;
        final String link;
        final String homeNetworkV4;
        final String homeNetworkV6;
        final LinkCapture capture;
        final Map<Subscription, StreamReceiver> joined = new LinkedHashMap<>();
        @Nullable Gateway at;

        /** Who listens to what the node sends itself, and had lost so much when it came here. */
        @Nullable StreamReceiver listener;

        long listenerLost;
        @Nullable Double leaveToLastMillis;

        Node(Host host, Anchor home, String link, int number) {
            this.host = host;
            this.home = home;
            this.link = link;
            homeNetworkV4 = "10." + home.number + "." + number;
            homeNetworkV6 = "2001:db8:" + home.number + ":" + number + ":";
            // A port that stays keeps the device running between two links: the node does not
            // notice that it moves, and sends no reports by itself.
            host.ip("link", "add", "stays", "type", "veth", "peer", "name", "nowhere");
            host.lab().bridge(host, NODE_DEVICE, "stays");
            String own = "02:00:00:00:0%d:0%d".formatted(home.number, number);
            host.ip("link", "set", NODE_DEVICE, "address", own);
            host.ip("link", "set", "nowhere", "addrgenmode", "none", "up");
            host.ip("link", "set", "stays", "addrgenmode", "none", "up");
            host.address(NODE_DEVICE, homeNetworkV4 + ".10/24");
            host.address(NODE_DEVICE, homeNetworkV6 + ":10/64");
            host.awaitLinkLocal(NODE_DEVICE);
            capture = LinkCapture.start(host, NODE_DEVICE);
            for (Subscription wish : WISHES) {
                joined.put(wish, StreamReceiver.join(host, NODE_DEVICE, wish));
            }
        }

        List<StreamReceiver> receivers(Family family) {
            return joined.values().stream()
                    .filter(receiver -> receiver.subscription().group().family() == family)
                    .toList();
        }

        long lost(Family family) {
            return receivers(family).stream().mapToLong(r -> r.received().lost()).sum();
        }

        @Override
        public String toString() {
            return host.name();
        }
    }

    /** Something to tell while the demo runs. */
    interface Observer {
        /** A step begins. */
        void step(String what);
    }

    /**
     * Builds the network, without tunnels and links to nodes.
     *
     * @param logs the folder for the daemons' logs
     */
    PmipDemo(Path logs) {
        this.logs = logs;
        try {
            core = lab.host("core");
            for (int number = 1; number <= 2; number++) {
                anchors.add(anchor(number));
                gateways.add(new Gateway(number, router("mag" + number)));
            }
            lab.bridge(core, "net", "lma1", "lma2", "mag1", "mag2");
            anchors.forEach(lma -> lma.host.address("core", lma.tunnelAddress() + "/64"));
            gateways.forEach(mag -> mag.host.address("core", mag.tunnelAddress() + "/64"));
            nodes.add(new Node(lab.host("mn-a"), anchors.getFirst(), "mn1-a", 1));
            nodes.add(new Node(lab.host("mn-b"), anchors.getLast(), "mn2-b", 2));
        } catch (RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    private Anchor anchor(int number) {
        Host lma = router("lma" + number);
        Host source = lab.host("source" + number);
        lab.link(source, "eth0", lma, "wan");
        source.address("eth0", SOURCE_V4 + "/24");
        source.address("eth0", SOURCE_V6 + "/64");
        lma.address("wan", "10.0.0.1/24");
        lma.address("wan", "2001:db8::1/64");
        lma.awaitLinkLocal("wan");
        return new Anchor(number, lma, source);
    }

    private Host router(String name) {
        Host host = lab.host(name);
        host.sysctl("net.ipv4.ip_forward", 1);
        host.sysctl("net.ipv6.conf.all.forwarding", 1);
        lab.link(host, "core", core, name);
        return host;
    }

    /**
     * Runs it all.
     *
     * @param streaming how long the streams are watched where the nodes stay
     * @param beforeLeaving is run while everything is still there
     */
    PmipReport run(Duration streaming, Observer observer, Runnable beforeLeaving) {
        try {
            Duration stay = streaming.dividedBy(3);
            Node moving = nodes.getFirst();
            Gateway first = gateways.getFirst();
            Gateway second = gateways.getLast();
            startSources(observer);
            startDaemons(observer);
            for (Node node : nodes) {
                attach(node, first, false, observer);
            }
            startMobileSource(moving, observer);
            stay(stay, observer);
            long lostBefore = lost(nodes.getLast());
            move(moving, second, observer);
            awaitMobileSource(moving, first, second, observer);
            stay(stay, observer);
            move(moving, first, observer);
            stay(stay, observer);
            checkUndisturbed(nodes.getLast(), lostBefore);
            checkNothingMixed();
            checkAddresses();
            beforeLeaving.run();
            leave(observer);
            stopDaemons(observer);
        } catch (LabException e) {
            problems.add(String.valueOf(e.getMessage()));
        }
        return report();
    }

    private void startSources(Observer observer) {
        observer.step(
                "each source sends 4 streams of %d packets/s, and 2 of %d that nobody watches"
                        .formatted(WANTED_RATE, UNWANTED_RATE));
        for (Anchor anchor : anchors) {
            for (Subscription wish : WISHES) {
                send(anchor, wish.group(), WANTED_RATE);
            }
            send(anchor, UNWANTED_V4, UNWANTED_RATE);
            send(anchor, UNWANTED_V6, UNWANTED_RATE);
        }
        awaitSending();
    }

    private void send(Anchor anchor, IpAddress group, int rate) {
        IpAddress source = group.family() == Family.IPV4 ? SOURCE_V4 : SOURCE_V6;
        MulticastStream stream = new MulticastStream(source, group, PORT, rate);
        StreamSender sender = StreamSender.start(anchor.source, "eth0", stream);
        senders.add(sender);
        anchorOf.put(sender.number(), anchor);
    }

    private void awaitSending() {
        for (StreamSender sender : senders) {
            Await.until(
                    PATIENCE,
                    () -> sender.stream() + " to be sent" + sender.failure().orElse(""),
                    () -> sender.sent() > 0);
        }
    }

    private void startDaemons(Observer observer) {
        observer.step("the daemons start, without tunnels and nodes; their logs are in " + logs);
        anchors.forEach(anchor -> startDaemon(anchor.host, ANCHOR_CONFIGURATION));
        gateways.forEach(gateway -> startDaemon(gateway.host, GATEWAY_CONFIGURATION));
        awaitTables(anchors.stream().map(Anchor::host).toList(), 1);
        awaitTables(gateways.stream().map(Gateway::host).toList(), anchors.size());
    }

    private void startDaemon(Host host, String configuration) {
        try {
            Path file = lab.folder().resolve(host.name() + ".conf");
            Files.writeString(file, configuration);
            Path log = logs.resolve(host.name() + ".log");
            daemons.put(host, host.start(host.name(), DaemonCommand.run(file), log));
        } catch (IOException e) {
            throw new LabException("cannot write a configuration: " + e.getMessage(), e);
        }
    }

    /** Waits for the raw sockets with which a daemon owns its tables, of each family. */
    private void awaitTables(List<Host> hosts, int tables) {
        for (Host host : hosts) {
            for (String sockets : List.of("raw", "raw6")) {
                Await.until(
                        START_PATIENCE,
                        () -> "the daemon of " + host + " to open its tables" + ends(),
                        () -> host.procNet(sockets).lines().skip(1).count() >= tables);
            }
        }
    }

    /** What daemons that ended by themselves have said at last. */
    private String ends() {
        StringBuilder ends = new StringBuilder();
        daemons.forEach((host, daemon) -> {
            if (!daemon.isAlive()) {
                ends.append(
                                "\n    the daemon of %s ended with exit status %d:\n    "
                                        .formatted(host, daemon.status()))
                        .append(String.join("\n    ", daemon.tail(10)));
            }
        });
        return ends.toString();
    }

    private void requireDaemons() {
        String ends = ends();
        if (!ends.isEmpty()) {
            throw new LabException(ends.strip());
        }
    }

    /** A tunnel appears with the first node that needs it (RFC 5213 5.6.1). */
    private Tunnel tunnel(Anchor anchor, Gateway gateway) {
        return tunnels.computeIfAbsent(
                anchor + "-" + gateway,
                _ -> {
                    int number = anchor.number * 10 + gateway.number;
                    tunnelEnd(
                            anchor.host,
                            gateway.toString(),
                            number,
                            anchor.tunnelAddress(),
                            gateway.tunnelAddress(),
                            "10.9." + number + ".1/30");
                    tunnelEnd(
                            gateway.host,
                            anchor.toString(),
                            number,
                            gateway.tunnelAddress(),
                            anchor.tunnelAddress(),
                            "10.9." + number + ".2/30");
                    return new Tunnel(
                            anchor, gateway, LinkCapture.start(gateway.host, anchor.toString()));
                });
    }

    private static void tunnelEnd(
            Host host, String name, int number, String local, String remote, String address) {
        host.run(
                ("ip link add " + name + " type vxlan id " + number + " local " + local)
                        .concat(" remote " + remote + " dstport 4789 nolearning")
                        .split(" "));
        host.address(name, address);
        host.ip("link", "set", name, "up");
    }

    /** The node's link to a gateway comes up: RFC 6224 3, steps 1 to 8. */
    private void attach(Node node, Gateway gateway, boolean handover, Observer observer) {
        observer.step(node + (handover ? " appears at " : " comes to ") + gateway);
        Tunnel tunnel = tunnel(node.home, gateway);
        gateway.host.ip(
                "link",
                "add",
                node.link,
                "index",
                String.valueOf(++lastIndex),
                "address",
                GATEWAY_MAC,
                "type",
                "veth",
                "peer",
                "name",
                "radio",
                "netns",
                node.host.name());
        gateway.host.address(node.link, node.homeNetworkV4 + ".1/24");
        node.host.ip("link", "set", "radio", "master", NODE_DEVICE, "addrgenmode", "none", "up");
        Map<Family, Long> lostBefore = new HashMap<>();
        for (Family family : Family.values()) {
            lostBefore.put(family, node.lost(family));
        }
        node.joined.values().forEach(StreamReceiver::expectPause);
        StreamReceiver listener = node.listener;
        if (listener != null) {
            node.listenerLost = listener.received().lost();
            listener.expectPause();
        }
        long start = System.nanoTime();
        gateway.host.ip("link", "set", node.link, "up");
        node.at = gateway;
        awaitStreams(node, gateway);
        for (Family family : List.of(Family.IPV6, Family.IPV4)) {
            Attachment at =
                    attachment(
                            node,
                            tunnel,
                            family,
                            start,
                            handover,
                            lostBefore.getOrDefault(family, 0L));
            attachments.add(at);
            observer.step(
                    "  %s: query %s, report %s, up %s, streams %s%s"
                            .formatted(
                                    at.protocol(),
                                    DemoView.millis(at.queryMillis()),
                                    DemoView.millis(at.reportMillis()),
                                    DemoView.millis(at.reportUpMillis()),
                                    DemoView.millis(at.firstPacketMillis()),
                                    handover
                                            ? "; interrupted for "
                                                    + DemoView.millis(at.interruptionMillis())
                                                    + ", "
                                                    + at.lost()
                                                    + " packets lost"
                                            : ""));
        }
    }

    private static Optional<LinkCapture.Seen> firstQuery(Node node, Family family, long from) {
        return node.capture.first(
                seen -> !seen.outgoing() && seen.nanos() >= from && seen.isGeneralQuery(family));
    }

    private static Predicate<LinkCapture.Seen> reportOf(Family family, long from) {
        return seen ->
                seen.outgoing()
                        && seen.nanos() >= from
                        && WISHES.stream()
                                .filter(wish -> wish.group().family() == family)
                                .anyMatch(wish -> seen.reports(wish.group()));
    }

    private void awaitStreams(Node node, Gateway gateway) {
        for (StreamReceiver receiver : node.joined.values()) {
            Await.until(
                    PATIENCE,
                    () ->
                            "packets of %s at %s, which is at %s now%s"
                                    .formatted(receiver.subscription(), node, gateway, ends()),
                    () -> receiver.pause().isPresent());
        }
    }

    private Attachment attachment(
            Node node,
            Tunnel tunnel,
            Family family,
            long start,
            boolean handover,
            long lostBefore) {
        List<Pause> pauses =
                node.receivers(family).stream().flatMap(r -> r.pause().stream()).toList();
        long first = pauses.stream().mapToLong(Pause::toNanos).max().orElse(start);
        long last = pauses.stream().mapToLong(Pause::fromNanos).max().orElse(start);
        long longest = pauses.stream().mapToLong(p -> p.toNanos() - p.fromNanos()).max().orElse(0);
        return new Attachment(
                node.toString(),
                tunnel.gateway.toString(),
                tunnel.anchor.toString(),
                handover,
                Protocol.newest(family).toString(),
                since(start, () -> firstQuery(node, family, start)),
                since(start, () -> node.capture.first(reportOf(family, start))),
                since(start, () -> tunnel.capture.first(reportOf(family, start))),
                millis(start, first),
                handover ? millis(last, start) : null,
                handover ? longest / 1e6 : null,
                handover ? node.lost(family) - lostBefore : 0);
    }

    /** When it was seen; the capture may be a moment behind the receivers on a busy machine. */
    private static @Nullable Double since(long start, Supplier<Optional<LinkCapture.Seen>> seen) {
        return Await.value(CAPTURE_LAG, seen).map(what -> millis(start, what.nanos())).orElse(null);
    }

    private static double millis(long fromNanos, long toNanos) {
        return (toNanos - fromNanos) / 1e6;
    }

    /** The node moves without a word, and its old gateway's link goes before the new one comes. */
    private void move(Node node, Gateway to, Observer observer) {
        Gateway from = node.at;
        if (from == null) {
            throw new LabException(node + " is nowhere");
        }
        observer.step(node + " disappears from " + from);
        long start = System.nanoTime();
        from.host.ip("link", "delete", node.link);
        node.at = null;
        attach(node, to, true, observer);
        departures.addAll(departed(node, from, start));
        requireDaemons();
    }

    private List<Departure> departed(Node node, Gateway from, long start) {
        Tunnel tunnel = tunnel(node.home, from);
        Optional<Double> routesGone =
                Await.value(
                        PATIENCE,
                        () ->
                                routesLeft(node, from).isEmpty()
                                        ? Optional.of(millis(start, System.nanoTime()))
                                        : Optional.empty());
        if (routesGone.isEmpty()) {
            problems.add(
                    "%d s after %s left %s there were still routes for it: %s"
                            .formatted(PATIENCE.toSeconds(), node, from, routesLeft(node, from)));
        }
        List<Departure> both = new ArrayList<>();
        for (Family family : List.of(Family.IPV6, Family.IPV4)) {
            long last =
                    tunnel.capture.flows().entrySet().stream()
                            .filter(e -> e.getKey().group().family() == family)
                            .mapToLong(e -> e.getValue().lastNanos())
                            .max()
                            .orElse(start);
            Departure departure =
                    new Departure(
                            node.toString(),
                            from.toString(),
                            node.home.toString(),
                            Protocol.newest(family).toString(),
                            since(start, () -> tunnel.capture.first(reportOf(family, start))),
                            millis(start, last),
                            routesGone.orElse(null));
            if (departure.reportUpMillis() == null) {
                problems.add(
                        "%s did not tell %s that %s had left (%s)"
                                .formatted(from, node.home, node, departure.protocol()));
            }
            both.add(departure);
        }
        return both;
    }

    private static List<MulticastRoute> routesLeft(Node node, Gateway from) {
        List<MulticastRoute> left = new ArrayList<>();
        for (MulticastRoute route : MulticastRoute.of(from.host)) {
            // Entries that forward nowhere may stay: they spare the kernel's questions.
            if (route.outgoingNames().contains(node.link)) {
                left.add(route);
            }
        }
        for (MulticastRoute route : MulticastRoute.of(node.home.host)) {
            if (route.outgoingNames().contains(from.toString())) {
                left.add(route);
            }
        }
        return left;
    }

    /** RFC 7287 3: a node that sends, and a listener in the network of its anchor. */
    private void startMobileSource(Node node, Observer observer) {
        observer.step(node + " sends a stream itself, which is heard behind " + node.home);
        StreamReceiver listener =
                StreamReceiver.join(
                        node.home.source, "eth0", Subscription.anySource(OF_THE_NODE, PORT));
        MulticastStream stream =
                new MulticastStream(
                        IpAddress.of(node.homeNetworkV6 + ":10"), OF_THE_NODE, PORT, WANTED_RATE);
        senders.add(StreamSender.start(node.host, NODE_DEVICE, stream));
        awaitSending();
        Await.until(
                PATIENCE,
                () -> stream + " behind " + node.home,
                () -> listener.received().packets() > 0);
        node.listener = listener;
    }

    private void awaitMobileSource(Node node, Gateway from, Gateway to, Observer observer) {
        StreamReceiver listener = node.listener;
        if (listener == null) {
            return;
        }
        Optional<Pause> pause = Await.value(SOURCE_PATIENCE, listener::pause);
        if (pause.isEmpty()) {
            problems.add(
                    "the stream of %s did not arrive behind %s after the node had moved to %s"
                            .formatted(node, node.home, to));
        }
        Double interruption = pause.map(p -> millis(p.fromNanos(), p.toNanos())).orElse(null);
        MobileSource moved =
                new MobileSource(
                        node.toString(),
                        from.toString(),
                        to.toString(),
                        interruption,
                        listener.received().lost() - node.listenerLost);
        mobileSource = moved;
        observer.step(
                "  its own stream was interrupted for %s, %d packets lost"
                        .formatted(DemoView.millis(interruption), moved.lost()));
        senders.removeLast().close();
        listener.leave();
        node.listener = null;
    }

    private void stay(Duration time, Observer observer) {
        Map<Node, Long> before = new HashMap<>();
        nodes.forEach(node -> before.put(node, packets(node)));
        long start = System.nanoTime();
        // Nothing can be awaited here but the time itself, in which packets must arrive.
        var _ = Await.value(time, Optional::<String>empty);
        double seconds = (System.nanoTime() - start) / 1e9;
        requireDaemons();
        for (Node node : nodes) {
            long more = packets(node) - before.getOrDefault(node, 0L);
            observer.step(
                    "  %s at %s: %d packets/s"
                            .formatted(node, node.at, Math.round(more / seconds)));
        }
    }

    private static long packets(Node node) {
        return node.joined.values().stream().mapToLong(r -> r.received().packets()).sum();
    }

    private static long lost(Node node) {
        return node.joined.values().stream().mapToLong(r -> r.received().lost()).sum();
    }

    /** A node that stays must not notice that another one moves. */
    private void checkUndisturbed(Node still, long lostBefore) {
        long lost = lost(still) - lostBefore;
        if (lost > 0) {
            problems.add(lost + " packets were lost at " + still + " while the other node moved");
        }
        for (StreamReceiver receiver : still.joined.values()) {
            if (receiver.received().duplicates() > 0) {
                problems.add(still + " got packets of " + receiver.subscription() + " twice");
            }
        }
    }

    /**
     * RFC 6224 5: all MLD messages, on the tunnels too, are from a link-local address; hosts may
     * have none yet.
     */
    private void checkAddresses() {
        List<LinkCapture> captures = new ArrayList<>();
        nodes.forEach(node -> captures.add(node.capture));
        tunnels.values().forEach(tunnel -> captures.add(tunnel.capture));
        for (LinkCapture capture : captures) {
            capture.membership(seen ->
                            seen.packet().source().family() == Family.IPV6
                                    && !seen.packet().source().equals(Family.IPV6.unspecified())
                                    && !seen.packet().source().isLinkLocalUnicast())
                    .forEach(seen -> problems.add("not link-local on " + capture + ": " + seen));
        }
    }

    private void checkNothingMixed() {
        for (Node node : nodes) {
            long foreign = foreign(node);
            if (foreign > 0) {
                problems.add(
                        "%d packets of the other anchor's streams arrived at %s of %s"
                                .formatted(foreign, node, node.home));
            }
            unwanted(node)
                    .forEach((flow, packets) ->
                            problems.add(
                                    "%d packets of %s arrived at %s, which had not asked for them"
                                            .formatted(packets, flow, node)));
        }
        for (Tunnel tunnel : tunnels.values()) {
            tunnel.capture
                    .flows()
                    .forEach((flow, count) -> {
                        if (!isWished(flow)) {
                            problems.add(
                                    "%d packets of %s went from %s to %s, which had not asked"
                                            .formatted(
                                                    count.packets(),
                                                    flow,
                                                    tunnel.anchor,
                                                    tunnel.gateway));
                        }
                    });
        }
        senders.forEach(sender -> sender.failure().ifPresent(problems::add));
    }

    private static boolean isWished(Flow flow) {
        return WISHES.stream().anyMatch(wish -> wish.wants(flow.source(), flow.group()));
    }

    /** Packets with the same addresses as the wanted ones, which the other anchor's source sent. */
    private long foreign(Node node) {
        long foreign = 0;
        for (StreamReceiver receiver : node.joined.values()) {
            for (Map.Entry<Integer, Long> sent : receiver.packetsBySender().entrySet()) {
                foreign += node.home.equals(anchorOf.get(sent.getKey())) ? 0 : sent.getValue();
            }
            foreign += receiver.received().unwanted();
        }
        return foreign;
    }

    private static Map<Flow, Long> unwanted(Node node) {
        Map<Flow, Long> unwanted = new LinkedHashMap<>();
        node.capture
                .flows()
                .forEach((flow, count) -> {
                    if (!isWished(flow)) {
                        unwanted.put(flow, count.packets());
                    }
                });
        return unwanted;
    }

    private void leave(Observer observer) {
        observer.step("the nodes leave all groups");
        Map<Node, Long> left = new HashMap<>();
        for (Node node : nodes) {
            left.put(node, System.nanoTime());
            node.joined.values().forEach(StreamReceiver::leave);
        }
        for (Node node : nodes) {
            Supplier<Long> last =
                    () ->
                            node.capture.flows().values().stream()
                                    .mapToLong(LinkCapture.Count::lastNanos)
                                    .max()
                                    .orElse(0);
            var _ =
                    Await.value(
                            PATIENCE,
                            () ->
                                    System.nanoTime() - last.get() > QUIET.toNanos()
                                            ? Optional.of(true)
                                            : Optional.empty());
            double took = millis(left.getOrDefault(node, 0L), last.get());
            node.leaveToLastMillis = took;
            if (took > LEAVE_LIMIT.toMillis()) {
                problems.add(
                        "packets came to %s until %s after it had left"
                                .formatted(node, DemoView.millis(took)));
            }
        }
    }

    private void stopDaemons(Observer observer) {
        requireDaemons();
        observer.step("the daemons are told to stop (SIGTERM)");
        daemons.forEach((host, daemon) -> {
            LabProcess.Ended ended = daemon.stop(STOP_PATIENCE);
            if (ended.killed() || ended.status() != 0) {
                problems.add(
                        "the daemon of %s ended with exit status %d; the end of its log:\n    %s"
                                .formatted(
                                        host,
                                        ended.status(),
                                        String.join("\n    ", daemon.tail(10))));
            }
            List<MulticastRoute> routes = MulticastRoute.of(host);
            if (!routes.isEmpty()) {
                problems.add("routes were left in " + host + " after the stop: " + routes);
            }
        });
    }

    private PmipReport report() {
        List<Viewer> viewers = new ArrayList<>();
        for (Node node : nodes) {
            List<StreamReceiver.Received> all =
                    node.joined.values().stream().map(StreamReceiver::received).toList();
            viewers.add(
                    new Viewer(
                            node.toString(),
                            node.home.toString(),
                            packets(node),
                            all.stream().mapToLong(StreamReceiver.Received::lost).sum(),
                            all.stream().mapToLong(StreamReceiver.Received::duplicates).sum(),
                            foreign(node),
                            unwanted(node).values().stream().mapToLong(Long::longValue).sum(),
                            node.leaveToLastMillis));
        }
        return new PmipReport(
                problems.isEmpty(),
                List.copyOf(problems),
                ANCHOR_CONFIGURATION,
                GATEWAY_CONFIGURATION,
                List.copyOf(attachments),
                List.copyOf(departures),
                viewers,
                mobileSource);
    }

    @Override
    public void close() {
        // Ctrl-C has interrupted the waiting; what is taken away now is waited for.
        var _ = Thread.interrupted();
        lab.close();
    }
}
